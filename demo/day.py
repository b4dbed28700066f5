"""The script of the pretend production's day, all from one seed: what happens before which camera, and when."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from demo.cameras import Site, detect
from demo.scenes import Kind, Phenomenon, View, box, phenomenon

DAY = datetime(2026, 8, 14, tzinfo=UTC)
DAWN = DAY.replace(hour=5)
SWITCH = DAY.replace(hour=12)
"""Production moves to its next release: the old one is gone from here..."""
SWITCHED = SWITCH + timedelta(minutes=10)
"""...and the new one answers from here."""
LABELLING = DAY.replace(hour=18)
INTERVAL = timedelta(seconds=30)
MORNING_EPISODES = 5
FEWEST_SEQUENCES = 20
MOST_SEQUENCES = 500
LOOKALIKES: tuple[Kind, ...] = ("cloud", "haze", "dust")

# Starts in one lane (camera and pose) lie further apart than a sequence can be joined, so that none runs into the next.
# The last ends in daylight.
_LANE_STARTS = [DAY.replace(hour=12, minute=12) + timedelta(minutes=135) * slot for slot in range(3)]
_LANE_SPREAD_S = 40 * 60
_CAMERAS_AT_LEAST = 8
_EPISODES_PER_CAMERA = 8
_LOCAL_HOURS = 2.0
"""Local time in August minus UTC."""


@dataclass(frozen=True)
class Episode:
    """Something before one pose of one camera for a while, frame by frame.

    `began_s` is the phenomena's age in seconds at the first frame; `misses` are the frames on which the detector
    boxes nothing; `case` names what is planted here.
    """

    camera: int
    pose: int
    view: View
    starts_at: datetime
    frames: int
    phenomena: tuple[Phenomenon, ...]
    began_s: float
    haze: float
    misses: frozenset[int] = frozenset()
    split: bool = False
    case: str | None = None

    def seconds(self, index: int) -> float:
        """The phenomena's age on frame `index`."""
        return self.began_s + index * INTERVAL.total_seconds()


@dataclass(frozen=True)
class Shot:
    """One frame a camera takes and uploads: at the clock's time `at`, with what its detector boxed."""

    episode: Episode
    index: int
    at: datetime
    boxes: tuple[str, ...]
    noise_seed: int


@dataclass(frozen=True)
class Script:
    """A whole day. `pauses` are times at which the validation worker does not run."""

    sites: list[Site]
    episodes: list[Episode]
    pauses: list[tuple[datetime, datetime]] = field(default_factory=list)

    def shots(self, seed: int) -> list[Shot]:
        """Every frame of the day in the order of time."""
        taken = [shot for number, episode in enumerate(self.episodes) for shot in _shots(seed, number, episode)]
        return sorted(taken, key=lambda shot: (shot.at, shot.episode.camera, shot.episode.pose))

    def paused(self, instant: datetime) -> bool:
        """Whether the worker does not run at `instant`."""
        return any(start <= instant < end for start, end in self.pauses)


