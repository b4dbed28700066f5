"""Scenes are the same every time, and what moves in them moves as its kind does."""

import subprocess
import sys
from hashlib import sha256

import numpy as np
import pytest

from demo.scenes import Kind, Phenomenon, View, box, frame_times, frames, jpeg, render, sample_scene

VIEW = View(camera=7, azimuth=120.0, seed=11)
KINDS: tuple[Kind, ...] = ("smoke", "cloud", "haze", "dust")


def picture(*phenomena: Phenomenon, seconds: float = 120.0, noise_seed: int = 1, hour: float = 14.0) -> np.ndarray:
    return render(VIEW, hour=hour, seconds=seconds, phenomena=phenomena, noise_seed=noise_seed)


def at_its_place(kind: Kind, seed: int = 3) -> Phenomenon:
    return Phenomenon(kind, 0.5, {"smoke": 0.6, "cloud": 0.35, "haze": 0.45, "dust": 0.75}[kind], 0.9, seed)


def test_a_frame_is_height_by_width_by_three_bytes() -> None:
    small = render(VIEW, hour=9, seconds=0, phenomena=[], noise_seed=1, size=(160, 90))
    assert picture().shape == (360, 640, 3)
    assert small.shape == (90, 160, 3)
    assert small.dtype == np.uint8


def test_the_same_arguments_give_the_same_jpeg_in_another_process() -> None:
    code = (
        "from hashlib import sha256; from demo.scenes import *;"
        "print(sha256(b''.join(jpeg(image) for image in frames(sample_scene(5), 3))).hexdigest())"
    )
    here = sha256(b"".join(jpeg(image) for image in frames(sample_scene(5), 3))).hexdigest()
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert there == here


def test_views_noise_and_hours_differ() -> None:
    other = render(View(8, 120.0, 11), hour=14.0, seconds=120.0, phenomena=[], noise_seed=1)
    assert not np.array_equal(picture(), other)
    assert not np.array_equal(picture(), picture(noise_seed=2))
    assert picture(hour=6.0).mean() < picture(hour=13.0).mean()


@pytest.mark.parametrize("kind", KINDS)
def test_what_changes_in_the_frame_lies_in_the_box(kind: Kind) -> None:
    phenomenon = at_its_place(kind)
    extent = box(VIEW, phenomenon, 120.0)
    assert extent is not None
    x0, y0, x1, y1 = extent
    assert 0 <= x0 < x1 <= 1
    assert 0 <= y0 < y1 <= 1
    change = np.abs(picture(phenomenon).astype(int) - picture().astype(int)).sum(axis=2)
    inside = change[int(y0 * 360) : int(y1 * 360), int(x0 * 640) : int(x1 * 640)]
    assert inside.sum() > 0.6 * change.sum() > 0


def test_smoke_grows_and_rises_from_a_fixed_point() -> None:
    for seed in range(10):
        smoke = at_its_place("smoke", seed)
        early, late = box(VIEW, smoke, 120.0), box(VIEW, smoke, 240.0)
        assert early is not None
        assert late is not None
        assert late[1] < early[1]
        assert abs(late[3] - early[3]) < 0.05
        assert late[0] < 0.5 < late[2]


def test_dust_leaves_the_point_where_it_began() -> None:
    late = box(VIEW, at_its_place("dust"), 400.0)
    assert late is None or not late[0] < 0.5 < late[2]


def test_nothing_is_seen_before_it_begins_or_when_it_is_faint() -> None:
    assert box(VIEW, at_its_place("smoke"), -60.0) is None
    assert box(VIEW, Phenomenon("smoke", 0.5, 0.6, 0.0, 1), 120.0) is None


def test_a_sampled_scene_starts_when_a_camera_sees_it() -> None:
    scenes = [sample_scene(seed) for seed in range(60)]
    assert {scene.kind for scene in scenes} == set(KINDS)
    seen = [box(scene.view, scene.phenomena[0], frame_times(scene, 1)[0]) is not None for scene in scenes]
    assert sum(seen) >= 55
    assert sample_scene(3, "haze").kind == "haze"
