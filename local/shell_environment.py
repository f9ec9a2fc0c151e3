"""`make env`: what a shell needs to talk to the local stack, as lines for `eval "$(make env)"`.

The command line of Gatehouse, the AWS CLI and every SDK then call the emulator. Node trusts the local certificate
authority; curl does by `--cacert "$GATEHOUSE_CA"`. Certificates of other sites are trusted as before.
"""

import os
import shlex

from local import aws
from local.layout import ROOT, Layout
from local.stacks import GATEHOUSE


def variables(layout: Layout) -> dict[str, str]:
    """Return the variables by name."""
    authority = str(layout.state / "tls" / "authority.pem")
    return {
        "PORT_OFFSET": str(layout.offset),
        "AWS_ENDPOINT_URL": layout.aws_endpoint_url,
        "AWS_REGION": aws.REGION,
        "AWS_DEFAULT_REGION": aws.REGION,
        **aws.CREDENTIALS,
        **aws.NOWHERE,
        "GATEHOUSE_STACK_NAME": GATEHOUSE,
        "GATEHOUSE_URL": layout.base_url,
        "GATEHOUSE_CA": authority,
        "NODE_EXTRA_CA_CERTS": authority,
    }


def render(layout: Layout) -> str:
    """Return the lines, for sh, bash and zsh. The caller's own AWS settings are replaced or unset."""
    lines = [f"unset {name}" for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN")]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables(layout).items()]
    folders = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{ROOT / '.tools' / 'uv' / 'bin'}"
    lines.append(f'export PATH={shlex.quote(folders)}:"$PATH"')
    lines.append(f"export PYTHONPATH={shlex.quote(str(ROOT / 'layers' / 'common'))}")
    return "\n".join(lines)


def main() -> None:
    """Print them.

    Raises:
        SystemExit: The stack was never brought up, so there is nothing to talk to.
    """
    layout = Layout.from_environment()
    if not layout.stack_file.exists():
        moved = f"PORT_OFFSET={layout.offset} " if layout.offset else ""
        raise SystemExit(f"This stack does not exist yet. Run: {moved}make up")
    print(render(layout))


if __name__ == "__main__":
    main()
