"""Suggestions while a line is typed. With `--lines FILE` how often they are right, on the typed lines of many people;
else how long one takes and what the memory costs beside a long history. Prints JSON.

FILE has a person a line: `{"user", "lines": [[time, line, folder, host], …]}`. Each person begins with an empty
history. hit@1 after k characters: the best whole line that begins so is the one that was typed next. Keys saved: one
types on until what is offered is wholly right (one key takes it, where that saves two or more) or its next word is
(one key too); 1 - keys pressed / (characters + Enter).
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import random
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from caro.suggest.memory import Memory, Typed
from caro.suggest.offers import LEAST, offer_for
from caro.suggest.ranking import ranked, scores

KS = (0, 1, 2, 3, 5)
LATER = range(100, 400)
"""Lines of a person who has typed for a while."""
LONG, SHORT = 1_000_000, 100_000
DIFFERENT = 0.145
ASKED = 4000
KEYS = 400
ALONG_S = 0.04
"""After that the grey text stands there, and the next key goes along with it."""

Person = list[Typed]


def people(file: Path) -> Iterator[Person]:
    for row in file.read_text("utf-8").splitlines():
        previous, typed = "", []
        for _time, line, folder, *_host in json.loads(row)["lines"]:
            typed.append(Typed(line.strip(), folder or "", previous))
            previous = line.strip()
        yield [one for one in typed if one.text]


def is_hit(memory: Memory, typed: Typed, k: int) -> bool:
    """True if the best line that begins with what was typed is the line. Where it is typed out already it counts as
    one of them: `_of_longer` leaves those out."""
    beginning, cwd, previous = typed.text[:k], typed.cwd, typed.previous
    lines = ranked(memory, beginning, cwd, previous)
    if beginning == typed.text and beginning in memory.lines:
        lines += scores(memory, [beginning], cwd, previous)
    return bool(lines) and max(lines)[1] == typed.text


def keys_for(memory: Memory, typed: Typed, least: float, empty: bool = True) -> int:
    """Return the keys that the line costs, its Enter included; `empty` False: nothing is offered on an empty line, as
    at a prompt of zsh."""
    line, at, keys = typed.text, 0, 1
    while at < len(line):
        offer = offer_for(memory, line[:at], typed.cwd, typed.previous, least) if at or empty else None
        keys += 1
        at = taken(line, at, offer.line) if offer is not None else at + 1
    return keys


def taken(line: str, at: int, offered: str) -> int:
    """Return where the line stands after one key more: that takes what is offered, or its next word, or types."""
    if offered == line and len(line) - at >= 2:
        return len(line)
    end = at
    while end < len(offered) and offered[end].isspace():
        end += 1
    while end < len(offered) and not offered[end].isspace():
        end += 1
    right = line.startswith(offered[:end]) and (end == len(line) or line[end].isspace())
    return end if right and end - at >= 2 else at + 1


def accuracy(file: Path) -> dict[str, float]:
    counts: Counter[str] = Counter()
    for person in people(file):
        memory = Memory()
        for number, typed in enumerate(person):
            counts["lines"] += 1
            counts["later"] += number in LATER
            for k in KS:
                hit = is_hit(memory, typed, k)
                counts[f"hit{k}"] += hit
                counts[f"later{k}"] += hit and number in LATER
                counts[f"longer{k}"] += len(typed.text) > k
                counts[f"longer_hit{k}"] += hit and len(typed.text) > k
            counts["typed"] += len(typed.text) + 1
            counts["limited"] += keys_for(memory, typed, LEAST)
            counts["begun"] += keys_for(memory, typed, LEAST, empty=False)
            counts["free"] += keys_for(memory, typed, 0.0)
            memory.add(typed)
    figures = {f"suggest_hit_{k}": counts[f"hit{k}"] / counts["lines"] for k in KS}
    figures |= {f"suggest_hit_{k}_of_longer": counts[f"longer_hit{k}"] / counts[f"longer{k}"] for k in KS[1:]}
    if counts["later"]:
        figures |= {f"suggest_later_hit_{k}": counts[f"later{k}"] / counts["later"] for k in KS}
    figures["suggest_keys_saved"] = 1 - counts["limited"] / counts["typed"]
    figures["suggest_keys_saved_from_first_key"] = 1 - counts["begun"] / counts["typed"]
    figures["suggest_keys_saved_no_limit"] = 1 - counts["free"] / counts["typed"]
    return {name: round(value, 4) for name, value in figures.items()}


def long_history(count: int) -> Iterator[Typed]:
    """Lines as people type them, some again and again and most once: Zipf's law over commands and their words."""
    chance = random.Random(7)
    tools = [f"{stem}{end}" for stem in "git ls cd make docker kubectl vim cat grep ssh npm python curl".split()
             for end in ("", "x", "-ng", "ctl")]  # fmt: skip
    different: dict[str, None] = {}
    while len(different) < count * DIFFERENT:
        words = [
            chance.choice(tools),
            f"w{int(chance.paretovariate(0.8)) % 5000}",
            f"--o{chance.randrange(300)}",
        ]
        if chance.random() < 0.5:
            words.append(f"{chance.choice('abcdefgh')}/{chance.randrange(10**6)}")
        different[" ".join(words)] = None
    lines = list(different)
    folders = [f"/home/me/p{number}" for number in range(300)]
    # Each once, in between those that come again and again.
    order = [*range(len(lines))] + [
        min(len(lines) - 1, int(chance.paretovariate(0.35)) - 1) for _ in range(count - len(lines))
    ]
    chance.shuffle(order)
    previous = ""
    for number in order:
        yield Typed(lines[number], folders[min(299, int(chance.paretovariate(0.7)) - 1)], previous)
        previous = lines[number]


