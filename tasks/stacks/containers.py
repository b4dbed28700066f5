"""Containers and networks of ours: labelled with their run and its process, sealed, removed with their run."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.models.networks import Network
from docker.types import LogConfig
from prefect.logging import get_logger

from blocks.engine import Engine, Reach
from blocks.images import engine_errors
from smokewatch.errors import RunError
from smokewatch.store.runs import is_alive, process_start, this_host

RUN, OWNER, OWN_CONTAINER, PURPOSE = (f"smokewatch.{name}" for name in ("run", "owner", "owner-container", "purpose"))
_PIDS = 512
_LOG_BYTES = "10m"
_NOT_FOUND, _CONFLICT = 404, 409
# An address that no network has (RFC 5737): names of the outside are not asked for through the engine's own resolver.
_NO_RESOLVER = ["192.0.2.1"]


def labels(engine: Engine, run_id: str, purpose: str) -> dict[str, str]:
    """What tells whose a container or network is: its run, and the process (or container) that looks after it."""
    owner = f"{this_host()}/{os.getpid()}/{process_start(os.getpid()):.0f}"
    own = engine.own_container.id if engine.own_container is not None else ""
    return {RUN: run_id, OWNER: owner, OWN_CONTAINER: str(own), PURPOSE: purpose}


def create_network(engine: Engine, run_id: str, name: str) -> Network:
    """A network for one stack: nothing of it gets out, and where ports are published, nothing is translated.

    Raises:
        RunError: when the engine refuses.
    """
    published = engine.reach is Reach.PUBLISHED
    with engine_errors(f"creating network {name}"):
        network = engine.client.networks.create(
            name,
            driver="bridge",
            internal=not published,  # an internal network drops published ports silently
            options={"com.docker.network.bridge.enable_ip_masquerade": "false"} if published else {},
            labels=labels(engine, run_id, "network"),
        )
        if engine.reach is Reach.JOINED:
            assert engine.own_container is not None
            try:
                network.connect(engine.own_container)
            except BaseException:
                network.remove()
                raise
        return network


def remove_network(engine: Engine, network: Network) -> None:
    """Remove a network; one that is gone is fine.

    Raises:
        RunError: when the engine refuses.
    """
    with engine_errors(f"removing network {network.name}"):
        try:
            network.reload()
            for member in network.containers:
                network.disconnect(member, force=True)
            network.remove()
        except NotFound:
            pass


def run_sealed(
    engine: Engine,
    image_id: str,
    *,
    command: list[str] | None = None,
    network: Network,
    port: int,
    environment: dict[str, str],
    writable: Iterable[str],
    memory: int,
    cpus: float,
    run_id: str,
    purpose: str,
    user: str | None = None,
) -> Container:
    """Start a container that can write nowhere but to memory, do nothing special, and reach nothing but its network.

    Args:
        engine: where.
        image_id: what.
        command: instead of the image's own.
        network: its only network.
        port: what it listens on; published on 127.0.0.1 where networks are out of reach.
        environment: its variables beside the image's.
        writable: folders that are in memory; everything else is read-only.
        memory: bytes, for all of it.
        cpus: how many at the most.
        run_id: the run it belongs to.
        purpose: for people.
        user: instead of the image's.

    Raises:
        RunError: when the engine refuses.
    """
    with engine_errors(f"starting the {purpose}"):
        container = engine.client.containers.create(
            image_id,
            command,
            name=f"smokewatch-{os.urandom(6).hex()}",
            environment=environment,
            # The proxies of ~/.docker/config.json are this user's, passwords and all: a release gets none of them.
            use_config_proxy=False,
            labels=labels(engine, run_id, purpose),
            network=network.name,
            ports={f"{port}/tcp": ("127.0.0.1", 0)} if engine.reach is Reach.PUBLISHED else None,
            dns=_NO_RESOLVER,
            dns_opt=["timeout:1", "attempts:1"],
            read_only=True,
            tmpfs=dict.fromkeys(writable, f"size={memory},mode=1777"),
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            mem_limit=memory,
            memswap_limit=memory,
            nano_cpus=int(cpus * 1e9),
            pids_limit=_PIDS,
            log_config=LogConfig(type="json-file", config={"max-size": _LOG_BYTES, "max-file": "1"}),
            user=user,
        )
        try:
            container.start()
            container.reload()
        except BaseException:
            remove(engine, container)
            raise
        return container


def address(engine: Engine, container: Container, network: Network, port: int) -> str:
    """``host:port`` at which this process reaches a started container.

    Raises:
        RunError: when it has none: it has ended already.
    """
    if engine.reach is Reach.PUBLISHED:
        for published in container.ports.get(f"{port}/tcp") or ():
            return f"{published['HostIp']}:{published['HostPort']}"
        raise RunError(f"{container.name} publishes no port: it ended at once")
    return f"{inner_address(container, network)}:{port}"


def inner_address(container: Container, network: Network) -> str:
    """A started container's address within its network.

    Raises:
        RunError: when it has none: it has ended already.
    """
    given: str = container.attrs["NetworkSettings"]["Networks"].get(network.name, {}).get("IPAddress", "")
    if not given:
        raise RunError(f"{container.name} has no address: it ended at once")
    return given


def remove(engine: Engine, container: Container) -> None:
    """Kill and remove a container with its volumes; one that is gone, or going, is fine.

    Raises:
        RunError: when the engine refuses.
    """
    with engine_errors(f"removing {container.name}"), _gone_is_fine():
        container.remove(force=True, v=True)


def kill(container: Container) -> None:
    """Kill a container; one that has ended, or is gone, is fine.

    Raises:
        RunError: when the engine refuses.
    """
    with engine_errors(f"killing {container.name}"), _gone_is_fine():
        container.kill()


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except APIError as error:
        if error.status_code not in (_NOT_FOUND, _CONFLICT):
            raise


@dataclass(frozen=True, slots=True)
class Swept:
    """What was removed, what another machine's run may still want, and what the engine would not remove."""

    containers_removed: int = 0
    networks_removed: int = 0
    containers_left_to_others: int = 0
    engine_refused: int = 0
    """Of what was to be removed; why is in the log, and everything else was removed all the same."""


