"""report.json: a documented contract (docs/drift.md, "The report"), of which pydantic makes the JSON schema.

Values of metrics are on [0, 1], days are UTC days, and null is "not known" throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from pydantic.dataclasses import dataclass as validated

from smokewatch.domain.drift import ExpectedAccuracy, Finding, QualityAlarm, Severity, StrictVerdict
from smokewatch.domain.profiles import Channel
from smokewatch.errors import StorageError

SCHEMA_VERSION = 1
"""Another meaning of a field, or a field less, is another version; a field more is not."""


@validated(frozen=True)
class ReportFrame:
    """A frame shown in the report."""

    id: str
    """By which its thumbnail is found."""
    camera: str
    seen_at: AwareDatetime
    """UTC."""
    kind: Literal["worst", "typical"]
    metric: str
    """Why it is shown."""
    value: float
    """Of the metric."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Because(_Part):
    """A metric that was high on two of the last three days."""

    metric: str
    camera: str | None
    """Null: the fleet."""


class Verdict(_Part):
    """What to know first."""

    severity: Severity
    """Of the calibrated mode."""
    headline: str
    """One sentence for people; long names are cut in it."""
    actions: list[str]
    """What to do, the first thing first."""
    since: date | None
    """First day of the unbroken run of days as bad as this: of open alarms, or of low ones. Null: no drift."""
    cameras: list[str]
    """With a medium or high finding, the worst first; full names."""
    alerts: bool
    """Whether people are told."""
    provisional: bool
    """Whether it rests on fewer than 30 baseline days."""
    retraining: list[Because]
    """Why retraining is proposed; empty: it is not."""


class Data(_Part):
    """What the day was made of."""

    frames: int
    sequences: int
    left_out: int
    """Frames and sequences that have nothing to be compared with."""
    decoder: str | None
    model_versions: list[str]
    """Of the day's scores."""


class BaselineFacts(_Part):
    """What the day was compared with."""

    name: str
    version: int
    first_day: date
    last_day: date
    days: int


class CameraDay(_Part):
    """A camera of the day or of the baseline."""

    camera: str
    frames: int
    sequences: int
    severity: Severity
    """Its worst finding's."""


class Histogram(_Part):
    """Two distributions over the same bins of [0, 1], of equal width; distances describe, nothing is tested by them."""

    name: str
    """confidence, or a channel."""
    camera: str | None
    """Null: the fleet."""
    baseline: list[float]
    """Share by bin; they add up to 1."""
    current: list[float]
    wasserstein: float
    """W1 on [0, 1] of the stored bins, which are finer."""
    kolmogorov_smirnov: float
    """[0, 1], of the stored bins."""
    population_stability: float
    """PSI over the baseline's deciles, natural logarithm."""
    jensen_shannon: float
    """Distance, base 2, [0, 1], of the bins here: finer ones would hold one score each."""


class ClassRow(_Part):
    """A class of verdicts."""

    name: str
    baseline: int
    """Sequences over all baseline days."""
    baseline_share: float | None
    current: int
    current_share: float | None
    delta: float | None
    """current_share less baseline_share."""


class Line(_Part):
    """A metric over the timeline's days; of an image metric, luma's."""

    metric: str
    camera: str | None
    """Null: the fleet."""
    channel: Channel | None
    expected: float | None
    """What the baseline expects of the checked day."""
    low: float | None
    """95 % of drift-free days lie between low and high."""
    high: float | None
    values: list[float | None]
    """By day, as if it had had the checked day's cameras and hours."""
    severities: list[Severity | None]
    """By day; null: not checked."""
    averages: list[float | None]
    """By day: EWMA, in standard deviations of a drift-free day; of the fleet only."""


class Timeline(_Part):
    """The last days, the checked one being the last."""

    days: list[date]
    in_baseline: list[bool]
    severities: list[Severity | None]
    """By day, of its check; null: not checked."""
    lines: list[Line]
    """At most six of cameras with an alarm, the worst first; then every metric of the fleet."""


class Trend(_Part):
    """Slow drift of a fleet metric."""

    metric: str
    average: float
    """EWMA, in standard deviations of a drift-free day."""
    limit: float
    since: date | None
    """The day since which it is beyond the limit; null: it is not."""


class DriftReport(_Part):
    """report.json."""

    schema_version: int
    title: str
    day: date
    verdict: Verdict
    data: Data
    baseline: BaselineFacts
    quality: list[QualityAlarm]
    """Data-quality alarms, before all statistics."""
    findings: list[Finding]
    """Every metric of the fleet (camera null) and of each camera, the worst first."""
    strict: StrictVerdict
    """Mode strict: the fixed thresholds alone."""
    trends: list[Trend]
    cameras: list[CameraDay]
    """The worst first."""
    timeline: Timeline
    histograms: list[Histogram]
    classes: list[ClassRow]
    frames: list[ReportFrame]
    expected_accuracy: ExpectedAccuracy | None


def read_report(report: Mapping[str, Any]) -> DriftReport:
    """report.json as an object.

    Raises:
        StorageError: when it is none, or of another schema version.
    """
    version = report.get("schema_version")
    if version != SCHEMA_VERSION:
        raise StorageError(f"drift report has schema version {version!r}, not {SCHEMA_VERSION}: check the day again")
    try:
        return DriftReport.model_validate(report)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise StorageError(f"drift report is damaged ({where}: {problem['msg']}): check the day again") from error
