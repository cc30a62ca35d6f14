"""Public pages in every state, as a validator of HTML would read them."""

import pytest
from markup import Page

from realpad_form.sandbox import create_app as create_sandbox
from realpad_form.web import create_app

HTML = {"Accept": "text/html"}


def faults(answer):
    assert answer.mimetype == "text/html"
    return Page(answer.get_data(as_text=True)).faults


@pytest.mark.parametrize("url", ["", "https://forms.example.com"])
@pytest.mark.parametrize(
    "path", ["/f/riverside", "/f/riverside/en", "/f/riverside/thanks/cs", "/f/nowhere", "/nowhere"]
)
def test_pages_are_valid(make_services, path, url):
    client = create_app(make_services(PUBLIC_URL=url)).test_client()

    assert faults(client.get(path, headers=HTML)) == []


def test_answers_to_a_post_without_script_are_valid(visitor):
    assert faults(visitor.post_form({"name": "Jan", "phone": "1"})) == []
    assert faults(visitor.client.post("/f/riverside/leads", data=b"\xff", headers=HTML,
                  content_type="application/x-www-form-urlencoded")) == []  # fmt: skip


def test_the_sandbox_is_valid():
    client = create_sandbox().test_client()
    client.post("/ws/v10/create-lead", data={"login": "a", "password": "b"})

    for path in ("/", "/site/riverside", "/site/jantar", "/site/sadova"):
        assert faults(client.get(path)) == [], path


@pytest.mark.parametrize(
    "html",
    [
        '<pre aria-labelledby="a">x</pre>',
        '<time datetime="2026-11-28T17:00:00.123456+00:00">x</time>',
        '<a target="_top">x</a>',
        "<section><p>x</p></section>",
        "<section><article><h2>x</h2></article></section>",
        "<table><tr><th>x</th></tr></table>",
        '<label for="a">x</label><textarea id="a" hidden></textarea>',
    ],
)
def test_what_is_not_valid_is_noticed(html):
    assert Page(html).faults
