"""Walking through ids: where it goes, and where it ends."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from smokewatch.domain.scanning import HIGHEST_ID, Scan, Seen


def walk(start: int, look: Callable[[int], Seen]) -> list[int]:
    asked: list[int] = []
    scan = Scan.begin(start)
    while not scan.done:
        sequence_id = next(iter(scan.upcoming()))
        asked.append(sequence_id)
        scan = scan.after(look(sequence_id))
    return asked


def test_it_climbs_until_25_in_a_row_are_missing_and_then_goes_down_to_the_first_id() -> None:
    gap = range(60, 84)  # 24 deleted ones
    asked = walk(50, lambda each: Seen.MISSING if each in gap or each > 100 else Seen.OTHER)
    assert asked == [*range(50, 126), *range(49, 0, -1)]


def test_it_goes_down_until_25_in_a_row_are_older_whatever_is_missing_between() -> None:
    def look(each: int) -> Seen:
        if each > 1000 or each % 2:
            return Seen.MISSING
        return Seen.OTHER if each > 900 or each == 880 else Seen.OLDER

    asked = walk(1000, look)
    assert asked[-1] == 880 - 2 * 25


def test_it_goes_down_until_500_in_a_row_are_missing() -> None:
    asked = walk(2000, lambda each: Seen.OTHER if each in (2000, 1600) else Seen.MISSING)
    assert asked[-1] == 1600 - 500


def test_what_is_another_organizations_is_neither_missing_nor_older() -> None:
    asked = walk(600, lambda each: Seen.MISSING if each > 600 else Seen.FORBIDDEN)
    assert asked[-1] == 1


def test_no_id_is_beyond_what_the_server_takes() -> None:
    assert walk(HIGHEST_ID, lambda each: Seen.OTHER if each > HIGHEST_ID - 3 else Seen.OLDER)[:3] == [
        HIGHEST_ID,
        HIGHEST_ID - 1,
        HIGHEST_ID - 2,
    ]


def test_upcoming_ids_are_those_that_one_after_the_other_gives() -> None:
    scan = Scan.begin(10)
    ahead = list(islice(scan.upcoming(), 5))
    for each in ahead:
        assert next(iter(scan.upcoming())) == each
        scan = scan.after(Seen.OTHER)
