"""``smokewatch demo``: a pretend production lives a day, which is then imported and replayed as a real one would be."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from smokewatch.cli.demo_story import Story, tell
from smokewatch.cli.serve import show
from smokewatch.errors import RunError, UsageError
from smokewatch.settings import load_settings
from smokewatch.store.catalog import Catalog

_STOP_SECONDS = 20


def run_demo(folder: Path, *, seed: int, sequences: int, stay: bool, serve: bool) -> dict[str, Any]:
    """Live a day, import it, replay it, and tell and show what became of everything that was planted in it.

    Args:
        folder: where all of it is kept; what an earlier demo left there is replaced.
        seed: of the day.
        sequences: how many the day has.
        stay: keep the pretend production up until Ctrl-C.
        serve: show the store in a browser until Ctrl-C.

    Returns:
        What is written to ``summary.json``.

    Raises:
        RunError: when the pretend production fails, or anything did not become what it must.
    """
    console = Console(stderr=True)
    folder = folder.resolve()
    images = use_images(console)
    with PretendProduction(folder / "production", seed=seed, sequences=sequences, images=images) as production:
        facts = production.live(console)
        configure(folder, facts)

        # Only now: Prefect reads its settings when it is imported.
        from flows.import_sequences import import_sequences
        from flows.replay_sequences import replay_sequences

        day = date.fromisoformat(facts["day"])
        with _timed(console, f"import {day} (the first run starts a Prefect server)"):
            first_import = import_sequences(date_from=day)
        production.go_on()
        with _timed(console, "import again: production changed a label, and a detection came late"):
            second_import = import_sequences(date_from=day)
        with _timed(console, "replay"):
            newer = facts["images"]["newer"] if images else None
            replay = replay_sequences(date_from=day, trigger_image=newer)
        with _timed(console, "replay again: the ledger knows everything"):
            again = replay_sequences(date_from=day)
        story = Story.of(folder, facts, first_import, second_import, replay, again)
        summary = story.summary()
        (folder / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
        tell(story, folder)
        if stay:
            console.print(f"alert-api stays up at {facts['alert_api']['url']}", highlight=False)
        if story.as_expected and serve:
            _serve(console)
        elif stay:
            _wait(console)
    if not story.as_expected:
        raise RunError(f"the demo day was not reproduced as it must be: see {folder / 'summary.json'}")
    return summary


class PretendProduction:
    """The pretend production, a process of its own as the real one is; it ends when its standard input does."""

    def __init__(self, folder: Path, *, seed: int, sequences: int, images: bool) -> None:
        self._folder = folder
        self._command = [sys.executable, "-m", "demo", "up", f"--dir={folder}", f"--seed={seed}"]
        self._command.append(f"--sequences={sequences}")
        if images:
            self._command.append("--images")

    def __enter__(self) -> PretendProduction:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        # A session of its own: Ctrl-C reaches it as the end of its input, in order.
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def live(self, console: Console) -> dict[str, Any]:
        """Wait until the day is over; returns what an operator would know of that production."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task("a day of production")
            for event in self._events():
                if event["event"] == "ready":
                    progress.update(bar, description="a day of production", completed=1, total=1)
                    return event
                progress.update(bar, description=event["what"], completed=event["done"], total=event["total"])
        if self._process.wait() == 2:
            raise UsageError("the pretend production was called wrongly: it says how above")
        raise RunError(f"the pretend production ended early: see {self._folder / 'logs'}")

    def go_on(self) -> None:
        """Let happen what production changes after a first import."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it is gone, and tells so below
            self._process.stdin.write("later\n")
            self._process.stdin.flush()
        if next(self._events(), {}).get("event") != "later":
            raise RunError(f"the pretend production ended early: see {self._folder / 'logs'}")

    def _events(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield json.loads(line)


def configure(folder: Path, facts: Mapping[str, Any]) -> None:
    """Point the settings at the pretend production, here and in a file for the shell; the store begins empty."""
    store = folder / "store"
    variables = {
        "ALERT_API_URL": facts["alert_api"]["url"],
        "ALERT_API_LOGIN": facts["alert_api"]["login"],
        "ALERT_API_PASSWORD": facts["alert_api"]["password"],
        "SMOKEWATCH_CATALOG_URL": f"sqlite:///{store / 'catalog.db'}",
        "SMOKEWATCH_FRAMES": str(store / "frames"),
        "SMOKEWATCH_SERVER_NAME": facts["server_name"],
        "SMOKEWATCH_BUCKET_TEMPLATE": "{server}-alert-api-{organization_id}",
        **(_process_settings(facts) if facts["images"] is None else _image_settings(facts["images"])),
    }
    if "PREFECT_API_URL" not in os.environ:
        variables["PREFECT_HOME"] = str(folder / "prefect")
    _empty(store)
    os.environ.update(variables)
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    (folder / "env").write_text("".join(lines))


def _process_settings(facts: Mapping[str, Any]) -> dict[str, str]:
    from blocks.releases import Releases

    environments = {version: release["environment"] for version, release in facts["releases"].items()}
    then = Releases(command=facts["release_command"], environments=environments)
    # The version that moves later is pinned to what decided that day; the others are what is seen first.
    identities = {version: then.process_identity(version) for version in facts["moved"]}
    pins = {version: {"kind": each.kind, "value": each.value} for version, each in identities.items()}
    moved = {version: release["environment"] for version, release in facts["moved"].items()}
    return {
        "SMOKEWATCH_RUNTIME": "process",
        "SMOKEWATCH_RELEASE_COMMAND": facts["release_command"],
        "SMOKEWATCH_RELEASE_ENV": json.dumps(environments | moved),
        "SMOKEWATCH_RELEASE_PINS": json.dumps(pins),
    }


def _image_settings(images: Mapping[str, Any]) -> dict[str, str]:
    pins = {version: {"kind": "image_id", "value": image_id} for version, image_id in images["then"].items()}
    return {
        "SMOKEWATCH_RUNTIME": "docker",
        "SMOKEWATCH_RELEASE_IMAGE": images["release"],
        "SMOKEWATCH_S3_IMAGE": images["s3"],
        "SMOKEWATCH_RELEASE_PINS": json.dumps(pins),
    }


def use_images(console: Console) -> bool:
    """Whether releases are to run as containers: as the settings say, or when an engine answers.

    Raises:
        UsageError: when they must, and none answers.
    """
    from blocks.engine import Engine

    runtime = load_settings().runtime
    if runtime == "process":
        return False
    try:
        engine = Engine.connect()
    except UsageError as error:
        if runtime == "docker":
            raise
        console.print(f"releases run as processes: {error}", highlight=False)
        return False
    engine.close()
    return True


def _empty(store: Path) -> None:
    """Delete an earlier demo's store, only the files that a store has, and what its killed runs left running."""
    from tasks.runs import clear_leftovers

    if (store / "catalog.db").exists():
        earlier = Catalog.open(f"sqlite:///{store / 'catalog.db'}")
        clear_leftovers(earlier)
        earlier.close()
    for path in store.glob("catalog.db*"):
        path.unlink()
    shutil.rmtree(store / "frames", ignore_errors=True)


@contextmanager
def _timed(console: Console, what: str) -> Iterator[None]:
    started = time.monotonic()
    console.print(what, highlight=False)
    yield
    console.print(f"    {time.monotonic() - started:.1f} s", highlight=False)


def _serve(console: Console) -> None:
    """Show the store, which the settings point at; on another port where somebody has the usual one."""
    try:
        show()
    except UsageError as error:
        console.print(f"{error}; another one is taken", highlight=False)
        show(port=0)


def _wait(console: Console) -> None:
    console.print("Ctrl-C ends it", highlight=False)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return
