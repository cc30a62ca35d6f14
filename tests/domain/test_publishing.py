"""How a file in a folder stands to what is published, and what of a project only an admin may change."""

from datetime import UTC, datetime, timedelta

import pytest

from realpad_form.domain.project import Project
from realpad_form.domain.publishing import (
    FolderFile,
    FolderState,
    GuardedPart,
    Publication,
    Published,
    PublishedFrom,
    folder_state,
    guarded_changes,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def published(text, *, origin=PublishedFrom.DESK, number=3, earlier=("first", "second"), over=""):
    newest = Publication(
        slug="riverside", number=number, text=text, hash=text, at=NOON, origin=origin, folder_hash=over
    )
    times = dict.fromkeys(earlier, NOON - 2 * HOUR) | ({text: NOON} if text else {})
    return Published(newest, times)


def file(text, *, at=NOON + HOUR, replaced=None):
    return FolderFile(hash=text, written_at=at, replaced=replaced)


FIELDS = [{"field": "name"}, {"field": "surname"}, {"field": "email"}, {"field": "phone"}]
BY_FILE = {"origin": PublishedFrom.FILE}


@pytest.mark.parametrize(
    ("there", "known", "state"),
    [
        (None, None, FolderState.ABSENT),
        (file("x"), None, FolderState.EDITED),
        (file("x"), published("x"), FolderState.SAME),
        (None, published("x"), FolderState.PUBLISHED_ONLY),
        (None, published("x", **BY_FILE), FolderState.ABSENT),  # another machine has the file
        # edits
        (file("new"), published("x", **BY_FILE), FolderState.EDITED),
        (file("new", at=NOON - HOUR), published("x", **BY_FILE), FolderState.EDITED),
        (file("first"), published("x", **BY_FILE), FolderState.STALE),  # a deployment writes it anew
        (file("first", at=NOON - HOUR, replaced=3), published("x", **BY_FILE), FolderState.EDITED),
        (file("new", replaced=3), published("x"), FolderState.EDITED),
        # this machine is behind
        (file("first", at=NOON - HOUR), published("x", **BY_FILE), FolderState.STALE),
        (file("first", at=NOON - HOUR, replaced=1), published("x", **BY_FILE), FolderState.STALE),
        (file("old", at=NOON - HOUR), published("x", over="old"), FolderState.STALE),
        (file("old"), published("x", over="old"), FolderState.STALE),  # copied here later
        (file("first", at=NOON - 2 * HOUR, replaced=3), published("x"), FolderState.STALE),  # written by us
        # both were changed
        (file("new"), published("x", over="old"), FolderState.CONFLICT),
        (file("new", at=NOON - HOUR), published("x", over="old"), FolderState.CONFLICT),
        (file("first"), published("x", over="old"), FolderState.STALE),
        (file("new", replaced=2), published("x", over="old"), FolderState.CONFLICT),
    ],
)
def test_state_of_a_file(there, known, state):
    assert folder_state(there, known) is state


def changed(project, **changes):
    return Project.model_validate({**project.model_dump(exclude_defaults=True, by_alias=True), **changes})


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"name": "Other"}, ()),
        ({"title": "Other", "theme": {"radius": "4px"}, "languages": ["en", "cs"]}, ()),
        ({"consents": [{"id": 39268430, "label": "Jinými slovy"}]}, ()),
        ({"consents": [{"id": 39268430, "label": "Jinak", "required": True}]}, (GuardedPart.CONSENTS,)),
        ({"retention": {"delivered": "0 days"}}, (GuardedPart.RETENTION,)),
        ({"fields": [*FIELDS, {"field": "project", "options": ["jantar"]}]}, (GuardedPart.ROUTING,)),
        ({"consents": [{"id": 39268431, "label": "Jiný"}]}, (GuardedPart.CONSENTS,)),
        ({"consents": []}, (GuardedPart.CONSENTS,)),
        ({"realpad": {"credentials": "riverside", "project": 1}}, (GuardedPart.ROUTING,)),
        ({"realpad": {"credentials": "jantar", "project": 39264441}}, (GuardedPart.ROUTING,)),
        ({"origins": ["https://evil.example"]}, (GuardedPart.ORIGINS,)),
        (
            {"webhooks": [{"name": "x", "url": "https://x.example", "events": ["accepted"]}]},
            (GuardedPart.WEBHOOKS,),
        ),
        ({"sources": [{"name": "x"}]}, (GuardedPart.SOURCES,)),
        ({"capture": {"note": ["gclid"]}}, (GuardedPart.CAPTURE,)),
        ({"captcha": "none"}, (GuardedPart.PROTECTION,)),
        ({"limits": {"per_address": "99/minute"}}, (GuardedPart.PROTECTION,)),
        ({"notify": {"to": ["a@b.example"], "when": "accepted"}}, (GuardedPart.NOTICES,)),
        ({"fields": [{"field": "full_name"}, {"field": "email"}]}, (GuardedPart.REQUIRED,)),
    ],
    ids=str,
)
def test_what_only_an_admin_may_change(project, changes, parts):
    assert guarded_changes(project, changed(project, **changes)) == parts


def test_a_required_question_that_is_hidden_is_not_asked_any_more(project):
    asked = {"attribute": "customer_purpose", "type": "string", "label": "Účel", "required": True}
    before = changed(project, fields=[*FIELDS, asked])
    hidden = changed(project, fields=[*FIELDS, {**asked, "show_if": {"email": "zzz"}}])

    assert guarded_changes(before, hidden) == (GuardedPart.REQUIRED,)


def test_a_new_project_is_an_admins(project):
    assert guarded_changes(None, project) == (GuardedPart.ROUTING,)


def test_an_order_of_origins_is_no_change(project):
    two = changed(project, origins=["https://a.example", "https://b.example"])

    assert guarded_changes(two, changed(two, origins=["https://b.example", "https://a.example"])) == ()
