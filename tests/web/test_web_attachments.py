"""A font and a photo beside the project file: sent to visitors, and nothing else of the folder."""

import os

import pytest

from realpad_form.domain.project import FONT_BYTES


@pytest.fixture
def projects(folder):
    path = folder / "projects" / "riverside.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "thank_you: {", "thank_you: {contact: {name: Jana Malá, photo: jana.webp}, "
    )
    path.write_text(f"{text}theme: {{font_file: brand.woff2}}\n", encoding="utf-8")
    return path.parent


@pytest.mark.parametrize(("name", "kind"), [("brand.woff2", "font/woff2"), ("jana.webp", "image/webp")])
def test_a_file_that_the_project_names_is_sent_also_to_a_sandboxed_frame(projects, client, name, kind):
    (projects / name).write_bytes(b"content")

    answer = client.get(f"/f/riverside/files/{name}", headers={"Origin": "null"})

    assert (answer.status_code, answer.mimetype, answer.data) == (200, kind, b"content")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    again = client.get(f"/f/riverside/files/{name}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["riverside.yaml", "other.woff2", "..%2Friverside.yaml", "brand.woff"])
def test_no_other_file_of_the_folder_is_sent(projects, client, name):
    (projects / "other.woff2").write_bytes(b"content")
    (projects / "brand.woff2").write_bytes(b"content")

    assert client.get(f"/f/riverside/files/{name}").status_code == 404


def large(path):
    path.write_bytes(b"x" * (FONT_BYTES + 1))


@pytest.mark.parametrize("make", [large, os.mkfifo, os.mkdir, lambda path: None])
def test_what_is_too_large_or_no_file_is_not_sent_and_blocks_nothing(projects, client, make):
    make(projects / "brand.woff2")

    assert client.get("/f/riverside/files/brand.woff2").status_code == 404
    assert client.get("/f/riverside").status_code == 200
