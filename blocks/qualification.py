"""By which rules a release is qualified."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from blocks.resolve import SettingsBlock


class Qualification(SettingsBlock):
    """Limits of the rules by which a candidate may replace a release, and how sure their intervals are.

    Example:
        ```python
        from blocks.qualification import Qualification

        Qualification.resolve().limits
        ```
    """

    _block_type_name = "smokewatch Qualification"
    _block_type_slug = "smokewatch-qualification"
    _description = "By which rules a candidate release may replace another."

    setting_names: ClassVar[dict[str, str]] = {
        "limits": "qualification_limits",
        "confidence": "qualification_confidence",
    }

    limits: dict[str, float] = Field(
        default_factory=dict,
        description="Rule -> limit, for those that differ from the default: smoke_lost, recall, alerts_a_day.",
    )
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Of every interval and of the recall's bound.")
