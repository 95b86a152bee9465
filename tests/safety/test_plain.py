"""Plain lines are not waited for: whatever the hook or zsh lets through so, the guard has nothing against."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from caro.model import Level
from caro.paths import Paths
from caro.plain import ANY_WORDS, CHARACTERS, plain_entries, plain_look
from caro.runtime_conf import refresh_runtime_conf
from caro.safety.assessment import assess_line
from caro.safety.own_variables import HARMLESS
from caro.safety.world import World as GuardWorld
from daemons import FakeDaemon, World, reply_with
from waiting import wait_until

HIDDEN = r"/\.[^./ ]"
"""What no plain line holds: a word that leads to a hidden file or folder."""
CASES = Path(__file__).parent / "cases"
INIT = Path(__file__).resolve().parents[2] / "src/caro/shell/init.zsh"
WORST = GuardWorld(
    cwd="/root/live",
    home="/root",
    root=True,
    agent="someone",
    tty=True,
    ssh=True,
    environment="production",
    branch="main",
    tree_clean=False,
)


def known_lines() -> list[str]:
    files = ("development.jsonl", "dangers.jsonl")
    lines = [json.loads(line)["command"] for file in files for line in (CASES / file).open(encoding="utf-8")]
    return list(dict.fromkeys(lines))


def known_words() -> list[str]:
    pieces = {word for line in known_lines() for word in re.split(r"[\s'\"`;|&()<>{}]+", line)}
    return sorted(
        word for word in pieces if re.fullmatch(f"[{CHARACTERS}]+", word) and not re.search(HIDDEN, word)
    )


def is_harmless(line: str) -> bool:
    return all(assess_line(line, world).level == Level.LOW for world in (WORST, GuardWorld()))


def lines_of_entry(entry: str, words: list[str], some: random.Random) -> Iterator[str]:
    head = entry.replace("/", " ").strip()
    yield head
    if not entry.endswith("/"):
        yield from (f"{head} {word}" for word in words)
        for count in (2, 3, 5):
            yield from (f"{head} {' '.join(some.sample(words, count))}" for _ in range(len(words) // 10))


def test_programs_that_are_never_asked_about_are_those_of_the_prompt() -> None:
    assert frozenset(ANY_WORDS) == HARMLESS


def check_entries(words: list[str], some: random.Random) -> None:
    for entry in plain_entries():
        wrong = [line for line in lines_of_entry(entry, words, some) if not is_harmless(line)]
        assert not wrong, wrong[:5]


def test_no_word_makes_a_plain_command_dangerous() -> None:
    some = random.Random(1)
    check_entries(some.sample(known_words(), 150), some)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_no_known_word_makes_a_plain_command_dangerous() -> None:
    check_entries(known_words(), random.Random(2))


@pytest.fixture
def world(home: Path, env: dict[str, str], natives: Path) -> Iterator[World]:
    world = World(home, env)
    world.compile()
    yield world
    world.close()


def plain_lines() -> list[str]:
    words = known_words()
    some = random.Random(3)
    heads = [entry.replace("/", " ").strip() for entry in plain_entries()]
    return [f"{head}{some.choice(['', ' ' + some.choice(words)])}" for head in heads]


def told_lines(world: World, lines: list[str]) -> set[str]:
    """Those that caro-hook only tells the daemon of."""
    daemon = FakeDaemon(world.socket, reply_with(action="allow"))
    for number, line in enumerate(lines):
        world.preexec(line, number + 1)
    wait_until(lambda: len(daemon.requests) >= len(lines))
    daemon.close()
    assert len(daemon.requests) == len(lines)
    return {str(request["line"]) for request in daemon.requests if request.get("told")}


def test_what_the_hook_lets_through_is_harmless(world: World) -> None:
    dangerous = [line for line in known_lines() if "\0" not in line and len(line) < 4_000]
    lines = [*dangerous[::20], *plain_lines()]
    told = told_lines(world, lines)
    assert len(told) > 60
    assert not [line for line in told if not is_harmless(line)]


@pytest.mark.long
def test_of_all_known_lines_the_hook_lets_only_harmless_ones_through(world: World) -> None:
    lines = [line for line in known_lines() if "\0" not in line and len(line) < 30_000]
    assert not [line for line in told_lines(world, lines) if not is_harmless(line)]


def zsh_plain_lines(folder: Path, lines: list[str]) -> set[str]:
    (folder / "mark").touch()
    (folder / "lines").write_bytes(b"\0".join(line.encode() for line in lines))
    script = (
        "setopt extended_glob; source $1; text=$(<$2); "
        'for line in "${(@0)text}"; do __caro_is_plain "$line" && print -rN -- "$line"; done; true'
    )
    variables = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "__caro_plain_mark": str(folder / "mark"),
        "__caro_plain_entries": " ".join(plain_entries()),
    }
    words = ["zsh", "-fi", "-c", script, "zsh", str(INIT), str(folder / "lines")]
    done = subprocess.run(words, env=variables, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    return set(done.stdout.decode().split("\0")) - {""}


def fish_plain_lines(folder: Path, lines: list[str]) -> set[str]:
    """Those that look plain to fish."""
    (folder / "lines").write_bytes(b"\0".join(line.encode() for line in lines) + b"\0")
    script = 'while read -lz line; string match -qr -- $look "$line"; and printf "%s\\0" $line; end <$lines'
    variables = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "look": plain_look(),
        "lines": str(folder / "lines"),
    }
    words = ["fish", "--no-config", "-c", script]
    done = subprocess.run(words, env=variables, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    return set(done.stdout.decode().split("\0")) - {""}


def test_fish_lets_the_same_lines_through(world: World, tmp_path: Path) -> None:
    if shutil.which("fish") is None:
        pytest.fail("fish is not installed: make tools")
    lines = [line for line in known_lines() if "\0" not in line and len(line) < 4_000]
    plain = plain_lines()
    found = fish_plain_lines(tmp_path, [*lines, *plain, "ls\n", "ls\nls"])
    assert not [line for line in found if not is_harmless(line)]
    assert found & set(plain) == told_lines(world, plain)
    assert found == {line for line in [*lines, *plain] if re.search(plain_look(), line)}


def test_zsh_lets_the_same_lines_through(world: World, tmp_path: Path) -> None:
    if shutil.which("zsh") is None:
        pytest.fail("zsh is not installed: make tools")
    lines = [line for line in known_lines() if "\0" not in line and len(line) < 4_000]
    plain = plain_lines()
    found = zsh_plain_lines(tmp_path, [*lines, *plain])
    assert not [line for line in found if not is_harmless(line)]
    assert found & set(plain) == told_lines(world, plain)


@pytest.mark.parametrize(
    "line",
    [
        "ls $(reboot)",
        "ls `reboot`",
        "ls; reboot",
        "ls | sh",
        "ls > /etc/passwd",
        "ls &",
        "ls *",
        "ls\nreboot",
        "ls 'a'",
        "ls \\rm",
        "echo $HOME",
        " ls",
        "/tmp/ls",
        "git/status",
        "pwd now",
        "git",
        "git push",
        "ls \u202e",
        "FOO=1 ls",
        "ls ~/.config/x",
        "echo " + "a" * 500,
    ],
)
def test_lines_that_are_not_plain(world: World, tmp_path: Path, line: str) -> None:
    assert told_lines(world, [line]) == set()
    assert zsh_plain_lines(tmp_path, [line]) == set()
    assert fish_plain_lines(tmp_path, [line]) == set()


def test_newer_configuration_is_waited_for(world: World) -> None:
    world.configure("")
    assert told_lines(world, ["ls"]) == set()


def test_own_rules_hold_for_plain_lines(world: World) -> None:
    world.configure('[safety.commands]\n"^ls" = "block"\n')
    world.compile()
    assert world.preexec("ls -l").returncode == 2


def test_unchanged_rules_are_compiled_again(world: World) -> None:
    world.configure("")
    paths = Paths.of(world.env)
    refresh_runtime_conf(world.env, paths)
    os.utime(paths.runtime_conf, (1, 1))
    assert told_lines(world, ["ls"]) == set()
    world.socket.unlink()
    os.utime(world.config / "config.toml", (2, 2))
    assert not refresh_runtime_conf(world.env, paths)
    assert told_lines(world, ["ls"]) == {"ls"}
