"""Which image is run: what a real registry gives, keeps from us, moves or damages, and what is only on this engine."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Event
from uuid import uuid4

import docker
import pytest
import sqlalchemy as sa

from blocks.engine import Engine
from blocks.images import RegistryLogin
from blocks.releases import Releases
from smokewatch.domain.releases import IdentityKind, ReleaseIdentity
from smokewatch.errors import RunError, StorageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tasks.identities import MovedError, settled_identity
from tasks.stacks.containers import RUN
from tasks.stacks.docker import DockerRuntime
from tasks.stacks.parts import ImageError
from tests.docker.registry import PASSWORD, USER, Registry, forget, word_image

_NUMBERS = count()
LOCAL = "localhost/smokewatch-test/word"
UNREACHABLE = "the registry cannot be reached"
UNAUTHORIZED = "unauthorized at the registry"


@pytest.fixture
def ours(engine: docker.DockerClient) -> Iterator[Engine]:
    opened = Engine.connect()
    yield opened
    opened.close()


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield opened
    opened.close()


@pytest.fixture
def name() -> str:
    """A repository and tag that no other test uses."""
    return f"t{next(_NUMBERS)}/temporal-model-api:0.3.1"


def settled(catalog: Catalog, engine: Engine, reference: str, pin: ReleaseIdentity | None = None) -> ReleaseIdentity:
    return settled_identity(catalog, reference, lambda expected: engine.images.identity(reference, expected), pin=pin)


def of_registry(digest: str) -> ReleaseIdentity:
    return ReleaseIdentity(IdentityKind.REGISTRY_DIGEST, digest)


def refusal(engine: Engine, reference: str, identity: ReleaseIdentity) -> str:
    """Why an image cannot be had: one line, and nothing is here under that name afterwards."""
    with pytest.raises(RunError) as refused:
        engine.images.ensure(reference, identity, lambda _: None)
    repository = reference.rpartition(":")[0]
    assert not engine.client.images.list(name=f"{repository}@{identity.value}")
    return one_line(refused.value)


def one_line(error: Exception) -> str:
    assert "\n" not in str(error)
    return str(error)


def test_a_tag_gives_its_manifests_digest_is_remembered_and_pulled_once(
    registry: Registry, ours: Engine, catalog: Catalog, name: str
) -> None:
    image_id = word_image(ours.client, f"{LOCAL}:once", "once")
    digest = registry.push(image_id, name)
    forget(ours.client, f"{LOCAL}:once")
    reference = f"{registry.address}/{name}"
    identity = settled(catalog, ours, reference)
    assert identity == of_registry(digest)
    with catalog.read() as connection:
        (row,) = connection.execute(sa.select(t.releases))
    assert (row.reference, row.identity_kind, row.identity) == (reference, "registry_digest", digest)
    (layer,) = registry.layers(digest)
    download = f"GET /v2/{name.rpartition(':')[0]}/blobs/{layer}"
    assert download not in registry.asked()
    assert ours.images.ensure(reference, identity, lambda _: None) == image_id
    asked = registry.asked()
    assert download in asked
    assert ours.images.ensure(reference, identity, lambda _: None) == image_id
    assert registry.asked() == asked


def test_a_tag_that_moves_is_refused_with_both_identities(
    registry: Registry, ours: Engine, catalog: Catalog, name: str
) -> None:
    first = registry.push_word(name, "first")
    reference = f"{registry.address}/{name}"
    settled(catalog, ours, reference)
    second = registry.push_word(name, "second")
    with pytest.raises(MovedError) as moved:
        settled(catalog, ours, reference)
    assert one_line(moved.value) == (
        f"{reference} was first seen as registry_digest {first}, but now gives registry_digest {second}: refused"
    )
    assert settled(catalog, ours, reference, pin=of_registry(second)) == of_registry(second)
    with pytest.raises(MovedError) as moved:
        settled(catalog, ours, reference, pin=of_registry(first))
    assert f"{reference} is pinned to registry_digest {first}, but now gives registry_digest {second}" in str(
        moved.value
    )


def test_without_its_registry_what_is_known_counts(
    registry: Registry, ours: Engine, catalog: Catalog, name: str
) -> None:
    digest = registry.push_word(name, "known")
    reference = f"{registry.address}/{name}"
    identity = settled(catalog, ours, reference)
    registry.stop()
    assert settled(catalog, ours, reference) == identity
    pulling = refusal(ours, reference, identity)
    assert f"@{digest} cannot be pulled: {UNREACHABLE}" in pulling
    with pytest.raises(RunError) as unknown:
        settled(catalog, ours, reference.replace("0.3.1", "0.3.2"))
    assert f"0.3.2 cannot be had: {UNREACHABLE}" in one_line(unknown.value)
    assert "this engine has no image of that name" in str(unknown.value)
    registry.start()
    image_id = ours.images.ensure(reference, identity, lambda _: None)
    registry.stop()
    assert ours.images.ensure(reference, settled(catalog, ours, reference), lambda _: None) == image_id


def test_what_the_registry_does_not_have_is_said(registry: Registry, ours: Engine, catalog: Catalog, name: str) -> None:
    registry.push_word(name, "there")
    reference = f"{registry.address}/{name}"
    repository = reference.rpartition(":")[0]
    nowhere = of_registry("sha256:" + "0" * 64)
    # A tag that gives something else than its pin has moved; a reference that is a digest is what it says.
    with pytest.raises(MovedError):
        settled(catalog, ours, reference, pin=nowhere)
    by_digest = f"{repository}@{nowhere.value}"
    assert settled(catalog, ours, by_digest) == nowhere
    for known_as in (by_digest, reference, f"{reference}@{nowhere.value}"):
        told = refusal(ours, known_as, nowhere)
        assert f"{nowhere.value} cannot be pulled: the registry has no such image (" in told
        assert "manifest unknown" in told
    with pytest.raises(RunError) as unknown:
        settled(catalog, ours, f"{repository}:0.3.2")
    assert "0.3.2 cannot be had: the registry has no such image (" in one_line(unknown.value)


@pytest.mark.parametrize("form", ["{repository}@{digest}", "{repository}:0.3.1@{digest}", "{repository}:none@{digest}"])
def test_a_reference_by_digest_needs_no_tag(
    registry: Registry, ours: Engine, catalog: Catalog, name: str, form: str
) -> None:
    digest = registry.push_word(name, form)
    repository = f"{registry.address}/{name}".rpartition(":")[0]
    reference = form.format(repository=repository, digest=digest)
    identity = settled(catalog, ours, reference)
    assert identity == of_registry(digest)
    image_id = ours.images.ensure(reference, identity, lambda _: None)
    assert image_id.startswith("sha256:")
    registry.stop()
    assert ours.images.ensure(reference, settled(catalog, ours, reference), lambda _: None) == image_id


@pytest.mark.parametrize("part", ["layer", "manifest", "configuration"])
def test_altered_bytes_are_refused(registry: Registry, ours: Engine, catalog: Catalog, name: str, part: str) -> None:
    digest = registry.push_word(name, f"a {part} of good faith")
    reference = f"{registry.address}/{name}"
    identity = settled(catalog, ours, reference)
    manifest = json.loads(registry.blob(digest).read_bytes())
    blobs = {"layer": manifest["layers"][0], "manifest": {"digest": digest}, "configuration": manifest["config"]}
    file = registry.blob(blobs[part]["digest"])
    content = file.read_bytes()
    altered = {
        "layer": content[:-1] + bytes([content[-1] ^ 1]),
        "manifest": content.replace(b"schemaVersion", b"schemaversion"),
        "configuration": content.replace(b"/word", b"/evil"),
    }[part]
    assert altered != content
    file.write_bytes(altered)
    told = refusal(ours, reference, identity)
    assert f"@{digest} cannot be pulled: its bytes are not what their digest says (" in told
    assert "verification failed for digest" in told
    file.write_bytes(content)
    assert ours.images.ensure(reference, identity, lambda _: None)


def test_a_registry_that_is_ill_is_told_as_it_is(registry: Registry, ours: Engine, catalog: Catalog, name: str) -> None:
    digest = registry.push_word(name, "ill")
    reference = f"{registry.address}/{name}"
    registry.tag_file(name).write_text("no digest")
    with pytest.raises(RunError) as ill:
        settled(catalog, ours, reference)
    assert "0.3.1 cannot be had: the registry failed (" in one_line(ill.value)
    assert "500 Internal Server Error" in str(ill.value)
    # Its illness does not unsettle what is known.
    assert settled(catalog, ours, reference, pin=of_registry(digest)) == of_registry(digest)


def login(registry: Registry, password: str = PASSWORD) -> Engine:
    return Engine.connect(RegistryLogin(USER, password, f"http://{registry.address}"))


def test_a_private_registry_wants_a_login(
    registry: Registry,
    private: Registry,
    ours: Engine,
    catalog: Catalog,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    digest = registry.push_word(name, "private")
    reference = f"{private.address}/{name}"
    for stranger in (Engine.connect(), login(registry), login(private, "wrong")):
        with closing(stranger), pytest.raises(RunError) as refused:
            settled(catalog, stranger, reference)
        assert f"0.3.1 cannot be had: {UNAUTHORIZED} (" in one_line(refused.value)
        told = refusal(stranger, reference, of_registry(digest))
        assert f"@{digest} cannot be pulled: {UNAUTHORIZED} (" in told
        assert "SMOKEWATCH_REGISTRY_CREDENTIALS" in told
        assert not {PASSWORD, "wrong"} & set(told.replace('"', " ").split())
    with closing(login(private)) as member:
        assert settled(catalog, member, reference) == of_registry(digest)
        image_id = member.images.ensure(reference, of_registry(digest), lambda _: None)
    # What `docker login` saved counts where no block is named.
    forget(ours.client, f"{private.address}/{name.rpartition(':')[0]}@{digest}")
    saved = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {private.address: {"auth": saved}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with closing(Engine.connect()) as member:
        assert member.images.ensure(reference, of_registry(digest), lambda _: None) == image_id


def test_a_login_hides_its_password() -> None:
    assert PASSWORD not in repr(RegistryLogin(USER, PASSWORD, "registry.example"))


def test_an_image_of_this_engine_only_is_known_by_its_id(ours: Engine, catalog: Catalog) -> None:
    reference, first, second = f"{LOCAL}:only-here", "", ""
    try:
        first = word_image(ours.client, reference, "first")
        identity = settled(catalog, ours, reference)
        assert identity == ReleaseIdentity(IdentityKind.IMAGE_ID, first)
        assert ours.images.ensure(reference, identity, lambda _: None) == first
        second = word_image(ours.client, reference, "second")
        with pytest.raises(MovedError) as moved:
            settled(catalog, ours, reference)
        assert f"was first seen as image_id {first}, but now gives image_id {second}: refused" in one_line(moved.value)
        forget(ours.client, reference, first)
        # Nothing else took its name: what it gave before can still be told, only not be run.
        assert settled(catalog, ours, reference) == identity
        assert f"image {first} ({reference}) is not on this engine" in refusal(ours, reference, identity)
    finally:
        forget(ours.client, *filter(None, (reference, first, second)))


def test_an_image_that_is_pushed_later_is_the_same(
    registry: Registry, ours: Engine, catalog: Catalog, name: str
) -> None:
    reference = f"{registry.address}/{name}"
    image_id = word_image(ours.client, reference, "later")
    identity = settled(catalog, ours, reference)
    assert identity == ReleaseIdentity(IdentityKind.IMAGE_ID, image_id)
    digest = registry.push(image_id, name, keep=True)
    assert ours.images.identity(reference) == of_registry(digest)
    assert settled(catalog, ours, reference) == identity
    assert ours.images.ensure(reference, identity, lambda _: None) == image_id
    moved_to = registry.push_word(name, "something else")
    with pytest.raises(MovedError) as moved:
        settled(catalog, ours, reference)
    assert f"image_id {image_id}, but now gives registry_digest {moved_to}" in str(moved.value)


@pytest.mark.parametrize("reference", ["localhost/UPPER:1", "-x/y:1", "x:" + "1" * 200, "x@sha256:0"])
def test_what_no_engine_takes_for_a_name_is_told_in_one_line(ours: Engine, catalog: Catalog, reference: str) -> None:
    with pytest.raises(RunError) as refused:
        ours.images.ensure(reference, settled(catalog, ours, reference), lambda _: None)
    assert reference in one_line(refused.value)
    assert "invalid" in str(refused.value)


def test_the_s3_servers_image_is_pinned_likewise(registry: Registry, ours: Engine, catalog: Catalog, name: str) -> None:
    release, run_id = f"{registry.address}/{name}", str(uuid4())
    s3 = release.replace("temporal-model-api", "s3")
    identity = of_registry(registry.push_word(name, "release"))

    def parts(s3_image: str) -> None:
        runtime = DockerRuntime(Releases(s3_image=s3_image), catalog, ours)
        runtime.parts(release, identity, run_id=run_id, aborted=Event()).close()

    def refused(s3_image: str) -> str:
        with pytest.raises(ImageError) as error:
            parts(s3_image)
        assert "S3 server: " in str(error.value)
        assert str(error.value).endswith(": see SMOKEWATCH_S3_IMAGE")
        return one_line(error.value)

    first = registry.push_word(s3.partition("/")[2], "s3")
    parts(s3)
    parts(f"{s3}@{first}")
    second = registry.push_word(s3.partition("/")[2], "another")
    told = refused(s3)
    assert f"was first seen as registry_digest {first}, but now gives registry_digest {second}" in told
    assert "the registry has no such image" in refused(s3.replace("0.3.1", "1"))
    assert "the registry has no such image" in refused(f"{s3.rpartition(':')[0]}@sha256:{'0' * 64}")
    with catalog.write() as connection:
        connection.execute(sa.text("DROP TABLE releases"))
    with pytest.raises(StorageError):  # which is no word about the image
        parts(s3)
    assert not ours.client.networks.list(filters={"label": f"{RUN}={run_id}"})
