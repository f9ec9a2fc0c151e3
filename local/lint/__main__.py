"""`make templates`: let cfn-lint read every template, as written and as CloudFormation creates it, for all regions."""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from cfnlint import api
from cfnlint.config import ManualArgs
from cfnlint.helpers import REGIONS

from local import fingerprints
from local.layout import ROOT
from local.lint.options import SNAPSTART, every_option, required
from local.lint.resolved import PARTITIONS, resolve

TEMPLATES = (ROOT / "template.yaml", *sorted((ROOT / "examples").glob("*/template.yaml")))
HOME_REGION = "us-east-1"
RECORD = ROOT / ".local" / "templates-without-errors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A template with parameters, in regions that are alike.

    Attributes:
        options: The parameters that have other values than their defaults.
        regions: Linted for all of them; the first resolves the pseudo parameters.
    """

    template: Path
    label: str
    options: Mapping[str, str]
    regions: tuple[str, ...]

    def lint(self) -> list[str]:
        """Return what cfn-lint finds, errors and warnings."""
        text = json.dumps(resolve(self.template, self.options, self.regions[0]))
        found = api.lint(text, config=ManualArgs(regions=list(self.regions)))
        name = f"{self.template.relative_to(ROOT)}, {self.label}, {self.regions[0]}"
        return [f"{name}: {one}" for one in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A template as it is written.

    It is linted for one region: with all of its conditions, all regions would take minutes. The variants have them.
    """

    template: Path

    def lint(self) -> list[str]:
        """Return what cfn-lint finds, errors and warnings."""
        found = api.lint_file(self.template, config=ManualArgs(regions=[HOME_REGION]))
        name = self.template.relative_to(ROOT)
        return [f"{name}:{one.linenumber}: {one.rule.id} {one.message}" for one in found]


def groups() -> Iterator[tuple[str, ...]]:
    """Group cfn-lint's regions by partition, and those of the largest one by whether Lambda has SnapStart there."""
    special = {prefix: tuple(one for one in REGIONS if one.startswith(prefix)) for prefix in PARTITIONS}
    standard = [one for one in REGIONS if not one.startswith(tuple(special))]
    yield (HOME_REGION, *(one for one in standard if one in SNAPSTART and one != HOME_REGION))
    yield tuple(one for one in standard if one not in SNAPSTART)
    yield from special.values()


def variants(template: Path) -> Iterator[Variant]:
    """Vary a template: by default in all regions, and with every option that they have in those of every group."""
    yield Variant(template=template, label="by default", options=required(template), regions=(HOME_REGION, *REGIONS))
    for regions in groups():
        options = every_option(template, regions[0])
        yield Variant(template=template, label="every option on", options=options, regions=regions)


def _lint(subject: Variant | Written) -> list[str]:
    logging.disable(logging.WARNING)  # SAM's translator warns of metrics that nobody publishes
    return subject.lint()


def main() -> None:
    """Lint, unless the same was linted without a finding.

    Raises:
        SystemExit: There are findings.
    """
    read = [*TEMPLATES, ROOT / "examples" / "gateway-responses.yaml", *sorted(Path(__file__).parent.glob("*.py"))]
    fingerprint = fingerprints.of(read, version("cfn-lint"), version("aws-sam-translator"))
    if RECORD.exists() and RECORD.read_text(encoding="utf-8") == fingerprint:
        return
    subjects = [
        *(Written(template=one) for one in TEMPLATES),
        *(one for template in TEMPLATES for one in variants(template)),
    ]
    found = [line for subject in subjects for line in _lint(subject)]
    if found:
        print("\n".join(found))
        sys.exit(1)
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(fingerprint, encoding="utf-8")


if __name__ == "__main__":
    main()
