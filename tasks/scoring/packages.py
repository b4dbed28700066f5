"""Model packages in this process, through the interface of temporal-model's core."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from PIL import Image

from smokewatch.domain.answers import PredictAnswer, parse_answer
from smokewatch.domain.triage import score_of
from smokewatch.errors import UsageError
from smokewatch.store.triage import TriageModel
from tasks.scoring.scorer import Failure, Scoring

AUTO = "auto"
_SEQUENCES, _FRAMES = 16, 32
"""That a GPU is given at once; a detector's frames may be of 1024 pixels a side."""


class LoadedModel(Protocol):
    """What is used of a loaded package (temporal-model, core/src/temporal_model/core/{model,protocol}.py).

    One that also has ``detect(frames)`` takes ``predict(…, frame_detections={frame_id: …})``.
    """

    @property
    def device(self) -> object:
        """What it computes on."""

    def load_sequence(self, frames: list[Path]) -> list[Any]:
        """Frames of files; each one's ``frame_id`` is its file's stem."""

    def predict(self, frames: list[Any], *, compute_trigger: bool = False, **options: Any) -> Any:
        """An output with ``is_positive``, ``trigger_frame_index`` and ``details``."""


class PackageScorer:
    """A package at work.

    On a CPU every sequence is scored by itself, as a release scores it, so that a score does not depend on what else
    is in the chunk. On a GPU the detector is given frames of several sequences at once, equal sizes together; what
    fails there is tried again alone. Torch has the threads that it takes by itself, unless the loader says otherwise.

    Raises:
        UsageError: when the loader or the package cannot be had.
    """

    def __init__(self, model: TriageModel, loader: str, device: str = AUTO) -> None:
        self.model = model
        self._loaded = _load(loader, Path(model.reference), device)
        self.device = str(getattr(self._loaded, "device", device))
        self._batched = not self.device.startswith("cpu") and hasattr(self._loaded, "detect")
        self.at_once = _SEQUENCES if self._batched else 1
        most = (model.config.get("classifier") or {}).get("max_frames")
        self._max_frames = most if isinstance(most, int) else None

    def score(self, sequences: Sequence[Sequence[Path]]) -> list[Scoring]:
        """See :class:`tasks.scoring.scorer.Scorer`."""
        began = time.perf_counter()
        detected = self._detect(sequences) if self._batched else {}
        share = (time.perf_counter() - began) * 1000 / max(1, len(sequences))
        return [self._one(files, detected, share) for files in sequences]

    def _one(self, files: Sequence[Path], detected: Mapping[str, Any], share: float) -> Scoring:
        began = time.perf_counter()
        answer = self._predict(files, detected)
        if isinstance(answer, Failure) and detected:
            answer = self._predict(files, {})
        return Scoring(answer, share + (time.perf_counter() - began) * 1000)

    def _predict(self, files: Sequence[Path], detected: Mapping[str, Any]) -> PredictAnswer | Failure:
        try:
            options = {"frame_detections": detected} if detected else {}
            output = self._loaded.predict(self._loaded.load_sequence(list(files)), compute_trigger=True, **options)
            answer = _answer(output, self.model.model_version)
            score_of(answer)
        except Exception as error:  # noqa: BLE001 - anything may come of a model or a frame; it is told as a drop
            _free_memory()
            return Failure.of(error)
        return answer

    def _detect(self, sequences: Sequence[Sequence[Path]]) -> dict[str, Any]:
        """Frame id -> detections of all that could be detected together; the rest is left to each sequence."""
        files = {path.stem: path for sequence in sequences for path in sequence[: self._max_frames]}
        detect = cast(Callable[[list[Any]], Sequence[Any]], self._loaded.detect)  # type: ignore[attr-defined]
        found: dict[str, Any] = {}
        for batch in _of_equal_size(list(files.values())):
            try:
                detections = detect(self._loaded.load_sequence(batch))
                found |= {path.stem: each for path, each in zip(batch, detections, strict=True)}
            except Exception:  # noqa: BLE001 - a bad frame or too little memory: its sequences tell it, one by one
                _free_memory()
        return found


def _load(loader: str, path: Path, device: str) -> LoadedModel:
    module_name, _, attribute = loader.partition(":")
    try:
        load: Any = importlib.import_module(module_name)
        for name in attribute.split("."):
            load = getattr(load, name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(
            f"SMOKEWATCH_MODEL_LOADER={loader} cannot be imported: {error}: install it into this environment "
            "(pyronear/temporal-model, core), or set another module:callable"
        ) from error
    try:
        loaded: LoadedModel = load(path, device=None if device == AUTO else device)
    except Exception as error:
        raise UsageError(f"model package {path} cannot be loaded by {loader}: {Failure.of(error).detail}") from error
    if str(getattr(loaded, "device", "")).startswith("cuda"):
        # As exact as a CPU's: by itself, convolutions are computed with 10 bits.
        torch = sys.modules["torch"]
        torch.backends.cudnn.allow_tf32 = False
    return loaded


def _of_equal_size(files: Sequence[Path]) -> Iterator[list[Path]]:
    """Files in batches of equal image size: a detector pads unequal ones, which would change what it sees."""
    by_size: dict[tuple[int, int], list[Path]] = defaultdict(list)
    for path in files:
        try:
            with Image.open(path) as image:
                by_size[image.size].append(path)
        except OSError:
            continue  # no image: its sequence tells it
    for same in by_size.values():
        for start in range(0, len(same), _FRAMES):
            yield same[start : start + _FRAMES]


def _free_memory() -> None:
    """Give back what a GPU's allocator kept for what failed."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def _answer(output: Any, version: str) -> PredictAnswer:
    """A model's output in the words of the temporal API's verbose answer.

    Raises:
        InvalidAnswerError: when it is none.
        AttributeError, KeyError, TypeError: when it is no output at all.
    """
    details = output.details
    kept = details["tubes"]["kept"]
    probabilities = [tube["probability"] for tube in kept]
    known = all(each is not None for each in probabilities)
    told = {
        "is_smoke": output.is_positive,
        "probability": max(probabilities, default=0.0) if known else None,
        "version": {"api": None, "model": version},
        "trigger_frame_index": output.trigger_frame_index,
        "details": {
            "decision": details["decision"],
            "preprocessing": {
                **details["preprocessing"],
                "num_tube_candidates": details["tubes"]["num_candidates"],
                "num_tubes_outside_roi": details["tubes"].get("num_outside_roi", 0),
            },
            "tubes": kept,
        },
    }
    return parse_answer(json.dumps(told))
