"""How a backlog is triaged: by which models, on what, split where."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from blocks.resolve import SettingsBlock


class Triage(SettingsBlock):
    """The models that score the annotation backlog, and the threshold that splits it.

    Example:
        ```python
        from blocks.triage import Triage

        triage = Triage.resolve()
        triage.packages()
        ```
    """

    _block_type_name = "smokewatch Triage"
    _block_type_slug = "smokewatch-triage"
    _description = "Which models score the annotation backlog, on what, and where it is split."

    setting_names: ClassVar[dict[str, str]] = {
        "threshold": "triage_threshold",
        "models": "triage_models",
        "loader": "model_loader",
        "device": "triage_device",
        "chunk": "triage_chunk",
        "task_runner": "task_runner",
    }

    threshold: float = Field(0.35, ge=0, le=1, description="A score at or above goes to people.")
    models: str | None = Field(
        None, description="Paths of model packages (model.zip), comma-separated; of several the largest score counts."
    )
    loader: str = Field(
        "temporal_model.core.model:BboxTubeTemporalModel.from_package",
        description="module:callable that loads a package, called with its path and device.",
    )
    device: str = Field("auto", description="What models compute on, e.g. cpu or cuda; auto: a GPU if there is one.")
    chunk: int = Field(64, ge=1, le=10_000, description="Sequences of one task; a crash loses at most a chunk's work.")
    task_runner: str = Field(
        "threads",
        description="Where chunks are scored: threads (this process), dask (a worker process a core), dask:4 "
        "(so many), or dask:tcp://host:8786 (a cluster whose workers have the same settings).",
    )

    def packages(self) -> list[Path]:
        """The paths of the model packages, in their order."""
        return [Path(each.strip()) for each in (self.models or "").split(",") if each.strip()]
