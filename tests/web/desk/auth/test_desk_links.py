"""Links to set a password with: by mail where there is a mail server, else shown once to copy."""

import re
import threading

import pytest
from browsing import Browser

from realpad_form.domain.errors import MailRefusedError
from realpad_form.domain.people import AuditAction, Particulars, Role
from realpad_form.services.accounts import THREAD

NEW = {"email": "jana@firma.example", "name": "Jana Malá", "role": "operator"}
PASSWORD = "čtyři domy u lesa"


class Postbox:
    """A mail server that keeps what it is given, or refuses it."""

    def __init__(self):
        self.mails, self.is_away = [], False

    def send(self, mail):
        if self.is_away:
            raise MailRefusedError("mail: it answered 550")
        self.mails.append(mail)


@pytest.fixture
def postbox(services):
    services.__dict__["mailer"] = Postbox()  # before anything asks for the one of the settings
    return services.mailer


@pytest.fixture
def jana(services):
    particulars = Particulars(name="Jana Malá", role=Role.OPERATOR)
    person, link = services.people.add("jana@firma.example", particulars)
    services.accounts.set_password(link, PASSWORD)
    return person


def link_in(text):
    found = re.search(r"http://localhost(/account/link/[\w-]+)", text)
    return found and found[1]


def ask(app, email):
    """Ask for a new password, and wait until whatever comes of it is done."""
    browser = Browser(app)
    page = browser.fill("/account/forgotten", email=email)
    for thread in threading.enumerate():
        if thread.name == THREAD:
            thread.join(20)
    return page


def test_new_person_gets_the_link_by_mail_and_nobody_else_sees_it(app, desk, postbox):
    page = desk("admin").post("/people/", NEW)

    [mail] = postbox.mails
    assert mail.to == ("jana@firma.example",)
    assert "Admin has given you access to localhost" in mail.text
    assert "is on its way to Jana Malá" in page.text
    assert link_in(page.text) is None
    set_ = Browser(app).fill(link_in(mail.text), new=PASSWORD)
    assert set_.location == "/sign-in"


def test_reset_by_an_admin_is_mailed(desk, postbox, jana):
    desk("admin").post(f"/people/{jana.id}/reset", {"keep_passkeys": "1"})

    [mail] = postbox.mails
    assert (mail.to, mail.subject) == (("jana@firma.example",), "A new password for localhost")
    assert link_in(mail.text)


def test_link_is_shown_to_copy_if_the_mail_server_refuses_it(desk, postbox, services):
    postbox.is_away = True

    page = desk("admin").post("/people/", NEW)

    assert "The mail could not be sent" in page.text
    assert services.accounts.owner_of(link_in(page.text).rpartition("/")[2]).email == "jana@firma.example"
    assert 'data-copy="link"' in page.text


def test_link_is_shown_to_copy_without_a_mail_server(desk):
    page = desk("admin").post("/people/", NEW)

    assert link_in(page.text)
    assert 'data-copy="link"' in page.text
    assert "could not be sent" not in page.text


def test_forgotten_password_is_replaced_by_a_mailed_link_and_stays_until_then(app, postbox, services, jana):
    services.accounts.speak(jana, "cs")

    page = ask(app, " Jana@firma.example ")

    [mail] = postbox.mails
    assert "a mail with a link is on its way" in page.text
    assert mail.subject == "Nové heslo pro localhost"
    assert "Dobrý den, Jana Malá" in mail.text
    assert Browser(app).sign_in(jana.email, PASSWORD).status_code == 303
    assert Browser(app).fill(link_in(mail.text), new="pět stromů u řeky").location == "/sign-in"
    assert Browser(app).sign_in(jana.email, "pět stromů u řeky").status_code == 303
    [entry] = services.audit.entries(actions=[AuditAction.LINK_ASKED])
    assert (entry.by, entry.subject) == (None, str(jana.id))


def test_nobody_learns_who_may_sign_in(app, desk, postbox, services, jana):
    asked = ask(app, jana.email).text
    services.people.disable(jana.id)

    others = [ask(app, email).text for email in (jana.email, "nobody@firma.example", "no e-mail", "")]

    assert others == [asked] * 4
    assert len(postbox.mails) == 1


def test_mailbox_is_not_flooded(app, postbox, jana):
    for _ in range(6):
        ask(app, jana.email)

    assert len(postbox.mails) == 3


def test_mail_server_that_is_away_breaks_nothing(app, postbox, jana, caplog):
    postbox.is_away = True

    assert ask(app, jana.email).status_code == 200
    assert "a link could not be sent" in caplog.text
    assert Browser(app).sign_in(jana.email, PASSWORD).status_code == 303


def test_without_a_mail_server_nobody_is_offered_a_mail(app):
    stranger = app.test_client()

    assert stranger.get("/account/forgotten").status_code == 404
    assert "/account/forgotten" not in stranger.get("/sign-in").text


def test_entrance_offers_a_new_password_by_mail(app, postbox):
    assert 'href="/account/forgotten"' in app.test_client().get("/sign-in").text
