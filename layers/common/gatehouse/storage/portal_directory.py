"""What the store reads of an organisation, always as it is now."""

from collections.abc import Callable, Iterable
from typing import Any

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.apis import documents, restrictions
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.apis.attachments import Attachment
from gatehouse.domain.apis.published_apis import LISTED_MAX
from gatehouse.storage import directory_reads, shared_apis
from gatehouse.storage.dynamodb import keys, mappers
from gatehouse.storage.dynamodb.listings import ListingStore


class DynamoDBPortalDirectory(ListingStore):
    """Implements the port of the same name."""

    def find_shown_api(self, organisation: str, api_id: str) -> Api | None:
        """See `Catalogue.find_shown_api`; one batched read, with the restrictions."""
        wanted = [keys.api(organisation, api_id), keys.restrictions(organisation)]
        api, decided = self._tables.get_many([(self._tables.directory, one) for one in wanted])
        if api is None:
            return None
        return restrictions.apply(mappers.read(Api, api), mappers.parse_restrictions(organisation, decided))

    def find_shown_apis(self, organisation: str) -> tuple[Api, ...]:
        """See `PortalDirectory.find_shown_apis`; one read for each MiB of descriptions, and the restrictions."""
        return shared_apis.find_own(self._tables, organisation)

    def find_shared_apis(self, organisation: str) -> tuple[Api, ...]:
        """See `PortalDirectory.find_shared_apis`: two listings of slim items, and the restrictions."""
        recipients = (organisation, shared_apis.EVERY_ORGANISATION)
        listed = {
            (one["organisation"], one["api_id"]): mappers.read(Api, one)
            for each in recipients
            for one in self._listings.all(shared_apis.listing(each), LISTED_MAX)
            if one["organisation"] != organisation
        }
        publishers = sorted({publisher for publisher, _ in listed})
        found = self._tables.get_many([(self._tables.directory, keys.restrictions(one)) for one in publishers])
        decided = {one: mappers.parse_restrictions(one, values) for one, values in zip(publishers, found, strict=True)}
        return tuple(restrictions.apply(listed[one], decided[one[0]]) for one in sorted(listed))

    def find_document(self, organisation: str, api_id: str) -> str | None:
        """See `PortalDirectory.find_document`."""
        values = self._tables.get(self._tables.directory, keys.api_document(organisation, api_id))
        return None if values is None else documents.unpack(values["document"])

    def find_attachment(self, organisation: str, api_id: str, name: str) -> Attachment | None:
        """See `PortalDirectory.find_attachment`."""
        key = keys.api_attachment(organisation, api_id, name)
        return self._tables.find(Attachment, self._tables.directory, key)

    def find_organisation_now(self, organisation: str) -> Organisation | None:
        """See `OrganisationReader.find_organisation_now`."""
        return directory_reads.find_organisation(self._tables, organisation)

    def find_user(self, organisation: str, username: str) -> User | None:
        """See `UserStore.find_user`."""
        return directory_reads.find_user(self._tables, organisation, username)

    def find_names(
        self, organisation: str, applications: frozenset[str], clients: frozenset[str], usernames: frozenset[str]
    ) -> dict[str, str]:
        """See `PortalDirectory.find_names`; one batched read, and one more for the applications of clients."""
        of_clients = self._find_values(clients, keys.client, organisation)
        owning = {client_id: str(values["application_id"]) for client_id, values in of_clients.items()}
        found = self._find_values(
            applications | set(owning.values()), lambda one: keys.application(organisation, one), organisation
        )
        members = self._find_values(usernames, lambda one: keys.user(organisation, one), organisation)
        names = {one: str(values["name"]) for one, values in found.items()}
        names |= {one: names[of] for one, of in owning.items() if of in names}
        return names | {one: str(of["display_name"]) for one, of in members.items() if of.get("display_name")}

    def _find_values(
        self, ids: Iterable[str], key: Callable[[str], keys.Key], organisation: str
    ) -> dict[str, dict[str, Any]]:
        wanted = sorted(ids)
        found = self._tables.get_many([(self._tables.directory, key(one)) for one in wanted])
        pairs = zip(wanted, found, strict=True)
        return {one: values for one, values in pairs if values and values.get("organisation") == organisation}
