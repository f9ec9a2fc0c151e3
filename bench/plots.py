"""`python -m bench.plots RESULTS FOLDER`: a plot of each measurement. Runs where matplotlib is: in .tools/bench."""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams.update(
    {
        "svg.hashsalt": "gatehouse",
        "svg.fonttype": "none",
        "font.size": 9,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.alpha": 0.3,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)
from matplotlib import pyplot as plt  # noqa: E402 - after the backend is chosen

_OURS, _THEIRS = "#1f6f8b", "#b9b4a8"


def _save(folder: Path, name: str) -> None:
    plt.tight_layout()
    plt.savefig(folder / f"bench-{name}.svg", metadata={"Date": None}, bbox_inches="tight")
    plt.close()


def _bars(rows: list[tuple[str, dict[str, float], bool]], label: str) -> None:
    plt.figure(figsize=(8, 0.6 + 0.24 * len(rows)))
    names = [name for name, _, _ in rows][::-1]
    values = [spread["median"] for _, spread, _ in rows][::-1]
    errors = [
        [spread["median"] - spread["low"] for _, spread, _ in rows][::-1],
        [spread["high"] - spread["median"] for _, spread, _ in rows][::-1],
    ]
    colors = [_OURS if is_ours else _THEIRS for _, _, is_ours in rows][::-1]
    bars = plt.barh(names, values, xerr=errors, color=colors, ecolor="#555555")
    plt.bar_label(bars, [f"{value:.2f}" if value < 100 else f"{value:.0f}" for value in values], padding=6, fontsize=8)
    plt.margins(x=0.12)
    plt.xlabel(label)


def requests(measured: dict[str, Any], folder: Path) -> None:
    """Draw CPU per request, without what is dominated by a password hash."""
    rows = [
        (f"{one['subject']}: {one['scenario']}", one["cpu_ms"], one["subject"].startswith("Gatehouse"))
        for one in measured["requests"]
        if one["subject"] != "transports" and one["cpu_ms"]["median"] < 20
    ]
    _bars(sorted(rows, key=lambda row: row[1]["median"]), "ms of CPU per request (median, quartiles)")
    _save(folder, "requests")


def transports(measured: dict[str, Any], folder: Path) -> None:
    """Draw CPU per GetItem."""
    rows = [
        (one["scenario"], one["cpu_ms"], one["scenario"].startswith("Gatehouse"))
        for one in measured["requests"]
        if one["subject"] == "transports"
    ]
    _bars(sorted(rows, key=lambda row: row[1]["median"]), "ms of CPU per GetItem (median, quartiles)")
    _save(folder, "transports")


def starts(measured: dict[str, Any], folder: Path) -> None:
    """Draw init at the default memory size."""
    rows = [
        (one["function"], one["init_ms"], not one["function"].startswith("naive"))
        for one in measured["starts"]
        if one["memory_mb"] == 512 and "grant" not in one["function"]
    ]
    _bars(rows, "ms of init at 512 MB = 0.29 vCPU (median, quartiles)")
    _save(folder, "starts")


def memory(measured: dict[str, Any], folder: Path) -> None:
    """Draw init and warm time against the memory size."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
    del figure
    for name in ("token", "token, password grant", "authorizer"):
        ours = sorted((one for one in measured["starts"] if one["function"] == name), key=lambda one: one["memory_mb"])
        sizes = [one["memory_mb"] for one in ours]
        left.plot(sizes, [one["init_ms"]["median"] for one in ours], marker="o", label=name)
        right.plot(sizes, [one["warm_ms"]["median"] for one in ours], marker="o", label=name)
    left.set(xlabel="memory MB", ylabel="init ms", xscale="log", yscale="log")
    right.set(xlabel="memory MB", ylabel="warm handler ms", xscale="log", yscale="log")
    for axis in (left, right):
        axis.set_xticks([128, 256, 512, 1024, 1769], ["128", "256", "512", "1024", "1769"])
        axis.minorticks_off()
    right.legend(fontsize=8)
    _save(folder, "memory")


def load(measured: dict[str, Any], folder: Path) -> None:
    """Draw latency percentiles by the number of instances."""
    scenarios = list(dict.fromkeys((one["subject"], one["scenario"]) for one in measured["load"]))
    figure, axes = plt.subplots(1, len(scenarios), figsize=(10, 2.8), sharey=True)
    del figure
    for axis, (subject, scenario) in zip(axes, scenarios, strict=True):
        ours = [one for one in measured["load"] if (one["subject"], one["scenario"]) == (subject, scenario)]
        for name in ("p50_ms", "p95_ms", "p99_ms"):
            axis.plot([one["instances"] for one in ours], [one[name] for one in ours], marker="o", label=name[:3])
        axis.set(title=f"{subject}\n{scenario}", xlabel="instances", yscale="log", xscale="log")
        axis.set_xticks([1, 2, 4, 8], ["1", "2", "4", "8"])
        axis.minorticks_off()
        axis.title.set_fontsize(8)
    axes[0].set_ylabel("ms")
    axes[0].legend(fontsize=8)
    _save(folder, "load")


if __name__ == "__main__":
    stored, target = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    for draw in (requests, transports, starts, memory, load):
        draw(stored, target)
