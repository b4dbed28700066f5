"""What flows showed on the Prefect server."""

from __future__ import annotations

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import Artifact


def newest_artifact(key: str) -> Artifact:
    """The newest artifact of a key; IndexError where there is none."""
    chosen = ArtifactFilter(key=ArtifactFilterKey(any_=[key]))
    with get_client(sync_client=True) as client:
        return client.read_artifacts(artifact_filter=chosen, sort="CREATED_DESC", limit=1)[0]  # type: ignore[arg-type]
