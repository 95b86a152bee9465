"""What is asked for in runtime.conf: env_diff, stderr_bytes, capture, redaction."""

from __future__ import annotations

from pathlib import Path

import pytest

from deep.tracing import Deep


def configure(deep: Deep, text: str) -> None:
    folder = Path(deep.env["HOME"]) / ".config" / "caro"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "runtime.conf").write_text(text)


def test_env_diff_holds_names_and_no_values(anyone: Deep) -> None:
    configure(anyone, "env_diff = true\n")
    anyone.env |= {"KEPT": "same", "CHANGED": "before", "GONE": "secretvalue"}
    script = "NEW=1 CHANGED=after env -u GONE /bin/true; /bin/echo same"
    anyone.run("sh", "-c", script, way="notify")
    assert set(anyone.event("/bin/true")["env_diff"]) == {"GONE"}
    own = {"PWD"}  # the shell's own addition
    assert set(anyone.event("env")["env_diff"]) - own == {"NEW", "CHANGED"}
    assert set(anyone.event("/bin/echo")["env_diff"]) - own == set()
    assert set(anyone.event("sh")["env_diff"]) == {"CARO_DEEP"}
    assert "secretvalue" not in anyone.log.read_text()


def test_no_env_diff_unless_asked_for(anyone: Deep) -> None:
    anyone.run("sh", "-c", "/bin/true")
    assert all("env_diff" not in event and "stderr_bytes" not in event for event in anyone.events())


def test_stderr_bytes_of_a_regular_file(anyone: Deep) -> None:
    configure(anyone, "stderr_bytes = true\n")
    script = "ls /none 2>errors; sh -c 'echo 12345 >&2' 2>>errors; /bin/true 2>/dev/null"
    anyone.run("sh", "-c", f"cd {anyone.folder}; {script}", way="notify")
    events = anyone.events()
    assert next(e for e in events if e["argv"][0] == "ls")["stderr_bytes"] > 20
    inner = next(e for e in events if e["argv"] == ["sh", "-c", "echo 12345 >&2"])
    assert inner["stderr_bytes"] == 6
    assert "stderr_bytes" not in anyone.event("/bin/true")


@pytest.mark.parametrize("way", ["notify", "ptrace"])
def test_capture(anyone: Deep, way: str) -> None:
    configure(anyone, "capture = errors\n")
    anyone.run("sh", "-c", "/bin/true; /bin/false; /bin/true", way=way)
    assert [event["argv"] for event in anyone.events()] == [["/bin/false"]]
    configure(anyone, "capture = none\n")
    anyone.run("sh", "-c", "/bin/false; exit 3", way=way)
    assert anyone.events() == []


@pytest.mark.parametrize("way", ["notify", "ptrace"])
def test_no_secret_in_any_file(anyone: Deep, way: str) -> None:
    configure(anyone, "redact_pattern = corp-[0-9]+\n")
    script = "/bin/echo --password=hunter2secret; sh -c 'TOKEN=hunter2secret /bin/true'; /bin/echo corp-12345"
    anyone.run("sh", "-c", script, way=way)
    for folder in (anyone.folder, Path(anyone.env["HOME"]) / ".local"):
        for path in folder.rglob("*"):
            text = path.read_bytes() if path.is_file() else b""
            assert b"hunter2secret" not in text, path
            assert b"corp-12345" not in text, path
    assert anyone.events()[0]["argv"] == ["/bin/echo", "--password=***"]


def test_long_command_is_announced_once(anyone: Deep) -> None:
    anyone.run("sh", "-c", "sleep 1.3; /bin/true", way="notify")
    started = anyone.events("exec_start")
    assert [event["argv"][0] for event in started] in (["sh", "sleep"], ["sleep", "sh"])
    ended = {event["id"]: event for event in anyone.events()}
    assert {event["id"] for event in started} <= set(ended)
    assert all("exit_code" not in event and "duration_ms" not in event for event in started)


@pytest.mark.parametrize("way", ["notify", "ptrace"])
def test_pipes_join_what_they_join(anyone: Deep, way: str) -> None:
    anyone.run("bash", "-c", "seq 3 | sort -r | wc -l >out; cat </dev/null", way=way)
    ends = {
        event["argv"][0]: dict(word.split("=") for word in event.get("fds", "").split())
        for event in anyone.events()
    }
    assert ends["seq"]["1"] == ends["sort"]["0"] != ends["sort"]["1"] == ends["wc"]["0"]
    assert ends["seq"]["1"].startswith("pipe:") and ends["wc"]["1"].startswith("file:")
    assert "0" not in ends["cat"]
