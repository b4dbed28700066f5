"""A temporal API without a model, for `SMOKEWATCH_RELEASE_COMMAND`: its score is a hash of region and frames.

Run as a script with a port. The environment says how it behaves:
STUB_HOST   the address it listens on (127.0.0.1)
STUB_MODEL  the model version that /health names ("0.2.0"; "" for none)
STUB_SCALE  what every score is multiplied by (1)
STUB_CALLS  a file that gets one line a prediction
STUB_VICTIM a file with a pid and a number: at the prediction of that number the process is killed; no file, no kill
STUB        garbage, null, old, error, hang, sick (never healthy), gone (ends at once), die (at the second prediction),
            nul (an error that quotes bytes), unnameable (/health names a model that no database can keep),
            big (an answer of more than 20 MB), oom (a prediction takes memory until it is killed, or 16 GiB),
            slow (a prediction takes STUB_SECONDS), busy (it takes STUB_SECONDS of one core),
            escape (`details.decision.reached`: whether a TCP connection to STUB_REACH, "host:port", came about),
            write (ends at once unless it can write to ./.cache, $HOME and /tmp; `details.decision.writable`: other
            folders of the root file system that it could write to)
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


def score(roi: Sequence[float] | None, frames: Sequence[bytes]) -> float:
    """The stub's probability: every window of every sequence has one of its own."""
    digest = hashlib.sha256(json.dumps(list(roi) if roi else None).encode())
    for frame in frames:
        digest.update(frame)
    return int.from_bytes(digest.digest()[:4], "big") / 2**32


def compute(seconds: float) -> None:
    """Keep one core busy for so long, as a model on one thread does: the interpreter's lock is free meanwhile."""
    block, end = bytes(2**20), time.thread_time() + seconds
    while time.thread_time() < end:
        hashlib.sha256(block)


def take_memory() -> None:
    """Take memory until somebody ends this, or 16 GiB."""
    taken: list[bytes] = []
    while len(taken) < 256:
        taken.append(b"x" * 2**26)


def reached(address: str) -> bool:
    """Whether a TCP connection to "host:port" comes about within 2 s."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        return False
    return True


def write_cache() -> None:
    """Write where a release may; exits with one line when it cannot."""
    for folder in (Path(".cache"), Path.home(), Path("/tmp")):
        try:
            folder.mkdir(exist_ok=True)
            (folder / f"stub-{os.getpid()}").write_text("written")
        except OSError as error:
            sys.exit(f"cannot write to {folder}: {error}")


def writable() -> list[str]:
    """Folders of the root file system where a file could be made that is none of a release's business."""
    found = []
    for folder in (Path(path) for path in ("/", "/app", "/etc", "/usr/local/lib", "/var")):
        file = folder / f"stub-{os.getpid()}"
        try:
            file.touch(exist_ok=False)
        except OSError:
            continue
        file.unlink()
        found.append(str(folder))
    return found


@cache
def frame_server() -> Any:
    """The S3 server that frames come from."""
    from minio import Minio

    return Minio(
        os.environ["TEMPORAL_API_S3_ENDPOINT_URL"].removeprefix("http://"),
        access_key=os.environ["AWS_ACCESS_KEY_ID"],
        secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        region=os.environ["TEMPORAL_API_S3_REGION"],
        secure=False,
    )


class Stub(BaseHTTPRequestHandler):
    """/health and /predict, as far as a replay uses them."""

    protocol_version = "HTTP/1.1"
    mode = os.environ.get("STUB", "")
    calls = 0

    def do_GET(self) -> None:
        loaded = self.mode != "sick"
        model = os.environ.get("STUB_MODEL", "0.2.0") or None
        if self.mode == "unnameable":
            model = "0.2.0\0"
        self._answer(200, {"status": "ok" if loaded else "unavailable", "model_loaded": loaded, "model_version": model})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Stub.calls += 1
        if path := os.environ.get("STUB_CALLS"):
            with Path(path).open("a") as file:
                file.write("call\n")
        if self.mode == "hang":
            time.sleep(3600)
        if self.mode == "slow":
            time.sleep(float(os.environ["STUB_SECONDS"]))
        if self.mode == "busy":
            compute(float(os.environ["STUB_SECONDS"]))
        if self.mode == "oom":
            take_memory()
        if self.mode == "die" and Stub.calls == 2:
            os._exit(137)
        victim = Path(os.environ.get("STUB_VICTIM", "/nobody"))
        if victim.exists():
            pid, moment = victim.read_text().split()
            if Stub.calls == int(moment):
                os.kill(int(pid), signal.SIGKILL)
        if self.mode == "error":
            self._answer(500, {"detail": "CUDA out of memory", "code": "inference_error"})
            return
        if self.mode == "nul":
            self._answer(500, {"detail": "no frame in \0\x1b[31m", "code": "decode_error"})
            return
        if self.mode == "garbage":
            self._answer(200, {"is_smoke": "perhaps"})
            return
        frames = [frame_server().get_object(body["bucket"], key).read() for key in body["frames"]]
        scale = float(os.environ.get("STUB_SCALE", "1"))
        self._answer(200, self._prediction(scale * score(body.get("roi_xyxyn"), frames)))

    def log_message(self, *_: Any) -> None:
        pass

    def _prediction(self, probability: float) -> dict[str, Any]:
        if self.mode == "null":
            return {"is_smoke": True, "probability": None}
        answer: dict[str, Any] = {"is_smoke": probability >= 0.5, "probability": probability}
        if self.mode == "old":
            return answer | {"model": {"name": "stub", "version": "0.2.0"}}
        decision: dict[str, Any] = {"aggregation": "logistic", "threshold": 0.5}
        if self.mode == "escape":
            decision["reached"] = reached(os.environ["STUB_REACH"])
        if self.mode == "write":
            decision["writable"] = writable()
        if self.mode == "big":
            decision["padding"] = "x" * 21_000_000
        tube = {"tube_id": 1, "start_frame": 0, "end_frame": 3, "logit": 1.0, "probability": probability, "entries": []}
        return answer | {
            "version": {"api": os.environ["TEMPORAL_API_VERSION"], "model": "0.2.0"},
            "details": {"decision": decision, "tubes": [tube]},
        }

    def _answer(self, status: int, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    if Stub.mode == "gone":
        sys.exit("model.zip is damaged")
    if Stub.mode == "write":
        write_cache()
    ThreadingHTTPServer((os.environ.get("STUB_HOST", "127.0.0.1"), int(sys.argv[1])), Stub).serve_forever()
