"""A store on whose replayed sequences releases were qualified, as `smokewatch qualify` leaves it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from smokewatch.domain.labels import Label
from smokewatch.domain.qualification import Decisions, advise_threshold, flips, measure, rule_on, score_shifts
from smokewatch.reports.qualification_json import qualification_report
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.qualifications import save_qualification
from tests.store.filled import NOW

SMOKE, OTHER, GAINED = 64, 6, 2
LOST = 20
"""Of the smoke, by the release that is a no-go; of the others it keeps GAINED more."""
GO, NO_GO = "run-go", "run-no-go"


def qualify(catalog: Catalog) -> dict[str, dict[str, Any]]:
    """Two releases on the same replayed sequences; their reports, the newest last."""
    v, s = t.verdicts.c, t.sequences.c
    with catalog.read() as connection:
        rows = connection.execute(
            sa.select(v.source, v.sequence_id, v.ledger_key, v.full_ledger_key, s.started_at)
            .join(t.sequences, (s.source == v.source) & (s.id == v.sequence_id))
            .where(v.verdict.in_(["window", "exact"]), v.ledger_key.is_not(None))
            .order_by(s.id)
            .limit(SMOKE + OTHER)
        ).all()
    found = {}
    for number, (run, version, lost) in enumerate(((GO, "0.5.1", 0), (NO_GO, "0.5.0", LOST))):
        found[run] = _report(rows, version, lost)
        with catalog.write() as connection:
            save_qualification(connection, found[run], run_id=run, now=NOW + timedelta(minutes=number))
    return found


def _report(rows: Any, version: str, lost: int) -> dict[str, Any]:
    keys = tuple(f"{row.source}_{row.sequence_id}" for row in rows)
    number = np.arange(len(rows))
    smoke = number < SMOKE
    candidate = np.where(smoke, 0.9, 0.2)
    candidate[:lost] = 0.12
    candidate[SMOKE : SMOKE + (GAINED if lost else 0)] = 0.7
    decisions = Decisions(
        keys=keys,
        organizations=np.array(["north"] * len(rows)),
        cameras=np.array(["north/ridge"] * len(rows)),
        days=np.array([str(row.started_at.date()) for row in rows]),
        labels=tuple(Label.SMOKE if each else Label.FALSE_POSITIVE for each in smoke),
        disputed=np.zeros(len(rows), bool),
        passes_gate=np.ones(len(rows), bool),
        baseline=np.where(smoke, 0.8, 0.3),
        candidate=candidate,
        baseline_threshold=float(np.nextafter(0.45, 2)),
        candidate_threshold=float(np.nextafter(0.45, 2)),
    )
    metrics = measure(decisions)
    days = sorted(str(row.started_at.date()) for row in rows)
    side = {"identity": "sha256:x", "version": version, "model_version": "0.3.0"}
    return qualification_report(
        decisions,
        metrics=metrics,
        rulings=rule_on(metrics),
        flipped=flips(decisions),
        shifts=score_shifts(decisions),
        advice=advise_threshold(decisions),
        confidence=0.95,
        facts={
            "candidate": side | {"reference": f"registry.example/temporal-model-api:{version}"},
            "baseline": {"reference": "recorded", "identity": None},
            "first_day": days[0],
            "last_day": days[-1],
            "sequences": len(rows),
            "dropped": {"no_images": 3},
            "windows": {"matched": len(rows)},
        },
        evidence={
            key: {
                "organization": "north",
                "camera": "ridge",
                "started_at": row.started_at.isoformat(),
                "window": "matched",
                "frames": [{"bucket_key": "k", "sha256": "0" * 64}],
                "tubes": {},
                "ledger_keys": {"baseline": row.ledger_key, "candidate": row.full_ledger_key},
            }
            for key, row in zip(keys, rows, strict=True)
        },
    )
