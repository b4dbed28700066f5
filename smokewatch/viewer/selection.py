"""The filters of an address: read once, applied to the snapshot or told to SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from starlette.datastructures import QueryParams

from smokewatch.viewer.columns import DECISIONS, LABELS, MATCHES, Columns
from smokewatch.viewer.order import in_order
from smokewatch.viewer.problems import ProblemError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 20_000
"""Names of 10,000 characters can be searched for; an address cannot be longer anyway."""
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_NUMBER = re.compile(r"([0-9]{1,9}(\.[0-9]{0,30})?|\.[0-9]{1,30})(e-?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; an empty set means no limit. Unknown values select nothing."""

    organizations: frozenset[tuple[str, int]]
    cameras: frozenset[tuple[str, int, int]]
    decisions: frozenset[str]
    matches: frozenset[str]
    reasons: frozenset[str]
    api_versions: frozenset[str]
    labels: frozenset[str]
    outcomes: frozenset[str]
    first_day: date | None
    last_day: date | None
    text: str
    """Searched for, lower case."""
    thresholds: tuple[float, ...]
    sort: str | None
    """A column's name, with ``-`` before it for descending; None: newest first."""

    @classmethod
    def of(cls, query: QueryParams) -> Selection:
        """Read the parameters; those of the page alone are passed over.

        Raises:
            ProblemError: 400, when a value is malformed.
        """
        return cls(
            organizations=frozenset(_organization(value) for value in query.getlist("organization")),
            cameras=frozenset(_camera(value) for value in query.getlist("camera")),
            decisions=texts_of(query, "decision"),
            matches=texts_of(query, "match"),
            reasons=texts_of(query, "reason"),
            api_versions=texts_of(query, "release"),
            labels=texts_of(query, "label"),
            outcomes=texts_of(query, "outcome"),
            first_day=day_of(query, "from"),
            last_day=day_of(query, "to"),
            text=short_text("q", query.get("q", "")).lower(),
            thresholds=tuple(threshold_of("threshold", value) for value in query.getlist("threshold")),
            sort=query.get("sort") or None,
        )

    def threshold(self, columns: Columns) -> float:
        """What outcomes are decided at.

        Raises:
            ProblemError: 400, when several are named.
        """
        if len(self.thresholds) > 1:
            raise ProblemError(
                400, "threshold: outcomes are decided at one threshold", "leave outcome out, or name one"
            )
        return self.thresholds[0] if self.thresholds else columns.default_threshold

    @property
    def period(self) -> tuple[datetime | None, datetime | None]:
        """The first moment, and the first one after the last; None: no limit."""
        return period(self.first_day, self.last_day)

    def rows(self, columns: Columns) -> list[int]:
        """The selected rows of the snapshot, in the order asked for.

        Raises:
            ProblemError: 400, when the order names no column.
        """
        held = columns.columns
        chosen = list(range(columns.count))
        for name, allowed in self.facets(columns).items():
            values = held[name]
            chosen = [row for row in chosen if values[row] in allowed]
        start, end = (None if limit is None else milliseconds(limit) for limit in self.period)
        if start is not None or end is not None:
            times = held["started_at"]
            chosen = [
                row for row in chosen if (start is None or times[row] >= start) and (end is None or times[row] < end)
            ]
        if self.text:
            found = Found.of(self.text, columns)
            chosen = [row for row in chosen if found.holds(row, held)]
        if self.outcomes:
            threshold = self.threshold(columns)
            chosen = [row for row in chosen if columns.outcome(row, threshold) in self.outcomes]
        return in_order(chosen, self.sort, columns, self.thresholds[0] if len(self.thresholds) == 1 else None)

    def facets(self, columns: Columns) -> dict[str, frozenset[int]]:
        """Column -> the dictionary places that are asked for, of the columns that are limited."""
        words = columns.dictionaries
        releases = [release["api_version"] for release in words["release"]]
        asked: list[tuple[str, frozenset[Any], Sequence[Any]]] = [
            ("organization", self.organizations, columns.organizations),
            ("camera", self.cameras, columns.cameras),
            ("decision", self.decisions, DECISIONS),
            ("match", self.matches, MATCHES),
            ("drop_reason", self.reasons, words["drop_reason"]),
            ("release", self.api_versions, releases),
            ("label", self.labels, LABELS),
        ]
        return {name: _places(each, wanted.__contains__) for name, wanted, each in asked if wanted}


