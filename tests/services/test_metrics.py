"""Counters for whoever watches the service: counted in memory, added up in the database, by every process."""

import threading
from collections import Counter

import pytest
from alerting import FakeNotifier
from fakes import ACCEPTED, LOST, REFUSED

from realpad_form.adapters.spool import FileSpool
from realpad_form.adapters.sql import SqlMetricStore
from realpad_form.adapters.vault import Vault
from realpad_form.domain.alert import Alert, Kind
from realpad_form.domain.delivery import Outcome
from realpad_form.domain.errors import Problem, StorageUnavailableError
from realpad_form.domain.metrics import BOUNDS_S, Metric, Refusal, Series, buckets, observed
from realpad_form.services.alerts import Alerts
from realpad_form.services.intake import Intake
from realpad_form.services.metrics import Metrics
from realpad_form.services.relay import Relay, RelayPolicy


class Flaky:
    """A store that may be away."""

    def __init__(self):
        self.is_away, self.kept = False, Counter()

    def add(self, totals):
        if self.is_away:
            raise StorageUnavailableError("away")
        self.kept.update(totals)

    def read(self):
        if self.is_away:
            raise StorageUnavailableError("away")
        return self.kept


def accepted(totals, project="riverside"):
    return totals.get(Series(Metric.ACCEPTED, (project,)), 0)


def test_processes_add_to_the_same_totals(database):
    processes = [Metrics(SqlMetricStore(database)) for _ in range(3)]
    for each in processes:
        each.accepted("riverside", is_quarantined=False)
        each.accepted("jantar", is_quarantined=True)
        each.refused("riverside", Refusal.TOKEN)
        each.called("riverside", Outcome.ACCEPTED, 0.3)
        each.add_up()

    for each in processes:
        totals = each.totals()
        assert accepted(totals) == accepted(totals, "jantar") == 3
        assert totals[Series(Metric.QUARANTINED, ("jantar",))] == 3
        assert totals[Series(Metric.REFUSED, ("riverside", "token"))] == 3
        assert totals[Series(Metric.CALLS, ("riverside", "accepted"))] == 3
        assert totals[Series(Metric.CALL_S, part="sum")] == pytest.approx(0.9)
        assert totals[Series(Metric.CALL_S, part="0.5")] == 3


