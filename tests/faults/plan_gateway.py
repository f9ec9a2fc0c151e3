"""API Gateway's usage plans and keys in memory, by the port that `UsagePlanSync` calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gatehouse.domain.apis.usage_plans import Key, Plan, Stage


@dataclass
class MemoryPlans:
    """Implements `PlanGateway`: plans with their stages and keys, and keys with their values."""

    stages: dict[str, frozenset[Stage]] = field(default_factory=dict[str, frozenset[Stage]])
    members: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    keys: dict[str, str] = field(default_factory=dict[str, str])

    def copy(self) -> "MemoryPlans":
        return MemoryPlans(dict(self.stages), dict(self.members), dict(self.keys))

    def put_back(self, state: "MemoryPlans") -> None:
        self.stages, self.members, self.keys = dict(state.stages), dict(state.members), dict(state.keys)

    def find_plans(self) -> Mapping[str, frozenset[Stage]]:
        return dict(self.stages)

    def find_keys(self) -> frozenset[str]:
        return frozenset(self.keys)

    def find_plans_of(self, key: str) -> frozenset[str]:
        return frozenset(plan for plan, members in self.members.items() if key in members)

    def find_keys_of(self, plan: str) -> frozenset[str]:
        return self.members.get(plan, frozenset())

    def ensure_plan(self, plan: Plan) -> bool:
        self.stages[plan.name] = self.stages.get(plan.name, frozenset()) | {plan.stage}
        self.members.setdefault(plan.name, frozenset())
        return True

    def ensure_key(self, key: Key) -> None:
        self.keys[key.name] = key.value

    def attach(self, plan: str, key: str) -> None:
        assert plan in self.stages
        assert key in self.keys
        self.members[plan] |= {key}

    def detach(self, plan: str, key: str) -> None:
        self.members[plan] = self.members.get(plan, frozenset()) - {key}

    def remove_stage(self, plan: str, stage: Stage) -> None:
        self.stages[plan] = self.stages.get(plan, frozenset()) - {stage}

    def delete_plan(self, plan: str) -> None:
        self.stages.pop(plan, None)
        self.members.pop(plan, None)

    def delete_key(self, key: str) -> None:
        self.keys.pop(key, None)
        self.members = {plan: members - {key} for plan, members in self.members.items()}
