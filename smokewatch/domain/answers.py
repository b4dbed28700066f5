"""What the temporal API answers, in every shape its releases have had (contracts/temporal-model, section 1)."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, ValidationError

from smokewatch.errors import InvalidAnswerError

_LONGEST_NAME = 200


def _name(text: str) -> str:
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise ValueError(f"expected a name of at most {_LONGEST_NAME} printable characters")
    return text


Name = Annotated[str, AfterValidator(_name)]
"""What a release calls itself or its model: it is kept in columns, which take no NUL, and told in one line."""
Probability = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


class _Answer(BaseModel):
    # Unknown fields are kept: newer releases say more than is known here.
    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=())


class TubeEntry(_Answer):
    """A tube's box on one frame of the padded sequence: ``bbox`` is (cx, cy, w, h), normalized."""

    frame_idx: int
    bbox: tuple[float, float, float, float] | None = None
    is_gap: bool = False
    confidence: float | None = None


class Tube(_Answer):
    """A kept tube; frame indices count in the padded sequence."""

    tube_id: int
    start_frame: int
    end_frame: int
    logit: float | None = None
    probability: Probability | None = None
    first_crossing_frame: int | None = None
    entries: tuple[TubeEntry, ...] = ()


class Decision(_Answer):
    """How the release decided."""

    aggregation: str
    threshold: float
    threshold_overridden: bool = False
    packaged_threshold: float | None = None
    trigger_tube_id: int | None = None


class Preprocessing(_Answer):
    """What happened to the frames before scoring; counters that old releases lack are 0."""

    num_frames_input: int = 0
    num_truncated: int = 0
    padded_frame_indices: tuple[int, ...] = ()
    num_tube_candidates: int = 0
    num_tubes_outside_roi: int = 0
    detections_source: str | None = None


class Details(_Answer):
    """The verbose part of an answer."""

    decision: Decision
    preprocessing: Preprocessing = Preprocessing()
    tubes: tuple[Tube, ...] = ()


class Version(_Answer):
    """The release's own word on its versions."""

    api: Name | None = None
    model: Name | None = None


class _OldModel(_Answer):
    name: Name | None = None
    version: Name | None = None


class PredictAnswer(_Answer):
    """A valid 200 answer of ``POST /predict``.

    ``probability`` is the largest kept tube's, 0.0 without tubes, None from an uncalibrated package. Absent keys
    are absent from ``model_fields_set``: old releases have no ``version`` and no trigger fields.
    """

    is_smoke: StrictBool
    probability: Probability | None = None
    version: Version | None = None
    model: _OldModel | None = None
    trigger_frame_index: int | None = None
    details: Details | None = None

    @property
    def model_version(self) -> str | None:
        """The model's version, from whichever block the release has."""
        if self.version is not None:
            return self.version.model
        return self.model.version if self.model is not None else None


class Health(_Answer):
    """The answer of ``GET /health``; ``api_version`` is absent from releases before the version block."""

    status: str
    model_loaded: bool
    model_name: Name | None = None
    model_version: Name | None = None
    api_version: Name | None = None


class ApiError(_Answer):
    """The body of every error answer."""

    detail: str
    code: str


AnswerT = TypeVar("AnswerT", bound=_Answer)


def parse_answer(content: bytes | str) -> PredictAnswer:
    """Read a 200 answer's JSON.

    Raises:
        InvalidAnswerError: when it is no JSON object of the contract, or a number is out of range or not finite.
    """
    return _parse(PredictAnswer, content)


def parse_health(content: bytes | str) -> Health:
    """Read ``/health``.

    Raises:
        InvalidAnswerError: when it is no JSON object of the contract.
    """
    return _parse(Health, content)


def parse_error(content: bytes | str) -> ApiError | None:
    """An error answer's detail and code, None when the body is something else (a proxy's page, plain text)."""
    try:
        return ApiError.model_validate_json(content)
    except ValidationError:
        return None


def _parse(kind: type[AnswerT], content: bytes | str) -> AnswerT:
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        first: Any = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the body"
        raise InvalidAnswerError(f"{place}: {first['msg']}") from error
