"""A folder shared with others: whole files, nothing of theirs touched, nothing of ours left behind."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from smokewatch.errors import RunError, StorageError, UsageError
from smokewatch.store.exports.folder import JOURNAL, ExportFolder


def put(export: ExportFolder, path: str, content: bytes) -> bool:
    return export.put(path, hashlib.sha256(content).hexdigest(), lambda: content)


def export_files(folder: Path, files: dict[str, bytes]) -> int:
    with ExportFolder.open(folder) as export:
        for path, content in files.items():
            put(export, path, content)
        return export.finish()


def test_only_files_that_an_export_wrote_are_removed(tmp_path: Path) -> None:
    export_files(tmp_path, {"data/a/1.json": b"1", "data/a/2.json": b"2", "data/b/3.json": b"3"})
    theirs = [tmp_path / "data/a/99.json", tmp_path / "notes.txt", tmp_path / "data/c/4.json"]
    for path in theirs:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"theirs")
    assert export_files(tmp_path, {"data/a/1.json": b"1"}) == 2
    assert sorted(path.name for path in tmp_path.rglob("*.json")) == ["1.json", "4.json", "99.json"]
    assert not (tmp_path / "data/b").exists()
    assert export_files(tmp_path, {}) == 1
    assert [path.read_bytes() for path in theirs] == [b"theirs"] * 3


def test_a_file_of_others_in_the_way_is_refused_and_left(tmp_path: Path) -> None:
    theirs = tmp_path / "data/results.json"
    theirs.parent.mkdir()
    theirs.write_bytes(b"theirs")
    with ExportFolder.open(tmp_path) as export, pytest.raises(UsageError, match="not written by an export"):
        put(export, "data/results.json", b"ours")
    assert theirs.read_bytes() == b"theirs"
    assert export_files(tmp_path, {"data/results.json": b"theirs"}) == 0  # the same content is no conflict


def test_a_killed_export_leaves_what_was_whole_and_the_next_one_knows_its_files(tmp_path: Path) -> None:
    export_files(tmp_path, {"data/results.json": b"earlier", "data/old": b"o"})

    def die() -> bytes:
        raise KeyboardInterrupt

    with ExportFolder.open(tmp_path) as export:
        put(export, "data/new", b"n")
        with pytest.raises(KeyboardInterrupt):
            export.put("data/results.json", "0" * 64, die)
    # As a kill between two writes leaves it: a half-written file aside, half a line in the journal.
    (tmp_path / "data/half.partial").write_bytes(b"ha")
    with (tmp_path / JOURNAL).open("a") as journal:
        journal.write('{"path": "data/half"}\n{"path": "data/never-beg')
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"results.json", "old", "new", "half.partial"}
    assert (tmp_path / "data/results.json").read_bytes() == b"earlier"
    assert export_files(tmp_path, {"data/results.json": b"now"}) == 2
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"results.json"}


def test_a_file_is_known_as_ours_before_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = ExportFolder._note

    def die_after_the_file(self: ExportFolder, path: str, written: Any) -> None:
        if written is not None:
            raise KeyboardInterrupt
        note(self, path, written)

    with monkeypatch.context() as patched, ExportFolder.open(tmp_path) as export:
        patched.setattr(ExportFolder, "_note", die_after_the_file)
        with pytest.raises(KeyboardInterrupt):
            put(export, "data/a", b"1")
    assert (tmp_path / "data/a").read_bytes() == b"1"
    assert export_files(tmp_path, {"data/a": b"2"}) == 0
    assert (tmp_path / "data/a").read_bytes() == b"2"


def test_an_unchanged_file_is_not_read_again_and_a_touched_one_is_written(tmp_path: Path) -> None:
    with ExportFolder.open(tmp_path) as export:
        assert put(export, "data/a", b"1") is True
        assert put(export, "data/a", b"1") is False
        export.finish()
    with ExportFolder.open(tmp_path) as export:
        assert put(export, "data/a", b"1") is False
    (tmp_path / "data/a").write_bytes(b"2")
    with ExportFolder.open(tmp_path) as export:
        assert put(export, "data/a", b"1") is True
    (tmp_path / "data/a").unlink()
    with ExportFolder.open(tmp_path) as export:
        assert put(export, "data/a", b"1") is True
    assert (tmp_path / "data/a").read_bytes() == b"1"


def test_two_contents_for_one_path_are_refused(tmp_path: Path) -> None:
    with ExportFolder.open(tmp_path) as export:
        put(export, "data/a", b"1")
        with pytest.raises(RunError, match="would be two files"):
            put(export, "data/a", b"2")


def test_a_number_that_json_cannot_hold_is_refused(tmp_path: Path) -> None:
    with ExportFolder.open(tmp_path) as export, pytest.raises(RunError, match=r"a\.json.*cannot hold"):
        export.put_json("data/a.json", {"logit": float("nan")})


def test_a_second_export_at_the_same_time_is_refused(tmp_path: Path) -> None:
    with ExportFolder.open(tmp_path), pytest.raises(RunError, match="another run"):
        export_files(tmp_path, {})
    assert export_files(tmp_path, {}) == 0


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match="no folder that can be written"):
            export_files(folder, {})


def test_a_folder_that_refuses_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder goes")
    with pytest.raises(StorageError, match="data/a cannot be written"):
        export_files(tmp_path, {"data/a": b"1"})


@pytest.mark.parametrize(
    "line",
    ["not json\n", '{"path": "/etc/passwd"}\n', '{"path": "data/../../x"}\n', "[]\n", '{"path": "data/a", "x": 1}\n'],
)
def test_a_journal_that_no_export_wrote_removes_nothing(tmp_path: Path, line: str) -> None:
    (tmp_path / JOURNAL).write_text(line)
    with pytest.raises(UsageError, match="choose another folder"):
        export_files(tmp_path, {})
