"""`caro fleet run` against a strict server on loopback: what arrives, what follows each answer, what is never sent."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from strict_server import StrictServer, answering, dripping, stalling, strict_server

from caro.fleet.door import Door
from caro.fleet.receiver import receiver_of
from caro.fleet.shipper import Shipper
from caro.fleet.target import target_of
from caro.model import Event
from caro.outbox.hold import oldest_unsent
from caro.outbox.redaction import Redaction
from caro.outbox.state import StateFile
from caro.paths import Paths
from caro.record import uuid7
from caro.record.erase import erase_events
from caro.record.rotate import compress_files, rename_files
from caro.record.times import seconds_ts
from caro.record.upkeep import keep_up
from caro.record.writer import encode_event, write_event
from caro.settings import Settings, load_settings

Caro = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def server() -> Iterator[StrictServer]:
    with strict_server() as server:
        yield server
        assert not server.wrong


class Sender:
    """One machine: its log, its configuration, and a sender of this process."""

    def __init__(self, home: Path, env: dict[str, str]) -> None:
        self.home, self.env = home, env
        self.paths = Paths.of(env)
        self.log = self.paths.default_log
        self.file = StateFile(self.paths)
        self.count = 0

    def configure(self, url: str, **more: Any) -> Settings:
        keys = {"enabled": True, "url": url} | more
        self.paths.config.mkdir(parents=True, exist_ok=True)
        self.paths.config_toml.write_text(
            "[fleet]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        )
        settings = load_settings(self.env, self.paths)
        assert not settings.problems
        return settings

    def write(self, count: int, at: float = 1_790_000_000, **fields: Any) -> list[str]:
        """Append so many events; return their ids."""
        made = []
        with self.log.open("ab") as out:
            for _ in range(count):
                self.count += 1
                usual = {
                    "v": 1,
                    "id": uuid7.new(),
                    "kind": "exec",
                    "source": "shim",
                    "command": "make",
                    "host": "a",
                }
                usual |= {"argv": ["make", f"target-{self.count}"], "exit_code": 0, "duration_ms": 1.5}
                event = Event(**{**usual, "ts": seconds_ts(at + self.count / 1000), **fields})
                out.write(encode_event(event))
                made.append(event.id)
        return made

    def shipper(self, settings: Settings, longest: float = 30) -> Shipper:
        target = target_of(settings)
        redaction = Redaction(settings["privacy.redact_patterns"])
        door = Door(target, longest)
        return Shipper(
            self.log, self.file, receiver_of(target, "a"), door, redaction, settings["fleet.disk_mb"]
        )

    def drain(self, settings: Settings) -> float | None:
        """Send until nothing is left, or something went wrong; return what the last step said."""
        shipper = self.shipper(settings)
        try:
            while (wait := shipper.step()) == 0:
                pass
            return wait
        finally:
            shipper.close()


@contextlib.contextmanager
def signals_kept() -> Iterator[None]:
    """Give the signals back that the command takes."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


@pytest.fixture
def sender(home: Path, env: dict[str, str]) -> Sender:
    return Sender(home, env)


@pytest.mark.parametrize("version", ["26.9.2.1", "18.16.1"])
def test_everything_arrives_once_whatever_becomes_of_the_files(sender: Sender, version: str) -> None:
    """Rotation, compression, and erasure before and behind the cursor; each batch is known again by its token."""
    with strict_server(version) as server:
        settings = sender.configure(server.url)
        ids = sender.write(300)
        assert sender.drain(settings) is None
        ids += sender.write(200)
        rename_files(sender.log)
        ids += sender.write(100)
        assert sender.drain(settings) is None
        rename_files(sender.log)
        compress_files(sender.log)
        assert (sender.log.parent / f"{sender.log.name}.2.gz").exists()
        ids += sender.write(50)
        assert sender.drain(settings) is None
        assert server.ids == ids
        gone = set(ids[:100])
        erase_events(sender.log, lambda event: event.id in gone)
        ids += sender.write(20)
        assert sender.drain(settings) is None
        assert server.ids == ids and not server.wrong
        assert sender.drain(settings) is None and server.ids == ids


def test_torn_lines_cost_nothing_but_themselves(sender: Sender, server: StrictServer) -> None:
    settings = sender.configure(server.url)
    first = sender.write(3)
    with sender.log.open("ab") as out:
        out.write(b'{"v":1,"id":"torn","ki\n\n   \nnonsense\n\x80\x81\r\n')
    second = sender.write(2)
    with sender.log.open("ab") as out:
        out.write(b'{"v":1,"id":"half')
    assert sender.drain(settings) is None and server.ids == first + second
    assert sender.file.load().unreadable == 3


