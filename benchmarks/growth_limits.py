"""What breaks first when 1,000 cameras see 100,000 sequences a day: arithmetic over what benchmarks measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.growth_rate import a_sequence, reach
from smokewatch.domain.window import MAX_FRAMES

SEQUENCES_A_DAY = 100_000
DAY_SECONDS = 86_400
WATCH_SECONDS = 300
"""`watch` is scheduled so often (prefect.yaml), and one that is still running is not joined by another."""
RELISTED_DAYS = 15
"""`daily` lists its day and 14 before."""
HOUR, SECOND = 3_600, 1.0
"""What a report may take, and what a page may."""
PROCESS_MIB = 8 * 1024
DISK_BYTES = 10**12
EVENT_BYTES = 1_500_000
"""What Prefect's server takes as one event, if nothing else is set."""
CATALOG_BYTES = 10**11


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that does not hold for ever."""

    what: str
    cost: str
    """By what it was computed."""
    sequences: float | None
    """Up to how many it holds; None: it does not grow over what was measured, or nothing is known."""
    stored: bool
    """Whether that many are all that are stored, or those of one day."""
    turn: str
    """What moves it."""

    @property
    def days(self) -> float | None:
        """After how many days of :data:`SEQUENCES_A_DAY` it breaks; below 1: on the first; None: not at all."""
        if self.sequences is None:
            return None
        days = self.sequences / SEQUENCES_A_DAY
        return days if self.stored or days < 1 else None


def limits(results: Mapping[str, Any]) -> list[Limit]:
    """Everything that breaks, the first one first; then what holds.

    Args:
        results: by benchmark: ``growth``, and ``replay`` and ``profiles`` where there are any.
    """
    found = [*_flows(results), *_stored(results), *_pages(results)]
    return sorted(found, key=lambda each: (each.days is None, each.days or each.sequences or math.inf))


def _flows(results: Mapping[str, Any]) -> Iterator[Limit]:
    growth = results["growth"]
    parts = {name: each["sizes"] for name, each in growth["parts"].items()}
    again = a_sequence(parts["import_again"])
    yield Limit(
        "`watch` lists the day again within its 5 minutes",
        f"{_ms(again)} CPU a known sequence",
        reach(parts["import_again"], "cpu_seconds", WATCH_SECONDS),
        False,
        "the interval of its schedule in prefect.yaml; SMOKEWATCH_NOTIFY_HOURS, how far back it looks",
    )
    yield Limit(
        f"`daily` lists {RELISTED_DAYS} days again within a day",
        f"{_ms(again)} CPU a known sequence",
        _over(DAY_SECONDS, RELISTED_DAYS * again),
        False,
        "`relist` of the deployment `daily`; `smokewatch import --org` on several workers",
    )
    # The frames of a sequence are nearly all of its import: more of them, more of it.
    longer = MAX_FRAMES / growth["frames"]
    read = a_sequence(parts["import"]) * longer
    yield Limit(
        "one process imports a day within a day",
        f"{_ms(read)} CPU a sequence of {MAX_FRAMES} frames",
        _over(DAY_SECONDS, read),
        False,
        "`smokewatch import --org` on several workers, an organization each; SMOKEWATCH_FRAME_CONNECTIONS where the "
        "network waits",
    )
    own = a_sequence(parts["replay"])
    yield Limit(
        "one process replays a day within a day, the release's time left out",
        f"{_ms(own)} CPU a sequence",
        _over(DAY_SECONDS, own),
        False,
        "several workers; the deployment's `concurrency_limit`",
    )
    yield _release(results)
    told = growth["stored"]["verdict_table_bytes"] / growth["stored"]["n"]
    yield Limit(
        "Prefect's server publishes the event of a replay's table of verdicts",
        f"{told:.0f} bytes a sequence; beyond, it says `Refusing to publish event` and verdicts are kept all the same",
        _over(EVENT_BYTES, told),
        False,
        "PREFECT_SERVER_EVENTS_MAXIMUM_SIZE_BYTES of the server",
    )
    written = sum(a_sequence(parts[name], "write_seconds") for name in ("import", "replay"))
    yield Limit(
        "the catalog's one writer has time for a day's import and replay",
        f"{_ms(written)} of writing a sequence",
        _over(DAY_SECONDS, written),
        False,
        "PostgreSQL (SMOKEWATCH_CATALOG_URL) does not: it has one writer at a time, too; fewer, larger transactions do",
    )
    named = {"import": "an import", "replay": "a replay", "triage_report": "a triage", "drift_check": "a drift check"}
    for name, called in named.items():
        yield Limit(
            f"{called} of a day fits into {PROCESS_MIB // 1024} GiB",
            f"{a_sequence(parts[name], 'peak_mib') * 1024:.1f} KiB a sequence",
            reach(parts[name], "peak_mib", PROCESS_MIB),
            False,
            "shorter runs: an organization or some sequences each; a larger machine",
        )
    yield Limit(
        "the triage report of a backlog takes less than an hour",
        f"{_ms(a_sequence(parts['triage_report']))} CPU a waiting sequence",
        reach(parts["triage_report"], "cpu_seconds", HOUR),
        True,
        "a shorter backlog; only scoring goes to more machines (SMOKEWATCH_TASK_RUNNER=dask)",
    )
    yield Limit(
        "a drift check of a day takes less than an hour",
        f"{_ms(a_sequence(parts['drift_check']))} CPU a sequence",
        reach(parts["drift_check"], "cpu_seconds", HOUR),
        False,
        "a baseline an organization (`smokewatch drift --org`)",
    )


def _release(results: Mapping[str, Any]) -> Limit:
    """The release's own time, of the demo's small model; of the real one only its users know."""
    what, turn = (
        "one replica of the release has time for a day",
        "SMOKEWATCH_REPLICAS and SMOKEWATCH_MAX_REPLICAS; more workers with an engine each",
    )
    first = results.get("replay", {}).get("one_replica")
    if first is None:
        return Limit(what, "unknown here: the benchmark `replay` measures it", None, False, turn)
    seconds = first["release_seconds"] / first["summary"]["sequences"]
    cost = f"{_ms(seconds)} a sequence with the demo's small model; with the real one unknown"
    return Limit(what, cost, _over(DAY_SECONDS, seconds), False, turn)


def _stored(results: Mapping[str, Any]) -> Iterator[Limit]:
    growth = results["growth"]
    stored = growth["stored"]
    frame = stored["frame_bytes"] / stored["rows"]["frames"]
    size = "640 x 360"
    if "profiles" in results:
        frame, size = results["profiles"]["kilobytes_an_image"] * 1000, results["profiles"]["size"]
    yield Limit(
        "frames fit on 1 TB",
        f"{frame / 1000:.0f} KB a frame of {size}, {MAX_FRAMES} a sequence",
        _over(DISK_BYTES, frame * MAX_FRAMES),
        True,
        "frames in a bucket (SMOKEWATCH_FRAMES=s3://…); retention: nothing deletes frames by itself",
    )
    row = stored["catalog_bytes"] / stored["n"]
    yield Limit(
        "the catalog stays below 100 GB",
        f"{row / 1000:.1f} KB and {sum(stored['rows'].values()) / stored['n']:.0f} rows a sequence of "
        f"{growth['frames']} frames, imported and replayed",
        _over(CATALOG_BYTES, row),
        True,
        "PostgreSQL (SMOKEWATCH_CATALOG_URL); a catalog a year",
    )


def _pages(results: Mapping[str, Any]) -> Iterator[Limit]:
    parts = {name: each["sizes"] for name, each in results["growth"]["parts"].items()}
    rows = parts["viewer_first_paint"]
    yield Limit(
        "the replay page's first row is painted within a second",
        f"{_ms(a_sequence(rows, 'seconds') * 1000)} and {a_sequence(rows, 'bytes'):.0f} KB more with 1,000 more rows",
        reach(rows, "seconds", SECOND),
        True,
        "nothing yet: the page takes all rows at once; a catalog a season (SMOKEWATCH_CATALOG_URL)",
    )
    yield Limit(
        f"the viewer's rows fit into {PROCESS_MIB // 1024} GiB of its server",
        f"{a_sequence(rows, 'peak_mib') * 1024:.1f} KiB a row",
        reach(rows, "peak_mib", PROCESS_MIB),
        True,
        "a catalog a season (SMOKEWATCH_CATALOG_URL); a larger machine",
    )
    yield Limit(
        "the viewer makes its rows ready within a minute",
        f"{_ms(a_sequence(parts['viewer_rows']))} CPU a row",
        reach(parts["viewer_rows"], "cpu_seconds", 60),
        True,
        "a catalog a season (SMOKEWATCH_CATALOG_URL); a larger machine",
    )
    shown = {
        "alert_page": "a page of alerts",
        "gate_counts": "what the gate holds back, counted over all alerts,",
        "history_page": "a page of the history",
    }
    for name, called in shown.items():
        yield Limit(
            f"{called} takes less than a second",
            f"{_ms(parts[name][-1]['cpu_seconds'])} CPU at {parts[name][-1]['n']:,} rows",
            reach(parts[name], "cpu_seconds", SECOND),
            True,
            "a day or an organization asked for instead of everything; PostgreSQL, not measured",
        )


def _over(limit: float, unit: float) -> float | None:
    return limit / unit if unit > 0 else None


def _ms(seconds: float) -> str:
    """Milliseconds, two digits of them."""
    return f"{seconds * 1000:.2g} ms" if seconds < 0.1 else f"{seconds * 1000:,.0f} ms"
