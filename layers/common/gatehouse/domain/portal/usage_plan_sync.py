"""Keeping API Gateway's usage plans as the subscriptions want them: after each change, and now and then altogether.

Every decision is made by what is stored now, not by the change that was told of: told twice, late or in another order,
the result is the same.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Protocol

import msgspec

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.apis import usage_keys, usage_plans
from gatehouse.domain.apis.apis import Deployment
from gatehouse.domain.apis.published_apis import PublishedApiStore
from gatehouse.domain.apis.usage_plans import Key, Names, Plan, PlanGateway, PlanRegionError, limited
from gatehouse.domain.kernel import paging
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.portal.applications import ApplicationStore
from gatehouse.domain.portal.subscriptions import SubscriptionStore

_PAGE = 200
_ORGANISATIONS_PAGE = 100


class UsagePlanDirectory(Protocol):
    """What is read of the whole deployment, always as it is now."""

    def find_organisations(self, window: Window) -> Page[Organisation]:
        """Return a page of all organisations."""
        ...

    def find_deployment(self, account: str, region: str, gateway_id: str, stage: str) -> Deployment | None:
        """Return what runs on a stage."""
        ...


class ApplicationChange(msgspec.Struct, frozen=True, kw_only=True):
    """An application of which something changed, with what it needed plans for before and needs them for after."""

    organisation: str
    application_id: str
    before: frozenset[tuple[str, str, str]]
    after: frozenset[tuple[str, str, str]]


class UsagePlanSync(msgspec.Struct, frozen=True):
    """Settles plans and keys in the account of this deployment; those of other accounts are theirs.

    Attributes:
        home: The region of this deployment.
        gateway: API Gateway of a region.
    """

    names: Names
    account: str
    home: str
    applications: ApplicationStore
    published: PublishedApiStore
    subscriptions: SubscriptionStore
    directory: UsagePlanDirectory
    gateway: Callable[[str], PlanGateway]

    def settle_application(self, change: ApplicationChange) -> None:
        """Follow a change of an application's subscriptions, in every region that can be reached.

        Raises:
            PlanRegionError: One could not be.
        """
        if change.before == change.after:
            return
        wanted = self._plans(self._find_limited(change.organisation, change.application_id))
        key = self.names.key(change.organisation, change.application_id)
        lost: list[PlanRegionError] = []
        for region in sorted({self.home, *wanted, *self._plans(change.before)}):
            try:
                usage_plans.settle_application(self.gateway(region), key, wanted.get(region, {}))
            except PlanRegionError as error:
                lost.append(error)
        if lost:
            raise lost[0]

    def settle_stage(self, told: Deployment) -> None:
        """Follow a change of what runs on a stage."""
        if not self._is_ours(told):
            return
        deployment = self.directory.find_deployment(told.account, told.region, told.gateway_id, told.stage)
        if deployment is None:
            usage_plans.drop_stage(self.gateway(told.region), self.names, usage_plans.stage_of(told))
        else:
            self._settle(deployment)

    def repairs(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Return the steps of going through everything, each with its name: one that fails must not stop the others.

        What nobody needs goes first, so that its places in API Gateway's quotas are free for what is missing.
        """
        deployments = tuple(self._deployments())
        for region in sorted({self.home, *(one.region for one in deployments)}):
            yield region, partial(self._clean, region)
        for one in deployments:
            yield f"{one.gateway_id}/{one.stage}", partial(self._settle, one)

    def _settle(self, deployment: Deployment) -> None:
        """Give a stage its plans, and each plan its keys; a key leaves its old plan before it joins another."""
        gateway = self.gateway(deployment.region)
        stage = usage_plans.stage_of(deployment)
        if not usage_plans.settle_shared(gateway, self.names, stage):
            return
        wanted = self._wanted(deployment, gateway)
        standing = sorted(name for name in gateway.find_plans() if name.startswith(self.names.plans_of(stage)))
        held = {name: gateway.find_keys_of(name) for name in standing}
        for name, keys in held.items():
            gone = [one for one in sorted(keys - wanted.get(name, {}).keys()) if not self._wants(one, deployment, name)]
            for key in gone:
                gateway.detach(name, key)
            if name not in wanted and len(gone) == len(keys):
                gateway.delete_plan(name)
        for name, keys in sorted(wanted.items()):
            for key in sorted(keys.keys() - held.get(name, frozenset())):
                gateway.ensure_key(keys[key])
                gateway.attach(name, key)

    def _wanted(self, deployment: Deployment, gateway: PlanGateway) -> dict[str, dict[str, Key]]:
        """Return the keys, by name, of each plan that the subscriptions of a stage's API need; the plans are made."""
        plans: dict[str, Plan] = {}
        found: dict[str, dict[str, Key]] = {}
        for tier, organisation, application_id in self._tiers(deployment):
            plan = self.names.plan(deployment, tier)
            key = self.names.key(organisation, application_id)
            plans[plan.name] = plan
            found.setdefault(plan.name, {})[key.name] = key
        for plan in plans.values():
            gateway.ensure_plan(plan)
        return found

    def _clean(self, region: str) -> None:
        gateway = self.gateway(region)
        for stages in gateway.find_plans().values():
            for stage in stages:
                if self.directory.find_deployment(self.account, region, stage.gateway_id, stage.name) is None:
                    usage_plans.drop_stage(gateway, self.names, stage)
        for key in sorted(gateway.find_keys()):
            owner = self.names.owner(key)
            if owner and owner[1] == usage_keys.REGISTERED:
                continue  # one for each organisation; a stage takes it out of its plans
            if owner and not self._find_limited(*owner):
                gateway.delete_key(key)

    def _wants(self, key: str, deployment: Deployment, plan: str) -> bool:
        """Ask once more about a key that the listing does not know: the subscription may be newer than the listing."""
        owner = self.names.owner(key)
        here = (deployment.organisation, deployment.api_id)
        return owner is not None and any(
            (organisation, api_id) == here and self.names.plan(deployment, tier).name == plan
            for organisation, api_id, tier in self._find_limited(*owner)
        )

    def _find_limited(self, organisation: str, application_id: str) -> frozenset[tuple[str, str, str]]:
        """Return for which organisation's API and by which limited tier an application needs plans."""
        application = self.applications.find_application(organisation, application_id)
        return limited(application.subscriptions if application else ())

    def _plans(self, needed: frozenset[tuple[str, str, str]]) -> Mapping[str, Mapping[str, Plan]]:
        """Return the plans by region and name, of what is published at this moment."""
        found: dict[str, dict[str, Plan]] = {}
        for organisation, api_id, tier in sorted(needed):
            api = self.published.find_api_now(organisation, api_id)
            for deployment in filter(self._is_ours, api.deployments if api else ()):
                plan = self.names.plan(deployment, tier)
                found.setdefault(deployment.region, {})[plan.name] = plan
        return found

    def _is_ours(self, deployment: Deployment) -> bool:
        return deployment.account == self.account and deployment.stage != usage_plans.HTTP_API_STAGE

    def _tiers(self, deployment: Deployment) -> Iterator[tuple[str, str, str]]:
        """Yield the limited tiers of a stage, each with the organisation and application whose key it limits."""
        find = partial(self.subscriptions.find_subscriptions_of_api, deployment.organisation, deployment.api_id)
        for one in paging.read_all(find, _PAGE):
            for _, _, tier in limited((one.subscription,)):
                yield tier, one.organisation, one.application_id
        if deployment.open_tier:
            yield deployment.open_tier, deployment.organisation, usage_keys.REGISTERED

    def _deployments(self) -> Iterator[Deployment]:
        for organisation in paging.read_all(self.directory.find_organisations, _ORGANISATIONS_PAGE):
            for api in self.published.find_apis_of(organisation.key):
                yield from filter(self._is_ours, api.deployments)
