"""The triage screen's addresses: rows, counts and worklists are the domain's, whoever counts."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import Any

import pytest
from httpx import Client

from smokewatch.domain.backlog import key_of
from smokewatch.domain.triage import HUNDREDTHS, SWEEP
from smokewatch.domain.worklists import review_file, unlabeled_file
from smokewatch.store.catalog import Catalog
from smokewatch.store.triage import StoredTriage, load_triage
from tests.store.filled import Store
from tests.store.triaged import Queue, answer
from tests.viewer.stores import Look
from tests.viewer.test_problems import NASTY, is_well_answered

Row = dict[str, Any]
FILTERS = (
    "",
    "organization=pyronear_french:3",
    "organization=pyronear_french:2&organization=pyronear_french:3&from=2026-06-01&to=2026-07-31",
    "camera=pyronear_french:3:304",
    "q=cam+03",
    "q=sdis",
    "q=nobody",
)
DECIDED = ("bucket=review", "bucket=unlabeled", "disagree=1", "near=1&width=0.1", "against=0.6&moved=1")


@pytest.fixture(scope="session")
def stored(backlog_catalog: Catalog) -> StoredTriage:
    with backlog_catalog.read() as connection:
        found = load_triage(connection)
    assert found is not None
    return found


@pytest.fixture(scope="session")
def rows(triaged: Client) -> list[Row]:
    """Every row of the reply with its words looked up."""
    reply = triaged.get("/api/triage").json()
    words, columns = reply["dictionaries"], reply["columns"]
    found = []
    for number in range(reply["count"]):
        row = {name: values[number] for name, values in columns.items()}
        row |= {name: words[name][row[name]] for name in words}
        row["scores"] = [scores[number] for scores in reply["model_scores"]]
        found.append(row)
    return found


def get(client: Client, address: str) -> Any:
    reply = client.get(address)
    assert reply.status_code == 200, reply.text
    return reply.json()


def exported(client: Client, query: str) -> list[dict[str, str]]:
    reply = client.get(f"/api/triage/export.csv?{query}")
    assert reply.status_code == 200, reply.text
    return list(csv.DictReader(io.StringIO(reply.text, newline="")))


def test_the_reply_holds_the_stored_triage_to_the_last_bit(
    triaged: Client, stored: StoredTriage, rows: list[Row]
) -> None:
    reply = get(triaged, "/api/triage")
    assert (reply["triage"]["threshold"], reply["unscored"]) == (stored.triage.threshold, stored.unscored)
    assert [each["identity"] for each in reply["triage"]["models"]] == [m.identity for m in stored.triage.models]
    assert sorted(each["id"] for each in reply["drops"]) == [sequence.id for sequence, _, _ in stored.drops]
    assert reply["thresholds"] == list(SWEEP)
    by_id = {row["id"]: row for row in rows}
    assert len(by_id) == len(stored.sequences) == len(rows)
    for sequence, scores, tubes in zip(
        stored.sequences, stored.backlog.model_scores.tolist(), stored.results.tubes.tolist(), strict=True
    ):
        row = by_id[sequence.id]
        assert (row["scores"], row["tubes"], row["alert"]) == (scores, tubes, sequence.platform_alert_id)
        assert row["organization"]["name"] == sequence.organization_name
        assert row["camera"]["name"] == sequence.camera_name
        assert row["recorded_score"] == sequence.temporal_model_score
    order = [(-row["recorded_at"], row["id"]) for row in rows]
    assert order == sorted(order)


def test_it_is_compressed_and_tagged(triaged: Client) -> None:
    reply = triaged.get("/api/triage")
    assert reply.headers["content-encoding"] == "gzip"
    assert triaged.get("/api/triage", headers={"If-None-Match": reply.headers["etag"]}).status_code == 304


def test_sql_and_the_domain_count_the_same_at_every_threshold(triaged: Client, stored: StoredTriage) -> None:
    swept, own = get(triaged, "/api/triage/sweep"), stored.backlog.sweep(HUNDREDTHS)
    assert swept["thresholds"] == list(HUNDREDTHS)
    assert swept["review"] == own.review.tolist()
    assert swept["unlabeled"] == own.unlabeled.tolist()
    at_one = [t for t in HUNDREDTHS if (stored.backlog.scores == t).any()]
    assert len(at_one) > 50
    for threshold in at_one:
        found = get(triaged, f"/api/triage/sweep?threshold={threshold}")
        assert found["review"] == [int((stored.backlog.scores >= threshold).sum())]


def test_organizations_add_up_to_all(triaged: Client) -> None:
    swept = get(triaged, "/api/triage/sweep")
    for side in ("review", "unlabeled"):
        by_organization = [each[side] for each in swept["organizations"]]
        assert [sum(column) for column in zip(*by_organization, strict=True)] == swept[side]


@pytest.mark.parametrize("query", [*FILTERS, *DECIDED, *(f"{FILTERS[1]}&{each}" for each in DECIDED)])
def test_csv_sql_and_worklists_hold_the_same_rows(triaged: Client, stored: StoredTriage, query: str) -> None:
    threshold = 0.41
    lines = exported(triaged, f"{query}&threshold={threshold}")
    swept = get(triaged, f"/api/triage/sweep?{query}&threshold={threshold}")
    sides = {side: [line for line in lines if line["bucket"] == side] for side in ("review", "unlabeled")}
    assert {side: [len(found)] for side, found in sides.items()} == {side: swept[side] for side in sides}
    for side, file in (("review", review_file), ("unlabeled", unlabeled_file)):
        listed = get(triaged, f"/api/triage/{side}.json?{query}&threshold={threshold}")
        assert sorted(listed["sequence_ids"]) == sorted(int(line["sequence_id"]) for line in sides[side])
        if query == "":
            assert listed == file(stored.backlog, threshold)


def test_the_csv_is_in_full_precision_and_in_the_order_asked_for(triaged: Client, stored: StoredTriage) -> None:
    known = dict(zip(stored.backlog.ids.tolist(), stored.backlog.scores.tolist(), strict=True))
    lines = exported(triaged, "sort=distance&threshold=0.5")
    distances = [abs(float(line["distance"])) for line in lines]
    assert distances == sorted(distances)
    for line in lines:
        assert float(line["score"]) == known[int(line["sequence_id"])]
        assert float(line["score"]) == max(float(line["score_1"]), float(line["score_2"]))
    production = [line["recorded_score"] for line in exported(triaged, "sort=-recorded_score")]
    assert "" in production
    assert set(production[production.index("") :]) == {""}


def test_a_sequence_tells_what_each_model_says_and_its_lanes(triaged: Client, stored: StoredTriage) -> None:
    lanes: dict[tuple[str, int | None], list[int]] = {}
    for sequence in stored.sequences:
        lanes.setdefault((sequence.source_api, sequence.platform_alert_id), []).append(sequence.id)
    alert, ids = next((alert, ids) for alert, ids in lanes.items() if alert[1] is not None and len(ids) > 1)
    detail = get(triaged, f"/api/triage/{key_of(ids[0])}")
    scores = dict(zip(stored.backlog.ids.tolist(), stored.backlog.model_scores.tolist(), strict=True))
    assert [model["score"] for model in detail["models"]] == scores[ids[0]]
    for model in detail["models"]:
        kept = [tube["probability"] for tube in model["window"]["details"]["tubes"]["kept"]]
        assert max(kept, default=0.0) == model["score"]
        assert model["window"]["frames"] == list(range(len(detail["frames"])))
    told = {each["key"]: each["score"] for each in detail["lanes"]}
    assert told.items() >= {key_of(each): max(scores[each]) for each in ids}.items()
    listed = exported(triaged, f"alert={alert[0]}:{alert[1]}")
    assert {int(line["sequence_id"]) for line in listed} == set(ids)


def test_who_has_a_sequence_is_not_told_it_again(triaged: Client, stored: StoredTriage) -> None:
    url = f"/api/triage/{key_of(stored.sequences[0].id)}"
    held = triaged.get(url)
    assert triaged.get(url, headers={"If-None-Match": held.headers["etag"]}).status_code == 304
    assert triaged.get(url, headers={"If-None-Match": 'W/"other"'}).json()["key"] == held.json()["key"]


def test_frames_are_the_stored_bytes(triaged: Client, stored: StoredTriage) -> None:
    detail = get(triaged, f"/api/triage/{key_of(stored.sequences[0].id)}")
    served = [triaged.get(frame["url"]) for frame in detail["frames"] if frame["url"]]
    digests = [frame["sha256"] for frame in detail["frames"] if frame["url"]]
    for reply, digest in zip(served, digests, strict=True):
        if reply.status_code == 200:  # one picture is lost on purpose
            assert hashlib.sha256(reply.content).hexdigest() == digest
            assert reply.headers["content-type"] == "image/jpeg"
    assert 200 in {reply.status_code for reply in served}


def test_what_was_dropped_says_why(triaged: Client, stored: StoredTriage) -> None:
    sequence, reason, detail = stored.drops[0]
    told = get(triaged, f"/api/triage/{sequence.key}")
    assert {"reason": reason, "detail": detail} in [model["drop"] for model in told["models"]]


@pytest.mark.parametrize(
    "query",
    [
        *("threshold=2", "threshold=x", "width=-1&near=1", "near=yes", "against=nan", "moved=1", "sort=id;drop"),
        *(
            "organization=x",
            "camera=a:1",
            "alert=",
            "alert=1",
            "from=2026-02-30",
            "bucket=review&threshold=0&threshold=1",
        ),
    ],
)
def test_malformed_filters_are_a_problem_everywhere(triaged: Client, query: str) -> None:
    statuses = [
        triaged.get(f"/api/triage/{name}?{query}").status_code for name in ("sweep", "export.csv", "review.json")
    ]
    assert statuses == [400] * 3


@pytest.mark.parametrize(
    "route",
    [
        *("/triage", "/api/triage/{}", "/api/triage/pyro-annotator_{}", "/api/triage/{}/frames/0"),
        *("/api/triage/pyro-annotator_1/frames/{}", "/api/triage/{}/{}"),
    ],
)
def test_nasty_values_in_an_address_are_well_answered(triaged: Client, route: str) -> None:
    for value in NASTY:
        is_well_answered(triaged, route.format(value, value), [], {})


@pytest.mark.parametrize(
    "name",
    [
        *("organization", "camera", "alert", "bucket", "disagree", "near", "width", "against", "moved"),
        *("from", "to", "q", "threshold", "sort"),
    ],
)
def test_nasty_values_of_a_parameter_are_well_answered(triaged: Client, name: str) -> None:
    for value in NASTY:
        query = [(name, value), ("near", "1"), ("moved", "1"), ("against", "0.5"), ("bucket", "review")]
        for route in ("/api/triage/sweep", "/api/triage/review.json"):
            is_well_answered(triaged, route, query, {})


def test_what_was_pulled_at_another_stage_can_be_looked_at_and_is_counted_nowhere(store: Store, look: Look) -> None:
    queue = Queue(store.catalog, store.frames, store.folder)
    queue.triage("0.3.0")
    for identity, stage in ((1, "ready_to_annotate"), (2, "annotated"), (3, "seq_annotation_done")):
        queue.pull(identity, alert=1, stage=stage)
        queue.score(identity, {"0.3.0": answer(0.1)})
    client = look()
    detail = get(client, f"/api/triage/{key_of(2)}")
    assert (detail["stage"], detail["waits"], detail["left_at"]) == ("annotated", False, None)
    assert [lane["waits"] for lane in detail["lanes"]] == [True, False, False]
    assert get(client, "/api/triage")["columns"]["id"] == [1]
    assert get(client, "/api/triage/sweep?threshold=0.35")["unlabeled"] == [1]
    assert [line["sequence_id"] for line in exported(client, "")] == ["1"]
    assert get(client, "/api/triage/unlabeled.json")["bulk_payload"]["sequence_ids"] == [1]


NAMES = (
    "<script>window.ran = 1</script>",
    '"><img src=x onerror=alert(1)>',
    *('=HYPERLINK("http://example.com","click")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\uff1d1"),
    "x" * 10_000,
    "سلسلة\u202eevil\u202c مراقبة",
    "bell\x07 tab\t line\nbreak \x1b[31m \x7f\x85\u2028",
    "../../../etc/passwd",
    "quote\"comma,apostrophe'",
    "ﬀ ẞ İ 😀",
)


def test_hostile_names_are_told_as_they_are_and_compute_nothing(store: Store, look: Look) -> None:
    queue = Queue(store.catalog, store.frames, store.folder)
    queue.triage("0.3.0")
    for number, name in enumerate(NAMES, start=1):
        facts: dict[str, Any] = {
            "organization_id": 50 + number,
            "organization_name": name,
            "camera_name": name,
            "camera_id": number,
        }
        queue.pull(number, is_wildfire=name, temporal_model_version=name, **facts)
        queue.score(number, {"0.3.0": answer(number / 100)})
    queue.pull(99, frames=0, organization_id=99, organization_name=NAMES[0], camera_name=NAMES[0])
    queue.drop(99, NAMES[0], ["0.3.0"])
    client = look()
    reply = client.get("/api/triage")
    assert reply.headers["content-type"] == "application/json"
    told = reply.json()
    for kind in ("organization", "camera"):
        assert sorted(each["name"] for each in told["dictionaries"][kind]) == sorted(NAMES)
    assert told["drops"][0]["organization_name"] == told["drops"][0]["reason"] == NAMES[0]
    lines = {int(line["sequence_id"]): line for line in exported(client, "")}
    assert len(lines) == len(NAMES)
    for number, name in enumerate(NAMES, start=1):
        computed = name[0] in "=+-@\t\r\uff1d"
        assert {lines[number][kind] for kind in ("organization", "camera")} == {f"'{name}" if computed else name}
        assert get(client, f"/api/triage/{key_of(number)}")["camera"]["name"] == name
    for side, ids in (("review", []), ("unlabeled", list(range(1, len(NAMES) + 1)))):
        assert get(client, f"/api/triage/{side}.json")["sequence_ids"] == ids
        found = get(client, f"/api/triage/{side}.json?q=%3Cscript%3E")
        assert found["sequence_ids"] == ids[:1]
        assert "script" not in json.dumps(found)
    queue.export()
    written = {path.relative_to(store.folder).parts for path in store.folder.rglob("meta.json")}
    assert {parts[-2] for parts in written} == {f"seq_{number}" for number in (*range(1, len(NAMES) + 1), 99)}


def test_unknown_values_select_nothing(triaged: Client) -> None:
    for query in ("organization=nobody:1", "bucket=keep", "alert=api_cenia:999999999", "camera=a:1:2"):
        assert exported(triaged, query) == []
        assert sum(get(triaged, f"/api/triage/sweep?{query}&threshold=0.5")["review"]) == 0


def test_other_keys_are_not_found(triaged: Client) -> None:
    for key in ("alert-api_1", "pyro-annotator_99999999", "pyro-annotator_x", "pyro-annotator_1%2F..", "%00"):
        for address in (f"/api/triage/{key}", f"/api/triage/{key}/frames/0"):
            assert triaged.get(address).status_code == 404, address
    assert triaged.get("/api/triage/pyro-annotator_1/frames/9999").status_code == 404


def test_before_the_first_triage_everything_is_empty_and_says_what_to_run(look: Look) -> None:
    client = look()
    reply = get(client, "/api/triage")
    assert (reply["count"], reply["triage"], reply["model_scores"]) == (0, None, [])
    assert get(client, "/api/triage/sweep?threshold=0.5")["review"] == [0]
    assert exported(client, "") == []
    refused = client.get("/api/triage/review.json")
    assert (refused.status_code, refused.json()["hint"]) == (404, "run: smokewatch pull, then smokewatch triage")
    assert client.get("/triage").headers["content-type"].startswith("text/html")
