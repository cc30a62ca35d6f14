"""Whatever somebody who is signed in sends to whichever route, no answer is an error of ours."""

from uuid import uuid4

import pytest
from fuzzing import Fuzzer
from lead_desk import ANSWERS, BAD_PHONE
from test_web_fuzz import FIELDS, assert_no_error_of_ours, words

from realpad_form.domain.people import Role

DESK = {
    "role": "operator",
    "limited": "on",
    "projects": "riverside",
    "masked": "on",
    "language": "en",
    "password": "correct horse battery staple",
    "subject": ANSWERS["email"],
    "confirmed": "yes",
    "format": "csv",
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    "numbers",
    [range(300_000, 300_400), pytest.param(range(310_000, 314_000), marks=pytest.mark.long)],
    ids=len,
)
def test_no_request_of_somebody_signed_in_is_answered_with_an_error_of_ours(
    services, app, desk, leads, role, numbers
):
    stored = [leads.send(leads.add(), BAD_PHONE), leads.add(), leads.add(suspicions=("honeypot",))]
    text = services.catalog.source("riverside").decode()
    fuzzer = Fuzzer(
        app,
        fields={**FIELDS, **DESK, "text": text, "lead": str(stored[0])},
        words=words(UUIDConverter=[str(uuid4()), *map(str, stored)], SlugConverter=["riverside"]),
        most_at=("/inbox/", "/preview/", "/people/"),
    )
    answered = 0
    for part in range(numbers.start, numbers.stop, 100):
        # Some of the requests sign the person out, disable or rename them: then another goes on.
        person = desk(role.value, email=f"{part}@example.com")
        kept = person.client.get_cookie("realpad-form")
        statuses = assert_no_error_of_ours(
            fuzzer,
            services,
            range(part, part + 100),
            csrf=person.csrf,
            cookies=f"{kept.key}={kept.value}",
        )
        answered += statuses[200]

    assert answered > len(numbers) / 20
