"""Whatever a stranger sends to whichever route, no answer is an error of ours."""

from collections import Counter
from uuid import UUID

import pytest
from fuzzing import Fuzzer

from realpad_form.catalog import samples_folder
from realpad_form.web import create_app

FIELDS = {
    "name": "Jan",
    "surname": "Novák",
    "full_name": "Jan Novák",
    "email": "jan@example.com",
    "phone": "777 123 456",
    "rooms": ["2+kk"],
    "price_max": "6000000",
    "customer_purpose": "1",
    "customer_household_size": "2",
    "customer_must_haves": ["1", "2"],
    "customer_has_pets": "true",
    "customer_viewing_date": "2026-12-24",
    "unit": "A-101",
    "note": "Dobrý den",
    "consents": ["39268442"],
    "consent_39268442": "true",
}
"""What both samples take, and the forms of the desk, too, as far as they ask for the same."""


@pytest.fixture
def folder(folder):
    """Both samples, with every kind of question, and without limits in the way."""
    for sample in samples_folder().glob("*.yaml"):
        text = sample.read_text(encoding="utf-8").replace("captcha: altcha", "captcha: none")
        text = text.replace("limits: {per_address: 5/minute;30/hour, per_project: 60/minute}", "")
        text += "\nlimits: {per_address: 1000/second, per_project: 1000/second}\n"
        (folder / "projects" / sample.name).write_text(text, encoding="utf-8")
    return folder


def words(**more):
    """Return what may stand in paths, by the converter of its place."""
    return {
        "SlugConverter": ["riverside", "jantar"],
        "LanguageConverter": ["cs", "sk", "en"],
        "UUIDConverter": [str(UUID(int=7))],  # the same in every run, so that a number replays its request
        "IntegerConverter": ["39268430", "39268442", "0"],
        **more,
    }


def assert_no_error_of_ours(fuzzer, services, numbers, **identity):
    """Send the requests; return how many were answered with each status."""
    statuses = Counter()
    for number in numbers:
        if number % 500 == numbers.start % 500:
            token = services.tokens.mint("riverside" if number // 500 % 2 else "jantar")
        status, about = fuzzer.answer(number, token=token, **identity)
        statuses[status] += 1
        # An oEmbed format that is not made here is a 501 by its standard.
        assert status < 500 or (status == 501 and "/oembed" in about), f"request {number}: {status} {about}"
    return statuses


@pytest.mark.parametrize("public_url", ["http://localhost", ""])
@pytest.mark.parametrize(
    "numbers", [range(1_500), pytest.param(range(10_000, 60_000), marks=pytest.mark.long)], ids=len
)
def test_no_request_of_a_stranger_is_answered_with_an_error_of_ours(make_services, numbers, public_url):
    services = make_services(PUBLIC_URL=public_url)
    if not public_url:
        numbers = range(numbers.start + 100_000, numbers.stop + 100_000)
    app = create_app(services)
    fuzzer = Fuzzer(app, fields=FIELDS, words=words(), most_at=("/f/", "/oembed", "/sign-in"))
    as_it_is = {**FIELDS, "token": services.tokens.mint("riverside")}
    assert app.test_client().post("/f/riverside/leads", json=as_it_is).status_code == 201

    statuses = assert_no_error_of_ours(fuzzer, services, numbers)

    assert {200, 400, 401, 404, 405, 409, 413, 422} <= set(statuses)
