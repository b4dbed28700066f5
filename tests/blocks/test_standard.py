"""What every block has to be, as people meet it in Prefect's pages; blocks are found by themselves."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import blocks
from blocks.configure import BLOCKS
from blocks.resolve import SettingsBlock
from smokewatch.settings import load_settings

SECRET = "hidden-word"
SET = {
    **{f"{api}_URL": "https://api.example.org" for api in ("ALERT_API", "ANNOTATOR_API", "RISK_API")},
    **{f"{api}_LOGIN": "somebody" for api in ("ALERT_API", "ANNOTATOR_API", "RISK_API")},
    "ALERT_API_PASSWORD": SECRET,
    "ANNOTATOR_API_PASSWORD": SECRET,
    "RISK_API_PWD": SECRET,
    "SLACK_WEBHOOK_URL": f"https://hooks.example.org/{SECRET}",
    "SMOKEWATCH_SLACK_WEBHOOKS": f'{{"sdis-07": "https://hooks.example.org/{SECRET}"}}',
}


def found() -> list[type[SettingsBlock]]:
    """Every block that a module of `blocks` defines, but for what they share."""
    modules = [importlib.import_module(f"blocks.{each.name}") for each in pkgutil.iter_modules(blocks.__path__)]
    kinds = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, SettingsBlock) and kind.__module__ == module.__name__
    }
    return sorted((kind for kind in kinds if not kind.__subclasses__()), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", found(), ids=lambda kind: kind.__name__)
class TestEveryBlock:
    def test_people_find_it_and_read_what_it_is(self, kind: type[SettingsBlock]) -> None:
        assert kind.get_block_type_slug().startswith("smokewatch-")
        assert kind._block_type_name is not None
        assert kind._block_type_name.startswith("smokewatch ")
        description = kind.get_description()
        assert description is not None
        assert description.endswith(".")

    def test_every_field_is_described(self, kind: type[SettingsBlock]) -> None:
        for name, field in kind.model_fields.items():
            assert field.description, f"{kind.__name__}.{name}"
            assert field.description.endswith("."), f"{kind.__name__}.{name}"

    def test_it_comes_back_as_it_was_saved_and_tells_no_secret(
        self, kind: type[SettingsBlock], prefect_api: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in SET.items():
            monkeypatch.setenv(name, value)
        block = kind.from_settings(load_settings())
        block.save("standard", overwrite=True)
        loaded = kind.load("standard")
        assert isinstance(loaded, kind)
        saved = {name: getattr(block, name) for name in kind.model_fields}
        assert {name: getattr(loaded, name) for name in kind.model_fields} == saved
        assert SECRET not in f"{loaded!r} {loaded} {loaded.model_dump_json()}"


def test_no_two_blocks_have_a_name_in_common_and_all_are_saved() -> None:
    assert set(found()) == set(BLOCKS)
    assert len({kind.get_block_type_slug() for kind in found()}) == len(found())
