"""What a start of a function does not import."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.unit.package import PACKAGE


@pytest.mark.parametrize("function", ["token", "authorizer"])
def test_f_13_a_cold_start_imports_no_sdk_no_framework_and_no_password_hashing(function: str, tmp_path: Path) -> None:
    (tmp_path / "msgspec").symlink_to(Path(msgspec.__file__).parent)  # alone: not what stands beside it
    script = f"import sys; import gatehouse.bootstrap.{function}; print(*sys.modules)"

    loaded = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-S", "-c", script],
        env={"PYTHONPATH": f"{PACKAGE.parent}:{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    roots = {name.partition(".")[0] for name in loaded}
    assert roots.isdisjoint({"boto3", "botocore", "aws_lambda_powertools", "passlib", "argon2", "bcrypt", "jinja2"})
    assert roots.isdisjoint({"dataclasses", "inspect", "typing_extensions"})


_LATER = {
    "token": (
        *(f"endpoints.oauth.{one}" for one in ("metadata", "userinfo", "introspection", "revocation")),
        *(f"domain.accounts.{one}" for one in ("sign_in", "passwords", "usernames")),
        *(f"domain.oauth.{one}" for one in ("assertions", "id_tokens", "pkce")),
        "endpoints.error_table",
    ),
    "authorizer": (
        *(f"domain.oauth.{one}" for one in ("assertions", "codes", "signed_subjects", "signing")),
        "domain.accounts.connections",
    ),
}
"""Modules that the first request for them imports."""


@pytest.mark.parametrize("function", _LATER)
def test_no_start_waits_for_what_few_instances_serve(function: str, tmp_path: Path) -> None:
    (tmp_path / "msgspec").symlink_to(Path(msgspec.__file__).parent)
    script = (
        f"import sys; import gatehouse.bootstrap.{function}\n"
        "from gatehouse.storage.aws.connection import HttpConnection\n"
        "try: HttpConnection('localhost', 9, is_tls=False, timeout=1).open()\n"
        "except OSError: pass\n"
        "print(*sys.modules)"
    )

    loaded = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-S", "-c", script],
        env={"PYTHONPATH": f"{PACKAGE.parent}:{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert {f"gatehouse.{one}" for one in _LATER[function]}.isdisjoint(loaded)
    assert "encodings.idna" not in loaded  # the codec of a host name that is given as text, with its tables
    assert "http" not in loaded  # its table of statuses


def test_the_sign_in_pages_start_without_what_only_second_factors_need() -> None:
    script = "import sys; import gatehouse.bootstrap.signin; print(*sys.modules)"

    loaded = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    roots = {name.partition(".")[0] for name in loaded}
    assert roots.isdisjoint({"webauthn", "segno", "cbor2", "cryptography", "OpenSSL", "joserfc"})
