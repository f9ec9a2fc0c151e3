"""Request bodies as types: one definition decodes a body, and describes it in the OpenAPI document."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, cast, get_args, get_origin

import msgspec
from msgspec import structs

from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.endpoints.rest import bodies, shapes
from gatehouse.endpoints.rest.shapes import Schema

_NAME = re.compile(r"\.(\w+)")
_PLAIN: Mapping[Any, Schema] = {str: shapes.TEXT, bool: shapes.FLAG, int: shapes.NUMBER, Any: shapes.FREE}


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A JSON object. Every field has a default, so that a missing one is refused by the rule that knows why.

    Attributes:
        REQUIRED: What the description demands, by the names of the wire.
    """

    REQUIRED: ClassVar[tuple[str, ...]] = ()


def parse[T: Body](body: Any, kind: type[T]) -> T:
    """Return the body; null counts as absent, unknown names too, and numbers and flags may be spelled as text.

    Raises:
        InvalidInputError: There is none, or a value is of another type.
    """
    try:
        return msgspec.convert(_known(bodies.parse(body).values, kind), kind)
    except msgspec.ValidationError as error:
        names = _NAME.findall(str(error).rpartition("`$")[2])
        raise InvalidInputError(bodies.DISALLOWED, field=names[-1] if names else "") from None


def _known(values: Mapping[str, Any], kind: type[Body]) -> dict[str, Any]:
    found = [(field.encode_name, values.get(field.encode_name), _bare(field.type)) for field in structs.fields(kind)]
    return {
        name: _lenient(name, value, hint)
        for name, value, hint in found
        if value is not None and not (hint is int and value == "")
    }


def _lenient(name: str, value: Any, hint: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, Body):
        return _known(cast("Mapping[str, Any]", value), hint) if isinstance(value, dict) else value
    if get_origin(hint) is tuple and isinstance(value, list):
        return [_lenient(name, one, _bare(get_args(hint)[0])) for one in cast("list[Any]", value)]
    if hint is bool and value in ("true", "false"):
        return value == "true"
    if hint is int and isinstance(value, str):
        return bodies.Fields({name: value}).number(name)
    return value


def schemas(**kinds: type[Body]) -> dict[str, Schema]:
    """Return the schemas of bodies, by the names that they have in the document."""
    return {name: describe(kind) for name, kind in kinds.items()}


def describe(hint: Any) -> Schema:
    """Return the schema of a body, or of the type of a field."""
    if get_origin(hint) is Annotated:
        base, meta = get_args(hint)
        return {**({} if base is Any else describe(base)), **meta.extra_json_schema}
    hint = _bare(hint)
    if isinstance(hint, type) and issubclass(hint, Body):
        return shapes.of(*hint.REQUIRED, **{field.encode_name: describe(field.type) for field in structs.fields(hint)})
    arguments = get_args(hint)
    if get_origin(hint) is Literal:
        return shapes.one_of(*arguments)
    if get_origin(hint) is dict:
        return {"type": "object", "additionalProperties": describe(arguments[1])}
    return _PLAIN[hint] if not arguments else shapes.many(describe(arguments[0]))


def _bare(hint: Any) -> Any:
    """Return a type without its annotation, and without None."""
    hint = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    others = [one for one in get_args(hint) if one is not type(None)]
    return others[0] if type(None) in get_args(hint) and len(others) == 1 else hint
