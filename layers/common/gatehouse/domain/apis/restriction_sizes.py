"""How much an organisation's administrators and publishers may restrict: it is one item."""

from copy import replace

from gatehouse.domain.apis import restrictions
from gatehouse.domain.apis.restrictions import ApiRestriction, Restrictions
from gatehouse.domain.kernel.refusals import InvalidInputError


def check_api(decided: Restrictions, api_id: str, new: ApiRestriction) -> None:
    """Check that another decision about an API fits beside the others.

    Raises:
        InvalidInputError: It does not.
    """
    others = {name: one for name, one in decided.apis.items() if name != api_id}
    check(decided, replace(decided, apis=others if new == restrictions.UNRESTRICTED else {**others, api_id: new}))


def check(before: Restrictions, after: Restrictions) -> None:
    """Refuse restrictions that grow beyond what is stored; fewer are always taken.

    Raises:
        InvalidInputError: They do.
    """
    if restrictions.SIZE_MAX_BYTES < after.size_bytes() > before.size_bytes():
        raise InvalidInputError("The organisation restricts too much: 250 KiB of scopes, roles and APIs are the limit.")
