"""Any folder of images as days that drift compares: docs/drift.md, "Folders of images"."""

from smokewatch.store.image_folders.reading import read_folder
from smokewatch.store.image_folders.report import FolderReport

__all__ = ["FolderReport", "read_folder"]
