"""`python -m bench`."""

import json
from datetime import UTC, datetime

from bench import environment, processes, report, requests

RESULTS = environment.ROOT / "bench" / "results"

with environment.only_one():
    python = environment.python()
    with processes.database(python) as database:
        subjects = requests.start(database, python)
        try:
            results = requests.measure(database, subjects, rounds=5)
        finally:
            for subject in subjects.values():
                subject.close()
for one in results:
    print(
        f"{one.subject:28} {one.scenario:32} {one.cpu_ms.text(3):24} {one.ratio.text():20} {one.operations} "
        f"R {one.read_units:.1f} W {one.write_units:.1f} I {one.index_write_units:.1f}"
    )
RESULTS.mkdir(exist_ok=True)
(RESULTS / "requests.json").write_text(
    json.dumps({"at": datetime.now(UTC).isoformat(), "results": requests.as_json(results)}, indent=1)
)
report.write(results)
