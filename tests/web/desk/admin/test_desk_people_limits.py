"""Admins who are limited: whom they may look after, what they may give, what they may read.

The one rule: an admin sees whoever has no project that the admin lacks, and nobody else is there; looks
after whomever they see who has no rights and sees no personal data that the admin lacks; and gives nothing
that the admin lacks. Everybody who is no admin is refused. `answer` says it in code.
"""

import re
from itertools import product
from uuid import uuid4

import pytest
from desk_leads import SECOND, keep

from realpad_form.domain.errors import PermissionDeniedError, PersonNotFoundError, PersonRefusedError
from realpad_form.domain.people import AuditAction, Particulars, Proof, Role

ALL = None
OWN, OTHER, BOTH, NO = {"riverside"}, {"jantar"}, {"riverside", "jantar"}, set()
JANTAR = SECOND.replace("credentials: riverside", "credentials: seaside")
RIGHTS = {
    Role.MARKETER: {"preview", "statistics"},
    Role.OPERATOR: {"preview", "statistics", "leads", "work"},
    Role.ADMIN: {"preview", "statistics", "leads", "work", "export", "erase", "people", "settings"},
}
LIMITS = list(product((ALL, OWN, OTHER, BOTH, NO), (False, True)))
KINDS = [(role, *limits) for role in Role for limits in LIMITS]
ACTORS = list(product(Role, (ALL, OWN, BOTH, NO), (False, True)))


def name_of(kind):
    role, projects, is_masked = kind
    of = "all" if projects is ALL else "+".join(sorted(projects)) or "none"
    return f"{role}-{of}{'-masked' if is_masked else ''}"


def has_projects_of(actor, other):
    """Tell whether no project is the other's alone."""
    return actor[1] is ALL or (other[1] is not ALL and other[1] <= actor[1])


def has_all_of(actor, other):
    """Tell whether the other has nothing that the actor lacks."""
    may_do_it_all = RIGHTS[other[0]] <= RIGHTS[actor[0]]
    return may_do_it_all and has_projects_of(actor, other) and (other[2] or not actor[2])


def answer(actor, target, *, wanted=None, is_read=False):
    """Return the status that the rule demands: of an action on a target, or of a new person without one."""
    if "people" not in RIGHTS[actor[0]]:
        return 403
    if target and not has_projects_of(actor, target):
        return 404
    if target and not is_read and not has_all_of(actor, target):
        return 403
    if wanted and not has_all_of(actor, wanted):
        return 422
    return "done"


def particulars(kind, name="Jana Malá"):
    role, projects, is_masked = kind
    seen = ALL if projects is ALL else frozenset(projects)
    return Particulars(name=name, role=role, projects=seen, is_masked=is_masked)


def typed(kind, name="Jana Malá"):
    """Return a form about a person as a browser sends it, whatever the page would offer."""
    role, projects, is_masked = kind
    limits = {} if projects is ALL else {"limited": "1", "projects": sorted(projects)}
    return {"name": name, "role": str(role), **limits, **({"masked": "1"} if is_masked else {})}


@pytest.fixture
def services(folder, make_services):
    (folder / "projects" / "jantar.yaml").write_text(JANTAR, encoding="utf-8")
    credentials = {"CREDENTIALS_SEASIDE_LOGIN": "seaside", "CREDENTIALS_SEASIDE_PASSWORD": "canary"}
    return make_services(PUBLIC_URL="http://localhost", **credentials)


@pytest.fixture
def boss(services):
    """An admin of everything, so that nobody else is the last one."""
    kind = (Role.ADMIN, ALL, False)
    return services.people.add("boss@firma.example", particulars(kind, "Boss"))[0]


@pytest.fixture
def add(services, boss):
    def new(kind, name="Jana Malá"):
        return services.people.add(f"{uuid4().hex}@firma.example", particulars(kind, name))[0]

    return new


@pytest.fixture
def enter(desk, boss):
    """Sign somebody of a kind in."""

    def as_kind(kind):
        role, projects, is_masked = kind
        return desk(role, email=f"{uuid4().hex}@firma.example", projects=projects, is_masked=is_masked)

    return as_kind


def seen_by(response):
    """Return what an answer comes to: `done`, or the status of a refusal."""
    return "done" if response.status_code in (200, 303) else response.status_code


