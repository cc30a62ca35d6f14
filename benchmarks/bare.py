"""The least that stores a post durably: Flask and one insert, with the lead log's own SQLite settings."""

import os
import threading

from flask import Flask, redirect, request
from sqlalchemy import text
from werkzeug import Response

from realpad_form.adapters.sql import Database

app = Flask(__name__)
database = Database(os.environ["BARE_DATABASE_URL"])
ready = threading.Lock()

with database.write() as connection:
    connection.execute(text("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, body TEXT)"))


@app.post("/leads")
def leads() -> tuple[dict[str, str], int]:
    """Store the body, then answer."""
    with database.write() as connection:
        connection.execute(
            text("INSERT INTO bare (body) VALUES (:body)"), {"body": request.get_data(as_text=True)}
        )
    return {"status": "accepted"}, 201


@app.get("/hello")
def hello() -> str:
    """Answer a greeting."""
    return "hello"


@app.get("/form")
def form() -> str:
    """Answer a page with a bare form that asks what the form of the benchmarks asks."""
    return page(f'<form method="post">{fields()}<button id="send">Send</button></form>')


@app.get("/page")
def host() -> str:
    """Answer the same page with the loader of another server in place of the bare form."""
    return page(f'<script async src="{request.args["loader"]}" data-project="bench" data-lang="en"></script>')


def page(content: str) -> str:
    """Return a page of a project that holds some content."""
    return f"<!doctype html><title>Riverside</title><h1>Riverside</h1><p>Flats by the river.</p>{content}"


def fields() -> str:
    """Return bare fields for the questions of the benchmarks' project file."""
    texts = "".join(_field("text", name, name) for name in ("name", "surname", "email", "phone", "unit"))
    rooms = "".join(_field("checkbox", "rooms", layout) for layout in ("1+kk", "2+kk", "3+kk"))
    prices = "".join(_field("radio", "price_max", price) for price in ("4000000", "6000000"))
    consent = _field("checkbox", "consent_1", "Send me offers")
    return f'{texts}{rooms}{prices}<p><textarea name="note"></textarea></p>{consent}'


def _field(kind: str, name: str, label: str) -> str:
    value = "" if kind == "text" else label
    return f'<p><label>{label} <input type="{kind}" name="{name}" value="{value}"></label></p>'


@app.post("/form")
def sent() -> Response:
    """Store what was typed, then send the browser on."""
    leads()
    return redirect("/thanks", 303)


@app.get("/thanks")
def thanks() -> str:
    """Answer a thank-you."""
    return '<!doctype html><title>Thanks</title><h2 id="thanked">Thank you</h2>'
