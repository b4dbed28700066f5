"""The settings, saved as blocks."""

from __future__ import annotations

from typing import Any

from prefect_slack import SlackWebhook

from blocks.alert_api import AlertApi
from blocks.annotator import Annotator
from blocks.drift import Drift
from blocks.qualification import Qualification
from blocks.releases import Releases
from blocks.resolve import DEFAULT, SettingsBlock
from blocks.risk_api import RiskApi
from blocks.slack import Slack
from blocks.store import Store
from blocks.triage import Triage
from smokewatch.errors import UsageError
from smokewatch.settings import Settings, load_settings

BLOCKS: tuple[type[SettingsBlock], ...] = (
    AlertApi,
    Annotator,
    RiskApi,
    Slack,
    Releases,
    Store,
    Triage,
    Drift,
    Qualification,
)


def save_blocks() -> dict[str, Any]:
    """Save every block that the settings describe wholly as ``default``; saving again replaces it.

    Returns:
        Block type -> "saved as …" or why it was left out. Secrets are never told.

    Raises:
        UsageError: when the settings cannot be read.
    """
    settings = load_settings()
    told: dict[str, Any] = {"SlackWebhook": _save_webhook(settings)}
    for kind in BLOCKS:
        kind.register_type_and_schema()
        try:
            block = kind.from_settings(settings)
        except UsageError as error:
            told[kind.__name__] = f"left out: {error}"
            continue
        block.save(DEFAULT, overwrite=True)
        told[kind.__name__] = f"saved as {kind.get_block_type_slug()}/{DEFAULT}"
    return told


def _save_webhook(settings: Settings) -> str:
    """The webhook as a notification block, which automations can send through; Slack's own block cannot."""
    if settings.slack_webhook_url is None:
        return "left out: SLACK_WEBHOOK_URL not set"
    SlackWebhook.register_type_and_schema()
    SlackWebhook(url=settings.slack_webhook_url).save(DEFAULT, overwrite=True)
    return f"saved as {SlackWebhook.get_block_type_slug()}/{DEFAULT}"
