"""What a directory holds sealed: it opens only under the keys of the stack that sealed it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gatehouse.domain.accounts import second_factors
from gatehouse.domain.accounts.identity_providers import IdentityProvider
from gatehouse.domain.kernel import sealing
from gatehouse.storage import second_factors as stored_factors
from gatehouse.storage.dynamodb import attribute_values, mappers
from gatehouse.storage.dynamodb.attribute_values import Item
from gatehouse_cli import sdk
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

KINDS = {
    "FACTORS": ("FactorKeySecret", "--factor-key", "app_secret", "authenticator apps"),
    "IDENTITY_PROVIDER": (
        "ProviderKeySecret",
        "--provider-key",
        "sealed_secret",
        "client secrets of identity providers",
    ),
}
"""Of each kind of item: the output that names its key, the option, the attribute, and what people call it."""


class SealedItems:
    """Watches items that are copied, and says which of them this stack cannot open.

    Args:
        connected: The stack that gets the items.
    """

    def __init__(self, connected: Stack) -> None:
        """Read no key yet: most directories hold nothing that is sealed."""
        self._connected = connected
        self._keys: dict[str, bytes] = {}
        self._closed: dict[str, int] = dict.fromkeys(KINDS, 0)

    def watch(self, items: Iterable[Item]) -> Iterator[Item]:
        """Pass the items on, and count those that this stack cannot open."""
        for item in items:
            kind = item["pk"]["S"].partition("#")[0]
            if kind in KINDS and not self._opens(kind, attribute_values.parse(item)):
                self._closed[kind] += 1
            yield item

    def warnings(self) -> Iterator[str]:
        """Say what was passed on in vain, and what brings it back."""
        for kind, count in self._closed.items():
            if count:
                _, option, _, name = KINDS[kind]
                yield (
                    f"warning: {count} items hold {name} that this stack cannot open, since another stack sealed them. "
                    f"Repeat the command with {option} and the name of that stack's secret"
                )

    def _opens(self, kind: str, values: dict[str, Any]) -> bool:
        output, _, attribute, _ = KINDS[kind]
        sealed = values.get(attribute)
        if not sealed:
            return True
        if kind not in self._keys:
            self._keys[kind] = sealing.derive_key(_read(self._connected, self._connected.outputs.get(output, "")))
        return sealing.open_sealed(self._keys[kind], sealed, _CONTEXTS[kind](values)) is not None


def _of_app(values: dict[str, Any]) -> str:
    return second_factors.context(stored_factors.parse(values["organisation"], values["user_id"], values))


def _of_provider(values: dict[str, Any]) -> str:
    return mappers.read(IdentityProvider, values).sealing_context


_CONTEXTS: dict[str, Callable[[dict[str, Any]], str]] = {"FACTORS": _of_app, "IDENTITY_PROVIDER": _of_provider}


def adopt_key(connected: Stack, kind: str, secret: str) -> None:
    """Make the key in another stack's secret that of this stack; functions take it within ten minutes.

    Raises:
        OperatorError: The stack names no such secret, or it is the stack's own.
    """
    own = connected.outputs.get(KINDS[kind][0], "")
    if not own:
        raise OperatorError(f"this stack has no output {KINDS[kind][0]}: deploy it again")
    text = _read(connected, secret)
    if text != _read(connected, own):
        sdk.client("secretsmanager", connected.region).put_secret_value(SecretId=own, SecretString=text)


def _read(connected: Stack, secret: str) -> str:
    return str(sdk.client("secretsmanager", connected.region).get_secret_value(SecretId=secret)["SecretString"])
