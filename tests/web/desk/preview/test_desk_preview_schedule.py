"""Publishing at a time from the desk: chosen on the review page, shown in history and list; why it failed."""

import html
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from realpad_form.adapters.sql.schema import scheduled_publication
from realpad_form.domain.people import AuditAction
from realpad_form.domain.project_rules import digest
from realpad_form.domain.publishing import ScheduleFailure

PLACE = "/preview/riverside"
PRAGUE = ZoneInfo("Europe/Prague")


def titled(source, words):
    return f"{source}title: {words}\n"


def local(**ahead):
    """Return a time to come as a browser writes it, to the minute."""
    return f"{datetime.now(PRAGUE) + timedelta(**ahead):%Y-%m-%dT%H:%M}"


def plan(desk, text, began_with, *, at=None, **more):
    form = {"text": text, "began_with": digest(began_with), "when": "at", "at": at or local(days=3), **more}
    return desk.post(f"{PLACE}/publish", form)


def scheduled(services, slug="riverside"):
    return services.publication_scheduler.schedules.get(slug)


def make_due(services):
    """Let the time of every schedule come."""
    with services.database.write() as connection:
        connection.execute(update(scheduled_publication).values(at=datetime.now(UTC) - timedelta(seconds=1)))


def october(year):
    return [date(year, 10, day) for day in range(1, 32)]


def live(app):
    return app.test_client().get("/f/riverside").get_data(as_text=True)


def test_the_review_page_offers_a_time_of_the_office_within_a_year(marketer, source):
    page = marketer.post(f"{PLACE}/draft/review", {"text": titled(source, "x"), "began_with": digest(source)})

    shown = page.get_data(as_text=True)
    earliest, latest = re.search(r'type="datetime-local"[^>]* min="([^"]+)" max="([^"]+)"', shown).groups()
    assert local(minutes=0) <= earliest <= local(minutes=2)
    assert latest.startswith(str(datetime.now(PRAGUE).year + 1))
    assert re.search(r'name="when" value="now" checked', shown)


def test_a_scheduled_version_is_shown_and_goes_live_at_its_time(marketer, source, services, app):
    at = local(days=3)
    done = plan(marketer, titled(source, "Nezávazná poptávka"), source, at=at, note="na jaro")
    assert (done.status_code, done.headers["Location"]) == (303, f"{PLACE}/history")
    kept = scheduled(services)
    assert f"{kept.at.astimezone(PRAGUE):%Y-%m-%dT%H:%M}" == at
    for page in (marketer.text(f"{PLACE}/history"), marketer.text("/preview/")):
        assert f'name="schedule" value="{kept.id}"' in page
        assert f'<time datetime="{kept.at.isoformat(timespec="seconds")}' in page
    assert marketer.person.name in marketer.text(f"{PLACE}/history")
    assert "Nezávazná" not in live(app)
    assert "title: Nezávazná poptávka" in marketer.text(f"{PLACE}/history?scheduled=1")

    make_due(services)
    services.publication_scheduler.run_once()

    assert "Nezávazná" in live(app)
    assert "na jaro" in marketer.text(f"{PLACE}/history")
    assert 'name="schedule"' not in marketer.text(f"{PLACE}/history")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"when": "at", "at": ""}, "Fill in the day and time"),
        ({"when": "at", "at": "soon"}, "Fill in the day and time"),
        ({"when": "at", "at": "0001-01-01T00:00"}, "Fill in the day and time"),
        ({"when": "now", "at": "2099-01-01T08:00"}, "Choose one of them"),
        ({"when": "at", "at": "2020-01-01T08:00"}, "This time is over"),
        ({"when": "at", "at": "2099-01-01T08:00"}, "more than a year ahead"),
        ({"when": "at", "at": "2099-03-29T02:30"}, "The clocks go forward then"),
    ],
)
def test_a_time_that_cannot_be_is_said_at_its_field_and_nothing_is_published(
    marketer, source, services, form, words
):
    draft = titled(source, "x")
    answer = marketer.post(
        f"{PLACE}/publish", {"text": draft, "began_with": digest(source), "note": "na jaro", **form}
    )

    shown = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert words in shown
    assert 'aria-describedby="time-problem"' in shown
    assert draft in shown
    assert 'value="na jaro"' in shown
    assert f'value="{form["at"]}"' in shown
    assert scheduled(services) is None
    assert services.publisher.newest_number("riverside") == 1


def test_a_draft_with_problems_goes_back_to_the_editor_whatever_time_was_chosen(marketer, source, services):
    wrong = source.replace("- field: email", "- field: emial")
    for at in (local(days=1), "2020-01-01T08:00", ""):
        answer = plan(marketer, wrong, source, at=at or " ")

        assert answer.status_code == 422
        assert "- field: emial" in answer.get_data(as_text=True)
    assert scheduled(services) is None


