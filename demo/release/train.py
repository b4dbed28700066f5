"""Train a release from nothing but a seed: `python -m demo.release.train --seed 1 --model-version 0.2.0 --out DIR`.

Writes DIR/model.zip and DIR/metrics.json. Scenes are rendered, the detector is taught on cuts of their frames, the
classifier on the tubes that this detector finds, the calibrator on scenes that neither has seen; what metrics.json
says is measured on yet other scenes.
"""

import argparse
import json
import os
import resource
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from demo.release.dataset import (
    DetectorExample,
    Rendered,
    TubeExample,
    detector_example,
    rendered,
    tube_examples,
    windows,
)
from demo.release.evaluate import Scores, measure, score_seed
from demo.release.fitting import fit_calibrator, fit_classifier, fit_detector, pick_threshold
from demo.release.model import Model
from demo.release.networks import Detector
from demo.release.package import Calibrator, ClassifierShape, Config, Decision, Infer, ModelInput, Package, write
from demo.release.tubes import TubeRules

CONFIG = Config(
    Infer(
        confidence_threshold=0.2,
        iou_nms=0.2,
        image_size=(320, 180),
        pad_to_min_frames=6,
        pad_strategy="symmetric",
        max_boxes=8,
        width=16,
    ),
    TubeRules(
        iou_threshold=0.2,
        max_misses=2,
        infer_min_tube_length=2,
        min_detected_entries=2,
        interpolate_gaps=True,
        merge_iomin=0.3,
        merge_prox_factor=0.5,
        merge_max_gap=10,
    ),
    ModelInput(context_factor=1.5, patch_size=40, stabilize=True),
    ClassifierShape(backbone="patch_convolutions", width=64, layers=2, heads=4, ffn=128, dropout=0.15, max_frames=20),
    Decision(
        aggregation="logistic", threshold=0.0, logistic_threshold=0.5, target_recall=0.95, trigger_rule="first_crossing"
    ),
)

CUT = (160, 96)
"""Width and height, pixels, of the cuts that the detector is trained on."""

SCENES_PER_SEED = 1_000_000
CALIBRATION_AT, EVALUATION_AT = 500_000, 700_000
"""Offsets of the scene seeds of the calibrator's scenes and of the measured ones; training scenes start at 0."""


@dataclass(frozen=True)
class Effort:
    """How much is rendered and how long is trained."""

    scenes: int = 500
    calibration: int = 120
    evaluation: int = 160
    detector_epochs: int = 20
    classifier_epochs: int = 14


def _one_thread() -> None:
    torch.set_num_threads(1)


def _render(seed: int) -> Rendered:
    """Twelve frames, of every sixth scene twenty: the longest that a release reads."""
    return rendered(seed, 20 if seed % 6 == 0 else 12)


def _detector_examples(it: Rendered) -> list[DetectorExample]:
    rng = np.random.default_rng([it.scene.seed, 32])
    size = CONFIG.infer.image_size
    chosen = rng.choice(len(it.jpegs), 4, replace=False)
    return [detector_example(it, int(frame), size=size, cut=CUT, rng=rng) for frame in chosen]


def _tube_examples(model: Model, it: Rendered) -> list[TubeExample]:
    """Tubes of three random requests; with production's ROI, but for every other training scene."""
    rng = np.random.default_rng([it.scene.seed, 33])
    calibration = it.scene.seed % SCENES_PER_SEED >= CALIBRATION_AT
    return tube_examples(model, it, windows(len(it.jpegs), 3, rng), roi=calibration or it.scene.seed % 2 == 0)


