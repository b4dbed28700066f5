"""What a release answers when it cannot decide (contracts/temporal-model.md, section 1.4)."""


class ApiError(Exception):
    """An answer of the form {"detail", "code"}."""

    status = 500
    code = "inference_error"


class InvalidRequestError(ApiError):
    """The request cannot be served as it is."""

    status, code = 400, "invalid_request"


class UnauthorizedError(ApiError):
    """The bearer token is missing or wrong."""

    status, code = 401, "unauthorized"


class FrameNotFoundError(ApiError):
    """A frame's key or bucket does not exist."""

    status, code = 404, "frame_not_found"


class S3UnavailableError(ApiError):
    """The S3 server refused or did not answer."""

    status, code = 502, "s3_unavailable"


class ModelNotLoadedError(ApiError):
    """The model failed to load when the release started."""

    status, code = 503, "model_not_loaded"
