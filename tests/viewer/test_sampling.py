"""Slow sources beside the requests: the last sample stays, and says when it is not fresh."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smokewatch.errors import StorageError
from smokewatch.viewer.status.sampling import Sampler


class Source:
    """Gives a number, or what it is told to raise."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.taken, self.turn = 0, threading.Semaphore(0)

    def take(self) -> int:
        assert self.turn.acquire(timeout=30)
        if self.failure is not None:
            raise self.failure
        self.taken += 1
        return self.taken


@pytest.fixture
def sampled() -> Iterator[tuple[Source, Sampler[int], Callable[[Callable[[], bool]], None]]]:
    source = Source()
    sampler = Sampler(source.take, period=0.001, name="numbers")

    def until(seen: Callable[[], bool]) -> None:
        source.turn.release()
        with sampler._changed:
            assert sampler._changed.wait_for(seen, 30)

    yield source, sampler, until
    source.turn.release(1000)  # one that it takes while it is closed keeps it waiting for nobody
    sampler.close()


def test_a_sample_stays_when_its_source_fails_and_says_so(sampled: Any) -> None:
    source, sampler, until = sampled
    source.turn.release()
    assert sampler.current().value == 1
    source.failure = StorageError("catalog: gone: look")
    until(lambda: sampler._failure is not None)
    old = sampler.current()
    assert (old.value, old.stale, old.error) == (1, True, "catalog: gone: look")
    source.failure = None
    until(lambda: sampler._failure is None)
    new = sampler.current()
    assert (new.value, new.stale, new.error) == (2, False, None)


def test_a_source_that_never_answered_is_a_problem(sampled: Any, caplog: pytest.LogCaptureFixture) -> None:
    source, sampler, _ = sampled
    source.failure = KeyError("a secret detail")
    source.turn.release()
    with pytest.raises(StorageError, match="KeyError") as told:
        sampler.current()
    assert "secret" not in str(told.value)
    assert "a secret detail" in caplog.text


def test_who_may_not_wait_gets_what_is_there(sampled: Any) -> None:
    source, sampler, until = sampled
    assert sampler.newest() is None
    source.turn.release()
    assert sampler.current().value == 1
    until(lambda: sampler._value == 2)
    assert sampler.newest() == sampler.current()
