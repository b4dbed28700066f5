"""A worker and its run are killed: nobody says so, the heartbeat automation does, and another worker runs it again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.workers.process import ProcessWorker
from prefect_slack import SlackWebhook

from demo.slack import Sink
from deployments.applying import apply, block_document
from deployments.declared import Windows, declared
from tests.deployments.conftest import PREFECT, Server
from tests.waiting import until

HEARTBEAT = 30  # seconds, the least that Prefect takes
FLOW = """
import pathlib, time
from prefect import flow

@flow(persist_result=False)
def hanging(day: str):
    with pathlib.Path("BEGUN").open("a") as begun:
        begun.write(day + "\\n")
    while pathlib.Path("BEGUN").read_text().count(day) < 2:
        time.sleep(0.5)
"""


@flow(name="hanging", persist_result=False)
def hanging(day: str) -> None:
    """What the deployment's file has."""


@pytest.mark.chaos  # minutes, for heartbeats are 30 s apart
def test_a_run_whose_worker_was_killed_is_marked_and_run_again(server: Server, tmp_path: Path) -> None:
    client = SyncPrefectClient(api=server.api)
    pool = {"name": "process", "type": "process", "base_job_template": ProcessWorker.get_default_base_job_template()}
    server.post("/work_pools/", pool)
    (tmp_path / "hanging.py").write_text(FLOW.replace("BEGUN", str(tmp_path / "begun")))
    made = client.create_deployment(
        client.create_flow(hanging),
        "default",
        work_pool_name="process",
        path=str(tmp_path),
        entrypoint="hanging.py:hanging",
        job_variables={"env": {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT)}},
    )
    with Sink("operations") as sink:
        with temporary_settings({PREFECT_API_URL: server.api}):
            SlackWebhook(url=sink.webhook("operations")).save("operations")
        block = block_document(client, "slack-incoming-webhook/operations")
        apply(client, declared(block, windows=Windows(silent=timedelta(seconds=3 * HEARTBEAT))))
        run = client.create_flow_run_from_deployment(made, parameters={"day": "2026-08-14"})

        def start_worker(name: str) -> int:
            command = [*PREFECT, "worker", "start", "--pool=process"]
            return server.children.start(name, command, server.environment()).process.pid

        worker = psutil.Process(start_worker("first"))
        until((tmp_path / "begun").exists, 120, every=0.3)
        # Who was never heard of is not missed: a run that is killed before its first heartbeat is not found by them.
        heard = {"filter": {"event": {"name": ["prefect.flow-run.heartbeat"]}}}
        until(lambda: server.post("/events/filter", heard)["events"], 120, every=0.3)
        for process in [*worker.children(recursive=True), worker]:
            process.kill()
        start_worker("second")
        until(lambda: (tmp_path / "begun").read_text().count("\n") == 2, 300, every=0.3)
        ended = server.ended(str(run.id))
        until(lambda: any("No heartbeat for 90 seconds" in each.text for each in sink.messages), 60, every=0.3)

    assert ended[str(run.id)]["state"]["type"] == "COMPLETED"
    assert ended[str(run.id)]["run_count"] == 2
    assert (tmp_path / "begun").read_text() == "2026-08-14\n" * 2
