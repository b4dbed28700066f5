"""How many sequences a threshold keeps, counted in SQL for the page to be held against."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from smokewatch.domain.labels import Label
from smokewatch.store.viewing.counting import Count, Search, Wanted
from smokewatch.viewer.columns import DECISIONS, LABELS, MATCHES, OUTCOMES, Columns
from smokewatch.viewer.selection import Found, Selection

STEPS = tuple(n / 100 for n in range(101))
"""By division: adding 0.01 up misses 0.35."""


def wanted_rows(selection: Selection, columns: Columns) -> Wanted:
    """A selection in the catalog's own words.

    Raises:
        ProblemError: 400, when outcomes are asked for at several thresholds.
    """
    words, facets = columns.dictionaries, selection.facets(columns)
    start, end = selection.period

    def chosen(name: str, values: Sequence[Any]) -> list[Any] | None:
        return [values[place] for place in sorted(facets[name])] if name in facets else None

    return Wanted(
        organizations=chosen("organization", columns.organizations),
        cameras=chosen("camera", columns.cameras),
        matches=chosen("match", MATCHES),
        reasons=chosen("drop_reason", words["drop_reason"]),
        api_versions=selection.api_versions or None,
        labels=chosen("label", LABELS),
        decisions=chosen("decision", DECISIONS),
        start=start,
        end=end,
        search=_search(selection.text, columns) if selection.text else None,
        outcomes={_outcome(name) for name in selection.outcomes & set(OUTCOMES)} if selection.outcomes else None,
        outcome_threshold=selection.threshold(columns) if selection.outcomes else 0.0,
        production_threshold=columns.thresholds.production,
        by_identity=columns.thresholds.by_identity,
        by_release=columns.thresholds.by_release,
        disputed=columns.contradictions,
    )


def sweep_body(thresholds: Sequence[float], ascending: Sequence[float], counts: Sequence[Count]) -> dict[str, Any]:
    """The reply: counts a threshold, in the order asked for.

    Args:
        thresholds: as asked for.
        ascending: the same, each once, as counted by.
        counts: of all that is asked for; contradictory labels among them count as no outcome.
    """
    places = [bisect_left(ascending, each) for each in thresholds]

    def split(chosen: Sequence[Count]) -> tuple[list[int], list[int]]:
        scored = [(count.kept_by, count.sequences) for count in chosen if count.kept_by is not None]
        kept = [sum(number for kept_by, number in scored if kept_by > place) for place in places]
        return kept, [sum(number for _, number in scored) - each for each in kept]

    def agreed(label: Label) -> tuple[list[int], list[int]]:
        return split([count for count in counts if count.label is label and not count.disputed])

    kept, discarded = split(counts)
    smoke_kept, smoke_discarded = agreed(Label.SMOKE)
    fp_kept, fp_discarded = agreed(Label.FALSE_POSITIVE)
    return {
        "thresholds": list(thresholds),
        "kept": kept,
        "discarded": discarded,
        "unscored": sum(count.sequences for count in counts if count.kept_by is None),
        "smoke_kept": smoke_kept,
        "smoke_discarded": smoke_discarded,
        "fp_kept": fp_kept,
        "fp_discarded": fp_discarded,
    }


def _outcome(name: str) -> tuple[str, bool]:
    label, _, decided = name.partition("-")
    return label, decided == "kept"


def _search(text: str, columns: Columns) -> Search:
    words, found = columns.dictionaries, Found.of(text, columns)
    releases = words["release"]

    def versions(name: str) -> list[str]:
        told = {release[name] for release in releases} - {None}
        return sorted(version for version in told if text in version.lower())

    return Search(
        text=text,
        sources=dict(zip(words["source"], found.sources, strict=True)),
        organizations=[columns.organizations[place] for place in found.places["organization"]],
        cameras=[columns.cameras[place] for place in found.places["camera"]],
        api_versions=versions("api_version"),
        model_versions=versions("model_version"),
        label_details=[words["label_detail"][place] for place in found.places["label_detail"]],
        reasons=[words["drop_reason"][place] for place in found.places["drop_reason"]],
    )
