"""``smokewatch alerts``: the store's listing as lines and as JSON, without Prefect."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from benchmarks.listed_alerts import FIRST_DAY, fill
from smokewatch.cli import main
from smokewatch.domain.risk import FwiClass
from smokewatch.store import tables as t
from smokewatch.store.alert_listing import list_alerts
from smokewatch.store.catalog import Catalog
from smokewatch.store.gated import Listing
from smokewatch.store.sequence_listing import list_held

DAY = FIRST_DAY + timedelta(days=2)
ON_DAY = f"--day={DAY:%Y-%m-%d}"
OF_DAY: dict[str, Any] = {"start": DAY, "end": DAY + timedelta(days=1)}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of 200 alerts over five days; only to be read."""
    made = tmp_path_factory.mktemp("alerts")
    catalog = Catalog.open(f"sqlite:///{made / 'catalog.db'}")
    fill(catalog, alerts=200, days=5)
    catalog.close()
    return made


@pytest.fixture
def stored(folder: Path) -> Iterator[Catalog]:
    opened = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    yield opened
    opened.close()


@pytest.fixture
def run(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process: exit code, what it printed, what it complained of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", f"sqlite:///{folder / 'catalog.db'}")

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["smokewatch", "alerts", *arguments])
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def told(run: Run, *arguments: str) -> Any:
    code, out, err = run(*arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out.splitlines()[-1])


def test_json_is_the_stores_listing(run: Run, stored: Catalog) -> None:
    with stored.read() as connection:
        page = list_alerts(connection, Listing(**OF_DAY), limit=500)
        held = list_held(connection, Listing(**OF_DAY), limit=500)
    body = told(run, ON_DAY, "--limit=500")
    assert [each["id"] for each in body["alerts"]] == [each.id for each in page.items]
    assert [[s["key"] for s in each["sequences"]] for each in body["alerts"]] == [
        [s.key for s in each.sequences] for each in page.items
    ]
    assert body["cursor"] is None
    assert body["left_out"]["sequences"] == sum(each["sequences"] for each in body["left_out"]["by_class"].values()) > 0
    assert [each["key"] for each in told(run, ON_DAY, "--held")["sequences"]] == [each.key for each in held.items][:50]


def test_pages_make_up_the_whole(run: Run) -> None:
    whole = told(run, ON_DAY, "--limit=500")["alerts"]
    first = told(run, ON_DAY, "--limit=7")
    second = told(run, ON_DAY, "--limit=500", f"--cursor={first['cursor']}")
    assert first["alerts"] + second["alerts"] == whole
    assert second["left_out"] is None


def test_risk_score_organizations_and_labels_choose(run: Run, stored: Catalog) -> None:
    with stored.read() as connection:
        wet = Listing(**OF_DAY, override=FwiClass.VERY_LOW, organizations=[("alert-api", 3)], unlabeled=True)
        expected = [each.id for each in list_alerts(connection, wet, limit=500).items]
    options = ("--risk-score=very_low", "--unlabeled", "--limit=500")
    for name in ("SDIS 26", "sdis-26", "org-3"):
        assert [each["id"] for each in told(run, ON_DAY, *options, f"--org={name}")["alerts"]] == expected
    assert told(run, ON_DAY, "--risk-score=moderate")["left_out"]["sequences"] == 0


def test_the_settings_change_the_gate(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = told(run, ON_DAY)["left_out"]["sequences"]
    monkeypatch.setenv("SMOKEWATCH_RISK_THRESHOLDS", '{"very_low": null, "low": null}')
    assert told(run, ON_DAY)["left_out"]["sequences"] == 0 < before


def test_people_read_a_table_and_what_was_left_out(run: Run) -> None:
    body = told(run, ON_DAY, "--limit=5")
    code, out, _ = run(ON_DAY, "--limit=5")
    assert code == 0
    head, *lines = out.splitlines()
    assert head.split() == [
        "started",
        "(UTC)",
        "alert",
        "organization",
        "camera",
        "azimuth",
        "max_conf",
        "class",
        "asks",
        "label",
    ]
    sequences = [each for alert in body["alerts"] for each in alert["sequences"]]
    for line, sequence in zip(lines, sequences, strict=False):
        assert line.startswith(sequence["started_at"][:10])
        assert sequence["camera"]["name"] in line
    assert f"5 alerts shown; more: --cursor '{body['cursor']}'" in lines
    left_out = body["left_out"]
    assert f"left out by the gate: {left_out['sequences']} sequences, {left_out['alerts']} alerts whole" in out
    _, out, _ = run(ON_DAY, "--held", "--limit=500")
    assert out.splitlines()[-1].endswith(" sequences held back")
    assert "0.45" in out


def test_without_days_it_is_the_last_24_hours(run: Run, stored: Catalog) -> None:
    code, out, _ = run()
    assert code == 0
    assert "0 alerts shown" in out
    assert "the newest stored day is 2026-05-05: smokewatch alerts --day 2026-05-05" in out
    now = datetime.now(UTC)
    body = told(run, "--latest")
    assert timedelta(hours=23) < now - datetime.fromisoformat(body["start"]) <= timedelta(hours=25)
    assert body["end"] is None


def test_a_name_does_not_command_the_terminal(run: Run, stored: Catalog) -> None:
    rename = t.cameras.update().values(name="Cam \x1b[31m\n|")
    with stored.write() as connection:
        names = connection.execute(sa.select(t.cameras.c.id, t.cameras.c.name)).all()
        connection.execute(rename)
    try:
        _, out, _ = run(ON_DAY, "--limit=2")
    finally:
        with stored.write() as connection:
            for row in names:
                connection.execute(t.cameras.update().where(t.cameras.c.id == row.id).values(name=row.name))
    assert "\x1b" not in out
    assert "Cam \ufffd[31m\ufffd|" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--day", "2026-08-14", "--latest"), "--latest already says which period"),
        (("--day", "2026-08-14", "--to", "2026-08-15"), "leave --from and --to out"),
        (("--day", "2026-05-03", "--org", "nobody"), "no organization is called 'nobody'; known: bombers-de-girona,"),
        (("--cursor", "x"), "'x' is no cursor"),
        (("--risk-score", "severe"), "severe"),
        (("--limit", "0"), "--limit"),
    ],
)
def test_a_wrong_call_is_exit_2(run: Run, arguments: tuple[str, ...], says: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert says in err


def test_it_needs_no_prefect(folder: Path, tmp_path: Path) -> None:
    check = (
        "import sys\nfrom smokewatch.cli import main\ntry:\n    main()\nfinally:\n"
        "    assert not {name.partition('.')[0] for name in sys.modules} & {'prefect', 'blocks', 'tasks', 'flows'}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", check, "alerts", ON_DAY, "--json"],
        cwd=tmp_path,
        env={"SMOKEWATCH_CATALOG_URL": f"sqlite:///{folder / 'catalog.db'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