def cameras_needed(sequences: int) -> int:
    """How many cameras a day of that many sequences takes."""
    return max(_CAMERAS_AT_LEAST, -(-sequences // _EPISODES_PER_CAMERA))


def write(seed: int, sequences: int, sites: list[Site]) -> Script:
    """The day's script: `sequences` of them, FEWEST_SEQUENCES at least, about half smoke.

    The last two come from one episode with two phenomena far apart, so that they share their frames.
    """
    if sequences < FEWEST_SEQUENCES:
        raise ValueError(f"a day needs at least {FEWEST_SEQUENCES} sequences to hold its cases, not {sequences}")
    rng = random.Random(f"day {seed}")
    lanes = [(camera, pose) for camera, site in enumerate(sites) for pose in range(len(site.views))]
    rng.shuffle(lanes)
    morning = [
        _random_episode(rng, sites, lane, DAY.replace(hour=7) + timedelta(seconds=rng.randrange(9000)), index)
        for index, lane in enumerate(lanes[:MORNING_EPISODES])
    ]
    episodes = [*morning, *_planted(rng, sites, lanes)]
    # Lanes with a planted case have nothing else in the afternoon.
    slots = [(lane, start) for start in _LANE_STARTS for lane in lanes[len(_PLANTED_KINDS) :]]
    rng.shuffle(slots)
    offsets = {lane: rng.randrange(_LANE_SPREAD_S) for lane in lanes}
    wanted = sequences - len(episodes) - 2
    if wanted + 1 > len(slots):
        raise ValueError(f"{len(sites)} cameras are too few for {sequences} sequences")
    for index, (lane, start) in enumerate(slots[:wanted]):
        starts_at = start + timedelta(seconds=offsets[lane] + rng.randrange(300))
        episodes.append(_random_episode(rng, sites, lane, starts_at, index))
    lane, start = slots[wanted]
    episodes.append(_shared(rng, sites, lane, start + timedelta(seconds=offsets[lane])))
    late = next(episode for episode in episodes if episode.case == "window_past_ten_frames")
    # From before its first due mark to its eleventh frame: shorter than what would make the worker give up.
    pause = (late.starts_at + timedelta(seconds=55), late.starts_at + 10 * INTERVAL)
    return Script(sites, sorted(episodes, key=lambda episode: episode.starts_at), [pause])


_PLANTED_KINDS: dict[str, tuple[Kind, int, datetime]] = {
    "continuity_rows": ("cloud", 9, DAY.replace(hour=13, minute=5)),
    "two_rows_on_one_key": ("smoke", 8, DAY.replace(hour=14, minute=2)),
    "window_past_ten_frames": ("smoke", 14, DAY.replace(hour=15, minute=10)),
    "unscored": ("dust", 3, DAY.replace(hour=15, minute=50)),
    "fail_open": ("smoke", 6, SWITCH + timedelta(minutes=2)),
    "late_detection": ("smoke", 12, DAY.replace(hour=17, minute=5)),
}


def _planted(rng: random.Random, sites: list[Site], lanes: list[tuple[int, int]]) -> Iterator[Episode]:
    for (case, (kind, frames, starts_at)), lane in zip(_PLANTED_KINDS.items(), lanes, strict=False):
        # Something seen without interruption, so that it is what the case says.
        while True:
            episode = replace(
                staged(rng, sites, lane, starts_at, kind, frames), case=case, split=case == "two_rows_on_one_key"
            )
            if all(_visible(episode, index) for index in range(frames)):
                break
        yield replace(episode, misses=frozenset({4, 6})) if case == "continuity_rows" else episode


def _random_episode(
    rng: random.Random, sites: list[Site], lane: tuple[int, int], starts_at: datetime, index: int
) -> Episode:
    kind: Kind = "smoke" if index % 2 == 0 else rng.choice(LOOKALIKES)
    frames = rng.choice((4, 5, 6, 7, 8, 9, 10, 10, 11, 12, 12, 14, 16, 18))
    episode = staged(rng, sites, lane, starts_at, kind, frames)
    # Frames after the phenomenon is gone from the detector are still uploaded for a while.
    gone = rng.choice((0, 0, 0, 1, 2, 3)) if frames > 7 else 0
    missed = {number for number in range(3, frames) if rng.random() < 0.08 or number >= frames - gone}
    return replace(episode, misses=frozenset(missed))


def staged(
    rng: random.Random, sites: list[Site], lane: tuple[int, int], starts_at: datetime, kind: Kind, frames: int
) -> Episode:
    """Something of a kind that begins before a lane (camera and pose), seen on its first three frames."""
    camera, pose = lane
    view = sites[camera].views[pose]
    while True:
        happening = phenomenon(view, kind, np.random.default_rng(rng.randrange(2**31)))
        for began_s in range(0, 360, 15):
            if all(box(view, happening, began_s + step * 30.0) is not None for step in range(3)):
                return Episode(
                    camera, pose, view, starts_at, frames, (happening,), float(began_s), rng.uniform(0, 0.7) ** 1.5
                )


def _shared(rng: random.Random, sites: list[Site], lane: tuple[int, int], starts_at: datetime) -> Episode:
    """Smoke and dust in one view, far apart for as long as they last."""
    frames = 8
    while True:
        smoke = staged(rng, sites, lane, starts_at, "smoke", frames)
        dust = staged(rng, sites, lane, starts_at, "dust", frames).phenomena[0]
        both = replace(smoke, phenomena=(smoke.phenomena[0], dust))
        extents = [[box(both.view, it, both.seconds(index)) for it in both.phenomena] for index in range(frames)]
        if all(one and other and (one[2] + 0.1 < other[0] or other[2] + 0.1 < one[0]) for one, other in extents):
            return both


def _visible(episode: Episode, index: int) -> bool:
    return box(episode.view, episode.phenomena[0], episode.seconds(index)) is not None


def _shots(seed: int, number: int, episode: Episode) -> Iterator[Shot]:
    rng = random.Random(f"shots {seed} {number}")
    for index in range(episode.frames):
        boxes = detect(episode.view, episode.phenomena, episode.seconds(index), rng, split=episode.split)
        at = episode.starts_at + index * INTERVAL + timedelta(seconds=rng.uniform(-2, 2))
        kept = () if index in episode.misses else tuple(boxes)
        yield Shot(episode, index, at, kept, rng.randrange(2**31))


def local_hour(instant: datetime) -> float:
    """The hour of day 0..24 where the cameras are, for their light."""
    return instant.hour + instant.minute / 60 + instant.second / 3600 + _LOCAL_HOURS
