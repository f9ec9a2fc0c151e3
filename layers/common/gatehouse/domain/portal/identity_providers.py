"""What administrators do with identity providers: register, change, test, delete."""

import re
from collections.abc import Mapping
from copy import replace

import msgspec

from gatehouse.domain.accounts.identity_providers import PROVIDERS_MAX, IdentityProvider, IdentityProviderStore
from gatehouse.domain.kernel import builtin, names, outside_urls, role_names, sealing
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.kernel.fetching import FAULTS, FetchError
from gatehouse.domain.kernel.refusals import ConflictError, InvalidInputError, NotFoundError
from gatehouse.domain.kernel.secretive import Secretive
from gatehouse.domain.oauth.provider_client import Cause, Metadata, ProviderClient, ProviderFaultError

SCOPES = ("email", "profile")
ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")

_ID = re.compile(r"[a-z][a-z0-9-]{0,30}")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,64}")
_NAME_MAX_CHARACTERS = 40
_TEXT_MAX_CHARACTERS = 256
_SECRET_MAX_CHARACTERS = 512
_LIST_MAX = 20
_ROLES_MAX = 100


class ProviderInput(Secretive, frozen=True, kw_only=True):
    """What an administrator says of a provider: fields of `IdentityProvider` of the same names, and the secret.

    Attributes:
        client_secret: None keeps the one that is stored; empty is none, of a public client.
    """

    SECRETS = frozenset({"client_secret"})

    name: str
    issuer: str
    client_id: str
    client_secret: str | None = None
    algorithm: str = "RS256"
    scopes: tuple[str, ...] = SCOPES
    creates_members: bool = False
    trusts_email: bool = False
    trusts_factors: bool = False
    domains: tuple[str, ...] = ()
    required_claims: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    groups_claim: str = ""
    roles: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict[str, tuple[str, ...]])
    is_enabled: bool = True


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a test. `message` says what is wrong, or what was found."""

    step: str
    is_right: bool
    message: str


class IdentityProviderAdministration(msgspec.Struct, frozen=True):
    """Registers, changes, tests and deletes providers."""

    store: IdentityProviderStore
    client: ProviderClient

    def find(self, caller: Caller, provider_id: str) -> IdentityProvider:
        """Return a provider of the caller's organisation.

        Raises:
            NotFoundError: There is none of that id.
        """
        found = self.store.find_provider(caller.organisation, provider_id) if _ID.fullmatch(provider_id) else None
        if found is None:
            raise NotFoundError("There is no such identity provider.")
        return found

    def add(self, caller: Caller, provider_id: str, given: ProviderInput, source: str) -> IdentityProvider:
        """Register a provider; its metadata say where it answers.

        Raises:
            InvalidInputError: Something is wrong; its field says what.
            ConflictError: The id is in use, or there are ten providers.
        """
        if not _ID.fullmatch(provider_id):
            raise InvalidInputError(
                "The id has 1 to 31 lower-case letters, digits and dashes, such as google. It is part of the redirect"
                " URI.",
                field="id",
            )
        made = self._build(caller, provider_id, given, None, source)
        entry = caller.entry("provider.create", provider_id, made.issuer)
        if not self.store.replace_provider(caller.organisation, None, made, entry):
            raise ConflictError(
                f"There is an identity provider of this id, or there are {PROVIDERS_MAX} of them. Reload the page."
            )
        return made

    def change(self, caller: Caller, found: IdentityProvider, given: ProviderInput, source: str) -> IdentityProvider:
        """Change a provider, and read its metadata again. Sessions that began at it stay.

        Raises:
            InvalidInputError: Something is wrong; its field says what.
            ConflictError: It changed meanwhile.
        """
        made = self._build(caller, found.provider_id, given, found, source)
        entry = caller.entry("provider.update", made.provider_id, _told(found, made))
        if not self.store.replace_provider(caller.organisation, found, made, entry):
            raise ConflictError("The identity provider changed meanwhile. Look at it again.")
        return made

    def remove(self, caller: Caller, found: IdentityProvider) -> None:
        """Delete a provider. Its links stay, and count again if a provider of the same id and issuer is registered.

        Raises:
            ConflictError: It changed meanwhile.
        """
        entry = caller.entry("provider.delete", found.provider_id, found.issuer)
        if not self.store.replace_provider(caller.organisation, found, None, entry):
            raise ConflictError("The identity provider changed meanwhile. Look at it again.")

    def test(self, caller: Caller, found: IdentityProvider, redirect_uri: str, source: str) -> tuple[Check, ...]:
        """Try what can be tried without a person, and say what is wrong in words that tell what to do."""
        cause, checks = Cause(source=source, now=caller.now), list[Check]()
        try:
            metadata = self.client.discover(found.organisation, found.issuer, cause)
            differs = [name for name in Metadata.__struct_fields__ if getattr(metadata, name) != getattr(found, name)]
            message = "The metadata were read."
            if differs:
                message = (
                    f"The metadata changed since they were stored ({', '.join(differs)}). Save the provider again."
                )
            checks.append(Check(step="metadata", is_right=not differs, message=message))
            self.client.check_keys(found.organisation, metadata.jwks_uri, cause)
            checks.append(Check(step="keys", is_right=True, message="The keys were read."))
            self.client.check_credentials(found, redirect_uri, cause)
            checks.append(Check(step="credentials", is_right=True, message="The client id and secret are accepted."))
        except (FetchError, ProviderFaultError) as error:
            steps = ("metadata", "keys", "credentials")
            checks.append(Check(step=steps[len(checks)], is_right=False, message=_say(error)))
        return tuple(checks)

    def _build(
        self, caller: Caller, provider_id: str, given: ProviderInput, found: IdentityProvider | None, source: str
    ) -> IdentityProvider:
        _check(given)
        if found and found.sealed_secret and given.client_secret is None and given.issuer != found.issuer:
            raise InvalidInputError(
                "Type the client secret again: the one that is stored is sent to its issuer alone.",
                field="clientSecret",
            )
        try:
            metadata = self.client.discover(caller.organisation, given.issuer, Cause(source=source, now=caller.now))
        except (FetchError, ProviderFaultError) as error:
            raise InvalidInputError(_say(error), field="issuer") from error
        said = msgspec.structs.asdict(given)
        del said["client_secret"], said["name"]
        made = IdentityProvider(
            organisation=caller.organisation,
            provider_id=provider_id,
            name=names.parse(given.name, _NAME_MAX_CHARACTERS) or "",
            sealed_secret=found.sealed_secret if found and given.client_secret is None else b"",
            revision=found.revision + 1 if found else 1,
            **msgspec.structs.asdict(metadata),
            **said,
        )
        if not given.client_secret:
            return made
        key = self.client.sealing_key.find_sealing_key()
        return replace(made, sealed_secret=sealing.seal(key, given.client_secret.encode(), made.sealing_context))


def _say(error: FetchError | ProviderFaultError) -> str:
    """Return what is wrong with the provider.

    Raises:
        TemporarilyUnavailableError: Nothing is: our own function is busy.
    """
    if isinstance(error, FetchError):
        if error.fault == "unavailable":
            raise TemporarilyUnavailableError(str(error))
        return f"The provider cannot be reached: {FAULTS[error.fault]}."
    return str(error)


def _check(given: ProviderInput) -> None:
    """Refuse what no provider can have.

    Raises:
        InvalidInputError: Its field says where.
    """
    if names.parse(given.name, _NAME_MAX_CHARACTERS) is None:
        raise InvalidInputError("The name has 1 to 40 characters, and none that nobody sees.", field="name")
    fault = outside_urls.find_fault(given.issuer)
    if fault or "?" in given.issuer:
        raise InvalidInputError(f"The issuer {fault or 'has a query (?). Remove it'}.", field="issuer")
    if not _is_plain(given.client_id, _TEXT_MAX_CHARACTERS):
        raise InvalidInputError("The client id has 1 to 256 visible ASCII characters.", field="clientId")
    if given.client_secret and not _is_plain(given.client_secret, _SECRET_MAX_CHARACTERS):
        raise InvalidInputError("The client secret has at most 512 visible ASCII characters.", field="clientSecret")
    if given.algorithm not in ALGORITHMS:
        raise InvalidInputError(f"The algorithm is one of {', '.join(ALGORITHMS)}.", field="algorithm")
    if len(given.scopes) > _LIST_MAX or not all(map(_SCOPE.fullmatch, given.scopes)):
        raise InvalidInputError("At most 20 scopes, without spaces.", field="scopes")
    if len(given.domains) > _LIST_MAX or not all(map(_DOMAIN.fullmatch, given.domains)):
        raise InvalidInputError("At most 20 domains in lower-case ASCII, such as example.com.", field="domains")
    _check_claims(given)


def _check_claims(given: ProviderInput) -> None:
    pairs = given.required_claims.items()
    if len(pairs) > _LIST_MAX or not all(
        name and "=" not in name and len(name) + len(value) <= _TEXT_MAX_CHARACTERS and _are_lines(name, value)
        for name, value in pairs
    ):
        raise InvalidInputError(
            "At most 20 claims with their values, such as hd=example.com, each in one line.", field="requiredClaims"
        )
    if len(given.groups_claim) > _TEXT_MAX_CHARACTERS:
        raise InvalidInputError("The name of the claim has at most 256 characters.", field="groupsClaim")
    if given.roles and not given.groups_claim:
        raise InvalidInputError("Name the claim that lists the groups.", field="groupsClaim")
    if len(given.roles) > _ROLES_MAX:
        raise InvalidInputError("At most 100 groups.", field="roleMappings")
    for group, roles in given.roles.items():
        if not _are_lines(group):
            raise InvalidInputError("A group is one line, without spaces around it.", field="roleMappings")
        if not 0 < len(group) <= _TEXT_MAX_CHARACTERS or not 0 < len(roles) <= _LIST_MAX or builtin.EVERYONE in roles:
            raise InvalidInputError("A group has 1 to 256 characters and gives 1 to 20 roles.", field="roleMappings")
    mapped = frozenset(role for roles in given.roles.values() for role in roles)
    role_names.check_roles(mapped, "roleMappings")  # together: somebody may be in all of the groups


def _are_lines(*texts: str) -> bool:
    """Say whether each is as a line of the page's form keeps it: without breaks, and without spaces around it."""
    return all(text == text.strip() and len(text.splitlines()) <= 1 for text in texts)


def _is_plain(text: str, most: int) -> bool:
    return 0 < len(text) <= most and text.isascii() and text.isprintable() and " " not in text


def _told(old: IdentityProvider, new: IdentityProvider) -> str:
    """Return what the audit log says of a change: the names of what differs, and who gets which role."""
    differs = [
        name
        for name in IdentityProvider.__struct_fields__
        if name != "revision" and getattr(old, name) != getattr(new, name)
    ]
    roles = " ".join(f"{group}:{','.join(given)}" for group, given in sorted(new.roles.items()))
    return " ".join(differs) + (f"; roles {roles}" if "roles" in differs else "")
