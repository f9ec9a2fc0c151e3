"""Identity providers and the links between identities and accounts in `DirectoryTable`; sign-ins in `GrantsTable`."""

import secrets
from typing import Any

from gatehouse.domain.accounts.federated_sign_ins import FederatedSignIn
from gatehouse.domain.accounts.identity_providers import PROVIDERS_MAX, FederatedLink, IdentityProvider, LogoutToken
from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.provider_sessions import ProviderSession
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage import audit, directory_reads, federated_links, jobs, users
from gatehouse.storage.aws.transport import ConditionFailedError
from gatehouse.storage.directory_writer import AlreadyExistsError, DirectoryWriter
from gatehouse.storage.dynamodb import attribute_values, keys, mappers, transaction_items
from gatehouse.storage.dynamodb.tables import MARKER, DynamoDBStore, require_own, when


class DynamoDBIdentityProviders(DynamoDBStore):
    """Implements `IdentityProviderStore`: an item each, and a list of them with the organisation."""

    def find_provider(self, organisation: str, provider_id: str) -> IdentityProvider | None:
        """See `IdentityProviderStore.find_provider`."""
        key = keys.identity_provider(organisation, provider_id)
        return self._tables.find(IdentityProvider, self._tables.directory, key)

    def find_providers(self, organisation: str) -> tuple[IdentityProvider, ...]:
        """See `IdentityProviderStore.find_providers`."""
        found = directory_reads.find_organisation(self._tables, organisation)
        listed = sorted(found.identity_providers) if found else ()
        wanted = [keys.identity_provider(organisation, one) for one in listed]
        return tuple(self._tables.find_many(IdentityProvider, self._tables.directory, wanted))

    def replace_provider(
        self, organisation: str, old: IdentityProvider | None, new: IdentityProvider | None, entry: Entry
    ) -> bool:
        """See `IdentityProviderStore.replace_provider`."""
        provider = new or old
        found = directory_reads.find_organisation(self._tables, organisation)
        if provider is None or found is None:
            return False
        key = keys.identity_provider(organisation, provider.provider_id)
        after = {name: shown for name, shown in found.identity_providers.items() if name != provider.provider_id}
        if new is not None:
            after[new.provider_id] = new.name if new.is_enabled else ""
        if len(after) > PROVIDERS_MAX:
            return False
        as_read = None if old is None else {"revision": old.revision}
        made = (
            transaction_items.delete_if(self._tables, key, as_read or {})
            if new is None
            else transaction_items.put_if(self._tables, key, plain_values.of(new), as_read)
        )
        listed = transaction_items.change(
            self._tables,
            keys.organisation(organisation),
            {"identity_providers": after},
            {"revision": found.revision},
            raises="revision",
        )
        return audit.write(self._tables, [made, listed], entry)


