"""Labels, days, buckets, identities, frames' flags."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from smokewatch.domain.buckets import bucket_name
from smokewatch.domain.days import days_between
from smokewatch.domain.labels import Label, contradictory_labels, label_of
from smokewatch.domain.releases import IdentityKind, ReleaseIdentity, ledger_key, process_identity
from smokewatch.domain.sequences import FrameFlag, KnownSequence, ListedSequence, Outcome, frame_flag, must_read
from smokewatch.errors import UsageError

NOW = datetime(2026, 8, 14, 20, tzinfo=UTC)
LISTED = ListedSequence(
    id=1,
    camera_id=1,
    pose_id=1,
    camera_azimuth=45.0,
    sequence_azimuth=None,
    cone_angle=None,
    started_at=NOW - timedelta(hours=8),
    detections_count=9,
    outcome=Outcome(None, 0.5, "0.2.0", "0.3.1", True, 0.6, last_seen_at=NOW - timedelta(hours=7)),
)


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("wildfire_smoke", Label.SMOKE),
        ("other_smoke", Label.SMOKE),
        ("other", Label.FALSE_POSITIVE),
        (None, Label.UNKNOWN),
        ("antenna", Label.UNKNOWN),
    ],
)
def test_labels(said: str | None, label: Label) -> None:
    assert label_of(said) is label


def test_contradictions_are_found_by_content_and_name_both_sides() -> None:
    shared = frozenset({"f1", "f2"})
    found = contradictory_labels(
        [
            ("a", Label.SMOKE, shared),
            ("b", Label.FALSE_POSITIVE, frozenset({"f2", "f3"})),
            ("c", Label.UNKNOWN, shared),
            ("d", Label.SMOKE, shared),
            ("e", Label.FALSE_POSITIVE, frozenset({"f9"})),
        ]
    )
    assert found == {"a": {"b"}, "b": {"a", "d"}, "d": {"b"}}


def test_days_include_both_ends() -> None:
    days = days_between(date(2026, 2, 27), date(2026, 3, 1), today=date(2026, 3, 1))
    assert [str(day) for day in days] == ["2026-02-27", "2026-02-28", "2026-03-01"]


def test_days_upside_down_or_in_the_future_are_refused() -> None:
    with pytest.raises(UsageError, match="upside down: 2026-03-02 is after 2026-03-01"):
        days_between(date(2026, 3, 2), date(2026, 3, 1), today=date(2026, 4, 1))
    with pytest.raises(UsageError, match="2026-03-03 is in the future: today is 2026-03-02"):
        days_between(date(2026, 3, 1), date(2026, 3, 3), today=date(2026, 3, 2))


def test_bucket_names() -> None:
    assert bucket_name("{server}-alert-api-{organization_id}", server="demo", organization_id=3) == "demo-alert-api-3"
    for template in ("{org}", "{server", "UPPER-{organization_id}", "a..b", "x"):
        with pytest.raises(ValueError, match="bucket template"):
            bucket_name(template, server="demo", organization_id=3)


def test_a_process_is_another_release_when_anything_of_it_changes() -> None:
    first = process_identity("serve {port}", {"A": "1", "B": "2"}, "00")
    assert first == process_identity("serve {port}", {"B": "2", "A": "1"}, "00")
    others = [
        process_identity("serve -x {port}", {"A": "1", "B": "2"}, "00"),
        process_identity("serve {port}", {"A": "1", "B": "3"}, "00"),
        process_identity("serve {port}", {"A": "1", "B": "2"}, "01"),
        process_identity("serve {port}", {"A": "1", "B": "2"}, None),
    ]
    assert len({first, *others}) == 5


def test_the_ledger_tells_apart_release_request_and_every_frame() -> None:
    release = ReleaseIdentity(IdentityKind.PROCESS, "sha256:" + "0" * 64)
    other = ReleaseIdentity(IdentityKind.PROCESS, "sha256:" + "1" * 64)
    keys = {
        ledger_key(release, b"{}", ("a", "b")),
        ledger_key(other, b"{}", ("a", "b")),
        ledger_key(release, b"{ }", ("a", "b")),
        ledger_key(release, b"{}", ("b", "a")),
        ledger_key(release, b"{}", ("ab",)),
    }
    assert len(keys) == 5
    assert ledger_key(release, b"{}", ("a", "b")) in keys


def test_an_unchanged_settled_sequence_is_not_read_again() -> None:
    assert not must_read(KnownSequence(LISTED, 0), LISTED, now=NOW)


def test_what_makes_a_sequence_be_read_again() -> None:
    assert must_read(None, LISTED, now=NOW)
    assert must_read(KnownSequence(LISTED, frames_missing=1), LISTED, now=NOW)
    assert must_read(KnownSequence(LISTED, 0), replace(LISTED, detections_count=10), now=NOW)
    seen = replace(LISTED.outcome, last_seen_at=LISTED.outcome.last_seen_at + timedelta(seconds=1))
    assert must_read(KnownSequence(LISTED, 0), replace(LISTED, outcome=seen), now=NOW)
    assert must_read(KnownSequence(LISTED, 0), LISTED, now=LISTED.outcome.last_seen_at + timedelta(hours=2, minutes=59))


def test_a_changed_label_reads_nothing() -> None:
    labelled = replace(LISTED, outcome=replace(LISTED.outcome, is_wildfire="other"))
    assert not must_read(KnownSequence(LISTED, 0), labelled, now=NOW)


def test_odd_frames_are_flagged_without_decoding() -> None:
    assert frame_flag(b"\xff\xd8 pixels \xff\xd9") is None
    assert frame_flag(b"\xff\xd8 pixels \xff\xd9\x00\x00") is None
    assert frame_flag(b"\xff\xd8 pixels") is FrameFlag.TRUNCATED_JPEG
    assert frame_flag(b"<html>") is FrameFlag.NOT_JPEG
    assert frame_flag(b"") is FrameFlag.NOT_JPEG
