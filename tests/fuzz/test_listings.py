"""Whatever JSON a server gives for a listing, the client gives rows or a typed error."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tenacity import wait_none

from blocks import transport
from blocks.alert_api import AlertApi
from blocks.annotator import Annotator
from blocks.json_client import detail_of
from smokewatch.errors import MalformedRowError, RunError
from tests.fuzz.cases import encoded, one_line
from tests.production import DAY

_TEXT = st.text(st.characters(codec=None), max_size=5)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
_ROW = st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "url", "total", "items", "recorded_at"), _ANYTHING))
_ANSWER = (
    _ANYTHING
    | st.lists(_ROW, max_size=4)
    | st.fixed_dictionaries({"items": st.lists(_ROW, max_size=4), "total": _ANYTHING})
)


class Answering:
    """Clients of both APIs, whose server answers everything but the login with one document."""

    def __init__(self) -> None:
        self.document: object = None
        self.asked = 0
        account = {"url": "http://api.example", "login": "me", "password": "hunter2"}
        self.alert_api = AlertApi.model_validate(account).client()
        self.annotator = Annotator.model_validate(account).client()
        for client in (self.alert_api, self.annotator):
            client._api = httpx.Client(base_url="http://api.example", transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if "/login" in request.url.path:
            return httpx.Response(200, json={"access_token": "t"})
        self.asked += 1
        assert self.asked < 100, "it asks for ever"
        return httpx.Response(200, content=encoded(self.document))


@pytest.fixture(scope="module")
def answering() -> Answering:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transport, "BACKOFF", wait_none())
        return Answering()


def _check(answering: Answering, document: object) -> None:
    answering.document = document
    for read in (
        lambda: list(answering.alert_api.sequences_of(DAY)),
        lambda: answering.alert_api.detections_of(1),
        lambda: answering.annotator.sequences("imported"),
        lambda: answering.annotator.detections(1),
        lambda: answering.annotator.frame_url(1),
    ):
        answering.asked = 0
        try:
            read()
        except (RunError, MalformedRowError) as error:
            one_line(error)
    detail_of(httpx.Response(422, content=encoded(document)))


@settings(max_examples=25, deadline=None)
@given(_ANSWER)
@example([{"id": []}, {"id": {}}])
@example([{"id": 1}] * 100)
@example({"items": [{"id": []}], "total": -1})
@example({"detail": "\ud800"})
def test_any_document(answering: Answering, document: object) -> None:
    _check(answering, document)


@pytest.mark.chaos
@settings(max_examples=2_000, deadline=None)
@given(_ANSWER)
def test_any_document_for_long(answering: Answering, document: object) -> None:
    _check(answering, document)
