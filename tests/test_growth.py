"""What docs/scale.md computes from measured growth, on growth that is known."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.growth_limits import SEQUENCES_A_DAY, limits
from benchmarks.growth_page import NAMES, PAGE, picture, rewritten
from benchmarks.growth_rate import exponent, grown, reach

SIZES = (36, 360, 3600)


def results(seconds: float = 0.01) -> dict[str, Any]:
    """Everything takes a second, and `seconds`, 1 KiB and 10 bytes a sequence."""
    sizes = [
        {"n": n, "cpu_seconds": 1 + seconds * n, "seconds": 1 + seconds * n, "peak_mib": 100 + n / 1024}
        | {"write_seconds": seconds * n, "bytes": 10 * n}
        for n in SIZES
    ]
    stored = {"n": 3600, "rows": {"sequences": 3600, "frames": 18_000}, "api_calls": 7200}
    stored |= {"catalog_bytes": 36_000_000, "frame_bytes": 18_000 * 50_000, "verdict_table_bytes": 1_800_000}
    return {"growth": {"frames": 5, "parts": {name: grown(sizes) for name in NAMES}, "stored": stored}}


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_an_exponent_is_the_power_of_the_size(power: float) -> None:
    assert exponent([(n, 3 * n**power) for n in SIZES]) == power


def test_a_limit_is_found_on_the_line_between_sizes_and_beyond_them() -> None:
    line = [{"n": n, "s": 2 + n} for n in SIZES]
    square = [{"n": n, "s": n**2} for n in SIZES]
    assert reach(line, "s", 102) == pytest.approx(100)
    assert reach(line, "s", 100_002) == pytest.approx(100_000)
    assert reach(square, "s", 36_000**2) == pytest.approx(36_000)
    assert reach(line, "s", 1) == SIZES[0]
    assert reach([{"n": n, "s": 1} for n in SIZES], "s", 5) is None


def test_limits_come_in_the_order_in_which_they_break() -> None:
    found = limits(results())
    assert [each.days is None for each in found] == sorted(each.days is None for each in found)
    days = [each.days for each in found if each.days is not None]
    assert days == sorted(days)
    by_name = {each.what: each for each in found}
    # 5 minutes at 10 ms a sequence, but for the one second that is always there.
    assert by_name["`watch` lists the day again within its 5 minutes"].sequences == pytest.approx(29_900)
    # Ten frames a sequence, where five were measured.
    assert by_name["one process imports a day within a day"].sequences == pytest.approx(86_400 / 0.02)
    frames = by_name["frames fit on 1 TB"]
    assert frames.sequences == pytest.approx(10**12 / 500_000)
    assert frames.days == pytest.approx(10**12 / 500_000 / SEQUENCES_A_DAY)
    assert by_name["one replica of the release has time for a day"].sequences is None


def test_the_page_has_a_place_for_every_table_and_keeps_its_text() -> None:
    page = rewritten(PAGE.read_text(encoding="utf-8"), results())
    assert rewritten(page, results()) == page
    assert "**30,000 a day**" not in page
    assert "29,000 a day" in page
    with pytest.raises(ValueError, match="no place"):
        rewritten("nothing", results())


def test_the_picture_names_every_part() -> None:
    drawn = picture(results()["growth"])
    assert all(name in drawn for name in NAMES.values())
