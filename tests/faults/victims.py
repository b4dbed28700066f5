"""Stores to be worked on and killed, and what must hold of each beyond what holds of all."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from demo.slack import Sink
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.history_log import HistoryLog
from tests.alerts import Alerts
from tests.annotator import running
from tests.faults import works
from tests.faults.engine import Dump, assert_whole, dump, run
from tests.production import Production
from tests.scoring.test_package_files import write as write_package
from tests.store.test_upgrading import older, state
from tests.store.watched import add_day, set_up

ALERTS = 12
ROWS = 300
AT_ONCE = 3
"""Questions that a release may be asked, the answers to which are not kept yet."""


@dataclass
class Victim:
    """Work that is killed, on copies of one store."""

    work: works.Work
    environment: Mapping[str, str]
    template: Path
    has_frames: bool = True
    """Whether it is a store with bytes, not rows made up for the occasion."""

    def settings(self, store: Path) -> dict[str, str]:
        others = {name: value.replace("{store}", str(store)) for name, value in self.environment.items()}
        return works.settings(store, others)

    def fresh(self, store: Path) -> Path:
        """A copy of the store as it is before the work."""
        return Path(shutil.copytree(self.template, store))

    def run(self, store: Path, moment: int | None = None) -> int | None:
        """Do the work on a store; see :func:`tests.faults.engine.run`."""
        return run(self.work, self.settings(store), store, moment)

    def found(self, store: Path, *, runs: int = 1) -> Dump:
        """What a store holds, when all of it is sound."""
        url = self.settings(store)["SMOKEWATCH_CATALOG_URL"]
        assert_whole(url, store / "frames" if self.has_frames else None)
        return dump(url, runs=runs)

    def look(self, store: Path, found: Dump, before: Dump, reference: Dump, kills: int) -> None:
        """What must hold after a kill: only what an undisturbed run stores, and all that was there before."""
        for name, rows in found.items():
            assert rows <= reference[name], f"{name}: not in an undisturbed store: {rows - reference[name]}"
            assert before.get(name, set()) <= rows, f"{name}: lost: {before[name] - rows}"

    def ended(self, found: Dump, reference: Dump, kills: int) -> bool:
        """Whether a finished store is what an undisturbed run makes."""
        return found == reference


class Replayed(Victim):
    def look(self, store: Path, found: Dump, before: Dump, reference: Dump, kills: int) -> None:
        super().look(store, found, before, reference, kills)
        calls = (store / "calls").read_text().count("call") if (store / "calls").exists() else 0
        kept = len(found["replays"])
        assert kept <= calls <= kept + kills * AT_ONCE, "an answer that was kept was asked for again"
        assert_log_known(store, self.settings(store)["SMOKEWATCH_CATALOG_URL"])


class Logged(Victim):
    def look(self, store: Path, found: Dump, before: Dump, reference: Dump, kills: int) -> None:
        super().look(store, found, before, reference, kills)
        assert_log_known(store, self.settings(store)["SMOKEWATCH_CATALOG_URL"])
        catalog = Catalog.open(f"sqlite:///{store / 'another.db'}")
        rebuilt = HistoryLog(store / "history").rebuild(catalog)
        catalog.close()
        for left in store.glob("another.db*"):
            left.unlink()
        # Each kill may have come between the catalog's commit and the log's line, or in the middle of that line.
        assert rebuilt.added >= len(found["verdicts"]) - kills
        assert rebuilt.damaged <= kills


class Told(Victim):
    """Messages change their state: who was told is what counts."""

    sink: Sink

    def fresh(self, store: Path) -> Path:
        self.sink.messages.clear()
        return super().fresh(store)

    def look(self, store: Path, found: Dump, before: Dump, reference: Dump, kills: int) -> None:
        posted = Counter(int(each) for told in self.sink.messages for each in re.findall(r"/alert/(\d+)", told.text))
        assert set(posted.values()) <= {1}, f"told twice: {posted}"
        catalog = Catalog.open(self.settings(store)["SMOKEWATCH_CATALOG_URL"])
        with catalog.read() as connection:
            states = dict(connection.execute(sa.select(t.outbox.c.alert_id, t.outbox.c.state)).tuples().all())
        catalog.close()
        sent = {alert for alert, state in states.items() if state == "sent"}
        assert sent <= set(posted), "said to be sent, and nobody was told"
        open_ends = set(posted) - sent
        assert all(states[alert] in ("claimed", "unknown") for alert in open_ends)
        assert sum(state in ("claimed", "unknown") for state in states.values()) <= kills
        if found["outbox"] and not any(state in ("claimed", "waiting") for state in states.values()):
            assert len(states) == ALERTS, "an alert is forgotten"

    def ended(self, found: Dump, reference: Dump, kills: int) -> bool:
        return len(found["outbox"]) == ALERTS


class Watched(Victim):
    def look(self, store: Path, found: Dump, before: Dump, reference: Dump, kills: int) -> None:
        # A day that was checked, and not kept, is checked again: told twice rather than never, kept once.
        super().look(store, found, before, reference, kills)
        told = (store / "told").read_text().split() if (store / "told").exists() else []
        assert len(told) <= len(set(told)) + kills
        assert set(told) >= self.alarms(found)

    @staticmethod
    def alarms(found: Dump) -> set[str]:
        """The days of which an alarm is kept."""
        at = [column.name for column in t.drift_checks.columns if column.name not in ("id", "run_id", "checked_at")]
        rows = [dict(zip(at, row, strict=True)) for row in found["drift_checks"]]
        return {str(row["day"]) for row in rows if row["alerts"]}


class Upgraded(Victim):
    def found(self, store: Path, *, runs: int = 1) -> Dump:
        # A look by the newest smokewatch would upgrade it.
        revision, rows = state(store / "catalog.db")
        copies = [state(each) for each in store.glob("*.before-upgrade-????")]
        assert rows == ROWS
        assert all(each == ("0006", ROWS) for each in copies)
        return {"revision": {(revision,)}}

    def look(self, store: Path, found: Dump, before: Dump, reference: Dump, kills: int) -> None:
        assert found["revision"] in ({("0006",)}, reference["revision"]), "half an upgrade"


def assert_log_known(store: Path, url: str) -> None:
    """The audit log tells nothing that the catalog does not have."""
    catalog = Catalog.open(url)
    assert HistoryLog(store / "history").rebuild(catalog).added == 0
    catalog.close()


@contextmanager
def importing(folder: Path) -> Iterator[Victim]:
    with Production(folder) as production:
        for hour in range(5):
            production.alert(production.add(frames=4, seen=4, hour=hour, camera=hour % 2))
        yield Victim(works.import_a_day, production.environment(), empty(folder))


@contextmanager
def replaying(folder: Path) -> Iterator[Victim]:
    with Production(folder) as production:
        for hour in range(4):
            production.add(frames=7, seen=7 - hour, hour=hour, camera=hour % 2)
        environment = production.environment(STUB_CALLS="{store}/calls")
        made = Victim(works.import_a_day, environment, empty(folder))
        assert made.run(made.fresh(folder / "imported")) is not None
        yield Replayed(works.replay_a_day, environment, folder / "imported")


@contextmanager
def pulling(folder: Path) -> Iterator[Victim]:
    with running(folder) as annotator:
        annotator.add_many(6, frames=3)
        yield Victim(works.pull_a_queue, annotator.environment(), empty(folder))


@contextmanager
def triaging(folder: Path) -> Iterator[Victim]:
    package = write_package(folder / "model.zip")
    with running(folder) as annotator:
        annotator.add_many(8, frames=2)
        environment = annotator.environment(PACKAGE=str(package))
        pulled = Victim(works.pull_a_queue, environment, empty(folder))
        assert pulled.run(pulled.fresh(folder / "pulled")) is not None
        yield Victim(works.triage_a_queue, environment, folder / "pulled")


@contextmanager
def notifying(folder: Path) -> Iterator[Victim]:
    template = empty(folder)
    catalog = Catalog.open(f"sqlite:///{template / 'catalog.db'}")
    alerts = Alerts(catalog)
    for number in range(1, ALERTS + 1):
        alerts.add(number)
    catalog.close()
    with Sink("alerts") as sink:
        told = Told(works.tell_people, {"SLACK_WEBHOOK_URL": sink.webhook("alerts")}, template, has_frames=False)
        told.sink = sink
        yield told


@contextmanager
def drifting(folder: Path) -> Iterator[Victim]:
    template = empty(folder)
    catalog = Catalog.open(f"sqlite:///{template / 'catalog.db'}")
    set_up(catalog)
    for number in range(works.BASELINE_DAYS + works.CHECKED_DAYS):
        add_day(catalog, number, n=15, fog=["north"] if number > works.BASELINE_DAYS else [])
    catalog.close()
    yield Watched(works.watch_drift, {"TOLD": "{store}/told"}, template, has_frames=False)


@contextmanager
def logging(folder: Path) -> Iterator[Victim]:
    yield Logged(works.decide_and_log, {}, empty(folder))


@contextmanager
def upgrading(folder: Path) -> Iterator[Victim]:
    template = empty(folder)
    older(template / "catalog.db", rows=ROWS)
    yield Upgraded(works.upgrade, {}, template)


def empty(folder: Path) -> Path:
    template = folder / "template"
    template.mkdir()
    return template


VICTIMS: dict[str, Callable[[Path], AbstractContextManager[Victim]]] = {
    "import": importing,
    "replay": replaying,
    "pull": pulling,
    "triage": triaging,
    "notify": notifying,
    "drift": drifting,
    "history": logging,
    "upgrade": upgrading,
}
