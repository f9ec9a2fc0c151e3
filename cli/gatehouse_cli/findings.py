"""What the doctor finds: what was seen, what it means and what to do about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage.aws.transport import RequestRefusedError
from gatehouse_cli import aws_errors
from gatehouse_cli.exchanges import UnreachableError
from gatehouse_cli.words import one_line

type State = Literal["ok", "wrong", "not checked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report."""

    check: str
    state: State
    seen: str
    means: str = ""
    do: str = ""


def ok(check: str, seen: str, means: str = "", action: str = "") -> Finding:
    """Report what is as it should be."""
    return Finding(check=check, state="ok", seen=seen, means=means, do=action)


def wrong(check: str, seen: str, means: str, action: str) -> Finding:
    """Report what is not."""
    return Finding(check=check, state="wrong", seen=seen, means=means, do=action)


def unchecked(check: str, seen: str, action: str = "") -> Finding:
    """Report what could not be looked at."""
    return Finding(check=check, state="not checked", seen=seen, means="nothing is known about it", do=action)


def run(check: str, look: Callable[[str], Sequence[Finding]]) -> Sequence[Finding]:
    """Look, and report a failure of looking as a finding too."""
    try:
        return look(check)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        action = f"use credentials that may call {error.operation_name}" if code.startswith(aws_errors.DENIED) else ""
        return [unchecked(check, f"{error.operation_name} was refused: {code}", action)]
    except BotoCoreError as error:
        return [unchecked(check, aws_errors.explain(error))]
    except UnreachableError as error:
        return [unchecked(check, str(error), error.action)]
    except RequestRefusedError as error:
        if "AccessDenied" in str(error):
            return [unchecked(check, _one_line(error), "use credentials that may read the tables")]
        return [wrong(check, _one_line(error), "DynamoDB refuses to answer", "see whether the stack's tables exist")]
    except TemporarilyUnavailableError as error:
        return [unchecked(check, _one_line(error), "run the doctor again in a minute")]
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return [wrong(check, _one_line(error), "the check itself failed", "report this as a bug of Gatehouse")]


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {one_line(str(error))}"
