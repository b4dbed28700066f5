"""Expected accuracy: right for calibrated scores, and silent for all others."""

from __future__ import annotations

import numpy as np
import pytest

from smokewatch.domain.drift import expected_accuracy
from tests.domain.drift.days import FIRST, sequences


def test_it_is_the_accuracy_of_calibrated_scores() -> None:
    dice = np.random.default_rng(1)
    scores = dice.beta(1, 3, 20_000)
    labels = dice.uniform(size=20_000) < scores
    day = sequences(FIRST, ["a"] * 10_000, scores=list(scores[:10_000]), smoke=list(scores[:10_000] > 0.45))
    found = expected_accuracy(day, labelled_scores=scores[10_000:], is_smoke=labels[10_000:])
    assert found.accuracy == pytest.approx(((scores > 0.45) == labels)[:10_000].mean(), abs=0.01)
    assert found.reason == ""


def test_it_is_not_shown_without_a_reliability_check() -> None:
    dice = np.random.default_rng(2)
    scores = dice.uniform(size=1000)
    day = sequences(FIRST, ["a"] * 10)
    few = expected_accuracy(day, labelled_scores=scores[:199], is_smoke=scores[:199] > 0.5)
    assert (few.accuracy, few.reason) == (None, "199 labelled sequences, at least 200 are needed")
    # Every score above one half was smoke: right decisions, and scores that do not mean what they say.
    sure = expected_accuracy(day, labelled_scores=scores, is_smoke=scores > 0.5)
    assert sure.accuracy is None
    assert sure.calibration_error == pytest.approx(0.25, abs=0.02)
    calibrated = dice.uniform(size=1000) < scores
    silent = sequences(FIRST, ["a"], scores=float("nan"))
    assert expected_accuracy(silent, labelled_scores=scores, is_smoke=calibrated).accuracy is None
