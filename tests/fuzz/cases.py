"""Cases by the thousand: each its own random numbers, by which it can be found again.

``SMOKEWATCH_CHAOS_SEED`` chooses others. A failing case says its seed and number; what it found is then kept as an
explicit example in its test.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

SEED = os.environ.get("SMOKEWATCH_CHAOS_SEED", "0")
QUICK = 300
"""Cases of each kind that every run of the tests tries."""
LONG = {
    "boxes": 300_000,
    "versions": 200_000,
    "times": 150_000,
    "retry-after": 80_000,
    "addresses": 200_000,
    "urls": 30_000,
    "alert-api rows": 50_000,
    "annotator rows": 40_000,
    "risk-api rows": 40_000,
    "answers": 30_000,
    "manifests": 40_000,
    "indexes": 40_000,
    "names": 60_000,
    "images": 4_000,
}
"""Cases of each kind that ``make chaos`` tries."""
tried: dict[str, int] = {}
"""Cases by kind, of this session."""

_ATOMS: Sequence[Any] = (
    None, True, False, 0, 1, -1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**400, 0.5, -0.0, 1e308, float("inf"),
    float("nan"), "", " ", "0", "1", "null", "NaN", "\x00", "a\x00b", "\ud800", "a\udfff", "\u2028", "\r\nX: y", "é",
    "🔥", "../../etc/passwd", "/etc/passwd", "s3://other/key", "http://169.254.169.254/", "' OR 1=1 --", "${HOME}",
    "{version}", "<script>", "2026-08-14", "2026-08-14T12:00:00", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-12:00", "2026-W33-5", "2026-08-14T24:00:00", "x" * 5000,
)  # fmt: skip


def try_cases(kind: str, count: int, once: Callable[[Random], object]) -> None:
    """Try so many cases; an error says which one it was."""
    for number in range(count):
        try:
            once(Random(f"{SEED} {kind} {number}"))
        except BaseException as error:
            error.add_note(f"{kind}: SMOKEWATCH_CHAOS_SEED={SEED}, case {number}")
            raise
    tried[kind] = tried.get(kind, 0) + count


def one_line(error: Exception) -> None:
    """A message for people is one line, however long what it speaks of."""
    assert "\n" not in str(error)
    assert len(str(error)) < 600


def value(random: Random, depth: int = 0) -> Any:
    """Anything that JSON, as Python reads it, may give."""
    if depth < 3 and random.random() < 0.15:
        inner = [value(random, depth + 1) for _ in range(random.randrange(4))]
        return inner if random.random() < 0.5 else {str(number): each for number, each in enumerate(inner)}
    return random.choice(_ATOMS)


def altered(random: Random, row: Mapping[str, Any]) -> dict[str, Any]:
    """A good row with a few fields that are anything, or gone."""
    other = dict(row)
    for name in random.sample(sorted(row), k=min(len(row), random.choice((0, 1, 1, 1, 2, 3)))):
        if random.random() < 0.2:
            del other[name]
        else:
            other[name] = value(random)
    return other


def altered_deeply(random: Random, document: Any) -> Any:
    """A good document with something of it, wherever it is, replaced, or gone."""
    if random.random() < 0.15 or not isinstance(document, dict | list) or not document:
        return value(random)
    if isinstance(document, dict):
        name = random.choice(sorted(document))
        if random.random() < 0.1:
            return {each: inner for each, inner in document.items() if each != name}
        return document | {name: altered_deeply(random, document[name])}
    place = random.randrange(len(document))
    return [*document[:place], altered_deeply(random, document[place]), *document[place + 1 :]]


def altered_text(random: Random, text: str, alphabet: str) -> str:
    """A good text with a few characters changed, left out, doubled, or put in."""
    characters = list(text)
    for _ in range(random.choice((0, 1, 1, 2, 4, 12))):
        place = random.randrange(len(characters) + 1)
        what = random.randrange(4)
        if what == 0 and place < len(characters):
            characters[place] = random.choice(alphabet)
        elif what == 1 and place < len(characters):
            del characters[place]
        elif what == 2:
            characters[place:place] = characters[: random.randrange(1, 9)]
        else:
            characters.insert(place, random.choice(alphabet))
    return "".join(characters)


def altered_bytes(random: Random, content: bytes) -> bytes:
    """Good bytes with some changed, and perhaps cut off."""
    other = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 5, 20))):
        if other:
            other[random.randrange(len(other))] = random.randrange(256)
    return bytes(other[: random.randrange(len(other) + 1)] if random.random() < 0.3 else other)


def encoded(document: Any) -> bytes:
    """As JSON, the way a server may write it that knows no better: NaN, halves of characters."""
    return json.dumps(document).encode("utf-8", "surrogatepass")
