"""The options of a deployment as `sam deploy` reads them: arguments, then samconfig.toml, then the environment."""

import argparse
import re
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

_ARCHITECTURE = "Architecture"
_DEFAULT_ARCHITECTURE = "arm64"
_DEFAULT_STACK = "gatehouse"
_LONG_OVERRIDE = re.compile(r"ParameterKey=([^,]+),ParameterValue=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What a configuration file holds.

    Attributes:
        written_at_ns: When the file was written, 0 if there is none.
    """

    file: Path
    name: str
    environments: Mapping[str, Any]
    written_at_ns: int

    def misses(self, earlier: "Saved") -> str:
        """Say why answers that were given since do not stand where a deployment reads them; empty if they do."""
        changed = {name for name, content in self.environments.items() if content != earlier.environments.get(name)} - {
            self.name
        }
        if changed:
            (other, *_) = sorted(changed)
            return f'the answers were saved as {other!r}: run make deploy ARGS="--config-env {other}"'
        if self.written_at_ns == earlier.written_at_ns:
            return f"the answers were not saved in {self.file}, where make deploy reads them"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What one deployment is asked for.

    Attributes:
        arguments: What `sam deploy` gets; --config-file is not among them.
        config_file: Absolute.
        config_env: The part of it that is read.
        overrides: Of parameters, by arguments or else by samconfig.toml.
        environment: Of the commands to run; carries region and profile for those that take no such argument.
    """

    arguments: tuple[str, ...]
    config_file: Path
    config_env: str
    is_guided: bool
    stack_name: str
    region: str
    profile: str
    overrides: Mapping[str, str]
    environment: dict[str, str]
    original: tuple[Sequence[str], Path, Mapping[str, str]]

    @classmethod
    def parse(cls, arguments: Sequence[str], root: Path, environment: Mapping[str, str]) -> "Options":
        """Read arguments, samconfig.toml and environment.

        Raises:
            SystemExit: An argument would deploy something else than what is built, or has no value.
        """
        parser = argparse.ArgumentParser(prog="make deploy", add_help=False, allow_abbrev=False)
        _add_answers(parser)
        parser.add_argument("--profile")
        parser.add_argument("--config-env", default="default")
        parser.add_argument("--config-file", default="samconfig.toml")
        parser.add_argument("--template-file", "--template", "-t")
        given, _ = parser.parse_known_args(arguments)
        if given.template_file:
            raise SystemExit("make deploy: it deploys what it builds: leave out --template-file")
        config_file = (root / given.config_file).absolute()
        config = _config(config_file, given.config_env)
        region = given.region or config.get("region") or environment.get("AWS_DEFAULT_REGION")
        region = region or environment.get("AWS_REGION") or ""
        profile = given.profile or config.get("profile") or environment.get("AWS_PROFILE") or ""
        names = {"AWS_DEFAULT_REGION": region, "AWS_REGION": region, "AWS_PROFILE": profile}
        return cls(
            arguments=_without_config_file(arguments),
            config_file=config_file,
            config_env=given.config_env,
            is_guided=given.guided,
            stack_name=given.stack_name or config.get("stack_name") or _DEFAULT_STACK,
            region=region,
            profile=profile,
            overrides=_overrides(given.parameter_overrides or config.get("parameter_overrides") or ()),
            environment=dict(environment) | {name: value for name, value in names.items() if value},
            original=(arguments, root, environment),
        )

    def answered(self) -> "Options":
        """Read the file again, for answers that were given since, and leave out the arguments that they replace."""
        arguments, root, environment = self.original
        parser = argparse.ArgumentParser(prog="make deploy", add_help=False, allow_abbrev=False)
        _add_answers(parser)
        return Options.parse(parser.parse_known_args(arguments)[1], root, environment)

    def saved(self) -> Saved:
        """Return what the configuration file holds now."""
        is_there = self.config_file.exists()
        return Saved(
            file=self.config_file,
            name=self.config_env,
            environments=_read(self.config_file),
            written_at_ns=self.config_file.stat().st_mtime_ns if is_there else 0,
        )

    def session(self) -> Any:
        """Return an SDK session of the region and profile."""
        return boto3.Session(region_name=self.region or None, profile_name=self.profile or None)

    def architecture(self, present: Mapping[str, str]) -> str:
        """Choose what to build for: as asked, else as the stack is."""
        return self.overrides.get(_ARCHITECTURE) or present.get(_ARCHITECTURE) or _DEFAULT_ARCHITECTURE


def _add_answers(parser: argparse.ArgumentParser) -> None:
    """Add the options that SAM asks about, and the one that lets it ask."""
    parser.add_argument("--guided", "-g", action="store_true")
    parser.add_argument("--stack-name")
    parser.add_argument("--region")
    parser.add_argument("--parameter-overrides", nargs="+")


def _config(file: Path, name: str) -> dict[str, Any]:
    """Read what samconfig.toml says of `sam deploy`."""
    found = _read(file).get(name, {})
    return {
        **found.get("global", {}).get("parameters", {}),
        **found.get("deploy", {}).get("parameters", {}),
    }


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SystemExit(f"make deploy: {file} cannot be read: {error}") from None


def _overrides(value: str | Sequence[str]) -> dict[str, str]:
    """Read both of SAM's forms: `A=1 B="2 3"` and `ParameterKey=A,ParameterValue=1`."""
    words = [word for one in ([value] if isinstance(value, str) else value) for word in shlex.split(one)]
    found: dict[str, str] = {}
    for word in words:
        long = _LONG_OVERRIDE.fullmatch(word)
        name, _, given = (long[1], "=", long[2]) if long else word.partition("=")
        found[name] = given
    return found


def _without_config_file(arguments: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--config-file":
            next(words, None)
        elif not word.startswith("--config-file="):
            kept.append(word)
    return tuple(kept)