def test_processes_that_add_up_at_once_lose_nothing(database):
    processes = [Metrics(SqlMetricStore(database)) for _ in range(4)]

    def work(metrics):
        for _ in range(20):
            metrics.accepted("riverside", is_quarantined=False)
            metrics.handled(0.02)
            metrics.add_up()

    threads = [threading.Thread(target=work, args=[each]) for each in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    totals = processes[0].totals()
    assert accepted(totals) == 80
    assert dict(buckets(Metric.SUBMISSION_S, totals))["+Inf"] == 80


def test_totals_outlive_the_process(database):
    first = Metrics(SqlMetricStore(database))
    first.accepted("riverside", is_quarantined=False)
    first.add_up()

    assert accepted(Metrics(SqlMetricStore(database)).totals()) == 1


def test_what_a_newer_version_counts_does_not_matter(database):
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO metric VALUES ('of_tomorrow', '[]', '', 1)")

    assert Metrics(SqlMetricStore(database)).totals() == {}


def test_while_the_database_is_away_counts_stay_and_are_said_once(caplog):
    store = Flaky()
    metrics, store.is_away = Metrics(store), True
    for _ in range(3):
        metrics.refused("riverside", Refusal.STORAGE)
        metrics.add_up()
    with pytest.raises(StorageUnavailableError):
        metrics.totals()
    assert caplog.text.count("metrics stay in memory") == 1

    store.is_away = False

    assert metrics.totals() == {Series(Metric.REFUSED, ("riverside", "storage")): 3}
    assert metrics.totals() == {Series(Metric.REFUSED, ("riverside", "storage")): 3}


def test_a_running_process_adds_up_by_itself_and_at_its_end(monkeypatch):
    monkeypatch.setattr("realpad_form.services.metrics.ADD_EVERY_S", 0.01)
    store, stop = Flaky(), threading.Event()
    metrics = Metrics(store)
    thread = threading.Thread(target=metrics.run, args=[stop])
    thread.start()

    metrics.accepted("riverside", is_quarantined=False)
    for _ in range(500):
        if accepted(store.kept):
            break
        stop.wait(0.01)
    stop.set()
    thread.join()

    assert accepted(store.kept) == 1


@pytest.mark.parametrize(
    ("seconds", "part"), [(0.0, "0.005"), (0.005, "0.005"), (0.0051, "0.01"), (10, "10"), (10.1, "+Inf")]
)
def test_a_duration_goes_into_the_first_bucket_that_holds_it(seconds, part):
    assert dict(observed(Metric.SUBMISSION_S, seconds)) == {
        Series(Metric.SUBMISSION_S, part=part): 1,
        Series(Metric.SUBMISSION_S, part="sum"): seconds,
    }


def test_buckets_of_a_histogram_add_up():
    totals = Counter()
    for seconds in (0.05, 0.2, 0.3, 500):
        totals.update(dict(observed(Metric.CALL_S, seconds)))

    counts = [count for _, count in buckets(Metric.CALL_S, totals)]

    assert counts == sorted(counts)
    assert (counts[0], counts[1], counts[2], counts[-2], counts[-1]) == (1, 2, 3, 3, 4)
    assert len(counts) == len(BOUNDS_S[Metric.CALL_S]) + 1


def test_alerts_are_counted_by_kind_and_their_end_is_none():
    metrics = Metrics(Flaky())
    told = [
        Alert(kind=Kind.LANE, subject="riverside", text=""),
        Alert(kind=Kind.LANE, subject="jantar", text=""),
        Alert(kind=Kind.BACKLOG, subject="jantar", text="", is_over=True),
    ]

    metrics.told(told)

    assert metrics.totals() == {Series(Metric.ALERTS, ("lane",)): 2}


class Away:
    """A lead log that cannot be used."""

    def append(self, submission, **more):
        raise StorageUnavailableError("away")

    def find_words(self, words_hash):
        raise StorageUnavailableError("away")


@pytest.fixture
def metrics():
    return Metrics(Flaky())


def test_leads_are_counted_once_whatever_is_repeated(log, project, submission, metrics):
    intake = Intake(log, metrics=metrics)
    first, suspicious = submission(), submission(suspicions=("honeypot",))

    for each in (first, first, suspicious, suspicious, first):
        intake.accept(project, each)

    assert metrics.totals() == {
        Series(Metric.ACCEPTED, ("riverside",)): 2,
        Series(Metric.QUARANTINED, ("riverside",)): 1,
    }


def test_a_spooled_lead_is_counted_when_it_is_taken_and_not_when_it_is_moved(
    log, project, submission, metrics, tmp_path
):
    spool = FileSpool(tmp_path / "spool", Vault())
    Intake(Away(), spool, metrics=metrics).accept(project, submission())

    assert Intake(log, spool, metrics=metrics).take_in() == 1

    assert accepted(metrics.totals()) == 1


def test_a_lead_that_nothing_could_store_is_not_counted_as_accepted(project, submission, metrics):
    with pytest.raises(StorageUnavailableError):
        Intake(Away(), metrics=metrics).accept(project, submission())

    assert metrics.totals() == {}


def test_calls_are_counted_by_their_outcome(log, crm, pairs, store, metrics):
    policy = RelayPolicy(timeout_s=15, concurrency=1, pace_s=0)
    crm.script = [ACCEPTED, REFUSED, ACCEPTED, LOST]
    for _ in range(4):
        store()

    Relay(log, crm, pairs, policy, metrics=metrics).drain()

    totals = metrics.totals()
    calls = {series.labels[1]: total for series, total in totals.items() if series.metric is Metric.CALLS}
    assert calls == {"accepted": 2, "refused": 1, "unknown": 1}
    assert dict(buckets(Metric.CALL_S, totals))["+Inf"] == 4


def test_alerts_count_once_they_are_told(sql_log, alert_log, metrics):
    notifier = FakeNotifier()
    problems = [Problem("a.yaml", 7, "wrong")]
    alerts = Alerts(sql_log, alert_log, {}, lambda: problems, [notifier], metrics=metrics)
    notifier.is_broken = True
    alerts.run_once()
    assert metrics.totals() == {}

    notifier.is_broken = False
    alerts.run_once()
    problems.clear()
    alerts.run_once()

    assert metrics.totals() == {Series(Metric.ALERTS, ("project",)): 1}
