"""What is compared with other tools is what the rules are held to (benchmarks/drift_peers.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pytest

from benchmarks import drift
from benchmarks.peers.own_runner import Own
from benchmarks.peers.running import Readings, run
from benchmarks.peers.samples import SHIFTS, read_samples, write_sample

N, DRAW = 100, 10_000


class LowConfidence:
    """Alarms when confidence is a tenth below the baseline's."""

    days_back = 0

    def prepare(self, baseline: pa.Table) -> None:
        self.expected = pc.mean(baseline["confidence"]).as_py()

    def start(self) -> None:
        pass

    def check(self, day: pa.Table) -> Readings:
        return {"low": self.expected - pc.mean(day["confidence"]).as_py() > 0.1}

    def report(self, path: Path) -> None:
        path.write_bytes(bytes(2000))


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    write_sample(folder, N, DRAW)
    return folder


def answer(
    tool: type[Own] | type[LowConfidence],
    samples: Path,
    scope: str,
    *,
    page: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    monkeypatch.setattr("sys.argv", ["runner", str(samples), "1", str(page), scope])
    run(tool, "smokewatch")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_days_are_those_of_the_drift_benchmark(samples: Path) -> None:
    checks = drift.checks_of_draw(N, DRAW)
    (sample,) = read_samples(samples)
    own = Own()
    own.prepare(sample.baseline)
    for name in ("drift-free", "one camera, confidence -.20"):
        own.start()
        found = [own.check(day) for day in sample.days[name]][-1]
        assert own.checks[-1] == checks[name]
        assert found["medium or high"] == checks[name].severity.is_open


def test_a_runner_tells_shares_and_costs(
    samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = answer(Own, samples, "fleet", page=tmp_path / "page", capsys=capsys, monkeypatch=monkeypatch)
    assert found["draws"] == 1
    assert found["alarms"]["... with the camera named"]["one camera, confidence -.20"] == 1
    assert list(found["alarms"]["medium or high"]) == list(SHIFTS)
    assert found["report_kb"] == round((tmp_path / "page").stat().st_size / 1000, 1) > 10
    assert min(found["check_ms"]["cpu"], found["peak_mib"]) > 0


@pytest.mark.parametrize(("scope", "alarm"), [("fleet", 0.0), ("cameras", 1.0)])
def test_a_tool_can_be_asked_for_each_camera(
    scope: str,
    alarm: float,
    samples: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = answer(LowConfidence, samples, scope, page=tmp_path / "page", capsys=capsys, monkeypatch=monkeypatch)
    assert found["alarms"]["low"]["drift-free"] == 0
    assert found["alarms"]["low"]["one camera, confidence -.20"] == alarm
