"""Applications, as the store makes and changes them: each change with its audit entry in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel import generations
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.portal.applications import Outcome
from gatehouse.storage import audit, directory_reads, organisation_quotas
from gatehouse.storage.dynamodb import attribute_values, keys, mappers, transaction_items
from gatehouse.storage.dynamodb.listings import Listings
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.transaction_items import Action


def owned(organisation: str, owner_id: str) -> str:
    """Return the listing of an owner's applications."""
    return keys.collection("APPLICATIONS", organisation, owner_id)


def shared(organisation: str, group: str) -> str:
    """Return the listing of what is shared with a role."""
    return keys.collection("SHARED_APPLICATIONS", organisation, group)


def offered(organisation: str, user_id: str) -> str:
    """Return the listing of what a member may accept."""
    return keys.collection("TRANSFERS", organisation, user_id)


def every(organisation: str) -> str:
    """Return the listing of all applications of an organisation."""
    return keys.collection("ALL_APPLICATIONS", organisation)


def list_for_administrators(tables: Tables, application: Application) -> Action:
    """Return the action that lists an application for the administrators of its organisation."""
    listing = {"collection": every(application.organisation), "position": position(application)}
    key = keys.listed_application(application.organisation, application.application_id)
    return transaction_items.put(tables, key, {"application_id": application.application_id, **listing})


def position(application: Application) -> str:
    """Return where an application stands in a listing: by name, whatever its case."""
    return f"{application.name.casefold()}\0{application.application_id}"


