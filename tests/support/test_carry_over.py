"""Requests that were there before they became threads keep their text, their files and their state."""

import asyncio
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

from cabinet.launcher.migrations import migrate
from cabinet.launcher.postgres import create_database

TICKET = """
INSERT INTO ticket (id, email, locale, subject, message, state, search_key, created_at, closed_at)
VALUES (%s, 'bob@mail.example', 'ru', 'Чек', %s, %s, '', '2026-11-01', %s)
"""
FILE = "INSERT INTO ticket_file (id, ticket_id, name, content_type, size, created_at)"
ANSWERED = """
INSERT INTO audit_record (action, subject, subject_id, before, after, address, at)
VALUES ('edit', 'ticket', %s, '{"state": "open"}', '{"state": "answered"}', '', '2026-11-03')
"""


async def test_the_text_becomes_the_first_message(database_server: str):
    url = await asyncio.to_thread(create_database, database_server, f"carry_{uuid4().hex[:8]}")
    await asyncio.to_thread(migrate, url, "0006")
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    opened, answered, closed, file = (uuid4() for _one in range(4))
    with psycopg.connect(plain) as connection:
        connection.execute(TICKET, (opened, "Где чек?", "open", None))
        connection.execute(TICKET, (answered, "Где?", "answered", None))
        connection.execute(TICKET, (closed, "Нашёл", "closed", "2026-11-05"))
        connection.execute(ANSWERED, (str(answered),))
        connection.execute(
            FILE.encode() + b" VALUES (%s, %s, 'a.png', 'image/png', 5, now())", (file, opened)
        )
    await asyncio.to_thread(migrate, url)
    with psycopg.connect(plain) as connection:
        messages = _rows(connection, "SELECT ticket_id, author, text, is_note FROM ticket_message")
        assert set(messages) == {
            (opened, "guest", "Где чек?", False),
            (answered, "guest", "Где?", False),
            (closed, "guest", "Нашёл", False),
        }
        [(of_file,)] = _rows(
            connection,
            "SELECT m.ticket_id FROM ticket_file f JOIN ticket_message m ON m.id = f.message_id",
        )
        assert of_file == opened
        since = dict(_rows(connection, "SELECT id, state_since::date::text FROM ticket"))
        assert since == {opened: "2026-11-01", answered: "2026-11-03", closed: "2026-11-05"}
        [(first,)] = _rows(connection, "SELECT first_answered_at FROM ticket WHERE state = 'answered'")
        assert str(first).startswith("2026-11-0")
        steps = _rows(connection, "SELECT state, count(*) FROM ticket_step GROUP BY state")
        assert dict(steps) == {"open": 3, "answered": 1, "closed": 1}


def _rows(connection: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()
