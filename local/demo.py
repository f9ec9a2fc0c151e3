"""Load the demo through the product's own storage. What is there already stays as it is, passwords included."""

import ipaddress
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from gatehouse_cli import api_publishing as publishing
from gatehouse_cli.stack import Stack

from gatehouse.domain.accounts import organisations, passwords, users
from gatehouse.domain.apis import apis, subscription_tiers
from gatehouse.domain.apis.own_paths import OwnPath
from gatehouse.domain.apis.published_apis import ApiDraft
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.oauth import clients
from gatehouse.domain.portal import organisation_settings, subscriptions
from gatehouse.storage.aws.credentials import AwsCredentials
from gatehouse.storage.aws.transport import SignedTransport
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.organisation_settings import DynamoDBSettings
from gatehouse.storage.own_paths import DynamoDBOwnPaths
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from local import aws, demo_data
from local.front.settings import Route
from local.layout import ROOT, Layout
from local.stacks import EXAMPLES, Example

ACCOUNT = "000000000000"
LOGOS = ROOT / "local" / "logos"
BOTH_WAYS = frozenset({clients.SECRET_BASIC, clients.SECRET_POST})


def refuse_unless_loopback(endpoint_url: str) -> None:
    """Keep the demo's credentials, which the world knows, off every real table.

    Raises:
        SystemExit: the endpoint is not an address of this machine.
    """
    host = urlsplit(endpoint_url).hostname or ""
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        message = f"the demo is for a stack on this machine, not for {endpoint_url!r}: its keys are public"
        raise SystemExit(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """Writes one organisation after the other."""

    directory: DynamoDBDirectory
    writer: DirectoryWriter
    operated: Stack
    settings: DynamoDBSettings
    subscriptions: DynamoDBSubscriptions

    def load(self, organisation: demo_data.Organisation) -> None:
        """Make the organisation and its people, unless they are there."""
        if self.directory.find_organisation(organisation.key) is None:
            self.writer.save_organisation(
                organisations.Organisation(
                    key=organisation.key,
                    name=organisation.name,
                    self_sign_up=organisation.self_sign_up,
                    device_authorization=organisation.device_authorization,
                    client_documents=organisation.clients,
                    client_registration=organisation.clients,
                )
            )
            self.load_logo(organisation.key)
        for user in organisation.users:
            self.load_user(organisation.key, user)

    def load_logo(self, organisation: str) -> None:
        """Give the organisation its logo, if the demo has one."""
        file = LOGOS / f"{organisation}.png"
        if file.exists():
            organisation_settings.change_logo(self.settings, _caller(organisation), file.read_bytes())

    def load_user(self, organisation: str, user: demo_data.User) -> None:
        """Make a user."""
        if self.directory.find_user(organisation, user.username) is None:
            self.writer.add_user(
                users.User(
                    organisation=organisation,
                    user_id=secrets.token_hex(16),
                    username=user.username,
                    password_hash=passwords.hash_password(user.password),
                    roles=frozenset(user.roles),
                    display_name=user.display_name,
                    email=user.email,
                    email_verified=bool(user.email),
                )
            )

    def load_application(self, organisation: demo_data.Organisation, application: demo_data.Application) -> None:
        """Make an application with its key sets and subscriptions; it is there if its first key is."""
        owner = self.directory.find_user(organisation.key, application.owner)
        if owner is None or self.directory.find_client(application.clients[0].consumer_key):
            return
        made = apis.Application(
            organisation=organisation.key,
            application_id=secrets.token_hex(16),
            name=application.name,
            owner_id=owner.user_id,
            owner=owner.username,
        )
        self.writer.save_application(made)
        self.subscribe(made, application.subscriptions)
        for client in application.clients:
            self.writer.save_client(
                clients.Client(
                    organisation=organisation.key,
                    client_id=client.consumer_key,
                    application_id=made.application_id,
                    key_type=client.key_type,
                    grant_types=frozenset(client.grant_types),
                    authentication_methods=BOTH_WAYS,
                    redirect_uris=client.redirect_uris,
                    secrets=(clients.Secret(digest=clients.secret_digest(client.consumer_secret)),),
                )
            )

    def subscribe(self, application: apis.Application, names: Sequence[str]) -> None:
        """Subscribe the application as its owner would, so that it stands in every list of subscriptions."""
        for name in names:
            api = self.directory.find_api(application.organisation, name)
            current = self.directory.find_application(application.organisation, application.application_id)
            if api is not None and current is not None:
                tier = min(subscription_tiers.find(api), key=lambda one: one != "Unlimited")
                caller = _caller(application.organisation)
                subscriptions.subscribe(self.subscriptions, caller, current, api, tier, is_approved=True)

    def publish(self, organisation: str, example: Example, route: Route, url: str) -> None:
        """Publish an example from its OpenAPI document, as `gatehouse apis publish` does, and say where it runs."""
        stage = apis.Deployment(
            account=ACCOUNT,
            region=aws.REGION,
            gateway_id=route.api_id,
            stage=route.stage,
            organisation=organisation,
            api_id=example.name,
            key_types=frozenset({"PRODUCTION", "SANDBOX"}),
            url=url,
        )
        document = publishing.read(example.folder / "openapi.yaml")
        draft = ApiDraft(document=document, api_id=example.name, deployments=(stage,), tiers=example.tiers)
        publishing.put(self.operated, organisation, draft)

    def map_path(self, organisation: str, example: Example) -> None:
        """Say that an example answers on the stack's own host, as `gatehouse paths map` does."""
        mapped = OwnPath(path=example.base_path, organisation=organisation, api_id=example.name)
        entry = _caller(organisation).entry("path.map", mapped.path, mapped.api_id)
        DynamoDBOwnPaths(self.operated.tables).map_path(mapped, entry)


def _caller(organisation: str) -> Caller:
    return Caller(
        organisation=organisation,
        user_id="demo",
        username="demo",
        roles=frozenset({"publisher", "admin"}),
        scopes=frozenset(),
        at_ms=time.time_ns() // 1_000_000,
    )


def tables(layout: Layout, outputs: Mapping[str, str]) -> Tables:
    """Connect to the stack's tables."""
    refuse_unless_loopback(layout.aws_endpoint_url)
    credentials = AwsCredentials(
        access_key_id=aws.CREDENTIALS["AWS_ACCESS_KEY_ID"],
        secret_access_key=aws.CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        session_token="",
    )
    return Tables(
        transport=SignedTransport(layout.aws_endpoint_url, aws.REGION, lambda: credentials),
        directory=outputs["DirectoryTableName"],
        grants=outputs["GrantsTableName"],
    )


def load(layout: Layout, outputs: Mapping[str, str], routes: Sequence[Route]) -> None:
    """Load the demo and say in `demo.json` who is in it."""
    connected = tables(layout, outputs)
    loader = Loader(
        directory=DynamoDBDirectory(connected, TtlCache(0)),
        writer=DirectoryWriter(connected),
        operated=Stack(connected, layout.base_url, ACCOUNT, aws.REGION),
        settings=DynamoDBSettings(connected),
        subscriptions=DynamoDBSubscriptions(connected),
    )
    deployed = {route.base_path: route for route in routes}
    for organisation in demo_data.ORGANISATIONS:
        loader.load(organisation)
        for example in EXAMPLES:
            if example.name in organisation.apis:
                loader.publish(organisation.key, example, deployed[example.base_path], example.url(layout))
                loader.map_path(organisation.key, example)
        for application in organisation.applications:  # which subscribe to what is published by now
            loader.load_application(organisation, application)
    layout.demo_file.write_text(json.dumps(describe(), indent=2) + "\n", encoding="utf-8")


def describe() -> dict[str, Any]:
    """Render the demo for people and tests."""
    return {
        "organisations": [
            {
                "key": organisation.key,
                "users": [asdict(user) for user in organisation.users],
                "applications": [asdict(application) for application in organisation.applications],
            }
            for organisation in demo_data.ORGANISATIONS
        ]
    }
