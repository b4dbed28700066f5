"""Sequences going through a running stack until each is decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from smokewatch.domain.verdicts import Drop, DropReason, Finding
from smokewatch.domain.window import PredictRequest
from smokewatch.errors import RunError, StorageError
from smokewatch.store.frames import FrameLostError
from tasks.asking import Questions
from tasks.cases import Case
from tasks.stacks.parts import StoppedError, UnhealthyError
from tasks.stacks.stack import Stack


def decide_all(
    cases: Sequence[Case],
    questions: Questions,
    stack: Stack,
    *,
    all_ties: bool,
    began: Callable[[Case, str], None] = lambda _case, _phase: None,
) -> Iterator[tuple[Case, Finding | Drop]]:
    """Decide every case, those with most windows first, so that none is left for the end alone.

    `began` is told what is done next: ``replay`` of the full window, or ``probe`` of another one.

    Raises:
        StorageError: when the store cannot be read or written.
        StoppedError: when the stack is aborted.
    """

    def decide(case: Case, replica: int) -> Finding | Drop:
        try:
            while isinstance(step := case.next_step(all_ties=all_ties), PredictRequest):
                phase = "replay" if step == case.windows.full else "probe"
                began(case, phase)
                questions.show(case.frames_of(step))
                with questions.phases.timed(phase):
                    case.known[step] = questions.ask(
                        case.keys[step], step.body(), case.frame_sha256s(step), replica=replica
                    )
            return step
        except StorageError:
            raise
        except RunError as error:
            if stack.aborted:
                raise StoppedError from error
            return Drop(_REASONS.get(type(error), DropReason.PREDICT_FAILED), str(error))

    return questions.for_each(_in_order(cases), lambda case: case.frames, decide)


def show_first_windows(cases: Sequence[Case], questions: Questions, stack: Stack, *, all_ties: bool) -> None:
    """Upload what the first questions of :func:`decide_all` need. What fails is tried again, and told, there."""
    for case in _in_order(cases)[: questions.at_once]:
        if stack.aborted:
            return
        step = case.next_step(all_ties=all_ties)
        if isinstance(step, PredictRequest):
            with suppress(RunError):
                questions.show(case.frames_of(step))


def _in_order(cases: Sequence[Case]) -> list[Case]:
    return sorted(cases, key=lambda case: len(case.keys), reverse=True)


_REASONS = {FrameLostError: DropReason.NO_IMAGES, UnhealthyError: DropReason.STACK_UNHEALTHY}
