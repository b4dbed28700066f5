"""The temporal API over a demo model: GET /health and POST /predict (contracts/temporal-model.md, section 1)."""

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Annotated, Any
from zipfile import BadZipFile

from fastapi import Depends, FastAPI, Header
from fastapi import Request as HttpRequest
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from demo.release.errors import ApiError, InvalidRequestError, ModelNotLoadedError, UnauthorizedError
from demo.release.predictor import Predictor
from demo.release.settings import Settings
from demo.release.wire import EarlyRequest, Request

_log = logging.getLogger("demo.release")


def _load(settings: Settings) -> Predictor | None:
    """The predictor, or None when its model cannot be loaded: the process answers all the same."""
    try:
        return Predictor(settings)
    except (OSError, BadZipFile, KeyError, ValueError, RuntimeError) as error:
        _log.error("model not loaded from %s: %s", settings.model_path, error)
        return None


def _guard(settings: Settings) -> Any:
    def authorized(authorization: Annotated[str, Header()] = "") -> None:
        scheme, _, given = authorization.partition(" ")
        right = scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), (settings.token or "").encode())
        if settings.token is not None and not right:
            raise UnauthorizedError("missing or invalid token")

    return Depends(authorized)


async def _api_error(_: HttpRequest, error: Exception) -> JSONResponse:
    if not isinstance(error, ApiError):
        return JSONResponse({"detail": str(error), "code": ApiError.code}, ApiError.status)
    headers = {"WWW-Authenticate": "Bearer"} if error.status == UnauthorizedError.status else None
    return JSONResponse({"detail": str(error), "code": error.code}, error.status, headers)


async def _invalid(request: HttpRequest, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return await _api_error(request, InvalidRequestError(str(error.errors()[0]["msg"])))


def create_app(settings: Settings) -> FastAPI:
    """The release as an application; its model is loaded while it starts."""
    state: dict[str, Predictor | None] = {"predictor": None}
    one_thread = ThreadPoolExecutor(1, "inference")  # one inference at a time

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        state["predictor"] = await asyncio.get_running_loop().run_in_executor(one_thread, _load, settings)
        yield
        one_thread.shutdown(cancel_futures=True)

    app = FastAPI(title="temporal-model api (demo)", version=settings.version or "dev", lifespan=lifespan)
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _invalid)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        predictor = state["predictor"]
        return {
            "status": "ok" if predictor else "unavailable",
            "model_loaded": predictor is not None,
            "model_name": predictor.model.package.name if predictor else None,
            "model_version": predictor.model.package.version if predictor else None,
            "api_version": settings.version,
        }

    async def answer(request: EarlyRequest, *, verbose: bool, trigger: bool) -> dict[str, Any]:
        source = (request.source if isinstance(request, Request) else None) or settings.frame_source
        if source == "local":
            raise InvalidRequestError("local frames not enabled: set TEMPORAL_API_FRAMES_ROOT")
        bucket = request.bucket or settings.s3_bucket
        if not bucket:
            raise InvalidRequestError("no bucket: send one or set TEMPORAL_API_S3_BUCKET")
        predictor = state["predictor"]
        if predictor is None:
            raise ModelNotLoadedError("model not loaded")

        def work() -> dict[str, Any]:
            try:
                return predictor.predict(request, bucket, verbose=verbose, trigger=trigger)
            except ApiError:
                raise
            except Exception as error:
                raise ApiError(str(error)) from error

        return await asyncio.get_running_loop().run_in_executor(one_thread, work)

    if settings.era == "0.3":

        @app.post("/predict", dependencies=[_guard(settings)], response_model=None)
        async def predict_early(request: EarlyRequest, verbose: bool = False) -> dict[str, Any]:
            return await answer(request, verbose=verbose, trigger=False)

    else:

        @app.post("/predict", dependencies=[_guard(settings)], response_model=None)
        async def predict(request: Request, verbose: bool = False, compute_trigger: bool = False) -> dict[str, Any]:
            return await answer(request, verbose=verbose, trigger=compute_trigger)

    return app