def test_the_hour_that_is_there_twice_is_the_first_of_both(marketer, source, services):
    years = range(datetime.now(PRAGUE).year, datetime.now(PRAGUE).year + 2)
    ends = [max(day for day in october(year) if day.weekday() == 6) for year in years]
    nights = [datetime.combine(day, time(2, 30), PRAGUE) for day in ends]
    first = next(night for night in nights if night > datetime.now(PRAGUE))

    plan(marketer, titled(source, "x"), source, at=f"{first:%Y-%m-%dT%H:%M}")

    assert scheduled(services).at == first.astimezone(UTC)
    assert first.utcoffset() == timedelta(hours=2)


def test_another_schedule_is_named_before_it_is_replaced(marketer, admin, source, services):
    plan(admin, titled(source, "Admin"), source)
    first = scheduled(services)
    review = marketer.post(
        f"{PLACE}/draft/review", {"text": titled(source, "x"), "began_with": digest(source)}
    )
    assert admin.person.name in review.get_data(as_text=True)
    assert "it replaces that" in review.get_data(as_text=True)

    unseen = plan(marketer, titled(source, "x"), source)
    assert unseen.status_code == 409
    assert "it replaces that" in unseen.get_data(as_text=True)
    assert scheduled(services) == first
    at = re.search(r'name="at"[^>]* value="([^"]+)"', unseen.get_data(as_text=True))[1]
    assert at == local(days=3)

    plan(marketer, titled(source, "x"), source, schedule=str(first.id))
    assert "title: x" in scheduled(services).text


def test_it_is_cancelled_from_the_history_and_from_the_list(marketer, source, services, app):
    for back, page in (("", f"{PLACE}/history"), ("list", "/preview/")):
        plan(marketer, titled(source, "x"), source)
        form = {"schedule": str(scheduled(services).id), "back": back}

        answer = marketer.post(f"{PLACE}/schedule/cancel", form)

        assert (answer.status_code, answer.headers["Location"]) == (303, page)
        assert scheduled(services) is None
        assert marketer.post(f"{PLACE}/schedule/cancel", form).status_code == 409


def test_it_is_published_now(marketer, source, services, app):
    plan(marketer, titled(source, "Nezávazná"), source)

    answer = marketer.post(f"{PLACE}/schedule/publish", {"schedule": str(scheduled(services).id)})

    assert answer.headers["Location"] == f"{PLACE}/history"
    assert "Nezávazná" in live(app)
    assert scheduled(services) is None


@pytest.mark.parametrize("step", ["cancel", "publish"])
def test_a_schedule_that_is_not_there_any_more_is_said(marketer, source, step):
    for form in ({}, {"schedule": "nonsense"}, {"schedule": "00000000-0000-0000-0000-000000000000"}):
        answer = marketer.post(f"{PLACE}/schedule/{step}", form)

        assert answer.status_code == 409
        assert "not scheduled any more" in answer.get_data(as_text=True)


def test_what_failed_stands_with_its_reason_until_it_is_dealt_with(marketer, admin, source, services, app):
    plan(marketer, titled(source, "Mine"), source)
    changed = source.replace("languages: [cs, en]", "languages: [en, cs]")
    admin.post(f"{PLACE}/publish", {"text": changed, "began_with": digest(source), "when": "now", "at": ""})
    assert "it will not go live by itself" in marketer.text(f"{PLACE}/history")
    make_due(services)
    services.publication_scheduler.run_once()

    history = marketer.text(f"{PLACE}/history")
    assert "A scheduled version was not published" in history
    assert "Somebody published another version meanwhile." in history
    assert "Not published as scheduled" in marketer.text("/preview/")
    assert "Mine" not in live(app)
    kept = scheduled(services)

    review = marketer.post(f"{PLACE}/schedule/publish", {"schedule": str(kept.id)})
    shown = review.get_data(as_text=True)
    assert review.status_code == 409
    text = html.unescape(re.search(r'<textarea name="text" hidden>\n(.*?)</textarea>', shown, re.S)[1])
    assert "title: Mine" in text
    assert "languages: [en, cs]" in text
    fields = dict(re.findall(r'name="(began_with|schedule|of_schedule)" value="([^"]*)"', shown))
    marketer.post(f"{PLACE}/publish", {"text": text, "when": "now", "at": "", **fields})

    assert "Mine" in live(app)
    assert scheduled(services) is None


