"""Alerts: told once, then daily, and when it is over; on both engines."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from alerting import FakeNotifier, kinds
from fakes import BANNED, REFUSED, UNREACHABLE, new_lead, throttled
from sqlalchemy import insert, update

from realpad_form.adapters.sql.schema import alert
from realpad_form.adapters.vault import Vault
from realpad_form.domain.alert import Alert, AlertCode, AlertDetail, Kind
from realpad_form.domain.errors import Problem
from realpad_form.domain.publishing import ScheduledPublication, ScheduleFailure
from realpad_form.domain.restored import Restored, Sign
from realpad_form.domain.webhook import EndpointKey
from realpad_form.services.alerts import Alerts, ConflictWatch
from realpad_form.services.credentials import Credentials
from realpad_form.services.relay import Relay, RelayPolicy


@pytest.fixture
def log(sql_log):
    return sql_log


@pytest.fixture
def relay(log, crm, pairs):
    log.open_lanes(pairs)
    return Relay(log, crm, pairs, RelayPolicy(timeout_s=15, concurrency=1, pace_s=0))


def test_nothing_wrong_is_nothing_told(alerts, notifier, relay, store):
    store()
    relay.run_once()

    assert alerts.run_once() == 0
    assert notifier.told == []


def test_a_stopped_lane_is_told_without_the_words_of_the_answer(alerts, notifier, relay, crm, store):
    store()
    crm.answer = BANNED
    relay.run_once()

    alerts.run_once()

    [[alert]] = notifier.told
    assert (alert.kind, alert.subject, alert.text) == (Kind.LANE, "riverside", "stopped after HTTP 401")
    assert "resume it in the inbox" in str(alert)


def test_a_restored_database_is_told_until_its_leads_are_settled(alerts, notifier, clock):
    noticed = [Restored(at=clock(), sign=Sign.BACKUP, in_doubt=3)]
    watching = replace(alerts, restored=lambda: noticed[-1])

    watching.run_once()
    noticed.append(None)
    watching.run_once()

    assert kinds(notifier) == [("RESTORED", "database", False), ("RESTORED", "database", True)]
    assert "3 leads may have been sent since" in str(notifier.told[0][0])


def test_a_rejected_lead_is_told(alerts, notifier, relay, crm, store):
    store()
    crm.answer = REFUSED
    relay.run_once()

    alerts.run_once()

    assert kinds(notifier) == [("REJECTED", "riverside", False)]
    assert "1, the oldest of 2026-03-29 00:30 UTC" in str(notifier.told[0][0])


@pytest.mark.parametrize(
    ("suspicions", "hours", "kind"), [((), 1, "BACKLOG"), (("honeypot",), 24, "QUARANTINE")]
)
def test_leads_left_waiting_are_told_in_time(
    alerts, notifier, relay, log, submission, clock, suspicions, hours, kind
):
    log.append(new_lead(submission(suspicions=suspicions), payload={}))
    clock.advance(hours=hours)
    assert alerts.run_once() == 0

    clock.advance(seconds=1)
    alerts.run_once()

    assert kinds(notifier) == [(kind, "riverside", False)]


def test_a_broken_project_file_is_told_by_place_and_not_by_content(alerts, notifier, problems):
    problems.append(Problem("projects/a.yaml", 7, "“Jan Novák” is no option"))
    problems.append(Problem("projects/b.yaml", 1, "low contrast", is_warning=True))

    alerts.run_once()

    assert kinds(notifier) == [("PROJECT", "projects/a.yaml", False)]
    assert "Novák" not in str(notifier.told[0][0])


def test_a_receiver_that_gave_up_is_told_by_project_and_name(alerts, notifier, clock):
    details = [AlertDetail.of(AlertCode.GIVEN_UP, count=4, since_at=clock()),
               AlertDetail.of(AlertCode.LAST_ANSWER, protocol="HTTP", status=410)]  # fmt: skip
    trouble = (EndpointKey("riverside", "crm-sync"), details)

    replace(alerts, webhooks=lambda: [trouble]).run_once()

    assert kinds(notifier) == [("WEBHOOK", "riverside/crm-sync", False)]
    assert notifier.told[0][0].text == "4 given up since 2026-03-29 00:30 UTC, last answer HTTP 410"


def test_an_alert_is_told_once_then_daily_then_over(alerts, notifier, problems, clock):
    problems.append(Problem("a.yaml", 7, "wrong"))
    for _ in range(50):
        alerts.run_once()
        clock.advance(hours=1)
    problems.clear()
    for _ in range(3):
        alerts.run_once()

    assert kinds(notifier) == [("PROJECT", "a.yaml", False)] * 3 + [("PROJECT", "a.yaml", True)]


def test_what_comes_back_is_told_anew(alerts, notifier, problems, clock):
    for _ in range(2):
        problems.append(Problem("a.yaml", 7, "wrong"))
        alerts.run_once()
        problems.clear()
        alerts.run_once()

    assert kinds(notifier) == [("PROJECT", "a.yaml", False), ("PROJECT", "a.yaml", True)] * 2


def test_what_ends_before_anybody_heard_of_it_is_never_told(alerts, notifier, problems):
    notifier.is_broken = True
    problems.append(Problem("a.yaml", 7, "wrong"))
    alerts.run_once()
    problems.clear()
    notifier.is_broken = False

    alerts.run_once()

    assert notifier.told == []


def test_an_alert_that_could_not_be_sent_is_tried_again(alerts, notifier, problems, caplog):
    problems.append(Problem("a.yaml", 7, "wrong"))
    notifier.is_broken = True
    assert alerts.run_once() == 0
    assert "alerts could not be sent: mail to mail.example" in caplog.text

    notifier.is_broken = False

    assert alerts.run_once() == 1


def test_the_end_of_an_alert_that_could_not_be_sent_is_tried_again(alerts, notifier, problems):
    problems.append(Problem("a.yaml", 7, "wrong"))
    alerts.run_once()
    problems.clear()
    notifier.is_broken = True
    alerts.run_once()
    notifier.is_broken = False

    alerts.run_once()

    assert kinds(notifier)[-1] == ("PROJECT", "a.yaml", True)


def test_of_two_machines_one_tells(alerts, log, alert_log, key, problems, notifier):
    other = Alerts(log, alert_log, {"riverside": key}, lambda: problems, [FakeNotifier()])
    problems.append(Problem("a.yaml", 7, "wrong"))

    alerts.run_once()
    other.run_once()

    assert len(notifier.told) == 1
    assert other.notifiers[0].told == []


def test_something_that_happened_is_over_after_a_day_without_it(alerts, alert_log, notifier, clock):
    alert_log.note(Alert(kind=Kind.MISSING, subject="some lead", text="customer 1 of project riverside"))
    alerts.run_once()
    clock.advance(hours=24)
    alerts.run_once()

    assert kinds(notifier) == [("MISSING", "some lead", False), ("MISSING", "some lead", True)]


def test_a_lane_paused_for_longer_than_a_day_is_told(alerts, notifier, relay, crm, store):
    store()
    crm.answer = throttled(timedelta(days=10).total_seconds())
    relay.run_once()

    alerts.run_once()

    [[alert]] = notifier.told
    assert alert.text.startswith("paused until 2026-04-0")


def test_a_long_pause_is_over_when_it_ends_and_not_when_a_day_is_left(
    alerts, notifier, relay, crm, store, clock
):
    store()
    crm.answer = throttled(timedelta(days=1, minutes=2).total_seconds())
    relay.run_once()
    over = []
    for minutes in (0, 3, 22 * 60, 2 * 60):
        clock.advance(minutes=minutes)
        alerts.run_once()
        over.append(("LANE", "riverside", True) in kinds(notifier))

    assert kinds(notifier)[0] == ("LANE", "riverside", False)
    assert over == [False, False, False, True]


def test_a_short_outage_is_not_told(alerts, notifier, relay, crm, store):
    store()
    crm.answer = UNREACHABLE
    relay.run_once()

    assert alerts.run_once() == 0


def test_a_long_outage_does_not_count_as_one_long_pause(alerts, notifier, relay, crm, store, clock):
    store()
    crm.answer = UNREACHABLE
    for _ in range(30):
        relay.run_once()
        alerts.run_once()
        clock.advance(hours=2)

    assert {kind for kind, *_ in kinds(notifier)} == {"BACKLOG"}


def test_a_lead_whose_relay_died_and_that_no_other_has_swept_is_told(
    alerts, notifier, log, key, submission, clock
):
    log.append(new_lead(submission(), payload={}))
    log.open_lanes([key])
    assert log.claim([key], lease_s=45, pace_s=0, width=1)
    clock.advance(hours=2)

    alerts.run_once()

    assert kinds(notifier) == [("BACKLOG", "riverside", False)]


def test_leads_whose_credentials_are_not_set_are_told_too(alerts, notifier, log, submission, clock):
    log.append(new_lead(submission(project="jantar"), credential="nobody", payload={}))
    clock.advance(hours=2)

    alerts.run_once()

    assert kinds(notifier) == [("BACKLOG", "jantar", False)]


def test_an_alert_that_only_a_newer_version_knows_is_left_to_it(alert_log, database, clock):
    row = {"kind": "of tomorrow", "subject": "riverside", "text": "", "since": clock(), "seen_at": clock()}
    with database.write() as connection:
        connection.execute(insert(alert), {**row, "is_over": False})

    assert alert_log.claim() == []


def test_a_process_with_a_wrong_data_key_is_told_though_one_beside_it_has_the_right_one(
    alerts, notifier, log, store, clock
):
    store()
    wrong = replace(log, vault=Vault(["w" * 32]))
    beside = {"right": replace(alerts, process="web-1, data key aaaaaaaa"),
              "wrong": replace(alerts, log=wrong, process="web-1, data key bbbbbbbb")}  # fmt: skip

    for name in ("right", "wrong", "right", "wrong", "right"):
        beside[name].run_once()
        clock.advance(minutes=1)

    assert kinds(notifier) == [("DATA_KEY", "web-1, data key bbbbbbbb", False)]
    assert "which is not set" in str(notifier.told[0][0])
    assert "REALPAD_FORM_DATA_KEY" in str(notifier.told[0][0])


def test_a_data_key_that_is_right_again_is_told_as_over(alerts, notifier, log, store):
    store()
    replace(alerts, log=replace(log, vault=Vault(["w" * 32]))).run_once()

    alerts.run_once()

    assert [is_over for _, _, is_over in kinds(notifier)] == [False, True]


def test_leads_that_no_login_of_today_may_send_are_told_at_once_and_when_it_is_over(
    alert_log, notifier, log, key, project, submission
):
    keys = {"riverside": key}
    credentials = Credentials(log, keys, lambda: {"riverside": project})
    alerts = Alerts(log, alert_log, keys, list, [notifier], stranded=credentials.stranded)
    log.append(new_lead(submission(), account="another", payload={"project": "39264441"}))

    alerts.run_once()
    credentials.adopt(credentials.adoption("riverside"))
    alerts.run_once()

    assert kinds(notifier) == [("STRANDED", "riverside", False), ("STRANDED", "riverside", True)]
    assert "1 of riverside, the oldest of 2026-03-29 00:30 UTC" in str(notifier.told[0][0])


@pytest.mark.parametrize("ahead", [{"hours": 1}, {"days": 2}], ids=str)
def test_an_alert_told_while_the_clock_was_ahead_is_told_again_in_a_day(
    alerts, notifier, problems, clock, ahead
):
    problems.append(Problem("a.yaml", 7, "wrong"))
    clock.advance(**ahead)
    alerts.run_once()
    clock.advance(**{unit: -number for unit, number in ahead.items()})

    for _ in range(25):
        alerts.run_once()
        clock.advance(hours=1)
    problems.clear()
    alerts.run_once()

    told = kinds(notifier)
    assert told[0] == told[1] == ("PROJECT", "a.yaml", False)
    assert told[-1] == ("PROJECT", "a.yaml", True)
    assert len(told) in (3, 4)


def test_a_passing_alert_noted_while_the_clock_was_ahead_is_over_in_a_day(alert_log, alerts, notifier, clock):
    clock.advance(days=2)
    alert_log.note(Alert(kind=Kind.ORIGIN, subject="riverside", text="a foreign page"))
    clock.advance(days=-2)
    alerts.run_once()

    clock.advance(hours=25)
    alerts.run_once()

    assert kinds(notifier)[-1] == ("ORIGIN", "riverside", True)


@pytest.mark.parametrize(("suspicions", "kind"), [((), "BACKLOG"), (("honeypot",), "QUARANTINE")])
def test_leads_stored_while_the_clock_was_ahead_are_told_and_not_silent_until_then(
    alerts, notifier, log, submission, clock, suspicions, kind
):
    clock.advance(days=2)
    log.append(new_lead(submission(suspicions=suspicions), payload={}))
    clock.advance(days=-2)

    alerts.run_once()

    assert kinds(notifier) == [(kind, "riverside", False)]


def test_what_an_alert_says_is_kept_as_codes_also_when_it_could_not_be_told(alert_log, clock):
    first = Alert.of(Kind.LANE, "riverside", AlertDetail.of(AlertCode.STOPPED, status=401))
    paused = AlertDetail.of(AlertCode.PAUSED, status=429, until_at=clock())
    alert_log.note(first)
    [claimed] = alert_log.claim()
    alert_log.note(Alert.of(Kind.LANE, "riverside", paused))
    alert_log.give_back([claimed])

    [again] = alert_log.claim()

    assert claimed.details == first.details
    assert again.details == (paused,)


def test_words_that_an_older_version_noted_over_ours_are_told_as_they_are(alert_log, database):
    alert_log.note(Alert.of(Kind.LANE, "riverside", AlertDetail.of(AlertCode.STOPPED, status=401)))
    with database.write() as connection:
        connection.execute(update(alert).values(text="stopped after HTTP 403"))

    [claimed] = alert_log.claim()

    assert (claimed.text, claimed.details) == ("stopped after HTTP 403", ())


def test_a_folder_conflict_is_told_until_somebody_has_decided(alerts, notifier):
    conflicts = {"riverside": 4}
    watching = replace(alerts, conflicts=ConflictWatch(lambda: conflicts, "web-1"))

    watching.run_once()
    conflicts.clear()
    watching.run_once()

    assert kinds(notifier) == [("CONFLICT", "riverside, web-1", is_over) for is_over in (False, True)]
    assert notifier.told[0][0].text == "version 4 is served until somebody decides"


def test_another_machine_without_the_conflict_ends_nobodys_alert(alerts, notifier, clock):
    here = replace(alerts, conflicts=ConflictWatch(lambda: {"riverside": 4}, "web-1"))
    other = replace(alerts, conflicts=ConflictWatch(dict, "web-2"))

    for _ in range(3):
        here.run_once()
        other.run_once()
        clock.advance(minutes=1)

    assert kinds(notifier) == [("CONFLICT", "riverside, web-1", False)]


@pytest.mark.parametrize("failure", ScheduleFailure)
def test_a_scheduled_version_that_was_not_published_is_told_with_the_reason(alerts, notifier, clock, failure):
    failed = [
        ScheduledPublication(
            slug="riverside", at=clock(), text="", began_with="", note="canary", by=uuid4(),
            scheduled_at=clock(), failed_at=clock(), failure=failure,
        )
    ]  # fmt: skip
    watching = replace(alerts, schedules=lambda: failed)

    watching.run_once()
    failed.clear()
    watching.run_once()

    assert kinds(notifier) == [("SCHEDULE", "riverside", is_over) for is_over in (False, True)]
    told = notifier.told[0][0]
    assert told.text.startswith("planned for 2026-03-29 00:30 UTC, ")
    assert [each.code for each in told.details] == [
        AlertCode.PLANNED,
        AlertCode[f"NOT_PUBLISHED_{failure.name}"],
    ]
