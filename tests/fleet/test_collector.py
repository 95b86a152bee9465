"""A real OpenTelemetry collector, built from its Go modules (collector/): logs and spans as it understands them, and
the configuration that ships for Kafka, whole, with a broker behind it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from caro.model import Event
from caro.record import uuid7
from caro.record.times import seconds_ts
from caro.record.writer import encode_event
from waiting import text_of, wait_until

Caro = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).parent / "collector"
pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

PLAIN = """
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:PORT"}}}}
exporters: {debug: {verbosity: detailed}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    logs: {receivers: [otlp], exporters: [debug]}
    traces: {receivers: [otlp], exporters: [debug]}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built collector and broker; minutes at the first time, seconds with Go's cache."""
    folder = tmp_path_factory.mktemp("collector")
    go = shutil.which("go", path="/usr/local/go/bin:" + os.environ.get("PATH", ""))
    assert go, "the long tests build a collector: install Go (golang-go, 1.26 or newer)"
    done = subprocess.run(
        [go, "build", "-o", f"{folder}/", "./..."], cwd=SOURCE, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder


@contextmanager
def running(words: list[str], output: Path) -> Iterator[None]:
    with output.open("wb") as out:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield
        assert process.poll() is None, text_of(output)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def configure(home: Path, **keys: Any) -> None:
    (home / ".config/caro").mkdir(parents=True, exist_ok=True)
    rows = "".join(
        f"{key} = {json.dumps(value)}\n" for key, value in ({"enabled": True, "kind": "otlp"} | keys).items()
    )
    (home / ".config/caro/config.toml").write_text(f"[fleet]\n{rows}")


def record(home: Path) -> tuple[str, list[str]]:
    """Write a session of three events: a line, a command that failed in it, a verdict. Return its id, and theirs."""
    session, line = uuid7.new(), uuid7.new()
    usual: dict[str, Any] = {"v": 1, "source": "prompt", "session_id": session, "host": "a", "user": "ann"}
    events = [
        Event(**usual, id=line, kind="line", text="make tést", ts=seconds_ts(1_790_000_000), duration_ms=20.5),
        Event(**usual, id=uuid7.new(), kind="exec", command="make", argv=["make", "tést"], exit_code=2,
              line_id=line, ts=seconds_ts(1_790_000_000.001), duration_ms=12.345),
        Event(**usual, id=uuid7.new(), kind="verdict", text="mysql -phunter2hunter2 x", level="high", action="block",
              rules=["r1"], ts=seconds_ts(1_790_000_001)),
    ]  # fmt: skip
    (home / ".trace_shell.jsonl").write_bytes(b"".join(map(encode_event, events)))
    return session, [event.id for event in events]


def test_logs_and_spans_arrive_as_they_were_meant(
    home: Path, built: Path, tmp_path: Path, caro: Caro
) -> None:
    port, output = free_port(), tmp_path / "output"
    (tmp_path / "config.yaml").write_text(PLAIN.replace("PORT", str(port)))
    session, ids = record(home)
    configure(home, url=f"http://127.0.0.1:{port}")
    with running([f"{built}/collector", "--config", f"{tmp_path}/config.yaml"], output):
        wait_until(lambda: listens(port), lambda: text_of(output))
        assert caro("fleet", "test").returncode == 0
        done = caro("fleet", "run", "--once")
        assert done.returncode == 0, done.stderr
        told = wait_until(lambda: (text := text_of(output)).count("Span #") == 2 and text)
    assert told.count("LogRecord #") == 3
    for id in ids:
        assert f"caro.id: Str({id})" in told
    assert "Body: Str(make tést)" in told and "hunter2" not in told
    assert "SeverityText: ERROR" in told and "SeverityText: WARN" in told
    assert f"Trace ID       : {session.replace('-', '')}" in told
    assert f"Parent ID      : {ids[0].replace('-', '')[16:]}" in told
    assert "Start time     : 2026-09-21 14:13:20 +0000 UTC" in told and "Status code    : Error" in told


def test_what_it_refuses_is_parked(home: Path, built: Path, tmp_path: Path, caro: Caro) -> None:
    """Its 400 for a body that it can't read is an answer about the body, not about the server."""
    port, output = free_port(), tmp_path / "output"
    (tmp_path / "config.yaml").write_text(PLAIN.replace("PORT", str(port)))
    with running([f"{built}/collector", "--config", f"{tmp_path}/config.yaml"], output):
        wait_until(lambda: listens(port), lambda: text_of(output))
        import urllib.error
        import urllib.request

        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/logs",
            b'{"resourceLogs":[{"scopeLogs":7}]}',
            {"Content-Type": "application/json"},
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == 400


def test_kafka_stands_behind_the_configuration_that_ships(
    home: Path, built: Path, tmp_path: Path, caro: Caro
) -> None:
    """examples/fleet/collector-kafka.yaml as it is, but for addresses and folders: TLS, the token, waiting on disk."""
    port, output, topics = free_port(), tmp_path / "output", tmp_path / "topics"
    place = tmp_path / "etc"
    place.mkdir()
    (tmp_path / "queue").mkdir()
    words = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(
        ["openssl", *words.split(), "-keyout", f"{place}/key.pem", "-out", f"{place}/cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    (place / "token").write_text("tok3n")
    (place / "token").chmod(0o600)
    _, ids = record(home)
    keys = {"url": f"https://127.0.0.1:{port}", "ca_file": f"{place}/cert.pem"}
    with running([f"{built}/broker", "caro-logs", "caro-traces"], topics):
        broker = wait_until(lambda: text_of(topics).partition("\n")[0])
        text = (ROOT / "examples/fleet/collector-kafka.yaml").read_text("utf-8")
        for there, here in (
            ("/var/lib/otelcol", f"{tmp_path}/queue"), ("/etc/otelcol", str(place)),
            ("0.0.0.0:4318", f"127.0.0.1:{port}"), ("kafka-1.example.com:9092", broker),
        ):  # fmt: skip
            assert there in text
            text = text.replace(there, here)
        (tmp_path / "config.yaml").write_text(
            text.replace("service:", "service:\n  telemetry: {metrics: {level: none}}")
        )
        with running([f"{built}/collector", "--config", f"{tmp_path}/config.yaml"], output):
            wait_until(lambda: listens(port), lambda: text_of(output))
            configure(home, **keys)
            assert "token" in caro("fleet", "run", "--once").stderr
            configure(home, **keys, token_file=f"{place}/token")
            done = caro("fleet", "run", "--once")
            assert done.returncode == 0, done.stderr
            rows = wait_until(
                lambda: (found := text_of(topics).splitlines()[1:])[1:] and found, lambda: text_of(output)
            )
    told = {topic: json.loads(body) for topic, _, body in (row.partition(" ") for row in rows)}
    logs = told["caro-logs"]["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    spans = told["caro-traces"]["resourceSpans"][0]["scopeSpans"][0]["spans"]
    found = [
        one["value"]["stringValue"] for log in logs for one in log["attributes"] if one["key"] == "caro.id"
    ]
    assert found == ids and len(spans) == 2 and "hunter2" not in json.dumps(told)
