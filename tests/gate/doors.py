"""Every door of the guard: each takes a line and gives what was decided there.

The lines are harmless: the tools that they name only leave a mark, and the repositories are thrown away.
"""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terminals import ENTER, Terminal

from daemons import NATIVES, SESSION
from gate.conftest import Guarded

PATIENCE = 60.0


@dataclass(frozen=True)
class Answer:
    """What a door decided; None: this door does not tell."""

    action: str
    level: str | None = None
    score: int | None = None
    rule: str | None = None

    def agrees(self, other: Answer) -> bool:
        """True if both say the same as far as both say it."""
        pairs = zip(self.fields(), other.fields(), strict=True)
        return all(one == two for one, two in pairs if one is not None and two is not None)

    def fields(self) -> tuple[str | int | None, ...]:
        return self.action, self.level, self.score, self.rule


class House:
    """One user's HOME with a daemon, and a folder in which all doors stand."""

    def __init__(self, world: Guarded, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.terminals: dict[str, Terminal] = {}
        self.seq = 0
        self.seen = 0

    def run(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        defaults: dict[str, Any] = {"env": self.world.env, "cwd": self.folder, "timeout": PATIENCE}
        defaults |= {"stdin": subprocess.DEVNULL} if "input" not in options else {}
        return subprocess.run(
            words, capture_output=True, text=True, start_new_session=True, **(defaults | options)
        )

    def recorded(self, name: str = "text", value: object = None) -> Answer:
        """The verdict that came into the log since the last call; none: it was let go without a word."""
        events = self.world.events("verdict")
        new, self.seen = events[self.seen :], len(events)
        told = [event for event in new if value is None or event.get(name) == value]
        assert len(told) <= 1, told
        if not told:
            return Answer("allow")
        (event,) = told
        rules = event.get("rules") or [None]
        # caro-hook and the exec gate decide the user's rules alone: no level, no score.
        score = event.get("score") if event.get("level") else None
        return Answer(event["action"], event.get("level"), score, rules[0])

    def close(self) -> None:
        for terminal in self.terminals.values():
            terminal.close()


def of_json(text: str) -> Answer:
    fields = json.loads(text)
    rules = fields["rules"] or [None]
    return Answer(fields["action"], fields["level"], fields["score"], rules[0])


# -- commands


def check(house: House, line: str) -> Answer:
    return of_json(house.run(house.world.program, "check", "--json", line).stdout)


def check_from_elsewhere(house: House, line: str) -> Answer:
    words = ("check", "--json", "--cwd", str(house.folder), line)
    return of_json(house.run(house.world.program, *words, cwd="/").stdout)


def check_batch(house: House, line: str) -> Answer:
    row = json.dumps({"command": line, "cwd": str(house.folder)})
    return of_json(house.run(house.world.program, "check", "--batch", input=row + "\n", cwd="/").stdout)


def check_script(house: House, line: str) -> Answer:
    script = house.world.folder / "checked.sh"
    script.write_text(f"#!/bin/bash\n{line}\n")
    return of_json(house.run(house.world.program, "check", "--json", "--script", str(script)).stdout)


def explain(house: House, line: str) -> Answer:
    return of_json(house.run(house.world.program, "explain", "--json", line).stdout)


# -- what shells and agents call


def daemon(house: House, line: str) -> Answer:
    message = {"type": "preexec", "line": line, "cwd": str(house.folder), "shell": "bash"}
    return of_json(json.dumps(house.world.ask(message)))


def hotkey(house: House, line: str) -> Answer:
    told = house.world.ask({"type": "explain", "command": line, "cwd": str(house.folder), "shell": "bash"})
    # With a rule of the person's own it is that which counts: no level is named there.
    head = re.search(
        r"^([A-Z]+)(, whatever the points)? \((\d+) of 100\)", told["explanation"].replace(OWN, "LOW"), re.M
    )
    assert head, told
    action = next(word for sentence, word in SENTENCES.items() if sentence in told["explanation"])
    return Answer(action, head[1].lower(), int(head[3]))


OWN = "YOUR OWN RULE"
SENTENCES = {
    "Caro lets it run and says nothing.": "allow",
    "Caro warns and lets it run.": "warn",
    "Caro asks before it runs": "confirm",
    "Caro does not let it run.": "block",
}


def hook(house: House, line: str) -> Answer:
    house.seq += 1
    words = ("preexec", "-s", "bash", "-p", str(os.getpid()), "-n", str(house.seq))
    house.run(str(NATIVES / "caro-hook"), *words, env=house.world.env | {"CARO_LINE": line})
    return house.recorded("text", line)


def agent(house: House, line: str) -> Answer:
    call = {"hook_event_name": "PreToolUse", "cwd": str(house.folder), "tool_name": "Bash"}
    text = json.dumps(call | {"tool_input": {"command": line}})
    house.run(str(NATIVES / "caro-hook"), "agent", "claude-code", input=text)
    told = house.recorded("text", line)
    # That an agent asks is worth points of its own.
    return Answer(told.action, told.level, None, told.rule)


def zsh_fifo(house: House, line: str) -> Answer:
    """As init.zsh asks: it is told that the line may run, or to call caro-hook."""
    folder = house.world.state / "fifo"
    house.seq += 1
    first = ("preexec", "-s", "zsh", "-p", str(os.getpid()), "-n", str(house.seq))
    house.run(str(NATIVES / "caro-hook"), *first, env=house.world.env | {"CARO_LINE": "first"})
    requests = os.open(folder / "requests", os.O_WRONLY | os.O_NONBLOCK)
    replies = os.open(folder / SESSION, os.O_RDWR | os.O_NONBLOCK)
    house.seq += 1
    message = {
        "v": 1, "type": "preexec", "id": str(house.seq), "session": SESSION, "sent": time.time_ns() // 1000,
        "timeout_ms": 20_000, "seq": house.seq, "shell": "zsh", "pid": os.getpid(), "line": line,
        "cwd": str(house.folder), "tty": True,
    }  # fmt: skip
    os.write(requests, json.dumps(message).encode() + b"\n")
    assert select.select([replies], [], [], PATIENCE)[0]
    digit = os.read(replies, 100).split()[1]
    os.close(requests)
    os.close(replies)
    return Answer("allow" if digit == b"0" else "not allowed")


# -- the exec gate


def shim(house: House, line: str) -> Answer:
    script = house.world.folder / "run.sh"
    script.write_text(line + "\n")
    house.run("/bin/sh", str(script))
    return house.recorded("source", "shim")


def deep(house: House, line: str) -> Answer:
    script = house.world.folder / "run.sh"
    script.write_text(line + "\ntrue\n")
    path = house.world.env["PATH"].partition(":")[2]  # deep mode has no shims on PATH
    words = (str(NATIVES / "caro-trace"), "--way", "auto", "--", "/bin/sh", "/bin/sh", str(script))
    house.run(*words, env=house.world.env | {"PATH": path})
    return house.recorded("source", "deep")


# -- prompts


def prompt(shell: str) -> Callable[[House, str], Answer]:
    def typed(house: House, line: str) -> Answer:
        terminal = house.terminals[shell]
        text = f"caro_run '{line}'" if shell == "sh" else line
        place = terminal.send(text + ENTER)
        found = terminal.wait(rf"run it\? \[y/N\] |caro: blocked|<{terminal.tick + 1}> ", place)
        if "run it" in found[0]:
            terminal.settle()
            terminal.send("n")
            terminal.wait("caro: not run", place)
        terminal.settle(0.3)
        if shell != "fish":
            leave_line(terminal)
        return house.recorded("text", line)

    typed.__name__ = f"prompt_in_{shell}"
    return typed


def leave_line(terminal: Terminal) -> None:
    """An empty prompt again, where a safer form of the refused line may stand in this one."""
    terminal.send("\x15")
    place = terminal.send(ENTER)
    terminal.wait_prompt(place)


LINES_ASKED = (check_from_elsewhere, check_batch, check_script, explain, daemon, hotkey, hook, agent)
EXECS_ASKED = (shim, deep)
WHO_AND_WHERE = (check_from_elsewhere, check_batch, explain, hook, agent)
"""Those that read variables and folders themselves."""
SHELLS = ("bash", "zsh", "fish", "sh")
