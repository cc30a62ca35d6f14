"""How long and how often the OpenID provider is asked: with a deadline, a few at once, and not each time."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from openid import CLIENT, SECRET, make_key
from people_world import ADDRESS, PeopleWorld
from silent import silent_server, wait_until

from realpad_form.adapters import oidc
from realpad_form.adapters.oidc import OpenIdProvider
from realpad_form.domain.errors import CallsBusyError, ProofRefusedError
from realpad_form.services.oidc_sign_in import OidcSignIn
from realpad_form.services.sign_in import SignedIn

BACK = "https://forms.example/sign-in/elsewhere/back"


@pytest.fixture
def elsewhere(database, clock, company):
    world = PeopleWorld(database, clock)
    world.admit()
    return OidcSignIn(OpenIdProvider(company.issuer, CLIENT, SECRET, BACK), world.sign_in, world.tickets)


def come(elsewhere, company):
    address, ticket = elsewhere.ask()
    return elsewhere.enter(company.authorize(address), ticket=ticket, address=ADDRESS)


@pytest.mark.parametrize("drip", [b"", b"H", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"], ids=str)
def test_provider_is_given_up_after_a_total_deadline_however_it_drips(drip):
    with silent_server(drip=drip) as (address, _):
        provider = OpenIdProvider(address, CLIENT, SECRET, BACK, deadline_s=0.5)
        began = time.monotonic()

        with pytest.raises(ProofRefusedError):
            provider.ask(is_again=False)

        assert 0.4 < time.monotonic() - began < 3


def test_silent_provider_holds_two_and_the_others_are_told_at_once():
    with silent_server() as (address, held), ThreadPoolExecutor(oidc.AT_ONCE) as pool:
        provider = OpenIdProvider(address, CLIENT, SECRET, BACK, deadline_s=2)
        waiting = [pool.submit(provider.ask, is_again=False) for _ in range(oidc.AT_ONCE)]
        wait_until(lambda: len(held) == oidc.AT_ONCE)
        began = time.monotonic()

        for _ in range(40):
            with pytest.raises(CallsBusyError):
                provider.ask(is_again=False)

        assert time.monotonic() - began < 1
        assert len(held) == oidc.AT_ONCE
        assert all(isinstance(each.exception(), ProofRefusedError) for each in waiting)


def test_provider_that_failed_is_left_alone_for_a_moment_and_then_asked_again(company, monkeypatch):
    provider = OpenIdProvider(company.issuer, CLIENT, SECRET, BACK)
    company.metadata = {"issuer": "https://evil.example"}
    with pytest.raises(ProofRefusedError):
        provider.ask(is_again=False)
    company.metadata = {}

    with pytest.raises(ProofRefusedError, match="a moment ago"):
        provider.ask(is_again=False)
    monkeypatch.setattr(oidc, "FAILED_FOR_S", 0.0)

    assert provider.ask(is_again=False)


def test_what_the_provider_says_of_itself_is_asked_once(elsewhere, company):
    for _ in range(3):
        assert isinstance(come(elsewhere, company), SignedIn)

    assert company.calls == {"/.well-known/openid-configuration": 1, "/jwks": 1, "/token": 3}


def test_new_keys_of_the_provider_are_fetched_when_they_are_needed(elsewhere, company):
    come(elsewhere, company)
    company.key = company.published = make_key("renewed")

    assert isinstance(come(elsewhere, company), SignedIn)
    assert company.calls["/jwks"] == 2


def test_sign_in_that_found_all_calls_taken_is_no_failure(elsewhere, company):
    for _ in range(30):
        address, ticket = elsewhere.ask()
        answer = company.authorize(address)
        with (
            elsewhere.provider._slots.take(),
            elsewhere.provider._slots.take(),
            pytest.raises(CallsBusyError),
        ):
            elsewhere.enter(answer, ticket=ticket, address=ADDRESS)

    assert isinstance(come(elsewhere, company), SignedIn)


def test_answers_of_one_address_that_prove_nothing_have_to_wait(elsewhere, company):
    for _ in range(20):
        address, ticket = elsewhere.ask()
        elsewhere.enter({**company.authorize(address), "code": "wrong"}, ticket=ticket, address=ADDRESS)

    assert come(elsewhere, company).wait
    address, ticket = elsewhere.ask()
    other = elsewhere.enter(company.authorize(address), ticket=ticket, address="198.51.100.1")
    assert isinstance(other, SignedIn)
