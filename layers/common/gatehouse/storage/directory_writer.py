"""Writing the directory: organisations, users, applications, clients, APIs."""

from collections.abc import Sequence
from copy import replace

from msgspec import Struct

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.apis.apis import Api, Application, Deployment, Subscription
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.oauth.clients import Client
from gatehouse.storage import (
    application_items,
    audit,
    federated_links,
    second_factors,
    shared_apis,
    usage_key_shares,
    users,
)
from gatehouse.storage.dynamodb import attribute_values, keys, mappers, transaction_items
from gatehouse.storage.dynamodb.keys import Key
from gatehouse.storage.dynamodb.listings import ListingStore
from gatehouse.storage.dynamodb.tables import ABSENT, when
from gatehouse.storage.dynamodb.transaction_items import Action

_ATTEMPTS = 3


class AlreadyExistsError(Exception):
    """Something of that name is there already; nothing was written."""


class DirectoryWriter(ListingStore):
    """Stores what people make. Each item says which listing it belongs to (index `by_collection`)."""

    def save_organisation(self, organisation: Organisation) -> None:
        """Store the organisation, new or changed."""
        self._save(
            keys.organisation(organisation.key), organisation, keys.collection("ORGANISATIONS"), organisation.key
        )

    def add_organisation(self, organisation: Organisation, entry: Entry) -> None:
        """Store a new organisation, with the first line of its audit log.

        Raises:
            AlreadyExistsError: The key is taken.
        """
        listing = {"collection": keys.collection("ORGANISATIONS"), "position": organisation.key}
        item = mappers.item(keys.organisation(organisation.key), organisation, **listing)
        made = transaction_items.put_item(self._tables.directory, item, **when(ABSENT))
        if not audit.write(self._tables, [made], entry):
            raise AlreadyExistsError(f"organisation {organisation.key!r}")

    def add_user(self, user: User, more: Sequence[Action] = ()) -> None:
        """Store a new user with the status, and the way from user id to username, in one transaction with more actions.

        Raises:
            AlreadyExistsError: The username is taken, or one of the other actions is impossible.
        """
        puts, collections = users.create(self._tables, user), [keys.collection("USERS", user.organisation)]
        if user.awaits_approval:
            waiting = {"collection": keys.collection("WAITING_MEMBERS", user.organisation), "position": user.username}
            key = keys.waiting(user.organisation, "member", user.username)
            puts.append(transaction_items.put(self._tables, key, waiting, must_be_new=True))
            collections.append(waiting["collection"])
        if not self._write_counted([*puts, *more], collections, 1):
            raise AlreadyExistsError(f"user {user.username!r} of {user.organisation}")

    def remove_user(self, user: User, entry: Entry) -> bool:
        """Remove the user with second factors, links and status, and write the line: all tokens of the user end.

        Returns:
            Whether it was removed: not if the user changed since it was read.
        """
        made, collections = users.remove(self._tables, user), [keys.collection("USERS", user.organisation)]
        made += federated_links.forget(self._tables, user.organisation, user.user_id)
        made.append(audit.action(self._tables, entry))
        if user.factors:
            made += second_factors.forget(self._tables, user.organisation, user.user_id)
        if user.awaits_approval:
            made.append(
                transaction_items.delete(self._tables, keys.waiting(user.organisation, "member", user.username))
            )
            collections.append(keys.collection("WAITING_MEMBERS", user.organisation))
        return self._write_counted(made, collections, -1)

    def _write_counted(self, actions: list[Action], collections: list[str], change: int) -> bool:
        """Write actions and the new lengths of listings; False if one of the actions is impossible."""
        for _ in range(_ATTEMPTS):
            counts = [self._listings.counting_without_query(one, change) for one in collections]
            failed = self._tables.attempt([*actions, *counts])
            if not failed:
                return True
            if min(failed) < len(actions):
                return False
        raise TemporarilyUnavailableError("the members are being counted")

    def save_user(self, user: User) -> None:
        """Store the user with the status under the same username, new or changed, whatever is there."""
        listing = {"collection": keys.collection("USERS", user.organisation), "position": user.username}
        key = keys.user(user.organisation, user.username)
        self._tables.transact(
            [
                transaction_items.put(self._tables, key, {**plain_values.of(user), **listing}),
                transaction_items.put(self._tables, keys.status(user.status_id), plain_values.of(user.status)),
            ]
        )

    def save_application(self, application: Application) -> None:
        """Store the application with its subscriptions, new or changed."""
        collection = application_items.owned(application.organisation, application.owner_id)
        key = keys.application(application.organisation, application.application_id)
        subscribed = tuple(map(self._for_this_life, application.subscriptions))
        position = application_items.position(application)
        self._save(key, replace(application, subscriptions=subscribed), collection, position)
        self._tables.transact([application_items.list_for_administrators(self._tables, application)])
        if usage_key_shares.is_changed(self._tables, application):
            self._tables.transact([usage_key_shares.saving(self._tables, application)])
            counter = keys.counter(usage_key_shares.listing(application.organisation))
            self._tables.delete(self._tables.directory, counter)
        named = keys.application_name(application.organisation, application.owner_id, application.name)
        self._tables.put(
            self._tables.directory, {**named, **attribute_values.render({"application_id": application.application_id})}
        )
        self._tables.delete(self._tables.directory, keys.counter(collection))

    def _for_this_life(self, subscription: Subscription) -> Subscription:
        """Return a subscription that says no life of the API for the one that it lives now."""
        key = keys.api(subscription.api_organisation, subscription.api_id)
        values = None if subscription.life_id else self._tables.get(self._tables.directory, key)
        return replace(subscription, life_id=values.get("life_id", "")) if values else subscription

    def save_client(self, client: Client) -> None:
        """Store the key set, new or changed."""
        collection = keys.collection("CLIENTS", client.organisation, client.application_id)
        self._save(keys.client(client.client_id), client, collection, client.key_type)
        self._tables.try_update(
            self._tables.directory,
            keys.application(client.organisation, client.application_id),
            UpdateExpression="SET client_ids.#key_type = :client_id",
            **when("attribute_exists(client_ids)", {"#key_type": client.key_type}, client_id=client.client_id),
        )  # if it fails, its application is stored later, or never

    def save_api(self, api: Api) -> None:
        """Publish the API, all of it at once: the gate sees the old one or the new one."""
        key, collection = keys.api(api.organisation, api.api_id), keys.collection("APIS", api.organisation)
        stored = self._tables.find(Api, self._tables.directory, key)
        self._save(key, api, collection, shared_apis.position(api))
        if api.open_tier:
            self._tables.transact([shared_apis.index_subscriptionless(self._tables, api)])
        for recipient in sorted(shared_apis.recipients(api)):
            self._tables.transact([shared_apis.share(self._tables, api, recipient)])
        before = shared_apis.recipients(stored) if stored else frozenset[str]()
        for recipient in sorted(before - shared_apis.recipients(api)):
            self._tables.delete(self._tables.directory, keys.shared_api(recipient, api.organisation, api.api_id))

    def save_deployment(self, deployment: Deployment) -> None:
        """Store where an API runs."""
        key = keys.deployment(deployment.account, deployment.region, deployment.gateway_id, deployment.stage)
        collection = keys.collection("DEPLOYMENTS", deployment.organisation, deployment.api_id)
        self._save(key, deployment, collection, key["pk"]["S"])

    def save_public_keys(self, jwks: str) -> None:
        """See `PublicKeyRegistry.save_public_keys`."""
        self._tables.put(self._tables.directory, {**keys.public_keys(), **attribute_values.render({"jwks": jwks})})

    def _save(self, key: Key, record: Struct, collection: str, position: str) -> None:
        item = mappers.item(key, record, collection=collection, position=position)
        self._tables.put(self._tables.directory, item)
