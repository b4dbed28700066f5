"""Alerts behind the gate as JSON tells them: the page's replies, and the command's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smokewatch.domain.gate_cost import GateCost, GateCount, cost_by
from smokewatch.domain.labels import label_of
from smokewatch.store.alert_listing import AlertPage, GatedAlert
from smokewatch.store.gate_counts import LeftOut
from smokewatch.store.gated import NO_CLASS, Listing
from smokewatch.store.sequence_listing import GatedSequence, SequencePage
from smokewatch.viewer.replies import finite, utc_text

Names = dict[tuple[str, int], str]
"""(source, id) -> an organization's name."""


def asked(listing: Listing) -> dict[str, Any]:
    """What was asked for: the period (first moment, and the first one after it) and the gate."""
    return {
        "start": None if listing.start is None else utc_text(listing.start),
        "end": None if listing.end is None else utc_text(listing.end),
        "unlabeled": listing.unlabeled,
        "risk_score": listing.override,
        "gate": {str(each): threshold for each, threshold in listing.gate.items()},
    }


def alerts_body(page: AlertPage, left_out: LeftOut | None, names: Names) -> dict[str, Any]:
    """A page of alerts; what is left out is told once, with the first page."""
    return {
        "alerts": [_alert(each) for each in page.items],
        "cursor": None if page.cursor is None else str(page.cursor),
        "left_out": None if left_out is None else _left_out(left_out, names),
    }


def sequences_body(page: SequencePage) -> dict[str, Any]:
    """A page of sequences."""
    return {
        "sequences": [_sequence(each) for each in page.items],
        "cursor": None if page.cursor is None else str(page.cursor),
    }


def held_counts(counts: Sequence[GateCount], names: Names) -> dict[str, Any]:
    """How many sequences a listing leaves out: in all, by class, by organization."""
    return {
        "sequences": GateCost.of(counts).held,
        "by_class": {
            str(name): each.held for name, each in cost_by(counts, lambda count: count.fwi_class or NO_CLASS).items()
        },
        "by_organization": [
            _organization(*organization, names) | {"sequences": each.held}
            for organization, each in cost_by(counts, lambda count: (count.source, count.organization_id)).items()
        ],
    }


def cost_body(counts: Sequence[GateCount], names: Names) -> dict[str, Any]:
    """What the gate costs: in all, by class, by organization."""
    return {
        "total": _cost(GateCost.of(counts)),
        "by_class": {
            name: _cost(each) for name, each in cost_by(counts, lambda count: count.fwi_class or NO_CLASS).items()
        },
        "by_organization": [
            _organization(*organization, names) | _cost(each)
            for organization, each in cost_by(counts, lambda count: (count.source, count.organization_id)).items()
        ],
    }


def _left_out(left_out: LeftOut, names: Names) -> dict[str, Any]:
    def of(cost: GateCost) -> dict[str, int]:
        return {"alerts": cost.alerts_held, "sequences": cost.held}

    counts = left_out.counts
    return {
        **of(GateCost.of(counts)),
        "alerts_without_sequences": left_out.without_sequences,
        "by_class": {
            str(name): of(each) for name, each in cost_by(counts, lambda count: count.fwi_class or NO_CLASS).items()
        },
        "by_organization": [
            _organization(*organization, names) | of(each)
            for organization, each in cost_by(counts, lambda count: (count.source, count.organization_id)).items()
        ],
    }


def _cost(cost: GateCost) -> dict[str, Any]:
    return {**cost._asdict(), "held_unlabeled": cost.held_unlabeled, "smoke_share": cost.smoke_share}


def _organization(source: str, identity: int, names: Names) -> dict[str, Any]:
    return {"source": source, "id": identity, "name": names.get((source, identity)) or f"org-{identity}"}


def _alert(alert: GatedAlert) -> dict[str, Any]:
    return {
        "key": f"{alert.source}_{alert.id}",
        "source": alert.source,
        "id": alert.id,
        "organization": {"id": alert.organization_id, "name": alert.organization or f"org-{alert.organization_id}"},
        "lat": finite(alert.lat),
        "lon": finite(alert.lon),
        "started_at": utc_text(alert.started_at),
        "last_seen_at": utc_text(alert.last_seen_at),
        "left_out": alert.left_out,
        "sequences": [_sequence(each) for each in alert.sequences],
    }


def _sequence(sequence: GatedSequence) -> dict[str, Any]:
    return {
        "key": sequence.key,
        "source": sequence.source,
        "id": sequence.id,
        "organization": {
            "id": sequence.organization_id,
            "name": sequence.organization or f"org-{sequence.organization_id}",
        },
        "camera": {"id": sequence.camera_id, "name": sequence.camera or f"camera-{sequence.camera_id}"},
        "started_at": utc_text(sequence.started_at),
        "azimuth": finite(sequence.azimuth),
        "score": finite(sequence.score),
        "is_validated": sequence.is_validated,
        "label": label_of(sequence.is_wildfire),
        "label_detail": sequence.is_wildfire,
        "max_conf": finite(sequence.max_conf),
        "fwi_class": sequence.fwi_class,
        "threshold": sequence.threshold,
        "passes": sequence.passes,
        "alerts": list(sequence.alerts),
    }
