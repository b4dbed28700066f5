"""The release's settings, from the environment (contracts/temporal-model.md, section 1.5)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "TEMPORAL_API_"
ERAS = ("0.3", "0.4")


class SettingsError(ValueError):
    """A setting that cannot be used; the text names it."""


@dataclass(frozen=True)
class Settings:
    """What a release is started with; an empty optional setting is None."""

    model_path: Path
    version: str | None
    token: str | None
    calibrator_threshold: float | None
    detection_cache_size: int
    profile: bool
    frame_source: str
    threads: int
    s3_bucket: str
    s3_region: str | None
    s3_endpoint_url: str | None
    s3_access_key: str | None
    s3_secret_key: str | None
    host: str
    port: int
    era: str
    """"0.3" predates compute_trigger, supplied detections and local frames and ignores them; "0.4" knows them all."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """The settings of `environment`; raises SettingsError for a value that cannot be used."""

        def text(name: str) -> str | None:
            return environment.get(PREFIX + name) or None

        def number(name: str, default: int) -> int:
            given = environment.get(name) or None
            try:
                return default if given is None else int(given)
            except ValueError as error:
                raise SettingsError(f"{name} is {given!r}: give a whole number") from error

        era = environment.get("DEMO_RELEASE_ERA") or "0.4"
        if era not in ERAS:
            raise SettingsError(f"DEMO_RELEASE_ERA is {era!r}: give one of {', '.join(ERAS)}")
        source = text("FRAME_SOURCE") or "s3"
        if source not in ("s3", "local"):
            raise SettingsError(f"{PREFIX}FRAME_SOURCE is {source!r}: give s3 or local")
        return cls(
            model_path=Path(text("MODEL_PATH") or "/models/model.zip"),
            version=text("VERSION"),
            token=text("TOKEN"),
            calibrator_threshold=_threshold(text("CALIBRATOR_THRESHOLD")),
            detection_cache_size=number(PREFIX + "DETECTION_CACHE_SIZE", 4096),
            profile=(text("PROFILE") or "").lower() in ("1", "true", "yes", "on"),
            frame_source=source,
            threads=number("DEMO_RELEASE_THREADS", 1),
            s3_bucket=text("S3_BUCKET") or "",
            s3_region=text("S3_REGION"),
            s3_endpoint_url=text("S3_ENDPOINT_URL"),
            s3_access_key=environment.get("AWS_ACCESS_KEY_ID") or None,
            s3_secret_key=environment.get("AWS_SECRET_ACCESS_KEY") or None,
            host=text("HOST") or "0.0.0.0",
            port=number(PREFIX + "PORT", 8000),
            era=era,
        )


def _threshold(given: str | None) -> float | None:
    name = f"{PREFIX}CALIBRATOR_THRESHOLD"
    if given is None:
        return None
    try:
        value = float(given)
    except ValueError as error:
        raise SettingsError(f"{name} is {given!r}: give a number from 0 to 1") from error
    if not 0 <= value <= 1:
        raise SettingsError(f"{name} is {given!r}: give a number from 0 to 1")
    return value
