"""IAM's patterns against API Gateway's routes: which paths does a pattern reach that its author did not mean?

IAM's `*` crosses slashes. Split at its slashes, a pattern is a sequence of segments in which `*` stands for one segment
or more. Both a pattern and a template are then small automata over segments, and what they share can be decided.
"""

from collections.abc import Iterator
from functools import lru_cache

from gatehouse.domain import routes
from gatehouse.domain.routes import Template

WILD = "*"

type Pattern = tuple[str, ...]
type _State = tuple[frozenset[int], frozenset[int], frozenset[tuple[Template, int]]]

_STATES_MAX = 64
"""What is looked at for one answer: an ordinary API needs a dozen."""

_FRESH = "\0fresh"
"""A segment that no template spells."""


def of(template: Template) -> Pattern:
    """Return the narrowest pattern with one wildcard for each variable that reaches all of the template's paths."""
    return tuple(WILD if segment in {routes.VARIABLE, routes.GREEDY} else segment for segment in template)


def fits(pattern: str, text: str) -> bool:
    """Say whether IAM takes the text for one that the pattern means; its only wildcard is `*`."""
    head, *parts = pattern.split(WILD)
    if not parts:
        return pattern == text
    tail = parts.pop()
    at, end = len(head), len(text) - len(tail)
    if at > end or not (text.startswith(head) and text.endswith(tail)):
        return False
    for part in parts:
        at = text.find(part, at, end) + len(part)
        if at < len(part):
            return False
    return True


def meets(pattern: Pattern, template: Template) -> bool:
    """Say whether some path fits both, wherever it is routed."""
    here = frozenset({0})
    for segment in template:
        here = _step(pattern, here, None if segment in {routes.VARIABLE, routes.GREEDY} else segment)
        if segment == routes.GREEDY:
            here = _closure(pattern, here)
        if not here:
            return False
    return len(pattern) in here


@lru_cache(maxsize=16_384)
def reaches(pattern: Pattern, template: Template, rivals: tuple[Template, ...]) -> bool:
    """Say whether the pattern matches a path that is routed to the template; a tree too tangled to tell says yes.

    Args:
        rivals: Templates that go before this one, where they fit the same path.
    """
    if not meets(pattern, template):
        return False
    start: _State = (frozenset({0}), frozenset({0}), frozenset((rival, 0) for rival in rivals))
    seen, waiting = {start}, [start]
    while waiting:
        if len(seen) > _STATES_MAX:
            return True
        state = waiting.pop()
        if _is_hit(pattern, template, state):
            return True
        following = [after for after in _successors(pattern, template, state) if after not in seen]
        seen.update(following)
        waiting.extend(following)
    return False


def _closure(pattern: Pattern, here: frozenset[int]) -> frozenset[int]:
    """Return where any number of further segments leads."""
    there = here | _step(pattern, here, None)
    return here if there == here else _closure(pattern, there)


def _is_hit(pattern: Pattern, template: Template, state: _State) -> bool:
    in_pattern, in_template, in_rivals = state
    return (
        len(pattern) in in_pattern
        and len(template) in in_template
        and not any(position == len(rival) for rival, position in in_rivals)
    )


def _successors(pattern: Pattern, template: Template, state: _State) -> Iterator[_State]:
    in_pattern, in_template, in_rivals = state
    offered = {pattern[at] for at in in_pattern if at < len(pattern)}
    offered |= {template[at] for at in in_template if at < len(template)}
    offered |= {rival[at] for rival, at in in_rivals if at < len(rival)}
    for segment in (offered - {WILD, routes.VARIABLE, routes.GREEDY}) | {_FRESH}:
        after = (
            _step(pattern, in_pattern, segment),
            _step(template, in_template, segment),
            frozenset((rival, to) for rival, at in in_rivals for to in _step(rival, frozenset({at}), segment)),
        )
        if after[0] and after[1]:
            yield after


def _step(automaton: tuple[str, ...], here: frozenset[int], segment: str | None) -> frozenset[int]:
    """Return where one more segment leads; any segment but the empty one if it is None.

    The empty segment stands behind a final slash and at the root; only a wildcard and itself take it.
    """
    there: set[int] = set()
    for position in here - {len(automaton)}:
        expected = automaton[position]
        if expected == WILD or (expected == routes.GREEDY and segment != ""):
            there |= {position, position + 1}
        elif expected == segment or (expected == routes.VARIABLE and segment != "") or (segment is None and expected):
            there.add(position + 1)
    return frozenset(there)