def train(seed: int, model_version: str, effort: Effort, workers: int) -> tuple[Package, dict[str, Any]]:
    """A package and what was measured of it."""
    began = time.perf_counter()
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)  # steps this small gain nothing from a second thread, and lose much when it is busy
    torch.manual_seed(seed)
    manifest = {
        "variant": "demo_patch_transformer",
        "model_version": model_version,
        "provenance": {
            "train_seed": seed,
            "train_git_sha": None,
            "backbone": CONFIG.classifier.backbone,
            "detector": {"type": "fully_convolutional", "name": "demo_detector", "source": "demo.release.train"},
            "torch": str(torch.__version__),
        },
    }
    base = seed * SCENES_PER_SEED
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # for the processes below: they are as many as there are cores
    package = Package(
        manifest, CONFIG, Detector(CONFIG.infer.width), CONFIG.classifier.build(), Calibrator((1, 0, 0, 0), 0)
    )
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_one_thread) as pool:

        def say(what: str) -> None:
            print(f"{time.perf_counter() - began:5.0f} s  {what}", flush=True)

        scenes = list(pool.map(_render, range(base, base + effort.scenes), chunksize=4))
        calibration = list(
            pool.map(_render, range(base + CALIBRATION_AT, base + CALIBRATION_AT + effort.calibration), chunksize=4)
        )
        say(f"{len(scenes)} scenes rendered")
        cuts = [example for some in pool.map(_detector_examples, scenes, chunksize=4) for example in some]
        fit_detector(package.detector, cuts, epochs=effort.detector_epochs, seed=seed)
        say(f"detector fitted on {len(cuts)} cuts")
        tubes = _tubes(pool, package, scenes)
        say(f"{len(tubes)} tubes, {np.mean([it.smoke for it in tubes]):.0%} smoke")
        fit_classifier(package.classifier, tubes, epochs=effort.classifier_epochs, seed=seed)
        held_out = _tubes(pool, package, calibration)
        package = replace(package, calibrator=fit_calibrator(Model(package), held_out))
        package = replace(package, config=replace(CONFIG, decision=_decide(package, held_out)))
        say("calibrated")
        fresh = range(base + EVALUATION_AT, base + EVALUATION_AT + effort.evaluation)
        scores: list[Scores] = list(pool.map(partial(score_seed, Model(package)), fresh, chunksize=4))
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    metrics = {
        "model_version": model_version,
        "seed": seed,
        "torch": str(torch.__version__),
        "train_seconds": round(time.perf_counter() - began, 1),
        "train_cpu_seconds": round(sum(it.ru_utime + it.ru_stime for it in used), 1),
        "detector_cuts": len(cuts),
        "tubes": len(tubes),
        "calibration_tubes": len(held_out),
        "logistic_threshold": package.config.decision.logistic_threshold,
        **measure(scores),
    }
    return package, metrics


def _tubes(pool: ProcessPoolExecutor, package: Package, scenes: Sequence[Rendered]) -> list[TubeExample]:
    found = pool.map(partial(_tube_examples, Model(package)), scenes, chunksize=4)
    return [example for some in found for example in some]


def _decide(package: Package, held_out: Sequence[TubeExample]) -> Decision:
    """The decision block, its threshold picked on requests about smoke."""
    model = Model(package)
    best: dict[tuple[int, int], float] = {}
    for it in held_out:
        if it.smoke:
            best[it.case] = max(best.get(it.case, 0.0), model.probability(model.logit(it.patches), it.tube, it.kept))
    decision = package.config.decision
    return replace(decision, logistic_threshold=pick_threshold(list(best.values()), decision.target_recall))


def main() -> None:
    """Train as the command line says and write the package and what was measured."""
    parser = argparse.ArgumentParser(prog="python -m demo.release.train", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--model-version", required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for model.zip and metrics.json")
    parser.add_argument("--scenes", type=int, default=Effort.scenes)
    parser.add_argument("--workers", type=int, default=2, help="processes that render and look for tubes")
    options = parser.parse_args()
    package, metrics = train(options.seed, options.model_version, Effort(scenes=options.scenes), options.workers)
    write(options.out / "model.zip", package)
    text = json.dumps(metrics, indent=1)
    (options.out / "metrics.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