@pytest.mark.parametrize("actor", ACTORS, ids=name_of)
def test_by_page_only_those_with_no_more_are_looked_after(actor, enter, add, services):
    somebody = enter(actor)

    for kind in KINDS if actor[0] is Role.ADMIN else KINDS[::7]:
        person = add(kind)
        page = f"/people/{person.id}"
        assert seen_by(somebody.get(page)) == answer(actor, kind, is_read=True), kind
        services.sign_in.open(Proof(person=person), address="192.0.2.1", how="test")
        for action in ("", "/sign-out", "/disable", "/enable", "/reset"):
            before = services.roster.get(person.id)
            form = typed(kind, "Jana Nová") if action == "" else {}

            came = somebody.post(page + action, form)

            expected = answer(actor, kind)
            assert seen_by(came) == expected, (kind, action)
            if expected != "done":
                assert services.roster.get(person.id) == before, (kind, action)
                assert services.sessions.of(person.id), (kind, action)
                assert "/account/link/" not in came.text
        if answer(actor, kind) == "done":
            now = services.roster.get(person.id)
            assert (now.name, now.disabled_at) == ("Jana Nová", None)
            actions = {entry.action for entry in services.audit.entries(by=somebody.person.id)}
            assert {
                AuditAction.SESSION_ENDED,
                AuditAction.PERSON_CHANGED,
                AuditAction.PERSON_DISABLED,
                AuditAction.PERSON_ENABLED,
                AuditAction.PERSON_RESET,
            } <= actions


@pytest.mark.parametrize("actor", ACTORS, ids=name_of)
def test_by_page_nobody_gives_what_they_lack(actor, enter, add, services):
    somebody, least = enter(actor), (Role.MARKETER, NO, True)
    person = add(least)

    for wanted in KINDS if actor[0] is Role.ADMIN else KINDS[::7]:
        email = f"{uuid4().hex}@firma.example"
        added = somebody.post("/people/", {"email": email, **typed(wanted)})
        changed = somebody.post(f"/people/{person.id}", typed(wanted))

        assert seen_by(added) == answer(actor, None, wanted=wanted), wanted
        assert ("/account/link/" in added.text) == (seen_by(added) == "done")
        assert bool(services.roster.find(email)) == (seen_by(added) == "done")
        assert seen_by(changed) == answer(actor, least, wanted=wanted), wanted
        if seen_by(changed) == "done":
            now = services.roster.get(person.id)
            assert particulars(wanted) == particulars((now.role, now.projects, now.is_masked))
            services.people.change(person.id, particulars(least))


@pytest.mark.parametrize("actor", [each for each in ACTORS if each[0] is Role.ADMIN], ids=name_of)
def test_by_page_nobody_widens_their_own_account(actor, enter, services):
    for wanted in KINDS:
        somebody = enter(actor)

        changed = somebody.post(f"/people/{somebody.person.id}", typed(wanted))

        assert seen_by(changed) == answer(actor, actor, wanted=wanted), wanted
        kept = wanted if seen_by(changed) == "done" else actor
        assert has_all_of(actor, kept)
        now = services.roster.get(somebody.person.id)
        assert (now.role, now.projects, now.is_masked) == kept


@pytest.mark.parametrize("action", ["disable", "enable", "reset", "sign-out"])
@pytest.mark.parametrize("actor", ACTORS, ids=name_of)
def test_by_page_own_account_is_an_admins_to_shut_or_reset(actor, action, enter):
    somebody = enter(actor)

    came = somebody.post(f"/people/{somebody.person.id}/{action}")

    assert seen_by(came) == answer(actor, actor)


@pytest.mark.parametrize("actor", ACTORS, ids=name_of)
def test_list_holds_those_and_only_those_whom_one_may_see(actor, enter, add):
    somebody, people = enter(actor), {kind_id: add(kind) for kind_id, kind in enumerate(KINDS)}

    came = somebody.get("/people/")

    if answer(actor, None) == 403:
        assert came.status_code == 403
        return
    for kind_id, person in people.items():
        is_seen = answer(actor, KINDS[kind_id], is_read=True) == "done"
        assert (person.email in came.text) == is_seen, KINDS[kind_id]


