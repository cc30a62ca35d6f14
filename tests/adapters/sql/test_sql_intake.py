from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from fakes import new_lead
from opened import closing_database, make_sql_log
from sqlalchemy import func, select

from realpad_form.adapters.sql.schema import consent, revision, spent, wording
from realpad_form.domain.lead import Consent
from realpad_form.ports import LeadFilter

ALL = LeadFilter()


def test_stored_lead_is_all_that_was_sent(log, append, submission, clock):
    sent = submission()

    record = log.get(
        append(**{name: getattr(sent, name) for name in ("answers", "consents", "context")}).lead_id
    )

    assert (record.lead.status, record.lead.created_at, record.lead.due_at) == ("queued", clock(), clock())
    assert (record.context, record.consents) == (sent.context, sent.consents)
    assert (record.current.answers, record.current.author) == (sent.answers, "visitor")
    assert record.current.payload == {"name": "Jana", "surname": "Nováková", "project": "39264441"}
    assert record.attempts == ()


def test_suspicions_quarantine_the_lead(log, append):
    lead = log.get(append(suspicions=("honeypot", "too_fast")).lead_id).lead

    assert (lead.status, list(map(str, lead.reasons))) == ("quarantined", ["honeypot", "too_fast"])


@pytest.mark.parametrize("same", ["key", "token"])
def test_repeated_submission_gets_the_first_receipt(log, append, submission, same):
    sent = submission()
    first = append(key=sent.key, token=sent.token)

    again = append(**{same: getattr(sent, same)})

    assert (again.lead_id, again.language, again.is_repeat) == (first.lead_id, "cs", True)
    assert log.count(ALL) == 1


def test_same_key_in_another_project_is_another_lead(log, append):
    key = uuid4()
    append(key=key)

    assert not append(key=key, project="jantar").is_repeat
    assert log.count(ALL) == 2


def test_submissions_without_key_and_token_are_never_repeats(log, append):
    for _ in range(2):
        assert not append(key=None, token=None).is_repeat

    assert log.find_repeat(None, project="riverside", token=None) is None
    assert log.count(ALL) == 2


def test_reused_captcha_quarantines_another_lead(log, append):
    append(captcha="c1")

    lead = log.get(append(captcha="c1").lead_id).lead

    assert (lead.status, list(map(str, lead.reasons))) == ("quarantined", ["captcha_reused"])


def test_repeat_with_its_own_captcha_stays_a_repeat(log, append):
    key = uuid4()
    first = append(key=key, captcha="c1")

    assert append(key=key, captcha="c1").lead_id == first.lead_id
    assert log.get(first.lead_id).lead.status == "queued"


@pytest.mark.parametrize("by", ["key", "token"])
def test_repeat_is_found_without_storing_anything(log, append, submission, by):
    sent = submission()
    receipt = append(key=sent.key, token=sent.token)
    known = {"key": None, "token": None, by: getattr(sent, by)}

    found = log.find_repeat(known["key"], project="riverside", token=known["token"])

    assert (found.lead_id, found.is_repeat) == (receipt.lead_id, True)
    assert log.find_repeat(known["key"], project="jantar", token=None) is None


def test_fifty_clicks_at_once_make_one_lead(log, append, submission):
    sent = submission(captcha="c1")

    def click(_):
        return append(key=sent.key, token=sent.token, captcha=sent.captcha)

    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(click, range(50)))

    assert len({receipt.lead_id for receipt in receipts}) == 1
    assert sum(not receipt.is_repeat for receipt in receipts) == 1
    assert log.count(ALL) == 1


def test_repeat_leaves_nothing_behind(sql_log, submission):
    sent = submission()
    for _ in range(2):
        sql_log.append(new_lead(sent, payload={}))

    with sql_log.database.read() as connection:
        counts = [connection.scalar(select(func.count()).select_from(t)) for t in (revision, consent, spent)]
    assert counts == [1, 1, 1]


def test_evidence_of_consent_holds_words_choice_time_and_form(sql_log, submission, clock):
    asked = (
        Consent(id=1, given=True, wording="Ano", language="cs"),
        Consent(id=2, given=False, wording="Ne", language="cs"),
    )

    for _ in range(2):
        receipt = sql_log.append(new_lead(submission(consents=asked), payload={}))

    with sql_log.database.read() as connection:
        rows = connection.execute(select(consent).where(consent.c.lead_id == receipt.lead_id)).all()
        words = dict(connection.execute(select(wording.c.hash, wording.c.words)).all())
    assert [(row.consent_id, row.given, words[row.wording_hash]) for row in rows] == [
        (1, True, "Ano"),
        (2, False, "Ne"),
    ]
    assert {(row.form_version, row.decided_at, row.language) for row in rows} == {("abc", clock(), "cs")}
    assert len(words) == 2


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "😀 🏠", "\u202e", "x" * 20_000])
def test_no_text_is_too_odd_to_be_stored(log, append, text):
    lead_id = append(answers={"note": text}).lead_id

    assert log.get(lead_id).current.answers == {"note": text}


def test_personal_data_is_not_readable_in_the_file(sqlite_url, tmp_path, submission, clock):
    with closing_database(sqlite_url) as database:
        log = make_sql_log(database, clock)
        log.append(new_lead(submission(answers={"name": "Canary"}), payload={"name": "Canary"}))

    written = b"".join(path.read_bytes() for path in tmp_path.glob("leads.db*"))
    assert b"riverside" in written
    assert b"Canary" not in written
    assert b"192.0.2.7" not in written
