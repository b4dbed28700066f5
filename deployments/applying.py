"""A server's automations made what they are declared to be: by name, and only what differs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from prefect.automations import AutomationCore
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import Automation
from prefect.exceptions import ObjectNotFound

from deployments.declared import TAG
from smokewatch.errors import UsageError

_PAGE = 200


def apply(client: SyncPrefectClient, wanted: Sequence[AutomationCore], *, dry_run: bool = False) -> dict[str, str]:
    """Create what is missing, update what differs, delete what is ours and no longer wanted.

    One that somebody paused stays paused.

    Returns:
        Name -> ``created``, ``updated``, ``unchanged`` or ``removed``; with ``dry_run`` what would have been done.

    Raises:
        UsageError: when an automation that somebody made by hand has the name of one of ours.
    """
    existing = _ours(client, {each.name for each in wanted})
    done: dict[str, str] = {}
    for each in wanted:
        found = existing.pop(each.name, None)
        if found is None:
            done[each.name] = "created"
            if not dry_run:
                client.create_automation(each)
            continue
        changed = each.model_copy(update={"enabled": found.enabled})
        if _core(found) == changed:
            done[each.name] = "unchanged"
            continue
        done[each.name] = "updated"
        if not dry_run:
            client.update_automation(found.id, changed)
    return done | _delete(client, existing, dry_run=dry_run)


def remove(client: SyncPrefectClient, *, dry_run: bool = False) -> dict[str, str]:
    """Delete every automation that is ours; its name -> ``removed``."""
    return _delete(client, _ours(client, set()), dry_run=dry_run)


def block_document(client: SyncPrefectClient, block: str) -> UUID:
    """The notification block called ``TYPE/NAME``.

    Raises:
        UsageError: when there is none, or it cannot send messages.
    """
    kind, _, name = block.partition("/")
    if not kind or not name:
        raise UsageError(f"notification block {block!r}: expected TYPE/NAME, e.g. slack-incoming-webhook/default")
    try:
        document = client.read_block_document_by_name(name, kind, include_secrets=False)
    except ObjectNotFound:
        raise UsageError(
            f"notification block {block} is not on the server: set SLACK_WEBHOOK_URL and run `smokewatch configure`, "
            "or make one (docs/blocks.md) and name it with --block TYPE/NAME"
        ) from None
    if document.block_schema is None or "notify" not in document.block_schema.capabilities:
        raise UsageError(f"block {block} sends no messages: name a notification block with --block TYPE/NAME")
    return document.id


def deployment_id(client: SyncPrefectClient, name: str) -> UUID:
    """The deployment called ``flow/deployment``.

    Raises:
        UsageError: when there is none.
    """
    try:
        return client.read_deployment_by_name(name).id
    except (ObjectNotFound, ValueError):
        raise UsageError(
            f"SMOKEWATCH_RETRAIN_DEPLOYMENT: no deployment {name!r} on the server: deploy it first"
        ) from None


def _ours(client: SyncPrefectClient, names: set[str]) -> dict[str, Automation]:
    found: list[Automation] = []
    while page := client.read_automations(limit=_PAGE, offset=len(found)):
        found += page
    for each in found:
        if each.name in names and TAG not in each.tags:
            raise UsageError(f"automation {each.name!r} was made by hand: rename or delete it, then run again")
    return {each.name: each for each in found if TAG in each.tags}


def _delete(client: SyncPrefectClient, automations: dict[str, Automation], *, dry_run: bool) -> dict[str, str]:
    if not dry_run:
        for each in automations.values():
            client.delete_automation(each.id)
    return dict.fromkeys(automations, "removed")


def _core(automation: Automation) -> AutomationCore:
    return AutomationCore(**automation.model_dump(exclude={"id"}))
