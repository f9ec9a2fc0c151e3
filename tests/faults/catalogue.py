"""All flows, and the rows of the route tables that have none, each with its reason."""

from tests.faults import (
    api_flows,
    device_flows,
    factor_flows,
    federation_flows,
    job_flows,
    own_account_flows,
    page_flows,
    read_flows,
    signin_flows,
    token_flows,
)

FLOWS = {
    one.name: one
    for one in (
        *token_flows.WRITES,
        *device_flows.WRITES,
        *federation_flows.WRITES,
        *signin_flows.WRITES,
        *factor_flows.WRITES,
        *api_flows.WRITES,
        *own_account_flows.WRITES,
        *page_flows.WRITES,
        *job_flows.WRITES,
        *read_flows.READS,
    )
}
EXCLUDED = {
    "function fetcher": "It calls no AWS service and stores nothing. `tests/unit/functions/test_fetcher.py` lets its "
    "connections fail.",
}
"""Rows without a flow. A new row fails the suite until it has a flow, or a reason here."""
