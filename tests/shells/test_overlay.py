"""The key that opens the record over the line: on the last failure, and back to the line as it was typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import make_home
from terminals import ENTER, Terminal

OVERLAY = "\x18\x14"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_record_opens_over_the_line_and_gives_it_back(
    start: Callable[..., Terminal], shell: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    env = make_home(home, shell)
    events = [
        {
            "id": f"0192f0c1-2345-7abc-8def-00000000000{n}",
            "ts": f"2026-01-01T00:00:0{n}.000000Z",
            "exit_code": code,
        }
        | {"v": 1, "kind": "line", "source": "prompt", "text": text, "cwd": str(home)}
        for n, (text, code) in enumerate([("echo one", 0), ("echo fail''ed", 1), ("echo last", 0)])
    ]
    log = home / ".trace_shell.jsonl"
    log.write_text("".join(json.dumps(event) + "\n" for event in events))
    log.chmod(0o600)
    terminal = start(shell, home, env)
    terminal.run("echo first" if shell == "fish" else "__caro_wait=500")
    for keys, ran in (("q", "as typed"), ("r", "failed")):
        place = terminal.send("echo as' 'typed" + OVERLAY)
        terminal.wait("Timeline", place)
        place = terminal.wait("Into the prompt", place).end()
        terminal.settle()
        place = terminal.send(keys)
        terminal.wait(r"\x1b\[\?1049l", place)
        terminal.settle()
        place = terminal.send(ENTER)
        terminal.wait(f"{ran}\r\n", place)
        terminal.wait_prompt(place)
