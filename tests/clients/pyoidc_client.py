"""pyoidc's client in a process of its own: asked as JSON in its only argument, answers one JSON line."""

import json
import sys
from typing import Any

from oic import rndstr
from oic.oic import Client
from oic.oic.message import AuthorizationResponse, RegistrationResponse
from oic.utils.authn.client import CLIENT_AUTHN_METHOD
from oic.utils.settings import OicClientSettings

asked: dict[str, Any] = json.loads(sys.argv[1])
client: Any = Client(client_authn_method=CLIENT_AUTHN_METHOD, settings=OicClientSettings(verify_ssl=asked["authority"]))
client.provider_config(asked["issuer"])
client.store_registration_info(
    RegistrationResponse(
        client_id=asked["client_id"], client_secret=asked["client_secret"], redirect_uris=[asked["redirect_uri"]]
    )
)
request = {"response_type": "code", "scope": ["openid", "profile", "read"], "redirect_uri": asked["redirect_uri"]}

if "answer" not in asked:
    session = {"state": rndstr(), "nonce": rndstr()}
    built = client.construct_AuthorizationRequest(request_args={**request, **session, "client_id": asked["client_id"]})
    sys.stdout.write(json.dumps({"url": built.request(client.authorization_endpoint), **session}))
else:
    begun = asked["begun"]
    client.construct_AuthorizationRequest(
        request_args={**request, "state": begun["state"], "nonce": begun["nonce"], "client_id": asked["client_id"]}
    )
    answer = client.parse_response(
        AuthorizationResponse, info=asked["answer"].partition("?")[2], sformat="urlencoded", state=begun["state"]
    )
    tokens = client.do_access_token_request(
        state=begun["state"],
        request_args={"code": answer["code"], "redirect_uri": asked["redirect_uri"]},
        authn_method="client_secret_basic",
    )
    if "error" in tokens:
        sys.stdout.write(json.dumps(tokens.to_dict()))
        sys.exit()
    userinfo = client.do_user_info_request(state=begun["state"], scope="openid profile")
    told = {"sub": tokens["id_token"]["sub"], "userinfo": userinfo["sub"], "scope": list(tokens["scope"])}
    sys.stdout.write(json.dumps(told))
