"""Pages of APIs: the catalogue, one API with its document, subscribing, and the try-out console."""

from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec

from gatehouse.domain.apis import apis, attachments, catalogue, stage_urls, subscription_tiers, throttling_policies
from gatehouse.domain.apis.apis import Api, Application
from gatehouse.domain.kernel.paging import OFFERED_MAX, Window
from gatehouse.domain.kernel.refusals import InvalidInputError, NotFoundError, PortalError
from gatehouse.domain.oauth.clients import KeyType
from gatehouse.domain.portal import applications, key_sets, subscriptions, visible_apis
from gatehouse.domain.portal.services import Portal, find_catalogue, request_subscription
from gatehouse.endpoints.devportal import programs
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.rest import bodies, listings
from gatehouse.endpoints.store import key_forms, shown_once
from gatehouse.endpoints.store.keys import generate_token
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

ONE = "/store/apis/{apiId}"

_KEPT = {"Cache-Control": "private, max-age=86400"}  # a new picture has a new address

router = PageRouter()


class ApiPages(msgspec.Struct, frozen=True):
    """Shows APIs and takes the forms about them."""

    portal: Portal

    @router.get("/store/apis")
    def get_list(self, context: StorePageContext) -> Response:
        """Show the catalogue, searched."""
        query, window = context.query.get("query", ""), bodies.window(context.query)
        everything = find_catalogue(self.portal, context.caller)
        page = listings.slice_of(catalogue.search(everything, query), window)
        tags = sorted(Counter(tag for api in everything for tag in api.tags).items())
        return context.show("apis", page=page, query=query, tags=tags, total=len(everything))

    @router.get(ONE)
    def get_one(self, context: StorePageContext) -> Response:
        """Show one API."""
        return self._show(context, self._api(context))

    @router.get(f"{ONE}/thumbnail")
    def get_thumbnail(self, context: StorePageContext) -> Response:
        """Return the picture."""
        api = self._api(context)
        found = self.portal.directory.find_attachment(api.organisation, api.api_id, attachments.THUMBNAIL)
        if found is None:
            raise NotFoundError("The API has no picture.")
        return context.send(found.media_type, found.content, _KEPT)

    @router.get(f"{ONE}/subscriptions")
    def get_subscriptions(self, context: StorePageContext) -> Response:
        """Show which of the caller's applications subscribe to it."""
        return self._show(context, self._api(context), template="api_subscriptions")

    @router.post(f"{ONE}/subscribe")
    def post_subscribe(self, context: StorePageContext) -> Response:
        """Subscribe one of the caller's applications."""
        api = self._api(context)
        try:
            application = applications.find_visible(
                self.portal.applications, context.caller, context.form.get("application", "")
            )
            tier, address = context.form.get("tier", ""), context.origin.issuer
            made = request_subscription(self.portal, context.caller, application, api, tier, address)
        except PortalError as error:
            return self._show(context.refused(error), api)
        done = "waiting" if made.subscription.state == subscriptions.ON_HOLD else "subscribed"
        return context.go(f"/store/applications/{application.application_id}/subscriptions", done)

    @router.get(f"{ONE}/try")
    def get_try(self, context: StorePageContext) -> Response:
        """Show the try-out console."""
        return self._console(context, self._api(context))

    @router.post(f"{ONE}/try", fields_max=key_forms.FIELDS_MAX)
    def post_try(self, context: StorePageContext) -> Response:
        """Generate a token of the chosen application; the console shows it once."""
        api = self._api(context)
        chosen, _, key_type = context.form.get("keys", "").rpartition(" ")
        try:
            application = applications.find_visible(self.portal.applications, context.caller, chosen)
            client_id = application.client_ids.get(key_type)
            if client_id is None:
                raise InvalidInputError("Generate keys for the application first.", field="keys")
            client = key_sets.find(self.portal.key_sets, application, client_id)
            shown = generate_token(self.portal, context, client)
        except PortalError as error:
            return self._console(context.refused(error), api)
        kept = urlencode({name: context.form[name] for name in ("keys", "operation") if name in context.form})
        made = shown_once.send(context.here, context.caller.user_id, shown)
        return context.go(f"{context.here}?{kept}", cookies=made)

    def _api(self, context: StorePageContext) -> Api:
        return visible_apis.find(self.portal.directory, context.caller, context.path["apiId"])

    def _own(self, context: StorePageContext) -> tuple[Application, ...]:
        window = Window(limit=OFFERED_MAX)
        return applications.find_page(self.portal.applications, context.caller, window).items

    def _show(self, context: StorePageContext, api: Api, template: str = "api") -> Response:
        own = self._own(context)
        subscribed = [(one, found) for one in own if (found := apis.find_subscription(one, api)) is not None]
        taken = [one for one, _ in subscribed]
        return context.show(
            template,
            api=api,
            named=context.path["apiId"],
            values=context.form,
            free=[one for one in own if one not in taken],
            subscribed=subscribed if template == "api_subscriptions" else taken,
            has_applications=bool(own),
            tiers=[throttling_policies.SUBSCRIPTION[name] for name in subscription_tiers.find(api)],
            urls=programs.urls(api),
            stages=stage_urls.fill_in(api.deployments),
        )

    def _console(self, context: StorePageContext, api: Api) -> Response:
        shown, ended = shown_once.receive(context.request, context.caller.user_id)
        chosen_before = {"keys": context.query.get("keys", ""), **{f"scope {name}": "on" for name in shown.scopes}}
        values = context.form or chosen_before
        subscribed = [one for one in self._own(context) if apis.find_subscription(one, api)]
        keys = [(one, key_type) for one in subscribed for key_type in sorted(one.client_ids)]
        urls = programs.urls(api, _chosen_type(values.get("keys", ""), keys))
        asked = context.form.get("operation", "") or context.query.get("operation", "")
        resource = programs.choose(api, asked)
        organisation, issuer = context.caller.organisation, context.origin.issuer
        offered = programs.offered(api, organisation)
        chosen = f"{resource.method} {resource.path}" if resource else ""
        credentials, key_type = programs.credentials(subscribed)
        return context.show(
            "try",
            reached=urls,
            cookies=ended,
            api=api,
            named=context.path["apiId"],
            shown=shown,
            values=values,
            urls=urls,
            keys=keys,
            chosen=chosen,
            resource=resource,
            offered=offered,
            needed=programs.needed(resource, offered),
            needs_role=programs.needs_role(api, resource),
            programs=programs.samples_of(api, resource, organisation, issuer, key_type) if resource else (),
            credentials=credentials,
        )


def _chosen_type(chosen: str, keys: Sequence[tuple[Application, str]]) -> KeyType:
    """Return the type of the keys that the console shows as chosen: of the first ones if nobody chose."""
    kind = chosen.rpartition(" ")[2] or next((kind for _, kind in keys), "")
    return "SANDBOX" if kind == "SANDBOX" else "PRODUCTION"
