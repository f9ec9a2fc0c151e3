"""Pages of keys: Production and Sandbox, secrets, tokens. A secret or a token stands in one answer and no other."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from gatehouse.domain.apis.apis import Api, Application
from gatehouse.domain.kernel import scopes
from gatehouse.domain.kernel.errors import InvalidScopeError
from gatehouse.domain.kernel.refusals import InvalidInputError, NotFoundError, PortalError
from gatehouse.domain.oauth.clients import Client, KeyType
from gatehouse.domain.portal import applications, generated_tokens, key_sets
from gatehouse.domain.portal.application_tokens import TokenOptions
from gatehouse.domain.portal.client_settings import ClientSettings
from gatehouse.domain.portal.generated_tokens import GeneratedToken
from gatehouse.domain.portal.key_sets import KeySetInput
from gatehouse.domain.portal.services import Portal, find_seen_apis, generate_keys
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store import numbers
from gatehouse.endpoints.store.site import Renderer, Route, StorePageContext, check_seen

TAB = "/store/applications/{applicationId}/keys/{keyType}"
_KEY_TYPES: dict[str, KeyType] = {"production": "PRODUCTION", "sandbox": "SANDBOX"}


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """What the keys' tab is about."""

    application: Application
    key_type: KeyType
    client: Client | None
    is_owner: bool

    @property
    def path(self) -> str:
        """The tab's own page."""
        return f"/store/applications/{self.application.application_id}/keys/{self.key_type.lower()}"


class KeyPages(msgspec.Struct, frozen=True):
    """Shows and takes the forms about keys."""

    portal: Portal
    renderer: Renderer

    def get(self, visit: StorePageContext) -> Response:
        """Show the tab."""
        tab = self._tab(visit)
        return self._show(visit, tab, _values(tab.client))

    def post_generate(self, visit: StorePageContext) -> Response:
        """Generate keys, and show their secret this once."""
        tab = self._tab(visit, must_own=True)
        try:
            made = generate_keys(
                self.portal,
                visit.caller,
                tab.application,
                tab.key_type,
                _draft(visit),
                options=TokenOptions(),
                origin=visit.origin,
            )
        except PortalError as error:
            return self._show(visit, tab, visit.form, error)
        now = self._tab(visit)
        secret = made.secret.plain if made.secret else ""
        return self._show(visit, now, _values(made.client), secret=secret, token=made.token)

    def post_change(self, visit: StorePageContext) -> Response:
        """Change grant types, callbacks and lifetimes."""
        tab, client = self._own(visit)
        try:
            check_seen(visit, client.revision)
            key_sets.change(self.portal.key_sets, visit.caller, client, _draft(visit, is_public=client.is_public))
        except PortalError as error:
            return self._show(visit, tab, visit.form, error)
        return self.renderer.go(visit, tab.path, "saved")

    def post_secret(self, visit: StorePageContext) -> Response:
        """Add a secret, and show it this once."""
        tab, client = self._own(visit)
        try:
            days = numbers.parse(visit.form, "days", "expiresIn") or 0
            made = key_sets.add_secret(
                self.portal.key_sets, visit.caller, client, visit.form.get("label", ""), days * 86400
            )
        except PortalError as error:
            typed = {name: visit.form.get(name, "") for name in ("label", "days")}
            return self._show(visit, tab, _values(client) | typed, error)
        return self._show(visit, self._tab(visit), _values(client), secret=made.plain)

    def post_regenerate(self, visit: StorePageContext) -> Response:
        """Replace all secrets by a new one, and show it this once."""
        _, client = self._own(visit)
        made = key_sets.regenerate_secret(self.portal.key_sets, visit.caller, client)
        return self._show(visit, self._tab(visit), _values(client), secret=made.plain)

    def post_revoke_secret(self, visit: StorePageContext) -> Response:
        """Revoke one secret."""
        tab, client = self._own(visit)
        key_sets.revoke_secret(self.portal.key_sets, visit.caller, client, visit.form.get("secret_id", ""))
        return self.renderer.go(visit, tab.path, "revoked")

    def post_revoke_tokens(self, visit: StorePageContext) -> Response:
        """Revoke every token so far."""
        tab, client = self._own(visit)
        key_sets.revoke_tokens(self.portal.key_sets, visit.caller, client)
        return self.renderer.go(visit, tab.path, "revoked")

    def post_delete(self, visit: StorePageContext) -> Response:
        """Delete the keys."""
        tab, client = self._own(visit)
        key_sets.delete(self.portal.key_sets, visit.caller, tab.application, client)
        return self.renderer.go(visit, tab.path, "deleted")

    def post_token(self, visit: StorePageContext) -> Response:
        """Generate an application token, and show it this once."""
        tab = self._tab(visit)
        if tab.client is None:
            raise NotFoundError("Generate keys first.")
        try:
            token = generate_token(self.portal, visit, tab.client)
        except PortalError as error:
            return self._show(visit, tab, _values(tab.client) | dict(visit.form), error)
        return self._show(visit, tab, _values(tab.client) | dict(visit.form), token=token)

    def _tab(self, visit: StorePageContext, *, must_own: bool = False) -> Tab:
        find = applications.find_own if must_own else applications.find_visible
        application = find(self.portal.subscriptions, visit.caller, visit.path["applicationId"])
        key_type = _KEY_TYPES.get(visit.path["keyType"])
        if key_type is None:
            raise NotFoundError("There is no such page.")
        client_id = application.client_ids.get(key_type)
        client = key_sets.find(self.portal.key_sets, application, client_id) if client_id else None
        is_owner = application.owner_id == visit.caller.user_id
        return Tab(application=application, key_type=key_type, client=client, is_owner=is_owner)

    def _own(self, visit: StorePageContext) -> tuple[Tab, Client]:
        tab = self._tab(visit, must_own=True)
        if tab.client is None:
            raise NotFoundError("The application has no such keys.")
        return tab, tab.client

    def _show(
        self,
        visit: StorePageContext,
        tab: Tab,
        values: Any,
        error: PortalError | None = None,
        secret: str = "",
        token: object = None,
    ) -> Response:
        seen = find_seen_apis(self.portal, visit.caller, tab.application.subscriptions).values()
        return self.renderer.show(
            visit,
            "keys",
            tab=tab,
            application=tab.application,
            values=values,
            error=error,
            secret=secret,
            token=token,
            now=visit.caller.now,
            id_of=key_sets.id_of,
            grant_types=key_sets.supported_grants(),
            scopes=sorted({name for api in seen for name in api.scopes}),
            example=next(_addresses(seen, tab.key_type), ""),
            generated=self._generated(visit, tab.client),
        )

    def _generated(self, visit: StorePageContext, client: Client | None) -> list[tuple[GeneratedToken, str]]:
        """Return the tokens generated here with what became of each."""
        if client is None:
            return []
        found = self.portal.generated.find_generated(visit.caller.organisation, client.client_id)
        return [(one, generated_tokens.state(one, client, visit.caller.now)) for one in found]

    def routes(self) -> tuple[Route, ...]:
        """Return the table of this part."""
        return (
            Route(method="GET", path=TAB, run=self.get),
            Route(method="POST", path=f"{TAB}/generate", run=self.post_generate),
            Route(method="POST", path=f"{TAB}/change", run=self.post_change),
            Route(method="POST", path=f"{TAB}/secret", run=self.post_secret),
            Route(method="POST", path=f"{TAB}/regenerate", run=self.post_regenerate),
            Route(method="POST", path=f"{TAB}/revoke-secret", run=self.post_revoke_secret),
            Route(method="POST", path=f"{TAB}/revoke-tokens", run=self.post_revoke_tokens),
            Route(method="POST", path=f"{TAB}/delete", run=self.post_delete),
            Route(method="POST", path=f"{TAB}/token", run=self.post_token),
        )


