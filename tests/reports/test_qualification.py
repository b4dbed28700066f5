"""The page of a qualification: one file, nothing outside it, whatever names say, pictures with both sides' boxes."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from smokewatch.domain.labels import Label
from smokewatch.domain.qualification import (
    Decisions,
    advise_threshold,
    flips,
    measure,
    rule_on,
    score_shifts,
)
from smokewatch.errors import StorageError
from smokewatch.reports.environment import LARGEST
from smokewatch.reports.qualification_html import pictured_frames, qualification_html
from smokewatch.reports.qualification_json import qualification_report
from smokewatch.reports.qualification_markdown import qualification_markdown
from tests.reports.test_html import Page

HOSTILE = "<script>alert(1)</script>|\n" + "x" * 10_000


def made(sequences: int = 90, name: str = "north") -> dict[str, Any]:
    """A report of sequences of which every third is lost."""
    number = np.arange(sequences)
    decisions = Decisions(
        keys=tuple(f"alert-api_{each}" for each in number),
        organizations=np.full(sequences, name),
        cameras=np.full(sequences, f"{name}/one"),
        days=np.full(sequences, "2026-08-14"),
        labels=tuple(Label.SMOKE if each % 2 else Label.FALSE_POSITIVE for each in number),
        disputed=np.zeros(sequences, np.bool_),
        passes_gate=np.ones(sequences, np.bool_),
        baseline=np.full(sequences, 0.9),
        candidate=np.where(number % 3, 0.8, 0.1),
        baseline_threshold=0.5,
        candidate_threshold=0.5,
    )
    metrics = measure(decisions)
    tube = {"entries": [{"frame_idx": 0, "bbox": None}, {"frame_idx": 1, "bbox": [0.5, 0.4, 0.2, 0.1]}]}
    flipped = flips(decisions)
    return qualification_report(
        decisions,
        metrics=metrics,
        rulings=rule_on(metrics),
        flipped=flipped,
        shifts=score_shifts(decisions),
        advice=advise_threshold(decisions),
        confidence=0.95,
        facts={
            "candidate": {
                "reference": name,
                "model_version": None,
                "milliseconds": {"p50": 80.4, "p95": 120.0, "number": 90},
                "memory_mib": None,
            },
            "baseline": {"reference": "recorded"},
            "first_day": "2026-08-14",
            "last_day": "2026-08-14",
            "sequences": sequences + 1,
            "dropped": {"no_recorded_score": 1},
            "windows": {"matched": sequences},
        },
        evidence={
            each.key: {
                "organization": name,
                "camera": "one",
                "started_at": "2026-08-14T08:00:00+00:00",
                "frames": [{"bucket_key": "a.jpg", "sha256": f"{at:064x}"}],
                "tubes": {"candidate": [tube], "baseline": None},
            }
            for at, each in enumerate(flipped)
        },
    )


def test_the_page_says_the_verdict_first_and_holds_the_report() -> None:
    report = made()
    page = Page(qualification_html(report))
    assert page.embedded == json.loads(json.dumps(report))
    text = qualification_html(report)
    assert (
        text.index("no-go: ") < text.index("Rules") < text.index("Side by side") < text.index("Decisions that change")
    )
    for share in ("recall", "precision", "alerts a day"):
        assert share in text
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "object", "embed", "form")
        assert not any(value.startswith(("http:", "https:", "//")) for value in attributes.values())


def test_pictures_have_both_sides_boxes_and_fit() -> None:
    report = made()
    buffer = io.BytesIO()
    Image.effect_noise((120, 68), 80).convert("RGB").save(buffer, "JPEG", quality=75)
    pictures = dict.fromkeys(pictured_frames(report).values(), buffer.getvalue())
    text = qualification_html(report, pictures)
    assert len(text.encode()) <= LARGEST
    assert text.count("data:image/jpeg") == len(pictures) == 24
    assert text.count('class="box candidate" style="left:40.0%;top:35.0%;width:20.0%;height:10.0%"') == 24


def test_names_are_text() -> None:
    text = qualification_html(made(name=HOSTILE))
    assert "<script>alert" not in text
    assert Page(text).embedded["candidate"]["reference"] == HOSTILE
    lines = qualification_markdown(made(name=HOSTILE)).splitlines()
    assert lines[0].startswith("# no-go: <script>alert(1)</script>\\| x")


def test_a_release_that_changes_nothing_has_no_flips() -> None:
    report = made()
    assert "None: both keep the same" in qualification_html(report | {"flips": [], "advice": None, "dropped": {}})


def test_a_report_of_another_version_is_refused() -> None:
    with pytest.raises(StorageError, match="schema_version 7"):
        qualification_html({"schema_version": 7})
