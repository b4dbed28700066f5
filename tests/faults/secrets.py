"""Looking for secrets in whatever a run leaves: files, databases row by row, pages, what it printed."""

from __future__ import annotations

import base64
import html
import json
import shlex
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

SECRET_SETTINGS = ("ALERT_API_PASSWORD", "ANNOTATOR_API_PASSWORD", "RISK_API_PWD")
TOKENS = {
    "a JSON Web Token": b"eyJhbGciOi",
    "a presigned address": b"X-Amz-Signature=",
    "a bearer's header": b"Bearer ey",
    "a Basic header": b"Authorization: Basic",
}
"""What begins every token of the demo, whatever its value."""
_SQLITE = b"SQLite format 3\x00"


def secrets_of(env: Path) -> dict[str, str]:
    """The secrets in a demo's ``env`` file, by setting."""
    lines = (shlex.split(line)[1] for line in env.read_text().splitlines())
    settings = dict(line.split("=", 1) for line in lines)
    secrets = {name: settings[name] for name in SECRET_SETTINGS}
    webhooks = {"SLACK_WEBHOOK_URL": settings["SLACK_WEBHOOK_URL"], **json.loads(settings["SMOKEWATCH_SLACK_WEBHOOKS"])}
    # Who has a webhook's path can write there.
    return secrets | {name: urlsplit(url).path for name, url in webhooks.items()}


def forms(secret: str) -> set[bytes]:
    """A secret as it may be written: plain, in an address, in JSON or HTML, in base64 wherever it stands there."""
    written = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], html.escape(secret)}
    found = {each.encode() for each in written}
    for before in range(3):  # a base64's letters depend on where in a group of three bytes they begin
        encoded = base64.b64encode(bytes(before) + secret.encode()).rstrip(b"=")
        found.add(encoded[(8 * before + 5) // 6 : -1])
    return found


def leaks(places: Iterable[tuple[str, bytes]], secrets: Mapping[str, str]) -> list[str]:
    """Where which secret is."""
    wanted = {name: forms(secret) for name, secret in secrets.items()} | {name: {each} for name, each in TOKENS.items()}
    return sorted(
        {
            f"{place}: {name}"
            for place, content in places
            for name, written in wanted.items()
            if any(each in content for each in written)
        }
    )


def contents(folder: Path, *, but: Iterable[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, a SQLite database as its rows; `but` are files and folders left out."""
    left_out = [folder / each for each in but]
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(path.is_relative_to(each) for each in left_out):
            with path.open("rb") as file:
                is_database = file.read(len(_SQLITE)) == _SQLITE
            place = str(path.relative_to(folder))
            if is_database:
                yield from _rows(path, place)
            elif not path.name.endswith(("-wal", "-shm")):
                yield place, path.read_bytes()


def _rows(path: Path, place: str) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            name = table.decode()
            for row in connection.execute(f'SELECT * FROM "{name}"'):
                yield f"{place}, {name}", b" ".join(each for each in row if isinstance(each, bytes))
