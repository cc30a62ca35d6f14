"""oEmbed 1.0: found on the form page, answered for its forms only."""

import html
import re
from urllib.parse import quote

import pytest

from realpad_form.web import create_app

PUBLIC = "https://forms.example.com"


@pytest.fixture
def client(make_services):
    return create_app(make_services(PUBLIC_URL=PUBLIC)).test_client()


def ask(client, url, **more):
    query = "".join(f"&{name}={value}" for name, value in more.items())
    return client.get(f"/oembed?url={quote(url, safe='')}{query}")


def test_a_form_is_described_as_a_frame(client):
    said = ask(client, f"{PUBLIC}/f/riverside").get_json()

    assert (said["version"], said["type"], said["title"]) == ("1.0", "rich", "Riverside Residences")
    assert f'src="{PUBLIC}/f/riverside?theme=light"' in said["html"]
    assert f'width="{said["width"]}" height="{said["height"]}"' in said["html"]


def test_the_unit_and_campaign_of_the_address_stay_in_the_frame(client):
    said = ask(client, f'{PUBLIC}/f/riverside/en?unit=A-101&campaign="x').get_json()

    assert f'src="{PUBLIC}/f/riverside/en?unit=A-101&amp;campaign=&#34;x&amp;theme=light"' in said["html"]


def test_a_frame_stays_dark_where_the_address_says_so(client):
    page = f"{PUBLIC}/f/riverside?theme=dark"

    assert f'src="{page}"' in ask(client, page).get_json()["html"]


def test_a_frame_has_the_light_that_its_project_demands(make_services, folder):
    with (folder / "projects/riverside.yaml").open("a", encoding="utf-8") as file:
        file.write("theme: {mode: dark}\n")
    client = create_app(make_services(PUBLIC_URL=PUBLIC)).test_client()

    assert f'src="{PUBLIC}/f/riverside"' in ask(client, f"{PUBLIC}/f/riverside").get_json()["html"]


def test_the_form_page_tells_where_it_is_described(client):
    page = client.get("/f/riverside/en").get_data(as_text=True)
    [href] = re.findall(r'application/json\+oembed"[^>]*href="([^"]+)"', page)

    said = client.get(html.unescape(href).removeprefix(PUBLIC)).get_json()

    assert f"{PUBLIC}/f/riverside/en" in said["html"]


def test_it_is_no_larger_than_asked_for(client):
    said = ask(client, f"{PUBLIC}/f/riverside", maxwidth=320, maxheight=99999).get_json()

    assert (said["width"], said["height"]) == (320, 900)
    assert 'width="320"' in said["html"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://evil.example/f/riverside",
        f"{PUBLIC}.evil.example/f/riverside",
        f"{PUBLIC}/f/nobody",
        f"{PUBLIC}/f/riverside/../x",
        f"{PUBLIC}/readyz",
        "http://[",
        "javascript:alert(1)",
    ],
)
def test_any_other_address_is_a_404(client, url):
    assert ask(client, url).status_code == 404


def test_xml_is_not_offered(client):
    assert ask(client, f"{PUBLIC}/f/riverside", format="xml").status_code == 501


def test_without_a_public_address_nothing_is_advertised(make_services):
    client = create_app(make_services()).test_client()

    assert "oembed" not in client.get("/f/riverside").get_data(as_text=True)
    assert ask(client, "http://localhost/f/riverside").status_code == 404
