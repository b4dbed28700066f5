"""The alert-api client: pages, roles, tokens, and that nothing is ever written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from blocks.alert_api import AlertApi, AlertApiClient
from blocks.transport import ReadOnlyTransport
from smokewatch.errors import UsageError
from tests.production import DAY, PASSWORD, Production, jpeg


def client(production: Production, login: str = "admin", password: str = PASSWORD) -> AlertApiClient:
    return AlertApi(url=production.url, login=login, password=password).client()


def test_more_rows_than_a_page_come_whole_and_in_order(production: Production) -> None:
    sequence = production.add(frames=4, seen=None)
    start = datetime(2026, 8, 14, 9, tzinfo=UTC)
    for number in range(230):
        production.add_row(sequence, jpeg(str(number)), created_at=start + timedelta(seconds=number), bbox="[]")
    with client(production) as api:
        rows = api.detections_of(sequence)
    assert [row["bucket_key"] for row in rows] == production.keys(sequence)
    assert len(rows) == 234


def test_an_agent_gets_what_the_risk_filter_would_hide(production: Production) -> None:
    hidden = production.add(seen=4)
    production.change(hidden, max_conf=0.2)
    production.services.risk.set(DAY, production.cameras[0], "very low")
    with client(production, "agent-1") as api:
        assert [row["id"] for row in api.sequences_of(DAY)] == [hidden]


def test_a_server_that_lost_its_secret_is_signed_in_to_again(production: Production) -> None:
    production.add(seen=4)
    with client(production) as api:
        assert len(list(api.sequences_of(DAY))) == 1
        production.services.jwt_secret = "another secret of at least thirty-two bytes"
        assert len(list(api.sequences_of(DAY))) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_nothing_but_reading_leaves_the_client(production: Production, method: str) -> None:
    sequence = production.add(seen=4)
    with (
        httpx.Client(base_url=production.url, transport=ReadOnlyTransport(connections=1)) as http,
        pytest.raises(PermissionError),
    ):
        http.request(method, f"/api/v1/sequences/{sequence}")
    with client(production) as api:
        assert [row["id"] for row in api.sequences_of(DAY)] == [sequence]


def test_a_login_that_is_refused_for_its_form_does_not_repeat_the_password(production: Production) -> None:
    # An empty login is answered 422 with the form's values in it.
    with client(production, login="", password="hunter2") as api, pytest.raises(UsageError) as caught:
        api.sign_in()
    assert "hunter2" not in str(caught.value)


def test_an_address_with_an_account_in_it_is_shown_without(production: Production) -> None:
    url = production.url.replace("http://", "http://someone:hunter2@")
    with AlertApi(url=url, login="admin", password="wrong").client() as api, pytest.raises(UsageError) as caught:
        api.sign_in()
    assert "hunter2" not in str(caught.value)