class DynamoDBApplications:
    """Implements `ApplicationStore` and `DefaultApplicationStore`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables
        self._listings = Listings(tables)

    def find_application(self, organisation: str, application_id: str) -> Application | None:
        """See `ApplicationStore.find_application`."""
        return directory_reads.find_application(self._tables, organisation, application_id)

    def find_application_named(self, organisation: str, owner_id: str, name: str) -> Application | None:
        """See `ApplicationStore.find_application_named`."""
        reserved = self._tables.get(self._tables.directory, keys.application_name(organisation, owner_id, name))
        return None if reserved is None else self.find_application(organisation, reserved["application_id"])

    def find_applications(self, organisation: str, owner_id: str, window: Window) -> Page[Application]:
        """See `ApplicationStore.find_applications`."""
        return self._page(owned(organisation, owner_id), window).map(mappers.parse_application)

    def find_shared_applications(self, organisation: str, group: str, window: Window) -> Page[Application]:
        """See `ApplicationStore.find_shared_applications`; one batched read more, for what the listing leads to."""
        return self._led_to(organisation, self._page(shared(organisation, group), window))

    def find_offered_applications(self, organisation: str, user_id: str, window: Window) -> Page[Application]:
        """See `ApplicationStore.find_offered_applications`; one batched read more, for what the listing leads to."""
        page = self._led_to(organisation, self._uncounted(offered(organisation, user_id), window))
        waiting = tuple(one for one in page.items if one.pending_owner_id == user_id)
        return Page(waiting, page.total, page.offset, page.limit, page.next, page.previous)

    def find_all_applications(self, organisation: str, window: Window) -> Page[Application]:
        """See `ApplicationStore.find_all_applications`; one batched read more, for what the listing leads to."""
        return self._led_to(organisation, self._uncounted(every(organisation), window))

    def _uncounted(self, collection: str, window: Window) -> Page[dict[str, Any]]:
        return self._listings.page(
            collection, limit=window.limit, offset=window.offset, cursor=window.cursor, is_counted=False
        )

    def _led_to(self, organisation: str, page: Page[dict[str, Any]]) -> Page[Application]:
        wanted = [(self._tables.directory, keys.application(organisation, one["application_id"])) for one in page.items]
        found = [mappers.parse_application(one) for one in self._tables.get_many(wanted) if one] if wanted else []
        return Page(tuple(found), page.total, page.offset, page.limit, page.next, page.previous)

    def add_application(self, organisation: str, application: Application, entry: Entry) -> Outcome:
        """See `ApplicationStore.add_application`."""
        most = self.find_quota(organisation, "applications")
        outcome = self._settle(self._adding(organisation, application, entry, most))
        return self._full_or(outcome, application)

    def _full_or(self, outcome: Outcome, new: Application) -> Outcome:
        """Return `full` instead of `changed` if the new owner has as many applications as they may have."""
        if outcome != "changed":
            return outcome
        most = self.find_quota(new.organisation, "applications")
        is_full = self._listings.count(owned(new.organisation, new.owner_id)) >= most
        return "full" if is_full else outcome

    def find_quota(self, organisation: str, name: str) -> int:
        """See `QuotaStore.find_quota`."""
        return organisation_quotas.find(self._tables, organisation, name)

    def had_default_application(self, organisation: str, user_id: str) -> bool:
        """See `DefaultApplicationStore.had_default_application`."""
        return self._tables.get(self._tables.directory, keys.default_application(organisation, user_id)) is not None

    def add_default_application(self, organisation: str, application: Application, entry: Entry) -> bool:
        """See `DefaultApplicationStore.add_default_application`."""
        key = keys.default_application(organisation, application.owner_id)
        given = transaction_items.put(
            self._tables, key, {"application_id": application.application_id}, must_be_new=True
        )
        return self._settle([*self._adding(organisation, application, entry), given]) == "stored"

    def _adding(
        self, organisation: str, application: Application, entry: Entry, most: int | None = None
    ) -> list[Action]:
        listing = {"collection": owned(organisation, application.owner_id), "position": position(application)}
        values = {**mappers.values(application), **listing}
        key = keys.application(organisation, application.application_id)
        return [
            self._reserve(application),
            transaction_items.put(self._tables, key, values, must_be_new=True),
            self._listings.counting(listing["collection"], 1, most=most),
            list_for_administrators(self._tables, application),
            *self._share(application, application.groups),
            audit.action(self._tables, entry),
        ]

    def replace_application(self, organisation: str, old: Application, new: Application, entry: Entry) -> Outcome:
        """See `ApplicationStore.replace_application`."""
        return self._replace(organisation, old, new, entry)

    def _replace(
        self,
        organisation: str,
        old: Application,
        new: Application,
        entry: Entry,
        expected: Mapping[str, Any] | None = None,
        more: Sequence[Action] = (),
    ) -> Outcome:
        """Store what the owner says of it, with more actions, if it is as it was read and as expected."""
        if organisation != old.organisation:
            raise ValueError("an application of another organisation")
        is_renamed = (old.owner_id, old.name.casefold()) != (new.owner_id, new.name.casefold())
        moved = [self._reserve(new), self._release(old)] if is_renamed else []
        as_read: dict[str, Any] = {"updated_at_ms": old.updated_at_ms, "owner_id": old.owner_id, **(expected or {})}
        if old.token_format != new.token_format or old.owner_id != new.owner_id:
            as_read["client_ids"] = old.client_ids
        made = [
            *moved,
            transaction_items.change(
                self._tables,
                keys.application(organisation, old.application_id),
                {**self._changed(new), "handing_to": None},
                as_read,
            ),
            *self._recount(old, new),
            list_for_administrators(self._tables, new),
            *self._offer(old, new),
            *(self._ending_keys(new) if old.owner_id != new.owner_id else ()),
            *self._unshare(old, old.groups - new.groups),
            *self._share(new, new.groups, old.groups),
            *self._reformat(old, new),
            *more,
            audit.action(self._tables, entry),
        ]
        outcome = self._settle(made, name_index=0 if is_renamed else None)
        return outcome if old.owner_id == new.owner_id else self._full_or(outcome, new)

    def delete_application(self, organisation: str, application: Application, entry: Entry) -> bool:
        """See `ApplicationStore.delete_application`. What it subscribed to was ended before."""
        return self._delete(organisation, application, entry, {"subscriptions": []})

    def _delete(
        self,
        organisation: str,
        application: Application,
        entry: Entry,
        expected: Mapping[str, Any],
        more: Sequence[Action] = (),
    ) -> bool:
        """Delete it with its name and keys, with more actions, if all of it is as it was read and as expected."""
        of_application = {"application_id": application.application_id}
        as_read = {
            "owner_id": application.owner_id,
            "updated_at_ms": application.updated_at_ms,
            "client_ids": application.client_ids,
            **expected,
        }
        made = [
            transaction_items.delete_if(
                self._tables, keys.application(organisation, application.application_id), as_read
            ),
            self._release(application),
            self._listings.counting(owned(organisation, application.owner_id), -1),
            transaction_items.delete(self._tables, keys.listed_application(organisation, application.application_id)),
            transaction_items.delete(self._tables, keys.transfer(organisation, application.application_id)),
            *self._unshare(application, application.groups),
            *(
                transaction_items.delete_if(self._tables, keys.client(one), of_application)
                for one in application.client_ids.values()
            ),
            *more,
            audit.action(self._tables, entry),
        ]
        return self._tables.try_transact(made)

    def _page(self, collection: str, window: Window, prefix: str = "") -> Page[dict[str, Any]]:
        return self._listings.page(
            collection,
            limit=window.limit,
            offset=window.offset,
            cursor=window.cursor,
            is_descending=window.is_descending,
            prefix=prefix,
        )

    def _name_key(self, application: Application) -> keys.Key:
        return keys.application_name(application.organisation, application.owner_id, application.name)

    def _reserve(self, application: Application) -> Action:
        values = {"application_id": application.application_id}
        return transaction_items.put(self._tables, self._name_key(application), values, must_be_new=True)

    def _release(self, application: Application) -> Action:
        values = {"application_id": application.application_id}
        return transaction_items.delete_if(self._tables, self._name_key(application), values)

    def _changed(self, new: Application) -> dict[str, Any]:
        return {
            "name": new.name,
            "owner_id": new.owner_id,
            "owner": new.owner,
            "pending_owner_id": new.pending_owner_id,
            "pending_owner": new.pending_owner,
            "description": new.description,
            "groups": new.groups,
            "attributes": new.attributes,
            "throttling_policy": new.throttling_policy,
            "token_format": new.token_format,
            "updated_at_ms": new.updated_at_ms,
            "collection": owned(new.organisation, new.owner_id),
            "position": position(new),
        }

    def _offer(self, old: Application, new: Application) -> list[Action]:
        """Return the action that lists it for the member who may accept it, and for nobody else."""
        if old.pending_owner_id == new.pending_owner_id:
            return []
        key = keys.transfer(new.organisation, new.application_id)
        if not new.pending_owner_id:
            return [transaction_items.delete(self._tables, key)]
        listing = {"collection": offered(new.organisation, new.pending_owner_id), "position": position(new)}
        return [transaction_items.put(self._tables, key, {"application_id": new.application_id, **listing})]

    def _ending_keys(self, new: Application) -> list[Action]:
        """Return the actions that end what the owner before knew: secrets, keys and tokens."""
        made: list[Action] = []
        for one in sorted(new.client_ids.values()):
            ended: dict[str, Any] = {"secrets": [], "jwks": "", "jwks_uri": "", "generation": generations.fresh()}
            made.append(transaction_items.change(self._tables, keys.client(one), ended, {}, raises="revision"))
        return made

    def _recount(self, old: Application, new: Application) -> list[Action]:
        if old.owner_id == new.owner_id:
            return []
        most = self.find_quota(new.organisation, "applications")
        return [
            self._listings.counting(owned(old.organisation, old.owner_id), -1),
            self._listings.counting(owned(new.organisation, new.owner_id), 1, most=most),
        ]

    def _share(
        self, application: Application, groups: frozenset[str], counted: frozenset[str] = frozenset()
    ) -> list[Action]:
        """Return the actions that list the application for its roles; the counted ones list it already."""
        made: list[Action] = []
        for group in sorted(groups):
            collection = shared(application.organisation, group)
            key = keys.shared_application(application.organisation, group, application.application_id)
            values = {
                "application_id": application.application_id,
                "collection": collection,
                "position": position(application),
            }
            made.append(transaction_items.put(self._tables, key, values))
            if group not in counted:
                made.append(self._listings.counting(collection, 1))
        return made

    def _unshare(self, application: Application, groups: frozenset[str]) -> list[Action]:
        made: list[Action] = []
        for group in sorted(groups):
            key = keys.shared_application(application.organisation, group, application.application_id)
            made.append(transaction_items.delete(self._tables, key))
            made.append(self._listings.counting(shared(application.organisation, group), -1))
        return made

    def _reformat(self, old: Application, new: Application) -> list[Action]:
        """Return the actions that give the application's keys its token format, each at a revision of its own."""
        if old.token_format == new.token_format:
            return []
        return [
            {
                "Update": {
                    "TableName": self._tables.directory,
                    "Key": keys.client(one),
                    "UpdateExpression": "SET token_format = :token_format ADD revision :one",
                    "ConditionExpression": "application_id = :application",
                    "ExpressionAttributeValues": attribute_values.render(
                        {":token_format": new.token_format, ":one": 1, ":application": new.application_id}
                    ),
                }
            }
            for one in new.client_ids.values()
        ]

    def _settle(self, made: list[Action], name_index: int | None = 0) -> Outcome:
        failed = self._tables.attempt(made)
        if not failed:
            return "stored"
        return "taken" if name_index in failed else "changed"
