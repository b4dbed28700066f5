"""What people said a sequence shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum


class Label(StrEnum):
    """The truth used in metrics."""

    SMOKE = "smoke"
    FALSE_POSITIVE = "fp"
    UNKNOWN = "unknown"


_LABELS: Mapping[str | None, Label] = {
    "wildfire_smoke": Label.SMOKE,
    "other_smoke": Label.SMOKE,
    "other": Label.FALSE_POSITIVE,
}
DETAILS = tuple(detail for detail in _LABELS if detail is not None)
"""What alert-api's ``is_wildfire`` says of a labelled sequence; anything else is no label."""


def label_of(is_wildfire: str | None) -> Label:
    """alert-api's ``is_wildfire`` as truth: both smokes are smoke, ``other`` a false positive, else unknown.

    Source: contracts/temporal-model, section 4 ("label").
    """
    return _LABELS.get(is_wildfire, Label.UNKNOWN)


def contradictory_labels(
    sequences: Iterable[tuple[str, Label, frozenset[str]]],
) -> dict[str, set[str]]:
    """Sequences that say both smoke and false positive of the same frames.

    Args:
        sequences: (key, label, sha256 of every frame) each; unknown labels contradict nobody.

    Returns:
        key -> keys of the sequences with the other label that share at least one frame's content. These are
        reported and left out of metrics.
    """
    by_frame: dict[str, list[tuple[str, Label]]] = defaultdict(list)
    for key, label, frames in sequences:
        if label is not Label.UNKNOWN:
            for frame in frames:
                by_frame[frame].append((key, label))
    contradictions: dict[str, set[str]] = defaultdict(set)
    for claims in by_frame.values():
        for key, label in claims:
            against = {other for other, other_label in claims if other_label is not label}
            if against:
                contradictions[key] |= against
    return dict(contradictions)
