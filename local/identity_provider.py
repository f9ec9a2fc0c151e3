"""`make provider`: an OpenID provider that is not ours, npm's `oidc-provider`, as a host outside of the local stack.

It signs in any name with any password. The fetcher of a stack may call it only if the stack was deployed after
`local.outside` had prepared its authority; on AWS there is no such exception.
"""

import argparse
import json
import os
import secrets
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from local import outside, toolchain
from local.layout import ROOT, Layout

FOLDER = ROOT / "local" / "tools" / "identity-provider"
CLIENT_ID = "gatehouse"
HOST_INDEX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider, and the one client that it knows: an organisation under the id that the provider has there."""

    layout: Layout
    organisation: str
    provider_id: str
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def host(self) -> str:
        """Its name."""
        return list(self.layout.outside_hosts)[HOST_INDEX]

    @property
    def port(self) -> int:
        """Where it answers on loopback."""
        return self.layout.outside_hosts[self.host]

    @property
    def issuer(self) -> str:
        """Its issuer identifier."""
        return f"https://{self.host}"

    @property
    def base(self) -> str:
        """The organisation's addresses of this provider."""
        return f"{self.layout.base_url}/t/{self.organisation}/federated/{self.provider_id}"

    @property
    def client(self) -> dict[str, object]:
        """The client's metadata, in the provider's words (RFC 7591)."""
        return {
            "client_id": CLIENT_ID,
            "client_secret": self.client_secret,
            "redirect_uris": [f"{self.base}/callback"],
            "post_logout_redirect_uris": [f"{self.layout.base_url}/t/{self.organisation}/signin"],
            "backchannel_logout_uri": f"{self.base}/logout-token",
            "backchannel_logout_session_required": True,
        }


@contextmanager
def run(provider: Provider) -> Generator[subprocess.Popen[str]]:
    """Run it until the block ends.

    Raises:
        SystemExit: It did not start.
    """
    toolchain.ensure_npm(FOLDER)
    certificate, key = (provider.layout.outside / name for name in ("provider.pem", "provider-key.pem"))
    issued = outside.find_authority(provider.layout).issue_cert(provider.host)
    key.touch(mode=0o600)
    key.write_bytes(issued.private_key_pem.bytes())
    certificate.write_bytes(b"".join(one.bytes() for one in issued.cert_chain_pems))
    given = {
        "issuer": provider.issuer,
        "port": provider.port,
        "certificate": str(certificate),
        "key": str(key),
        "client": provider.client,
    }
    process = subprocess.Popen(
        ["node", "provider.mjs", json.dumps(given)],
        cwd=FOLDER,
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(provider.layout.state / "tls" / "authority.pem")},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            said = process.stdout.readline() if process.stdout else ""
            if "answers on port" not in said:
                message = f"the provider did not start: {said}"
                raise SystemExit(message)
            yield process
        finally:
            process.terminate()


def main() -> None:
    """Run it for an organisation of the demo, and say how to register it and how a browser finds it."""
    parser = argparse.ArgumentParser(prog="make provider", description=__doc__)
    parser.add_argument("--organisation", default="johnsorg", help="whose members sign in at it")
    parser.add_argument("--id", default="local", help="the id under which the organisation registers it")
    options = parser.parse_args()
    provider = Provider(layout=Layout.from_environment(), organisation=options.organisation, provider_id=options.id)
    if outside.prepare(provider.layout):
        print("The fetcher may call the provider after another `make up`.")
    with run(provider) as process:
        print(f"Issuer         {provider.issuer}")
        print(f"Client id      {CLIENT_ID}")
        print(f"Client secret  {provider.client_secret}")
        print(
            f"Register it with the id {provider.provider_id}: {provider.layout.base_url}/store/admin/identity-providers"
        )
        print(f'A browser finds it by --host-resolver-rules="MAP {provider.host}:443 127.0.0.1:{provider.port}"')
        print("It signs in any name with any password. Ctrl+C stops it.", flush=True)
        try:
            for line in process.stdout or ():
                print(line, end="", flush=True)
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