def sweep(engine: Engine, *, run_id: str | None = None, ended: Callable[[str], bool] = lambda _: False) -> Swept:
    """Remove the containers and networks of a run, or of every run whose process is gone.

    Args:
        engine: where.
        run_id: this run's, whether its process lives or not; None for every run's that has nobody any more.
        ended: whether a run is known to be over, wherever it ran.

    Raises:
        RunError: when the engine does not tell what there is.
    """
    chosen: dict[str, str | list[str] | bool] = {"label": f"{RUN}={run_id}" if run_id is not None else RUN}
    with engine_errors("looking for what earlier runs left"):
        containers = engine.client.containers.list(all=True, filters=chosen, ignore_removed=True)
        networks = engine.client.networks.list(filters=chosen)
    found: list[tuple[Container | Network, dict[str, str]]] = [(each, each.labels) for each in containers]
    found += [(each, each.attrs.get("Labels") or {}) for each in networks]  # after the containers in them
    removed: Counter[type] = Counter()
    unsure = 0
    refused = 0
    for each, known in found:
        try:
            orphaned = True if run_id is not None or ended(known[RUN]) else _orphaned(engine, known)
            if orphaned is None:
                unsure += 1
            elif orphaned:
                remove(engine, each) if isinstance(each, Container) else remove_network(engine, each)
                removed[type(each)] += 1
        except RunError as error:
            refused += 1
            get_logger("smokewatch").warning("left behind: %s", error)
    return Swept(removed[Container], removed[Network], unsure, refused)


def _orphaned(engine: Engine, known: dict[str, str]) -> bool | None:
    """Whether nobody looks after it any more; None when that cannot be told from here."""
    if own := known.get(OWN_CONTAINER):
        with engine_errors("looking for the container of an earlier run"):
            try:
                return bool(engine.client.containers.get(own).status not in ("running", "paused", "restarting"))
            except NotFound:
                return True
    host, _, rest = known.get(OWNER, "").rpartition("/")[0].rpartition("/")
    started = known.get(OWNER, "").rpartition("/")[2]
    if host != this_host() or not rest.isdigit() or not started.isdigit():
        return None
    return not is_alive(host, int(rest), float(started))
