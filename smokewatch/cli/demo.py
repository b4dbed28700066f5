"""``smokewatch demo``: a pretend production lives a day, which is imported, replayed and triaged as a real one is."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from smokewatch.cli.demo_drift import DriftStory
from smokewatch.cli.demo_notify import NotifyStory
from smokewatch.cli.demo_production import PretendProduction
from smokewatch.cli.demo_qualification import QualificationStory
from smokewatch.cli.demo_story import Story, tell
from smokewatch.cli.demo_triage import TriageStory
from smokewatch.cli.serve import LOOPBACK, PORT, show
from smokewatch.errors import RunError, UsageError
from smokewatch.settings import load_settings
from smokewatch.store.catalog import Catalog


def run_demo(folder: Path, *, seed: int, sequences: int, stay: bool, serve: bool) -> dict[str, Any]:
    """Live a day, import, replay and triage it, and tell and show what became of everything that was planted in it.

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
        from flows.notify_alerts import notify_alerts
        from flows.pull_backlog import pull_backlog
        from flows.refresh_risk import refresh_risk
        from flows.replay_sequences import replay_sequences
        from flows.triage_backlog import triage_backlog

        day = date.fromisoformat(facts["day"])
        wet_day = date.fromisoformat(facts["risk_api"]["day"])
        with _timed(console, f"fire risk of {wet_day} and {day} (the first run starts a Prefect server)"):
            risk = refresh_risk(date_from=wet_day, date_to=day, again=False)
        with _timed(console, f"import {wet_day}, a wet day, and tell people of its alerts"):
            import_sequences(date_from=wet_day)
            told_wet = notify_alerts(since=_start_of(wet_day))
        with _timed(console, f"import {day}"):
            first_import = import_sequences(date_from=day)
        with _timed(console, "pull the annotators' queue"):
            pull = pull_backlog()
        changed = production.go_on()
        with _timed(console, "import again: production changed a label, and a detection came late"):
            second_import = import_sequences(date_from=day)
        with _timed(console, "tell people of the day's alerts, and once more"):
            told_dry = notify_alerts(since=_start_of(day))
            told_again = notify_alerts(since=_start_of(wet_day))
        with _timed(console, "pull again: people annotated some"):
            pull_again = pull_backlog()
        with _timed(console, "replay"):
            newer = facts["images"]["newer"] if images else None
            replay = replay_sequences(date_from=day, trigger_image=newer)
        with _timed(console, "replay again: the ledger knows everything"):
            again = replay_sequences(date_from=day)
        with _timed(console, "triage, with the models in this process"):
            triage = triage_backlog()
        with _timed(console, "triage again: every score is known"):
            triage_again = triage_backlog()
        with _timed(console, "the weeks before, as recorded profiles: does any camera change?"):
            drift = DriftStory.live(folder, facts["drift"])
        with _timed(console, "two releases that were never in use, asked about a labelled day"):
            qualification = QualificationStory.live(folder, facts["qualification"])
        queue = TriageStory.of(
            folder, facts["annotator"], changed["annotated"], (pull, pull_again), (triage, triage_again)
        )
        alerts = NotifyStory.of(facts, changed["to_tell"], risk, (told_wet, told_dry, told_again))
        story = Story.of(folder, facts, first_import, second_import, replay, again, queue, alerts, drift, qualification)
        summary = story.summary()
        (folder / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
        tell(story, folder)
        if stay:
            console.print(f"alert-api stays up at {facts['alert_api']['url']}", highlight=False)
            console.print(f"what Slack was told is at {facts['slack']['url']}", highlight=False)
            console.print(f"the annotation API stays up at {facts['annotator']['url']}", highlight=False)
        if story.as_expected and serve:
            _serve(console)
        elif stay:
            _wait(console)
    if not story.as_expected:
        raise RunError(f"the demo day was not reproduced as it must be: see {folder / 'summary.json'}")
    return summary


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def configure(folder: Path, facts: Mapping[str, Any]) -> None:
    """Point the settings at the pretend production, here and in a file for the shell; the store begins empty."""
    store = folder / "store"
    variables = {
        "ALERT_API_URL": facts["alert_api"]["url"],
        "ALERT_API_LOGIN": facts["alert_api"]["login"],
        "ALERT_API_PASSWORD": facts["alert_api"]["password"],
        "ANNOTATOR_API_URL": facts["annotator"]["url"],
        "ANNOTATOR_API_LOGIN": facts["annotator"]["login"],
        "ANNOTATOR_API_PASSWORD": facts["annotator"]["password"],
        "RISK_API_URL": facts["risk_api"]["url"],
        "RISK_API_LOGIN": facts["risk_api"]["login"],
        "RISK_API_PWD": facts["risk_api"]["password"],
        "SLACK_WEBHOOK_URL": facts["slack"]["webhook"],
        "SMOKEWATCH_SLACK_WEBHOOKS": json.dumps(facts["slack"]["webhooks"]),
        "SMOKEWATCH_VIEWER_URL": f"http://{LOOPBACK}:{PORT}",
        "SMOKEWATCH_NOTIFY_AN_HOUR": "2",
        "SMOKEWATCH_NOTIFY_PAUSE": "0.05",
        "SMOKEWATCH_TRIAGE_MODELS": ",".join(facts["triage"]["models"]),
        "SMOKEWATCH_MODEL_LOADER": facts["triage"]["loader"],
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
    later = facts["moved"] | facts["qualification"]["releases"]
    return {
        "SMOKEWATCH_RUNTIME": "process",
        "SMOKEWATCH_RELEASE_COMMAND": facts["release_command"],
        "SMOKEWATCH_RELEASE_ENV": json.dumps(
            environments | {version: release["environment"] for version, release in later.items()}
        ),
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
