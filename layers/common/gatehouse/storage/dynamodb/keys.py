"""Key layout of both tables. No other module spells a key.

Every part that a person or a client chose is percent-encoded, so that no two entities can share a key.
Each entity has a partition key of its own: a busy organisation is not a busy partition.
"""

import hashlib
import string

_KEY_MAX_CHARACTERS = 1_000
"""Keys are ASCII. The index `by_user` sorts by them, and DynamoDB takes 1,024 bytes of a sort key."""

type Key = dict[str, dict[str, str]]

SESSIONS, CONNECTIONS, REMEMBERED_BROWSERS = "SESSION#", "CONNECTION#", "REMEMBERED_BROWSER#"
"""How the keys of what a user has in `GrantsTable` begin."""

_REGISTERED = ("doc.", "dyn.")
"""How the ids of registered clients begin (`domain.oauth.registered_clients`)."""

_PLAIN = f"{string.ascii_letters}{string.digits}_.~@+ -"
"""What needs no encoding; most parts are so, and asking is ten times cheaper than encoding."""


def organisation(organisation: str) -> Key:
    """Return the key of an organisation."""
    return _key("ORGANISATION", organisation)


def user(organisation: str, username: str) -> Key:
    """Return the key of a user, by the username in its one spelling."""
    return _key("USER", organisation, username)


def username(organisation: str, user_id: str) -> Key:
    """Return the key of the item that leads from a user id to the username."""
    return _key("USERNAME", organisation, user_id)


def status(status_id: str) -> Key:
    """Return the key of a user's status; status ids are globally unique and random, and tokens carry them."""
    return _key("STATUS", status_id)


def application(organisation: str, application_id: str) -> Key:
    """Return the key of an application."""
    return _key("APPLICATION", organisation, application_id)


def client(client_id: str) -> Key:
    """Return the key of a client; client ids are globally unique. Registered ones stand apart."""
    return _key("REGISTERED_CLIENT" if client_id.startswith(_REGISTERED) else "CLIENT", client_id)


def api(organisation: str, api_id: str) -> Key:
    """Return the key of an API."""
    return _key("API", organisation, api_id)


def restrictions(organisation: str) -> Key:
    """Return the key of what an organisation's administrators decide about APIs and scopes."""
    return _key("RESTRICTIONS", organisation)


def subscriptionless(organisation: str) -> Key:
    """Return the key of the item that names an organisation's subscriptionless APIs."""
    return _key("SUBSCRIPTIONLESS", organisation)


def former_routes(organisation: str, api_id: str) -> Key:
    """Return the key of the restricted routes that an API no longer has."""
    return _key("FORMER_ROUTES", organisation, api_id)


def stage_history(account: str, region: str, gateway_id: str, stage: str) -> Key:
    """Return the key of the item that remembers which API ran last on a stage."""
    return _key("STAGE_HISTORY", account, region, gateway_id, stage)


def api_document(organisation: str, api_id: str) -> Key:
    """Return the key of an API's OpenAPI document, as it was published."""
    return _key("API_DOCUMENT", organisation, api_id)


def api_attachment(organisation: str, api_id: str, name: str) -> Key:
    """Return the key of an API's thumbnail, or of a document's content."""
    return _key("API_ATTACHMENT", organisation, api_id, name)


def shared_api(recipient: str, organisation: str, api_id: str) -> Key:
    """Return the key of the item that lists an API in another organisation's store, or in all (`*`)."""
    return _key("SHARED_API", recipient, organisation, api_id)


def deployment(account: str, region: str, gateway_id: str, stage: str) -> Key:
    """Return the key of the item that leads from a stage of an API Gateway API to our API."""
    return _key("DEPLOYMENT", account, region, gateway_id, stage)


def public_keys() -> Key:
    """Return the key of the published JWK Set."""
    return _key("PUBLIC_KEYS")


def assertion(client_id: str, jti: str) -> Key:
    """Return the key that marks a client assertion as used."""
    return _key("ASSERTION", client_id, hashlib.sha256(jti.encode(errors="replace")).hexdigest())


