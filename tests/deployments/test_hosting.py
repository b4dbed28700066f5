"""The files by which smokewatch is hosted: programs take them, nothing is open that should not be, no secret is in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from smokewatch.settings import Settings
from tests.servers import S3

ROOT = Path(__file__).parents[2]
DEPLOYMENTS = ROOT / "deployments"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOYMENTS / "docker-compose.yml").read_text())
OURS = {name: each for name, each in COMPOSE["services"].items() if "cap_drop" in each}
ONCE = {"bucket", "setup"}
SETTINGS = {str(field.validation_alias.choices[0]): field for field in Settings.model_fields.values()}  # type: ignore[union-attr]


def assignments(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", path.read_text(), re.MULTILINE))


def test_compose_starts_what_it_should_in_its_order() -> None:
    assert set(COMPOSE["services"]) == {"postgres", "s3", "prefect-server", "worker", "viewer", *ONCE}
    assert COMPOSE["services"]["worker"]["deploy"] == {"replicas": 2}
    for name, service in COMPOSE["services"].items():
        for needed, condition in service.get("depends_on", {}).items():
            # No two S3 servers agree on a health address: the bucket's maker asks by a signed call.
            expected = "started" if needed == "s3" else "completed_successfully" if needed in ONCE else "healthy"
            assert condition == {"condition": f"service_{expected}"}, (name, needed)
        assert service["restart"] == ("no" if name in ONCE else "unless-stopped")


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_rights(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service  # the image's, 10001
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:")
    # Only those who start releases reach the engine.
    assert any("docker.sock" in each for each in service.get("volumes", ())) is (name == "worker")


def test_what_workers_write_outlives_them_and_belongs_to_them() -> None:
    worker = COMPOSE["services"]["worker"]
    mounted = dict(each.rsplit(":", 1) for each in worker["volumes"])
    assert mounted["data"] == "/data"
    assert "data" in COMPOSE["volumes"]
    assert Path(worker["environment"]["SMOKEWATCH_HISTORY"]).is_relative_to(mounted["data"])
    assert "install -d -o 10001 -g 10001 /data" in (DEPLOYMENTS / "Dockerfile").read_text()
    unit = (DEPLOYMENTS / "systemd" / "smokewatch-worker@.service").read_text()
    assert "StateDirectory=smokewatch\n" in unit
    assert "SMOKEWATCH_HISTORY=/var/lib/smokewatch/" in unit


@pytest.mark.parametrize(("webhook", "automations"), [("https://hooks.slack.com/services/T/B/x", True), ("", False)])
def test_without_anybody_to_tell_setup_goes_on_and_says_so(tmp_path: Path, webhook: str, automations: bool) -> None:
    for name in ("prefect", "smokewatch", "python3"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho {name} "$@"\n')
        (tmp_path / name).chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SLACK_WEBHOOK_URL": webhook}
    done = subprocess.run(
        ["sh", str(DEPLOYMENTS / "setup.sh")], env=environment, capture_output=True, text=True, check=True
    )
    assert "prefect --no-prompt deploy --all\nsmokewatch configure" in done.stdout
    assert ("python3 -m deployments.automations" in done.stdout) == automations
    assert ("nobody is told when a run fails" in done.stderr) != automations


def test_the_image_is_nobodys_and_holds_no_secret() -> None:
    lines = (DEPLOYMENTS / "Dockerfile").read_text()
    stages = re.split(r"^FROM ", lines, flags=re.MULTILINE)[1:]
    assert len(stages) == 2
    assert re.search(r"^USER 10001:10001$", stages[-1], re.MULTILINE)
    assert "HEALTHCHECK" in stages[-1]
    copied = {
        source
        for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", lines, re.MULTILINE)
        for source in sources.split()
    }
    assert all((ROOT / source).exists() for source in copied)
    kept = (DEPLOYMENTS / "Dockerfile.dockerignore").read_text().splitlines()
    assert {line[1:] for line in kept if line.startswith("!")} == copied
    assert {"*", "**/*.env"} <= set(kept)
    secrets = {name for name, field in SETTINGS.items() if "Secret" in str(field.annotation)}
    assert len(secrets) > 4
    assert not {name for name in secrets if re.search(rf"\b{name}\b", lines)}


def test_every_variable_is_explained_and_no_password_has_a_default() -> None:
    text = (DEPLOYMENTS / "docker-compose.yml").read_text()
    example = assignments(DEPLOYMENTS / "smokewatch.env.example")
    needed = {name for name, rest in re.findall(r"\$\{(\w+)(:-)?", text) if not rest}
    assert needed <= example.keys()
    assert all(not value for name, value in example.items() if re.search("PASSWORD|SECRET|TOKEN|WEBHOOK", name))
    others = {
        "COMPOSE_PROJECT_NAME",
        "POSTGRES_PASSWORD",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "PREFECT_UI_URL",
        "DOCKER_GID",
    }
    assert example.keys() - SETTINGS.keys() == others


def test_the_bucket_is_made_once_and_a_wrong_key_told(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    from deployments.bucket import make_bucket
    from smokewatch.errors import RunError, UsageError

    assert make_bucket("made-by-compose") is True
    assert make_bucket("made-by-compose") is False
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-wrong-wrong")
    with pytest.raises(RunError, match="check AWS_ENDPOINT_URL and the keys") as told:
        make_bucket("made-by-compose", patience=0)
    assert "wrong-wrong" not in str(told.value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(RunError, match=r"127\.0\.0\.1:9"):
        make_bucket("made-by-compose", patience=0)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with pytest.raises(UsageError, match="AWS_ENDPOINT_URL is not set"):
        make_bucket("made-by-compose")


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        if os.environ.get("SMOKEWATCH_REQUIRE_HOSTING"):
            pytest.fail("nginx is not installed, and it is required")
        pytest.skip("nginx is not installed: `make hosting` gets it")
    key, certificate = tmp_path / "smokewatch.key", tmp_path / "smokewatch.crt"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=x",
    ]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=60)
    ours = (DEPLOYMENTS / "nginx.conf").read_text()
    assert "/etc/nginx/tls/smokewatch.key" in ours
    for folder in ("/etc/nginx/tls", "/etc/nginx", "/var/log/nginx"):
        ours = ours.replace(folder, str(tmp_path))
    # Ports that anybody may open.
    ours = re.sub(r"listen (\[::\]:)?(\d+)", r"listen \g<1>6\g<2>", ours)
    main = tmp_path / "nginx.conf"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)  # its package would have made them
    main.write_text(f"pid {tmp_path}/pid; events {{}} http {{ access_log off; {folders} {ours} }}")
    command = [nginx, "-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(main)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert "warn" not in ended.stderr


UNITS = sorted((DEPLOYMENTS / "systemd").glob("*.service"))


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    here = str(Path(shutil.which("true") or "").parent)
    for unit in UNITS:
        text = unit.read_text().replace("/opt/smokewatch/.venv/bin/prefect", f"{here}/true")
        (tmp_path / unit.name).write_text(text.replace("/opt/smokewatch/.venv/bin/smokewatch", f"{here}/true"))
    units = [str(tmp_path / unit.name.replace("@.", "@1.")) for unit in UNITS]
    (tmp_path / "smokewatch-worker@1.service").symlink_to(tmp_path / "smokewatch-worker@.service")
    ended = subprocess.run([analyze, "verify", "--man=no", *units], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_units_run_without_root_and_hold_no_secret(unit: Path) -> None:
    text = unit.read_text()
    for line in ("User=smokewatch", "NoNewPrivileges=yes", "ProtectSystem=strict", "Restart=always"):
        assert f"\n{line}\n" in text
    assert re.search(r"^EnvironmentFile=/etc/smokewatch/", text, re.MULTILINE)
    assert not re.search("(PASSWORD|SECRET|TOKEN|WEBHOOK)=", text)


def test_documents_name_files_that_are_there() -> None:
    told = (ROOT / "docs" / "hosting.md").read_text()
    named = set(re.findall(r"\bdeployments/[\w./@-]*\w", told))
    assert {name for name in named if not (ROOT / name).exists()} <= {"deployments/smokewatch.env"}
