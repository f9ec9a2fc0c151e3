"""Resource indicators (RFC 8707): a client names the APIs that a token is for, and it opens no other.

A resource is named by the URL of an API's stage. It resolves to one API that the client's application subscribes to, or
to this service's own JSON APIs, to which every application is subscribed. A registered client has the subscriptionless
APIs of its organisation instead, and its tokens always name some.
"""

import re
from collections.abc import Iterable, Sequence

import msgspec

from gatehouse.domain.apis import apis, builtin_api
from gatehouse.domain.apis.apis import Api, ApiStore, Deployment
from gatehouse.domain.kernel import builtin, regions, scopes
from gatehouse.domain.kernel.errors import InvalidTargetError
from gatehouse.domain.oauth import entitlements
from gatehouse.domain.oauth.clients import Client

RESOURCES_MAX = 5
URI_MAX_CHARACTERS = 256

_OWN_PATH = "/api/am/"
_URI = re.compile(r"(https?)://([a-z0-9.\-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(/[^?#]*)?(\?[^#]*)?", re.IGNORECASE)
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class TargetResource(msgspec.Struct, frozen=True):
    """An API that a token is for.

    Attributes:
        organisation: The API's.
        life_id: Of the API's life that was meant; another one is another API.
        uri: As the client named it: the audience of JWTs and of introspection.
    """

    organisation: str
    api_id: str
    life_id: str
    uri: str

    def render(self) -> str:
        """Return the text that grants, codes and JWTs hold."""
        return f"{self.organisation} {self.api_id} {self.life_id} {self.uri}"


def parse(text: str) -> TargetResource:
    """Return the resource of a text that `Resource.render` made."""
    organisation, api_id, life_id, uri = text.split(" ")
    return TargetResource(organisation, api_id, life_id, uri)


def audience(resources: Sequence[str]) -> str | list[str]:
    """Return the `aud` of a token that names APIs: their URIs as the client spelled them."""
    uris = list(dict.fromkeys(parse(one).uri for one in resources))
    return uris[0] if len(uris) == 1 else uris


def is_for(resources: Sequence[str], api: Api) -> bool:
    """Say whether a token that names APIs may be used at this one."""
    return (api.organisation, api.api_id, api.life_id) in map(_identity, resources)


def resolve(store: ApiStore, client: Client, value: str, issuer: str) -> tuple[str, ...]:
    """Return the APIs that the parameter `resource` names, rendered.

    Args:
        store: Where the subscriptions of the client's application are.
        client: Who asks.
        value: The parameter; several values are separated by spaces, which no URI holds.
        issuer: The issuer whose path was called, or the deployment's: its host has this service's own APIs.

    Raises:
        InvalidTargetError: One is no absolute http or https URI, has a fragment or user information, or leads to no
            API that the application subscribes to, or to several (section 2).
    """
    uris = value.split(" ")
    if len(uris) > RESOURCES_MAX:
        raise InvalidTargetError(f"{len(uris)} resources", description="At most 5 resources may be named.")
    application, subscribed = store.find_subscriptions(client.organisation, client.application_id)
    known = entitlements.usable(application, subscribed, client) if application else ()
    # A registered client never has this service's own APIs.
    own = None if client.registration else _canonical(issuer.partition("/t/")[0])
    return tuple(dict.fromkeys((_find_own(uri, client, own) or _find(uri, known)).render() for uri in uris))


def of_scopes(store: ApiStore, client: Client, requested: frozenset[str]) -> tuple[str, ...]:
    """Return the API of a registered client that names none: the one that defines all requested scopes.

    Raises:
        InvalidTargetError: There is not exactly one.
    """
    _, opened = store.find_subscriptions(client.organisation, client.application_id)
    wanted = requested - scopes.OPENID_CONNECT - {scopes.DEFAULT}
    shown = [api for api in opened if api.lifecycle not in apis.HIDDEN]
    found = [api for api in shown if wanted <= api.scopes.keys() and api.deployments]
    if len(found) != 1:
        raise InvalidTargetError(
            f"{len(found)} subscriptionless APIs define the scopes of a registered client without resource",
            description="The resource parameter is required: no single API defines all requested scopes.",
        )
    one = found[0]
    return (TargetResource(one.organisation, one.api_id, one.life_id, url_of(one.deployments[0])).render(),)


