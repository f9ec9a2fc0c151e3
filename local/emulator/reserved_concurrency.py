"""Reserve the concurrent executions that a template asks for, for every version and alias of a function.

MiniStack leaves the property out of stacks, and enforces a reservation for calls of $LATEST alone. A stack's update
without the property gives the reservation back, as on AWS.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

PROPERTY = "ReservedConcurrentExecutions"


def install(emulator: Emulator) -> None:
    """Close the gap."""
    functions = emulator.functions
    handlers: dict[str, AnyCallable] = emulator.stacks._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    create, update = handlers["create"], handlers["update"]

    def reserve(made: Any, wanted: Document) -> Any:
        functions._functions[made[0]]["concurrency"] = int(wanted[PROPERTY]) if PROPERTY in wanted else None
        return made

    def created(logical_id: str, properties: Document, stack_name: str, **named: Any) -> Any:
        return reserve(create(logical_id, properties, stack_name, **named), properties)

    def updated(physical_id: str, old: Document, new: Document, *rest: Any, **named: Any) -> Any:
        return reserve(update(physical_id, old, new, *rest, **named), new)

    handlers.update(create=created, update=updated)

    @around(functions, "_reserved_concurrency")
    def find(original: AnyCallable, version: Document, config: Document) -> int | None:
        return original(functions._functions.get(config.get("FunctionName")) or version, config)
