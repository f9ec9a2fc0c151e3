"""What `make up` prints, and what `make env` sets up."""

import re
import ssl
import subprocess
from pathlib import Path

import pytest

from local import demo_data, shell_environment, summary
from local.front.certificate import Certificate
from local.layout import ROOT, Layout
from local.progress import Progress


@pytest.mark.parametrize("offset", [0, 100])
def test_the_summary_names_addresses_users_the_next_command_and_how_to_stop(offset: int) -> None:
    layout = Layout(offset=offset, directory=ROOT / ".local")
    shown = summary.render(layout, 61.4)
    moved = "PORT_OFFSET=100 " if offset else ""

    assert f"{layout.base_url}/store" in shown
    for organisation in demo_data.ORGANISATIONS:
        for user in organisation.users:
            assert re.search(rf"{re.escape(user.username)}@{organisation.key} +{user.password} ", shown)
    assert f'eval "$({moved}make env)"' in shown
    assert f"`{moved}make down`" in shown
    assert "after 61 s" in shown
    assert max(map(len, shown.splitlines())) <= 110


def test_a_step_says_when_it_began_and_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress().step("Start the AWS emulator"):
        pass

    began, done = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r" +\d+\.\d s  Start the AWS emulator \.\.\.", began)
    assert re.fullmatch(r" +\d+\.\d s  Start the AWS emulator: done in \d+\.\d s", done)


def test_a_step_that_fails_is_not_said_to_be_done(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), Progress().step("Start the AWS emulator"):
        raise SystemExit(1)

    assert "done" not in capsys.readouterr().out


def test_the_lines_of_make_env_set_up_a_shell(tmp_path: Path) -> None:
    layout = Layout(offset=100, directory=tmp_path / "a folder")
    script = (
        f'{shell_environment.render(layout)}\necho "$AWS_ENDPOINT_URL|$GATEHOUSE_URL|$SSL_CERT_FILE|$AWS_PROFILE|$PATH"'
    )

    ran = subprocess.run(  # noqa: S603 - our own lines
        ["/bin/sh", "-eu", "-c", script.replace("$AWS_PROFILE", "${AWS_PROFILE-unset}")],
        env={"PATH": "/usr/bin:/bin", "AWS_PROFILE": "work"},
        capture_output=True,
        text=True,
        check=True,
    )

    endpoint, url, authority, profile, path = ran.stdout.strip().split("|")
    assert (endpoint, url) == ("http://127.0.0.1:4666", "https://localhost:8343")
    assert authority == str(layout.state / "tls" / "bundle.pem")
    assert profile == "unset"
    assert path.split(":") == [str(ROOT / ".venv/bin"), str(ROOT / ".tools/uv/bin"), "/usr/bin", "/bin"]


def test_make_env_names_make_up_where_there_is_no_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT_OFFSET", "49999")

    with pytest.raises(SystemExit, match="PORT_OFFSET=49999 make up"):
        shell_environment.main()


def test_the_shell_trusts_the_local_authority_beside_the_public_ones(tmp_path: Path) -> None:
    layout = Layout(offset=100, directory=tmp_path)
    certificate = Certificate.ensure(layout.state / "tls")

    shell_environment.write_bundle(layout)

    context = ssl.create_default_context(cafile=str(layout.state / "tls" / "bundle.pem"))
    trusted = context.get_ca_certs(binary_form=True)
    assert ssl.PEM_cert_to_DER_cert(certificate.authority.read_text(encoding="utf-8")) in trusted
    assert len(trusted) > 50
