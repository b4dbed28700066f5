"""Where a connection comes from: the environment when it is set there, else the block named ``default``."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from prefect.blocks.core import Block

from smokewatch.errors import UsageError
from smokewatch.settings import Settings, load_settings

DEFAULT = "default"


class SettingsBlock(Block):
    """A block whose fields are settings of the same names."""

    setting_names: ClassVar[dict[str, str]]
    """Field of the block -> field of the settings."""

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The block as the settings describe it.

        Raises:
            UsageError: when a required setting is missing; the message names it.
        """
        values: dict[str, Any] = {field: getattr(settings, name) for field, name in cls.setting_names.items()}
        missing = [
            _variable(cls.setting_names[field])
            for field, value in values.items()
            if value is None and cls.model_fields[field].is_required()
        ]
        if missing:
            raise UsageError(
                f"{' and '.join(missing)} not set: set them in the environment or .env (see .env.example), "
                f"or save a {cls.__name__} block named {DEFAULT!r} with `smokewatch configure`"
            )
        return cls(**values)

    @classmethod
    def resolve(cls) -> Self:
        """The connection to use: the settings when any of them is set, else the saved block, else the defaults.

        Raises:
            UsageError: when neither gives a whole connection.
        """
        settings = load_settings()
        if settings.model_fields_set.isdisjoint(cls.setting_names.values()):
            saved = cls.saved()
            if saved is not None:
                return saved
        return cls.from_settings(settings)

    @classmethod
    def saved(cls) -> Self | None:
        """The block named ``default``, None when nobody saved one."""
        try:
            loaded = cls.load(DEFAULT)
        except ValueError:
            return None
        assert isinstance(loaded, cls)
        return loaded


def _variable(setting: str) -> str:
    alias: Any = Settings.model_fields[setting].validation_alias
    return str(alias.choices[0])
