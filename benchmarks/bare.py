"""The least that stores a post durably: Flask and one insert, with the lead log's own SQLite settings."""

import os
import threading

from flask import Flask, request
from sqlalchemy import text

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
