"""Runs the trials of a sweep on a Dask cluster. Started by `npm run sweep -- … --scheduler …`.

Reads the trials from standard input as JSON and prints a JSON line for every trial that has ended.
Needs the package `distributed`; so do the scheduler and the workers.
"""

import json
import os
import subprocess
import sys


def run_trial(root, trial):
    """On a worker: runs one trial with the workspace's own command."""
    node = os.environ.get("GRADBOOK_NODE", "node")
    command = [node, "--import", "tsx", "scripts/sweep.ts", "--trial"]
    done = subprocess.run(command, cwd=root, input=trial, capture_output=True, text=True)
    if done.returncode != 0:
        # Dask tries again, on another worker where there is one.
        raise RuntimeError(done.stderr.strip()[-2000:] or f"exit code {done.returncode}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def say(**line):
    print(json.dumps(line), flush=True)


def main():
    try:
        from distributed import Client, as_completed
    except ImportError:
        sys.exit(f'{sys.executable} has no package "distributed": name another with --python')
    work = json.load(sys.stdin)
    with Client(sys.argv[1], timeout=20) as client:
        workers = len(client.scheduler_info()["workers"])
        say(say=f"{workers} workers on {sys.argv[1]}")
        futures = {}
        for one in work["trials"]:
            # Impure, and with a unique key: a trial must not be taken from another sweep.
            future = client.submit(
                run_trial, work["root"], one["trial"], retries=work["retries"], pure=False
            )
            futures[future] = one["id"]
        for future in as_completed(futures):
            name = futures.pop(future)
            if future.status == "finished":
                say(id=name, record=future.result())
            else:
                say(id=name, error=str(future.exception())[:2000])
            future.release()


if __name__ == "__main__":
    main()
