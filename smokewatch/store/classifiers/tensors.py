"""A classifier's input and output tensors, whatever runtime it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from smokewatch.errors import UsageError

_CHANNELS = 3
_INPUT = "expected one image of shape (N, 3, height, width) or (N, height, width, 3), height and width fixed"
_OUTPUT = "expected one output of shape (N, 1), the probability of smoke, or (N, 2), no smoke and smoke"


@dataclass(frozen=True, slots=True)
class ImageInput:
    """The tensor that images go into."""

    batch: int | None
    """Images at a time; None: any number."""
    width: int
    height: int
    channels_first: bool

    @classmethod
    def of(cls, shapes: Sequence[Sequence[object]], *, where: str) -> Self:
        """Of a model's inputs' shapes; what is no positive number in them is not fixed.

        Raises:
            UsageError: when anything but one RGB image of a fixed size goes in.
        """
        sizes = _sizes(shapes[0]) if len(shapes) == 1 else []
        if len(sizes) == 4 and _CHANNELS in (sizes[1], sizes[3]):
            channels_first = sizes[1] == _CHANNELS
            height, width = sizes[2:] if channels_first else sizes[1:3]
            if height is not None and width is not None:
                return cls(sizes[0], width, height, channels_first)
        raise UsageError(f"{where} takes {_named(shapes)}: {_INPUT}; export it so")

    def batches(self, images: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], int]]:
        """(N, height, width, 3) images in the model's order, as many as it takes, and how many of them count.

        The last one is repeated until a batch is full.
        """
        arranged = np.ascontiguousarray(images.transpose(0, 3, 1, 2)) if self.channels_first else images
        size = self.batch or len(arranged)
        for begin in range(0, len(arranged), size):
            part = arranged[begin : begin + size]
            yield np.concatenate([part, *[part[-1:]] * (size - len(part))]), len(part)


def check_outputs(shapes: Sequence[Sequence[object]], *, where: str) -> None:
    """Let only a model pass that gives a number or two classes an image.

    Raises:
        UsageError: when it gives anything else.
    """
    sizes = _sizes(shapes[0]) if len(shapes) == 1 else []
    if len(sizes) != 1 and (len(sizes) != 2 or sizes[1] not in (1, 2)):
        raise UsageError(f"{where} gives {_named(shapes)}: {_OUTPUT}; export it so")


def _sizes(shape: Sequence[object]) -> list[int | None]:
    return [int(size) if isinstance(size, int | np.integer) and size > 0 else None for size in shape]


def _named(shapes: Sequence[Sequence[object]]) -> str:
    """E.g. ``1 tensor of shape (?, 10)``: `?` is any number."""
    named = ["(" + ", ".join("?" if size is None else str(size) for size in _sizes(shape)) + ")" for shape in shapes]
    return f"{len(named)} tensor{'s' * (len(named) != 1)} of shape {' and '.join(named)}"
