"""model.zip: what is in a release's package, written and read (contracts/temporal-model.md, section 2)."""

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import yaml

from demo.release.networks import Detector, TemporalClassifier
from demo.release.tubes import TubeRules

FORMAT_VERSION = 1
FEATURES = ["logit", "log_len", "mean_conf", "n_tubes"]
_TOLERANCE = 1e-6


class PackageError(ValueError):
    """A package that cannot be used; the text says what is wrong with it."""


@dataclass(frozen=True)
class Infer:
    """The `infer` block: how frames are prepared and boxes found."""

    confidence_threshold: float
    iou_nms: float
    image_size: tuple[int, int]
    """Width and height of the detector's input, pixels."""
    pad_to_min_frames: int
    pad_strategy: str
    max_boxes: int
    width: int
    """Channels of the detector's first layer."""


@dataclass(frozen=True)
class ModelInput:
    """The `model_input` block: how patches are cut."""

    context_factor: float
    patch_size: int
    stabilize: bool


@dataclass(frozen=True)
class ClassifierShape:
    """The `classifier` block."""

    backbone: str
    width: int
    layers: int
    heads: int
    ffn: int
    dropout: float
    max_frames: int

    def build(self) -> TemporalClassifier:
        """An untrained classifier of this shape."""
        shape = asdict(self)
        del shape["backbone"]
        return TemporalClassifier(**shape)


@dataclass(frozen=True)
class Decision:
    """The `decision` block."""

    aggregation: str
    threshold: float
    logistic_threshold: float
    target_recall: float
    trigger_rule: str


@dataclass(frozen=True)
class Config:
    """config.yaml."""

    infer: Infer
    tubes: TubeRules
    model_input: ModelInput
    classifier: ClassifierShape
    decision: Decision

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Config":
        """The configuration of a loaded YAML document; raises PackageError when a block or key is wrong."""
        try:
            infer = {**data["infer"], "image_size": tuple(data["infer"]["image_size"])}
            return cls(
                Infer(**infer),
                TubeRules(**data["tubes"]),
                ModelInput(**data["model_input"]),
                ClassifierShape(**data["classifier"]),
                Decision(**data["decision"]),
            )
        except (KeyError, TypeError) as error:
            raise PackageError(f"config.yaml: {error}") from error

    def document(self) -> dict[str, Any]:
        """What `parse` reads."""
        document = asdict(self)
        document["infer"]["image_size"] = list(self.infer.image_size)
        return document


@dataclass(frozen=True)
class Calibrator:
    """Logistic regression over FEATURES."""

    coefficients: tuple[float, ...]
    intercept: float

    def probability(self, features: tuple[float, float, float, float]) -> float:
        """Probability of smoke of a tube with these features."""
        total = self.intercept + sum(c * f for c, f in zip(self.coefficients, features, strict=True))
        return 1 / (1 + math.exp(-total)) if total >= 0 else math.exp(total) / (1 + math.exp(total))


@dataclass(frozen=True)
class Package:
    """A loaded model."""

    manifest: dict[str, Any]
    config: Config
    detector: Detector
    classifier: TemporalClassifier
    calibrator: Calibrator

    @property
    def name(self) -> str:
        """The manifest's variant."""
        return str(self.manifest["variant"])

    @property
    def version(self) -> str | None:
        """The manifest's model_version."""
        version = self.manifest.get("model_version")
        return None if version is None else str(version)


def _weights(module: torch.nn.Module) -> bytes:
    buffer = io.BytesIO()
    torch.save({"state_dict": {f"model.{key}": value for key, value in module.state_dict().items()}}, buffer)
    return buffer.getvalue()


def _restore(module: torch.nn.Module, data: bytes) -> None:
    state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)["state_dict"]
    module.load_state_dict({key.removeprefix("model."): value for key, value in state.items()})
    module.eval()


def write(path: Path, package: Package) -> None:
    """Write `package` to `path`; the same weights and manifest give the same bytes."""
    examples = [(0.0, math.log1p(6), 0.5, 1.0), (3.0, math.log1p(10), 0.9, 2.0), (-2.5, math.log1p(4), 0.3, 1.0)]
    calibrator = {
        "features": FEATURES,
        "coefficients": list(package.calibrator.coefficients),
        "intercept": package.calibrator.intercept,
        "sanity_checks": [
            {"features": list(example), "prob": package.calibrator.probability(example)} for example in examples
        ],
    }
    detector = _weights(package.detector)
    manifest = {
        "format_version": FORMAT_VERSION,
        **package.manifest,
        "yolo_weights": "yolo_weights.pt",
        "classifier_checkpoint": "classifier.ckpt",
        "config": "config.yaml",
        "logistic_calibrator": "logistic_calibrator.json",
    }
    manifest["provenance"]["detector"]["sha256"] = hashlib.sha256(detector).hexdigest()
    members = {
        "manifest.yaml": yaml.safe_dump(manifest, sort_keys=False).encode(),
        "yolo_weights.pt": detector,
        "classifier.ckpt": _weights(package.classifier),
        "config.yaml": yaml.safe_dump(package.config.document(), sort_keys=False).encode(),
        "logistic_calibrator.json": json.dumps(calibrator, indent=1).encode(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)


def _calibrator(data: bytes) -> Calibrator:
    document = json.loads(data)
    if document["features"] != FEATURES:
        raise PackageError(f"logistic_calibrator.json: features {document['features']}, expected {FEATURES}")
    calibrator = Calibrator(tuple(document["coefficients"]), document["intercept"])
    for check in document["sanity_checks"]:
        found = calibrator.probability(tuple(check["features"]))
        if abs(found - check["prob"]) > _TOLERANCE:
            raise PackageError(
                f"logistic_calibrator.json: sanity check {check['features']} gives {found}, expected {check['prob']}"
            )
    return calibrator


def read(path: Path) -> Package:
    """The package at `path`.

    Raises OSError and zipfile.BadZipFile when it cannot be opened, PackageError when its content is wrong.
    """
    with zipfile.ZipFile(path) as archive:
        manifest = yaml.safe_load(archive.read("manifest.yaml"))
        if manifest.get("format_version") != FORMAT_VERSION:
            raise PackageError(f"{path}: format_version {manifest.get('format_version')!r}, expected {FORMAT_VERSION}")
        if not manifest.get("logistic_calibrator"):
            raise PackageError(f"{path}: no logistic calibrator, so there is no probability")
        config = Config.parse(yaml.safe_load(archive.read(manifest["config"])))
        detector, classifier = Detector(config.infer.width), config.classifier.build()
        _restore(detector, archive.read(manifest["yolo_weights"]))
        _restore(classifier, archive.read(manifest["classifier_checkpoint"]))
        return Package(
            manifest, config, detector, classifier, _calibrator(archive.read(manifest["logistic_calibrator"]))
        )
