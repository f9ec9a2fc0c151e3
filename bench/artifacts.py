"""The packages as `sam build` and `local.packages` make them, for this machine's architecture, and their sizes."""

import os
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from bench.environment import HOME, PINS, ROOT
from local import packages, toolchain
from local.deployment import architecture

_NAIVE_PACKAGES = ("argon2-cffi", "aws-lambda-powertools")


@dataclass(frozen=True, slots=True)
class Artifacts:
    """Folders of built code: Gatehouse's (also without bytecode), and the naive functions' with their layer."""

    built: Path
    uncompiled: Path
    naive: Path


def build() -> Artifacts:
    """Build everything anew; SAM's own cache keeps it quick."""
    made = Artifacts(HOME / "artifacts", HOME / "uncompiled", HOME / "naive")
    tools = toolchain.ensure("sam")
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"}
    command = [tools / "sam", "build", "--config-env", "local"]
    command += ["--build-dir", made.built, "--cache-dir", HOME / "cache"]
    command += ["--parameter-overrides", f"Architecture={architecture()}"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    shutil.rmtree(made.uncompiled, ignore_errors=True)
    shutil.copytree(made.built, made.uncompiled)
    packages.finish(made.built)
    _build_naive(made.naive)
    return made


def zipped_bytes(folder: Path) -> int:
    """Return the size of the folder as Lambda takes it."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return buffer.tell()


def sizes(made: Artifacts) -> list[dict[str, object]]:
    """Return every artifact's size, zipped and not."""
    folders = [*sorted(one for one in made.built.iterdir() if one.is_dir()), made.naive / "layer"]
    return [
        {
            "artifact": f"naive {folder.name}" if folder.parent == made.naive else folder.name,
            "zipped_mib": zipped_bytes(folder) / 2**20,
            "unzipped_mib": sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20,
        }
        for folder in folders
    ]


def _build_naive(folder: Path) -> None:
    """Give the naive functions a layer of what they import; boto3 is the runtime's. Compiled too, to be fair."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "bench" / "naive", folder, ignore=shutil.ignore_patterns("__pycache__", "__init__.py"))
    uv = os.environ.get("UV", str(ROOT / ".tools" / "uv" / "bin" / "uv"))
    command = [uv, "pip", "install", "-q", "--python-version", "3.13", "--target", folder / "layer" / "python"]
    subprocess.run([*command, "--constraint", PINS / "python.txt", *_NAIVE_PACKAGES], check=True)
    packages.finish(folder)
