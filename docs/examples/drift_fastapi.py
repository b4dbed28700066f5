"""Drift behind FastAPI: a day's sequences in, its verdict out.

Start: DRIFT_BASELINE=baseline.json uvicorn drift_fastapi:app
"""

from __future__ import annotations

import json
import os
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel

from smokewatch.domain.drift import (
    Baseline,
    DriftCheck,
    Sequences,
    baseline_from_json,
    check_drift,
    check_json,
    summarize,
)
from smokewatch.errors import UsageError

app = FastAPI()
checks: dict[date, DriftCheck] = {}  # yours is a table: check_json, check_from_json


class Day(BaseModel):
    """One UTC day; each list has an entry a sequence."""

    day: date
    cameras: list[str]
    started_at: list[AwareDatetime]
    scores: list[float]
    verdicts: list[Literal["no_smoke", "smoke"]]
    night: list[bool]


@cache
def baseline() -> Baseline:
    """As `baseline_json` made it."""
    return baseline_from_json(json.loads(Path(os.environ["DRIFT_BASELINE"]).read_text()))


@app.post("/drift")
def drift(sent: Day) -> dict[str, Any]:
    """Check a day. It must be complete: its number of sequences counts."""
    sequences = Sequences(
        cameras=np.array(sent.cameras, np.str_),
        started_at=np.array([each.timestamp() for each in sent.started_at], np.float64),
        scores=np.array(sent.scores, np.float64),
        verdicts=np.array([verdict == "smoke" for verdict in sent.verdicts], np.intp),
        night=np.array(sent.night, np.bool_),
    )
    check = check_drift(summarize(sent.day, None, sequences), baseline(), history=list(checks.values()))
    checks[check.day] = check
    return check_json(check)


@app.exception_handler(UsageError)
@app.exception_handler(ValueError)
def refuse(request: Request, error: Exception) -> JSONResponse:
    """What cannot be compared, in one line."""
    return JSONResponse({"detail": str(error)}, status_code=422)
