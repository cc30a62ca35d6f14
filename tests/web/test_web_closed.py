"""A project that takes no enquiries any more: its page says so, and an enquiry under way is still a lead."""

import pytest

CLOSED = "title: Nezávazná poptávka\nintro: Ozveme se.\nclosed: {message: {cs: Vyprodáno., en: Sold out.}}\n"


@pytest.fixture
def close(folder, services, monkeypatch):
    def edit():
        path = folder / "projects" / "riverside.yaml"
        path.write_text(path.read_text(encoding="utf-8") + CLOSED, encoding="utf-8")
        monkeypatch.setattr(services.catalog, "_check_again_at", 0)

    return edit


@pytest.mark.parametrize(("path", "message"), [("", "Vyprodáno."), ("/en", "Sold out.")])
def test_the_page_has_a_message_and_the_contact_instead_of_a_form(client, close, path, message):
    close()

    page = client.get(f"/f/riverside{path}")

    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert message in text
    assert 'href="tel:+420777123456"' in text
    assert "<form" not in text
    assert "Ozveme se." not in text  # nobody will
    assert "frame-ancestors 'self' https://www.riverside.example" in page.headers["Content-Security-Policy"]


def test_an_enquiry_from_a_page_that_was_opened_before_is_a_lead(visitor, close, stored):
    token = visitor.token()
    close()

    answer = visitor.send(token=token)

    assert answer.status_code == 201
    assert len(stored()) == 1


def test_the_page_follows_the_file_when_the_form_opens_again(client, close, folder, services, monkeypatch):
    close()
    assert "Vyprodáno." in client.get("/f/riverside").get_data(as_text=True)
    path = folder / "projects" / "riverside.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(CLOSED, ""), encoding="utf-8")
    monkeypatch.setattr(services.catalog, "_check_again_at", 0)

    assert "<form" in client.get("/f/riverside").get_data(as_text=True)
