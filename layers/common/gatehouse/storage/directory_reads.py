"""One item of the directory as it is now, read strongly: the only place that spells key and mapper of each together."""

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.apis.apis import Api, Application
from gatehouse.domain.apis.restrictions import Restrictions
from gatehouse.domain.oauth.clients import Client
from gatehouse.storage.dynamodb import keys, mappers
from gatehouse.storage.dynamodb.tables import Tables


def find_organisation(tables: Tables, organisation: str) -> Organisation | None:
    """Return the organisation."""
    return tables.find(Organisation, tables.directory, keys.organisation(organisation))


def find_user(tables: Tables, organisation: str, username: str) -> User | None:
    """Return the user."""
    return tables.find(User, tables.directory, keys.user(organisation, username))


def find_application(tables: Tables, organisation: str, application_id: str) -> Application | None:
    """Return the application."""
    return tables.find(Application, tables.directory, keys.application(organisation, application_id))


def find_client(tables: Tables, client_id: str) -> Client | None:
    """Return the client."""
    return tables.find(Client, tables.directory, keys.client(client_id))


def find_api(tables: Tables, organisation: str, api_id: str) -> Api | None:
    """Return the API as it is published, without the restrictions."""
    return tables.find(Api, tables.directory, keys.api(organisation, api_id))


def find_restrictions(tables: Tables, organisation: str) -> Restrictions:
    """Return what the administrators of the organisation decided."""
    return mappers.parse_restrictions(organisation, tables.get(tables.directory, keys.restrictions(organisation)))