@pytest.mark.parametrize("actor", [each for each in ACTORS if each[0] is not Role.ADMIN], ids=name_of)
def test_service_refuses_who_is_no_admin_whatever_a_page_lets_through(actor, add, services):
    somebody, person = add(actor), add((Role.MARKETER, NO, True))

    for act in (
        lambda: services.people.everybody(by=somebody),
        lambda: services.people.get(person.id, by=somebody),
        lambda: services.people.entries(by=somebody),
        lambda: services.people.add("x@firma.example", particulars((Role.MARKETER, NO, True)), by=somebody),
        lambda: services.people.change(person.id, particulars((Role.MARKETER, NO, True)), by=somebody),
        lambda: services.people.disable(person.id, by=somebody),
        lambda: services.people.enable(person.id, by=somebody),
        lambda: services.people.reset(person.id, by=somebody),
        lambda: services.people.reset(person.id, keeps_passkeys=True, by=somebody),
        lambda: services.people.sign_out(person.id, by=somebody),
    ):
        with pytest.raises(PermissionDeniedError):
            act()


def test_rights_that_were_taken_away_since_the_page_was_opened_are_not_used(add, services):
    admin, person = add((Role.ADMIN, ALL, False)), add((Role.OPERATOR, OTHER, False))

    services.people.change(admin.id, particulars((Role.ADMIN, OWN, False)))

    with pytest.raises(PersonNotFoundError):
        services.people.reset(person.id, by=admin)
    with pytest.raises(PersonRefusedError):
        services.people.add("x@firma.example", particulars((Role.ADMIN, ALL, False)), by=admin)


def test_limited_admin_makes_no_unlimited_one(enter, services):
    """The form as it was found to be sent: without `limited`."""
    somebody = enter((Role.ADMIN, OWN, False))

    came = somebody.post("/people/", {"email": "x@firma.example", "name": "X", "role": "admin"})

    assert came.status_code == 422
    assert "some of your own projects" in came.text
    assert services.roster.find("x@firma.example") is None


def test_form_of_a_limited_admin_offers_own_projects_only(enter):
    limited, unlimited = enter((Role.ADMIN, OWN, True)), enter((Role.ADMIN, ALL, False))

    offered = re.findall(r'name="projects" value="(\w+)"', limited.text("/people/new"))
    assert offered == ["riverside"]
    assert '<input type="hidden" name="limited" value="1">' in limited.text("/people/new")
    assert '<input type="hidden" name="masked" value="1">' in limited.text("/people/new")
    assert re.findall(r'name="projects" value="(\w+)"', unlimited.text("/people/new")) == [
        "jantar",
        "riverside",
    ]


def test_last_admin_of_everything_stays_though_limited_ones_are_there(enter, boss, services):
    enter((Role.ADMIN, OWN, False))
    enter((Role.ADMIN, ALL, True))
    somebody = enter((Role.ADMIN, ALL, False))
    somebody.post(f"/people/{boss.id}/disable")
    me = f"/people/{somebody.person.id}"

    for path, form in (
        (f"{me}/disable", {}),
        (me, typed((Role.ADMIN, OWN, False))),
        (me, typed((Role.ADMIN, ALL, True))),
        (me, typed((Role.OPERATOR, ALL, False))),
    ):
        refused = somebody.post(path, form)
        assert refused.status_code == 422, form
        assert "last administrator" in refused.text
    assert services.roster.get(somebody.person.id) == somebody.person


def test_link_dies_when_its_person_gets_more_than_its_maker_has(enter, add, services):
    least = (Role.OPERATOR, OWN, True)
    makers = enter((Role.ADMIN, OWN, True)), enter((Role.ADMIN, ALL, False))
    for wanted, maker in product(KINDS, makers):
        person = add(least)
        link = re.search(r"/account/link/[\w-]+", maker.post(f"/people/{person.id}/reset").text)[0]

        services.people.change(person.id, particulars(wanted))

        assert is_open(maker, link) == has_all_of(kind_of(maker.person), wanted), (wanted, maker.person)


def test_link_dies_with_the_rights_of_its_maker(enter, add, services):
    limited, person = enter((Role.ADMIN, OWN, False)), add((Role.OPERATOR, OWN, False))
    link = re.search(r"/account/link/[\w-]+", limited.post(f"/people/{person.id}/reset").text)[0]
    assert is_open(limited, link)

    services.people.change(limited.person.id, particulars((Role.OPERATOR, OWN, False)))

    assert not is_open(limited, link)
    assert limited.post(link, {"new": "canary: tři domy u řeky"}).status_code == 410
    assert services.roster.password(person.id) is None


def is_open(somebody, link):
    """Tell whether a link still asks for a password."""
    status = somebody.get(link).status_code
    assert status in (200, 410)
    return status == 200


