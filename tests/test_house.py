"""The house itself: where packages come from, that its documents say what the code says."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ByteSize, TypeAdapter

from smokewatch.settings import Settings

ROOT = Path(__file__).parent.parent
SETTINGS = {str(field.validation_alias.choices[0]): field for field in Settings.model_fields.values()}  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["smokewatch", "blocks", "tasks", "flows", "deployments", "demo"])
def test_packages_with_common_names_are_ours(name: str) -> None:
    assert importlib.import_module(name).__file__ == str(ROOT / name / "__init__.py")


@pytest.mark.parametrize("path", sorted((ROOT / "flows").glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_every_flow_can_be_deployed_from_its_file(path: Path) -> None:
    from prefect.flows import Flow, load_flow_from_entrypoint

    flow: Flow[..., Any] = load_flow_from_entrypoint(f"{path}:{path.stem}")
    needed = {"date_from": "2026-08-14", "candidate": "0.4.0"}
    flow.validate_parameters({name: value for name, value in needed.items() if name in flow.parameters.properties})


def test_the_example_file_names_every_setting_and_its_default() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = {match[1]: match[2] for line in lines if (match := re.fullmatch(r"#([A-Z0-9_]+)=(.*)", line))}
    assert list(named) == list(SETTINGS)
    for name, field in SETTINGS.items():
        if isinstance(field.default, bool):
            assert named[name] == str(field.default).lower()
        elif isinstance(field.default, ByteSize):
            assert TypeAdapter(ByteSize).validate_python(named[name]) == field.default
        elif field.default is not None and isinstance(field.default, str | int | float):
            assert named[name] == str(field.default)


def test_every_block_field_tells_what_it_is() -> None:
    from blocks.configure import BLOCKS

    for block in BLOCKS:
        assert block.get_block_type_slug().startswith("smokewatch-")
        assert block.get_description()
        for field in block.setting_names:
            assert block.model_fields[field].description, f"{block.__name__}.{field}"
            assert block.setting_names[field] in Settings.model_fields


def test_readme_tells_every_command_and_no_other() -> None:
    from typer.main import get_command

    from smokewatch.cli.app import app

    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    told = set(re.findall(r"^smokewatch ([a-z]+)|`smokewatch ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert {first or second for first, second in told} == commands


def test_no_address_of_a_package_registry_is_in_the_files() -> None:
    hosts = re.compile(
        "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.org", "deb" + r"\.debian"])
    )
    for path in ROOT.rglob("*"):
        skipped = {".venv", ".git", ".demo", "__pycache__", "node_modules"} & set(path.parts)
        if path.is_file() and not skipped and path.suffix in {".py", ".md", ".toml", ".txt", "", ".yaml", ".json"}:
            assert not hosts.search(path.read_text(errors="ignore")), path
