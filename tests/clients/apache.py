"""Apache with mod_auth_openidc (Debian's), as a relying party and as a resource server."""

import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_SECONDS_TO_START = 30

_CONFIGURATION = """
ServerRoot "{folder}"
ServerName localhost
PidFile "{folder}/apache.pid"
Listen 127.0.0.1:{port}
User www-data
Group www-data
ErrorLog "{folder}/error.log"
LoadModule mpm_prefork_module {modules}/mod_mpm_prefork.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule dir_module {modules}/mod_dir.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule auth_openidc_module {modules}/mod_auth_openidc.so
StartServers 1
MinSpareServers 1
DocumentRoot "{folder}/pages"
DirectoryIndex index.html
{settings}
"""


@contextmanager
def serve(folder: Path, port: int, settings: str) -> Generator[str]:
    """Run Apache with these settings until the block ends; give the address.

    Args:
        folder: An empty one that other users may read.
        port: A free one.
        settings: Of mod_auth_openidc.
    """
    program, modules = shutil.which("apache2", path="/usr/sbin:/usr/bin"), Path("/usr/lib/apache2/modules")
    assert program is not None, "Debian's package apache2 is missing: .ci/run installs it"
    assert (modules / "mod_auth_openidc.so").exists(), "Debian's package libapache2-mod-auth-openidc is missing"
    (folder / "pages").mkdir()
    (folder / "pages" / "index.html").write_text("opened", encoding="utf-8")
    configuration = folder / "apache.conf"
    configuration.write_text(
        _CONFIGURATION.format(folder=folder, port=port, modules=modules, settings=settings), encoding="utf-8"
    )
    # Apache ends its whole process group when it is told to end: it needs one of its own.
    command = [program, "-f", str(configuration), "-DFOREGROUND"]
    server = subprocess.Popen(command, start_new_session=True)  # noqa: S603
    try:
        _wait(server, port, folder)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait(server: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    give_up_at = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < give_up_at and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    log = folder / "error.log"
    raise AssertionError(log.read_text(encoding="utf-8") if log.exists() else "Apache did not start")
