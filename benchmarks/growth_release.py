"""A release without a model: its score is known beforehand, and it fetches no frame. Run with a port."""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

API_VERSION, MODEL_VERSION = "0.3.1", "0.2.0"


def score(frames: int) -> float:
    """What it says of a window of so many frames: every number of them its own."""
    return 0.3 + frames / 100


class FreeRelease(BaseHTTPRequestHandler):
    """/health and /predict, as far as a replay uses them."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Say that it is well."""
        self._answer({"status": "ok", "model_loaded": True, "model_version": MODEL_VERSION})

    def do_POST(self) -> None:
        """Score a window by its length."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        probability = score(len(body["frames"]))
        tube = {"tube_id": 1, "start_frame": 0, "end_frame": 3, "logit": 1.0, "probability": probability, "entries": []}
        decision = {"aggregation": "logistic", "threshold": 0.5}
        details = {"decision": decision, "tubes": [tube]}
        version = {"api": API_VERSION, "model": MODEL_VERSION}
        self._answer({"is_smoke": False, "probability": probability, "version": version, "details": details})

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def _answer(self, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), FreeRelease).serve_forever()
