"""How long one claim takes with 50,000 leads queued, and with 1,000,000 leads in the log.

Beside the lane's own, as many leads of another account wait under the name of its credentials.

The claim's own transactions, the answer's (`close`) beside it, on SQLite and on PostgreSQL. Goals: a claim
under 5 ms with 50,000 queued, and under 10 ms with 1,000,000 leads in the log.
"""

import argparse
import tempfile
import time
import warnings
from datetime import timedelta
from pathlib import Path

from filled import Mix, fill
from kills import migrated

from realpad_form.adapters.sidecar_files import CallFile
from realpad_form.adapters.sql import Database, SqlLeadLog, SqlRestores
from realpad_form.adapters.vault import Vault
from realpad_form.domain.delivery import Answer, Outcome
from realpad_form.domain.lane import LaneKey

KEY = LaneKey(credential="bench0", fingerprint="bench", host="http://127.0.0.1", account="ours")
OURS = Mix(account="'ours'")
THEIRS = Mix(account="'theirs'")
ACCEPTED = Answer(outcome=Outcome.ACCEPTED, status=201, text="1", customer_id=1)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queued", type=int, default=50_000)
    parser.add_argument("--leads", type=int, default=1_000_000, help="all leads of the second measurement")
    parser.add_argument("--claims", type=int, default=500)
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"])
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # of the package that brings PostgreSQL, about missing desktop folders
    for engine in options.engines:
        with tempfile.TemporaryDirectory() as name, migrated(engine, Path(name)) as url:
            database = Database(url)
            folder = Path(name)
            fill(database, leads=options.queued, mix=OURS)
            _measure(database, folder, f"{engine:<11}{options.queued:>9,} queued", options.claims)
            fill(database, leads=options.queued, mix=THEIRS)
            _measure(database, folder, f"{engine:<11}{options.queued:>9,} of another", options.claims)
            fill(database, leads=options.leads - 2 * options.queued, is_delivered=True, mix=OURS)
            _measure(database, folder, f"{engine:<11}{options.leads:>9,} in the log", options.claims)
            database.dispose()


def _measure(database: Database, folder: Path, title: str, count: int) -> None:
    """Claim and close leads one after the other, and print how long each took."""
    log = SqlLeadLog(database, Vault(), timedelta(hours=120), restores=_counted(database, folder))
    log.open_lanes([KEY])
    claims, closes = [], []
    for _ in range(count):
        began = time.perf_counter()
        claim = log.claim([KEY], lease_s=45, pace_s=0, width=1)
        claimed = time.perf_counter()
        assert claim
        assert log.close(claim, ACCEPTED)
        claims.append(claimed - began)
        closes.append(time.perf_counter() - claimed)
    print(f"{title:<32}claim {_spread(claims)}   close {_spread(closes)}", flush=True)


def _counted(database: Database, folder: Path) -> SqlRestores:
    """Return what counts calls beside a database."""
    restores = SqlRestores(database, Vault(), CallFile(folder / "calls.json"), keys=lambda: [KEY])
    restores.notice()
    return restores


def _spread(times: list[float]) -> str:
    """Return median and 99th percentile in words."""
    times.sort()
    p50, p99 = (times[int(len(times) * part)] * 1000 for part in (0.5, 0.99))
    return f"p50 {p50:5.1f} ms  p99 {p99:5.1f} ms"


if __name__ == "__main__":
    main()
