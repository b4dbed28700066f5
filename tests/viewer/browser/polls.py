"""The page's polls for rows, and tests that wait for them or hold them back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, Route, expect

ROWS = "**/api/sequences"
A_POLL = 11_000
"""Milliseconds in which the page asks again."""


def polled_until(page: Page, place: Locator, text: str, *, rows: str = ROWS) -> None:
    """Polls until it says so: the first ones begin a look at the store, a later one finds what it saw."""
    for _ in range(30):
        with page.expect_response(rows):
            page.clock.fast_forward(A_POLL)
        if text in place.inner_text():
            break
    expect(place).to_contain_text(text)


@contextmanager
def unanswered(
    page: Page, answer: Callable[[Route], None] = lambda route: route.continue_(), *, rows: str = ROWS
) -> Iterator[None]:
    """No answer for rows comes meanwhile, then `answer` to all: a page that finds its rows takes its buttons away, and
    it looks for them by itself as well, soon."""
    held: list[Route] = []
    page.route(rows, lambda route: held.append(route))  # a builtin is no handler
    yield
    page.route(rows, answer)
    for route in held:
        answer(route)


def taken(page: Page, held: list[Route]) -> Route:
    """A request that is held back; it may still be on its way."""
    while not held:
        page.wait_for_timeout(10)
    return held.pop()
