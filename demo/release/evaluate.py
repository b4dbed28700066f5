"""How well a release tells smoke from the rest, on scenes it has not seen."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from demo.release.crops import decode
from demo.release.dataset import Rendered, rendered
from demo.release.model import Model

PRODUCTION_THRESHOLD = 0.45
WINDOWS = (4, 6, 8, 10)
"""Numbers of first frames whose scores are compared."""


@dataclass(frozen=True)
class Scores:
    """Probabilities of one sequence by number of frames, its ROI as production would send it."""

    kind: str
    by_frames: dict[int, float]

    @property
    def smoke(self) -> bool:
        """Whether the sequence is about smoke."""
        return self.kind == "smoke"


def score(model: Model, it: Rendered) -> Scores:
    """The probabilities of the sequence's first 4, 6, 8 and 10 frames."""
    images = [decode(data) for data in it.jpegs]
    boxes = [model.detect(image) for image in images]
    return Scores(
        it.scene.kind,
        {
            count: model.predict(images.__getitem__, boxes[:count], roi=it.roi(0, count)).probability
            for count in WINDOWS
        },
    )


def score_seed(model: Model, seed: int) -> Scores:
    """The scores of scene `seed`."""
    return score(model, rendered(seed, max(WINDOWS)))


def auc(smoke: Iterable[float], rest: Iterable[float]) -> float:
    """The chance that smoke scores higher than the rest, ties counting half."""
    positive, negative = list(smoke), list(rest)
    ranks = rankdata([*positive, *negative])[: len(positive)]
    return float((ranks.sum() - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative)))


def measure(scores: list[Scores]) -> dict[str, object]:
    """AUC, and recall and false positive rate above production's threshold, by number of frames; then by kind."""
    by_frames = {}
    for count in WINDOWS:
        smoke = [it.by_frames[count] for it in scores if it.smoke]
        rest = [it.by_frames[count] for it in scores if not it.smoke]
        by_frames[str(count)] = {
            "auc": round(auc(smoke, rest), 4),
            "recall": round(float(np.mean([p > PRODUCTION_THRESHOLD for p in smoke])), 4),
            "fpr": round(float(np.mean([p > PRODUCTION_THRESHOLD for p in rest])), 4),
        }
    flat = [p for it in scores for p in it.by_frames.values()]
    kinds = sorted({it.kind for it in scores})
    return {
        "sequences": len(scores),
        "by_frames": by_frames,
        "above_threshold_by_kind": {
            kind: round(
                float(np.mean([it.by_frames[10] > PRODUCTION_THRESHOLD for it in scores if it.kind == kind])), 4
            )
            for kind in kinds
        },
        "share_between_0.1_and_0.9": round(float(np.mean([0.1 <= p <= 0.9 for p in flat])), 4),
        "share_without_tubes": round(float(np.mean([p == 0.0 for p in flat])), 4),
    }