def kind_of(person):
    return (person.role, person.projects, person.is_masked)


def test_lane_of_one_project_is_resumed_in_that_projects_log(desk, services):
    somebody = desk("operator", projects=OWN)
    services.credentials.lanes()

    somebody.post("/inbox/lanes/riverside/resume")
    somebody.text("/inbox/")

    entries = services.audit.entries(by=somebody.person.id)
    assert {(each.action, each.project) for each in entries} >= {
        (AuditAction.RESUMED, "riverside"),
        (AuditAction.VIEWED, "riverside"),
    }


def subjects(page):
    return re.findall(r'class="about" href="/people/audit\?about=[^"]*" title="([^"]*)"', page)


def test_limited_admin_reads_the_entries_of_own_projects_and_people_only(enter, add, services):
    limited, unlimited = enter((Role.ADMIN, OWN, False)), enter((Role.ADMIN, ALL, False))
    own, foreign = keep(services), keep(services, project="jantar")
    mine, theirs = add((Role.OPERATOR, OWN, False)), add((Role.OPERATOR, OTHER, False), "Karel Cizí")
    for lead_id in (own, foreign):
        unlimited.text(f"/inbox/leads/{lead_id}")
    for person in (mine, theirs):
        services.people.reset(person.id)
        services.sign_in.open(Proof(person=person), address="192.0.2.1", how="test")
    services.audit.record(AuditAction.SESSION_ENDED, by=mine.id, subject="signed-out-by-one-of-them")
    services.audit.record(AuditAction.RESUMED, by=mine.id, subject="lane")
    services.audit.record(AuditAction.VIEWED, by=mine.id, subject="old-entry-of-a-lead")
    unlimited.post("/preview/jantar/draft/link", {"text": JANTAR})

    page, whole = limited.text("/people/audit"), unlimited.text("/people/audit")

    assert {str(own), str(mine.id)} <= set(subjects(page))
    for hidden in (
        str(foreign),
        str(theirs.id),
        "lane",
        "old-entry-of-a-lead",
        "jantar",
        "signed-out-by-one-of-them",
    ):
        assert hidden not in subjects(page)
        assert hidden in subjects(whole)
        assert subjects(limited.text(f"/people/audit?subject={hidden}")) == []
    assert subjects(limited.text(f"/people/audit?by={theirs.id}")) == []
    assert "Karel Cizí" not in page
    assert unlimited.person.email not in page
    assert "somebody outside your projects" in page


def test_every_deed_about_a_lead_is_kept_with_its_project(desk, services):
    somebody, lead_id = desk("admin"), keep(services)

    somebody.text(f"/inbox/leads/{lead_id}")
    somebody.post(f"/inbox/leads/{lead_id}/reveal")
    somebody.text(f"/inbox/leads/{lead_id}/correct")
    assert somebody.post("/inbox/export", {"format": "csv"}).text
    somebody.post(f"/inbox/leads/{lead_id}/erase", {"word": "erase"})

    entries = services.audit.entries(subject=str(lead_id))
    assert {each.action for each in entries} == {
        AuditAction.VIEWED,
        AuditAction.REVEALED,
        AuditAction.EXPORTED,
        AuditAction.ERASED,
    }
    assert {each.project for each in entries} == {"riverside"}


def test_trail_of_a_lead_names_nobody_of_other_projects(enter, add, services):
    lead_id, theirs = keep(services), add((Role.OPERATOR, BOTH, False), "Karel Cizí")
    services.audit.record(AuditAction.VIEWED, by=theirs.id, subject=str(lead_id), project="riverside")

    page = enter((Role.ADMIN, OWN, False)).text(f"/inbox/leads/{lead_id}")

    assert "Karel Cizí" not in page
    assert "somebody outside your projects" in page
    assert "Karel Cizí" in enter((Role.ADMIN, ALL, False)).text(f"/inbox/leads/{lead_id}")


def test_limited_admin_sees_the_settings_of_own_projects_only(enter, folder):
    page = enter((Role.ADMIN, OWN, False)).text("/people/settings")
    whole = enter((Role.ADMIN, ALL, False)).text("/people/settings")

    assert "REALPAD_FORM_CREDENTIALS_RIVERSIDE_LOGIN" in page
    for hidden in ("SEASIDE", "REALPAD_FORM_DATA", "SECRET_KEY", str(folder)):
        assert hidden not in page
        assert hidden in whole
