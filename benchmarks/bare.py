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
    """Answer a page with a form and nothing else."""
    names = ("name", "surname", "email", "phone")
    fields = "".join(f'<p><label>{name} <input name="{name}"></label></p>' for name in names)
    send = '<button id="send">Send</button>'
    return f'<!doctype html><title>Bare</title><form method="post">{fields}{send}</form>'


@app.post("/form")
def sent() -> Response:
    """Store what was typed, then send the browser on."""
    leads()
    return redirect("/thanks", 303)


@app.get("/thanks")
def thanks() -> str:
    """Answer a thank-you."""
    return '<!doctype html><title>Thanks</title><h2 id="thanked">Thank you</h2>'
