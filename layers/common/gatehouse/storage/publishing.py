"""APIs as their publishers change them: the API, its document and its deployments in one transaction."""

from copy import replace
from typing import Any

from gatehouse.domain.accounts import quotas
from gatehouse.domain.apis import attachments
from gatehouse.domain.apis.apis import Api, Deployment, Resource
from gatehouse.domain.apis.attachments import Attachment
from gatehouse.domain.apis.published_apis import LISTED_MAX, OPEN_MAX, Past, Publication
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage import audit, directory_reads, publishing_drafts, shared_apis, subscription_index
from gatehouse.storage import restrictions as decisions
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.keys import Key
from gatehouse.storage.dynamodb.listings import ListingStore
from gatehouse.storage.dynamodb.tables import ABSENT, require_own, when
from gatehouse.storage.dynamodb.transaction_items import Action


class DynamoDBPublishedApis(ListingStore):
    """Implements `PublishedApiStore` and `AttachmentStore`."""

    def find_api_now(self, organisation: str, api_id: str) -> Api | None:
        """See `PublishedApiStore.find_api_now`."""
        return directory_reads.find_api(self._tables, organisation, api_id)

    def find_past(self, organisation: str, api_id: str, deployments: tuple[Deployment, ...]) -> Past:
        """See `PublishedApiStore.find_past`."""
        wanted = [
            keys.api(organisation, api_id),
            keys.former_routes(organisation, api_id),
            keys.restrictions(organisation),
            *(keys.stage_history(*one.place) for one in deployments),
        ]
        api, former, decided, *ran = self._tables.get_many([(self._tables.directory, one) for one in wanted])
        return Past(
            api=mappers.read_found(Api, api),
            former=tuple(mappers.read(Resource, one) for one in former["resources"]) if former else (),
            restrictions=mappers.parse_restrictions(organisation, decided),
            ran=tuple(one["api_id"] if one and one["organisation"] == organisation else "" for one in ran),
        )

    def find_taken(self, organisation: str, api_id: str, deployments: tuple[Deployment, ...]) -> Deployment | None:
        """See `PublishedApiStore.find_taken`; one batched read."""
        found = self._tables.find_many(Deployment, self._tables.directory, map(_key, deployments))
        return next((one for one in found if (one.organisation, one.api_id) != (organisation, api_id)), None)

    def find_apis_of(self, organisation: str) -> tuple[Api, ...]:
        """See `PublishedApiStore.find_apis_of`; one read for each MiB of descriptions, and one for the restrictions."""
        return shared_apis.find_own(self._tables, organisation)

    def may_register_stages(self, organisation: str) -> bool:
        """See `PublishedApiStore.may_register_stages`."""
        found = directory_reads.find_organisation(self._tables, organisation)
        return found is not None and found.may_register_stages

    def may_share(self, organisation: str) -> bool:
        """See `PublishedApiStore.may_share`."""
        found = directory_reads.find_organisation(self._tables, organisation)
        return found is not None and found.shares_apis

    def is_full(self, organisation: str, old: Api | None, new: Api) -> bool:
        """See `PublishedApiStore.is_full`; nothing is read for an API that enters no other listing than before."""
        shared = [
            shared_apis.listing(one)
            for one in sorted(shared_apis.recipients(new) - (shared_apis.recipients(old) if old else frozenset()))
        ]
        if new.open_tier and not (old and old.open_tier) and self._count_subscriptionless(organisation) >= OPEN_MAX:
            return True
        if old and not shared:
            return False
        decided = directory_reads.find_organisation(self._tables, organisation)
        own, most = keys.collection("APIS", organisation), quotas.most("apis", decided)
        if not old and self._listings.holds(own, most):
            return True
        most = quotas.most("shared-apis", decided)
        return any(
            self._listings.holds(one, LISTED_MAX) or self._listings.holds(one, most, f"{organisation}\0")
            for one in shared
        )

    def _count_subscriptionless(self, organisation: str) -> int:
        values = self._tables.get(self._tables.directory, keys.subscriptionless(organisation))
        return len(mappers.subscriptionless_ids(values or {}))

    def publish_api(self, organisation: str, past: Past, made: Publication, entry: Entry) -> bool:
        """See `PublishedApiStore.publish_api`."""
        old, new = past.api, made.api
        require_own(organisation, "an API", new.organisation)
        written = [self._replace(old, new), self._decide(past, made)]
        if made.document is not None:
            key = keys.api_document(organisation, new.api_id)
            packed = {"organisation": organisation, "document": made.document}
            written.append(transaction_items.put(self._tables, key, packed))
        written += self._share(new, old)
        if bool(new.open_tier) != bool(old and old.open_tier):
            written.append(shared_apis.index_subscriptionless(self._tables, new))
        kept = [_key(one) for one in new.deployments]
        written += [self._deploy(one) for one in new.deployments]
        written += [self._undeploy(one) for one in (old.deployments if old else ()) if _key(one) not in kept]
        written += [
            self._remember(one) for one, ran in zip(new.deployments, past.ran, strict=False) if ran != new.api_id
        ]
        written += self._keep(organisation, new.api_id, past.former, made.former)
        if made.draft_of:
            written.append(publishing_drafts.published(self._tables, organisation, made.draft_of, made.draft_revision))
        return audit.write(self._tables, written, entry)

    def record(self, organisation: str, entry: Entry) -> None:
        """See `PublishedApiStore.record`."""
        require_own(organisation, "the log", entry.organisation)
        self._tables.transact([audit.action(self._tables, entry)])

    def attach(
        self, organisation: str, old: Api, new: Api, name: str, content: Attachment | None, entry: Entry
    ) -> bool:
        """See `AttachmentStore.attach`."""
        require_own(organisation, "an API", new.organisation)
        key = keys.api_attachment(organisation, new.api_id, name)
        attached = (
            transaction_items.delete(self._tables, key)
            if content is None
            else transaction_items.put(self._tables, key, plain_values.of(content))
        )
        return audit.write(self._tables, [self._replace(old, new), attached, *self._share(new, old)], entry)

    def delete_api(self, organisation: str, past: Past, former: tuple[Resource, ...], entry: Entry) -> bool:
        """See `PublishedApiStore.delete_api`."""
        api = past.api
        if api is None:
            return False
        removed = [
            self._unless_subscribed(organisation, api.api_id),
            transaction_items.delete_item(
                self._tables.directory, keys.api(organisation, api.api_id), **_unless_changed(api)
            ),
            decisions.check(self._tables, past.restrictions),
            transaction_items.delete(self._tables, keys.api_document(organisation, api.api_id)),
            *(
                transaction_items.delete(self._tables, keys.api_attachment(organisation, api.api_id, name))
                for name in _attachments(api)
            ),
            *(self._undeploy(one) for one in api.deployments),
            *(
                transaction_items.delete(self._tables, keys.shared_api(one, organisation, api.api_id))
                for one in shared_apis.recipients(api)
            ),
            *self._keep(organisation, api.api_id, past.former, former),
            *(
                [shared_apis.index_subscriptionless(self._tables, replace(api, tiers=frozenset()))]
                if api.open_tier
                else []
            ),
        ]
        return audit.write(self._tables, removed, entry)

    def count_subscriptions(self, organisation: str, api_id: str) -> int:
        """See `PublishedApiStore.count_subscriptions`."""
        return self._listings.count(subscription_index.of_api(organisation, api_id))

    def _unless_subscribed(self, organisation: str, api_id: str) -> Action:
        key = keys.counter(subscription_index.of_api(organisation, api_id))
        is_empty = when(f"{ABSENT} OR #total = :none", {"#total": "total"}, none=0)
        return transaction_items.check_that(self._tables, key, **is_empty)

    def _decide(self, past: Past, made: Publication) -> Action:
        """Return the action that stores a decision about the API, or holds those that were read."""
        if made.restriction is None:
            return decisions.check(self._tables, past.restrictions)
        decided, api_id = past.restrictions, made.api.api_id
        return decisions.change_api(
            self._tables, decided.organisation, api_id, decided.of_api(api_id), made.restriction, decided.revision
        )

    def _keep(
        self, organisation: str, api_id: str, old: tuple[Resource, ...], new: tuple[Resource, ...]
    ) -> list[Action]:
        """Return the action that keeps the restricted routes that an API no longer has, if it is needed."""
        if new == old:
            return []
        key = keys.former_routes(organisation, api_id)
        if not new:
            return [transaction_items.delete(self._tables, key)]
        kept = {"organisation": organisation, "resources": [plain_values.of(one) for one in new]}
        return [transaction_items.put(self._tables, key, kept)]

    def _remember(self, deployment: Deployment) -> Action:
        key = keys.stage_history(*deployment.place)
        ran = {"organisation": deployment.organisation, "api_id": deployment.api_id}
        return transaction_items.put(self._tables, key, ran)

    def _replace(self, old: Api | None, new: Api) -> Action:
        listing = {"collection": keys.collection("APIS", new.organisation), "position": shared_apis.position(new)}
        item = mappers.item(keys.api(new.organisation, new.api_id), new, **listing)
        return transaction_items.put_item(self._tables.directory, item, **_unless_changed(old))

    def _share(self, new: Api, old: Api | None) -> list[Action]:
        """Return the actions that list the API for the organisations that it is shared with, and for no others."""
        dropped = shared_apis.recipients(old) - shared_apis.recipients(new) if old else frozenset[str]()
        return [
            *(shared_apis.share(self._tables, new, recipient) for recipient in sorted(shared_apis.recipients(new))),
            *(
                transaction_items.delete(self._tables, keys.shared_api(recipient, new.organisation, new.api_id))
                for recipient in sorted(dropped)
            ),
        ]

    def _deploy(self, deployment: Deployment) -> Action:
        key = _key(deployment)
        collection = keys.collection("DEPLOYMENTS", deployment.organisation, deployment.api_id)
        item = mappers.item(key, deployment, collection=collection, position=key["pk"]["S"])
        return transaction_items.put_item(self._tables.directory, item, **_unless_taken(deployment))

    def _undeploy(self, deployment: Deployment) -> Action:
        key = _key(deployment)
        return transaction_items.delete_item(self._tables.directory, key, **_unless_taken(deployment))


def _attachments(api: Api) -> tuple[str, ...]:
    documents = tuple(attachments.document_name(one.document_id) for one in api.documents)
    return (attachments.THUMBNAIL, *documents) if api.thumbnail else documents


def _unless_taken(deployment: Deployment) -> dict[str, Any]:
    """Return the condition that no other API runs on the stage."""
    is_free = f"{ABSENT} OR (organisation = :organisation AND api_id = :api)"
    return when(is_free, organisation=deployment.organisation, api=deployment.api_id)


def _key(deployment: Deployment) -> Key:
    return keys.deployment(*deployment.place)


def _unless_changed(old: Api | None) -> dict[str, Any]:
    """Return the condition that the API is as it was read; one without a revision has 0."""
    if old is None:
        return when(ABSENT)
    if old.revision == 0:
        return when("attribute_not_exists(revision) OR revision = :revision", revision=0)
    return when("revision = :revision", revision=old.revision)
