"""Fields of a row from outside, each of the type its contract says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from smokewatch.domain.times import parse_utc
from smokewatch.errors import MalformedRowError, shown

_WHOLE = range(-(2**63), 2**63)
"""What a database can hold."""
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Fields:
    """A row's fields. A field that is null or missing is None where the method's name says `or_none`.

    Every method raises MalformedRowError, which names the row, the field and the value, when it is something else.
    """

    row: Mapping[str, Any]
    where: str
    """What the row is, for the error, e.g. ``sequence 7``."""

    def integer(self, field: str) -> int:
        """A whole number of 64 bits; true and false are none."""
        value = self.row.get(field)
        if not is_id(value):
            raise self.malformed(field, "an integer")
        return value

    def integer_or_none(self, field: str) -> int | None:
        """:meth:`integer`, or None."""
        return None if self.row.get(field) is None else self.integer(field)

    def number_or_none(self, field: str) -> float | None:
        """A finite number as float64, or None; true and false are none."""
        value = self.row.get(field)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.malformed(field, "a number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.malformed(field, "a finite number")
        return number

    def text(self, field: str) -> str:
        """Text that a database can hold, empty allowed: without NUL, and Unicode."""
        value = self.row.get(field)
        if not isinstance(value, str):
            raise self.malformed(field, "text")
        if "\x00" in value or (not value.isascii() and _SURROGATE.search(value)):
            raise self.malformed(field, "text without NUL and halves of characters")
        return value

    def text_or_none(self, field: str) -> str | None:
        """:meth:`text`, or None."""
        return None if self.row.get(field) is None else self.text(field)

    def key(self, field: str) -> str:
        """An object's key: text that is neither empty nor an address."""
        value = self.text(field)
        if not value or "://" in value:
            raise self.malformed(field, "an object key")
        return value

    def time(self, field: str) -> datetime:
        """A time, aware UTC (:func:`smokewatch.domain.times.parse_utc`)."""
        return parse_utc(self.row.get(field), where=f"{self.where}, {field}")

    def malformed(self, field: str, expected: str) -> MalformedRowError:
        """The error to raise."""
        return MalformedRowError(f"{self.where}, {field}: expected {expected}, got {shown(self.row.get(field))}")


def is_id(value: object) -> TypeGuard[int]:
    """Whether a value from outside can be an id in the store."""
    return type(value) is int and value in _WHOLE