def test_what_failed_is_dismissed(marketer, source, services):
    plan(marketer, titled(source, "Mine"), source)
    make_due(services)
    object.__setattr__(services.publisher, "read", lambda text, slug: (None, []))
    services.publication_scheduler.run_once()
    assert scheduled(services).failure is ScheduleFailure.PROBLEMS
    assert "The text has problems by now." in marketer.text(f"{PLACE}/history")

    marketer.post(f"{PLACE}/schedule/cancel", {"schedule": str(scheduled(services).id)})

    assert scheduled(services) is None


def test_who_may_not_publish_sees_it_and_can_do_nothing(marketer, source, services, desk):
    plan(marketer, titled(source, "x"), source)
    reader = desk("operator")
    services.roster.change(replace(reader.person, may_publish=False))

    shown = reader.text(f"{PLACE}/history")

    assert "Scheduled" in shown
    assert 'name="schedule"' not in shown + reader.text("/preview/")
    for step in ("cancel", "publish"):
        answer = reader.post(f"{PLACE}/schedule/{step}", {"schedule": str(scheduled(services).id)})
        assert answer.status_code == 403


def test_what_needs_an_admin_is_neither_scheduled_nor_cancelled_by_a_marketer(
    marketer, admin, source, services
):
    rerouted = re.sub(r"(credentials: \w+, project:) \d+", r"\1 4711", source)
    assert plan(marketer, rerouted, source).status_code == 409
    assert scheduled(services) is None

    plan(admin, rerouted, source)
    for step in ("cancel", "publish"):
        answer = marketer.post(f"{PLACE}/schedule/{step}", {"schedule": str(scheduled(services).id)})
        assert answer.status_code in (403, 409)
    instead = {"of_schedule": "1", "schedule": str(scheduled(services).id)}
    form = {"text": titled(source, "x"), "began_with": digest(source), "when": "now", **instead}
    assert marketer.post(f"{PLACE}/publish", form).status_code == 409
    assert services.publisher.newest_number("riverside") == 1
    assert scheduled(services) is not None


def test_people_of_other_projects_see_nothing_of_it(marketer, source, services, desk):
    plan(marketer, titled(source, "x"), source)
    stranger = desk("marketer", email="cizi@example.com", projects=["jantar"])

    assert str(scheduled(services).id) not in stranger.text("/preview/")
    for step in ("cancel", "publish"):
        answer = stranger.post(f"{PLACE}/schedule/{step}", {"schedule": str(scheduled(services).id)})
        assert answer.status_code == 404


def test_a_new_project_is_scheduled_and_shown_before_it_is_there(admin, source, services, app, desk):
    text = source.replace("project: riverside", "project: amber", 1)
    form = {"text": text, "began_with": "", "when": "at", "at": local(days=1)}

    assert admin.post("/preview/amber/publish", form).status_code == 303
    assert "/preview/amber/history" in admin.text("/preview/")
    assert "Scheduled" in admin.text("/preview/amber/history")
    assert "amber" not in desk("marketer").text("/preview/")
    make_due(services)
    services.publication_scheduler.run_once()

    assert app.test_client().get("/f/amber").status_code == 200


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("cs", ["naplánoval(a) verzi", "zrušil(a) naplánovanou verzi", "zveřejnil(a) verzi podle plánu",
                "naplánovaná verze nebyla zveřejněna"]),
        ("sk", ["naplánoval(a) verziu", "zrušil(a) naplánovanú verziu", "zverejnil(a) verziu podľa plánu",
                "naplánovaná verzia nebola zverejnená"]),
        ("en", ["scheduled a version", "cancelled a scheduled version", "published a version as scheduled",
                "scheduled version was not published"]),
    ],
)  # fmt: skip
def test_the_audit_log_has_all_of_it_in_words(marketer, admin, source, services, language, words):
    plan(marketer, titled(source, "One"), source)
    marketer.post(f"{PLACE}/schedule/cancel", {"schedule": str(scheduled(services).id)})
    plan(marketer, titled(source, "Two"), source)
    make_due(services)
    services.publication_scheduler.run_once()
    plan(marketer, titled(source, "Three"), titled(source, "Two"))
    admin.post(
        f"{PLACE}/publish",
        {"text": titled(source, "Four"), "began_with": digest(titled(source, "Two")), "when": "now"},
    )
    make_due(services)
    services.publication_scheduler.run_once()
    services.accounts.speak(admin.person, language)

    shown = admin.text("/people/audit?what=set-up")

    assert all(each in shown for each in words)
    done = [entry.action for entry in services.audit.entries(by=marketer.person.id)]
    assert done == [
        AuditAction.SCHEDULE_FAILED,
        AuditAction.SCHEDULED,
        AuditAction.SCHEDULE_PUBLISHED,
        AuditAction.SCHEDULED,
        AuditAction.SCHEDULE_CANCELLED,
        AuditAction.SCHEDULED,
        AuditAction.SIGNED_IN,
    ]
