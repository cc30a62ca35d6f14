"""Everything signed is signed by SHA-256; what earlier versions signed is read while it is good."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from itsdangerous import BadData, TimestampSigner, URLSafeSerializer, URLSafeTimedSerializer

from realpad_form.domain.errors import TicketSpentError
from realpad_form.domain.people import Purpose
from realpad_form.forms import Tokens
from realpad_form.forms.token import SALT as TOKEN_SALT
from realpad_form.services.signing import TICKET_SALT, Tickets
from realpad_form.web.desk.auth.session import DeskCookie
from realpad_form.web.desk.preview.draft import LINK_SALT as DRAFT_SALT
from realpad_form.web.desk.preview.draft import DraftLinks

KEY = "k" * 32
BY_SHA_256 = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}


class Clock:
    """Sessions that know nothing but the time."""

    def now(self):
        return datetime.now(UTC)


def cookies():
    app = Flask(__name__)
    app.config.update(SECRET_KEY=KEY, SECRET_KEY_FALLBACKS=[])
    return DeskCookie("https://forms.example").get_signing_serializer(app)


def test_everything_signed_is_signed_by_sha_256(project):
    token = Tokens([KEY]).mint("riverside")
    draft = DraftLinks([KEY]).sign(project, by=uuid4())
    ticket = Tickets(Clock(), [KEY]).sign(Purpose.PASSKEY)
    cookie = cookies().dumps({"token": "x"})

    assert TimestampSigner(KEY, salt=TOKEN_SALT, **BY_SHA_256).validate(token)
    assert TimestampSigner(KEY, salt=DRAFT_SALT, **BY_SHA_256).validate(draft)
    assert URLSafeSerializer(KEY, salt=TICKET_SALT, signer_kwargs=BY_SHA_256).loads(ticket)
    assert URLSafeTimedSerializer(KEY, salt="cookie-session", signer_kwargs=BY_SHA_256).loads(cookie)


def test_form_that_was_open_during_an_upgrade_can_be_sent():
    before = TimestampSigner(KEY, salt=TOKEN_SALT).sign("riverside.abcdefghijklmnop").decode()

    assert Tokens([KEY]).read(before, slug="riverside").id == "abcdefghijklmnop"
    assert not Tokens([KEY]).read(before, slug="jantar").is_valid
    assert not Tokens(["x" * 32]).read(before, slug="riverside").is_valid
    late = Tokens([KEY], clock=lambda: datetime.now(UTC) + timedelta(hours=13))
    assert not late.read(before, slug="riverside").is_valid


def test_draft_that_was_shared_before_an_upgrade_opens_for_its_week(project):
    by = uuid4()
    content = DraftLinks([KEY]).sign(project, by=by).rsplit(".", 2)[0]
    before = TimestampSigner(KEY, salt=DRAFT_SALT).sign(content).decode()

    assert DraftLinks([KEY]).read(before).by == by
    late = DraftLinks([KEY], clock=lambda: datetime.now(UTC) + timedelta(days=8))
    assert late.read(before) is None


def test_ticket_of_before_an_upgrade_is_good_for_its_minutes():
    expires_at = datetime.now(UTC) + timedelta(minutes=4)
    content = [Purpose.PASSKEY, expires_at.timestamp(), "nonce", "challenge"]
    before = URLSafeSerializer(KEY, salt=TICKET_SALT).dumps(content)

    assert Tickets(Clock(), [KEY]).read(before, purpose=Purpose.PASSKEY).content == "challenge"
    with pytest.raises(TicketSpentError):
        Tickets(Clock(), ["x" * 32]).read(before, purpose=Purpose.PASSKEY)


def test_upgrade_signs_nobody_out():
    by_flask = {"digest_method": hashlib.sha1, "key_derivation": "hmac"}
    before = URLSafeTimedSerializer(KEY, salt="cookie-session", signer_kwargs=by_flask).dumps({"token": "x"})

    assert cookies().loads(before) == {"token": "x"}
    with pytest.raises(BadData):
        cookies().loads(before[:-3] + "AAA")
