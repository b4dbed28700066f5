"""What cameras and people do to alert-api in the demo: over HTTP, with their own tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

import httpx

from demo.alert_api.answers import naive_text


class Client:
    """A session with alert-api at `url` (without `/api/v1`); every unexpected status raises httpx.HTTPStatusError."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/api/v1", timeout=30, trust_env=False)
        answer = self._http.post("/login/creds", data={"username": login, "password": password}).raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self._camera_tokens: dict[int, str] = {}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def upload(
        self, camera_id: int, pose_id: int, frame: bytes, boxes: tuple[str, ...], recorded_at: datetime
    ) -> dict[str, Any] | None:
        """Post a frame as its camera does; the first row that it became, None when nothing was kept."""
        if camera_id not in self._camera_tokens:
            answer = self._http.post(f"/cameras/{camera_id}/token").raise_for_status()
            self._camera_tokens[camera_id] = answer.json()["access_token"]
        answer = self._http.post(
            "/detections/",
            headers={"Authorization": f"Bearer {self._camera_tokens[camera_id]}"},
            data={"bboxes": f"[{','.join(boxes)}]", "pose_id": str(pose_id), "recorded_at": naive_text(recorded_at)},
            files={"file": ("frame.jpg", frame, "image/jpeg")},
        ).raise_for_status()
        if answer.status_code == 204:
            return None
        row: dict[str, Any] = answer.json()
        return row

    def label(self, sequence_id: int, label: str) -> None:
        """Label a sequence."""
        self._http.patch(f"/sequences/{sequence_id}/label", json={"is_wildfire": label}).raise_for_status()

    def sequences(self, day: datetime) -> list[dict[str, Any]]:
        """Every sequence started on the day, oldest first."""
        query: dict[str, str | int] = {"from_date": day.date().isoformat(), "limit": 10_000}
        answer = self._http.get("/sequences/all/fromdate", params=query).raise_for_status()
        rows: list[dict[str, Any]] = answer.json()
        return sorted(rows, key=lambda row: datetime.fromisoformat(row["started_at"]))

    def detections(self, sequence_id: int) -> list[dict[str, Any]]:
        """All rows of a sequence by creation."""
        rows: list[dict[str, Any]] = []
        while len(rows) % 100 == 0:
            query: dict[str, str | int] = {"desc": "false", "limit": 100, "offset": len(rows)}
            page = self._http.get(f"/sequences/{sequence_id}/detections", params=query).raise_for_status().json()
            if not page:
                break
            rows += page
        return rows


def capture_time(at: datetime, number: int) -> datetime:
    """When a frame uploaded at `at` was taken: a moment before, never on a whole second."""
    return at - timedelta(microseconds=300_000 + number * 7919 % 900_000)
