"""A form in a sandboxed frame has the origin `null`: its script may read our answers, and no other page's."""

import pytest

from realpad_form.domain.delivery import Status

NULL = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
READABLE = "Access-Control-Allow-Origin"
ROUTES = {"session": "GET", "leads": "POST", "seen": "POST"}


@pytest.mark.parametrize(("route", "method"), ROUTES.items())
def test_its_browser_is_told_exactly_what_it_may_do(client, route, method):
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type"}

    answer = client.options(f"/f/riverside/{route}", headers={**NULL, **asked})

    assert answer.status_code == 200
    assert answer.headers[READABLE] == "null"
    assert answer.headers["Access-Control-Allow-Methods"] == method
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


def test_its_lead_is_thanked_and_waits_in_quarantine(visitor, client, stored):
    session = client.get("/f/riverside/session", headers=NULL)
    answer = visitor.send(token=session.get_json()["token"], headers=NULL)

    assert [each.headers[READABLE] for each in (session, answer)] == ["null", "null"]
    assert (answer.status_code, answer.get_json()["status"]) == (201, "accepted")
    [record] = stored()
    assert record.lead.status is Status.QUARANTINED
    assert "null_origin" in map(str, record.lead.reasons)


@pytest.mark.parametrize(
    ("answers", "status"), [({"token": "long gone"}, 409), ({"phone": "12"}, 422), ({"submission": "x"}, 400)]
)
def test_it_may_read_what_is_wrong_too(visitor, answers, status):
    answer = visitor.send(**answers, headers=NULL)

    assert (answer.status_code, answer.headers[READABLE]) == (status, "null")


def test_it_may_read_how_long_to_wait(visitor):
    for n in range(5):
        visitor.send(note=str(n), headers=NULL)

    answer = visitor.send(headers=NULL)

    assert (answer.status_code, answer.headers[READABLE]) == (429, "null")
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"
    assert "Retry-After" in answer.headers


@pytest.mark.parametrize("origin", [None, "https://www.riverside.example", "https://elsewhere.example"])
@pytest.mark.parametrize(("route", "method"), ROUTES.items())
def test_no_other_page_may_read_anything(client, route, method, origin):
    headers = {"Origin": origin} if origin else {}

    answers = [client.open(f"/f/riverside/{route}", method=m, headers=headers) for m in (method, "OPTIONS")]

    assert not any(name.startswith("Access-Control") for answer in answers for name in dict(answer.headers))
    assert all("Origin" in answer.headers["Vary"] for answer in answers)


@pytest.mark.parametrize(
    "path", ["/f/riverside", "/oembed?url=http://localhost/f/riverside", "/inbox/", "/healthz"]
)
def test_nothing_else_is_opened_to_it(client, path):
    assert READABLE not in client.get(path, headers=NULL).headers