def test_a_crash_between_arrival_and_note_sends_the_same_bytes_again(
    sender: Sender, server: StrictServer
) -> None:
    """Meanwhile the log has grown: the border of the batch stays, so its token does."""
    settings = sender.configure(server.url)
    ids = sender.write(10)
    shipper = sender.shipper(settings)
    assert shipper.step() == 0.0
    shipper.close()
    ids += sender.write(10)
    assert sender.drain(settings) is None
    assert server.posts >= 4 and server.ids == ids


def test_otlp_gets_logs_and_spans(sender: Sender, server: StrictServer) -> None:
    settings = sender.configure(server.url, kind="otlp")
    session = uuid7.new()
    sender.write(2, session_id=session, exit_code=2)
    sender.write(1, kind="verdict", text="rm x", action="block", level="high", duration_ms=None)
    assert sender.drain(settings) is None
    assert [path for path, _ in server.requests] == ["/v1/logs", "/v1/traces"]
    records = server.requests[0][1]["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    assert [record["severityText"] for record in records] == ["ERROR", "ERROR", "WARN"]
    spans = server.requests[1][1]["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert {span["traceId"] for span in spans} == {session.replace("-", "")} and len(spans) == 2
    assert records[0]["spanId"] == spans[0]["spanId"]


SECRETS = ("hunter2hunter2", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "s3cr3tV4lue")


@pytest.mark.parametrize("kind", ["clickhouse", "otlp"])
def test_no_secret_and_no_token_leaves_with_the_events(
    sender: Sender, server: StrictServer, kind: str
) -> None:
    """Even where they were recorded: redaction was off, or the pattern is younger."""
    token = sender.home / "token"
    token.write_text("tok3n\n")
    token.chmod(0o600)
    settings = sender.configure(
        server.url, kind=kind, token_file=str(token), user="u" * (kind == "clickhouse")
    )
    with sender.paths.config_toml.open("a") as out:
        out.write('[privacy]\nredact_patterns = ["s3cr3t[A-Za-z0-9]+"]\n')
    settings = load_settings(sender.env, sender.paths)
    sender.write(1, argv=["mysql", f"-p{SECRETS[0]}"], argv_b64=["aHVudGVyMmh1bnRlcjI="])
    sender.write(1, kind="line", argv=None, text=f"export GH_TOKEN={SECRETS[1]}")
    sender.write(1, argv=["echo", SECRETS[2]], cwd=f"/tmp/{SECRETS[2]}")
    assert sender.drain(settings) is None
    sent = b"".join(server.bodies)
    assert b"***" in sent and not any(secret.encode() in sent for secret in SECRETS)
    assert b"aHVudGVy" not in sent and b"tok3n" not in sent
    if kind == "clickhouse":
        assert server.headers[-1]["x-clickhouse-key"] == "tok3n"
    else:
        assert server.headers[-1]["authorization"] == "Bearer tok3n"


@pytest.mark.parametrize(
    "status, words",
    [(500, "answers"), (503, "answers"), (429, "too much"), (401, "token"), (403, "token"), (404, "schema"),
     (302, "elsewhere")],
)  # fmt: skip
def test_what_may_pass_is_waited_for(sender: Sender, server: StrictServer, status: int, words: str) -> None:
    settings = sender.configure(server.url)
    ids = sender.write(5)
    server.behave = answering(status)
    wait = sender.drain(settings)
    assert wait is not None and 0 < wait <= 60
    state = sender.file.load()
    assert words in state.error and not sender.file.parked() and not server.rows
    server.behave = lambda handler, path: False
    assert sender.drain(settings) is None and server.ids == ids and sender.file.load().error == ""


def test_a_refused_batch_is_parked_and_blocks_nothing(
    sender: Sender, server: StrictServer, caro: Caro
) -> None:
    settings = sender.configure(server.url)
    first = sender.write(3)
    server.behave = answering(400, b"Code: 27. cannot parse")
    assert sender.drain(settings) is None
    assert len(sender.file.parked()) == 1
    server.behave = lambda handler, path: False
    second = sender.write(3)
    assert sender.drain(settings) is None and server.ids == second
    assert "1 batch that the server refused is parked" in caro("doctor", "--quick").stdout
    assert caro("fleet", "retry").stdout == "1 taken\n"
    assert server.ids == second + first and not sender.file.parked()


def test_an_old_servers_500_for_a_body_that_it_cannot_read_is_a_refusal(
    sender: Sender, server: StrictServer
) -> None:
    settings = sender.configure(server.url)
    sender.write(3)
    server.behave = lambda handler, path: (
        "INSERT" in path
        and answering(
            500, b"Code: 27, e.displayText() = DB::Exception: Cannot parse input: expected , before: false}"
        )(handler, path)
    )
    assert sender.drain(settings) is None and len(sender.file.parked()) == 1
    server.behave = lambda handler, path: False
    second = sender.write(3)
    assert sender.drain(settings) is None and server.ids == second


def test_a_server_that_refuses_everything_is_waited_for(sender: Sender, server: StrictServer) -> None:
    """The queue is not emptied into the folder of refused batches."""
    settings = sender.configure(server.url)
    server.behave = answering(422)
    waits = []
    for _ in range(6):
        sender.write(1)
        shipper = sender.shipper(settings)
        shipper._refused = len(sender.file.parked())
        waits.append(shipper.step())
        shipper.close()
    assert len(sender.file.parked()) == 3 and waits[-1] and "batch after batch" in sender.file.load().error


@pytest.mark.parametrize("behave, words", [(stalling, "answers nothing"), (dripping, "answers nothing")])
def test_a_server_that_never_ends_is_left(
    sender: Sender, server: StrictServer, behave: Any, words: str, caro: Caro
) -> None:
    settings = sender.configure(server.url)
    sender.write(1)
    server.behave = behave
    shipper = sender.shipper(settings, longest=0.4)
    assert shipper.step()
    assert words in shipper.state.error
    shipper.close()
    told = caro("doctor", "--quick").stdout
    assert words in told and "wait to be sent" in told


def test_the_cap_drops_the_oldest_counts_them_and_says_so(
    sender: Sender, server: StrictServer, caro: Caro
) -> None:
    settings = sender.configure(server.url, disk_mb=1)
    sender.write(8000)
    assert sender.log.stat().st_size > 1 << 20
    server.behave = answering(503)
    assert sender.drain(settings)
    lost = sender.file.load().lost_total
    assert 0 < lost < 8000 and f"{lost:,} events were dropped" in caro("doctor", "--quick").stdout
    server.behave = lambda handler, path: False
    assert sender.drain(settings) is None
    told = [row for row in server.rows if row["kind"] == "lost"]
    assert [row["lost"] for row in told] == [lost] and len(server.rows) == 8000 - lost + 1
    assert sender.file.load().lost is None


def test_retention_waits_for_the_cursor_and_not_above_the_cap(sender: Sender, server: StrictServer) -> None:
    settings = sender.configure(server.url)
    old = sender.write(10, at=1_600_000_000)
    assert oldest_unsent(settings, sender.paths, sender.log) == seconds_ts(1_600_000_000.001)

    def forget(settings: Settings) -> int:
        return keep_up(
            sender.log, 64, 90, now=1_790_000_000 + 10 * 86_400,
            held=lambda: oldest_unsent(settings, sender.paths, sender.log),
        )  # fmt: skip

    assert forget(settings) == 0
    assert sender.drain(settings) is None and server.ids == old
    os.utime(f"{sender.log}.lock", (0, 0))
    assert forget(settings) == 10
    sender.write(4000, at=1_600_000_000)
    os.utime(f"{sender.log}.lock", (0, 0))
    capped = sender.configure(server.url, disk_mb=0)
    assert forget(capped) == 4000 and sender.file.load().lost_total == 4000


def test_a_backlog_of_ten_gigabytes_costs_neither_memory_nor_the_newest(
    sender: Sender, server: StrictServer
) -> None:
    """A hole stands for what an outage of months leaves."""
    settings = sender.configure(server.url, disk_mb=1)
    sender.write(1)
    with sender.log.open("r+b") as out:
        out.truncate(64 << 20)
    with sender.log.open("ab") as out:
        out.write(b"\n")
    newest = sender.write(5)
    assert sender.drain(settings) is None
    assert server.ids[-5:] == newest


@pytest.mark.parametrize(
    "keys, words",
    [
        ({"url": "http://192.0.2.1:8123"}, "use https"),
        ({"url": "http://localhost:8123"}, "use https"),
        ({"url": "ftp://x"}, "no https://"),
        ({"url": "https://u:p@x"}, "fleet.token_file"),
        ({"url": ""}, "fleet.url is empty"),
        ({"database": "a b; DROP"}, "fleet.database"),
        ({"token_file": "~/open"}, "chmod 600"),
        ({"token_file": "~/none"}, "can't be read"),
        ({"ca_file": "~/open", "url": "https://127.0.0.1:1"}, "fleet.ca_file"),
        ({"signals": ["metrics"]}, "fleet.signals"),
        ({"enabled": False}, "fleet.enabled true"),
        ({"url": "http://127.0.0.1:1"}, "nobody listens"),
    ],
)
def test_a_configuration_that_is_not_safe_is_one_sentence(
    sender: Sender,
    keys: dict[str, Any],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from caro.cli.main import run

    for name in [name for name in os.environ if name.startswith(("XDG_", "CARO_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(sender.home))
    (sender.home / "open").write_text("t\n")
    (sender.home / "open").chmod(0o644)
    sender.configure(**({"url": "http://127.0.0.1:1"} | keys))
    sender.write(1)
    with signals_kept():
        assert run(["fleet", "run", "--once"]) != 0
    told = capsys.readouterr().err
    assert words in told and told.count("\n") == 1


@pytest.mark.long
def test_tls_takes_the_authority_of_the_configuration_alone(
    sender: Sender, tmp_path: Path, caro: Caro
) -> None:
    """A certificate of one's own, made here: without its authority the server is not trusted."""
    openssl = shutil.which("openssl")
    assert openssl
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    words = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(
        [openssl, *words.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    server = StrictServer()
    server.secure(certificate, key)
    import threading

    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        ids = sender.write(2)
        sender.configure(server.url)
        refused = caro("fleet", "run", "--once")
        assert refused.returncode == 1 and "TLS" in refused.stderr and not server.rows
        sender.configure(server.url, ca_file=str(certificate))
        assert caro("fleet", "test").returncode == 0
        assert caro("fleet", "run", "--once").returncode == 0 and server.ids == ids
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_status_query_and_schema_speak_to_people_and_programs(
    sender: Sender, server: StrictServer, caro: Caro
) -> None:
    sender.configure(server.url)
    sender.write(4)
    assert caro("fleet", "run", "--once").returncode == 0
    told = json.loads(caro("fleet", "status", "--json").stdout)
    assert told["sent"] == 4 and told["waiting_bytes"] == 0 and not told["running"]
    assert json.loads(caro("fleet", "query", "hosts", "--json").stdout)["rows"] == [{"n": 1}]
    assert caro("fleet", "query", "hosts").stdout == "n\n1\n"
    assert "failures" in caro("fleet", "query").stdout


@pytest.mark.long
def test_a_state_that_cannot_be_read_sends_nothing_twice_by_surprise(sender: Sender, caro: Caro) -> None:
    sender.configure("http://127.0.0.1:1")
    sender.write(1)
    sender.file.make_folder()
    sender.file.file.write_text("{")
    for words in (("run", "--once"), ("status",)):
        done = caro("fleet", *words)
        assert done.returncode == 1 and "can't be read" in done.stderr
    assert "cursor.json" in caro("doctor", "--quick").stdout


def test_one_sender_at_a_time(sender: Sender, caro: Caro) -> None:
    sender.configure("http://127.0.0.1:1")
    with sender.file.lock() as mine:
        assert mine
        assert "already" in caro("fleet", "run", "--once").stderr


def test_parked_bodies_are_what_was_sent(sender: Sender, server: StrictServer) -> None:
    settings = sender.configure(server.url)
    sender.write(1, argv=["mysql", f"-p{SECRETS[0]}"])
    server.behave = answering(400)
    assert sender.drain(settings) is None
    (note,) = sender.file.parked()
    body = gzip.decompress(note.with_suffix(".gz").read_bytes())
    assert b"***" in body and SECRETS[0].encode() not in body
    assert note.stat().st_mode & 0o077 == 0


def test_writers_never_wait(sender: Sender, server: StrictServer) -> None:
    """A server that stalls holds the sender, and no lock of the log."""
    settings = sender.configure(server.url)
    sender.write(1)
    server.behave = stalling
    shipper = sender.shipper(settings, longest=0.3)
    shipper.step()
    write_event(
        sender.log, Event(v=1, id=uuid7.new(), kind="exec", source="shim", ts=seconds_ts(1_790_000_000))
    )
    shipper.close()
