"""The least that takes a form with the libraries of this project, as their manuals show it.

The same questions as in the other benchmarks: a signed token, two limits, the answers judged by WTForms,
email-validator and phonenumbers, and four inserts in one durable transaction. No repeats, origins,
languages, conditions, spam score, spool, or call for the CRM.
"""

import uuid
from datetime import UTC, datetime
from typing import Any

import phonenumbers
from bare import database
from email_validator import EmailNotValidError, validate_email
from flask import Flask, Response, jsonify, request
from itsdangerous import URLSafeTimedSerializer
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from sqlalchemy import JSON, Column, MetaData, String, Table, insert
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    Form,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length

app = Flask(__name__)
tokens = URLSafeTimedSerializer("b" * 32)
TOKEN = tokens.dumps("bench")
limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
LIMITS = ((parse("100000/second"), "address"), (parse("100000/second"), "all"))

metadata = MetaData()
TABLES = [
    Table(name, metadata, Column("id", String, primary_key=True), Column("kept", JSON))
    for name in ("spent", "lead", "revision", "consent")
]
with database.write() as connection:
    metadata.create_all(connection)


def is_email(_form: Form, field: StringField) -> None:
    """Refuse what is no address."""
    try:
        validate_email(str(field.data), check_deliverability=False)
    except EmailNotValidError as error:
        raise ValidationError(str(error)) from error


def is_phone(_form: Form, field: StringField) -> None:
    """Refuse what is no number, and keep the others as E.164."""
    number = phonenumbers.parse(str(field.data), "CZ")
    if not phonenumbers.is_valid_number(number):
        raise ValidationError("not a phone number")
    field.data = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class PlainForm(Form):
    """What the project file of the benchmarks asks."""

    name = StringField(validators=[InputRequired()])
    surname = StringField(validators=[InputRequired()])
    email = StringField(validators=[is_email])
    phone = StringField(validators=[is_phone])
    rooms = SelectMultipleField(choices=["1+kk", "2+kk", "3+kk"])
    price_max = SelectField(choices=["4000000", "6000000"])
    unit = StringField()
    note = TextAreaField(validators=[Length(max=5000)])
    consent_1 = BooleanField()


@app.post("/leads")
def leads() -> tuple[Response, int]:
    """Judge and store what was posted, then answer."""
    posted: dict[str, Any] = request.get_json()
    form = PlainForm(MultiDict(posted))
    tokens.loads(TOKEN, max_age=86_400)
    if not form.validate():
        return jsonify(errors=form.errors), 422
    for limit, kind in LIMITS:
        limiter.hit(limit, "bench", request.remote_addr if kind == "address" else kind)
    lead_id = str(uuid.uuid4())
    kept = {**form.data, "at": datetime.now(UTC).isoformat()}
    with database.write() as connection:
        for table in TABLES:
            connection.execute(insert(table), {"id": lead_id, "kept": kept})
    return jsonify(status="accepted", id=lead_id, message="Thank you"), 201
