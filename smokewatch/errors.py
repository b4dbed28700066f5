"""The one tree of errors people meet: each message says in one line what is wrong, where, and what to do."""

from __future__ import annotations

from reprlib import Repr

_SHOWN = Repr()
_SHOWN.maxstring = _SHOWN.maxother = 100
_LONGEST = 150


class SmokewatchError(Exception):
    """Something went wrong that a person can act on; the message is one line for them."""


class UsageError(SmokewatchError):
    """The call or the configuration is wrong: nothing was tried (exit code 2)."""


class RunError(SmokewatchError):
    """The run itself failed (exit code 1); what was stored before stays stored."""


class StorageError(RunError):
    """The catalog or the frames cannot be read or written: the run stops, what was stored before stays stored."""


class MalformedRowError(SmokewatchError, ValueError):
    """A row from outside that the contract does not allow; the message names the row, the field and the value."""


class InvalidAnswerError(SmokewatchError, ValueError):
    """A 200 answer that no release may give; the message says what is wrong with it."""


def printable(text: str, longest: int | None = None) -> str:
    """Text from outside for one line: its beginning, or all of it; U+FFFD for what no database and no terminal takes.

    What commands a terminal, turns the text around (bidi controls) or breaks the line is not printable; nor is NUL.
    """
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:longest]
    )


def shown(value: object) -> str:
    """A value from outside in an error's one line: however long it is, the line stays one."""
    text = _SHOWN.repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