class DynamoDBFederatedLinks(DynamoDBStore):
    """Implements `FederatedLinkStore`: an item for each identity, and one for each account, always written together."""

    def find_link(self, organisation: str, provider_id: str, digest: str) -> FederatedLink | None:
        """See `FederatedLinkStore.find_link`."""
        key = keys.federated_link(organisation, provider_id, digest)
        return self._tables.find(FederatedLink, self._tables.directory, key)

    def find_links(self, organisation: str, user_id: str) -> tuple[FederatedLink, ...]:
        """See `FederatedLinkStore.find_links`."""
        found = federated_links.find(self._tables, organisation, user_id)
        return tuple(mappers.read(FederatedLink, found[provider]) for provider in sorted(found))

    def add_link(
        self,
        organisation: str,
        link: FederatedLink,
        old: User | None,
        new: User,
        entry: Entry,
        job: Job | None = None,
    ) -> User | None:
        """See `FederatedLinkStore.add_link`."""
        before = {} if old is None else federated_links.find(self._tables, organisation, new.user_id)
        after = {**before, link.provider_id: plain_values.of(link)}
        key = keys.federated_link(organisation, link.provider_id, link.digest)
        linked = [
            transaction_items.put(self._tables, key, plain_values.of(link), must_be_new=True),
            self._write(organisation, new.user_id, before, after),
            audit.action(self._tables, entry),
            *jobs.enqueue(self._tables, organisation, job),
        ]
        if old is None:
            try:
                DirectoryWriter(self._tables).add_user(new, linked)
            except AlreadyExistsError:
                return None
            return new
        made, stored = users.change(self._tables, old, new)
        return stored if self._tables.try_transact([*made, *linked]) else None

    def remove_link(
        self, organisation: str, link: FederatedLink, old: User, new: User, entry: Entry, job: Job
    ) -> User | None:
        """See `FederatedLinkStore.remove_link`."""
        made, stored = users.change(self._tables, old, new)
        before = federated_links.find(self._tables, organisation, old.user_id)
        after = {name: one for name, one in before.items() if name != link.provider_id}
        key = keys.federated_link(organisation, link.provider_id, link.digest)
        made += [
            transaction_items.delete_if(self._tables, key, {"user_id": old.user_id}),
            self._write(organisation, old.user_id, before, after),
            *jobs.enqueue(self._tables, organisation, job),
        ]
        return stored if audit.write(self._tables, made, entry) else None

    def end_by_token(self, organisation: str, token: LogoutToken, old: User, new: User, entry: Entry) -> bool:
        """See `FederatedLinkStore.end_by_token`."""
        require_own(organisation, "a user", old.organisation)
        made, _ = users.change(self._tables, old, new)
        key = keys.logout_token(organisation, token.provider_id, token.token_id)
        mark = transaction_items.mark_used(self._tables, key, token.expires_at)
        return audit.write(self._tables, [*made, mark], entry)

    def _write(
        self, organisation: str, user_id: str, before: dict[str, Any], after: dict[str, Any]
    ) -> transaction_items.Action:
        """Return the action that stores an account's links, if they are as read; once all are gone, an item stays."""
        item = {**keys.federated_links(organisation, user_id), **attribute_values.render({"links": after})}
        condition = "#links = :before" if before else "attribute_not_exists(#links) OR #links = :before"
        as_read = when(condition, {"#links": "links"}, before=before)
        return transaction_items.put_item(self._tables.directory, item, **as_read)


class DynamoDBFederatedSignIns(DynamoDBStore):
    """Implements `FederatedSignInStore` and `ProviderSessionStore`."""

    def add_sign_in(self, organisation: str, sign_in: FederatedSignIn) -> None:
        """See `FederatedSignInStore.add_sign_in`."""
        item = mappers.item(keys.federated_sign_in(organisation, sign_in.digest), sign_in)
        self._tables.put(self._tables.grants, item)

    def consume_sign_in(self, organisation: str, digest: bytes) -> FederatedSignIn | None:
        """See `FederatedSignInStore.consume_sign_in`."""
        marker = {"S": secrets.token_urlsafe(12)}
        try:
            values = self._tables.update(
                self._tables.grants,
                keys.federated_sign_in(organisation, digest),
                UpdateExpression="SET #marker = :marker",
                ConditionExpression="attribute_exists(pk) AND attribute_not_exists(#marker)",
                ExpressionAttributeNames={"#marker": MARKER},
                ExpressionAttributeValues={":marker": marker},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ConditionFailedError as error:
            if error.item.get(MARKER) != marker:
                return None
            values = attribute_values.parse(error.item)
        return mappers.read(FederatedSignIn, values)

    def add_provider_session(self, organisation: str, session: ProviderSession) -> None:
        """See `ProviderSessionStore.add_provider_session`."""
        key = keys.provider_session(organisation, session.provider_id, session.name)
        self._tables.put(self._tables.grants, mappers.item(key, session))

    def find_provider_session(self, organisation: str, provider_id: str, name: str) -> ProviderSession | None:
        """See `ProviderSessionStore.find_provider_session`."""
        key = keys.provider_session(organisation, provider_id, name)
        return self._tables.find(ProviderSession, self._tables.grants, key)
