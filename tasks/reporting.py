"""What a run shows in Prefect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from smokewatch.reports.markdown import cell
from smokewatch.store.sequences import StoredSequence
from smokewatch.store.verdicts import Verdict


def verdict_table(sequences: Sequence[StoredSequence], verdicts: Sequence[Verdict], description: str) -> None:
    """A table artifact with every verdict: what needs a look first, then by start time."""
    by_key = {(sequence.source, sequence.id): sequence for sequence in sequences}
    first = {"unexplained": 0, "dropped": 1}
    ordered = sorted(
        verdicts,
        key=lambda verdict: (
            first.get(verdict.verdict, 2),
            by_key[verdict.source, verdict.sequence_id].started_at,
            verdict.sequence_id,
        ),
    )
    rows = [_row(by_key[verdict.source, verdict.sequence_id], verdict) for verdict in ordered]
    create_table_artifact(table=rows, key="replay-verdicts", description=description)


def summary_markdown(key: str, title: str, lines: dict[str, Any]) -> None:
    """A small markdown artifact: one fact a line."""
    body = "\n".join(f"| {name} | {_cell(value)} |" for name, value in lines.items())
    create_markdown_artifact(f"# {title}\n\n| | |\n|---|---|\n{body}\n", key=key)


def _row(sequence: StoredSequence, verdict: Verdict) -> dict[str, Any]:
    return {
        "sequence": sequence.key,
        "started": f"{sequence.started_at:%Y-%m-%d %H:%M} UTC",
        "organization": sequence.organization_name,
        "camera": sequence.camera_name,
        "verdict": verdict.drop_reason or verdict.verdict,
        "recorded": verdict.recorded_score,
        "replayed": verdict.replayed_score,
        "with all frames": verdict.full_score,
        "frames seen": verdict.matched_frames,
        "also fits": ", ".join(map(str, verdict.ties)) + (" (ambiguous)" if verdict.ambiguous else ""),
        "release": verdict.api_version,
        "identity": verdict.release_identity,
        "ran in": f"{verdict.runtime}, {verdict.isolation}" if verdict.runtime else None,
        "ms": verdict.milliseconds,
        "what": verdict.detail,
    }


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {count}" for name, count in value.items()) or "none"
    return cell(value)
