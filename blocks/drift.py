"""How drift is watched: against which baseline, and who may retrain."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from blocks.resolve import SettingsBlock


class Drift(SettingsBlock):
    """The baseline that days are compared with, and the deployment that a proposal names.

    Example:
        ```python
        from blocks.drift import Drift

        Drift.resolve().baseline
        ```
    """

    _block_type_name = "smokewatch Drift"
    _block_type_slug = "smokewatch-drift"
    _description = "Which baseline days are compared with, and which deployment a retraining proposal names."

    setting_names: ClassVar[dict[str, str]] = {
        "baseline": "drift_baseline",
        "retrain_deployment": "retrain_deployment",
    }

    baseline: str = Field(
        "default",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="Name of the baseline that is built, compared with, and rolled on.",
    )
    retrain_deployment: str | None = Field(
        None,
        description="flow/deployment that retrains, named in smokewatch.retrain.proposed for an automation to run.",
    )
