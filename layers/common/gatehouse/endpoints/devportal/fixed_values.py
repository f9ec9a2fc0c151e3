"""Members of WSO2's shapes that are the same in every answer: what Gatehouse lacks, or always has.

The renderers and the schemas take them from here.
"""

from collections.abc import Mapping
from typing import Any

API_INFO: Mapping[str, Any] = {
    "type": "HTTP",
    "avgRating": "0.0",
    "advertiseInfo": {"advertised": False, "originalDevPortalUrl": None, "apiOwner": None, "vendor": "AWS"},
    "businessInformation": dict.fromkeys(
        ("businessOwner", "businessOwnerEmail", "technicalOwner", "technicalOwnerEmail")
    ),
    "monetizationLabel": "FREE",
    "gatewayVendor": "external",
    "additionalProperties": [],
    "monetizedInfo": False,
    "egress": False,
    "subtype": "DEFAULT",
}

API: Mapping[str, Any] = {
    "wsdlUri": None,
    "isDefaultVersion": False,
    "transport": ["https"],
    "authorizationHeader": "Authorization",
    "apiKeyHeader": None,
    "securityScheme": ["oauth2"],
    "monetization": {"enabled": False},
    "keyManagers": ["all"],
    "initiatedFromGateway": False,
}

KEY_MANAGER: Mapping[str, Any] = {
    "id": "resident-key-manager",
    "name": "Resident Key Manager",
    "displayName": "Resident Key Manager",
    "type": "default",
    "description": "Gatehouse itself",
    "enabled": True,
    "enableTokenGeneration": True,
    "enableTokenEncryption": False,
    "enableTokenHashing": True,
    "enableOAuthAppCreation": True,
    "enableMapOAuthConsumerApps": True,
    "applicationConfiguration": [],
    "alias": None,
    "tokenType": "DIRECT",
}

SETTINGS: Mapping[str, Any] = {
    "applicationSharingEnabled": True,
    "mapExistingAuthApps": True,
    "monetizationEnabled": False,
    "recommendationEnabled": False,
    "IsUnlimitedTierPaid": False,
    "identityProvider": {"external": False},
    "IsPasswordChangeEnabled": True,
    "passwordPolicyPattern": "",
    "passwordPolicyMinLength": -1,
    "passwordPolicyMaxLength": -1,
    "IsJWTEnabledForLoginTokens": False,
    "orgAccessControlEnabled": False,
    "orgWideAppUpdateEnabled": False,
    "apiChatEnabled": False,
    "aiAuthTokenProvided": False,
    "marketplaceAssistantEnabled": False,
    "devportalMode": "API_ONLY",
}

THROTTLING_POLICY: Mapping[str, Any] = {
    "attributes": {},
    "timeUnit": "min",
    "rateLimitCount": 0,
    "rateLimitTimeUnit": None,
    "quotaPolicyType": "REQUESTCOUNT",
    "tierPlan": "FREE",
    "stopOnQuotaReach": True,
}
