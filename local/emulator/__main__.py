"""Start MiniStack with its gaps closed: `python -m local.emulator`, run by MiniStack's own interpreter."""

from importlib import metadata
from pathlib import Path

from local.emulator import (
    authorizer_context,
    cached_contexts,
    cold_starts,
    conditions,
    data_plane,
    execution_environments,
    function_logs,
    gateway_metrics,
    gateway_responses,
    http_api_events,
    http_unauthorized,
    identity_sources,
    key_usage,
    layers,
    log_ends,
    log_filter,
    mail_view,
    openapi_import,
    parameter_mapping,
    payload_limit,
    plan_rules,
    preflight,
    remapped_headers,
    reserved_concurrency,
    secret_rotation,
    stack_resources,
    stack_updates,
    stream_positions,
    throttled_items,
    undelayed_sockets,
    usage_plans,
)
from local.emulator.patching import Emulator

GAPS = (
    openapi_import,
    parameter_mapping,
    gateway_responses,
    authorizer_context,
    identity_sources,
    conditions,
    stack_updates,
    stack_resources,
    reserved_concurrency,
    data_plane,
    http_api_events,
    http_unauthorized,
    cached_contexts,
    payload_limit,
    remapped_headers,
    preflight,
    execution_environments,
    layers,
    cold_starts,
    log_ends,
    function_logs,
    log_filter,
    secret_rotation,
    stream_positions,
    usage_plans,
    plan_rules,
    gateway_metrics,
    key_usage,
    throttled_items,
    undelayed_sockets,
    mail_view,
)
REQUIREMENTS = Path(__file__).parents[1] / "tools" / "ministack.in"


def check_version() -> None:
    """Refuse any MiniStack but the pinned one: these patches name functions that are private to it.

    Raises:
        SystemExit: another version is installed.
    """
    installed = metadata.version("ministack")
    if f"ministack=={installed}" not in REQUIREMENTS.read_text(encoding="utf-8").split():
        message = (
            f"MiniStack {installed} is installed, but {REQUIREMENTS} pins another: check local/emulator against it."
        )
        raise SystemExit(message)


def main() -> None:
    """Patch MiniStack, then hand over to it."""
    check_version()
    emulator = Emulator.load()
    for gap in GAPS:
        gap.install(emulator)
    emulator.server.main()


if __name__ == "__main__":
    main()
