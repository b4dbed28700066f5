"""kill -9 at random moments beneath the flows: nothing stored is lost, nothing is half, the next run finishes.

Each store is worked on and killed up to three times in a row, looked at after every kill, then finished undisturbed and
compared with a store that nobody disturbed. ``SMOKEWATCH_CHAOS_SEED`` chooses other moments, ``SMOKEWATCH_CHAOS_KILLS``
another number of kills than 450. The last lines of the output say what was done.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from pathlib import Path

import pytest

from tests.faults.victims import VICTIMS, Victim

SEED = os.environ.get("SMOKEWATCH_CHAOS_SEED", "0")
KILLS = int(os.environ.get("SMOKEWATCH_CHAOS_KILLS", "450"))
IN_A_ROW = 3
SHARES = dict(zip(VICTIMS, (110, 100, 60, 40, 60, 30, 30, 20), strict=True))
"""Kills of each work, of 450 in all."""


def kill_often(victim: Victim, folder: Path, kills: int, chosen: random.Random) -> dict[str, int]:
    """Kill work so many times; what was done, counted."""
    undisturbed = victim.fresh(folder / "undisturbed")
    calls = victim.run(undisturbed)
    assert calls is not None
    reference, done = victim.found(undisturbed), {"kills": 0, "stores": 0, "calls": calls}
    while done["kills"] < kills:
        store = victim.fresh(folder / "store")
        done["stores"] += 1
        before = victim.found(store)
        killed = 0
        for _ in range(min(IN_A_ROW, kills - done["kills"])):
            moment = chosen.randint(1, calls)
            if victim.run(store, moment) is not None:
                break  # there was less left to do
            killed += 1
            found = victim.found(store)
            victim.look(store, found, before, reference, killed)
            before = found
        assert victim.run(store) is not None
        finished = victim.found(store)
        victim.look(store, finished, before, reference, killed)
        assert victim.ended(finished, reference, killed), f"not what an undisturbed run stores, after call {moment}"
        done["kills"] += killed
        shutil.rmtree(store)
    return done


@pytest.mark.chaos
@pytest.mark.parametrize("name", VICTIMS)
def test_killed_anywhere_nothing_is_lost(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kills = max(1, round(SHARES[name] * KILLS / sum(SHARES.values())))
    began = time.monotonic()
    with VICTIMS[name](tmp_path) as victim:
        done = kill_often(victim, tmp_path, kills, random.Random(f"{name} {SEED}"))
    with capsys.disabled():
        counts = ", ".join(f"{count} {what}" for what, count in done.items())
        print(f"\nkilled: {name}, seed {SEED}: {counts} a run, {time.monotonic() - began:.0f} s")  # noqa: T201
