"""`make env`: what a shell needs to talk to the local stack, as lines for `eval "$(make env)"`.

The command line of Gatehouse, the AWS CLI and every SDK then call the emulator. curl, Python and Node trust the local
certificate authority beside the public ones, so that no `-k` is needed.
"""

import os
import shlex
from pathlib import Path

import certifi

from local import aws
from local.layout import ROOT, Layout
from local.stacks import GATEHOUSE


def variables(layout: Layout) -> dict[str, str]:
    """Return the variables by name."""
    bundle = str(_bundle(layout))
    return {
        "PORT_OFFSET": str(layout.offset),
        "AWS_ENDPOINT_URL": layout.aws_endpoint_url,
        "AWS_REGION": aws.REGION,
        "AWS_DEFAULT_REGION": aws.REGION,
        **aws.CREDENTIALS,
        **aws.NOWHERE,
        "GATEHOUSE_STACK_NAME": GATEHOUSE,
        "GATEHOUSE_URL": layout.base_url,
        "SSL_CERT_FILE": bundle,
        "CURL_CA_BUNDLE": bundle,
        "REQUESTS_CA_BUNDLE": bundle,
        "NODE_EXTRA_CA_CERTS": str(_authority(layout)),
    }


def render(layout: Layout) -> str:
    """Return the lines, for sh, bash and zsh. The caller's own AWS settings are replaced or unset."""
    lines = [f"unset {name}" for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN")]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables(layout).items()]
    folders = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{ROOT / '.tools' / 'uv' / 'bin'}"
    lines.append(f'export PATH={shlex.quote(folders)}:"$PATH"')
    lines.append(f"export PYTHONPATH={shlex.quote(str(ROOT / 'layers' / 'common'))}")
    return "\n".join(lines)


def write_bundle(layout: Layout) -> None:
    """Write the certificates that a shell trusts: the public authorities, and the one of this stack."""
    public, own = (Path(one).read_text(encoding="utf-8") for one in (certifi.where(), _authority(layout)))
    _bundle(layout).write_text(f"{public}\n{own}", encoding="utf-8")


def _authority(layout: Layout) -> Path:
    return layout.state / "tls" / "authority.pem"


def _bundle(layout: Layout) -> Path:
    return layout.state / "tls" / "bundle.pem"


def main() -> None:
    """Print them.

    Raises:
        SystemExit: The stack was never brought up, so there is nothing to talk to.
    """
    layout = Layout.from_environment()
    if not layout.stack_file.exists():
        moved = f"PORT_OFFSET={layout.offset} " if layout.offset else ""
        raise SystemExit(f"This stack does not exist yet. Run: {moved}make up")
    write_bundle(layout)
    print(render(layout))


if __name__ == "__main__":
    main()
