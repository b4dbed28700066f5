"""Fire risk: the day's Fire Weather Index class of a camera, and what confidence it asks of a sequence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from smokewatch.domain.detections import Detection
from smokewatch.domain.fields import Fields
from smokewatch.errors import shown


class FwiClass(StrEnum):
    """EFFIS' danger classes, rising (contracts/alert-api, "risk-api contract")."""

    VERY_LOW = "very_low"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    VERY_HIGH = "very_high"
    EXTREME = "extreme"

    @classmethod
    def of(cls, fwi: float) -> FwiClass:
        """The class of a Fire Weather Index; a bound belongs to the class above it.

        Raises:
            ValueError: when the index is negative or no number.
        """
        if math.isnan(fwi) or fwi < 0:
            raise ValueError(f"a Fire Weather Index is 0 or more, not {fwi}")
        return next((each for each, bound in _BELOW if fwi < bound), cls.EXTREME)

    @classmethod
    def named(cls, text: str | None) -> FwiClass | None:
        """The class that a text means to production: capitals and blanks do not matter. None: no class, no filter."""
        try:
            return None if text is None else cls(text.strip().lower().replace(" ", "_"))
        except ValueError:
            return None


_BELOW = (
    (FwiClass.VERY_LOW, 5.2),
    (FwiClass.LOW, 11.2),
    (FwiClass.MODERATE, 21.3),
    (FwiClass.HIGH, 38.0),
    (FwiClass.VERY_HIGH, 50.0),
)

Gate = Mapping[FwiClass, float | None]
"""The least ``max_conf`` that passes on a day of each class, in [0, 1]; None lets everything pass."""

PRODUCTION_GATE: Gate = {
    FwiClass.VERY_LOW: 0.6,
    FwiClass.LOW: 0.45,
    FwiClass.MODERATE: None,
    FwiClass.HIGH: None,
    FwiClass.VERY_HIGH: None,
    FwiClass.EXTREME: None,
}
"""As production has it (contracts/alert-api, "Risk filter")."""


def gate_with(overrides: Gate) -> Gate:
    """Production's gate, all six classes, with other thresholds for some."""
    return {**PRODUCTION_GATE, **overrides}


def passes_listing(max_conf: float | None, fwi_class: FwiClass | None, gate: Gate = PRODUCTION_GATE) -> bool:
    """Whether a listing shows a sequence. No class (unknown camera, no risk-api) and no confidence let it pass."""
    threshold = _threshold(fwi_class, gate)
    return threshold is None or max_conf is None or max_conf >= threshold


def passes_notification(max_conf: float | None, fwi_class: FwiClass | None, gate: Gate = PRODUCTION_GATE) -> bool:
    """Whether a sequence may wake somebody. Unlike in a listing, no confidence is not enough where one is asked."""
    threshold = _threshold(fwi_class, gate)
    return threshold is None or (max_conf is not None and max_conf >= threshold)


def _threshold(fwi_class: FwiClass | None, gate: Gate) -> float | None:
    return None if fwi_class is None else gate[fwi_class]


def max_conf_of(detections: Iterable[Detection], *, known: float | None = None) -> float | None:
    """A sequence's ``max_conf`` as production computes it; None without any box.

    The largest confidence of the rows' own boxes: ``others_bboxes`` belong to other rows. It never falls: what is
    `known` of it stays when rows are gone.
    """
    confidences = [row.box.confidence for row in detections if row.box is not None]
    return max(confidences if known is None else [*confidences, known], default=None)


class MaxConfCheck(StrEnum):
    """What alert-api says of a sequence's ``max_conf``, beside its rows."""

    SAME = "same"
    ABOVE = "above"
    """More than any of its rows: rows are gone, for it never falls."""
    BELOW = "below"
    """Less than one of its rows, or nothing at all: another rule made it, or the server is older than the field."""


def check_max_conf(
    told: float | None, detections: Iterable[Detection], *, last_seen_at: datetime | None = None
) -> MaxConfCheck:
    """Compare what alert-api says with what its rows give; box texts have 3 decimals, so equal means equal.

    Args:
        told: the sequence's ``max_conf``.
        detections: its rows.
        last_seen_at: as told with it: the receipt of the last row with a box. Rows that came later have no part in it.
    """
    computed = max_conf_of(row for row in detections if last_seen_at is None or row.created_at <= last_seen_at)
    if told == computed:
        return MaxConfCheck.SAME
    return MaxConfCheck.ABOVE if computed is None or (told is not None and told > computed) else MaxConfCheck.BELOW


class RiskSkip(StrEnum):
    """Why a row of risk-api gives no class: the camera's sequences pass on that day."""

    MALFORMED_ROW = "malformed_row"
    NULL_CLASS = "null_class"
    UNKNOWN_CLASS = "unknown_class"
    OTHER_DAY = "other_day"
    """A camera that was last refreshed on another day."""


@dataclass(frozen=True, slots=True)
class RiskClass:
    """A camera's class of a UTC day."""

    camera_id: int
    day: date
    fwi_class: FwiClass
    fwi: float | None
    fetched_at: datetime
    """When risk-api computed it, aware UTC: of two answers, the later one holds."""

    @property
    def contradicts_itself(self) -> bool:
        """Whether the index belongs to another class; production goes by the class."""
        return self.fwi is not None and (self.fwi < 0 or FwiClass.of(self.fwi) is not self.fwi_class)


def read_risk(row: Mapping[str, Any], day: date, route: Literal["cameras", "scores"]) -> RiskClass | RiskSkip:
    """Read a row of ``GET /cameras`` or ``GET /scores/{day}`` (contracts/alert-api, "risk-api contract").

    Raises:
        MalformedRowError: when a field is missing or has another type; the message names the row, field and value.
    """
    identity, time = ("id", "last_refresh_at") if route == "cameras" else ("camera_id", "fetched_at")
    fields = Fields(row, f"risk-api, {route}, camera {shown(row.get(identity))}")
    camera_id, text, fwi = fields.integer(identity), fields.text_or_none("fwi_class"), fields.number_or_none("fwi")
    if text is None:
        return RiskSkip.NULL_CLASS
    fetched_at = fields.time(time)
    of_day = fetched_at.date() if route == "cameras" else _day(fields)
    if of_day != day:
        return RiskSkip.OTHER_DAY
    fwi_class = FwiClass.named(text)
    return RiskSkip.UNKNOWN_CLASS if fwi_class is None else RiskClass(camera_id, day, fwi_class, fwi, fetched_at)


def _day(fields: Fields) -> date:
    text = fields.text("date")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise fields.malformed("date", "YYYY-MM-DD") from error
