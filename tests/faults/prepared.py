"""A state from which flows are run again and again, and what has changed since."""

from dataclasses import dataclass

from tests.faults import states
from tests.faults.scene import Scene
from tests.faults.states import Difference, Vocabulary
from tests.faults.world import State, World


@dataclass(kw_only=True)
class Prepared:
    """Everything that comes before the requests in question was done.

    Attributes:
        start: What is stored then.
        words: The texts that are known then.
        now_ms: What time it is then.
    """

    scene: Scene
    start: State
    words: Vocabulary
    now_ms: int

    @property
    def world(self) -> World:
        return self.scene.world

    def begin(self) -> None:
        """Put everything back; the functions are cold."""
        self.world.services.put_back(self.start)
        self.world.now_ms = self.now_ms
        self.world.wire.reset()
        self.world.begin()

    def difference(self) -> Difference:
        """Return what became of the items since."""
        return states.difference(self.start, self.world.services.copy(), self.words)
