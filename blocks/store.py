"""Where everything is kept."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import sqlalchemy as sa
from pydantic import Field, SecretStr

from blocks.resolve import SettingsBlock
from smokewatch.settings import Settings
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.store.history_log import HistoryLog, history_folder


class Store(SettingsBlock):
    """The catalog and the frames.

    Example:
        ```python
        from blocks.store import Store

        store = Store.resolve()
        with store.catalog().read() as connection: ...
        ```
    """

    _block_type_name = "smokewatch Store"
    _block_type_slug = "smokewatch-store"
    _description = "The catalog (SQL) and the frames (exact bytes, once per content)."

    setting_names: ClassVar[dict[str, str]] = {"catalog_url": "catalog_url", "frames": "frames", "history": "history"}

    catalog_url: SecretStr = Field(
        description="The catalog as an SQLAlchemy URL, e.g. sqlite:///smokewatch-data/catalog.db; may hold a password."
    )
    frames: str = Field(
        description="The frames: a folder, or s3://bucket/prefix; address and credentials are the AWS environment's."
    )
    history: str | None = Field(
        default=None, description="The audit log's folder; without, history beside a SQLite catalog."
    )

    @classmethod
    def from_settings(cls, settings: Settings) -> Store:
        """The store as the settings describe it."""
        return cls(catalog_url=SecretStr(settings.catalog_url), frames=settings.frames, history=settings.history)

    def exists(self) -> bool:
        """Whether there is a catalog to open; a server's database is taken to be there."""
        url = sa.make_url(self.catalog_url.get_secret_value())
        return url.get_backend_name() != "sqlite" or (url.database is not None and Path(url.database).exists())

    def catalog(self) -> Catalog:
        """Open the catalog, upgraded to the newest schema.

        Raises:
            UsageError: when the URL cannot be used.
            StorageError: when the database refuses.
        """
        return Catalog.open(self.catalog_url.get_secret_value())

    def frame_store(self) -> FrameStore:
        """Open the frames.

        Raises:
            UsageError: when the folder or the bucket cannot be used.
        """
        return FrameStore.open(self.frames)

    def history_log(self) -> HistoryLog:
        """The audit log of the replay history; its folder is made when it is first written."""
        return HistoryLog(history_folder(self.catalog_url.get_secret_value(), self.history))
