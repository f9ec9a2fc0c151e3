"""What every flow begins with: one organisation with all that people can have, made by the functions themselves."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from gatehouse.domain.oauth.grants import device_code
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.jobs import parse_job
from tests import factories, http_events, pages
from tests.answers import Answer
from tests.authenticators import Authenticator
from tests.cookies import CookieJar, filled
from tests.faults.world import Call, World
from tests.vectors import authorization as vectors

DEVPORTAL, ADMIN, PUBLISHER = "/api/am/devportal/v3", "/api/am/admin/v4", "/api/am/publisher/v1"
DEVELOPER_SCOPES = "apim:subscribe apim:app_manage apim:sub_manage"
ADMIN_SCOPES = f"{DEVELOPER_SCOPES} apim:admin"
PUBLISHER_SCOPES = "apim:api_publish apim:api_view apim:subscription_block"
SIGN_IN_CLIENT = "portal-of-johnsorg"
NEW_PASSWORD = "seven purple walruses"
STAGE = {"account": "000000000000", "region": "eu-west-1", "gatewayId": "abc123", "stage": "v1"}
OK = {"responses": {"200": {"description": "OK"}}}


def document(title: str, *scopes: str, version: str = "1.0.0") -> dict[str, Any]:
    """Return an OpenAPI document with a route for each scope."""
    flow = {"tokenUrl": "https://auth.example/token", "scopes": {one: one for one in scopes}}
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "version": version},
        "paths": {f"/{one}": {"get": {"security": [{"gatehouse": [one]}], **OK}} for one in scopes},
        "components": {"securitySchemes": {"gatehouse": {"type": "oauth2", "flows": {"password": flow}}}},
    }


def http(
    function: str,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    json_body: Any = None,
) -> Call:
    """Return an event of API Gateway's payload format 2.0."""
    return Call(
        function=function,
        event=http_events.http(
            method,
            path,
            query=query or {},
            headers=headers,
            cookies=cookies or {},
            form=form,
            json_body=json_body,
            at_ms=0,
        ),
    )


AGENT = {"redirect_uris": ["http://127.0.0.1/callback"], "client_name": "Agent"}
"""What a client says that registers itself."""


