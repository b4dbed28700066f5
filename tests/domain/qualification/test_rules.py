"""What two releases' decisions come to: metrics, flips, rulings, the threshold's advice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smokewatch.domain.labels import Label
from smokewatch.domain.qualification import (
    Decisions,
    Flip,
    RuleName,
    Verdict,
    advise_threshold,
    flips,
    limits_with,
    measure,
    rule_on,
    score_shifts,
    verdict_of,
)
from smokewatch.errors import UsageError

SMOKE, OTHER, UNKNOWN = Label.SMOKE, Label.FALSE_POSITIVE, Label.UNKNOWN


def decisions(rows: list[tuple[Label, float, float]], **columns: Any) -> Decisions:
    """Rows of (label, baseline's score, candidate's); both keep from .5 on; one camera, one day, no gate."""
    n = len(rows)
    same: dict[str, Any] = {
        "keys": tuple(f"alert-api_{number}" for number in range(n)),
        "organizations": np.full(n, "north"),
        "cameras": np.full(n, "north/one"),
        "days": np.full(n, "2026-08-14"),
        "disputed": np.zeros(n, np.bool_),
        "passes_gate": np.ones(n, np.bool_),
    }
    return Decisions(
        labels=tuple(label for label, _, _ in rows),
        baseline=np.array([before for _, before, _ in rows], np.float64),
        candidate=np.array([now for _, _, now in rows], np.float64),
        baseline_threshold=0.5,
        candidate_threshold=0.5,
        **{**same, **columns},
    )


def verdicts(given: Decisions, **limits: float) -> dict[RuleName, Verdict]:
    return {each.rule: each.verdict for each in rule_on(measure(given), limits_with(limits))}


def test_sixty_smokes_without_loss_and_no_more_alerts_go() -> None:
    given = decisions([(SMOKE, 0.9, 0.8)] * 60 + [(OTHER, 0.6, 0.4)] * 5)
    rulings = rule_on(measure(given))
    assert verdict_of(rulings) is Verdict.GO
    assert [each.figure for each in rulings] == pytest.approx([1.0, -0.04873, -5 / 65], abs=1e-5)


def test_fifty_eight_smokes_need_one_more_label() -> None:
    rulings = {each.rule: each for each in rule_on(measure(decisions([(SMOKE, 0.9, 0.8)] * 58)))}
    recall = rulings[RuleName.RECALL]
    assert (recall.verdict, recall.labels_needed) == (Verdict.UNDECIDED, 1)
    assert "1 more labelled smoke" in recall.said
    assert verdict_of(rulings.values()) is Verdict.UNDECIDED


def test_a_stricter_limit_asks_for_more_labels() -> None:
    given = decisions([(SMOKE, 0.9, 0.8)] * 60)
    recall = next(each for each in rule_on(measure(given), limits_with({"recall": 0.01})) if each.rule == "recall")
    assert recall.labels_needed == 299 - 60


def test_smoke_lost_beyond_chance_is_no_go() -> None:
    lost = decisions([(SMOKE, 0.9, 0.1)] * 5 + [(SMOKE, 0.9, 0.8)] * 500)
    assert verdicts(lost)[RuleName.SMOKE_LOST] is Verdict.NO_GO  # 1 / 32
    few = decisions([(SMOKE, 0.9, 0.1)] * 4 + [(SMOKE, 0.9, 0.8)] * 500)
    assert verdicts(few)[RuleName.SMOKE_LOST] is Verdict.GO  # 1 / 16
    made_up_for = decisions([(SMOKE, 0.9, 0.1)] * 5 + [(SMOKE, 0.1, 0.9)] * 3 + [(SMOKE, 0.9, 0.8)] * 500)
    assert verdicts(made_up_for)[RuleName.SMOKE_LOST] is Verdict.GO


def test_a_recall_that_fell_for_sure_is_no_go() -> None:
    given = decisions([(SMOKE, 0.9, 0.1)] * 20 + [(SMOKE, 0.9, 0.8)] * 60)
    assert verdicts(given)[RuleName.RECALL] is Verdict.NO_GO
    assert verdict_of(rule_on(measure(given))) is Verdict.NO_GO


def test_alerts_are_counted_behind_the_gate_a_day() -> None:
    rows = [(UNKNOWN, 0.9, 0.9)] * 10 + [(UNKNOWN, 0.1, 0.9)] * 3
    days = np.array(["2026-08-14"] * 7 + ["2026-08-15"] * 6)
    given = decisions(rows, days=days)
    metrics = measure(given)
    assert (metrics.alerts_before, metrics.alerts_now, metrics.days) == (5.0, 6.5, 2)
    assert verdicts(given)[RuleName.ALERTS] is Verdict.NO_GO
    assert verdicts(given, alerts_a_day=0.3)[RuleName.ALERTS] is Verdict.GO
    held = replace(given, passes_gate=np.array([True] * 10 + [False] * 3))
    assert measure(held).alerts_change == 0.0


def test_alerts_out_of_none_are_for_people_to_judge() -> None:
    assert verdicts(decisions([(UNKNOWN, 0.1, 0.9)]))[RuleName.ALERTS] is Verdict.UNDECIDED
    assert verdicts(decisions([(UNKNOWN, 0.1, 0.1)]))[RuleName.ALERTS] is Verdict.GO
    assert verdict_of(rule_on(measure(decisions([])))) is Verdict.UNDECIDED


def test_contradictory_labels_count_nowhere() -> None:
    given = decisions([(SMOKE, 0.9, 0.1)] * 3, disputed=np.array([True, True, False]))
    assert measure(given).smoke.number == 1
    assert [each.disputed for each in flips(given)] == [False, True, True] or len(flips(given)) == 3


def test_shares_are_of_the_labels() -> None:
    metrics = measure(decisions([(SMOKE, 0.9, 0.9), (SMOKE, 0.9, 0.1), (OTHER, 0.9, 0.9), (UNKNOWN, 0.9, 0.9)]))
    now = metrics.candidate
    assert (now.recall.value, now.false_positive_rate.value, now.precision.value) == (0.5, 1.0, 0.5)
    assert metrics.baseline.calibration_error == pytest.approx(abs(0.9 - 2 / 3))


def test_lost_smoke_is_what_people_see_first() -> None:
    rows = [(UNKNOWN, 0.1, 0.9), (UNKNOWN, 0.9, 0.1), (OTHER, 0.9, 0.0), (SMOKE, 0.6, 0.4), (SMOKE, 0.9, 0.2)]
    found = flips(decisions([*rows, (SMOKE, 0.9, 0.9)]))
    assert [(each.key[-1], each.flip) for each in found] == [
        ("4", Flip.LOST),
        ("3", Flip.LOST),
        ("2", Flip.LOST),
        ("1", Flip.LOST),
        ("0", Flip.GAINED),
    ]


def test_scores_at_the_threshold_are_kept() -> None:
    assert flips(decisions([(SMOKE, 0.5, np.nextafter(0.5, 0))]))[0].flip is Flip.LOST


def test_shifts_are_told_by_organization_and_camera() -> None:
    given = decisions(
        [(UNKNOWN, 0.5, 0.6), (UNKNOWN, 0.5, 0.9), (UNKNOWN, 0.2, 0.2)],
        organizations=np.array(["north", "north", "south"]),
        cameras=np.array(["north/one", "north/two", "south/one"]),
    )
    found = [(each.organization, each.camera, each.sequences, round(each.w1, 9)) for each in score_shifts(given)]
    assert found == [
        ("north", None, 2, 0.25),
        ("south", None, 1, 0.0),
        ("north", "north/two", 1, 0.4),
        ("north", "north/one", 1, 0.1),
        ("south", "south/one", 1, 0.0),
    ]


def test_the_advised_threshold_keeps_what_the_baseline_keeps() -> None:
    given = decisions([(SMOKE, 0.9, 0.3), (SMOKE, 0.8, 0.45), (SMOKE, 0.2, 0.6), (OTHER, 0.1, 0.46)])
    advice = advise_threshold(given)
    assert advice is not None
    assert advice.threshold == 0.45
    assert advice.metrics.candidate.recall.count == 2
    assert advice.metrics.candidate.false_positive_rate.count == 1
    assert advise_threshold(decisions([(SMOKE, 0.1, 0.9)])) is None


@given(st.lists(st.tuples(st.sampled_from(list(Label)), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=60))
def test_no_larger_threshold_would_do(rows: list[tuple[Label, float, float]]) -> None:
    given = decisions(rows)
    advice, before = advise_threshold(given), measure(given).baseline.recall.count
    if advice is None:
        assert before == 0
        return
    assert advice.metrics.candidate.recall.count >= before
    larger = replace(given, candidate_threshold=float(np.nextafter(advice.threshold, 2)))
    assert measure(larger).candidate.recall.count < before


def test_the_same_release_twice_changes_nothing() -> None:
    given = decisions([(SMOKE, 0.9, 0.9)] * 60 + [(OTHER, 0.6, 0.6)])
    assert flips(given) == []
    assert verdict_of(rule_on(measure(given))) is Verdict.GO
    assert all(each.w1 == 0 for each in score_shifts(given))


@pytest.mark.parametrize("wrong", [{"recal": 0.1}, {"recall": 0.0}, {"recall": 1.5}, {"alerts_a_day": -1}])
def test_a_wrong_limit_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="qualification rule"):
        limits_with(wrong)


def test_columns_have_one_length_and_scores_are_numbers() -> None:
    with pytest.raises(ValueError, match="columns differ"):
        decisions([(SMOKE, 0.9, 0.9)], organizations=np.array(["north", "south"]))
    with pytest.raises(ValueError, match="no number"):
        decisions([(SMOKE, 0.9, float("nan"))])
