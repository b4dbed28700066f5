"""References and what they must give: pinned, or as first seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from prefect.events import emit_event

from smokewatch.domain.releases import ReleaseIdentity
from smokewatch.errors import RunError
from smokewatch.store.catalog import Catalog
from smokewatch.store.releases import first_identity, seen_identity
from tasks.events import Event


class MovedError(RunError):
    """A reference gives something else than it must; the message has both identities."""


def settled_identity(
    catalog: Catalog,
    reference: str,
    ask: Callable[[ReleaseIdentity | None], ReleaseIdentity],
    *,
    pin: ReleaseIdentity | None = None,
) -> ReleaseIdentity:
    """The identity that a reference gives and must give.

    Args:
        catalog: where references are remembered as first seen.
        reference: a release's or the S3 server's.
        ask: says what it gives now, told what it must give as far as that is known.
        pin: what it must give; None: what was seen first.

    Raises:
        MovedError: when it gives something else.
        RunError: when it gives nothing.
    """
    expected, why = pin, "is pinned to"
    if expected is None:
        with catalog.read() as connection:
            expected, why = seen_identity(connection, reference), "was first seen as"
    now = ask(expected)
    if expected is None:
        with catalog.write() as connection:
            expected = first_identity(connection, reference, now, now=datetime.now(UTC))
    if now != expected:
        raise MovedError(f"{reference} {why} {expected}, but now gives {now}: refused")
    return now


def tell_moved(reference: str, error: MovedError) -> None:
    """Emit ``smokewatch.release.moved``: nothing was replayed through what the reference gives now."""
    emit_event(
        event=Event.RELEASE_MOVED,
        resource={"prefect.resource.id": f"smokewatch.release.{reference}", "prefect.resource.name": reference},
        payload={"reference": reference, "detail": str(error)},
    )
