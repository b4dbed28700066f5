"""Which organizations are meant by the names people give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from smokewatch.domain.reporting import slug
from smokewatch.errors import UsageError


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice of organizations, by id; without `only`, all but the excluded ones."""

    only: frozenset[int] | None = None
    excluded: frozenset[int] = frozenset()

    def __contains__(self, organization_id: object) -> bool:
        return organization_id not in self.excluded and (self.only is None or organization_id in self.only)


def choose(names: Mapping[int, str], *, only: Iterable[str], excluded: Iterable[str]) -> Chosen:
    """Find organizations by name, by slug, or as ``org-<id>``; capitals do not matter.

    Args:
        names: id -> name of every organization that is known.
        only: those wanted; empty means all.
        excluded: those not wanted.

    Raises:
        UsageError: when a name is nobody's, for a mistyped one would take in what should stay out.
    """
    wanted, unwanted = _find(names, only), _find(names, excluded)
    if both := wanted & unwanted:
        raise UsageError(f"organization {names[min(both)]!r} is both wanted and excluded")
    return Chosen(wanted or None, unwanted)


def is_called(text: str, identity: int, name: str) -> bool:
    """Whether a text is an organization's name, its slug, or ``org-<id>``; capitals do not matter."""
    return text.casefold() in (name.casefold(), slug(name), f"org-{identity}")


def _find(names: Mapping[int, str], given: Iterable[str]) -> frozenset[int]:
    found: set[int] = set()
    for text in given:
        ids = {each for each, name in names.items() if is_called(text, each, name)}
        if not ids:
            known = ", ".join(sorted(map(slug, names.values()))) or "none"
            raise UsageError(f"no organization is called {text!r}; known: {known}")
        found |= ids
    return frozenset(found)
