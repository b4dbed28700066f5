"""Boxes, versions, times and Retry-After, whatever the text: a right answer or a typed error."""

from __future__ import annotations

import math
import re
from datetime import UTC, timedelta
from random import Random

import pytest

from blocks import transport
from smokewatch.domain.boxes import Box, envelope, first_box
from smokewatch.domain.releases import valid_api_version
from smokewatch.domain.times import parse_utc
from smokewatch.errors import MalformedRowError
from tests.fuzz.cases import LONG, QUICK, altered_text, one_line, try_cases
from tests.marks import chaos

_BOXES = ("[(0.400,0.500,0.480,0.560,0.600)]", "[]", "[(0,1,.5,0.25,1),(0.1,0.2,0.3,0.4,0.5)]")
_NUMBER = re.compile(r"0?\.[0-9]{1,3}|0|1")
_TIMES = ("2026-08-14T12:00:00.409432", "2026-11-21 00:33:01.828654+00:00", "0001-01-01T00:00:00", "2026-08-14T12:00Z")
_WAITS = ("7", "120", "Fri, 14 Aug 2026 12:00:00 GMT", "Fri, 14-Aug-26 12:00:00 +0200", "soon", "1.5", "-3")
_ANY = "0123456789.,()[]+-:TZ eE\x00\n\t ²٣é🔥\ud800/@abGMT"


def _box(random: Random) -> None:
    text = altered_text(random, random.choice(_BOXES), _ANY)
    box = first_box(text)
    # The same by hand: production takes the first five of its numbers between parentheses, wherever they stand.
    groups = (part.partition(")")[0].split(",") for part in text.split("(")[1:] if ")" in part)
    expected = next((each for each in groups if len(each) == 5 and all(map(_NUMBER.fullmatch, each))), None)
    assert box == (None if expected is None else Box(*map(float, expected)))
    roi = envelope([] if box is None else [box, box._replace(x_max=random.random())])
    assert roi is None or (0 <= roi.x_min < roi.x_max <= 1 and 0 <= roi.y_min < roi.y_max <= 1)


_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


def _version(random: Random) -> None:
    text = altered_text(random, random.choice(("0.3.1", "v0.3.1-stub", "latest", "a" * 128)), _ANY)
    right = 0 < len(text) <= 128 and text[0] in _LETTERS and set(text) <= _LETTERS | set("._-")
    assert valid_api_version(text) == right


def _time(random: Random) -> None:
    try:
        parsed = parse_utc(altered_text(random, random.choice(_TIMES), _ANY), where="a row")
    except MalformedRowError as error:
        one_line(error)
    else:
        assert parsed.utcoffset() == timedelta(0)
        assert parsed.tzinfo is UTC


def _wait(random: Random) -> None:
    seconds = transport._retry_after(altered_text(random, random.choice(_WAITS), _ANY))
    assert seconds >= 0
    assert not math.isnan(seconds)


TRIED = {"boxes": _box, "versions": _version, "times": _time, "retry-after": _wait}


@pytest.mark.parametrize(
    ("kind", "count"), [(kind, QUICK) for kind in TRIED] + [chaos(kind, LONG[kind]) for kind in TRIED]
)
def test_texts(kind: str, count: int) -> None:
    try_cases(kind, count, TRIED[kind])


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 14 Aug 99999999999999999999 12:00:00 GMT",
        "Fri, 14 Aug 0 12:00:00 GMT",
        "Fri, 14 Aug 2026 12:00:00 +99999999",
        "Mon, 01 Jan 0001 00:00:00 +1400",
        "9" * 5000,
        "",
    ],
)
def test_absurd_waits(text: str) -> None:
    assert transport._retry_after(text) >= 0


def test_a_long_text_of_almost_boxes_takes_no_time() -> None:
    assert first_box("(0.1,0.2,0.3,0.4," * 100_000) is None
