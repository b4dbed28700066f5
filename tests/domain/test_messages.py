"""Messages: production's facts in the place's time and language, and nothing that a name could smuggle in."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smokewatch.domain.messages import (
    MOST_LINES,
    MOST_SIGHTINGS,
    AlertToTell,
    Links,
    Sighting,
    alert_body,
    digest_body,
    name_text,
    text_of,
)
from smokewatch.domain.risk import FwiClass
from tests.conftest import GOLDEN

LINKS = Links("https://platform.pyronear.org/", "https://watch.example/")
AT = datetime(2026, 11, 17, 8, 1, 30, tzinfo=UTC)


def sighting(**changes: Any) -> Sighting:
    facts: dict[str, Any] = {
        "key": "alert-api_1",
        "camera": "cam-serre-01",
        "lat": 44.7,
        "lon": 4.5,
        "started_at": AT,
        "azimuth": 41.68,
        "score": 0.8712,
        "fwi_class": FwiClass.HIGH,
    }
    return Sighting(**facts | changes)


def alert(*sightings: Sighting, identity: int = 1, organization: str = "sdis-07") -> AlertToTell:
    return AlertToTell("alert-api", identity, 2, organization, sightings or (sighting(),))


def lines_of(alert: AlertToTell) -> list[str]:
    (block,) = alert_body(alert, LINKS)["blocks"]
    lines: list[str] = block["text"]["text"].split("\n")
    return lines


def test_a_message_says_what_productions_own_says_and_more() -> None:
    recorded = json.loads((GOLDEN / "slack_messages.jsonl").read_text().splitlines()[1])["json"]
    body = alert_body(alert(), LINKS)
    assert body["text"] == recorded["text"]
    (block,), (theirs,) = body["blocks"], recorded["blocks"]
    assert block == {
        "type": theirs["type"],
        "text": {"type": "mrkdwn", "verbatim": True, "text": block["text"]["text"]},
    }
    lines = lines_of(alert())
    assert [line for line in lines if line in theirs["text"]["text"].split("\n")] == theirs["text"]["text"].split("\n")
    assert [line for line in lines if line not in theirs["text"]["text"]] == [
        " Score du modèle : 0.87",
        " Risque d'incendie : élevé",
        " Organisation : sdis-07",
        " <https://watch.example/replay?sequence=alert-api_1|Ce que le modèle a vu>",
    ]


@pytest.mark.parametrize(
    ("lat", "lon", "at", "title"),
    [
        (44.7, 4.5, "2026-11-17 09:01:30", "Un feu a été détecté !"),
        (41.98, 2.82, "2026-11-17 09:01:30", "¡Se ha detectado un incendio!"),
        (-21.1, 55.5, "2026-11-17 12:01:30", "Un feu a été détecté !"),
        (-33.4, -70.6, "2026-11-17 05:01:30", "¡Se ha detectado un incendio!"),
        (52.5, 13.4, "2026-11-17 09:01:30", "A fire has been detected!"),
        (None, None, "2026-11-17 08:01:30", "A fire has been detected!"),
    ],
)
def test_time_and_language_are_those_of_the_cameras_place(
    lat: float | None, lon: float | None, at: str, title: str
) -> None:
    told = alert(sighting(lat=lat, lon=lon))
    assert (alert_body(told, LINKS)["text"], lines_of(told)[0]) == (title, f":date: {at}")


def test_summer_time_is_summer_time() -> None:
    assert lines_of(alert(sighting(started_at=AT.replace(month=7))))[0] == ":date: 2026-07-17 10:01:30"


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    lines = lines_of(alert(sighting(azimuth=None, score=None, fwi_class=None)))
    assert lines[2:5] == [
        " Azimuth de détection : inconnu",
        " Score du modèle : inconnu",
        " Risque d'incendie : inconnu",
    ]


def test_siblings_are_in_their_alerts_message_and_many_are_counted() -> None:
    many = [sighting(key=f"alert-api_{n}", camera=f"cam-{n}", started_at=AT + timedelta(minutes=n)) for n in range(9)]
    text = "\n".join(lines_of(alert(*many)))
    assert [f"cam-{n}" in text for n in range(9)] == [True] * MOST_SIGHTINGS + [False] * (9 - MOST_SIGHTINGS)
    assert f" et {9 - MOST_SIGHTINGS} autres" in text
    assert text.count("/alert/1|") == 1


def test_without_a_viewer_there_is_no_link_to_it() -> None:
    body = alert_body(alert(), Links("https://platform.pyronear.org"))
    assert "replay" not in text_of(body)
    assert "<https://platform.pyronear.org/alert/1|" in text_of(body)


HOSTILE = st.text(st.one_of(st.characters(), st.sampled_from("<>&|!@#*_~`\n\r\t\x00\u202e\u2028\ud800")), max_size=200)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_name_gets_more_than_text_into_a_message(camera: str, organization: str, key: str) -> None:
    told = alert(sighting(camera=camera, key=key), organization=organization)
    for body in (alert_body(told, LINKS), digest_body([told, told], LINKS)):
        json.dumps(body).encode()
        for block in body["blocks"]:
            text = block["text"]["text"]
            assert 0 < len(text) <= 3000
            assert block["text"]["verbatim"] is True
            # Nothing between angle brackets but our own links, and no other bracket.
            links = re.findall(
                r"<(https://(?:platform\.pyronear\.org/alert|watch\.example/replay)[^<>| ]*)\|[^<>|]*>", text
            )
            rest = re.sub(r"<https://[^<>| ]*\|[^<>|]*>", "", text)
            assert not set("<>") & set(rest)
            assert all(each.isprintable() or each == "\n" for each in text)
            assert len(links) == text.count("<")
            assert re.search(r"&(?!amp;|lt;|gt;)", text) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cam-serre-01", "cam-serre-01"),
        ("<!channel> & <http://evil|x>", "&lt;!channel&gt; &amp; &lt;http://evil|x&gt;"),
        ("two\nlines\t\x07", "two lines \ufffd"),
        ("\u202egnirps", "\ufffdgnirps"),
        ("", "?"),
        ("\n", "?"),
        ("x" * 100, "x" * 79 + "…"),
    ],
)
def test_names_become_plain_text_of_one_line(name: str, text: str) -> None:
    assert name_text(name) == text


def test_a_digest_lists_alerts_a_line_each_in_sections_that_slack_takes() -> None:
    alerts = [alert(sighting(camera="c" * 80), identity=number) for number in range(1, MOST_LINES + 41)]
    body = digest_body(alerts, LINKS)
    text = text_of(body)
    assert body["text"] == f"{MOST_LINES + 40} alertes"
    assert f"*{MOST_LINES + 40} alertes* : sdis-07" in text
    assert text.count("/alert/") == MOST_LINES
    assert text.endswith("et 40 autres")
    assert 1 < len(body["blocks"]) <= 50
    assert all(len(block["text"]["text"]) <= 3000 for block in body["blocks"])