@dataclass(frozen=True, slots=True)
class Found:
    """Where a searched text is: places in the dictionaries, and the sources' names for the keys."""

    text: str
    places: Mapping[str, frozenset[int]]
    sources: Sequence[str]

    @classmethod
    def of(cls, text: str, columns: Columns) -> Found:
        """Look through every name once, not through every row."""

        def holds(name: str | None) -> bool:
            return name is not None and text in name.lower()

        words = columns.dictionaries
        places = {
            "organization": _places(words["organization"], lambda each: holds(each["name"])),
            "camera": _places(words["camera"], lambda each: holds(each["name"])),
            "release": _places(
                words["release"], lambda each: holds(each["api_version"]) or holds(each["model_version"])
            ),
            "label_detail": _places(words["label_detail"], holds),
            "drop_reason": _places(words["drop_reason"], holds),
        }
        return cls(text, places, [source.lower() for source in words["source"]])

    def holds(self, row: int, held: Mapping[str, Sequence[Any]]) -> bool:
        """Whether a row has the text somewhere."""
        if self.text in f"{self.sources[held['source'][row]]}_{held['id'][row]}":
            return True
        return any(held[name][row] in places for name, places in self.places.items())


def _places(words: Sequence[Any], holds: Callable[[Any], bool]) -> frozenset[int]:
    return frozenset(place for place, word in enumerate(words) if holds(word))


def period(first_day: date | None, last_day: date | None) -> tuple[datetime | None, datetime | None]:
    """Of UTC days, both included: the first moment, and the first one after the last; None: no limit."""
    start = None if first_day is None else datetime.combine(first_day, time(), UTC)
    if last_day is None or last_day == date.max:
        return start, None
    return start, datetime.combine(last_day, time(), UTC) + timedelta(days=1)


def milliseconds(time: datetime) -> int:
    """Whole milliseconds since the epoch, rounded down."""
    return (time - _EPOCH) // timedelta(milliseconds=1)


def texts_of(query: QueryParams, name: str) -> frozenset[str]:
    """Every value of a parameter that is not empty.

    Raises:
        ProblemError: 400, when one is longer than any text is.
    """
    return frozenset(short_text(name, value) for value in query.getlist(name) if value)


def short_text(name: str, value: str) -> str:
    """The value.

    Raises:
        ProblemError: 400, when it is longer than any text is.
    """
    if len(value) > _LONGEST or "\x00" in value:
        raise ProblemError(400, f"{name}: no text of at most {_LONGEST} characters")
    return value


def _organization(value: str) -> tuple[str, int]:
    source, *ids = short_text("organization", value).rsplit(":", 1)
    if not source or len(ids) != 1 or not _WHOLE.fullmatch(ids[0]):
        raise ProblemError(400, "organization: expected <source>:<id>", "for example alert-api:2")
    return source, int(ids[0])


def _camera(value: str) -> tuple[str, int, int]:
    source, *ids = short_text("camera", value).rsplit(":", 2)
    if not source or len(ids) != 2 or not all(_WHOLE.fullmatch(each) for each in ids):
        raise ProblemError(400, "camera: expected <source>:<organization id>:<camera id>", "for example alert-api:2:12")
    return source, int(ids[0]), int(ids[1])


def day_of(query: QueryParams, name: str) -> date | None:
    """A parameter that is a calendar day, None where it is empty.

    Raises:
        ProblemError: 400, when it is something else.
    """
    value = query.get(name)
    if not value:
        return None
    try:
        return date(*map(int, _DAY.fullmatch(value).groups()))  # type: ignore[union-attr]
    except (AttributeError, ValueError):
        raise ProblemError(400, f"{name}: expected a day, YYYY-MM-DD", "for example 2026-08-14") from None


def threshold_of(name: str, value: str) -> float:
    """A number from 0 to 1.

    Raises:
        ProblemError: 400, when it is something else.
    """
    if _NUMBER.fullmatch(value) and 0 <= (number := float(value)) <= 1:
        return number
    raise ProblemError(400, f"{name}: expected a number from 0 to 1", "for example 0.35")


EVERYTHING = Selection.of(QueryParams())
"""What an address without a filter asks for."""
