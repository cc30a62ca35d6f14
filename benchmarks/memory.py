"""How much memory a relay process holds after its first thousand calls, and after many more. Goal: flat."""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from filled import fill
from served import SECRET
from stand_in import StandIn, stand_in

from realpad_form.adapters.sql import Database, upgrade

LANES = 4


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[1000, 10_000], help="when to look")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, stand_in(0) as crm:
        folder = Path(name)
        database = Database(f"sqlite:///{folder / 'data' / 'leads.db'}")
        upgrade(database)
        fill(database, leads=max(options.calls), lanes=LANES)
        database.dispose()
        process = _relay(folder, crm)
        try:
            _watch(process, crm, options.calls)
        finally:
            process.terminate()
            process.wait(30)


def _relay(folder: Path, crm: StandIn) -> subprocess.Popen[bytes]:
    """Start `relay` as fast as it can go."""
    settings = {"SECRET_KEY": SECRET, "REALPAD_URL": crm.url, "RELAY_RATE": "unlimited"}
    for number in range(LANES):
        for part in ("LOGIN", "PASSWORD"):
            settings[f"CREDENTIALS_BENCH{number}_{part}"] = "bench"
    return subprocess.Popen(
        [sys.executable, "-m", "realpad_form", "relay"],
        cwd=folder,
        env={**os.environ, **{f"REALPAD_FORM_{key}": value for key, value in settings.items()}},
        stderr=subprocess.DEVNULL,
    )


def _watch(process: subprocess.Popen[bytes], crm: StandIn, calls: list[int]) -> None:
    """Print the memory held whenever so many calls have been made."""
    began = time.perf_counter()
    for count in calls:
        while crm.taken < count:
            if process.poll() is not None:
                raise SystemExit("the relay ended")
            time.sleep(0.02)
        print(
            f"after {count:>7,} calls: {_resident_mb(process.pid):.1f} MB, "
            f"{count / (time.perf_counter() - began):.0f} calls/s",
            flush=True,
        )


def _resident_mb(pid: int) -> float:
    """Return the memory a process holds, as Linux counts it."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


if __name__ == "__main__":
    main()
