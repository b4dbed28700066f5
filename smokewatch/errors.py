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


def printable(text: str, longest: int = 200) -> str:
    """Text from outside for an error's one line: its beginning, blanks for what no database and no terminal takes."""
    return "".join(character if character.isprintable() else " " for character in text[:longest])


def shown(value: object) -> str:
    """A value from outside in an error's one line: however long it is, the line stays one."""
    text = _SHOWN.repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
