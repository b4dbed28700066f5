"""What a triage shows in Prefect: how many sequences nobody has to look at, and what another threshold would do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from smokewatch.domain.backlog import key_of
from smokewatch.domain.triage import SWEEP, ScoredBacklog, Sweep
from smokewatch.domain.worklists import review_order
from smokewatch.reports.markdown import table
from smokewatch.store.triage import StoredTriage

_TOP = 50


def triage_markdown(stored: StoredTriage, summary: Mapping[str, Any]) -> None:
    """A markdown artifact: cards, the sweep, and each organization at the threshold."""
    backlog, threshold = stored.backlog, stored.triage.threshold
    review, unlabeled = summary["review"], summary["unlabeled"]
    blocks = [
        f"# {unlabeled:,} sequences nobody has to look at",
        f"Of {len(backlog):,} scored at threshold {threshold:g}: **{review:,} to review**, "
        f"**{unlabeled:,} to unlabel** ({_share(unlabeled, len(backlog))}); {summary['near']:,} within 0.05 of it.",
        _lines(stored, summary),
        "## Other thresholds",
        table(("threshold", "review", "unlabel", "unlabel %"), _sweep_rows(backlog.sweep(), threshold)),
        "## By organization",
        table(("organization", "review", "unlabel", "unlabel %"), _organization_rows(backlog, threshold)),
    ]
    create_markdown_artifact("\n\n".join(blocks) + "\n", key="triage-summary")


def review_table(stored: StoredTriage) -> None:
    """A table artifact with the top of the review list."""
    backlog, triage = stored.backlog, stored.triage
    order = review_order(backlog, triage.threshold)
    counts = backlog.models_in_review(triage.threshold)
    rows = [
        {
            "sequence": key_of(sequence.id),
            "score": float(backlog.scores[row]),
            "models for review": f"{counts[row]} of {backlog.models}",
            "tubes": int(stored.results.tubes[row]),
            "started": f"{sequence.recorded_at:%Y-%m-%d %H:%M} UTC",
            "organization": sequence.organization_name,
            "camera": sequence.camera_name,
        }
        for row in order[:_TOP].tolist()
        for sequence in [stored.sequences[row]]
    ]
    create_table_artifact(
        table=rows, key="triage-review", description=f"To review first: {len(rows)} of {len(order)} sequences"
    )


def _lines(stored: StoredTriage, summary: Mapping[str, Any]) -> str:
    drops = ", ".join(f"{reason}: {count}" for reason, count in summary["dropped"].items()) or "none"
    models = ", ".join(f"{model.model_version} ({model.reference})" for model in stored.triage.models)
    told = {
        "scored now": f"{summary['scored']:,}",
        "known before": f"{summary['known']:,}",
        "dropped": drops,
        "models": models,
        "device": summary["device"],
        "model seconds": f"{summary['model_seconds']} (and {summary['loading_seconds']} to load)",
    }
    return table(("", ""), told.items())


def _sweep_rows(sweep: Sweep, threshold: float) -> Iterable[tuple[object, ...]]:
    for each, review, unlabeled in zip(SWEEP, sweep.review.tolist(), sweep.unlabeled.tolist(), strict=True):
        shown = f"**{each:g}**" if each == threshold else f"{each:g}"
        yield shown, f"{review:,}", f"{unlabeled:,}", _share(unlabeled, review + unlabeled)


def _organization_rows(backlog: ScoredBacklog, threshold: float) -> Iterable[tuple[object, ...]]:
    sweep = backlog.sweep((threshold,))
    counted = zip(
        sweep.organization_names,
        sweep.review_by_organization[0].tolist(),
        sweep.unlabeled_by_organization[0].tolist(),
        strict=True,
    )
    for name, review, unlabeled in counted:
        yield name, f"{review:,}", f"{unlabeled:,}", _share(unlabeled, review + unlabeled)


def _share(part: int, of: int) -> str:
    return f"{100 * part / of:.1f} %" if of else "none"
