"""An API to publish."""

from typing import Any

OK = {"responses": {"200": {"description": "OK"}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Orders", "version": "1.0.0"},
    "paths": {"/orders": {"get": {"security": [{"gatehouse": ["read"]}], **OK}}},
    "components": {
        "securitySchemes": {
            "gatehouse": {
                "type": "oauth2",
                "flows": {"password": {"tokenUrl": "https://auth.example/token", "scopes": {"read": "Read"}}},
            }
        }
    },
}
