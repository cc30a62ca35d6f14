"""How long the inbox takes for a page of 50 among 1,000,000 leads, and what finding them takes on disk.

Every lead has some 22 terms; a name, a campaign and a word of a note are shared by tens of thousands. Goal: a
page under 50 ms, whatever is asked for.
"""

import argparse
import random
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from databases import migrated
from filled import Mix, fill
from sqlalchemy import Connection, text

from realpad_form.adapters.sql import Database, SqlLeadIndex
from realpad_form.adapters.sql.schema import facet, lead
from realpad_form.adapters.vault import Vault
from realpad_form.domain.delivery import Status
from realpad_form.domain.search import Cursor, Facet, FacetMatches, InboxQuery, WholeValue, fold

MIX: Final = Mix(
    project="CASE WHEN n % 3000 = 1 THEN 'rare' ELSE 'project' || (n % 20) END",
    status="CASE WHEN n % 9000 = 1 OR n % 997 = 0 THEN 'rejected' WHEN n % 101 = 0 THEN 'quarantined'"
    " WHEN n % 2003 = 0 THEN 'unknown' WHEN n % 50 = 0 THEN 'discarded' ELSE 'delivered' END",
)
PATIENCE_S: Final = 3600
"""For the database while it is filled."""

VAULT: Final = Vault()

FIRST: Final = "jana petr eva jan marie jiri anna pavel lucie tomas hana martin lenka josef katerina"
LAST: Final = (
    "novak novakova svoboda dvorak cerna prochazka kucera vesela horak nemec pokorny marek pospisil hajek"
    " kralova jelinek ruzicka benes fiala sedlacek"
)
NOTE: Final = "byt prohlidka parkovani sklep balkon terasa cena hypoteka termin telefon vikend rodina"


def _beginnings(names: str) -> list[list[str]]:
    return [[name[:length] for length in range(3, max(len(name), 3) + 1)] for name in names.split()]


def _runs(words: list[str]) -> list[list[str]]:
    return [(words + words)[n : n + 5] for n in range(len(words))]


CAMPAIGNS: Final = 12
UNITS: Final = 400
NAMES: Final = 100_000
"""Names of campaigns that somebody made up, as many as are kept of 20 projects; no lead here has them."""

SEEN: Final = {"leads": 1, "seen_on": "2026-01-01"}

KINDS: Final = {
    "first": (1, _beginnings(FIRST)),
    "last": (15, _beginnings(LAST)),
    "note": (7, _runs(NOTE.split())),
    "campaign": (11, [[Facet.CAMPAIGN.word(f"campaign {n}")] for n in range(CAMPAIGNS)]),
    "unit": (13, [[Facet.UNIT.word(f"A.{n}"), f"a.{n}"] for n in range(UNITS)]),
}
"""What leads are found by, and after how many leads comes the next."""

_SQLITE: Final = {
    "micros": "CAST(strftime('%s', created_at) AS integer) * 1000000"
    " + CAST(substr(created_at, 21, 6) AS integer)",
    "random": "random()",
    "id": "char(32)",
}
_POSTGRESQL: Final = {
    "micros": "CAST(extract(epoch FROM created_at) * 1000000 AS bigint)",
    "random": "CAST((random() - 0.5) * 9e18 AS bigint)",
    "id": "uuid",
}
_STEPS: Final = (
    "CREATE TABLE word (kind text, n integer, term bigint)",
    "CREATE TABLE numbered AS SELECT row_number() OVER (ORDER BY created_at DESC) AS n, {micros} AS at, id"
    " FROM lead",
    "CREATE TABLE staged (term bigint, at bigint, id {id})",
)
_SHARED: Final = (
    "INSERT INTO staged SELECT term, at, id FROM numbered"
    " JOIN word ON kind = :kind AND word.n = numbered.n / :each % :words"
)
_ALONE: Final = "INSERT INTO staged SELECT {random}, at, id FROM numbered"
_ONE: Final = (
    "INSERT INTO term SELECT :term, at, id FROM numbered WHERE n = 3 * (SELECT max(n) FROM numbered) / 4"
)
_SORTED: Final = "INSERT INTO term SELECT DISTINCT term, at, id FROM staged ORDER BY 1, 2, 3"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"])
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # of the package that brings PostgreSQL, about missing desktop folders
    for engine in options.engines:
        with tempfile.TemporaryDirectory() as name, migrated(engine, Path(name)) as url:
            database = Database(url, wait_s=PATIENCE_S)
            fill(database, leads=options.leads, is_delivered=True, mix=MIX)
            grown = _add_terms(database) / options.leads
            _add_names(database)
            print(f"{engine}, {options.leads:,} leads, terms of {grown:,.0f} bytes per lead", flush=True)
            _measure(database, options.pages)
            database.dispose()