def grant(grant_id: str) -> Key:
    """Return the key of a grant; grant ids are globally unique, and random, so that no partition is hot."""
    return _key("GRANT", grant_id)


def grant_id(pk: str) -> str:
    """Return the id of the grant of this key; ids need no encoding."""
    return pk.partition("#")[2]


def logo(organisation: str) -> Key:
    """Return the key of an organisation's logo."""
    return _key("LOGO", organisation)


def own_path(path: str) -> Key:
    """Return the key of a path of our own host at which an API answers."""
    return _key("OWN_PATH", path)


def generated_tokens(organisation: str, client_id: str) -> Key:
    """Return the key of the item that remembers which tokens were generated in the store for a key set."""
    return _key("GENERATED", organisation, client_id)


def publishing_draft(organisation: str, user_id: str) -> Key:
    """Return the key of what a member has uploaded and not published yet."""
    return _key("PUBLISHING_DRAFT", organisation, user_id)


def publishing_places(organisation: str) -> Key:
    """Return the key of the documents that are being read for an organisation at this moment."""
    return _key("PUBLISHING_PLACES", organisation)


def code(organisation: str, digest: bytes) -> Key:
    """Return the key of an authorization code."""
    return _key("CODE", organisation, digest.hex())


def device_request(organisation: str, code_digest: bytes) -> Key:
    """Return the key of a device's request, by the digest of its user code."""
    return _key("DEVICE", organisation, code_digest.hex())


def code_entries(organisation: str, user_id: str, window: int) -> Key:
    """Return the key of the number of user codes that a user entered in a window of time."""
    return _key("CODE_ENTRIES", organisation, user_id, str(window))


def identity_provider(organisation: str, provider_id: str) -> Key:
    """Return the key of an identity provider."""
    return _key("IDENTITY_PROVIDER", organisation, provider_id)


def mail_domains(organisation: str) -> Key:
    """Return the key of the mail domains that an organisation claims."""
    return _key("MAIL_DOMAINS", organisation)


def mail_domain(domain: str) -> Key:
    """Return the key of the item that leads from a proven mail domain to its organisation."""
    return _key("MAIL_DOMAIN", domain)


def federated_link(organisation: str, provider_id: str, digest: str) -> Key:
    """Return the key of the item that leads from an identity at a provider to an account."""
    return _key("FEDERATED_LINK", organisation, provider_id, digest)


def federated_links(organisation: str, user_id: str) -> Key:
    """Return the key of the item with the identities of an account."""
    return _key("FEDERATED_LINKS", organisation, user_id)


def federated_sign_in(organisation: str, digest: bytes) -> Key:
    """Return the key of a sign-in that is under way at an identity provider, by the digest of its state."""
    return _key("FEDERATED", organisation, digest.hex())


def provider_session(organisation: str, provider_id: str, name: str) -> Key:
    """Return the key of a session at an identity provider that one of our sessions came from."""
    return _key("PROVIDER_SESSION", organisation, f"{provider_id}#{name}")


def logout_token(organisation: str, provider_id: str, token_id: str) -> Key:
    """Return the key that marks a logout token of a provider as used."""
    digest = hashlib.sha256(token_id.encode(errors="replace")).hexdigest()
    return _key("LOGOUT_TOKEN", organisation, provider_id, digest)


def session(organisation: str, digest: bytes) -> Key:
    """Return the key of a signed-in browser."""
    return _key("SESSION", organisation, digest.hex())


def connection(organisation: str, username: str, client_id: str) -> Key:
    """Return the key of a user's connection with a client, by name: it is read before the user's id is known.

    The index `by_user` sorts by it, and takes 1,024 bytes at most; a username may have more when it is encoded.
    """
    return _key("CONNECTION", organisation, hashlib.sha256(username.encode(errors="replace")).hexdigest(), client_id)


def consent(organisation: str, user_id: str, client_id: str) -> Key:
    """Return the key of a user's consent to a client."""
    return _key("CONSENT", organisation, user_id, client_id)