def generate_token(portal: Portal, visit: StorePageContext, client: Client) -> object:
    """Issue an application token by what the form says.

    Raises:
        InvalidInputError: Scopes, validity or the keys' grant types are wrong.
    """
    chosen = frozenset(name.removeprefix("scope ") for name in visit.form if name.startswith("scope "))
    try:
        wanted = scopes.parse(" ".join(sorted(chosen))) if chosen else chosen
    except InvalidScopeError as error:
        raise InvalidInputError("A scope is malformed.", field="scopes") from error
    validity = numbers.parse(visit.form, "validity", "validityPeriod") or 0
    return generated_tokens.generate(
        portal.generated,
        portal.context,
        visit.caller,
        client,
        TokenOptions(scopes=wanted, validity_seconds=validity),
        issuer=visit.origin.issuer,
        source=visit.origin.source,
    )


def _addresses(found: Iterable[Api], key_type: KeyType) -> Iterator[str]:
    """Return what can be called with a token of these keys and nothing else: a GET without variables in its path."""
    for api in found:
        urls = [one.url.rstrip("/") for one in api.deployments if one.url and key_type in one.key_types]
        paths = [one.path for one in api.resources if one.method == "GET" and one.scopes and "{" not in one.path]
        yield from (f"{url}{path}" for url in urls for path in paths)


def _values(client: Client | None) -> dict[str, str]:
    if client is None:
        return {"grant client_credentials": "on", "pkce": "on"}
    return {
        **{f"grant {name}": "on" for name in client.grant_types},
        "callbacks": "\n".join(client.redirect_uris),
        "access_lifetime": str(client.access_token_lifetime_seconds or ""),
        "refresh_lifetime": str(client.refresh_token_lifetime_seconds or ""),
        **({"public": "on"} if client.is_public else {}),
        **({"pkce": "on"} if client.requires_pkce else {}),
        **({"skip_consent": "on"} if client.skips_consent else {}),
        **({"second_factor": "on"} if client.second_factor else {}),
        "post_logout_redirect_uris": "\n".join(client.post_logout_redirect_uris),
        "allowed_origins": "\n".join(client.allowed_origins),
        "jwks": client.jwks,
        "jwks_uri": client.jwks_uri,
        "replay_window_seconds": str(client.replay_window_seconds),
    }


def _draft(visit: StorePageContext, *, is_public: bool | None = None) -> KeySetInput:
    form = visit.form
    grant_types = {name.removeprefix("grant ") for name in form if name.startswith("grant ")}
    return KeySetInput(
        grant_types=frozenset(grant_types) & frozenset(key_sets.supported_grants()),
        redirect_uris=_lines(form, "callbacks"),
        access_token_lifetime_seconds=numbers.parse(form, "access_lifetime", "lifetime", minimum=1),
        refresh_token_lifetime_seconds=numbers.parse(form, "refresh_lifetime", minimum=1),
        is_public="public" in form if is_public is None else is_public,
        settings=ClientSettings(
            requires_pkce="pkce" in form,
            post_logout_redirect_uris=_lines(form, "post_logout_redirect_uris"),
            jwks=form.get("jwks", "").strip(),
            jwks_uri=form.get("jwks_uri", "").strip(),
            allowed_origins=_lines(form, "allowed_origins"),
            skips_consent="skip_consent" in form,
            second_factor="second_factor" in form,
            replay_window_seconds=numbers.parse(form, "replay_window_seconds", minimum=0),
        ),
    )


def _lines(form: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in form.get(name, "").splitlines() if line.strip())
