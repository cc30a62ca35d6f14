"""What of a row is hashed, and what the heads recorded outside the database say."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from realpad_form.domain.evidence import GENESIS, Chained, ChainedRow, RecordedHeads, as_hashed, make_link

AT = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
LEAD = UUID("0190b6a1-0000-7000-8000-0000000000ff")
CONSENT = ChainedRow(0, Chained.CONSENT, [LEAD, 0, 39268430, True, "cs", "a" * 64, "abc", AT])
ENTRY = ChainedRow(0, Chained.ENTRY, [7, AT, "erased", None, "Žofie", "", "riverside"])


def test_link_is_hashed_as_documented():
    link = make_link([CONSENT, ENTRY], after=None, at=AT)

    lines = [
        f'["realpad-form evidence",1,1,"{GENESIS}","2026-03-29T00:30:00.000000+00:00",1,1]',
        '["consent","0190b6a1000070008000000000000' + '0ff",0,39268430,1,"cs","' + "a" * 64
        + '","abc","2026-03-29T00:30:00.000000+00:00"]',
        '["audit",7,"2026-03-29T00:30:00.000000+00:00","erased",null,"\\u017dofie","","riverside"]',
    ]  # fmt: skip
    assert link.digest == hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def test_next_link_follows_the_one_before():
    first = make_link([CONSENT], after=None, at=AT)

    second = make_link([ENTRY], after=first, at=AT)

    assert (second.number, second.previous) == (2, first.digest)
    other = make_link([CONSENT], after=None, at=AT + timedelta(seconds=1))
    assert make_link([ENTRY], after=other, at=AT).digest != second.digest


def test_a_time_is_hashed_in_utc_whatever_its_zone():
    prague = timezone(timedelta(hours=2))

    assert as_hashed(AT.astimezone(prague)) == as_hashed(AT) == "2026-03-29T00:30:00.000000+00:00"


def test_booleans_and_ids_are_hashed_alike_by_each_database():
    assert [as_hashed(each) for each in (True, 1, LEAD, LEAD.hex, None)] == [1, 1, LEAD.hex, LEAD.hex, None]


def test_texts_that_could_be_read_in_two_ways_are_told_apart():
    def digest(subject, detail):
        values = [7, AT, "erased", None, subject, detail, None]
        return make_link([ChainedRow(0, Chained.ENTRY, values)], after=None, at=AT).digest

    assert len({digest('a","b', ""), digest("a", "b"), digest("ab", ""), digest("a\n", "b")}) == 4


def head(link, at=1.0, restored_at=""):
    return {"link": link, "digest": f"digest {link}", "restored_at": restored_at, "at": at}


def test_heads_are_those_that_were_recorded():
    known = RecordedHeads.of([head(3), head(9, at=2.0), {"something": "else"}])

    assert (known.heads, known.at) == ([(3, "digest 3"), (9, "digest 9")], 2.0)


def test_heads_after_the_restored_copy_do_not_count():
    restore = {"continues_after": 5, "restored_at": "2026-03-29", "at": 3.0}

    known = RecordedHeads.of([head(3), head(9), restore, restore, head(7, restored_at="2026-03-29")])

    assert known.heads == [(3, "digest 3"), (7, "digest 7")]
    assert [(each.link, each.replaced) for each in known.restores] == [(5, 1)]  # noted by two processes
    assert known.restored_at == "2026-03-29"
