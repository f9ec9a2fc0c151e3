"""Who is in the demo. All of it is known to the world: it is loaded into a stack on loopback and nowhere else."""
# ruff: noqa: S106 - published on purpose

from dataclasses import dataclass, field
from typing import Literal

GRANT_TYPES = ("password", "refresh_token", "client_credentials", "authorization_code")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person, by the name without the organisation."""

    username: str
    password: str
    roles: tuple[str, ...] = ()
    display_name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A key set."""

    consumer_key: str
    consumer_secret: str
    key_type: Literal["PRODUCTION", "SANDBOX"] = "PRODUCTION"
    grant_types: tuple[str, ...] = GRANT_TYPES
    redirect_uris: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application of one of the organisation's users, and the examples it subscribes to."""

    name: str
    owner: str
    clients: tuple[Client, ...]
    subscriptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A tenant."""

    key: str
    name: str
    users: tuple[User, ...]
    applications: tuple[Application, ...]
    apis: tuple[str, ...] = field(default=())
    self_sign_up: bool = False
    device_authorization: bool = False
    clients: str = "off"
    """Which clients may register themselves."""


ORGANISATIONS = (
    Organisation(
        key="johnsorg",
        name="Johns Org",
        users=(
            User(
                username="john@gmail.com",
                password="john-walks-the-dog-at-7",
                roles=("employee",),
                display_name="John Doe",
                email="john@gmail.com",
            ),
            User(
                username="mary@gmail.com",
                password="mary-runs-the-shop-at-9",
                roles=("employee", "manager"),
                display_name="Mary Okafor",
                email="mary@gmail.com",
            ),
            User(username="peter", password="peter-picks-pears-at-5", display_name="Peter Lindqvist"),
            User(
                username="ada",
                password="ada-opens-the-store-at-8",
                roles=("admin", "publisher"),
                display_name="Ada Novak",
                email="ada@johnsorg.example",
            ),
        ),
        applications=(
            Application(
                name="DefaultApplication",
                owner="john@gmail.com",
                # The key pair of the documents that this project follows.
                clients=(
                    Client(
                        consumer_key="wU62DjlyDBnq87GlBwplfqvmAbAa",
                        consumer_secret="ksdSdoefDDP7wpaElfqvmjDue",
                        redirect_uris=("http://127.0.0.1/callback", "http://localhost/callback"),
                    ),
                ),
                subscriptions=("orders", "orders-http", "orders-jwt"),
            ),
        ),
        apis=("orders", "orders-http", "orders-jwt", "orders-mcp"),
        self_sign_up=True,
        device_authorization=True,
        clients="any",
    ),
    Organisation(
        key="acme",
        name="Acme",
        users=(
            User(
                username="alice",
                password="alice-adds-apples-at-3",
                roles=("employee",),
                display_name="Alice Moreau",
                email="alice@acme.example",
            ),
        ),
        applications=(
            Application(
                name="DefaultApplication",
                owner="alice",
                clients=(
                    Client(consumer_key="acmeB3sT7qWzYkR5vX9nLpJ2mHdA", consumer_secret="q8FvKs2ZtYc6NwRj4XhGpLb9"),
                ),
            ),
        ),
    ),
)
