"""Bytes and requests of the public pages, compressed as the server sends them. 1 kB is 1,000 bytes."""

import gzip
import re
import shutil

import brotli
import pytest

from realpad_form.catalog import samples_folder
from realpad_form.config import folder as shipped
from realpad_form.domain.text import LANGUAGES
from realpad_form.web.assets import LOADER

PAGE_BYTES = 15_000
PAGE_AND_CAPTCHA_BYTES = 20_000
LOADER_BYTES = 2_000
AFTERWARDS_BYTES = 2_500  # what the loader imports, in six languages
LANGUAGE_BYTES = 60  # each more
HINTS_BYTES = 3_000  # fetched once somebody begins to fill in
REQUESTS = 5


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(samples_folder(), tmp_path / "projects")
    return tmp_path


def sent(client, path, encoding="br"):
    """Return what travels for a file, and what it says."""
    answer = client.get(path, headers={"Accept-Encoding": f"{encoding}, deflate"})
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, encoding)
    opened = brotli.decompress(answer.data) if encoding == "br" else gzip.decompress(answer.data)
    return len(answer.data), opened.decode()


def test_the_loader_is_small(client):
    size, loader = sent(client, "/embed.js")
    [path] = re.findall(r'"(static/[^"]+/host\.js)"', loader)
    afterwards, _ = sent(client, f"/{path}")

    assert size <= LOADER_BYTES
    assert len(gzip.compress((shipped() / "static" / LOADER).read_bytes(), 9)) <= LOADER_BYTES
    assert afterwards <= AFTERWARDS_BYTES + LANGUAGE_BYTES * (len(LANGUAGES) - 6)


@pytest.mark.parametrize("path", ["riverside", "riverside/en", "riverside/uk", "jantar", "sadova"])
def test_a_form_is_small_and_of_few_parts(client, path):
    size, page = sent(client, f"/f/{path}")
    at_once = re.sub(r'<img [^>]*loading="lazy"[^>]*>', "", page)  # the photo comes with the thank-you
    parts = re.findall(r'(?:src|href|data-worker|data-hints)="(/[^"]+)"', at_once)
    captcha = [part for part in parts if "altcha" in part]
    [hints] = [part for part in parts if "hints" in part]
    scripts = sum(sent(client, part)[0] for part in parts if part not in [*captcha, hints])

    assert size + scripts <= PAGE_BYTES
    assert sent(client, hints)[0] <= HINTS_BYTES
    assert size + sum(sent(client, part)[0] for part in parts) <= PAGE_AND_CAPTCHA_BYTES
    assert len(["the page", "its session", *parts]) <= REQUESTS
    assert not re.search(r'(?:src|href)="https?://[^"]+\.(?:js|css|woff2?|png)', page)


def test_those_who_know_no_brotli_get_gzip_and_others_plain_text(client):
    _, from_brotli = sent(client, "/f/riverside")
    _, from_gzip = sent(client, "/f/riverside", "gzip")
    plain = client.get("/f/riverside", headers={"Accept-Encoding": "identity"})

    assert from_brotli == from_gzip == plain.get_data(as_text=True)
    assert "Content-Encoding" not in plain.headers


def test_each_coding_has_an_etag_of_its_own_and_says_what_it_varies_by(client):
    answers = [client.get("/f/riverside", headers={"Accept-Encoding": each}) for each in ("br", "gzip", "")]

    assert len({answer.headers["ETag"] for answer in answers}) == 3
    assert all("Accept-Encoding" in answer.headers["Vary"] for answer in answers)


def test_a_browser_that_has_the_compressed_page_gets_a_304(client):
    headers = {"Accept-Encoding": "br"}
    etag = client.get("/f/riverside", headers=headers).headers["ETag"]

    answer = client.get("/f/riverside", headers={**headers, "If-None-Match": etag})

    assert (answer.status_code, answer.data) == (304, b"")
    assert client.get("/f/riverside", headers=headers).data
