"""The operator's credentials: a role's end after an hour, and a long command goes on with the next ones."""

from types import SimpleNamespace

from gatehouse_cli import sdk


class Role:
    """Credentials that the SDK renews."""

    def __init__(self) -> None:
        self.number = 0

    def get_frozen_credentials(self) -> SimpleNamespace:
        self.number += 1
        return SimpleNamespace(access_key=f"key-{self.number}", secret_key="secret", token=None)


def test_each_call_gets_the_credentials_of_its_time() -> None:
    source = sdk.credentials(Role())

    assert [source().access_key_id for _ in range(2)] == ["key-1", "key-2"]
    assert source().session_token == ""
