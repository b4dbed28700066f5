"""The filters of a triage address: read once, applied to the snapshot or told to SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.datastructures import QueryParams

from smokewatch.domain.backlog import key_of
from smokewatch.store.viewing.triage_counting import WantedBacklog
from smokewatch.viewer.problems import ProblemError
from smokewatch.viewer.selection import day_of, milliseconds, period, short_text, texts_of, threshold_of
from smokewatch.viewer.triage_columns import BUCKETS, TriageColumns, alert_of

NEAR = 0.05
"""How near is near the threshold, where the address does not say."""
SORTS = ("recorded_at", "organization", "camera", "bucket", "tubes", "score", "distance", "models", "recorded_score")
DEFAULT_SORT = "-score"
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_SWITCH = {"": False, "0": False, "1": True}


@dataclass(frozen=True, slots=True)
class TriageSelection:
    """What is asked for; an empty set means no limit. Unknown values select nothing."""

    organizations: frozenset[tuple[str, int]]
    cameras: frozenset[tuple[str, int, int]]
    alerts: frozenset[tuple[str, int]]
    buckets: frozenset[str]
    disagree: bool
    """Only sequences that some models, and not all, send to people."""
    width: float | None
    """Only scores at most so far from the threshold."""
    against: float | None
    """Only sequences that this other threshold puts on the other side."""
    first_day: date | None
    last_day: date | None
    text: str
    """Searched for, lower case."""
    thresholds: tuple[float, ...]
    sort: str

    @classmethod
    def of(cls, query: QueryParams) -> TriageSelection:
        """Read the parameters; those of the page alone are passed over.

        Raises:
            ProblemError: 400, when a value is malformed.
        """
        sort = query.get("sort") or DEFAULT_SORT
        if sort.removeprefix("-") not in SORTS:
            raise ProblemError(400, f"sort: there is no column {sort[:50]!r}", f"one of {', '.join(SORTS)}")
        width = threshold_of("width", query["width"]) if query.get("width") else NEAR
        against = threshold_of("against", query["against"]) if query.get("against") else None
        if _switch(query, "moved") and against is None:
            raise ProblemError(400, "moved: between which thresholds?", "name the other one: against=0.5")
        return cls(
            organizations=frozenset(_numbered(query, "organization", 1)),
            cameras=frozenset(_numbered(query, "camera", 2)),
            alerts=frozenset(_numbered(query, "alert", 1)),
            buckets=texts_of(query, "bucket"),
            disagree=_switch(query, "disagree"),
            width=width if _switch(query, "near") else None,
            against=against if _switch(query, "moved") else None,
            first_day=day_of(query, "from"),
            last_day=day_of(query, "to"),
            text=short_text("q", query.get("q", "")).lower(),
            thresholds=tuple(threshold_of("threshold", value) for value in query.getlist("threshold")),
            sort=sort,
        )

    @property
    def decides(self) -> bool:
        """Whether a filter goes by the threshold."""
        return bool(self.buckets) or self.disagree or self.width is not None or self.against is not None

    def threshold(self, columns: TriageColumns) -> float:
        """What buckets are decided at; the latest triage's where none is named.

        Raises:
            ProblemError: 400, when several are named.
        """
        if len(self.thresholds) > 1:
            raise ProblemError(400, "threshold: buckets are decided at one threshold", "name one")
        return self.thresholds[0] if self.thresholds else columns.threshold

    @property
    def period(self) -> tuple[datetime | None, datetime | None]:
        """The first moment, and the first one after the last; None: no limit."""
        return period(self.first_day, self.last_day)

    def rows(self, columns: TriageColumns) -> NDArray[np.intp]:
        """Places of the selected rows in the snapshot, in the order asked for.

        Raises:
            ProblemError: 400, when several thresholds are named.
        """
        backlog = columns.backlog
        if backlog is None:
            return np.empty(0, np.intp)
        threshold = self.threshold(columns)
        kept = np.ones(len(backlog), dtype=np.bool_)
        if self.organizations:
            kept &= np.isin(columns.organization, _places(columns.organizations, self.organizations.__contains__))
        if self.cameras:
            kept &= np.isin(columns.camera, _places(columns.cameras, self.cameras.__contains__))
        if self.alerts:
            kept &= np.array([alert_of(each) in self.alerts for each in columns.sequences], dtype=np.bool_)
        start, end = (None if limit is None else milliseconds(limit) for limit in self.period)
        if start is not None:
            kept &= columns.recorded_at >= start
        if end is not None:
            kept &= columns.recorded_at < end
        if self.text:
            kept &= self._found(columns)
        review = backlog.in_review(threshold)
        if self.buckets:
            kept &= np.isin(np.where(review, *BUCKETS), list(self.buckets))
        if self.disagree:
            kept &= review & (backlog.models_in_review(threshold) < backlog.models)
        if self.width is not None:
            kept &= backlog.near(threshold, self.width)
        if self.against is not None:
            kept &= review != backlog.in_review(self.against)
        return self._ordered(np.flatnonzero(kept), columns, threshold)

    def wanted(self, columns: TriageColumns) -> WantedBacklog:
        """The same in the catalog's own words.

        Raises:
            ProblemError: 400, when filters go by the threshold and several are named.
        """
        start, end = self.period
        return WantedBacklog(
            organizations=self.organizations or None,
            cameras=self.cameras or None,
            alerts=self.alerts or None,
            start=start,
            end=end,
            ids=self._found_ids(columns) if self.text else None,
            buckets=self.buckets or None,
            disagree=self.disagree,
            width=self.width,
            against=self.against,
            threshold=self.threshold(columns) if self.decides else columns.threshold,
        )

    def _found_ids(self, columns: TriageColumns) -> list[int]:
        return [each.id for each, found in zip(columns.sequences, self._found(columns).tolist(), strict=True) if found]

    def _found(self, columns: TriageColumns) -> NDArray[np.bool_]:
        """Which rows have the text in their key, organization or camera; each name is looked at once."""
        words = columns.dictionaries()
        organizations, cameras = (
            set(_places(words[kind], lambda each: self.text in each["name"].lower()))
            for kind in ("organization", "camera")
        )
        return np.array(
            [
                organization in organizations or camera in cameras or self.text in key_of(each.id)
                for organization, camera, each in zip(
                    columns.organization.tolist(), columns.camera.tolist(), columns.sequences, strict=True
                )
            ],
            dtype=np.bool_,
        )

    def _ordered(self, rows: NDArray[np.intp], columns: TriageColumns, threshold: float) -> NDArray[np.intp]:
        """Nulls last both ways; ties stay newest first, as rows come."""
        values = _sort_values(self.sort.removeprefix("-"), columns, threshold)[rows]
        unknown = np.isnan(values)
        return rows[np.lexsort((-values if self.sort.startswith("-") else values, unknown))]


def _sort_values(name: str, columns: TriageColumns, threshold: float) -> NDArray[np.float64]:
    backlog = columns.backlog
    assert backlog is not None, "it has rows"
    if name in ("organization", "camera"):
        names = [each["name"] for each in columns.dictionaries()[name]]
        rank = {text: place for place, text in enumerate(sorted(set(names)))}
        places: NDArray[np.intp] = getattr(columns, name)
        return np.array([rank[text] for text in names], dtype=np.float64)[places]
    if name == "recorded_score":
        found = [each.temporal_model_score for each in columns.sequences]
        return np.array([np.nan if score is None else score for score in found], dtype=np.float64)
    computed: dict[str, Callable[[], NDArray[Any]]] = {
        "recorded_at": lambda: columns.recorded_at,
        "bucket": lambda: ~backlog.in_review(threshold),
        "tubes": lambda: columns.tubes,
        "score": lambda: backlog.scores,
        "distance": lambda: np.abs(backlog.scores - threshold),
        "models": lambda: backlog.models_in_review(threshold),
    }
    return computed[name]().astype(np.float64)


def _places(words: Sequence[Any], holds: Callable[[Any], bool]) -> list[int]:
    return [place for place, word in enumerate(words) if holds(word)]


def _switch(query: QueryParams, name: str) -> bool:
    try:
        return _SWITCH[query.get(name, "")]
    except KeyError:
        raise ProblemError(400, f"{name}: expected 1 or nothing") from None


def _numbered(query: QueryParams, name: str, numbers: int) -> list[Any]:
    """Values of the form ``<source API>:<number>…``."""
    found = []
    for value in query.getlist(name):
        source_api, *ids = short_text(name, value).rsplit(":", numbers)
        if not source_api or len(ids) != numbers or not all(_WHOLE.fullmatch(each) for each in ids):
            example = ":".join(["pyronear_french", *("2", "12")[:numbers]])
            raise ProblemError(400, f"{name}: expected <source API>{':<id>' * numbers}", f"for example {example}")
        found.append((source_api, *map(int, ids)))
    return found


EVERYTHING = TriageSelection.of(QueryParams())
"""What an address without a filter asks for."""
