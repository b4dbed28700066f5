"""Every view, light and dark, on a desk and on a phone: nothing complains, nothing overflows, everybody can read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.viewer.browser.audits import View, audit, open_view
from tests.viewer.browser.visits import Stay, Visits, at


def _zoom(page: Page) -> None:
    page.get_by_role("button", name="Zoom. Frame").click()


def _compare(page: Page) -> None:
    page.get_by_role("button", name="Compare").click()


def _open_filter(page: Page) -> None:
    page.get_by_role("group", name="Filters").get_by_role("button", name="Organization").click()


def _open_filter_on_phone(page: Page) -> None:
    page.get_by_role("button", name="Filters").click()
    _open_filter(page)


def _open_summary(page: Page) -> None:
    page.get_by_role("button", name="Summary").click()


def _help(page: Page) -> None:
    page.get_by_role("button", name="Keys and help").click()


VIEWS = {
    "monitor": View(on_phone=_open_summary, sees=".bars"),
    "table": View(),
    "sorted": View("sort=-recorded_score&match=window&label=smoke"),
    "filter": View(
        "organization=alert-api:2&match=exact",
        sees=".menu .choices",
        does=_open_filter,
        on_phone=_open_filter_on_phone,
    ),
    "eval": View("mode=eval", sees=".reliability .plot canvas", on_phone=_open_summary),
    "frames": View("sequence={rich}", sees=".stage-image", audited=".detail-place"),
    "tubes": View("sequence={rich}&tab=tubes", sees=".timeline svg", audited=".detail-place"),
    "replay": View("sequence={rich}&tab=replay", sees=".chart canvas", audited=".detail-place"),
    "provenance": View("sequence={rich}&tab=provenance", sees=".provenance dl", audited=".detail-place"),
    "raw": View("sequence={rich}&tab=raw", sees=".raw-text", audited=".detail-place"),
    "compare": View("sequence={rich}&frame=2", sees=".beside .stage-image", does=_compare, audited=".detail-place"),
    "zoom": View("sequence={rich}&frame=2", sees="dialog.zoom .stage-image", does=_zoom, audited="dialog.zoom"),
    "dropped": View("sequence={dropped}", sees=".detail-head", audited=".detail-place"),
    "contradictory": View("sequence={contradictory}&mode=eval", sees=".note-warn", audited=".detail-place"),
    "unknown": View("sequence=alert-api_99999999", sees=".detail-missing", complains="404", audited=".detail-place"),
    "help": View(sees="dialog.help[open]", does=_help, audited="dialog.help"),
    "nothing-passes": View("q=no+such+name", sees=".notice .button"),
    "empty": View(sees=".notice pre"),
    "error": View(sees='.notice[role="alert"]', fails="**/api/sequences"),
}


@pytest.fixture
def addresses(site: str, empty_site: str, rich: str, find: Callable[..., str]) -> Callable[[str], str]:
    """The address of a view."""
    known = {
        "rich": rich,
        "dropped": find(lambda row: row["match"] == "dropped"),
        "contradictory": find(lambda row: row["contradicts"]),
    }
    return lambda name: at(empty_site if name == "empty" else site, VIEWS[name].query.format(**known))


@pytest.mark.parametrize("name", VIEWS)
def test_a_view(visit: Visits, stay: Stay, addresses: Callable[[str], str], axe: str, shots: Path, name: str) -> None:
    audit(open_view(visit, addresses(name), VIEWS[name], stay=stay), axe, shots, name, VIEWS[name])
