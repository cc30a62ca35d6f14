import time

import pytest
from opened import closing_database
from openid import CLIENT, SECRET, OpenIdStandIn
from people_world import ADDRESS, PeopleWorld, make_passkey

from realpad_form.adapters.oidc import OpenIdProvider
from realpad_form.domain.errors import ProofRefusedError
from realpad_form.domain.people import AuditAction
from realpad_form.services.oidc_sign_in import OidcSignIn
from realpad_form.services.sign_in import Refused, SecondStep, SignedIn, SignIn

BACK = "https://forms.example/sign-in/elsewhere/back"
LONG_AGO = 1_700_000_000  # in 2023; a time of now would be another test name each second
FAR_OFF = 4_000_000_000  # in 2096


@pytest.fixture
def world(clock, sqlite_url):
    with closing_database(sqlite_url) as database:
        yield PeopleWorld(database, clock)


@pytest.fixture
def elsewhere(world, company):
    provider = OpenIdProvider(company.issuer, CLIENT, SECRET, BACK)
    return OidcSignIn(provider, world.sign_in, world.tickets)


@pytest.fixture
def jana(world):
    return world.admit()


@pytest.fixture
def come(elsewhere, company):
    """Go to the company's provider and come back, changing what the browser brings if told to."""

    def go(**changes):
        address, ticket = elsewhere.ask()
        answer = {**company.authorize(address), **changes}
        return elsewhere.enter(answer, ticket=ticket, address=ADDRESS)

    return go


def test_person_with_the_verified_email_gets_in(world, come, jana):
    entered = come()

    assert isinstance(entered, SignedIn)
    assert world.sign_in.resume(entered.token).person == jana
    assert world.audit.entries()[0].detail == "elsewhere"


def test_browser_is_sent_with_pkce_state_and_nonce(elsewhere, company):
    company.authorize(elsewhere.ask()[0])
    first = company.asked
    company.authorize(elsewhere.ask()[0])

    assert (first["response_type"], first["code_challenge_method"]) == ("code", "S256")
    assert (first["redirect_uri"], first["scope"]) == (BACK, "openid email")
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 32
        assert first[name] != company.asked[name]


def test_person_is_known_by_the_subject_from_then_on(world, come, company, jana):
    come()
    company.claims = {"email": "renamed@firma.example"}

    assert isinstance(come(), SignedIn)


def test_another_subject_does_not_get_in_by_a_taken_over_email(come, company, jana):
    come()
    company.claims = {"sub": "4712"}

    assert come() == Refused()


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_unverified_email_lets_nobody_in(come, company, jana, verified):
    company.claims = {"email_verified": verified}

    assert come() == Refused()


def test_nobody_is_added_by_signing_in(world, come, company, jana):
    company.claims = {"email": "stranger@firma.example"}

    assert come() == Refused()
    assert world.people.everybody() == [jana]
    assert world.actions()[-1] is AuditAction.SIGN_IN_FAILED


def test_person_who_is_reset_while_the_provider_is_asked_does_not_get_in(world, come, jana, monkeypatch):
    come()
    world.people.sign_out(jana.id)
    monkeypatch.setattr(SignIn, "needs_passkey", lambda *_: world.people.reset(jana.id) is None)

    assert come() == Refused()
    assert world.sessions.of(jana.id) == []


def test_disabled_person_does_not_get_in(world, come, jana):
    come()
    world.people.disable(jana.id)

    assert come() == Refused()


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-client"},
        {"aud": ["another-client", CLIENT]},
        {"iss": "https://evil.example"},
        {"nonce": "of somebody else"},
        {"nonce": None},
        {"sub": None},
        {"exp": LONG_AGO},
        {"exp": None},
        {"iat": FAR_OFF},
        {"azp": "another-client"},
        {"at_hash": "of another token"},
    ],
    ids=str,
)
def test_token_that_is_not_for_this_sign_in_is_refused(come, company, jana, claims):
    company.claims = claims

    assert come() == Refused()


@pytest.mark.parametrize(
    "sign",
    [
        OpenIdStandIn.sign_with_secret,
        OpenIdStandIn.sign_with_another_key,
        OpenIdStandIn.sign_with_nothing,
    ],
)
def test_token_signed_by_somebody_else_is_refused(come, company, jana, sign):
    sign(company)

    assert come() == Refused()


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_short_rsa_key_proves_nothing(come, company, jana):
    company.publish_short_key()

    assert come() == Refused()


@pytest.mark.parametrize(
    "changes", [{"state": "of somebody else"}, {"code": "wrong"}, {"iss": "https://evil.example"}], ids=str
)
def test_answer_that_was_tampered_with_is_refused(come, jana, changes):
    assert come(**changes) == Refused()


def test_silent_sign_in_is_no_fresh_proof(come, clock, jana):
    assert not come().session.is_fresh(clock())


def test_person_whom_the_provider_has_asked_anew_has_a_fresh_proof(elsewhere, company, clock, jana):
    address, ticket = elsewhere.ask(is_again=True)
    answer = company.authorize(address)
    company.claims = {"auth_time": int(time.time())}

    assert (company.asked["prompt"], company.asked["max_age"]) == ("login", "0")
    assert elsewhere.enter(answer, ticket=ticket, address=ADDRESS).session.is_fresh(clock())


@pytest.mark.parametrize("auth_time", [None, LONG_AGO, "now"])
def test_provider_that_asked_nobody_anew_proves_nothing(elsewhere, company, jana, auth_time):
    address, ticket = elsewhere.ask(is_again=True)
    answer = company.authorize(address)
    company.claims = {"auth_time": auth_time}

    assert elsewhere.enter(answer, ticket=ticket, address=ADDRESS) == Refused()