def link(organisation: str, digest: bytes) -> Key:
    """Return the key of a one-time link."""
    return _key("LINK", organisation, digest.hex())


def job(job_id: str) -> Key:
    """Return the key of a job; the stream of the table starts the function that does it."""
    return _key("JOB", job_id)


def mails(organisation: str, address: str, window: int) -> Key:
    """Return the key of the counter of mails to one address in one window."""
    return _key("MAILS", organisation, address, str(window))


def failures(organisation: str, username: str) -> Key:
    """Return the key of an account's failure counter; the account need not exist."""
    return _key("FAILURES", organisation, username)


def factors(organisation: str, user_id: str) -> Key:
    """Return the key of a user's second factors."""
    return _key("FACTORS", organisation, user_id)


def passkey(credential_id: bytes) -> Key:
    """Return the key of the item that leads from a credential to its user; credential ids are globally unique."""
    return _key("PASSKEY", hashlib.sha256(credential_id).hexdigest())


def used_challenge(digest: bytes) -> Key:
    """Return the key that marks a challenge as used."""
    return _key("USED_CHALLENGE", digest.hex())


def factor_failures(organisation: str, user_id: str) -> Key:
    """Return the key of the counter of a user's wrong codes."""
    return _key("FACTOR_FAILURES", organisation, user_id)


def pending_sign_in(organisation: str, digest: bytes) -> Key:
    """Return the key of a half-finished sign-in."""
    return _key("PENDING_SIGN_IN", organisation, digest.hex())


def sign_in(organisation: str, user_id: str, at_ms: int, session_id: str) -> Key:
    """Return the key of a recorded sign-in; a user's keys sort by time."""
    return _key("SIGN_IN", organisation, user_id, str(at_ms).zfill(15), session_id)


def sign_ins(organisation: str, user_id: str) -> str:
    """Return how the keys of a user's recorded sign-ins begin."""
    return _join("SIGN_IN", organisation, user_id, "")


def remembered_browser(organisation: str, digest: bytes) -> Key:
    """Return the key of a browser in which a user signed in."""
    return _key("REMEMBERED_BROWSER", organisation, digest.hex())


def browser_failures(organisation: str, digest: bytes) -> Key:
    """Return the key of the failure counter of a browser in which a user signed in."""
    return _key("BROWSER_FAILURES", organisation, digest.hex())


def source_failures(source: str, window: int) -> Key:
    """Return the key of a source address's failure counter in one window."""
    return _key("SOURCE", source, str(window))


def source_fetches(source: str, window: int) -> Key:
    """Return the key of the number of fetches from outside that a source address caused in a window of time."""
    return _key("SOURCE_FETCHES", source, str(window))


def source_registrations(source: str, window: int) -> Key:
    """Return the key of the number of clients that a source address registered in a window of time."""
    return _key("SOURCE_REGISTRATIONS", source, str(window))


def registrations(organisation: str, window: int) -> Key:
    """Return the key of the number of clients that were registered in an organisation in a window of time."""
    return _key("REGISTRATIONS", organisation, str(window))


def host_fetches(organisation: str, host: str, window: int) -> Key:
    """Return the key of the number of fetches from a host for an organisation in a window of time."""
    return _key("HOST_FETCHES", organisation, host, str(window))


def host_backoff(organisation: str, host: str) -> Key:
    """Return the key of a host's failures in a row."""
    return _key("HOST_BACKOFF", organisation, host)


def fetched(organisation: str, digest: str) -> Key:
    """Return the key of what was fetched from a URL, by the URL's digest."""
    return _key("FETCHED", organisation, digest)


def application_name(organisation: str, owner_id: str, name: str) -> Key:
    """Return the key of the item that reserves an application's name for its owner, whatever its case."""
    return _key("APPLICATION_NAME", organisation, owner_id, name.casefold())


def shared_application(organisation: str, group: str, application_id: str) -> Key:
    """Return the key of the item that lists an application for a group."""
    return _key("SHARED_APPLICATION", organisation, group, application_id)


