"""IAM's patterns against API Gateway's routes: which paths does a pattern reach that its author did not mean?

IAM's `*` crosses slashes. Split at its slashes, a pattern is a sequence of segments in which `*` stands for one segment
or more. Both a pattern and a template are then small automata over segments, and what they share can be decided.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec

from gatehouse.domain.apis import routes
from gatehouse.domain.apis.routes import Template

WILD = "*"

type Pattern = tuple[str, ...]
type _State = tuple[frozenset[int], frozenset[int], frozenset[tuple[Template, int]]]

_STATES_MAX = 64
"""What is looked at for one answer: an ordinary API needs a dozen."""

_FRESH = "\0fresh"
"""A segment that no template spells."""


class TooMuchWorkError(Exception):
    """The routes are so entangled that the answer would take longer than it may."""


class Work:
    """How many steps may still be taken; a step is one segment of one pattern held against one of a template.

    What people publish decides how many it takes, from a few for each route to more than anybody waits for. So
    everything that compares routes counts, and its callers answer on the safe side where the steps do not suffice.
    """

    __slots__ = ("_left",)

    def __init__(self, steps: int) -> None:
        """Allow this many."""
        self._left = steps

    def spend(self, steps: int) -> None:
        """Take some of them.

        Raises:
            TooMuchWorkError: There are no more.
        """
        self._left -= steps
        if self._left < 0:
            raise TooMuchWorkError


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


class Automaton(msgspec.Struct, frozen=True):
    """A pattern as numbers whose bits are its positions, so that one segment is one step for all of them.

    Attributes:
        takes: For each literal segment of the pattern, the positions that it leads on from.
        wild: The positions of wildcards, which take every segment and stay.
        worded: The positions that take some segment that is not empty.
        end: The bit behind the last position.
    """

    takes: Mapping[str, int]
    wild: int
    worded: int
    end: int

    def run(self, template: Template, work: Work) -> int:
        """Return where paths of the template may lead.

        Raises:
            TooMuchWorkError: The steps do not suffice.
        """
        here = 1
        for count, segment in enumerate(template):
            if segment == routes.VARIABLE:
                taken = here & self.worded
            elif segment == routes.GREEDY:
                here = self._run_on(here, work)
                continue
            else:
                taken = here & self.takes.get(segment, self.wild)
            here = taken << 1 | here & self.wild
            if not here:
                work.spend(1 + count)
                return 0
        work.spend(1 + len(template))
        return here

    def run_slash(self, here: int) -> int:
        """Return where a slash at the end leads on: one more segment, which is empty."""
        return (here & self.takes.get("", self.wild)) << 1 | here & self.wild

    def _run_on(self, here: int, work: Work) -> int:
        """Return where one segment or more lead."""
        here = (here & self.worded) << 1 | here & self.wild
        while True:
            work.spend(1)
            there = here | (here & self.worded) << 1
            if there == here:
                return here
            here = there


@lru_cache(maxsize=2048)
def automaton(pattern: Pattern) -> Automaton:
    """Return the pattern's automaton."""
    wild = sum(1 << at for at, expected in enumerate(pattern) if expected == WILD)
    takes: dict[str, int] = {}
    for at, expected in enumerate(pattern):
        if expected != WILD:
            takes[expected] = takes.get(expected, wild) | 1 << at
    worded = sum(1 << at for at, expected in enumerate(pattern) if expected != "")
    return Automaton(takes, wild, worded, 1 << len(pattern))


def meets(pattern: Pattern, template: Template, work: Work) -> bool:
    """Say whether some path fits both, wherever it is routed.

    Raises:
        TooMuchWorkError: The steps do not suffice.
    """
    found = automaton(pattern)
    return bool(found.run(template, work) & found.end)


class Index:
    """Templates by their segments, to leave out at once those that a pattern cannot reach.

    Attributes:
        all: The templates that begin as this part of the index does.
        below: The parts of it, by the next segment.
    """

    __slots__ = ("all", "below")

    def __init__(self) -> None:
        """Begin without templates."""
        self.all: list[Template] = []
        self.below: dict[str, Index] = {}

    def add(self, template: Template) -> None:
        """Add one."""
        here = self
        here.all.append(template)
        for segment in template:
            here = here.below.setdefault(segment, Index())
            here.all.append(template)

    def near(self, pattern: Pattern, work: Work) -> Iterator[Template]:
        """Yield the templates that are like the pattern up to its first wildcard, and perhaps some more.

        Raises:
            TooMuchWorkError: The steps do not suffice.
        """
        here = [self]
        for expected in pattern:
            if expected == WILD:
                break
            work.spend(len(here))
            for each in here:
                if routes.GREEDY in each.below:
                    yield from each.below[routes.GREEDY].all
            here = [each.below[name] for each in here for name in (expected, routes.VARIABLE) if name in each.below]
        for each in here:
            yield from each.all


def reaches(pattern: Pattern, template: Template, rivals: Sequence[Template], work: Work) -> bool:
    """Say whether the pattern matches a path that is routed to the template; a tree too tangled to tell says yes.

    Args:
        pattern: What may reach the template.
        template: Where a path is to be routed.
        rivals: Templates that go before this one, where they fit the same path.
        work: What it may cost.

    Raises:
        TooMuchWorkError: The steps do not suffice.
    """
    if not meets(pattern, template, work):
        return False
    if not rivals:
        return True
    start: _State = (frozenset({0}), frozenset({0}), frozenset((rival, 0) for rival in rivals))
    seen, waiting = {start}, [start]
    while waiting:
        if len(seen) > _STATES_MAX:
            return True
        state = waiting.pop()
        if _is_hit(pattern, template, state):
            return True
        following = [after for after in _successors(pattern, template, state, work) if after not in seen]
        seen.update(following)
        waiting.extend(following)
    return False


def _is_hit(pattern: Pattern, template: Template, state: _State) -> bool:
    in_pattern, in_template, in_rivals = state
    return (
        len(pattern) in in_pattern
        and len(template) in in_template
        and not any(position == len(rival) for rival, position in in_rivals)
    )


def _successors(pattern: Pattern, template: Template, state: _State, work: Work) -> Iterator[_State]:
    in_pattern, in_template, in_rivals = state
    offered = {pattern[at] for at in in_pattern if at < len(pattern)}
    offered |= {template[at] for at in in_template if at < len(template)}
    offered |= {rival[at] for rival, at in in_rivals if at < len(rival)}
    for segment in sorted((offered - {WILD, routes.VARIABLE, routes.GREEDY}) | {_FRESH}):
        work.spend(2 * (4 + len(in_pattern) + len(in_rivals)))
        after = (
            _step(pattern, in_pattern, segment),
            _step(template, in_template, segment),
            frozenset((rival, to) for rival, at in in_rivals for to in _step(rival, frozenset({at}), segment)),
        )
        if after[0] and after[1]:
            yield after


def _step(automaton: tuple[str, ...], here: frozenset[int], segment: str) -> frozenset[int]:
    """Return where one more segment leads.

    The empty segment stands behind a final slash and at the root; only a wildcard and itself take it.
    """
    there: set[int] = set()
    for position in here - {len(automaton)}:
        expected = automaton[position]
        if expected == WILD or (expected == routes.GREEDY and segment != ""):
            there |= {position, position + 1}
        elif expected == segment or (expected == routes.VARIABLE and segment != ""):
            there.add(position + 1)
    return frozenset(there)
