"""What a Slack message says of an alert, or of many: pure, and safe whatever names cameras and organizations have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzfpy

from smokewatch.domain.message_words import Words, words_of
from smokewatch.domain.risk import FwiClass
from smokewatch.errors import printable

Body = dict[str, Any]
"""What is posted to a webhook, as JSON."""

MOST_SIGHTINGS = 6
MOST_LINES = 60
"""Alerts that a digest lists; the others are counted."""
_SECTION = 2900
"""Characters of a section's text; Slack takes 3000."""
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Sighting:
    """A sequence that passed the gate, as people are told of it. Times aware UTC, angles degrees from north."""

    key: str
    """``<source>_<id>``."""
    camera: str
    lat: float | None
    lon: float | None
    started_at: datetime
    azimuth: float | None
    score: float | None
    """What production's model gave; None: it was never asked, or did not answer."""
    fwi_class: FwiClass | None
    """Of its camera and day; None: nothing is known."""


@dataclass(frozen=True, slots=True)
class AlertToTell:
    """An alert with the sequences that people are told of: at least one, oldest first."""

    source: str
    id: int
    organization_id: int
    organization: str
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class Links:
    """Where a message leads to."""

    platform: str
    """The platform's address."""
    viewer: str | None = None
    """The address of this store's page; None: nobody serves it."""

    def to_alert(self, alert: AlertToTell) -> str:
        """An alert on the platform."""
        return f"{self.platform.rstrip('/')}/alert/{alert.id}"

    def to_sequence(self, sighting: Sighting) -> str | None:
        """A sequence in the viewer."""
        return (
            self.viewer
            and f"{self.viewer.rstrip('/')}/replay?sequence={quote(sighting.key, safe='', errors='replace')}"
        )


def alert_body(alert: AlertToTell, links: Links) -> Body:
    """One alert's message: production's, with who is concerned, what the model gave, the risk, and why.

    The times are those of each camera's place; the language is that of the first one's country.
    """
    words = words_of(zone_of(alert.sightings[0]))
    shown = alert.sightings[:MOST_SIGHTINGS]
    lines = [line for sighting in shown for line in _sighting_lines(sighting, words)]
    if more := len(alert.sightings) - len(shown):
        lines.append(f" {words.more.format(count=more)}")
    lines.append(f" {words.organization} : {name_text(alert.organization)}")
    lines.append(f" {_link(links.to_alert(alert), words.platform)}")
    if (viewer := links.to_sequence(shown[0])) is not None:
        lines.append(f" {_link(viewer, words.viewer)}")
    return {"text": words.title, "blocks": [_section(text) for text in _sections(lines)]}


def digest_body(alerts: Sequence[AlertToTell], links: Links) -> Body:
    """One message for many alerts of an organization, a line each; at least one."""
    words = words_of(zone_of(alerts[0].sightings[0]))
    title = words.digest.format(count=len(alerts))
    head = f"*{title}* : {name_text(alerts[0].organization)}"
    lines = [_digest_line(alert, words, links) for alert in alerts[:MOST_LINES]]
    if more := len(alerts) - len(lines):
        lines.append(words.more.format(count=more))
    return {"text": title, "blocks": [_section(text) for text in _sections([head, *lines])]}


def text_of(body: Body) -> str:
    """A message as people would read it, one string."""
    return "\n".join([body["text"], *(block["text"]["text"] for block in body["blocks"])])


def zone_of(sighting: Sighting) -> str:
    """The time zone of a camera's position; UTC where there is none."""
    if sighting.lat is None or sighting.lon is None:
        return "UTC"
    return tzfpy.get_tz(sighting.lon, sighting.lat) or "UTC"


def name_text(name: str) -> str:
    """A name as plain text of Slack's mrkdwn: one line, no mention, no link, no mark that turns what follows around."""
    short = printable(" ".join(name.split()))
    if len(short) > _LONGEST_NAME:
        short = short[: _LONGEST_NAME - 1] + "…"
    return _escape(short) or "?"


def _escape(text: str) -> str:
    """The three characters that mean something to Slack outside of what it formats."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _sighting_lines(sighting: Sighting, words: Words) -> list[str]:
    risk = words.unknown if sighting.fwi_class is None else words.classes[sighting.fwi_class]
    return [
        f":date: {_local(sighting):%Y-%m-%d %H:%M:%S}",
        f" {words.site} : {name_text(sighting.camera)}",
        f" {words.azimuth} : {_azimuth(sighting, words)}",
        f" {words.score} : {_score(sighting, words)}",
        f" {words.risk} : {risk}",
    ]


def _digest_line(alert: AlertToTell, words: Words, links: Links) -> str:
    first = alert.sightings[0]
    parts = [
        f"• {_local(first):%m-%d %H:%M}",
        name_text(first.camera),
        _azimuth(first, words),
        f"{words.score} {_score(first, words)}",
        words.unknown if first.fwi_class is None else words.classes[first.fwi_class],
        _link(links.to_alert(alert), words.alert.format(id=alert.id)),
    ]
    return " · ".join(parts)


def _azimuth(sighting: Sighting, words: Words) -> str:
    return words.unknown if sighting.azimuth is None else f"{round(sighting.azimuth, 1)}°"


def _score(sighting: Sighting, words: Words) -> str:
    return words.unknown if sighting.score is None else f"{sighting.score:.2f}"


def _local(sighting: Sighting) -> datetime:
    try:
        zone = ZoneInfo(zone_of(sighting))
    except ZoneInfoNotFoundError:
        # A zone that is newer than this machine's: better a time that says what it is not.
        return sighting.started_at.astimezone(UTC)
    return sighting.started_at.astimezone(zone)


def _link(url: str, label: str) -> str:
    safe = "".join(quote(each) if each in "<>| " else each for each in url)
    return f"<{_escape(safe)}|{label}>"


def _section(text: str) -> Body:
    # Verbatim: Slack makes no link or mention of its own out of what a name happens to say.
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _sections(lines: Iterable[str]) -> list[str]:
    """Lines in texts short enough for a section each."""
    texts: list[str] = []
    for line in lines:
        # A line is far shorter: names are.
        if texts and len(texts[-1]) + 1 + len(line) <= _SECTION:
            texts[-1] += "\n" + line
        else:
            texts.append(line)
    return texts
