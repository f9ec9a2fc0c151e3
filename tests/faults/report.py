"""What a run of the fault suite injected."""

from dataclasses import dataclass, field


@dataclass
class Injected:
    """What a suite of runs did, for the report.

    Attributes:
        faults: How many calls were let fail.
        flows: In how many flows.
        calls: How many calls these make without a fault.
        meetings: How often another party acted between two calls.
        ways: How many faults of each kind.
    """

    faults: int = 0
    flows: int = 0
    calls: int = 0
    meetings: int = 0
    ways: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, other: "Injected") -> None:
        self.faults += other.faults
        self.flows += other.flows
        self.calls += other.calls
        self.meetings += other.meetings
        for name, count in other.ways.items():
            self.ways[name] = self.ways.get(name, 0) + count

    @property
    def told(self) -> str:
        ways = ", ".join(f"{count} {name}" for name, count in sorted(self.ways.items()))
        return (
            f"{self.faults} faults injected into {self.calls} calls of {self.flows} flows ({ways}), "
            f"and {self.meetings} meetings of two parties,"
        )
