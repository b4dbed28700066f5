"""Trigger fields from a newer image, for releases that predate them (contracts/temporal-model, section 4)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from smokewatch.domain.releases import ReleaseIdentity, ledger_key
from smokewatch.domain.verdicts import equals
from smokewatch.errors import RunError, StorageError, UsageError, printable
from smokewatch.store.enrichments import Enrichment, KeptAnswer, answers_of, known_enrichments, record_enrichment
from smokewatch.store.verdicts import Verdict
from tasks.asking import Frames, Questions
from tasks.replaying import Replayer
from tasks.stacks.docker import DockerRuntime
from tasks.stacks.parts import StoppedError

OWN, ENRICHED, DIFFERENT, FAILED = "own", "enriched", "not_reproduced", "failed"


@dataclass(frozen=True, slots=True)
class TriggerImage:
    """The newer image, as it is now: development images move, so it is not pinned."""

    reference: str
    identity: ReleaseIdentity


def resolve_trigger_image(replayer: Replayer, reference: str) -> TriggerImage:
    """What the image is.

    Raises:
        UsageError: when it cannot be had, or releases run as processes.
    """
    if not isinstance(replayer.runtime, DockerRuntime):
        raise UsageError("--trigger-image needs the docker runtime: set SMOKEWATCH_RUNTIME=docker")
    try:
        return TriggerImage(reference, replayer.runtime.identity(reference, None))
    except RunError as error:
        raise UsageError(f"--trigger-image: {error}") from error


@task(name="enrich-triggers", task_run_name="enrich-triggers", cache_policy=NO_CACHE, persist_result=False)
def enrich_triggers(replayer: Replayer, image: TriggerImage, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Ask a newer image for the trigger fields of every answer that lacks them.

    They are taken only where it gives the pinned release's probability again, within the tolerance of equal scores.
    What was asked once of the same image is not asked again.

    Returns:
        How many answers had trigger fields of their ``own``, were ``enriched``, ``not_reproduced``, or ``failed``
        because the newer image gave no answer; ``why`` when it did not even run: that costs triggers, no verdict.

    Raises:
        StoppedError: when the run is being stopped.
        StorageError: when the store cannot be read or written.
    """
    keys = {key for verdict in verdicts for key in (verdict.ledger_key, verdict.full_ledger_key) if key is not None}
    with replayer.catalog.read() as connection:
        answers = answers_of(connection, sorted(keys))
        known = known_enrichments(connection, sorted(keys))
    counts: Counter[str] = Counter({OWN: 0, ENRICHED: 0, DIFFERENT: 0, FAILED: 0})
    lacking = []
    for answer in answers:
        if "trigger_frame_index" in json.loads(answer.answer):
            counts[OWN] += 1
        elif (was := known.get(answer.key)) and (was.reproduced or was.trigger_identity == image.identity.value):
            counts[ENRICHED if was.reproduced else DIFFERENT] += 1
        else:
            lacking.append(answer)
    if not lacking:
        return dict(counts)
    try:
        counts.update(_ask(replayer, image, lacking))
    except (StorageError, StoppedError):
        raise
    except RunError as error:
        counts[FAILED] += len(lacking)
        get_run_logger().warning("--trigger-image %s: %s", image.reference, error)
        return {**counts, "why": printable(str(error), 300)}
    return dict(counts)


def _ask(replayer: Replayer, image: TriggerImage, answers: Sequence[KeptAnswer]) -> Counter[str]:
    with replayer.stack(image.reference, image.identity, work=len(answers)) as stack:
        questions = Questions(replayer.catalog, replayer.frames, stack, image.identity, run_id=replayer.run_id)

        def enrich(answer: KeptAnswer, replica: int) -> str:
            body = answer.request.encode()
            key = ledger_key(image.identity, body, tuple(answer.frame_sha256s))
            try:
                questions.show(frames_of(answer))
                entry = questions.ask(key, body, answer.frame_sha256s, replica=replica)
            except StorageError:
                raise
            except RunError as error:
                if stack.aborted:
                    raise StoppedError from error
                return FAILED
            pinned, newer = answer.probability, entry.probability
            reproduced = pinned is not None and equals(newer, pinned)
            difference = None if pinned is None or newer is None else abs(newer - pinned)
            with replayer.catalog.write() as connection:
                record_enrichment(connection, Enrichment(answer.key, key, image.reference, difference, reproduced))
            return ENRICHED if reproduced else DIFFERENT

        return Counter(outcome for _, outcome in questions.for_each(answers, frames_of, enrich))


def frames_of(answer: KeptAnswer) -> Frames:
    """The frames that an answer was given for."""
    request = json.loads(answer.request)
    return {
        (request["bucket"], key): sha256 for key, sha256 in zip(request["frames"], answer.frame_sha256s, strict=True)
    }
