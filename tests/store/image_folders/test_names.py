"""Cameras and times by an image's path."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from smokewatch.errors import UsageError
from smokewatch.store.image_folders.names import Cameras, day_in_folders, time_in_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("brison_2023-05-23T17-18-31.jpg", (2023, 5, 23, 17, 18, 31)),
        ("20230523_171831.png", (2023, 5, 23, 17, 18, 31)),
        ("pyronear_brison_1_2023_05_23T17_18_31.jpg", (2023, 5, 23, 17, 18, 31)),
        ("20230523171831.jpg", (2023, 5, 23, 17, 18, 31)),
        ("cam 2023-05-23 17:18:31Z.jpg", (2023, 5, 23, 17, 18, 31)),
        ("9999-99-99T99-99-99_2023-05-23T17-18-31.jpg", (2023, 5, 23, 17, 18, 31)),
        ("2023-13-23T17-18-31.jpg", None),
        ("2023-05-23.jpg", None),
        ("1202305231718310.jpg", None),
        ("2023-0523T17-18-31.jpg", None),
        ("frame_000123.jpg", None),
    ],
)
def test_the_time_in_a_name(name: str, expected: tuple[int, int, int, int, int, int] | None) -> None:
    assert time_in_name(name) == (None if expected is None else datetime(*expected, tzinfo=UTC))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("2023-05-23/cam/a.jpg", date(2023, 5, 23)),
        ("2023-05-23/cam/2023-05-24/a.jpg", date(2023, 5, 24)),
        ("2023-02-30/a.jpg", None),
        ("cam/2023-05-23.jpg", None),
        ("2023-05-23-old/a.jpg", None),
    ],
)
def test_the_day_of_the_nearest_folder(path: str, expected: date | None) -> None:
    assert day_in_folders(path) == expected


@pytest.mark.parametrize(
    ("template", "path", "camera"),
    [
        (None, "brison/2023-05-23/a.jpg", "brison"),
        (None, "2023-05-23/brison/a.jpg", "brison"),
        (None, "brison/north/a.jpg", "brison"),
        (None, "a.jpg", "root"),
        (None, "2023-05-23/a.jpg", "root"),
        ("*/{camera}/**", "x/brison/2023/a.jpg", "brison"),
        ("{camera}_*.jpg", "brison_1_a.jpg", "brison"),
        ("**/{camera}_*.jpg", "brison_1.jpg", "brison"),
        ("**/{camera}_*.jpg", "x/y/brison_1.jpg", "brison"),
        ("**/({camera}).jpg", "x/(brison).jpg", "brison"),
    ],
)
def test_the_camera_of_a_path(template: str | None, path: str, camera: str) -> None:
    assert Cameras(root="root", template=template).of(path) == camera


def test_a_template_that_does_not_fit_is_told() -> None:
    with pytest.raises(UsageError, match=r"'x/\{camera\}/\*' does not fit y/brison/a\.jpg"):
        Cameras(root="root", template="x/{camera}/*").of("y/brison/a.jpg")
    for template in ("*/cam", "{camera}/{camera}"):
        with pytest.raises(UsageError, match=r"must name \{camera\} once"):
            Cameras(root="root", template=template)
