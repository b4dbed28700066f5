"""How the detector, the classifier and the calibrator are fitted; the same seed and examples give the same weights."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize
from torch import Tensor
from torch.nn import functional

from demo.release.crops import normalize
from demo.release.dataset import DetectorExample, TubeExample
from demo.release.model import Model, features
from demo.release.networks import Detector, TemporalClassifier
from demo.release.package import Calibrator

BATCH = 32
HOLD = 200.0
"""How strongly the calibrator's coefficients are held to zero, so that scores spread between 0 and 1."""


def _optimizer(
    module: torch.nn.Module, rate: float, steps: int
) -> tuple[torch.optim.Optimizer, "torch.optim.lr_scheduler.OneCycleLR"]:
    optimizer = torch.optim.AdamW(module.parameters(), lr=rate, weight_decay=0.02)
    return optimizer, torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=max(2, steps), pct_start=0.15)


def _batches(count: int, epochs: int, rng: np.random.Generator) -> list[npt.NDArray[np.intp]]:
    """Indices of every batch of every epoch; all batches are full unless there are too few examples."""
    size = min(BATCH, count)
    orders = [rng.permutation(count) for _ in range(epochs)]
    return [order[at : at + size] for order in orders for at in range(0, count - size + 1, size)]


def fit_detector(module: Detector, examples: Sequence[DetectorExample], *, epochs: int, seed: int) -> None:
    """Teach confidence (a mild focal loss) and box distances (smooth L1)."""
    rng = np.random.default_rng([seed, 30])
    batches = _batches(len(examples), epochs, rng)
    optimizer, schedule = _optimizer(module, 4e-3, len(batches))
    module.train()
    for batch in batches:
        chosen = [examples[index] for index in batch]
        output = module(torch.from_numpy(normalize(np.stack([it.pixels for it in chosen]))))
        target = torch.from_numpy(np.stack([it.confidence for it in chosen]))
        boxed = torch.from_numpy(np.stack([it.box for it in chosen]))
        entropy = functional.binary_cross_entropy_with_logits(output[:, 0], target, reduction="none")
        surprise = (torch.sigmoid(output[:, 0]).detach() - target).abs().sqrt()
        confidence = (entropy * surprise).sum() / target.sum().clamp(min=1)
        wanted = torch.from_numpy(np.stack([it.distances for it in chosen]))
        error = functional.smooth_l1_loss(output[:, 1:], wanted, reduction="none", beta=0.3).mean(dim=1)
        loss = confidence + 2 * error[boxed].sum() / boxed.sum().clamp(min=1)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
    module.eval()


def _stack(chosen: Sequence[TubeExample], slots: int) -> tuple[Tensor, Tensor]:
    """Patches B x slots x 3 x P x P and the mask B x slots of the frames that there are."""
    shape = chosen[0].patches.shape[1:]
    patches = np.zeros((len(chosen), slots, *shape), np.uint8)
    mask = np.zeros((len(chosen), slots), bool)
    for row, it in enumerate(chosen):
        patches[row, : len(it.patches)], mask[row, : len(it.patches)] = it.patches, True
    return torch.from_numpy(normalize(patches)), torch.from_numpy(mask)


def fit_classifier(module: TemporalClassifier, examples: Sequence[TubeExample], *, epochs: int, seed: int) -> None:
    """Teach smoke or not, on tubes cut at random lengths, mirrored and lit differently."""
    rng = np.random.default_rng([seed, 31])
    torch.manual_seed(seed)  # dropout
    batches = _batches(len(examples), epochs, rng)
    optimizer, schedule = _optimizer(module, 2e-3, len(batches))
    module.train()
    for batch in batches:
        chosen = [examples[index] for index in batch]
        patches, mask = _stack(chosen, max(len(it.patches) for it in chosen))
        flipped = torch.from_numpy(rng.uniform(size=len(chosen)) < 0.5)
        patches = torch.where(flipped[:, None, None, None, None], patches.flip(-1), patches)
        gain = torch.from_numpy(rng.normal(1, 0.12, (len(chosen), 1, 1, 1, 1)).astype(np.float32))
        lift = torch.from_numpy(rng.normal(0, 0.15, (len(chosen), 1, 3, 1, 1)).astype(np.float32))
        lengths = torch.from_numpy(
            np.array([rng.integers(min(3, n), n + 1) if rng.uniform() < 0.3 else n for n in mask.sum(1).tolist()])
        )
        mask &= torch.arange(mask.shape[1]) < lengths[:, None]
        target = torch.tensor([float(it.smoke) for it in chosen])
        side, (down, right) = patches.shape[-1], rng.integers(0, 5, 2)
        moved = functional.interpolate(
            patches.flatten(0, 1)[..., down : down + side - 4, right : right + side - 4], side, mode="bilinear"
        ).view_as(patches)
        loss = functional.binary_cross_entropy_with_logits(module(moved * gain + lift, mask), target)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    module.eval()


def fit_calibrator(model: Model, examples: Sequence[TubeExample]) -> Calibrator:
    """Logistic regression of smoke over the four features, lightly held to small coefficients."""
    rows = np.array([features(model.logit(it.patches), it.tube, it.kept) for it in examples])
    target = np.array([it.smoke for it in examples], float)

    def cost(weights: npt.NDArray[np.float64]) -> float:
        scores = rows @ weights[:4] + weights[4]
        return float(np.logaddexp(0, scores).sum() - scores @ target + 0.5 * HOLD * weights[:4] @ weights[:4])

    found = minimize(cost, np.zeros(5), method="BFGS").x
    return Calibrator(tuple(float(value) for value in found[:4]), float(found[4]))


def pick_threshold(probabilities: Sequence[float], recall: float) -> float:
    """The largest threshold, to two decimals, that at least the share `recall` of these smoke scores reaches."""
    ordered = sorted(probabilities, reverse=True)
    reached = ordered[max(0, math.ceil(recall * len(ordered)) - 1)]
    return max(0.01, math.floor(reached * 100) / 100)
