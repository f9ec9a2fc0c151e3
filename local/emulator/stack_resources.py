"""Answer DescribeStackResources with the first 100 resources of a stack, and no word about the others, as AWS does.

ListStackResources has them all, in pages.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
"""

import importlib
import re

from local.emulator.patching import AnyCallable, Document, Emulator, around

HANDLERS = "ministack.services.cloudformation.handlers"
OPERATION, NAME = "DescribeStackResources", "_describe_stack_resources"
MOST = 100
MEMBERS = re.compile(rb"<member>.*?</member>", re.DOTALL)


def truncate(body: bytes) -> bytes:
    """Leave out what comes after the first 100 members."""
    found = list(MEMBERS.finditer(body))
    return body if len(found) <= MOST else body[: found[MOST].start()] + body[found[-1].end() :]


def install(_emulator: Emulator) -> None:
    """Close the gap."""
    handlers = importlib.import_module(HANDLERS)

    @around(handlers, NAME)
    def describe(original: AnyCallable, parameters: Document) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = original(parameters)
        return status, headers, truncate(body)

    operations: dict[str, AnyCallable] = handlers._ACTION_HANDLERS
    if OPERATION not in operations:
        message = f"{HANDLERS} calls its operations in another way"
        raise RuntimeError(message)
    operations[OPERATION] = getattr(handlers, NAME)
