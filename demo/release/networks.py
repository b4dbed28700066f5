"""The two networks: a fully convolutional detector, and a classifier of patches over time."""

import torch
from torch import Tensor, nn

# The fused inference kernel rounds differently from the layers it was trained with.
torch.backends.mha.set_fastpath_enabled(False)

STRIDE = 8
"""Pixels of the detector's input under one of its output cells."""


def _block(inputs: int, outputs: int, *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Detector(nn.Module):
    """Finds what looks like smoke in one frame.

    Input B x 3 x H x W (normalized), output B x 5 x H/8 x W/8: the logit of the confidence, then the distances
    from the cell's centre to the box's left, top, right and bottom as logarithms of pixels / STRIDE.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        head = nn.Conv2d(3 * width, 5, 1)
        nn.init.constant_(head.get_parameter("bias")[0], -4.0)  # almost every cell sees nothing
        self.layers = nn.Sequential(
            _block(3, width, stride=2),
            _block(width, 2 * width, stride=2),
            _block(2 * width, 3 * width, stride=2),
            _block(3 * width, 3 * width, dilation=2),
            _block(3 * width, 3 * width, dilation=3),
            head,
        )

    def forward(self, images: Tensor) -> Tensor:
        """Scores and distances for every cell."""
        result: Tensor = self.layers(images)
        return result


class TemporalClassifier(nn.Module):
    """Tells smoke from what only looks like it by how patches of one window change over time.

    Every patch becomes a token, from itself and from its difference to the tube's first patch; a transformer
    reads the tokens behind a class token.
    """

    def __init__(self, *, width: int, layers: int, heads: int, ffn: int, dropout: float, max_frames: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            _block(6, 16, stride=2),
            _block(16, 32, stride=2),
            _block(32, 48, stride=2),
            _block(48, 64, stride=2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(64, width),
        )
        self.start = nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(0.02 * torch.randn(1, max_frames + 1, width))
        layer = nn.TransformerEncoderLayer(
            width, heads, ffn, dropout, activation="gelu", batch_first=True, norm_first=True
        )
        self.transformer = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 1))

    def encode(self, patches: Tensor) -> Tensor:
        """Tokens B x T x width of patches B x T x 3 x P x P."""
        pairs = torch.cat([patches, patches - patches[:, :1]], dim=2)
        tokens: Tensor = self.encoder(pairs.flatten(0, 1))
        return tokens.view(*patches.shape[:2], -1)

    def score(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Logits B of tokens B x T x width; `mask` B x T is True where there is a frame."""
        start = self.start.expand(len(tokens), -1, -1)
        sequence = torch.cat([start, tokens], dim=1) + self.position[:, : tokens.shape[1] + 1]
        hidden = torch.cat([torch.zeros_like(mask[:, :1]), ~mask], dim=1)
        logits: Tensor = self.head(self.transformer(sequence, src_key_padding_mask=hidden)[:, 0])
        return logits.squeeze(1)

    def forward(self, patches: Tensor, mask: Tensor) -> Tensor:
        """Logits B of patches B x T x 3 x P x P under `mask` B x T; hidden patches cost nothing."""
        pairs = torch.cat([patches, patches - patches[:, :1]], dim=2)[mask]
        seen: Tensor = self.encoder(pairs)
        tokens = seen.new_zeros(*mask.shape, seen.shape[-1]).masked_scatter(mask[..., None], seen)
        return self.score(tokens, mask)
