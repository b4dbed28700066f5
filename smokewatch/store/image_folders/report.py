"""What became of a folder's files: everything that is not simply a profiled image is counted here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smokewatch.domain.profiles import UndecodableReason
from smokewatch.store.image_folders.names import TimeSource

NAMED = 20
"""So many undecodable images are named; all are counted."""


@dataclass(frozen=True, slots=True)
class UndecodableImage:
    """An image without a profile."""

    path: str
    """Below the folder; what cannot be printed is replaced."""
    reason: UndecodableReason
    detail: str
    """One line for people."""


@dataclass(frozen=True, slots=True)
class JoinCounts:
    """Images and predictions that met, and those that did not."""

    joined: int
    """Decoded images with a prediction."""
    images_without: int
    """Decoded images without one."""
    without_image: int
    """Predictions whose image is not there, or cannot be decoded."""
    doubled: int
    """Predictions for what an earlier one is for: the earlier one counts."""
    ambiguous: int
    """Images whose name other images have too, where predictions go by name: none of them gets one."""

    def lines(self) -> list[str]:
        """For people."""
        told = [
            f"{self.joined} images have a prediction, {self.images_without} have none; of the predictions "
            f"{self.without_image} have no image and {self.doubled} are doubled"
        ]
        if self.ambiguous:
            told.append(f"{self.ambiguous} images share their name with others: name predictions by path instead")
        return told


@dataclass(frozen=True, slots=True)
class RecordedCounts:
    """Decoded images and the sequences of the store that show them, by content."""

    joined: int
    """With a recorded score."""
    unknown: int
    """Without one: no stored sequence shows them."""
    unscored: int
    """Without one: production scored no sequence that shows them."""
    shared: int
    """Of those with one: several sequences with different scores show them, and the highest counts."""

    def lines(self) -> list[str]:
        """For people."""
        told = [
            f"{self.joined} images have a recorded score; of the others {self.unknown} are in no stored sequence and "
            f"{self.unscored} in sequences without a score"
        ]
        if self.shared:
            told.append(f"{self.shared} images are in several sequences with different scores: the highest counts")
        return told


PredictionCounts = JoinCounts | RecordedCounts


@dataclass(frozen=True, slots=True)
class FolderReport:
    """Of one folder."""

    images: int
    """With a profile."""
    links: int
    """Not followed."""
    others: int
    """Files that are no images by their suffix, and what is hidden."""
    times: Mapping[TimeSource, int]
    """By where the time of an image was found; undecodable ones included."""
    reasons: Mapping[UndecodableReason, int]
    """Images without a profile, by reason."""
    undecodable: tuple[UndecodableImage, ...]
    """The first `NAMED` of them."""
    predictions: PredictionCounts | None
    """None: no predictions, or a classifier's."""

    def lines(self) -> list[str]:
        """For people: what was read, then everything that was not, a line each."""
        told = [f"{self.images} images; their times are from " + _listed(self.times)]
        if self.reasons:
            told.append(f"{sum(self.reasons.values())} images cannot be decoded: " + _listed(self.reasons))
            told += [f"  {image.path}: {image.detail}" for image in self.undecodable]
        if self.links:
            told.append(f"{self.links} symbolic links are not followed")
        if self.predictions is not None:
            told += self.predictions.lines()
        return told


def _listed(counts: Mapping[TimeSource, int] | Mapping[UndecodableReason, int]) -> str:
    return ", ".join(f"{kind.replace('_', ' ')} {count}" for kind, count in counts.items())
