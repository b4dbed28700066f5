"""The front end's files: listed once, and yet what a folder holds now is what is given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.viewer.stores import with_pages


def test_a_folder_is_listed_once_for_the_files_that_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, listings = with_pages(tmp_path), list[Path]()
    list_all = Path.rglob

    def counted(path: Path, pattern: str) -> Iterator[Path]:
        listings.append(path)
        return iter(list_all(path, pattern))

    monkeypatch.setattr(Path, "rglob", counted)
    for _ in range(3):
        assert files.get("page.html") is not None
        assert files.get("js/main.mjs") is not None
    assert listings == [tmp_path]
    assert files.get("../static.py") is None
    assert len(listings) == 2


def test_what_changes_comes_and_goes_is_followed(tmp_path: Path) -> None:
    files = with_pages(tmp_path)
    module, first = tmp_path / "js" / "main.mjs", files.get("js/main.mjs")
    module.write_text("export const two = 2;\n")
    changed = files.get("js/main.mjs")
    assert first is not None
    assert changed is not None
    assert changed.content == b"export const two = 2;\n"
    assert changed.tag != first.tag

    (tmp_path / "js" / "late.mjs").write_text("late")
    assert files.get("js/late.mjs") is not None

    module.unlink()
    assert files.get("js/main.mjs") is None
    module.mkdir()
    assert files.get("js/main.mjs") is None
    module.rmdir()
    module.write_text("again")
    again = files.get("js/main.mjs")
    assert again is not None
    assert again.content == b"again"

    (tmp_path / "js" / "late.mjs").unlink()
    module.unlink()
    module.parent.rmdir()
    module.parent.write_text("a file where the folder was")
    assert files.get("js/main.mjs") is None
    assert files.get("js/late.mjs") is None
