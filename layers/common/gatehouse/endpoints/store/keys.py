"""Pages of keys: credentials, access token and settings of Production and Sandbox keys.

A secret or a token is shown on the one page behind the form that made it; see `shown_once`.
"""

from collections.abc import Mapping, Sequence

import msgspec

from gatehouse.domain.apis.apis import Api, Application
from gatehouse.domain.kernel import scopes
from gatehouse.domain.kernel.refusals import InvalidInputError, NotFoundError, PortalError
from gatehouse.domain.oauth import clients, tokens
from gatehouse.domain.oauth.clients import Client, KeyType
from gatehouse.domain.oauth.grants import IssuedToken
from gatehouse.domain.oauth.grants.client_credentials import GRANT_TYPE
from gatehouse.domain.portal import (
    applications,
    client_secrets,
    first_calls,
    generated_tokens,
    key_set_inputs,
    key_sets,
)
from gatehouse.domain.portal.application_tokens import TokenOptions
from gatehouse.domain.portal.generated_tokens import GeneratedToken
from gatehouse.domain.portal.services import Portal, find_seen_apis, find_subscribed, generate_keys
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store import commands, key_forms, numbers, shown_once
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter
from gatehouse.endpoints.store.shown_once import ShownOnce, TooLargeToShowError

TAB = "/store/applications/{applicationId}/keys/{keyType}"
_KEY_TYPES: dict[str, KeyType] = {"production": "PRODUCTION", "sandbox": "SANDBOX"}
_TOO_LARGE = "A token with these scopes is too large for a request header. Choose fewer scopes."


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """What the keys' tab is about."""

    application: Application
    key_type: KeyType
    client: Client | None
    is_owner: bool

    @property
    def path(self) -> str:
        """The page of the credentials; the others are below it."""
        return f"/store/applications/{self.application.application_id}/keys/{self.key_type.lower()}"


router = PageRouter()


