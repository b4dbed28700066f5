"""What the server deleted: only its own 404 proves that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping

from blocks.alert_api import ForbiddenError, NotFoundError
from smokewatch.errors import RunError
from tasks.importing.importer import ImportCounts, Importer


def find_deleted(
    importer: Importer,
    counts: ImportCounts,
    stored: Mapping[int, int],
    *,
    listed: Collection[int],
    ask: Callable[[int], object],
) -> Iterator[int]:
    """The ids that are stored, not listed, and of which the server says that there is no such row.

    That a row is not listed proves nothing: the account may have changed, or the server may list its own organization
    only. So each is asked for by id; an organization of which nothing is listed, and whose first row turns out to
    exist or to be refused, is not listed to this account and is left alone. Excluded organizations are never asked
    about. Where the server fails, nothing is known: that is flagged, and the next import asks again.

    Args:
        importer: its organizations are looked at.
        counts: where a request that failed is flagged.
        stored: id -> organization id of what should be listed.
        listed: what is, every organization's.
        ask: the request by id.
    """
    by_organization: defaultdict[int, list[int]] = defaultdict(list)
    for each, organization_id in sorted(stored.items()):
        if each not in listed and organization_id in importer.organizations:
            by_organization[organization_id].append(each)
    listed_to_us = {organization_id for each, organization_id in stored.items() if each in listed}
    for organization_id, ids in by_organization.items():
        for each in ids:
            try:
                ask(each)
            except NotFoundError:
                yield each
            except ForbiddenError:
                break
            except RunError:
                counts.flagged["deletion_unconfirmed"] += 1
            else:
                if organization_id not in listed_to_us:
                    break
