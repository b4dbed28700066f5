"""The page in a real browser: Debian's Chromium, driven through Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Client
from playwright.sync_api import Browser, expect, sync_playwright

from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from tests.viewer.browser.visits import Stay, Visits
from tests.viewer.stores import rows_of, viewing

ROOT = Path(__file__).parents[3]
# The shell first: the same engine without a browser's own windows, at half the CPU for a page.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
_REQUIRED = "SMOKEWATCH_REQUIRE_BROWSER"

expect.set_options(timeout=60_000)  # on a busy machine; what does not come at all is rare


def _missing(what: str) -> None:
    """Skip, or fail where the browser's tests are required."""
    if os.environ.get(_REQUIRED):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser. While it is open the main thread has a running event loop, so it ends with this folder's tests."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        _missing("no Chromium is installed: `make browser` installs it")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visits]:
    """Opens the page as a new visitor; at the end no page may have complained of anything unexpected."""
    visits = Visits(chromium)
    yield visits
    visits.end()


@pytest.fixture(scope="module")
def staying(chromium: Browser) -> Iterator[Stay]:
    """A module's one page: loading it is what costs."""
    page = Stay(chromium)
    yield page
    page.leave()


@pytest.fixture
def stay(staying: Stay, request: pytest.FixtureRequest) -> Iterator[Stay]:
    """Takes a page that may be open to an address, for tests that need no new visitor; `visit` is theirs that do."""
    failed = request.session.testsfailed
    yield staying
    if request.session.testsfailed > failed:  # who knows how it was left
        staying.leave()
    else:
        staying.told()


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's script."""
    if not _AXE.exists():
        _missing("axe-core is not installed: npm --prefix frontend ci")
    return _AXE.read_text()


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where screenshots go; CI keeps them."""
    folder = Path(os.environ.get("SMOKEWATCH_SCREENSHOTS") or ROOT / ".ci" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def site(many: Client) -> str:
    """The address of the viewer over the made-up store."""
    return str(many.base_url).rstrip("/")


@pytest.fixture(scope="session")
def made_up_frames(made_up: Path) -> FrameStore:
    """The made-up store's frames."""
    return FrameStore.open(str(made_up / "frames"))


@pytest.fixture(scope="session")
def made_rows(many: Client) -> list[dict[str, Any]]:
    """The made-up store's rows, newest first, words looked up."""
    return rows_of(many)


@pytest.fixture(scope="session")
def find(made_rows: list[dict[str, Any]]) -> Callable[..., str]:
    """Finds the newest sequence that a condition holds for; its key."""

    def key_where(holds: Callable[[dict[str, Any]], bool]) -> str:
        return str(next(row["key"] for row in made_rows if holds(row)))

    return key_where


@pytest.fixture(scope="session")
def rich(find: Callable[..., str], many: Client) -> str:
    """A sequence with everything to see: an earlier window matched, several tubes, a trigger, every frame there."""

    def holds(row: dict[str, Any]) -> bool:
        if row["match"] != "window" or (row["tubes"] or 0) < 2 or row["contradicts"]:
            return False
        detail = many.get(f"/api/sequences/{row['key']}").json()
        lost = any(many.get(frame["url"] or "/none").status_code != 200 for frame in detail["frames"])
        return detail["windows"]["matched"]["trigger_frame_index"] is not None and not lost

    return find(holds)


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the viewer over an empty store."""
    folder = tmp_path_factory.mktemp("empty")
    catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    with viewing(catalog, FrameStore.open(str(folder / "frames"))) as client:
        yield str(client.base_url).rstrip("/")
    catalog.close()
