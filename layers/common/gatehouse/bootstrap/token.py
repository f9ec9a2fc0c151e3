"""The graph of `functions/token`."""

from gatehouse.bootstrap import tables
from gatehouse.domain.grants import GrantContext, Lifetimes
from gatehouse.endpoints.router import Router
from gatehouse.endpoints.token import ClientGuard, TokenEndpoint
from gatehouse.settings import Settings
from gatehouse.storage.directory import Directory
from gatehouse.storage.grants import Grants
from gatehouse.storage.memory import Memory
from gatehouse.storage.sign_ins import SignIns
from gatehouse.storage.tables import Tables


def router(settings: Settings, connected: Tables | None = None) -> Router:
    """Build the endpoints on DynamoDB."""
    connected = connected or tables.build(settings)
    directory = Directory(connected, Memory(settings.process_cache_seconds))
    sign_ins = SignIns(connected)
    lifetimes = Lifetimes(
        access_token_seconds=settings.access_token_lifetime_seconds,
        refresh_token_seconds=settings.refresh_token_lifetime_seconds,
        grant_seconds=settings.grant_lifetime_seconds,
    )
    context = GrantContext(directory, Grants(connected), sign_ins, lifetimes)
    endpoint = TokenEndpoint(ClientGuard(directory, sign_ins), context)
    return Router({"/token": {"POST": endpoint.post}})
