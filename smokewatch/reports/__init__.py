"""What people read of a drift check: report.json, a page, markdown, rows. Of stored numbers alone; no image is read."""

from smokewatch.reports.drift_html import drift_html
from smokewatch.reports.drift_json import drift_report
from smokewatch.reports.drift_markdown import drift_markdown, drift_rows
from smokewatch.reports.drift_model import SCHEMA_VERSION, DriftReport, ReportFrame

__all__ = [
    "SCHEMA_VERSION",
    "DriftReport",
    "ReportFrame",
    "drift_html",
    "drift_markdown",
    "drift_report",
    "drift_rows",
]