def memory_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def costs(count: int) -> dict[str, float]:
    typed = list(long_history(count)) if count <= SHORT else None
    before, start = memory_mb(), time.perf_counter()
    memory = Memory()
    memory.fill(typed if typed is not None else long_history(count))
    filled = time.perf_counter() - start
    size = memory_mb() - before
    chance, times, adding = random.Random(3), [], []
    lines = list(memory.lines)
    for number in range(ASKED):
        line = lines[chance.randrange(len(lines))]
        beginning, previous = (
            line[: chance.choice((0, 1, 2, 3, 5, 8, 12))],
            lines[chance.randrange(len(lines))],
        )
        start = time.perf_counter()
        offer_for(memory, beginning, f"/home/me/p{number % 300}", previous)
        times.append(time.perf_counter() - start)
        start = time.perf_counter()
        memory.add(Typed(f"{line} {number % 7}", "/home/me/p1", previous))
        adding.append(time.perf_counter() - start)
    times.sort()
    adding.sort()
    return {
        "suggest_p50_ms": round(times[len(times) // 2] * 1e3, 4),
        "suggest_p99_ms": round(times[int(len(times) * 0.99)] * 1e3, 4),
        "suggest_add_p50_ms": round(adding[len(adding) // 2] * 1e3, 4),
        "suggest_mb": round(size, 1),
        "suggest_fill_s": round(filled, 2),
    }


class Shell:
    """A shell on a terminal of its own, with grey text or bare."""

    def __init__(self, name: str, env: dict[str, str]) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            termios.tcsetwinsize(0, (30, 100))
            os.chdir(env["HOME"])
            os.execvpe(name, [name, "-i"], env)
        self.drain(1.0)

    def drain(self, quiet: float) -> bytes:
        """Return what comes until nothing did for so many seconds."""
        seen = b""
        while select.select([self.fd], [], [], quiet)[0]:
            try:
                seen += os.read(self.fd, 65536)
            except OSError:
                break
        return seen

    def key(self, key: bytes, awaited: bytes) -> float:
        """Return the seconds from the key to those bytes on the terminal; 0 where they did not come."""
        seen, start = b"", time.perf_counter()
        os.write(self.fd, key)
        while awaited not in seen and select.select([self.fd], [], [], 1.0)[0]:
            seen += os.read(self.fd, 65536)
        took = time.perf_counter() - start if awaited in seen else 0.0
        self.drain(0.01)
        return took

    def close(self) -> None:
        os.close(self.fd)
        os.kill(self.pid, signal.SIGHUP)
        os.waitpid(self.pid, 0)


RC = {
    "zsh": (".zshrc", "PS1='> '\nunsetopt prompt_sp\nbindkey -e\n"),
    "bash": (".bashrc", "PS1='> '\n"),
}


def home_of(shell: str, folder: Path, caro: bool) -> dict[str, str]:
    """Return the environment of a HOME with a plain prompt, and grey text beside a short history."""
    home = folder / f"{shell}-{'grey' if caro else 'bare'}"
    home.mkdir()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {"HOME": str(home), "PATH": path, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    name, text = RC[shell]
    (home / name).write_text(text)
    if caro:
        past = [{"v": 1, "id": f"0192f0c1-2345-7abc-8def-{number:012x}", "kind": "line", "source": "prompt",
                 "ts": f"2026-01-02T03:04:{number % 60:02}.000000Z", "text": f"{letter * 4}qz"}
                for number, letter in enumerate("mnoprstuvw")]  # fmt: skip
        (home / ".trace_shell.jsonl").write_text(
            "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in past)
        )
        for words in (
            ["install", "--yes", shell],
            ["config", "set", "shell.inline", "true"],
            *([["config", "set", "shell.relay_always", "true"]] if shell == "bash" else []),
            ["daemon", "start"],
        ):
            subprocess.run(["caro", *words], env=env, check=True, capture_output=True)
    return env


def in_shell(shell: str, keys: int) -> dict[str, float | None]:
    """Key to echo, beside a bare shell by turns, and to the grey text behind it."""
    if shutil.which(shell) is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        environments = [home_of(shell, Path(folder), caro) for caro in (False, True)]
        bare, grey = shells = [Shell(shell, env) for env in environments]
        try:
            figures = keys_in(bare, grey, keys)
        finally:
            for one in shells:
                one.close()
            subprocess.run(["caro", "daemon", "stop"], env=environments[1], capture_output=True)
    prefix = "suggest" if shell == "zsh" else f"suggest_{shell}"
    return {f"{prefix}_{name}": value for name, value in figures.items()}


def keys_in(bare: Shell, grey: Shell, keys: int) -> dict[str, float | None]:
    for _ in range(50):
        if grey.key(b"m", b"mmmqz"):
            break
        grey.key(b"\x15", b"\x1b[K")
    echoes: dict[Shell, list[float]] = {bare: [], grey: []}
    along: dict[Shell, list[float]] = {bare: [], grey: []}
    shown = []
    for number in range(keys):
        letter = b"mnoprstuvw"[number % 10 : number % 10 + 1]
        for shell in (bare, grey):
            os.write(shell.fd, b"\x15")
            shell.drain(0.01)
            echoes[shell].append(shell.key(letter, letter))
            if shell is grey:
                shell.drain(ALONG_S)
            along[shell].append(shell.key(letter, letter))
        os.write(grey.fd, b"\x15")
        grey.drain(0.01)
        shown.append(grey.key(letter, b"qz"))
    came = sorted(one for one in shown if one)
    one, other = sorted(echoes[bare]), sorted(echoes[grey])
    bare_along, grey_along = sorted(along[bare]), sorted(along[grey])

    def at(times: list[float], part: float) -> float:
        return times[min(len(times) - 1, int(len(times) * part))] * 1e3

    return {
        "key_added_p50_ms": round(at(other, 0.5) - at(one, 0.5), 3),
        "key_added_p99_ms": round(at(other, 0.99) - at(one, 0.99), 3),
        "along_added_p50_ms": round(at(grey_along, 0.5) - at(bare_along, 0.5), 3),
        "grey_p50_ms": round(at(came, 0.5), 3) if came else None,
        "grey_p99_ms": round(at(came, 0.99), 3) if came else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--lines", type=Path, help="typed lines of people: how often an offer is right")
    args = parser.parse_args()
    figures: dict[str, float | None] = {}
    if args.lines:
        figures |= accuracy(args.lines)
    else:
        figures |= costs(SHORT if args.short else LONG)
        for shell in RC:
            figures |= in_shell(shell, KEYS // 4 if args.short else KEYS)
    json.dump({"figures": figures, "notes": []}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
