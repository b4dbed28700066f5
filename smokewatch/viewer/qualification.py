"""The addresses of the qualification screen: which releases were qualified, one report, one decision that changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fastapi import FastAPI, Request
from sqlalchemy.engine import Connection, RowMapping
from starlette.responses import Response

from smokewatch.reports.qualification_json import QUALIFICATION_SCHEMA
from smokewatch.store.catalog import Catalog
from smokewatch.store.qualifications import KeptQualification, list_qualifications, load_qualification
from smokewatch.store.replays import load_replays
from smokewatch.store.viewing.sequence import SequenceRecord, load_sequence
from smokewatch.viewer.detail import shown_frames, shown_window
from smokewatch.viewer.problems import ProblemError
from smokewatch.viewer.replies import SCHEMA_VERSION, Prepared, encode, utc_text

SIDES = ("baseline", "candidate")
_EVIDENCE = frozenset({"frames", "tubes", "ledger_keys"})
"""Of a flip, what its own address tells."""


def add_qualification(app: FastAPI, catalog: Catalog) -> None:
    """Add the screen's addresses.

    Args:
        app: gets them.
        catalog: read only.
    """

    @app.get("/api/qualifications")
    def qualifications(request: Request) -> Response:
        with catalog.read() as connection:
            kept = list_qualifications(connection)
        body = {"schema_version": SCHEMA_VERSION, "qualifications": [_short(each) for each in kept]}
        return Prepared.of(encode(body), "application/json").reply(request)

    @app.get("/api/qualifications/{run}")
    def qualification(request: Request, run: str) -> Response:
        with catalog.read() as connection:
            report = _report(connection, run)
        flips = [
            {name: value for name, value in each.items() if name not in _EVIDENCE} | {"frames": len(each["frames"])}
            for each in report["flips"]
        ]
        return Prepared.of(encode(report | {"run_id": run, "flips": flips}), "application/json").reply(request)

    @app.get("/api/qualifications/{run}/flips/{key}")
    def flip(request: Request, run: str, key: str) -> Response:
        with catalog.read() as connection:
            report = _report(connection, run)
            flipped = next((each for each in report["flips"] if each["key"] == key), None)
            source, _, identity = key.rpartition("_")
            record = load_sequence(connection, source, int(identity)) if flipped else None
            if flipped is None or record is None:
                raise ProblemError(404, f"{key[:100]!r} is no decision that changes in this qualification")
            keys = {side: flipped["ledger_keys"].get(side) for side in SIDES}
            replays = load_replays(connection, sorted({each for each in keys.values() if each is not None}))
        body = {"schema_version": SCHEMA_VERSION, **_flip_body(report, flipped, record, keys, replays)}
        return Prepared.of(encode(body), "application/json").reply(request)


def _report(connection: Connection, run: str) -> dict[str, Any]:
    report = None if "\x00" in run else load_qualification(connection, run)
    if report is None:
        raise ProblemError(404, f"there is no qualification {run[:100]!r}", "/api/qualifications lists them")
    if report["schema_version"] != QUALIFICATION_SCHEMA:
        raise ProblemError(409, "the qualification is of another schema version", "qualify the release again")
    return report


def _short(kept: KeptQualification) -> dict[str, Any]:
    days = {"first_day": kept.first_day.isoformat(), "last_day": kept.last_day.isoformat()}
    return asdict(kept) | days | {"qualified_at": utc_text(kept.qualified_at)}


def _flip_body(
    report: Mapping[str, Any],
    flipped: Mapping[str, Any],
    record: SequenceRecord,
    keys: Mapping[str, str | None],
    replays: Mapping[str, RowMapping],
) -> dict[str, Any]:
    key, facts = flipped["key"], record.facts
    frames = shown_frames(key, record)
    numbers = {frame["bucket_key"]: frame["n"] for frame in frames}
    windows = {name: shown_window(replay, numbers) for name, replay in replays.items()}
    return {
        "key": key,
        "organization": {"id": facts["organization_id"], "name": flipped["organization"]},
        "camera": {"id": facts["camera_id"], "name": flipped["camera"]},
        "started_at": utc_text(facts["started_at"]),
        **{name: flipped[name] for name in ("flip", "label", "disputed", "window")},
        "frames": frames,
        "sides": {
            side: {
                "reference": report[side]["reference"],
                "score": flipped[side],
                "threshold": report["thresholds"][side],
                "window": windows.get(keys[side] or ""),
            }
            for side in SIDES
        },
    }
