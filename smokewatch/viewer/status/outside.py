"""What may be there or not: Prefect's API and a container engine, asked over HTTP. Neither has to be installed.

Where they are is told as to their own tools: ``PREFECT_API_URL``, ``PREFECT_API_KEY`` or ``PREFECT_API_AUTH_STRING``,
``PREFECT_UI_URL``; ``DOCKER_HOST``. They are read from the environment only.
"""

from __future__ import annotations

import base64
import os
import ssl
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from smokewatch.certificates import authorities
from smokewatch.errors import RunError

_SECONDS = 2.0
_SOCKET = "/var/run/docker.sock"
_LABEL = "smokewatch.run"
_MOST = 50
_NO_API = "PREFECT_API_URL is not set"


class PrefectApi:
    """Prefect's API, read only."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self.url = environment.get("PREFECT_API_URL", "").rstrip("/") or None
        self.page = environment.get("PREFECT_UI_URL", "").rstrip("/") or self._page()
        self._headers = _authorization(environment)

    def system(self) -> dict[str, Any]:
        """Its version, its work pools and their workers.

        Raises:
            RunError: when it does not answer.
        """
        if self.url is None:
            return _unknown(_NO_API) | {"url": None, "pools": [], "workers": []}
        with self._client() as client:
            version = _read(client, "GET", "/admin/version")
            pools = _read(client, "POST", "/work_pools/filter", {"limit": _MOST})
            workers = [
                {
                    "pool": pool["name"],
                    "name": worker["name"],
                    "state": str(worker.get("status") or "unknown").lower(),
                    "heartbeat_at": worker.get("last_heartbeat_time"),
                }
                for pool in pools
                for worker in _read(client, "POST", f"/work_pools/{quote(pool['name'], safe='')}/workers/filter", {})
            ]
            counted = [
                {
                    "name": pool["name"],
                    **{state.lower(): _count(client, pool["name"], kinds) for state, kinds in _KINDS},
                }
                for pool in pools
            ]
        text = f"{version} at {httpx.URL(self.url).host}"
        offline = [each["name"] for each in workers if each["state"] == "offline"]
        online = [each for each in workers if each["state"] == "online"]
        state, text = ("warn", f"{text}: no worker is online") if offline and not online else ("ok", text)
        return {"state": state, "text": text, "url": self.page, "pools": counted, "workers": workers[:_MOST]}

    def run(self, run_id: str) -> dict[str, Any]:
        """A flow run's steps, the end of its log, its artifacts.

        Raises:
            RunError: when it does not answer.
        """
        nothing: dict[str, Any] = {"url": None, "steps": [], "log": [], "artifacts": []}
        if self.url is None:
            return _unknown(_NO_API) | nothing
        with self._client() as client:
            its = {"flow_runs": {"id": {"any_": [run_id]}}}
            if not _read(client, "POST", "/flow_runs/filter", its | {"limit": 1}):
                return _unknown("Prefect does not know this run: it ran with a server of its own") | nothing
            steps = _read(
                client, "POST", "/task_runs/filter", its | {"limit": _MOST, "sort": "EXPECTED_START_TIME_ASC"}
            )
            chosen = {"logs": {"flow_run_id": {"any_": [run_id]}}, "limit": _MOST, "sort": "TIMESTAMP_DESC"}
            log = _read(client, "POST", "/logs/filter", chosen)
            chosen = {"artifacts": {"flow_run_id": {"any_": [run_id]}}, "limit": _MOST}
            artifacts = _read(client, "POST", "/artifacts/filter", chosen)
        page = self.page
        return {
            "state": "ok",
            "text": "",
            "url": f"{page}/runs/flow-run/{run_id}" if page else None,
            "steps": [
                {
                    "name": each["name"],
                    "state": each.get("state_type"),
                    "started_at": each.get("start_time"),
                    "seconds": each.get("total_run_time"),
                }
                for each in steps
            ],
            "log": [
                {
                    "at": each["timestamp"],
                    "level": _LEVELS.get(each["level"] // 10, "INFO"),
                    "text": each["message"][:500],
                }
                for each in reversed(log)
            ],
            "artifacts": [
                {
                    "key": each.get("key"),
                    "type": each.get("type"),
                    "description": (each.get("description") or "")[:200],
                    "url": f"{page}/artifacts/artifact/{each['id']}" if page else None,
                }
                for each in artifacts
            ],
        }

    def _client(self) -> httpx.Client:
        url = self.url or ""
        return httpx.Client(base_url=url, headers=self._headers, timeout=_SECONDS, verify=_tls(url))

    def _page(self) -> str | None:
        return self.url.removesuffix("/api") if self.url and self.url.endswith("/api") else None


class DockerEngine:
    """A container engine, read only."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._host = environment.get("DOCKER_HOST", "").strip() or f"unix://{_SOCKET}"

    def system(self, references: Sequence[str] = ()) -> dict[str, Any]:
        """Its version, our containers, and which of these images it holds.

        Raises:
            RunError: when it does not answer as an engine does.
        """
        nothing: dict[str, Any] = {"containers": [], "images": []}
        path = self._host.removeprefix("unix://")
        if path != self._host and not os.path.exists(path):
            return _unknown("no container engine is here") | nothing
        with self._client() as client:
            version = _read(client, "GET", "/version").get("Version", "")
            ours = quote(f'{{"label":["{_LABEL}"]}}')
            containers = _read(client, "GET", f"/containers/json?all=true&filters={ours}")
            images = _read(client, "GET", "/images/json")
        held = [
            {"tag": tag, "size": image.get("Size")}
            for image in images
            for tag in image.get("RepoTags") or []
            if tag in references
        ]
        shown = [
            {
                "name": (each.get("Names") or [""])[0].lstrip("/"),
                "image": each.get("Image"),
                "state": each.get("State"),
                "run_id": (each.get("Labels") or {}).get(_LABEL),
            }
            for each in containers
        ]
        text = f"{version}, {len(shown)} containers of smokewatch"
        return {"state": "ok", "text": text, "containers": shown[:10], "images": held[:20]}

    def _client(self) -> httpx.Client:
        path = self._host.removeprefix("unix://")
        if path != self._host:
            transport = httpx.HTTPTransport(uds=path, verify=_tls(self._host))
            return httpx.Client(transport=transport, base_url="http://docker", timeout=_SECONDS, trust_env=False)
        url = self._host.replace("tcp://", "http://", 1)
        return httpx.Client(base_url=url, timeout=_SECONDS, trust_env=False, verify=_tls(url))


