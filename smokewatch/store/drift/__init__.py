"""Drift in the catalog: days in short, baselines, checks, and frames that show what was found."""

from smokewatch.store.drift.baselines import (
    BaselineVersion,
    Origin,
    build_version,
    list_baselines,
    load_baseline,
    roll_on,
    usable_days,
    version_before,
)
from smokewatch.store.drift.checks import HISTORY_DAYS, load_checks, proposed_retraining, save_check
from smokewatch.store.drift.days import KeptDay, current_day, save_days, summarize_day
from smokewatch.store.drift.facts import accuracy_of, model_versions
from smokewatch.store.drift.frames import report_frames
from smokewatch.store.drift.recorded import keep_recorded, read_recorded
from smokewatch.store.drift.report import day_report
from smokewatch.store.drift.selection import ALL, IMAGES, Selection

__all__ = [
    "ALL",
    "HISTORY_DAYS",
    "IMAGES",
    "BaselineVersion",
    "KeptDay",
    "Origin",
    "Selection",
    "accuracy_of",
    "build_version",
    "current_day",
    "day_report",
    "keep_recorded",
    "list_baselines",
    "load_baseline",
    "load_checks",
    "model_versions",
    "proposed_retraining",
    "read_recorded",
    "report_frames",
    "roll_on",
    "save_check",
    "save_days",
    "summarize_day",
    "usable_days",
    "version_before",
]