def _find_own(uri: str, client: Client, own: str | None) -> TargetResource | None:
    """Return this service's own JSON API if the URI is below its path."""
    wanted = _canonical(uri)
    if wanted is None or own is None or not f"{wanted}/".startswith(f"{own}{_OWN_PATH}"):
        return None
    return TargetResource(client.organisation, builtin.API_ID, builtin_api.api(client.organisation).life_id, uri)


def narrow(granted: tuple[str, ...], asked: tuple[str, ...]) -> tuple[str, ...]:
    """Return the APIs of one token of a grant: those asked for, which must be the grant's.

    Raises:
        InvalidTargetError: One is not the grant's (RFC 8707 section 2.2).
    """
    if not {_identity(one) for one in asked} <= {_identity(one) for one in granted}:
        raise InvalidTargetError(
            "resource beyond the grant",
            description="A resource was not named in the authorization request. Name it there, and ask again.",
        )
    return asked


def is_same(one: Iterable[str], other: Iterable[str]) -> bool:
    """Say whether both name the same APIs, however they spell them."""
    return {_identity(each) for each in one} == {_identity(each) for each in other}


def _identity(text: str) -> tuple[str, str, str]:
    resource = parse(text)
    return resource.organisation, resource.api_id, resource.life_id


def _find(uri: str, known: Sequence[Api]) -> TargetResource:
    """Return the one API that a URI names: by its own URL, by one below it, or by one above it if no other is there.

    Clients name the address that they call, which lies below the stage's URL, or only its origin
    (docs/decisions/0160).
    """
    wanted = _canonical(uri)
    if wanted is None:
        raise InvalidTargetError(
            "malformed resource",
            description="A resource is an absolute https URI of at most 256 characters, without fragment or user.",
        )
    urls = [(url, api) for api in known for url in urls_of(api)]
    around = [(len(url), api) for url, api in urls if wanted == url or wanted.startswith(f"{url}/")]
    longest = max((length for length, _ in around), default=0)
    found = [api for length, api in around if length == longest]
    found = found or [api for url, api in urls if url.startswith(f"{wanted}/")]
    identities = {(api.organisation, api.api_id, api.life_id) for api in found}
    if len(identities) != 1:
        raise InvalidTargetError(
            f"resource that is {'ambiguous' if found else 'unknown'} to client's application",
            description="A resource is not the URL of exactly one API that the application subscribes to.",
        )
    organisation, api_id, life_id = identities.pop()
    return TargetResource(organisation, api_id, life_id, uri)


def urls_of(api: Api) -> frozenset[str]:
    """Return the URLs of an API's stages, in one spelling: those it was published with, and API Gateway's own."""
    spelled = [url for one in api.deployments for url in (one.url, execute_api_url(one)) if url]
    return frozenset(url for url in map(_canonical, spelled) if url is not None)


def find_deployment(api: Api, url: str) -> Deployment | None:
    """Return the stage that an API was published with this URL for, however the URL is spelled."""
    wanted = _canonical(url)
    return next((one for one in api.deployments if one.url and _canonical(one.url) == wanted), None)


def url_of(deployment: Deployment) -> str:
    """Return the URL of a stage: the one that it was published with, else API Gateway's own."""
    return deployment.url or execute_api_url(deployment)


def execute_api_url(deployment: Deployment) -> str:
    """Return the URL that API Gateway gives a stage; the stage `$default` has none of its own."""
    suffix = regions.url_suffix(deployment.region)
    base = f"https://{deployment.gateway_id}.execute-api.{deployment.region}.{suffix}"
    return base if deployment.stage == "$default" else f"{base}/{deployment.stage}"


def _canonical(uri: str) -> str | None:
    """Return a URI in the spelling in which it is compared: RFC 3986 section 6.2.2, without a slash at its end.

    None if it is malformed: RFC 8707 section 2 wants an absolute URI without a fragment.
    """
    if len(uri) > URI_MAX_CHARACTERS or not _PRINTABLE.fullmatch(uri):
        return None
    match = _URI.fullmatch(uri)
    if match is None:
        return None
    scheme, host, port, path, query = match.groups(default="")
    scheme = scheme.lower()
    port = "" if port == _DEFAULT_PORTS[scheme] else port
    return f"{scheme}://{host.lower()}{port}{path.rstrip('/')}{query}"
