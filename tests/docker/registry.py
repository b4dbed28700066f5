"""A registry on this machine: Debian's `docker-registry`, an engine takes it without TLS on 127.0.0.1."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import docker
from docker.errors import ImageNotFound

from demo.images.archive import Image, archive
from demo.images.layers import Entry, Layer

PROGRAM = "docker-registry"
USER, PASSWORD = "brigade", "quiet-forest-7261"
_HTPASSWD = f"{USER}:$2a$05$abcdefghijklmnopqrstuuxO1pp2UihI5gaiNRLvQTI.GvT8/SmL.\n"  # bcrypt of PASSWORD
_LISTENING = re.compile(r"listening on (127\.0\.0\.1:(\d+))")
_ASKED = re.compile(r'"([A-Z]+ /v2/\S*) HTTP')


class Registry:
    """A registry with its settings and log in a folder, and what is pushed in another, that several may share.

    With `private`, it asks for USER and PASSWORD.
    """

    def __init__(self, folder: Path, storage: Path, client: docker.DockerClient, *, private: bool = False) -> None:
        self._folder, self._storage, self._client, self._private = folder, storage, client, private
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "log"
        folder.mkdir()
        self.start()

    @property
    def address(self) -> str:
        """``127.0.0.1:port``, kept when it is started again."""
        return f"127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it, if it does not run; returns once it answers."""
        if self._process is not None:
            return
        settings: dict[str, object] = {
            "version": "0.1",
            "log": {"level": "info"},
            "storage": {"filesystem": {"rootdirectory": str(self._storage)}},
            "http": {"addr": self.address, "secret": "of no use"},
        }
        if self._private:
            (self._folder / "htpasswd").write_text(_HTPASSWD)
            settings["auth"] = {"htpasswd": {"realm": "private", "path": str(self._folder / "htpasswd")}}
        (self._folder / "config.yml").write_text(json.dumps(settings))  # YAML's subset
        begins = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "serve", str(self._folder / "config.yml")], stdout=log, stderr=log
            )
        deadline = time.monotonic() + 120
        while (listening := _LISTENING.search(self._log.read_bytes()[begins:].decode())) is None:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"{PROGRAM} does not listen: {self._log.read_text()[-500:]}")
            time.sleep(0.02)
        self._port = int(listening[2])

    def stop(self) -> None:
        """Stop it; all that it answered is in its log then."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def asked(self) -> list[str]:
        """All that it was asked for, in order: ``GET /v2/...``."""
        return _ASKED.findall(self._log.read_text())

    def push(self, image_id: str, name: str, *, keep: bool = False) -> str:
        """Push an image of the engine as ``repository:tag``; its digest.

        The engine then no longer knows it by that name or digest, unless it shall `keep` them.
        """
        reference = f"{self.address}/{name}"
        repository, _, tag = reference.rpartition(":")
        self._client.images.get(image_id).tag(repository, tag)
        digest = None
        for line in self._client.api.push(repository, tag, stream=True, decode=True):
            if "error" in line:
                raise AssertionError(f"{reference} cannot be pushed: {line['error']}")
            digest = (line.get("aux") or {}).get("Digest", digest)
        assert digest is not None
        if not keep:
            forget(self._client, reference, f"{repository}@{digest}")
        return str(digest)

    def push_word(self, name: str, word: str) -> str:
        """Push an image of a few bytes that the engine does not keep; its digest."""
        reference = "localhost/smokewatch-test/word:pushed"
        digest = self.push(word_image(self._client, reference, word), name)
        forget(self._client, reference)
        return digest

    def blob(self, digest: str) -> Path:
        """The file that keeps a layer, a configuration or a manifest."""
        hexadecimal = digest.removeprefix("sha256:")
        return self._storage / "docker/registry/v2/blobs/sha256" / hexadecimal[:2] / hexadecimal / "data"

    def tag_file(self, name: str) -> Path:
        """The file that says what a ``repository:tag`` is."""
        repository, _, tag = name.rpartition(":")
        folder = self._storage / "docker/registry/v2/repositories" / repository
        return folder / "_manifests/tags" / tag / "current/link"

    def layers(self, digest: str) -> list[str]:
        """The digests of a manifest's layers."""
        return [layer["digest"] for layer in json.loads(self.blob(digest).read_bytes())["layers"]]


def forget(client: docker.DockerClient, *names: str) -> None:
    """Take names from the engine, and with its last name an image."""
    for name in names:
        with suppress(ImageNotFound):
            client.images.remove(name)


def forget_all(client: docker.DockerClient, *beginnings: str) -> None:
    """Take every name that begins so from the engine."""
    # Not `images.list`, which looks at each again: others remove theirs meanwhile.
    for image in client.api.images():
        names = [*(image["RepoTags"] or ()), *(image["RepoDigests"] or ())]
        forget(client, *(name for name in names if name.startswith(beginnings)))


def word_image(client: docker.DockerClient, reference: str, word: str) -> str:
    """Have an image of a few bytes in the engine under a name, for what is not run; its image ID."""
    layer = Layer("a word", {"word": word}, lambda _: [Entry("word", word.encode())])
    with tempfile.TemporaryDirectory() as folder:
        image = Image(reference, (layer,), {"Cmd": ["/word"]})
        client.images.load(archive([image], {}, Path(folder)))  # type: ignore[arg-type]
    return str(client.images.get(reference).id)