_KINDS = (("queued", ["SCHEDULED", "PENDING"]), ("running", ["RUNNING"]))
_LEVELS = {1: "DEBUG", 2: "INFO", 3: "WARNING", 4: "ERROR", 5: "CRITICAL"}


def _tls(url: str) -> ssl.SSLContext:
    """The authorities only where TLS is spoken; elsewhere, none: they are expensive to read."""
    return authorities() if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _count(client: httpx.Client, pool: str, states: Sequence[str]) -> int:
    chosen = {"work_pools": {"name": {"any_": [pool]}}, "flow_runs": {"state": {"type": {"any_": list(states)}}}}
    return int(_read(client, "POST", "/flow_runs/count", chosen))


def _read(client: httpx.Client, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    try:
        reply = client.request(method, path, json=body)
        reply.raise_for_status()
        return reply.json()
    except httpx.HTTPStatusError as error:
        raise RunError(
            f"{client.base_url.host} answered {error.response.status_code} to {path.split('?')[0]}"
        ) from None
    except (httpx.HTTPError, ValueError) as error:
        raise RunError(f"{client.base_url.host} does not answer: {type(error).__name__}") from None


def _authorization(environment: Mapping[str, str]) -> dict[str, str]:
    if key := environment.get("PREFECT_API_KEY"):
        return {"Authorization": f"Bearer {key}"}
    if pair := environment.get("PREFECT_API_AUTH_STRING"):
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {}


def _unknown(text: str) -> dict[str, Any]:
    return {"state": "unknown", "text": text}