def _measure(database: Database, count: int) -> None:
    index = SqlLeadIndex(database, VAULT)
    for title, query in _queries().items():
        print(f"  {title:<44}{_spread(count, lambda query=query: index.page(query))}", flush=True)
    for title, (campaign, unit, query) in _PARTS.items():
        print(f"  {title:<44}{_spread(count, _by_parts(index, campaign, unit, query))}", flush=True)
    cursors = _places(database)
    everything = InboxQuery()
    deep = _spread(count, lambda: index.page(everything, after=next(cursors)))
    print(f"  {'all, somewhere deep':<44}{deep}")
    found = _queries()["beginning of a name"]
    deep = _spread(count, lambda: index.page(found, after=next(cursors)))
    print(f"  {'beginning of a name, somewhere deep':<44}{deep}")
    for title in (
        "all",
        "rejected",
        "beginning of a name",
        "campaign, rejected",
        "two names that never go together",
    ):
        query = _queries()[title]
        counted = _spread(count, lambda query=query: index.count(query))
        print(f"  {'how many: ' + title:<44}{counted}", flush=True)
        turned = replace(query, is_oldest_first=True)
        before = _spread(count, lambda query=turned: index.page(query, after=next(cursors), limit=1))
        print(f"  {'the lead before: ' + title:<44}{before}", flush=True)
    print(f"  {'counts of what waits':<44}{_spread(count, lambda: index.counts(None))}", flush=True)


def _queries() -> dict[str, InboxQuery]:
    campaign, unit = FacetMatches(Facet.CAMPAIGN, "campaign 3"), FacetMatches(Facet.UNIT, "A.77")
    return {
        "all": InboxQuery(),
        "delivered": InboxQuery(statuses=[Status.DELIVERED]),
        "rejected": InboxQuery(statuses=[Status.REJECTED]),
        "what waits for a person, in 19 of 21 projects": InboxQuery(
            statuses=[Status.REJECTED, Status.QUARANTINED, Status.UNKNOWN],
            projects=frozenset(f"project{number}" for number in range(19)),
        ),
        "one project": InboxQuery(projects=frozenset({"project7"})),
        "a rare project": InboxQuery(projects=frozenset({"rare"})),
        "rejected of a rare project": InboxQuery(statuses=[Status.REJECTED], projects=frozenset({"rare"})),
        "beginning of a name": InboxQuery(text="nov"),
        "name and surname": InboxQuery(text="jana novakova"),
        "name and a word of the note": InboxQuery(text="ruzicka hypoteka"),
        "two names that never go together": InboxQuery(text="svoboda fiala"),
        "e-mail address": InboxQuery(text="zofie@example.com"),
        "phone": InboxQuery(text="777 123 456"),
        "the same phone or e-mail": InboxQuery(
            whole=WholeValue(email="zofie@example.com", phones=frozenset({"+420777123456"}))
        ),
        "campaign": InboxQuery(campaigns=campaign),
        "campaign, rejected": InboxQuery(campaigns=campaign, statuses=[Status.REJECTED]),
        "unit": InboxQuery(units=unit),
        "campaign, unit and surname": InboxQuery(campaigns=campaign, units=unit, text="novak"),
        "no such word": InboxQuery(text="xyzzy"),
    }


