"""The items of an application, and the actions that keep them together: its name, its listings and its keys."""

from collections.abc import Mapping
from typing import Any

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel import generations, plain_values
from gatehouse.storage import organisation_quotas
from gatehouse.storage.dynamodb import keys, transaction_items
from gatehouse.storage.dynamodb.listings import ListingStore
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.transaction_items import Action

_QUOTA = "applications"


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
    key = keys.listed_application(application.organisation, application.application_id)
    return _list(tables, key, every(application.organisation), application)


def _list(tables: Tables, key: keys.Key, collection: str, application: Application) -> Action:
    """Return the action that lists an application by an item that leads to it."""
    listing = {"collection": collection, "position": position(application)}
    return transaction_items.put(tables, key, {"application_id": application.application_id, **listing})


def position(application: Application) -> str:
    """Return where an application stands in a listing: by name, whatever its case."""
    return f"{application.name.casefold()}\0{application.application_id}"


class ApplicationItems(ListingStore):
    """Says how a transaction adds, replaces and deletes an application."""

    def is_owner_full(self, application: Application) -> bool:
        """Say whether the owner has as many applications as a member may have."""
        most = organisation_quotas.find(self._tables, application.organisation, _QUOTA)
        return self._listings.count(owned(application.organisation, application.owner_id)) >= most

    def adding(self, application: Application, *, is_limited: bool = True) -> list[Action]:
        """Return the actions that store a new application; the first one reserves its name."""
        organisation = application.organisation
        most = organisation_quotas.find(self._tables, organisation, _QUOTA) if is_limited else None
        listing = {"collection": owned(organisation, application.owner_id), "position": position(application)}
        values = {**plain_values.of(application), **listing}
        key = keys.application(organisation, application.application_id)
        return [
            self._reserve(application),
            transaction_items.put(self._tables, key, values, must_be_new=True),
            self._listings.counting(listing["collection"], 1, most=most),
            list_for_administrators(self._tables, application),
            *self._share(application, application.groups),
        ]

    def replacing(self, old: Application, new: Application, expected: Mapping[str, Any]) -> list[Action]:
        """Return the actions that store what the owner says of it, if it is as it was read and as expected.

        The first one reserves the name if that changes.
        """
        moved = [self._reserve(new), self._release(old)] if is_renamed(old, new) else []
        listing = {"collection": owned(new.organisation, new.owner_id), "position": position(new)}
        as_read: dict[str, Any] = {"updated_at_ms": old.updated_at_ms, "owner_id": old.owner_id, **expected}
        if old.token_format != new.token_format or old.owner_id != new.owner_id:
            as_read["client_ids"] = old.client_ids
        return [
            *moved,
            transaction_items.change(
                self._tables,
                keys.application(old.organisation, old.application_id),
                {**plain_values.changed(old, new), **listing, "handing_to": None},
                as_read,
            ),
            *self._recount(old, new),
            list_for_administrators(self._tables, new),
            *self._offer(old, new),
            *(self._ending_keys(new) if old.owner_id != new.owner_id else ()),
            *self._unshare(old, old.groups - new.groups),
            *self._share(new, new.groups, old.groups),
            *self._reformat(old, new),
        ]

    def deleting(self, application: Application, expected: Mapping[str, Any]) -> list[Action]:
        """Return the actions that delete it with its name and keys, if it is as it was read and as expected."""
        organisation, of_application = application.organisation, {"application_id": application.application_id}
        as_read = {
            "owner_id": application.owner_id,
            "updated_at_ms": application.updated_at_ms,
            "client_ids": application.client_ids,
            **expected,
        }
        return [
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
        ]

    def _reserve(self, application: Application) -> Action:
        values = {"application_id": application.application_id}
        return transaction_items.put(self._tables, _name_key(application), values, must_be_new=True)

    def _release(self, application: Application) -> Action:
        values = {"application_id": application.application_id}
        return transaction_items.delete_if(self._tables, _name_key(application), values)

    def _offer(self, old: Application, new: Application) -> list[Action]:
        """Return the action that lists it for the member who may accept it, and for nobody else."""
        if old.pending_owner_id == new.pending_owner_id:
            return []
        key = keys.transfer(new.organisation, new.application_id)
        if not new.pending_owner_id:
            return [transaction_items.delete(self._tables, key)]
        return [_list(self._tables, key, offered(new.organisation, new.pending_owner_id), new)]

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
        most = organisation_quotas.find(self._tables, new.organisation, _QUOTA)
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
            made.append(_list(self._tables, key, collection, application))
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
            transaction_items.change(
                self._tables,
                keys.client(one),
                {"token_format": new.token_format},
                {"application_id": new.application_id},
                raises="revision",
            )
            for one in new.client_ids.values()
        ]


def is_renamed(old: Application, new: Application) -> bool:
    """Say whether a name has to be reserved: it is unique for one owner, whatever its case."""
    return (old.owner_id, old.name.casefold()) != (new.owner_id, new.name.casefold())


def _name_key(application: Application) -> keys.Key:
    return keys.application_name(application.organisation, application.owner_id, application.name)