class KeyPages(msgspec.Struct, frozen=True):
    """Shows and takes the forms about keys."""

    portal: Portal

    @router.get(TAB)
    def get(self, context: StorePageContext) -> Response:
        """Show the credentials."""
        return self._show(context, "keys", self._tab(context))

    @router.get(f"{TAB}/token")
    def get_token(self, context: StorePageContext) -> Response:
        """Show the form for an access token, and those that were generated."""
        tab, _ = self._made(context)
        return self._show(context, "keys_token", tab)

    @router.get(f"{TAB}/settings")
    def get_settings(self, context: StorePageContext) -> Response:
        """Show grant types, callbacks and lifetimes."""
        tab, _ = self._own(context)
        return self._show(context, "keys_settings", tab)

    @router.post(f"{TAB}/generate")
    def post_generate(self, context: StorePageContext) -> Response:
        """Generate keys; the next page shows their secret once."""
        tab = self._tab(context, must_own=True)
        grantable = first_calls.find_grantable(tab.application, find_subscribed(self.portal, tab.application))
        try:
            made = generate_keys(
                self.portal,
                context.caller,
                tab.application,
                tab.key_type,
                key_forms.read(context.form),
                options=TokenOptions(scopes=frozenset(sorted(grantable)[: scopes.SCOPES_MAX])),
                origin=context.origin,
            )
        except PortalError as error:
            return self._show(context.refused(error), "keys", tab, context.form)
        secret = made.secret.plain if made.secret else ""
        try:
            return self._hand_over(context, tab.path, _shown(made.token, secret=secret))
        except TooLargeToShowError:
            return self._hand_over(context, tab.path, ShownOnce(secret=secret))

    @router.post(f"{TAB}/change")
    def post_change(self, context: StorePageContext) -> Response:
        """Change grant types, callbacks and lifetimes."""
        tab, client = self._own(context)
        try:
            context.check_seen(client.revision)
            wanted = key_forms.read(context.form, is_public=client.is_public)
            key_sets.change(self.portal.key_sets, context.caller, client, wanted)
        except PortalError as error:
            return self._show(context.refused(error), "keys_settings", tab, context.form)
        return context.go(f"{tab.path}/settings", "saved")

    @router.post(f"{TAB}/secret")
    def post_secret(self, context: StorePageContext) -> Response:
        """Add a secret; the next page shows it once."""
        tab, client = self._own(context)
        try:
            days = numbers.parse(context.form, "days", "expiresIn") or 0
            made = client_secrets.add_secret(
                self.portal.key_sets, context.caller, client, context.form.get("label", ""), days * 86400
            )
        except PortalError as error:
            typed = {name: context.form.get(name, "") for name in ("label", "days")}
            return self._show(context.refused(error), "keys", tab, typed)
        return self._hand_over(context, tab.path, ShownOnce(secret=made.plain))

    @router.post(f"{TAB}/regenerate")
    def post_regenerate(self, context: StorePageContext) -> Response:
        """Replace all secrets by a new one; the next page shows it once."""
        tab, client = self._own(context)
        made = client_secrets.regenerate_secret(self.portal.key_sets, context.caller, client)
        return self._hand_over(context, tab.path, ShownOnce(secret=made.plain))

    @router.post(f"{TAB}/revoke-secret")
    def post_revoke_secret(self, context: StorePageContext) -> Response:
        """Revoke one secret."""
        tab, client = self._own(context)
        client_secrets.revoke_secret(self.portal.key_sets, context.caller, client, context.form.get("secret_id", ""))
        return context.go(tab.path, "revoked")

    @router.post(f"{TAB}/revoke-tokens")
    def post_revoke_tokens(self, context: StorePageContext) -> Response:
        """Revoke every token so far."""
        tab, client = self._own(context)
        key_sets.revoke_tokens(self.portal.key_sets, context.caller, client)
        return context.go(f"{tab.path}/settings", "revoked")

    @router.post(f"{TAB}/delete")
    def post_delete(self, context: StorePageContext) -> Response:
        """Delete the keys."""
        tab, client = self._own(context)
        key_sets.delete(self.portal.key_sets, context.caller, tab.application, client)
        return context.go(tab.path, "deleted")

    @router.post(f"{TAB}/token", fields_max=key_forms.FIELDS_MAX)
    def post_token(self, context: StorePageContext) -> Response:
        """Generate an application token; the next page shows it once."""
        tab, client = self._made(context)
        try:
            return self._hand_over(context, f"{tab.path}/token", generate_token(self.portal, context, client))
        except PortalError as error:
            return self._show(context.refused(error), "keys_token", tab, context.form)

    def _hand_over(self, context: StorePageContext, path: str, shown: ShownOnce) -> Response:
        return context.go(path, cookies=shown_once.send(path, context.caller.user_id, shown))

    def _tab(self, context: StorePageContext, *, must_own: bool = False) -> Tab:
        find = applications.find_own if must_own else applications.find_visible
        application = find(self.portal.applications, context.caller, context.path["applicationId"])
        key_type = _KEY_TYPES.get(context.path["keyType"])
        if key_type is None:
            raise NotFoundError("There is no such page.")
        client_id = application.client_ids.get(key_type)
        client = key_sets.find(self.portal.key_sets, application, client_id) if client_id else None
        is_owner = application.owner_id == context.caller.user_id
        return Tab(application=application, key_type=key_type, client=client, is_owner=is_owner)

    def _made(self, context: StorePageContext) -> tuple[Tab, Client]:
        tab = self._tab(context)
        if tab.client is None:
            raise NotFoundError("Generate keys first.")
        return tab, tab.client

    def _own(self, context: StorePageContext) -> tuple[Tab, Client]:
        tab = self._tab(context, must_own=True)
        if tab.client is None:
            raise NotFoundError("The application has no such keys.")
        return tab, tab.client

    def _show(
        self,
        context: StorePageContext,
        template: str,
        tab: Tab,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        client, application = tab.client, tab.application
        shown, ended = shown_once.receive(context.request, context.caller.user_id)
        seen = tuple(find_seen_apis(self.portal, context.caller, application.subscriptions).values())
        grantable = sorted(first_calls.find_grantable(application, seen))
        ticked = {f"scope {name}": "on" for name in grantable[: scopes.SCOPES_MAX]}
        values = typed or key_forms.values(client) | ticked
        example = first_calls.find_example(application, seen, tab.key_type, frozenset(shown.scopes))
        return context.show(
            template,
            cookies=ended,
            tab=tab,
            application=application,
            values=values,
            shown=shown,
            now=context.caller.now,
            id_of=client_secrets.id_of,
            grant_types=key_set_inputs.supported_grants(),
            can_generate=client is not None and GRANT_TYPE in client.grant_types,
            grantable=grantable,
            withheld=first_calls.find_withheld(application, seen),
            example=example,
            lines=self._commands(context, client, grantable, seen),
            commands=commands,
            generated=self._generated(context, client) if template == "keys_token" else (),
        )

    def _commands(
        self, context: StorePageContext, client: Client | None, grantable: Sequence[str], seen: Sequence[Api]
    ) -> dict[str, str]:
        """Return the commands that get tokens, by the grant; curl signs no assertions."""
        if client is None:
            return {}
        takes_curl = client.is_public or not clients.BY_SECRET.isdisjoint(client.authentication_methods)
        issuer, one, every = context.origin.issuer, client.client_id, {name for api in seen for name in api.scopes}
        login = f"{context.caller.username}@{context.caller.organisation}"
        found: dict[str, str] = {}
        if takes_curl and GRANT_TYPE in client.grant_types:
            found[GRANT_TYPE] = commands.client_credentials(issuer, one, grantable)
        if takes_curl and "password" in client.grant_types:
            found["password"] = commands.password(issuer, one, login, every)
        if "authorization_code" in client.grant_types and client.redirect_uris:
            found["code"] = commands.authorization(issuer, one, client.redirect_uris[0], every)
        return found

    def _generated(self, context: StorePageContext, client: Client | None) -> list[tuple[GeneratedToken, str]]:
        """Return the tokens generated here with what became of each."""
        if client is None:
            return []
        found = self.portal.generated.find_generated(context.caller.organisation, client.client_id)
        return [(one, generated_tokens.state(one, client, context.caller.now)) for one in found]


def generate_token(portal: Portal, context: StorePageContext, client: Client) -> ShownOnce:
    """Issue an application token by what the form says, to be shown once.

    Raises:
        InvalidInputError: Scopes, validity or the keys' grant types are wrong, or the token is too large to be shown.
    """
    issued = _issue(portal, context, client)
    wanted = key_forms.scopes_chosen(context.form)
    shown = _shown(issued, dropped=tuple(sorted(wanted - issued.scopes)))
    try:
        shown_once.send(context.here, context.caller.user_id, shown)
    except TooLargeToShowError as error:
        parsed = tokens.parse_access(issued.access_token)
        if parsed is not None:
            portal.context.grants.revoke_grant(parsed.grant_id)
        raise InvalidInputError(_TOO_LARGE, field="scopes") from error
    return shown


def _issue(portal: Portal, context: StorePageContext, client: Client) -> IssuedToken:
    validity = numbers.seconds(context.form, "validity", "validityPeriod") or 0
    return generated_tokens.generate(
        portal.generated,
        portal.context,
        context.caller,
        client,
        TokenOptions(scopes=key_forms.scopes_chosen(context.form), validity_seconds=validity),
        issuer=context.origin.issuer,
        source=context.origin.source,
    )


def _shown(issued: IssuedToken | None, secret: str = "", dropped: tuple[str, ...] = ()) -> ShownOnce:
    if issued is None:
        return ShownOnce(secret=secret)
    return ShownOnce(
        secret=secret,
        token=issued.access_token,
        expires_in=issued.expires_in,
        scopes=tuple(sorted(issued.scopes)),
        dropped=dropped,
    )
