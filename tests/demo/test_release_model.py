"""The model tells smoke from what only looks like it, by how it looks, and says the same thing every time."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from demo.release.crops import decode
from demo.release.dataset import DetectorExample, TubeExample, detector_example, rendered, tube_examples
from demo.release.evaluate import PRODUCTION_THRESHOLD, Scores, auc, score_seed
from demo.release.fitting import fit_classifier, fit_detector, pick_threshold
from demo.release.model import Model
from demo.release.networks import Detector
from demo.release.package import Package, read
from demo.release.train import CONFIG, CUT
from demo.releases import MODELS

REPLAY_TOLERANCE = 1e-5
"""Scores closer than this count as equal when a decision is replayed (section 4)."""
FRESH = 77_000_000
"""Scene seeds from here on are in no training, calibration or evaluation set."""


@pytest.fixture(scope="module")
def package() -> Package:
    torch.set_num_threads(1)
    return read(MODELS / "0.2.0" / "model.zip")


@pytest.fixture(scope="module")
def scores(package: Package) -> list[Scores]:
    return [score_seed(Model(package), FRESH + number) for number in range(40)]


@pytest.mark.chaos  # hundreds of sequences, of a model that is committed
@pytest.mark.parametrize("count", [4, 10])
def test_smoke_scores_above_what_only_looks_like_it(scores: list[Scores], count: int) -> None:
    smoke = [it.by_frames[count] for it in scores if it.smoke]
    rest = [it.by_frames[count] for it in scores if not it.smoke]
    assert auc(smoke, rest) >= 0.9


@pytest.mark.chaos  # hundreds of sequences, of a model that is committed
def test_productions_threshold_is_crossed_by_most_smoke_and_by_little_else(scores: list[Scores]) -> None:
    crossed = [max(it.by_frames[count] for count in (4, 6, 8)) > PRODUCTION_THRESHOLD for it in scores]
    smoke = [it.smoke for it in scores]
    assert np.mean([hit for hit, is_smoke in zip(crossed, smoke, strict=True) if is_smoke]) >= 0.7
    assert np.mean([hit for hit, is_smoke in zip(crossed, smoke, strict=True) if not is_smoke]) <= 0.3


@pytest.mark.chaos  # hundreds of sequences, of a model that is committed
def test_scores_are_spread_and_every_window_has_its_own(scores: list[Scores]) -> None:
    flat = [probability for it in scores for probability in it.by_frames.values()]
    assert np.mean([0.05 < probability < 0.95 for probability in flat]) >= 0.5
    assert np.mean([probability == 0 for probability in flat]) <= 0.15  # no tubes
    apart = []
    for it in scores:
        found = sorted(probability for probability in it.by_frames.values() if probability > 0)
        apart += [later - earlier > REPLAY_TOLERANCE for earlier, later in pairwise(found)]
    assert np.mean(apart) >= 0.95


def test_without_boxes_the_probability_is_zero_and_nothing_triggers(package: Package) -> None:
    sequence = rendered(FRESH, 4)
    images = [decode(data) for data in sequence.jpegs]
    found = Model(package).predict(images.__getitem__, [[]] * 4, trigger=True)
    assert (found.probability, found.is_smoke, found.tubes, found.trigger) == (0.0, False, [], None)
    assert (found.given, found.truncated, found.padded) == (4, 0, [0, 5])


def test_more_than_twenty_frames_lose_the_last_ones(package: Package) -> None:
    sequence = rendered(FRESH, 2)
    image = decode(sequence.jpegs[0])
    found = Model(package).predict(lambda _: image, [[]] * 23)
    assert (found.given, found.truncated, found.padded) == (23, 3, [])


def test_the_trigger_is_the_earliest_frame_that_would_have_been_positive(package: Package) -> None:
    seed = next(FRESH + n for n in range(60) if rendered(FRESH + n, 1).smoke)
    sequence = rendered(seed, 10)
    images = [decode(data) for data in sequence.jpegs]
    boxes = [Model(package).detect(image) for image in images]
    searched = Model(package, threshold=0.0).predict(images.__getitem__, boxes, trigger=True)
    assert searched.trigger is not None
    first = min(searched.tubes, key=lambda it: (it.tube.start, it.id))
    assert searched.trigger == (first.tube.entries[1].frame, first.id)  # any prefix is positive; 2 is the shortest
    unsearched = Model(package, threshold=0.0).predict(images.__getitem__, boxes)
    assert unsearched.trigger is None
    assert [it.probability for it in unsearched.tubes] == [it.probability for it in searched.tubes]
    never = Model(package, threshold=1.0).predict(images.__getitem__, boxes, trigger=True)
    assert (never.is_smoke, never.trigger) == (False, None)


def test_the_threshold_is_reached_by_the_wanted_share_of_smoke() -> None:
    probabilities = [number / 100 for number in range(1, 101)]
    threshold = pick_threshold(probabilities, 0.95)
    assert threshold == 0.06
    assert np.mean([probability >= threshold for probability in probabilities]) == 0.95


def test_the_same_seed_and_examples_give_the_same_weights(package: Package) -> None:
    torch.use_deterministic_algorithms(True)
    cuts: list[DetectorExample] = []
    tubes: list[TubeExample] = []
    for number in range(4):
        sequence = rendered(FRESH + number, 6)
        rng = np.random.default_rng(number)
        cuts += [detector_example(sequence, at, size=CONFIG.infer.image_size, cut=CUT, rng=rng) for at in (1, 4)]
        tubes += tube_examples(Model(package), sequence, [(0, 4), (0, 6)], roi=False)
    weights = []
    for _ in range(2):
        torch.manual_seed(5)
        detector, classifier = Detector(CONFIG.infer.width), replace(CONFIG.classifier, layers=1).build()
        fit_detector(detector, cuts, epochs=2, seed=5)
        fit_classifier(classifier, tubes, epochs=2, seed=5)
        weights.append(torch.cat([p.flatten() for module in (detector, classifier) for p in module.parameters()]))
    assert torch.equal(*weights)