@dataclass
class FlowBrowser(CookieJar):
    """Keeps cookies, and makes calls of forms; it sends them only when told to."""

    world: World

    def get(self, path: str) -> Answer:
        return self.send(self.call("GET", path))

    def call(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Call:
        function = "store" if path.startswith("/store") else "signin"
        return http(function, method, path, cookies=dict(self.cookies), form=form)

    def submission(self, page: Answer, **fields: str) -> Call:
        """Return the call that sends a page's first form."""
        return self.call("POST", page.action, filled(page, fields))

    def submit(self, page: Answer, **fields: str) -> Answer:
        return self.send(self.submission(page, **fields))

    def form(self, path: str, fields: Mapping[str, str] | None = None, **more: str) -> Call:
        """Return the call that sends a form of the store's pages, with the version that its page shows now."""
        sent = {**(fields or {}), **more}
        shown = pages.seen(lambda page: self.get(page).body, path, sent)
        return self.call("POST", path, {"form_token": self.form_token(), **shown, **sent})

    def form_token(self) -> str:
        found = re.search(r'name="form_token" value="([^"]+)"', self.get("/store/organisation").body)
        assert found
        return found[1]

    def send(self, call: Call) -> Answer:
        answer = self.world.send(call)
        assert not answer.raised, answer.raised
        return self.keep(answer)

    def sign_in(self, username: str, password: str = factories.PASSWORD) -> "FlowBrowser":
        """Sign in at the organisation's own page."""
        form = self.get("/t/johnsorg/signin")
        assert self.submit(form, username=username, password=password).status == 303
        return self

    def enter_store(self, username: str) -> "FlowBrowser":
        """Go through the whole code flow, into the store."""
        page = self.send(self.call("POST", "/store/signin", {"who": "johnsorg", "to": "/store/applications"}))
        page = self.get(page.location)
        if "/signin" in page.location:
            page = self.submit(self.get(page.location), username=username, password=factories.PASSWORD)
            page = self.get(page.location)
        if page.status == 200:
            page = self.submit(page, decision="allow")
        back = urlsplit(page.location)
        assert self.get(f"{back.path}?{back.query}").status == 303
        return self


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Somebody with a token of the JSON APIs."""

    username: str
    token: str

    def call(self, method: str, path: str, json_body: Any = None, **query: str) -> Call:
        headers = {"authorization": f"Bearer {self.token}"}
        return http("store", method, path, headers=headers, query=query, json_body=json_body)


@dataclass(slots=True)
class Scene:
    """The world with what is in it.

    Attributes:
        ids: Values of the variables in paths.
        client: Consumer key and secret of John's keys.
    """

    world: World
    ids: dict[str, str] = field(default_factory=dict[str, str])
    people: dict[str, TokenHolder] = field(default_factory=dict[str, TokenHolder])
    browsers: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    client: tuple[str, str] = ("", "")
    passkey: Authenticator = field(default_factory=Authenticator)

    def browser(self, name: str) -> FlowBrowser:
        """Return somebody's browser as it was when everything began."""
        return FlowBrowser(self.world, cookies=dict(self.browsers[name]))

    def run(self, call: Call, *statuses: int) -> Answer:
        """Send it; it has to work."""
        answer = self.world.send(call)
        assert not answer.raised, answer.raised
        assert answer.status in (statuses or (200, 201, 204, 303)), (call.name, answer.status, answer.body)
        return answer

    def api(self, who: str, method: str, path: str, json_body: Any = None, **query: str) -> Any:
        """Call a JSON API; it has to work."""
        answer = self.run(self.people[who].call(method, path, json_body, **query))
        return answer.json if answer.body else None

    def token_call(self, form: Mapping[str, str], path: str = "/token", client: tuple[str, str] | None = None) -> Call:
        """Return a call of a token endpoint by John's keys."""
        return http("token", "POST", path, headers={"authorization": basic(*(client or self.client))}, form=form)

    def run_jobs(self) -> list[str]:
        """Let the outbox be worked off; return the texts of the mails."""
        before = len(self.world.services.mails)
        for item in list(self.world.services.database.tables["grants"].items.values()):
            if item["pk"]["S"].startswith("JOB#") and parse_job(item) is not None:
                self.world.send(stream("jobs", [(None, item)]))
        return [mail.text for mail in self.world.services.mails[before:]]

    def link(self, text: str) -> str:
        """Return the path of the link in a mail."""
        found = re.search(r"https://auth\.example(/\S+)", text)
        assert found, text
        return found[1]


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{quote(name, safe='')}:{quote(password, safe='')}".encode()).decode()


type Images = list[tuple[Any, Any]]


def stream(function: str, images: Images) -> Call:
    """Return a batch of a table's stream: pairs of an item before and after."""
    records: list[dict[str, Any]] = [
        {
            "eventID": str(number),
            "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
            "eventSource": "aws:dynamodb",
            "dynamodb": {
                "Keys": {"pk": {**(old or {}), **(new or {})}["pk"]},
                "SequenceNumber": str(number),
                **({"OldImage": old} if old else {}),
                **({"NewImage": new} if new else {}),
            },
        }
        for number, (old, new) in enumerate(images, 1)
    ]
    return Call(function=function, event={"Records": records})


def build(world: World) -> Scene:
    """Fill the tables."""
    scene = Scene(world)
    _people(scene)
    _apis(scene)
    _applications(scene)
    _shared(scene)
    _browsers(scene)
    _agents(scene)
    return scene


def _people(scene: Scene) -> None:
    writer = DirectoryWriter(scene.world.tables)
    scene.run(Call(function="keys", event={"action": "replace-all"}), 0)
    writer.save_organisation(
        factories.organisation(self_sign_up=True, device_authorization=True, client_registration="any")
    )
    writer.save_application(
        factories.application(application_id="app-signin", name="Sign-in", owner_id="nobody", subscriptions=())
    )
    writer.save_client(factories.client(client_id=SIGN_IN_CLIENT, application_id="app-signin"))
    roles = {
        "john@gmail.com": frozenset({"employee"}),
        "mary@gmail.com": frozenset({"employee", "manager"}),
        "ada": frozenset({"admin"}),
        "bob": frozenset({"admin"}),
        "paul": frozenset({"publisher", "admin"}),
        "carl@x.example": frozenset({"employee"}),
    }
    for name, held in roles.items():
        given = name.partition("@")[0]
        writer.add_user(factories.user(user_id=f"user-{given}", username=name, roles=held))
    writer.add_user(
        factories.user(
            user_id="user-new", username="new@x.example", blocks=frozenset({"approval"}), awaits_approval=True
        )
    )
    scopes = {"ada": ADMIN_SCOPES, "bob": ADMIN_SCOPES, "paul": f"{ADMIN_SCOPES} {PUBLISHER_SCOPES}"}
    for name in roles:
        form = {"grant_type": "password", "username": name, "password": factories.PASSWORD}
        form["scope"] = scopes.get(name, DEVELOPER_SCOPES)
        answer = scene.run(scene.token_call(form, client=(SIGN_IN_CLIENT, factories.SECRET)))
        scene.people[name.partition("@")[0]] = TokenHolder(name, answer.json["access_token"])
    for name in ("john", "mary", "carl", "paul"):
        scene.api(name, "GET", f"{DEVPORTAL}/applications")  # the first time gives a default application


def _apis(scene: Scene) -> None:
    orders = {"document": document("orders", "read", "update", "delete"), "apiId": "orders", "deployments": [STAGE]}
    scene.api("paul", "POST", f"{PUBLISHER}/apis", orders)
    for name in ("items", "old", "spare"):
        scene.api("paul", "POST", f"{PUBLISHER}/apis", {"document": document(name, "read"), "apiId": name})
    picture = {"content": "iVBORw0KGgo="}
    scene.api("paul", "PUT", f"{PUBLISHER}/apis/orders/thumbnail", picture)
    scene.api("paul", "PUT", f"{PUBLISHER}/apis/orders/documents/start", {"name": "Start", "content": "How to start."})
    scene.api("ada", "PUT", f"{ADMIN}/apis/orders/scopes/delete", {"roles": ["manager"]})
    scene.api("ada", "PUT", f"{ADMIN}/settings/logo", picture)
    scene.ids |= {"apiId": "orders", "documentId": "start", "scope": "update", "keyType": "PRODUCTION"}
    scene.ids |= {"policyLevel": "application", "policyId": "Unlimited"}


def connect_agent(scene: Scene) -> None:
    """Let John consent to the agent, which gets tokens; `orders` is open to it."""
    scene.api("paul", "PUT", f"{PUBLISHER}/apis/orders", {**OPENED, "deployments": [STAGE]})
    asked = {"client_id": scene.ids["agentId"], "redirect_uri": AGENT["redirect_uris"][0], "scope": "read"}
    browser = scene.browser("john")
    page = browser.get(f"/t/johnsorg/authorize?{urlencode(vectors.request(**asked))}")
    answer = parse_qs(urlsplit(browser.submit(page, decision="allow").location).query)
    form = {"grant_type": "authorization_code", "code": answer["code"][0], "code_verifier": vectors.VERIFIER}
    form |= {"client_id": asked["client_id"], "redirect_uri": asked["redirect_uri"]}
    scene.run(http("token", "POST", "/t/johnsorg/token", form=form))


def block_agent(scene: Scene) -> None:
    """Let John block it."""
    connect_agent(scene)
    scene.api("john", "POST", f"{DEVPORTAL}/me/sessions/{scene.ids['agentId']}/block")


OPENED = {"document": document("orders", "read", "update", "delete"), "tiers": ["Gold", "DefaultSubscriptionless"]}
"""`orders` as it is published for clients that register themselves."""


def _applications(scene: Scene) -> None:
    shop = _application(scene, "john", "Shop", groups=["employee"])
    one = f"{DEVPORTAL}/applications/{shop}"
    keys = _keys(scene, "john", shop)
    scene.client = (keys["consumerKey"], keys["consumerSecret"])
    scene.api("john", "POST", f"{one}/oauth-keys/{keys['keyMappingId']}/generate-secret", {})
    listed = scene.api("john", "GET", f"{one}/oauth-keys/{keys['keyMappingId']}/secrets")["list"]
    scene.api("john", "POST", f"{one}/oauth-keys/{keys['keyMappingId']}/generate-token", {})
    scene.ids |= {"applicationId": shop, "keyMappingId": keys["keyMappingId"], "secretId": listed[0]["secretId"]}
    scene.ids["tryKeys"] = f"{shop} PRODUCTION"
    scene.ids["subscriptionId"] = _subscribe(scene, "john", shop, "orders", "Gold")
    scene.api("ada", "PUT", f"{ADMIN}/settings", {"subscriptionApproval": True})
    scene.ids["waitingId"] = _subscribe(scene, "john", shop, "items", "Bronze")
    scene.api("ada", "PUT", f"{ADMIN}/settings", {"subscriptionApproval": False})
    other = _application(scene, "john", "Other")
    keys = _keys(scene, "john", other)
    scene.ids |= {"otherId": other, "otherKey": keys["consumerKey"], "otherSecret": keys["consumerSecret"]}
    gift = _application(scene, "john", "Gift")
    _keys(scene, "john", gift)
    scene.api("john", "POST", f"{DEVPORTAL}/applications/{gift}/change-owner", {"owner": "mary@gmail.com"})
    scene.ids |= {"giftId": gift}


def _shared(scene: Scene) -> None:
    """Mary's application is blocked at an API that she left, and at one that she is subscribed to."""
    blocked = _application(scene, "mary", "Blocked")
    left = _subscribe(scene, "mary", blocked, "orders", "Gold")
    scene.api("paul", "POST", f"{PUBLISHER}/subscriptions/{left}/block", {"state": "BLOCKED"})
    scene.api("mary", "DELETE", f"{DEVPORTAL}/subscriptions/{left}")
    stands = _subscribe(scene, "mary", blocked, "items", "Gold")
    scene.api("paul", "POST", f"{PUBLISHER}/subscriptions/{stands}/block", {"state": "BLOCKED"})
    scene.ids |= {"blockedApplicationId": blocked, "blockedSubscriptionId": stands}


def _browsers(scene: Scene) -> None:
    for name, username in (("john", "john@gmail.com"), ("mary", "mary@gmail.com"), ("ada", "ada"), ("paul", "paul")):
        scene.browsers[name] = FlowBrowser(scene.world).enter_store(username).cookies
    scene.browsers["stranger"] = {}
    sessions = scene.api("john", "GET", f"{DEVPORTAL}/me/sessions")["list"]
    browser = next(one["sessionId"] for one in sessions if one["sessionId"].startswith("browser-"))
    scene.ids |= {"sessionId": browser, "clientSessionId": SIGN_IN_CLIENT}


def _agents(scene: Scene) -> None:
    """A client that registered itself, to which nobody has consented yet."""
    registered = scene.run(http("signin", "POST", "/t/johnsorg/register", json_body=AGENT)).json
    scene.ids |= {
        "agentId": registered["client_id"],
        "clientId": registered["client_id"],
        "agentToken": registered["registration_access_token"],
    }


def _application(scene: Scene, who: str, name: str, **more: Any) -> str:
    body = {"name": name, "throttlingPolicy": "Unlimited", **more}
    return scene.api(who, "POST", f"{DEVPORTAL}/applications", body)["applicationId"]


def _keys(scene: Scene, who: str, application: str) -> Any:
    body = {
        "keyType": "PRODUCTION",
        "grantTypesToBeSupported": [
            *("client_credentials", "password", "refresh_token", "authorization_code"),
            device_code.GRANT_TYPE,
        ],
        "callbackUrl": vectors.REDIRECT_URI,
    }
    return scene.api(who, "POST", f"{DEVPORTAL}/applications/{application}/generate-keys", body)


def _subscribe(scene: Scene, who: str, application: str, api: str, tier: str) -> str:
    body = {"applicationId": application, "apiId": api, "throttlingPolicy": tier}
    return scene.api(who, "POST", f"{DEVPORTAL}/subscriptions", body)["subscriptionId"]


def authorization(scene: Scene, **overrides: str | None) -> str:
    """Return the query of a valid authorization request of John's client."""
    return urlencode(vectors.request(client_id=scene.client[0], **overrides))


def code_of(location: str) -> str:
    return parse_qs(urlsplit(location).query)["code"][0]
