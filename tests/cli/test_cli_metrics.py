"""Figures of several processes: whichever is asked tells what all of them have done."""

import os
import re
import urllib.request

import pytest
from ports import free_port
from test_cli_serve import is_ready, send, wait_until

TOKEN = "watching"


def scrape(url):
    """Return every counter by its name and labels."""
    request = urllib.request.Request(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        text = answer.read().decode()
    samples = re.findall(r"^realpad_form_(\w+(?:\{[^}]*\})?) ([\d.e+-]+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in samples}


@pytest.fixture
def start(start_command, environ):
    """Start a command; returns its process."""
    return lambda *words: start_command(
        *words, env={**os.environ, **environ, "REALPAD_FORM_METRICS_TOKEN": TOKEN}
    )


@pytest.fixture
def serve(start):
    """Start a web server without a relay; returns its process and address."""

    def serving():
        port = free_port()
        process = start("serve", "--port", str(port), "--no-relay")
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: is_ready(url))
        return process, url

    return serving


def test_each_web_server_tells_what_all_servers_and_relays_have_done(serve, start):
    (first, one), (_, other) = serve(), serve()
    for url in (one, other, one):
        send(url, "Nováková")

    relay = start("relay")
    wait_until(
        lambda: scrape(other)['realpad_calls_total{name="riverside",outcome="accepted"}'] == 3, within_s=30
    )

    wait_until(lambda: scrape(other)['leads_accepted_total{project="riverside"}'] == 3, within_s=30)
    for url in (one, other):
        samples = scrape(url)
        assert samples['leads_accepted_total{project="riverside"}'] == 3
        assert samples["submission_duration_seconds_count"] == 3
        assert samples["realpad_call_duration_seconds_count"] == 3

    send(one, "Dvořáková")
    first.terminate()  # at once: what it has counted is added up before it ends
    assert first.wait(40) == 0
    assert scrape(other)['leads_accepted_total{project="riverside"}'] == 4
    relay.terminate()
    assert relay.wait(40) == 0


def test_a_relay_that_runs_once_leaves_its_counts(serve, start):
    _, url = serve()
    send(url, "Nováková")

    assert start("relay", "--once").wait(40) == 0

    assert scrape(url)['realpad_calls_total{name="riverside",outcome="accepted"}'] == 1
