"""The parts of a day, each a sub-run of its own that is tried again before it is told as failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from prefect import Flow, State
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt

from smokewatch.domain.daily import Part, PartState, part_done
from smokewatch.errors import SmokewatchError, StorageError, UsageError

PAUSES = [60.0, 600.0]
"""Seconds before a part that failed is tried again: once, twice."""


def run_part(name: str, flow: Flow[..., Any], parameters: Mapping[str, Any]) -> Part:
    """Run a flow as a part of this one; a failure is told, not raised.

    Args:
        name: of the part, as :func:`smokewatch.domain.daily.part_done` knows it.
        flow: what it runs.
        parameters: with which.
    """
    trying = Retrying(
        stop=stop_after_attempt(1 + len(PAUSES)),
        wait=_pause,
        retry=retry_if_result(_may_pass),
        retry_error_callback=_last,
    )
    state = trying(_states(flow), **parameters)
    attempts = int(trying.statistics["attempt_number"])
    if state.is_completed():
        return part_done(name, state.result(), attempts=attempts)
    return Part(name, PartState.FAILED, _why(state), attempts)


def _states(flow: Flow[..., Any]) -> Callable[..., State[Any]]:
    def run(**parameters: Any) -> State[Any]:
        ended: Any = flow(**parameters, return_state=True)  # its types know flows that return None only
        assert isinstance(ended, State)
        return ended

    return run


def _pause(attempt: RetryCallState) -> float:
    return [*PAUSES, 0.0][attempt.attempt_number - 1]  # it asks after the last attempt, too


def _last(attempt: RetryCallState) -> State[Any]:
    assert attempt.outcome is not None, "it was tried"
    state: State[Any] = attempt.outcome.result()
    return state


def _may_pass(state: State[Any]) -> bool:
    """A server that was away may come back; a wrong password stays wrong, a full disk full."""
    return state.is_failed() and not isinstance(state.result(raise_on_failure=False), UsageError | StorageError)


def _why(state: State[Any]) -> str:
    error: object = state.result(raise_on_failure=False)
    if isinstance(error, SmokewatchError):
        return str(error)
    return f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else str(state.message)
