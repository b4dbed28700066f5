"""docs/benchmarks.md says what benchmarks/results.json does; a benchmark that fails costs no other its result."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import machine, results
from benchmarks.growth_rate import reach
from benchmarks.ratios_picture import picture
from benchmarks.running import Benchmark, run
from benchmarks.sides import SIDES, compared
from benchmarks.tables import PAGE, PICTURE, rewritten

HERE = {
    "cores": 2,
    "processor": "AMD EPYC",
    "memory_gib": 23.5,
    "python": "3.11.7",
    "system": "Linux",
    "kernel": "6.18.44",
}


def test_the_page_and_its_picture_say_what_was_measured() -> None:
    every = results.load()
    page = PAGE.read_text(encoding="utf-8")
    assert rewritten(page, every) == page, "python -m benchmarks.tables"
    assert picture(list(compared(every))) == PICTURE.read_text(encoding="utf-8"), "python -m benchmarks.tables"
    assert all(f"<!-- {side.theme} -->" in page and side.benchmark in page for side in SIDES)


def test_a_ratio_says_how_many_times_better_ours_is() -> None:
    importing = {"sequential_a_second": 2.0, "a_second": 20.0, "latency_ms": 50.0}
    counts = {"sequential_sequences": 6, "sequences": 60, "frames_a_sequence": 8}
    profiles = {"cpu_ms_an_image_of_decoding_and_counting": 7.0, "cpu_ms_an_image": {"value": 14.0}, "threads": 2}
    every = {"importing": importing | counts, "profiles": profiles | {"images": 1, "size": "1280 x 720"}}
    assert [each.ratio for each in compared(every)] == [10.0, 0.5]


def _fails() -> Any:
    raise RuntimeError("no Chromium")


def _exits() -> Any:
    sys.exit("no engine")


def test_one_that_fails_costs_no_other_its_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "milliseconds_a_jpeg", lambda: 7.0)
    path = tmp_path / "results.json"
    made = {"a": lambda: {"n": 1}, "b": _fails, "c": _exits, "d": lambda: {"n": 4}}
    every = {name: Benchmark(work, lambda: "quick") for name, work in made.items()}
    assert run(every, ["a", "b", "c", "d"], path=path) == ["b", "c"]
    found = json.loads(path.read_text())
    assert (found["a"], found["d"], list(found["taken"])) == ({"n": 1}, {"n": 4}, ["a", "d"])
    assert "b: FAILED" in capsys.readouterr().err

    before = path.read_bytes()
    assert run(every, ["d"], quick=True, path=path) == []
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"kernel": "6.19.1"}, True),
        ({"memory_gib": 23.4}, True),
        ({"python": "3.11.9"}, True),
        ({"python": "3.13.1"}, False),
        ({"memory_gib": 15.6}, False),
        ({"processor": "Intel Xeon"}, False),
        ({"cores": 4}, False),
    ],
)
def test_results_of_another_machine_are_dropped_and_a_new_kernel_makes_none(
    changed: dict[str, Any], same: bool
) -> None:
    earlier = {"machine": HERE, "taken": {"a": {}, "gone": {}}, "a": {"n": 1}, "gone": {"n": 2}}
    found = results.kept(earlier, HERE | changed, ["a", "b"])
    assert found == ({"taken": {"a": {}}, "a": {"n": 1}} if same else {"taken": {}})


@pytest.mark.chaos
def test_every_benchmark_works_on_small_data() -> None:
    before = results.RESULTS.read_bytes()
    command = [sys.executable, "-m", "benchmarks", "--quick"]
    done = subprocess.run(command, cwd=PAGE.parents[1], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    assert results.RESULTS.read_bytes() == before


def test_a_size_is_not_to_blame_for_what_a_larger_one_holds() -> None:
    cold = [{"n": 36, "seconds": 2.0}, {"n": 360, "seconds": 0.5}, {"n": 3600, "seconds": 0.9}]
    at = reach(cold, "seconds", 1.0)
    assert at is not None
    assert at > 3600
    assert reach(cold, "seconds", 0.7) == pytest.approx(360 + 0.2 / 0.4 * 3240)
    assert reach(cold, "seconds", 0.1) == 36
