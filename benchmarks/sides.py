"""What stands side by side: the usual way and smokewatch's, both of one run, as docs/benchmarks.md has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Side:
    """One figure of both."""

    theme: str
    what: str
    beside: str
    """The other way, in a few words."""
    benchmark: str
    theirs: str
    """Where its figure is in the benchmark's result: names with dots."""
    ours: str
    unit: str
    how: str
    """What it is of, with names of the result in braces."""
    more: bool = False
    """Whether more of it is better."""


@dataclass(frozen=True)
class Compared:
    """A side with its figures."""

    side: Side
    theirs: float
    ours: float
    how: str

    @property
    def ratio(self) -> float:
        """How many times better ours is; below 1, theirs is."""
        better, worse = (self.ours, self.theirs) if self.side.more else (self.theirs, self.ours)
        return better / worse


_DAY = "{sequences} sequences, {sequential[predict_calls]} and {one_replica[predict_calls]} predictions, {runtime}"
_TWICE = "{sequences} sequences, nothing asked; ours with Prefect's start and end"
_SEQUENTIAL = "one after the other, uploads before each call, no ledger"
_WIRE = "{count} rows, {replies} replies"
_BROWSER = "{count} rows, median of {loads} pages in Chromium"
_NUMPY = "{times} images of {size}, {channels} channels"
_MEMORY = "one image of {size}, above a process that only loads its libraries"
_PIXELS = "{frames_a_day} frames a day, median of {days} days, decoding left out"
_KEPT = "{frames_a_day} frames; theirs luma, ours all four channels"
_PEERS = "500 rows a day, 60 baseline days, medians"
_PROFILES = "{images} images of {size}, {threads} threads"
_IMPORTED = "{sequential_sequences} of {sequences} sequences of {frames_a_sequence} frames, {latency_ms:g} ms away"


def _against(
    theme: str, benchmark: str, others: Mapping[str, str], ours: str, figures: Sequence[tuple[str, str, str, str]]
) -> list[Side]:
    """The same figures of several ways.

    Args:
        theme: of all.
        benchmark: of all.
        others: by their names, where in the result their figures are.
        ours: where ours are.
        figures: what, its name in the result, its unit, of what it is.
    """
    return [
        Side(theme, what, beside, benchmark, f"{way}.{figure}", f"{ours}.{figure}", unit, how)
        for what, figure, unit, how in figures
        for beside, way in others.items()
    ]


def _replay(benchmark: str, day: str) -> list[Side]:
    sequential = {_SEQUENTIAL: "sequential"}
    seconds, uploads = ("seconds", "s", _DAY), ("uploads", "", _DAY)
    one = [(f"{day}, one replica", *seconds), (f"{day}, frames uploaded", *uploads)]
    again = ("sequential.seconds", "second_run.seconds_with_prefect")
    return [
        *_against("replay", benchmark, sequential, "one_replica", one),
        *_against("replay", benchmark, sequential, "two_replicas", [(f"{day}, two replicas", *seconds)]),
        Side("replay", f"{day}, replayed again", _SEQUENTIAL, benchmark, *again, "s", _TWICE),
    ]


def _import(what: str, benchmark: str) -> Side:
    figures = ("sequential_a_second", "a_second", "sequences/s")
    return Side("import", what, "one request after another", benchmark, *figures, _IMPORTED, more=True)


_EVIDENTLY = {"Evidently, drift preset": "Evidently, data drift preset"}
_NANNYML = {"NannyML, univariate": "NannyML, univariate drift"}
_FLOATS = {"NumPy float32": "float32", "NumPy float64": "float64"}
_SCIPY = {"SciPy, all pixels": "scipy", "SciPy, every 100th pixel": "scipy_subsample"}
_OBJECTS = {"list of objects": "rows"}
_COUNTED = ("cpu_ms_an_image_of_decoding_and_counting", "cpu_ms_an_image.value", "ms CPU")

SIDES = (
    _import("alert-api days", "importing"),
    _import("annotator queue", "pulling"),
    *_replay("replay", "demo day"),
    *_replay("replay_of_500", "day of 500"),
    *(
        Side(
            *("replay", f"{what}, two replicas of one thread", "one replica of ours", "replay_replicas"),
            *(f"{day}.one_replica.seconds", f"{day}.two_replicas.seconds", "s"),
            f"{{{day}[two_replicas][predict_calls]}} predictions of {{core_seconds_a_prediction}} core seconds, "
            f"{{{day}[two_replicas][summary][runtime]}}",
        )
        for day, what in (("day", "36 sequences"), ("large_day", "500 sequences"))
    ),
    Side(
        *("replay", "two releases at once", "one after the other, ours", "replay_releases"),
        *("one_after_the_other.seconds", "at_once.seconds", "s"),
        "{at_once[predict_calls]} predictions of {core_seconds_a_prediction} core seconds",
    ),
    *_against(
        *("images", "image_statistics", _FLOATS, "profile"),
        [
            ("statistics of an image", "cpu_ms_an_image", "ms CPU", _NUMPY),
            ("memory for an image", "mib_more", "MiB", _MEMORY),
        ],
    ),
    Side("images", "profile of an image", "decoding and counting alone", "profiles", *_COUNTED, _PROFILES),
    *_against(
        *("pixels", "raw_samples", _SCIPY, "profiles"),
        [
            ("check of a day", "cpu_ms_a_check", "ms CPU", _PIXELS),
            ("memory of a check", "mib_more", "MiB", _PIXELS),
            ("kept a day", "bytes_a_day", "B", _KEPT),
        ],
    ),
    *_against(
        *("drift", "drift_peers", _EVIDENTLY | _NANNYML, "smokewatch"),
        [
            ("check of a day", "check_ms.cpu", "ms CPU", _PEERS),
            ("report of a day", "report_kb", "KB", _PEERS),
            ("memory of the process", "peak_mib", "MiB", _PEERS),
        ],
    ),
    *_against(
        *("page", "row_json", _OBJECTS, "columns"),
        [
            ("rows, plain", "raw_kb", "KB", _WIRE),
            ("rows, gzipped", "gzipped_kb", "KB", _WIRE),
            ("server, a reply", "reply_cpu_ms", "ms CPU", _WIRE),
            ("browser, from text to rows", "parse_ms", "ms", _BROWSER),
            ("browser, memory of the rows", "heap_mb", "MB", _BROWSER),
        ],
    ),
    Side(
        *("page", "server, first reply after a change", "list of objects", "row_json"),
        *("rows.reply_cpu_ms", "columns.made_once_cpu_ms", "ms CPU", _WIRE),
    ),
)


def compared(results: Mapping[str, Any], theme: str | None = None) -> Iterator[Compared]:
    """Sides that were measured, of one theme or of all; a figure that is not there leaves its side out."""
    for side in SIDES:
        found = results.get(side.benchmark)
        if found is None or theme not in (None, side.theme):
            continue
        if side.benchmark == "drift_peers":
            found = {row["tool"]: row for row in found["rows"] if row["n"] == 500}
        theirs, ours = _at(found, side.theirs), _at(found, side.ours)
        if theirs is not None and ours is not None:
            yield Compared(side, theirs, ours, side.how.format(**found))


def _at(found: Mapping[str, Any], path: str) -> float | None:
    value: Any = found
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return None if value is None else float(value)
