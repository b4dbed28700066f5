"""model.zip, as far as it has to be known without loading it (contracts/temporal-model, sections 2 and 5)."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import yaml

from smokewatch.errors import UsageError
from smokewatch.store.triage import TriageModel

PACKAGE = "package"
_CONFIG = ("decision", "infer", "model_input", "tubes", "classifier")
_SHORT = 8


def read_package(path: Path, loader: str) -> TriageModel:
    """What a package says of itself. Its identity is of its bytes and of the loader's name.

    Raises:
        UsageError: when there is no such file, or it is no model package.
    """
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
            manifest = _document(archive, members, "manifest.yaml")
            config = _document(archive, members, str(manifest.get("config") or "config.yaml"))
            named = manifest.get("logistic_calibrator")
            calibrator = _document(archive, members, str(named)) if named else None
    except OSError as error:
        raise UsageError(
            f"model package {path}: {error.strerror}: check --model or SMOKEWATCH_TRIAGE_MODELS"
        ) from error
    except (zipfile.BadZipFile, zlib.error, yaml.YAMLError, ValueError, RuntimeError) as error:
        raise UsageError(f"{path} is no model package: {' '.join(str(error).split())}") from error
    provenance = manifest.get("provenance")
    provenance = provenance if isinstance(provenance, dict) else {}
    version = _version(manifest, provenance)
    told = {
        "model_version": version,
        "detector": provenance.get("detector"),
        "variant": manifest.get("variant"),
        "train_git_sha": provenance.get("train_git_sha"),
        **{name: config.get(name) for name in _CONFIG},
        "calibrator": calibrator,
    }
    identity = hashlib.sha256(f"{loader}\n{sha256}".encode()).hexdigest()
    return TriageModel(f"sha256:{identity}", PACKAGE, str(path), version, told)


def _version(manifest: dict[str, Any], provenance: dict[str, Any]) -> str:
    if manifest.get("model_version"):
        return str(manifest["model_version"])
    variant, commit = manifest.get("variant"), provenance.get("train_git_sha")
    if not variant:
        return "unknown"
    return f"{variant}@{str(commit)[:_SHORT]}" if commit else str(variant)


def _document(archive: zipfile.ZipFile, members: set[str], name: str) -> dict[str, Any]:
    if name not in members:
        raise ValueError(f"it has no {name}")
    content = archive.read(name)
    document = json.loads(content) if name.endswith(".json") else yaml.safe_load(content)
    if not isinstance(document, dict):
        raise ValueError(f"{name} holds no mapping")
    # As JSON, for the catalog: YAML knows times and such.
    plain: dict[str, Any] = json.loads(json.dumps(document, default=str))
    return plain
