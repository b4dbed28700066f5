"""One request after the other: fetch, detect (or remember), decide."""

from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath
from typing import Any

import torch

from demo.release.crops import decode
from demo.release.model import Model
from demo.release.package import read
from demo.release.settings import Settings
from demo.release.stages import Stages
from demo.release.storage import Frames
from demo.release.tubes import Box
from demo.release.wire import Asked, EarlyRequest, Request, Source, answer, profiling


class DetectionCache:
    """Boxes by frame id, least recently used first; a size of 0 keeps nothing.

    A frame's id is the stem of its key's last part, so that equal names of two cameras share boxes, as in production.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._boxes: OrderedDict[str, list[Box]] = OrderedDict()

    @staticmethod
    def frame_id(key: str) -> str:
        """The id under which a key's boxes are kept."""
        return PurePosixPath(key).stem

    def get(self, key: str) -> list[Box] | None:
        """The boxes of a frame seen before."""
        found = self._boxes.get(self.frame_id(key))
        if found is not None:
            self._boxes.move_to_end(self.frame_id(key))
        return found

    def put(self, key: str, boxes: list[Box]) -> None:
        """Keep a frame's boxes, forgetting the oldest when full."""
        self._boxes[self.frame_id(key)] = boxes
        while len(self._boxes) > self._size:
            self._boxes.popitem(last=False)


class Predictor:
    """A loaded model that serves requests; to be used from one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        """Raises what `package.read` raises when the model cannot be loaded."""
        torch.set_num_threads(settings.threads)
        torch.use_deterministic_algorithms(True)
        self.model = Model(read(settings.model_path), settings.calibrator_threshold)
        self._settings = settings
        self._frames = Frames(settings)
        self._decoders = ThreadPoolExecutor(settings.threads, "decode")
        self._cache = DetectionCache(settings.detection_cache_size)

    def predict(self, request: EarlyRequest, bucket: str, *, verbose: bool, trigger: bool) -> dict[str, Any]:
        """The body of the answer; raises ApiError subclasses for frames that cannot be had, anything else as it is."""
        stages = Stages()
        with stages.timed("s3_fetch"):
            files = self._frames.fetch(bucket, request.frames)
        with stages.timed("decode"):
            images = list(self._decoders.map(decode, files))
        supplied = request.detections if isinstance(request, Request) else None
        hits = 0
        with stages.timed("detector"):
            if supplied is not None:
                boxes = [[it.box() for it in frame] for frame in supplied]
            else:
                boxes = []
                for index, key in enumerate(request.frames):
                    known = self._cache.get(key)
                    hits += known is not None
                    boxes.append(self.model.detect(images[index]) if known is None else known)
                    self._cache.put(key, boxes[-1])
        found = self.model.predict(images.__getitem__, boxes, roi=request.roi_xyxyn, trigger=trigger, stages=stages)
        profile = None
        if self._settings.profile:
            misses = 0 if supplied is not None else len(boxes) - hits
            profile = profiling(stages, len(boxes), hits, misses)
        source: Source | None = "detector" if supplied is None else "request"
        if self._settings.era == "0.3":
            source = None
        return answer(self.model, self._settings.version, found, Asked(verbose, trigger, source), profile)
