"""Scripts of captcha services run on the host of the desk: what the browser keeps from them."""

from time import monotonic, sleep

import pytest
from desk_site import desk_site

pytestmark = pytest.mark.browser

READ = "(path) => fetch(path).then((answer) => answer.text(), (error) => error.name)"
FRAMED = """(path) => new Promise((told) => {
    document.addEventListener("securitypolicyviolation", (event) => told(event.effectiveDirective));
    const frame = document.createElement("iframe");
    frame.src = path;
    document.body.append(frame);
})"""
OPENED = """async (path) => {
    const opened = window.open(path);
    for (let tries = 0; tries < 100 && !opened.closed; tries += 1) {
        await new Promise((next) => { setTimeout(next, 50); });
    }
    return opened.closed;
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    with desk_site(folder) as server:
        path = folder / "projects" / "riverside.yaml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("captcha: altcha", "captcha: turnstile"), encoding="utf-8")
        deadline = monotonic() + 20
        while server.services.catalog.get("riverside").captcha != "turnstile":
            assert monotonic() < deadline
            sleep(0.05)
        yield server


@pytest.fixture
def form(server, open_page):
    """Open the form as an admin who is signed in at the desk; its console says what was refused."""
    return open_page(f"{server.url}/f/riverside", may_complain=True, storage_state=server.state("admin"))


def test_script_of_a_captcha_reads_no_page_of_the_desk(form):
    assert form.evaluate(READ, "/inbox/") == "TypeError"
    assert form.evaluate(READ, "/inbox/counts") == "TypeError"
    assert '"token"' in form.evaluate(READ, "/f/riverside/session")


def test_script_of_a_captcha_holds_no_page_of_the_desk(form):
    assert form.evaluate(FRAMED, "/inbox/") == "frame-src"
    assert form.evaluate(OPENED, "/inbox/")


def test_script_of_a_captcha_asks_for_no_passkey(form):
    asked = "navigator.credentials.get({publicKey: {challenge: new Uint8Array(32)}}).catch((e) => e.name)"
    allowed = "document.featurePolicy.allowedFeatures().filter((each) => each.startsWith('publickey'))"

    assert form.evaluate(asked) == "NotAllowedError"
    assert form.evaluate(allowed) == []
