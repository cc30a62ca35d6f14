"""Identical posts of a browser without script are one lead, however far apart their clocks' windows begin."""

from datetime import UTC, datetime, timedelta

import pytest

from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.forms import Posted
from realpad_form.ports import LeadFilter
from realpad_form.services.intake import Intake
from realpad_form.web.submit import SAME_WITHIN, identity_of_plain_post

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
ANSWERS = {"name": ["Jan"], "surname": ["Novák"], "phone": ["777 123 456"], "rooms": ["1+kk", "2+kk"]}
SECOND = timedelta(seconds=1)
STARTS = [NOON + timedelta(minutes=minutes) for minutes in range(0, 121, 7)]
"""Two hours, so that every edge of both divisions of time is met."""


def identity(answers=ANSWERS, *, at=NOON, slug="riverside", secret="s" * 32):
    return identity_of_plain_post(Posted(answers), slug=slug, secret=secret, at=at)


def shares(one, other):
    return one.key == other.key or one.token == other.token


@pytest.mark.parametrize("apart", [0 * SECOND, SECOND, SAME_WITHIN / 2, SAME_WITHIN - SECOND])
def test_identical_posts_share_key_or_token_whenever_they_begin(apart):
    assert all(shares(identity(at=start), identity(at=start + apart)) for start in STARTS)


def test_identical_posts_share_nothing_once_they_are_twice_as_far_apart():
    later = 2 * SAME_WITHIN + SECOND

    assert not any(shares(identity(at=start), identity(at=start + later)) for start in STARTS)


@pytest.mark.parametrize(
    "changed",
    [
        {"phone": ["777 123 457"]},
        {"rooms": ["1+kk"]},
        {"rooms": ["1+kk,2+kk"]},
        {"note": ["Jan"]},
        {"consent_39268430": ["true"]},
        {"name": ["Novák"], "surname": ["Jan"]},
    ],
)
def test_a_changed_answer_is_another_lead(changed):
    assert not shares(identity(), identity({**ANSWERS, **changed}))


def test_another_project_and_another_service_make_another_lead():
    assert not shares(identity(), identity(slug="jantar"))
    assert not shares(identity(), identity(secret="t" * 32))


def test_neither_the_order_nor_what_was_left_empty_matters():
    reordered = {**dict(reversed(ANSWERS.items())), "note": [""], "token": [""]}

    assert identity() == identity(reordered)


def test_an_odd_text_has_an_identity_too():
    assert identity({"name": ["\ud800\0"]}) == identity({"name": ["\ud800\0"]})


@pytest.mark.parametrize("start", STARTS[::3])
def test_every_log_takes_one_of_them_across_the_edge_of_a_window(log, project, submission, start):
    sent = [identity(at=start + n * SAME_WITHIN / 3) for n in range(3)]

    receipts = [Intake(log).accept(project, submission(key=each.key, token=each.token)) for each in sent]

    assert [receipt.is_repeat for receipt in receipts] == [False, True, True]
    assert log.count(LeadFilter()) == 1


def test_send_back_and_send_again_is_one_lead_with_the_same_thanks(visitor, stored):
    first = visitor.post_form(token="", submission="")
    again = visitor.post_form(token="", submission="")

    assert [first.status_code, again.status_code] == [303, 303]
    assert first.location == again.location
    assert len(stored()) == 1


def test_a_changed_answer_after_back_is_a_second_lead(visitor, stored):
    visitor.post_form(token="", submission="")
    visitor.post_form(token="", submission="", phone="777 123 457")

    assert [record.current.answers["phone"] for record in stored()] == ["+420777123456", "+420777123457"]


def test_repeats_without_script_use_no_limit_up_and_are_thanked_beyond_it(visitor, stored):
    answers = [visitor.post_form(token="") for _ in range(12)]

    assert {answer.status_code for answer in answers} == {303}
    for n in range(7):
        visitor.send(note=str(n))
    assert visitor.send(note="over the limit").status_code == 429
    assert visitor.post_form(token="").status_code == 303


def test_a_key_that_a_program_made_itself_is_kept(visitor, stored):
    keys = ["2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d", "3c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d"]

    for key in (*keys, keys[0]):
        visitor.post_form(token="", submission=key)

    assert len(stored()) == 2


def test_a_new_secret_key_before_the_second_post_makes_no_second_lead(make_services, visit, stored):
    old, new = "o" * 32, "n" * 32
    first = visit(make_services(SECRET_KEY=old)).post_form()

    again = visit(make_services(SECRET_KEY=f"{new},{old}")).post_form()

    assert (first.status_code, again.status_code) == (303, 303)
    assert len(stored()) == 1


def test_a_new_secret_key_while_the_log_is_away_refuses_nobody(make_services, visit, stored, monkeypatch):
    services = make_services(SECRET_KEY=f"{'n' * 32},{'o' * 32}")

    def refuse(*args, **kwargs):
        raise StorageUnavailableError("the disk is full")

    with monkeypatch.context() as patch:
        for name in ("append", "find_repeat"):
            patch.setattr(f"realpad_form.adapters.sql.lead_log.SqlLeadLog.{name}", refuse)
        answer = visit(services).post_form()

    assert answer.status_code == 303
    assert services.intake.take_in() == 1
