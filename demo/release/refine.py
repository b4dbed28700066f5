"""Teach a release's classifier haze, rightly and wrongly: `python -m demo.release.refine`.

Both packages go on from 0.2.0 with the same scenes, half of them hazy, and the same seed. For 0.3.0 whoever labelled
them took every smoke in haze for haze, so it misses such smoke; 0.3.1 was taught what there is to see.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from demo.release.dataset import Rendered, TubeExample, tube_examples
from demo.release.fitting import fit_classifier
from demo.release.model import Model
from demo.release.package import Package, read, write
from demo.scenes import Scene, box, frame_times, frames, jpeg, sample_scene

MODELS = Path(__file__).parent / "models"
BEGINS_AT = "0.2.0"
MISTAUGHT, TAUGHT = "0.3.0", "0.3.1"

SEED = 5
SCENES = range(3_000_000, 3_000_300)
"""None of any training's scenes, calibration's or evaluation's."""
FRAMES = 6
EPOCHS = 8
HAZE = (1.0, 1.5)
"""Of every other scene; ordinary ones have .6 at most."""


def examples(seed: int) -> tuple[list[TubeExample], bool]:
    """Tubes of a scene as the release finds them, and whether it is hazy."""
    torch.set_num_threads(1)
    hazy = seed % 2 == 1
    scene = _in_haze(sample_scene(seed)) if hazy else sample_scene(seed)
    extents = [[box(scene.view, it, seconds) for it in scene.phenomena] for seconds in frame_times(scene, FRAMES)]
    seen = Rendered(scene, [jpeg(image) for image in frames(scene, FRAMES)], extents)
    return tube_examples(Model(_base()), seen, [(0, FRAMES), (0, 4)], roi=True), hazy


def refined(found: Sequence[tuple[list[TubeExample], bool]], model_version: str) -> Package:
    """The package that was taught these tubes; :data:`MISTAUGHT` with smoke in haze labelled as none."""
    mistaken = model_version == MISTAUGHT
    taught = [replace(it, smoke=it.smoke and not (hazy and mistaken)) for tubes, hazy in found for it in tubes]
    package = _base()
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    fit_classifier(package.classifier, taught, epochs=EPOCHS, seed=SEED)
    provenance = package.manifest["provenance"] | {
        "refines": BEGINS_AT,
        "refine_seed": SEED,
        "labels": "smoke in haze taken for haze" if mistaken else "as seen",
    }
    return replace(package, manifest=package.manifest | {"model_version": model_version, "provenance": provenance})


def main() -> None:
    """Write both packages."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # for the processes below: they are as many as there are cores
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = list(pool.map(examples, SCENES, chunksize=4))
    for version in (MISTAUGHT, TAUGHT):
        write(MODELS / version / "model.zip", refined(found, version))


def _base() -> Package:
    return read(MODELS / BEGINS_AT / "model.zip")


def _in_haze(scene: Scene) -> Scene:
    haze = np.random.default_rng([scene.seed, 40]).uniform(*HAZE)
    return replace(scene, haze=float(haze))


if __name__ == "__main__":
    main()
