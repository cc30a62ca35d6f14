import base64
import json
import statistics
import time

import altcha
import pytest

from realpad_form.adapters.captcha import COST, COUNTERS, AltchaCaptcha

OLD, NEW = "old-key-of-at-least-32-bytes-okay", "new-key-of-at-least-32-bytes-okay"
TOKEN = "token-id"


@pytest.fixture(scope="module")
def captcha():
    return AltchaCaptcha([NEW])


def solve(asked):
    """Solve a challenge as a browser does, and return the payload as text."""
    challenge = altcha.Challenge.from_dict(json.loads(json.dumps(asked["challenge"])))
    return altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()


def changed(payload, change):
    """Return a payload with something in it changed."""
    parts = json.loads(base64.b64decode(payload))
    change(parts["challenge"], parts["solution"])
    return encoded(json.dumps(parts).encode())


def encoded(text):
    return base64.b64encode(text).decode()


def test_a_solution_passes_and_is_spent_under_its_signature(captcha, project):
    asked = captcha.challenge(project, TOKEN)

    verdict = captcha.judge(project, TOKEN, solve(asked))

    assert not verdict.is_failed
    assert verdict.spent == asked["challenge"]["signature"]


def test_a_challenge_is_cheap_enough_and_ends(captcha, project):
    asked = captcha.challenge(project, TOKEN)["challenge"]["parameters"]

    assert (asked["algorithm"], asked["cost"]) == ("PBKDF2/SHA-256", COST)
    assert asked["data"] == {"p": project.slug, "j": TOKEN, "u": "lead"}
    assert 19 * 60 < asked["expiresAt"] - time.time() <= 20 * 60


def test_no_counter_can_be_left_out_by_a_program(captcha, project):
    payloads = [json.loads(base64.b64decode(solve(captcha.challenge(project, TOKEN)))) for _ in range(14)]
    counters = [payload["solution"]["counter"] for payload in payloads]

    assert COUNTERS[0] == 0
    assert set(counters) <= set(COUNTERS)
    assert min(counters) < 54, "as it is but once in four million times"


def test_browser_has_to_do_as_much_as_a_phone_does_in_half_a_second():
    iterations = COST * (statistics.mean(COUNTERS) + 1)

    assert 400_000 < iterations < 500_000, "measure again with benchmarks/captcha.py, and state it"


@pytest.mark.parametrize("counter", [COUNTERS[0], COUNTERS[-1]])
def test_first_and_last_counter_are_good_solutions(captcha, project, counter, monkeypatch):
    monkeypatch.setattr("realpad_form.adapters.captcha.COUNTERS", [counter])

    assert not captcha.judge(project, TOKEN, solve(captcha.challenge(project, TOKEN))).is_failed


def test_challenge_of_before_an_update_is_still_taken(captcha, project):
    [keys] = captcha._keys
    made = altcha.create_challenge(
        "PBKDF2/SHA-256",
        5000,
        counter=7,
        expires_at=int(time.time()) + 60,
        data={"p": project.slug, "j": TOKEN, "u": "lead"},
        hmac_secret=keys.challenge,
        hmac_key_secret=keys.solution,
    )

    assert not captcha.judge(project, TOKEN, solve({"challenge": made.to_dict()})).is_failed


def test_a_solution_is_bound_to_its_token_and_project(captcha, project):
    payload = solve(captcha.challenge(project, TOKEN))
    other = project.model_copy(update={"project": "other"})

    assert captcha.judge(project, "another-token", payload).is_failed
    assert captcha.judge(other, TOKEN, payload).is_failed


def test_an_old_challenge_fails(project):
    an_hour_ago = AltchaCaptcha([NEW], clock=lambda: time.time() - 3600)

    payload = solve(an_hour_ago.challenge(project, TOKEN))

    assert an_hour_ago.judge(project, TOKEN, payload).is_failed


def test_every_key_is_good_for_judging(project):
    payload = solve(AltchaCaptcha([OLD]).challenge(project, TOKEN))

    assert not AltchaCaptcha([NEW, OLD]).judge(project, TOKEN, payload).is_failed
    assert AltchaCaptcha([NEW]).judge(project, TOKEN, payload).is_failed


def test_the_first_key_signs(project):
    payload = solve(AltchaCaptcha([NEW, OLD]).challenge(project, TOKEN))

    assert not AltchaCaptcha([NEW]).judge(project, TOKEN, payload).is_failed


@pytest.mark.parametrize(
    "change",
    [
        lambda challenge, _: challenge["parameters"].update(expiresAt=2**40),
        lambda challenge, _: challenge["parameters"].update(algorithm="SHA-256"),
        lambda challenge, _: challenge["parameters"].update(data=None),
        lambda challenge, _: challenge.update(signature="0" * 64),
        lambda _, solution: solution.update(derivedKey="0" * 64),
    ],
    ids=["expiry", "algorithm", "scope", "signature", "solution"],
)
def test_whatever_is_changed_fails(captcha, project, change):
    payload = changed(solve(captcha.challenge(project, TOKEN)), change)

    assert captcha.judge(project, TOKEN, payload).is_failed


@pytest.mark.parametrize(
    ("algorithm", "ends_in_s"), [("SHA-256", 600), ("PBKDF2/SHA-256", None)], ids=["algorithm", "endless"]
)
def test_what_we_never_make_fails_though_our_key_signed_it(captcha, project, algorithm, ends_in_s):
    scope = {"p": project.slug, "j": TOKEN, "u": "lead"}
    key = captcha._keys[0].challenge
    expires_at = ends_in_s and int(time.time()) + ends_in_s
    made = altcha.create_challenge(algorithm, 1, expires_at=expires_at, data=scope, hmac_secret=key)

    assert captcha.judge(project, TOKEN, solve({"challenge": made.to_dict()})).is_failed


@pytest.mark.parametrize(
    "solution",
    [None, "", "x", "ů", "\ud800", "A" * 5000, *map(encoded, (b"null", b"[]", b"{}", b"[" * 3000))],
    ids=["none", "empty", "short", "letter", "surrogate", "long", "null", "list", "object", "deep"],
)  # fmt: skip
def test_what_is_no_solution_fails(captcha, project, solution):
    assert captcha.judge(project, TOKEN, solution).is_failed
