"""The screens' documents: each names what there is, and all that its first module imports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smokewatch.viewer.pages import SCREENS, Pages
from smokewatch.viewer.static import StaticFiles

FRONT_END = StaticFiles()
PAGES = Pages(FRONT_END)


@pytest.mark.parametrize("address", SCREENS)
def test_a_screen_names_files_that_are_there_and_nothing_is_left_open(address: str) -> None:
    page = PAGES.get(address)
    assert page is not None
    text = page.document.content.decode()
    assert "{{" not in text
    named = re.findall(r'(?:href|src)="/static/([^"]+)"', text)
    assert len(named) == len(set(named)) > 20
    assert [name for name in named if FRONT_END.get(name) is None] == []
    assert f"js/{SCREENS[address].module}" in named
    assert len(page.scripts) == 1


def test_what_is_imported_at_once_is_followed_and_what_comes_late_is_not(tmp_path: Path) -> None:
    modules = {
        "one/main.js": 'import { a } from "../a.js";\nimport {\n  b,\n} from "./b.js";\nimport { h } from "preact";\n',
        "a.js": '/** @import { T } from "./types.js" */\nexport { c } from "./c.js";\nimport("./late.js");\n',
        "one/b.js": 'import { a } from "../a.js";\nconst text = `from "./no.js"`;\n',
        "c.js": 'import { b } from "./one/b.js";\n',
    }
    for name, text in modules.items():
        path = tmp_path / "js" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert Pages(StaticFiles(tmp_path)).imported("one/main.js") == ["js/a.js", "js/c.js", "js/one/b.js"]


def test_a_page_is_made_once_and_again_where_the_template_changes(tmp_path: Path) -> None:
    pages = Pages(StaticFiles(tmp_path))
    assert pages.get("/runs") is None
    template = tmp_path / "page.html"
    template.write_text("<title>{{title}}</title>")
    first = pages.get("/runs")
    assert first is not None
    assert first.document.content == "<title>Runs · smokewatch</title>".encode()
    assert pages.get("/runs") is first
    template.write_text("{{instead}}")
    again = pages.get("/runs")
    assert again is not None
    assert b"Prefect" in again.document.content
