"""Drift behind Django: a day's sequences in, its verdict out.

Start: DRIFT_BASELINE=baseline.json python drift_django.py runserver
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
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

if not settings.configured:  # a project has its own
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["localhost"], SECRET_KEY=os.urandom(32).hex())

checks: dict[date, DriftCheck] = {}  # yours is a model with a JSONField: check_json, check_from_json


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


@csrf_exempt
@require_POST
def drift(request: HttpRequest) -> JsonResponse:
    """Check a day. It must be complete: its number of sequences counts."""
    try:
        sent = Day.model_validate_json(request.body)
        sequences = Sequences(
            cameras=np.array(sent.cameras, np.str_),
            started_at=np.array([each.timestamp() for each in sent.started_at], np.float64),
            scores=np.array(sent.scores, np.float64),
            verdicts=np.array([verdict == "smoke" for verdict in sent.verdicts], np.intp),
            night=np.array(sent.night, np.bool_),
        )
        check = check_drift(summarize(sent.day, None, sequences), baseline(), history=list(checks.values()))
    except (UsageError, ValueError) as error:  # what pydantic raises is a ValueError
        return JsonResponse({"detail": str(error)}, status=422)
    checks[check.day] = check
    return JsonResponse(check_json(check))


urlpatterns = [path("drift", drift)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
