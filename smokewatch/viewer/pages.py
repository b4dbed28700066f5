"""The screens' documents: one template, and of each screen its styles, its first module and all that this imports."""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from smokewatch.viewer.replies import Prepared
from smokewatch.viewer.static import StaticFiles

TEMPLATE = "page.html"
_EVERYWHERE = ("base", "shell", "controls")
_IMPORT = re.compile(r'^(?:import|export)\b[^;"]*?from "(\.[^"]+)"', re.MULTILINE)
_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Screen:
    """What a screen's document says beside the template."""

    title: str
    module: str
    """The first one, below ``js/``."""
    styles: tuple[str, ...]
    """Those of its own, below ``css/``, in their order."""
    instead: str
    """HTML: where the same is to be had without JavaScript."""
    rows: str = ""
    """What it asks for first; the browser is told before any module runs."""


def _command(name: str) -> str:
    return f"The same numbers: <code>smokewatch {name}</code>."


SCREENS: Mapping[str, Screen] = {
    "/": Screen(
        "Overview · smokewatch",
        "overview/main.js",
        ("rail", "detail", "drift", "overview"),
        "The same numbers: <code>smokewatch replay --json</code>, <code>/metrics</code>.",
    ),
    "/replay": Screen(
        "smokewatch", "replay/main.js", ("table", "rail", "detail"), _command("export"), "/api/sequences"
    ),
    "/triage": Screen(
        "Triage · smokewatch",
        "triage/main.js",
        ("table", "rail", "detail", "triage"),
        _command("export"),
        "/api/triage",
    ),
    "/alerts": Screen("Alerts · smokewatch", "alerts/main.js", ("rail", "alerts"), _command("alerts")),
    "/drift": Screen("Drift · smokewatch", "drift/main.js", ("rail", "drift"), _command("drift")),
    "/qualification": Screen(
        "Qualification · smokewatch",
        "qualification/main.js",
        ("rail", "detail", "qualification"),
        _command("qualify"),
    ),
    "/runs": Screen(
        "Runs · smokewatch",
        "runs/main.js",
        ("rail", "overview", "runs"),
        "The same: Prefect's own page, or <code>/api/runs</code>.",
    ),
    "/history": Screen(
        "History · smokewatch",
        "history/main.js",
        ("table", "rail", "detail", "history"),
        "The same rows: <code>/api/history</code>.",
    ),
}
"""By the address that serves it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A screen's document, and the hashes (SHA-256, base64) of its inline scripts for the content policy."""

    document: Prepared
    scripts: tuple[str, ...]


class Pages:
    """The documents over the front end's files: each is made once, and again where the template changes."""

    def __init__(self, static: StaticFiles) -> None:
        self._static = static
        self._made: dict[str, tuple[Prepared, Page]] = {}

    def get(self, address: str) -> Page | None:
        """A screen's page by its address in `SCREENS`; None where the front end's files are not there."""
        template = self._static.get(TEMPLATE)
        if template is None:
            return None
        made = self._made.get(address)
        if made is None or made[0] is not template:
            made = self._made[address] = (template, self._make(SCREENS[address], template.content))
        return made[1]

    def _make(self, screen: Screen, template: bytes) -> Page:
        styles, modules = _EVERYWHERE + screen.styles, self.imported(screen.module)
        rows = f'<link rel="preload" href="{screen.rows}" as="fetch" crossorigin="anonymous">'
        filled = {
            "title": screen.title,
            "styles": "\n  ".join(f'<link rel="stylesheet" href="/static/css/{each}.css">' for each in styles),
            "modules": "\n  ".join(f'<link rel="modulepreload" href="/static/{each}">' for each in modules),
            "rows": rows if screen.rows else "",
            "module": screen.module,
            "instead": screen.instead,
        }
        text = template.decode()
        for name, what in filled.items():
            text = text.replace("{{" + name + "}}", what)
        content = text.encode()
        scripts = (base64.b64encode(hashlib.sha256(each).digest()) for each in _INLINE_SCRIPT.findall(content))
        return Page(Prepared.of(content, "text/html; charset=utf-8"), tuple(each.decode() for each in scripts))

    def imported(self, module: str) -> list[str]:
        """What a module below ``js/`` imports at once, and they: asked for together, not one after another."""
        first = f"js/{module}"
        found = {first}
        follow = [first]
        while follow:
            new = set(self._imports(follow.pop())) - found
            found |= new
            follow += new
        return sorted(found - {first})

    def _imports(self, name: str) -> Iterator[str]:
        module = self._static.get(name)
        for found in _IMPORT.finditer(module.content.decode() if module else ""):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(name), found[1]))
