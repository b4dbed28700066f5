"""Which address of the control room gives what."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from threading import Lock
from typing import Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from smokewatch.errors import StorageError, UsageError
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameReader
from smokewatch.store.throughput import compared, newest_batches
from smokewatch.store.viewing.history import history_page
from smokewatch.store.viewing.runs import STATES, list_runs, load_run, run_kinds
from smokewatch.viewer.access import WITHOUT_BODY
from smokewatch.viewer.problems import ProblemError
from smokewatch.viewer.replies import SCHEMA_VERSION, encode, json_reply
from smokewatch.viewer.selection import texts_of
from smokewatch.viewer.status.asked import cursor_of, history_of, limit_of, refused
from smokewatch.viewer.status.latest import Heat, Latest
from smokewatch.viewer.status.live import Live
from smokewatch.viewer.status.outside import DockerEngine, PrefectApi
from smokewatch.viewer.status.quality import Quality
from smokewatch.viewer.status.runs import lasted, run_detail
from smokewatch.viewer.status.sampling import Sample, Sampler
from smokewatch.viewer.status.system import System
from smokewatch.viewer.status.words import batch_body, compared_body, history_body, run_body

Samplers = dict[str, Sampler[dict[str, Any]]]
_STREAM_SECONDS = 1.0
_RUNS = 16
"""So many runs' words of Prefect are kept."""


def add_status(app: FastAPI, catalog: Catalog, frames: FrameReader, *, production_threshold: float) -> None:
    """Add the addresses. Nothing is sampled before somebody asks, nor after the app's end.

    Args:
        app: gets them.
        catalog: read only.
        frames: where the bytes of frames are.
        production_threshold: production keeps a score strictly above.
    """
    prefect = PrefectApi()
    system = System(catalog, frames, prefect, DockerEngine())
    machine = Sampler(system.take, period=5.0, name="status-system")
    live = Live(catalog, lambda: machine.current().value)
    quality = Quality(catalog, production_threshold=production_threshold)
    samplers: Samplers = {
        "live": Sampler(live.take, period=1.0, name="status-live"),
        "latest": Sampler(Latest(catalog).take, period=2.0, name="status-latest"),
        "quality": Sampler(quality.take, period=15.0, name="status-quality"),
        "match": Sampler(Heat(catalog).take, period=30.0, name="status-match"),
        "system": machine,
    }
    _add_samples(app, samplers)
    _add_lists(app, catalog)
    _add_runs(app, catalog, prefect)
    app.state.closing += [sampler.close for sampler in samplers.values()]


def _add_samples(app: FastAPI, samplers: Samplers) -> None:
    def reply_of(sampler: Sampler[dict[str, Any]]) -> Callable[[], Awaitable[Response]]:
        async def reply() -> Response:
            return Response(_content(await _current(sampler)), media_type="application/json", headers=_NOT_KEPT)

        return reply

    for name, sampler in samplers.items():
        app.get(f"/api/status/{name}")(reply_of(sampler))

    @app.get("/api/status/stream")
    async def stream(request: Request) -> Response:
        events = _events(request, samplers["live"])
        # A proxy that buffers would hold events back.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        if WITHOUT_BODY in request.scope:
            return Response(headers=headers, media_type="text/event-stream")
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def _add_lists(app: FastAPI, catalog: Catalog) -> None:
    @app.get("/api/history")
    def history(request: Request) -> Response:
        wanted, after = history_of(request.query_params), cursor_of(request.query_params)
        limit = limit_of(request.query_params, default=100)
        with catalog.read() as connection:
            try:
                page = history_page(connection, wanted, limit=limit, after=after)
            except UsageError as error:
                raise refused(error) from None
        cursor = None if page.cursor is None else str(page.cursor)
        return json_reply({"stale": False, "rows": [history_body(row) for row in page.rows], "cursor": cursor})

    @app.get("/api/throughput")
    def throughput(request: Request) -> Response:
        query = request.query_params
        run, releases = next(iter(texts_of(query, "run")), None), texts_of(query, "release") or None
        limit = limit_of(query, default=100)
        with catalog.read() as connection:
            samples = newest_batches(connection, limit=limit, run_id=run, api_versions=releases)
        return json_reply(
            {
                "stale": False,
                "samples": [batch_body(identity, batch) for identity, batch in samples],
                "by_concurrency": [compared_body(each) for each in compared([batch for _, batch in samples])],
            }
        )


def _add_runs(app: FastAPI, catalog: Catalog, prefect: PrefectApi) -> None:
    told = _ByRun(prefect)

    @app.get("/api/runs")
    def runs(request: Request) -> Response:
        query = request.query_params
        limit, after = limit_of(query, default=50), cursor_of(query)
        kinds, states = texts_of(query, "kind") or None, texts_of(query, "state") or None
        with catalog.read() as connection:
            rows, cursor = list_runs(connection, limit=limit, after=after, kinds=kinds, states=states)
            every_kind = run_kinds(connection)
        return json_reply(
            {
                "stale": False,
                "rows": [run_body(row, seconds=lasted(row)) for row in rows],
                "cursor": None if cursor is None else str(cursor),
                "kinds": every_kind,
                "states": list(STATES),
            }
        )

    @app.get("/api/runs/{run_id}")
    def run(run_id: str) -> Response:
        with catalog.read() as connection:
            found = load_run(connection, run_id) if "\x00" not in run_id else None
            if found is None:
                raise ProblemError(404, f"run {run_id[:100]!r} is not in this store", "the list of runs is at /runs")
            body = run_detail(connection, found, told.of(run_id))
        return json_reply({"stale": False} | body)


class _ByRun:
    """What Prefect tells of the runs that were asked for last."""

    def __init__(self, prefect: PrefectApi) -> None:
        self._prefect, self._lock = prefect, Lock()
        self._samplers: OrderedDict[str, Sampler[dict[str, Any]]] = OrderedDict()

    def of(self, run_id: str) -> dict[str, Any]:
        if self._prefect.url is None:
            return self._prefect.run(run_id)
        with self._lock:
            if run_id not in self._samplers:
                name = f"Prefect about run {run_id[:8]}"
                self._samplers[run_id] = Sampler(lambda: self._prefect.run(run_id), period=5.0, name=name)
                while len(self._samplers) > _RUNS:
                    self._samplers.popitem(last=False)[1].close()
            self._samplers.move_to_end(run_id)
            sampler = self._samplers[run_id]
        try:
            return sampler.current().value
        except StorageError as error:
            return {"state": "bad", "text": str(error), "url": None, "steps": [], "log": [], "artifacts": []}


_NOT_KEPT = {"Cache-Control": "no-store"}


async def _current(sampler: Sampler[dict[str, Any]]) -> Sample[dict[str, Any]]:
    # A sample that is there needs no thread, which is half of what a reply takes.
    sample = sampler.newest()
    return sample if sample is not None else await run_in_threadpool(sampler.current)


def _content(sample: Sample[dict[str, Any]]) -> bytes:
    told = {"schema_version": SCHEMA_VERSION, "as_of": sample.as_of, "stale": sample.stale, "error": sample.error}
    return encode(told | sample.value)


async def _events(request: Request, live: Sampler[dict[str, Any]]) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    while not await request.is_disconnected():
        try:
            yield b"event: live\ndata: " + _content(await _current(live)) + b"\n\n"
        except StorageError as error:
            yield b"event: problem\ndata: " + encode({"detail": str(error)}) + b"\n\n"
        await asyncio.sleep(_STREAM_SECONDS)
