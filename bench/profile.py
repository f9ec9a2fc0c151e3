"""`python -m bench.profile [SCENARIO ...]`: where the CPU of a request goes, by cProfile.

It exaggerates small functions; with 500 requests each it is for shares, not for milliseconds.
"""

import os
import subprocess
import sys

from bench import certificates, environment, starts
from bench.processes import database, lambda_environment


def main(scenarios: list[str]) -> None:
    """Run each scenario in a process of its own, beside a DynamoDB."""
    python = environment.python()
    with starts.shared_folder() as folder, database(python, certificates.make(folder).server) as running:
        for scenario in scenarios:
            tables = running.create_tables(scenario.replace(" ", "-").replace(",", ""))
            variables = {**lambda_environment(running.endpoint_url, tables), "PATH": os.environ["PATH"]}
            command = [python, "-m", "bench.subjects.profiled", scenario]
            subprocess.run(command, cwd=environment.ROOT, env=variables, check=True)


if __name__ == "__main__":
    main(sys.argv[1:] or ["refresh_token", "client_credentials"])
