"""Ports for servers of ours."""

from __future__ import annotations

import socket
from contextlib import ExitStack

import pytest

import tasks.ports
from smokewatch.errors import RunError
from tasks.ports import free_ports


def test_ports_are_distinct_and_none_is_taken() -> None:
    busy: set[int] = set()
    with ExitStack() as held:
        for _ in range(30):  # twice around
            ports = free_ports(9)
            assert len(set(ports)) == 9
            assert not busy & set(ports)
            held.enter_context(socket.create_server(("127.0.0.1", ports[0])))
            busy.add(ports[0])


def test_a_port_that_was_served_just_now_is_free_again() -> None:
    (port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", port)) as server, socket.create_connection(("127.0.0.1", port)) as client:
        accepted, _ = server.accept()
        accepted.close()  # the server's side waits a minute for late packets
        assert client.recv(1) == b""
    around = {each for _ in range(128 // 8) for each in free_ports(8)}
    assert port in around


def test_when_there_are_not_enough_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.ports, "_BLOCK", 4)
    with pytest.raises(RunError, match="no 5 free ports from"):
        free_ports(5)
