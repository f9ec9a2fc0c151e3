"""Reserve the concurrent executions that a template asks for: MiniStack enforces them, and leaves them out of stacks.

An update without the property gives the reservation back, as on AWS.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from typing import Any

from local.emulator.patching import Advice, Document, Emulator

PROPERTY = "ReservedConcurrentExecutions"


def install(emulator: Emulator) -> None:
    """Close the gap."""
    functions = emulator.functions
    handlers: dict[str, Advice] = emulator.stacks._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    create, update = handlers["create"], handlers["update"]

    def reserve(made: Any, wanted: Document) -> Any:
        functions._functions[made[0]]["concurrency"] = int(wanted[PROPERTY]) if PROPERTY in wanted else None
        return made

    def created(logical_id: str, properties: Document, stack_name: str, **named: Any) -> Any:
        return reserve(create(logical_id, properties, stack_name, **named), properties)

    def updated(physical_id: str, old: Document, new: Document, *rest: Any, **named: Any) -> Any:
        return reserve(update(physical_id, old, new, *rest, **named), new)

    handlers.update(create=created, update=updated)