STRONG = "https://id.example/two-factors"


@pytest.fixture
def come_to_replace(world, company, jana):
    """Come back from a provider that may replace the passkey which Jana has; anew if told to."""
    world.roster.add_passkey(make_passkey(jana.id))
    provider = OpenIdProvider(company.issuer, CLIENT, SECRET, BACK, acr=["gold", STRONG])
    elsewhere = OidcSignIn(provider, world.sign_in, world.tickets, replaces_passkey=True)

    def go(claims, *, is_again=False):
        address, ticket = elsewhere.ask(is_again=is_again)
        answer = company.authorize(address)
        company.claims = {**claims, "auth_time": int(time.time())}
        return elsewhere.enter(answer, ticket=ticket, address=ADDRESS)

    return go


@pytest.mark.parametrize("claims", [{"amr": ["pwd", "mfa"]}, {"acr": STRONG}, {"acr": "gold"}], ids=str)
def test_provider_that_asked_for_two_factors_replaces_the_passkey(come_to_replace, clock, claims):
    session = come_to_replace(claims).session

    assert session.provider_at is not None
    assert not session.is_fresh_by_provider(clock()), "it may have asked this morning"
    assert come_to_replace(claims, is_again=True).session.is_fresh_by_provider(clock())


@pytest.mark.parametrize(
    "claims",
    [{}, {"amr": ["pwd"], "acr": "0"}, {"acr": "2"}, {"acr": ["gold"]}, {"acr": f"gold {STRONG}"}],
    ids=str,
)
def test_provider_that_does_not_say_so_is_one_factor(come_to_replace, jana, claims):
    assert come_to_replace(claims) == SecondStep(jana)


def test_provider_is_asked_for_the_sign_in_that_is_believed(come_to_replace, come, company):
    come_to_replace({"acr": STRONG})
    assert company.asked["acr_values"] == f"gold {STRONG}"

    come()
    assert "acr_values" not in company.asked


def test_two_factors_of_a_provider_that_replaces_nothing_are_not_noted(come, company, jana):
    company.claims = {"amr": ["mfa"]}

    assert come().session.provider_at is None


def test_answer_is_good_once(elsewhere, company, jana):
    address, ticket = elsewhere.ask()
    answer = company.authorize(address)
    assert isinstance(elsewhere.enter(answer, ticket=ticket, address=ADDRESS), SignedIn)

    assert elsewhere.enter(answer, ticket=ticket, address=ADDRESS) == Refused()


def test_answer_in_another_browser_is_refused(elsewhere, company, jana):
    answer = company.authorize(elsewhere.ask()[0])
    _address, other = elsewhere.ask()

    assert elsewhere.enter(answer, ticket=other, address=ADDRESS) == Refused()
    assert elsewhere.enter(answer, ticket="", address=ADDRESS) == Refused()


def test_cancelled_sign_in_is_refused(elsewhere, company, jana):
    address, ticket = elsewhere.ask()
    state = company.authorize(address)["state"]

    cancelled = elsewhere.enter({"error": "access_denied", "state": state}, ticket=ticket, address=ADDRESS)

    assert cancelled == Refused()


def test_provider_that_calls_itself_otherwise_is_not_used(elsewhere, company):
    company.metadata = {"issuer": "https://evil.example"}

    with pytest.raises(ProofRefusedError):
        elsewhere.ask()


def test_binding_to_a_company_account_is_written_down_once(world, come, jana):
    come()
    come()

    assert world.actions(by=jana.id).count(AuditAction.ACCOUNT_BOUND) == 1


def test_company_account_of_who_has_a_passkey_is_written_down_before_it_is_shown(world, come, jana):
    world.roster.add_passkey(make_passkey(jana.id))

    assert come() == SecondStep(jana)

    [entry] = world.audit.entries(by=jana.id, limit=1)
    assert (entry.action, entry.detail) == (AuditAction.PASSKEY_DEMANDED, "elsewhere")


def test_refused_answer_is_logged_with_its_address(come, jana, caplog):
    come(state="forged")

    assert f"sign-in refused: elsewhere: the answer is to somebody else's question, from {ADDRESS}" in (
        record.getMessage() for record in caplog.records
    )


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "address",
    ["http://id.example/x", "http://127.0.0.1.id.example/x", "ftp://id.example/x", "/x", "https:///x"],
)
def test_provider_is_not_used_where_others_could_listen(elsewhere, company, name, address):
    company.metadata = {name: address}

    with pytest.raises(ProofRefusedError, match="cannot be asked: ValueError"):
        elsewhere.ask()


@pytest.mark.parametrize("path", ["/token", "/jwks"])
def test_redirect_of_the_provider_is_not_followed(come, company, jana, path):
    company.moved = {path: f"{company.issuer}/elsewhere"}

    assert come() == Refused()
    assert "/elsewhere" not in company.calls


def test_provider_that_leads_on_before_it_says_anything_is_not_used(elsewhere, company):
    company.moved = {"/.well-known/openid-configuration": f"{company.issuer}/elsewhere"}

    with pytest.raises(ProofRefusedError):
        elsewhere.ask()
    assert "/elsewhere" not in company.calls


def test_silent_provider_is_told_apart_from_a_bad_answer(elsewhere, company):
    company.close()

    with pytest.raises(ProofRefusedError, match="cannot be asked"):
        elsewhere.ask()


def test_client_secret_shows_in_no_repr(elsewhere):
    assert "canary" not in repr(elsewhere)