def default_application(organisation: str, user_id: str) -> Key:
    """Return the key of the marker that a user's first application was created."""
    return _key("DEFAULT_APPLICATION", organisation, user_id)


def subscription(organisation: str, subscription_id: str) -> Key:
    """Return the key of a subscription, in the application's organisation."""
    return _key("SUBSCRIPTION", organisation, subscription_id)


def subscription_block(api_organisation: str, api_id: str, organisation: str, application_id: str) -> Key:
    """Return the key of an application's block at an API; it outlives the subscription."""
    return _key("SUBSCRIPTION_BLOCK", api_organisation, api_id, organisation, application_id)


def owner_blocks(api_organisation: str, api_id: str, organisation: str, owner_id: str) -> Key:
    """Return the key of the item that names an owner's applications that are blocked at an API."""
    return _key("OWNER_BLOCKS", api_organisation, api_id, organisation, owner_id)


def listed_application(organisation: str, application_id: str) -> Key:
    """Return the key of the item that lists an application for the administrators of its organisation."""
    return _key("LISTED_APPLICATION", organisation, application_id)


def usage_key(organisation: str, application_id: str) -> Key:
    """Return the key of the item that says that an application has an API key of API Gateway."""
    return _key("USAGE_KEY", organisation, application_id)


def transfer(organisation: str, application_id: str) -> Key:
    """Return the key of the item that lists an application for the member who may accept it."""
    return _key("TRANSFER", organisation, application_id)


def audit_entry(organisation: str, entry_id: str) -> Key:
    """Return the key of one line of an organisation's audit log."""
    return _key("AUDIT", organisation, entry_id)


def waiting(organisation: str, kind: str, subject_id: str) -> Key:
    """Return the key of the item that awaits an administrator's decision about the subject."""
    return _key("WAITING", organisation, kind, subject_id)


def counter(collection: str, prefix: str = "") -> Key:
    """Return the key of the stored length of a listing, or of its part whose positions have a prefix."""
    return {"pk": {"S": _fit(f"COUNTER#{collection}" + (f"#{_quote(prefix, safe='/')}" if prefix else ""))}}


def statistic(organisation: str, *parts: str) -> Key:
    """Return the key of one counted number."""
    return _key("STATISTIC", organisation, *parts)


def counted_events(span: int, page: int) -> Key:
    """Return the key of a page of the memory of what was counted of a span of time."""
    return _key("COUNTED", str(span), str(page))


def registered_user(organisation: str, application_id: str, user_id: str) -> Key:
    """Return the key of the permanent item of a user who got a token for an application by the password grant."""
    return _key("REGISTERED_USER", organisation, application_id, user_id)


def of_user(organisation: str, user_id: str) -> str:
    """Return the hash key of a user's sessions and connections in the index `by_user`."""
    return _join(organisation, user_id)


def collection(kind: str, *parts: str) -> str:
    """Return the hash key of a listing in the index `by_collection`, such as the users of an organisation."""
    return _join(kind, *parts)


def listed(pk: str) -> Key:
    """Return the key of an item that an index has shown."""
    return {"pk": {"S": pk}}


def _key(*parts: str) -> Key:
    return {"pk": {"S": _join(*parts)}}


def _join(*parts: str) -> str:
    return _fit("#".join([_quote(part, safe="@+ ") if part.strip(_PLAIN) else part for part in parts]))


def _fit(key: str) -> str:
    """Return a key, or its digest behind its kind where DynamoDB would take no key so long; `=` is in no other key.

    So whatever somebody sends as a username, a client id or an API id, at most nothing is found.
    """
    if len(key) <= _KEY_MAX_CHARACTERS:
        return key
    return f"{key.partition('#')[0]}#={hashlib.sha256(key.encode()).hexdigest()}"


def _quote(part: str, *, safe: str) -> str:
    from urllib.parse import quote  # rarely needed, and the gate needs it for nothing else

    return quote(part, safe=safe, errors="surrogatepass")
