"""Listed alerts as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smokewatch.cli.table import table_lines
from smokewatch.errors import printable

_HEAD = ("started (UTC)", "alert", "organization", "camera", "azimuth", "max_conf", "class", "asks", "label")
_UNKNOWN = "-"


def shown_lines(body: dict[str, Any]) -> Iterator[str]:
    """Alerts, a line for each sequence that passes, then what is left out."""
    rows = [
        _row(sequence, str(alert["id"]) if number == 0 else "")
        for alert in body["alerts"]
        for number, sequence in enumerate(alert["sequences"])
    ]
    yield from table_lines(_HEAD, rows)
    yield f"{len(body['alerts'])} alerts shown" + _more(body)
    left_out = body["left_out"]
    if left_out is not None:
        yield _left_out(left_out)
        if without := left_out["alerts_without_sequences"]:
            yield f"{without} alerts have no stored sequence and are not listed"


def held_lines(body: dict[str, Any]) -> Iterator[str]:
    """Sequences that are held back, each with its alerts and what its class asks for."""
    rows = [_row(each, ", ".join(map(str, each["alerts"]))) for each in body["sequences"]]
    yield from table_lines(_HEAD, rows)
    yield f"{len(rows)} sequences held back" + _more(body)


def _row(sequence: dict[str, Any], alert: str) -> tuple[str, ...]:
    azimuth, confidence, asks = sequence["azimuth"], sequence["max_conf"], sequence["threshold"]
    return (
        sequence["started_at"].replace("T", " ")[:19],
        alert or ("" if sequence["alerts"] else _UNKNOWN),
        sequence["organization"]["name"],
        sequence["camera"]["name"],
        _UNKNOWN if azimuth is None else f"{azimuth:.0f}°",
        _UNKNOWN if confidence is None else f"{confidence:.3f}",
        sequence["fwi_class"] or _UNKNOWN,
        _UNKNOWN if asks is None else f"{asks:g}",
        sequence["label_detail"] or _UNKNOWN,
    )


def _left_out(left_out: dict[str, Any]) -> str:
    if not left_out["sequences"]:
        return "the gate leaves nothing out"
    classes = ", ".join(f"{name} {each['sequences']}" for name, each in left_out["by_class"].items())
    organizations = ", ".join(
        f"{printable(each['name'])} {each['sequences']}" for each in left_out["by_organization"] if each["sequences"]
    )
    return (
        f"left out by the gate: {left_out['sequences']} sequences, {left_out['alerts']} alerts whole "
        f"(by class: {classes}; by organization: {organizations}); list them with --held"
    )


def _more(body: dict[str, Any]) -> str:
    return f"; more: --cursor '{body['cursor']}'" if body["cursor"] else ""