_PARTS: Final = {
    "part of 12 campaigns": ("campaign", "", InboxQuery()),
    "part of 12 campaigns, rejected": ("campaign", "", InboxQuery(statuses=[Status.REJECTED])),
    "part of 12 campaigns, of a rare project": ("campaign", "", InboxQuery(projects=frozenset({"rare"}))),
    "part of 12 campaigns and a surname": ("campaign", "", InboxQuery(text="svoboda")),
    "part of 12 campaigns, names of nobody": ("campaign", "", InboxQuery(text="svoboda fiala")),
    "part of more than 20 units": ("", "A.1", InboxQuery()),
    "part of more than 20 units, rejected": ("", "A.1", InboxQuery(statuses=[Status.REJECTED])),
    "parts of 12 campaigns and 20 units": ("campaign", "A.1", InboxQuery()),
    "the same, names of nobody": ("campaign", "A.1", InboxQuery(text="svoboda fiala")),
    "part of no name": ("xyzzy", "", InboxQuery()),
    "part of 100,000 names": ("made", "", InboxQuery()),
}
"""Parts of campaigns and units that are typed, and what is asked for besides."""


def _by_parts(index: SqlLeadIndex, campaign: str, unit: str, query: InboxQuery) -> Callable[[], object]:
    """Return what finds a page as the inbox does: first the names, then their leads."""

    def ask() -> object:
        asked = ((Facet.CAMPAIGN, campaign), (Facet.UNIT, unit))
        campaigns, units = (
            index.find_names(facet, text, projects=query.projects) if text else None for facet, text in asked
        )
        return index.page(replace(query, campaigns=campaigns, units=units))

    return ask


def _add_names(database: Database) -> None:
    """Let the campaigns and units of 21 projects be known, and names that no lead has."""
    projects = [*(f"project{n}" for n in range(20)), "rare"]
    made_up = [("campaign", f"made up {n}") for n in range(NAMES // 20)]
    named = [("campaign", f"campaign {n}") for n in range(CAMPAIGNS)]
    named += [("unit", f"A.{n}") for n in range(UNITS)]
    rows = [
        {"project": project, "kind": kind, "name": fold(name), "written": name, **SEEN}
        for project in projects
        for kind, name in [*named, *(made_up if project != "rare" else [])]
    ]
    with database.write() as connection:
        connection.execute(facet.insert(), rows)
        connection.execute(text("ANALYZE"))


def _add_terms(database: Database) -> int:
    """Let leads be found by words that they share and by words of their own; return the bytes that takes."""
    words = _SQLITE if database.is_sqlite else _POSTGRESQL
    with database.write() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '512MB'")
        for step in _STEPS:
            connection.execute(text(step.format(**words)))
        connection.execute(text("INSERT INTO word VALUES (:kind, :n, :term)"), list(_vocabulary()))
        for kind, (each, found_by) in KINDS.items():
            connection.execute(text(_SHARED), {"kind": kind, "each": each, "words": len(found_by)})
        for _ in range(6):  # an e-mail address and its name, a phone and its ends, an id
            connection.execute(text(_ALONE.format(**words)))
        before = _bytes(database, connection)
        connection.execute(text(_SORTED))
        grown = _bytes(database, connection) - before
        for word in ("zofie@example.com", "phone 777123456"):
            connection.execute(text(_ONE), {"term": VAULT.blind(word)[0]})
        for table in ("staged", "numbered", "word"):
            connection.execute(text(f"DROP TABLE {table}"))
    with database.write() as connection:
        connection.execute(text("ANALYZE"))
    return grown


def _vocabulary() -> Iterator[dict[str, object]]:
    for kind, (_, found_by) in KINDS.items():
        for n, words in enumerate(found_by):
            yield from ({"kind": kind, "n": n, "term": VAULT.blind(word)[0]} for word in words)


def _places(database: Database) -> Iterator[Cursor]:
    """Yield random places in the list."""
    with database.read() as connection:
        rows = connection.execute(lead.select().order_by(lead.c.id).limit(500)).all()
    while True:
        row = random.choice(rows)  # ids are random, so these are from everywhere
        yield Cursor(row.created_at, row.id)


def _bytes(database: Database, connection: Connection) -> int:
    """Return how large a database is."""
    size = (
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        if database.is_sqlite
        else "SELECT pg_database_size(current_database())"
    )
    return int(connection.execute(text(size)).scalar_one())


def _spread(count: int, ask: Callable[[], object]) -> str:
    """Return median and 99th percentile in words."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return f"p50 {times[count // 2]:5.1f} ms  p99 {times[int(count * 0.99)]:5.1f} ms"


if __name__ == "__main__":
    main()
