"""What others wrote reaches no terminal raw: errors, tables and JSON of every command."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caro.printable import printable, printable_json, printable_json_bytes

Caro = Callable[..., subprocess.CompletedProcess[str]]
HOSTILE = "\x07\x1b]0;x\x9b31m\x7f\u202egpj\u2066\u200b\ufeff\r"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@given(st.text())
def test_text_is_printable_and_what_is_kept_stays(text: str) -> None:
    assert printable(text).isprintable()
    assert printable("a\nb\x1b", kept="\n") == "a\nb\\e"
    assert printable("plain größe") == "plain größe"


def test_a_byte_that_is_no_utf8_shows_as_one() -> None:
    assert printable(os.fsdecode(b"a\xff")) == "a\\xff"


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_json_means_the_same_and_is_harmless(text: str) -> None:
    encoded = json.dumps({"text": text}, ensure_ascii=False)
    safe = printable_json(encoded)
    assert json.loads(safe) == {"text": text} and not RAW.search(safe)
    assert printable_json_bytes(encoded.encode()) == safe.encode()


def test_every_character_that_hides_or_turns_text_is_escaped_in_json() -> None:
    for number in range(0x110000):
        char = chr(number)
        if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") and number >= 0x7F:
            assert char not in printable_json(char), hex(number)


@pytest.mark.parametrize(
    "words",
    [
        [HOSTILE], ["log", HOSTILE], ["log", "--kind", HOSTILE], ["log", "--since", HOSTILE],
        ["log", "--log", f"/nowhere/{HOSTILE}"], ["tree", "--session", HOSTILE], ["help", HOSTILE],
        ["config", "get", HOSTILE], ["config", "set", "safety.mode", HOSTILE], ["config", "validate", HOSTILE],
        ["agent", "install", HOSTILE], ["completion", HOSTILE], ["init", HOSTILE], ["shims", HOSTILE],
        ["daemon", HOSTILE], ["privacy", "export", "-o", f"/nowhere/{HOSTILE}"], ["privacy", HOSTILE],
        ["run", "--", f"/nowhere/{HOSTILE}"], ["run", "--mode", HOSTILE, "--", "true"],
        ["check", "--script", f"/nowhere/{HOSTILE}"], ["check", HOSTILE], ["explain", HOSTILE],
        ["allow", HOSTILE], ["allow", "revoke", HOSTILE],
    ],
    ids=lambda words: "-".join(words).translate({ord(char): None for char in HOSTILE})[:30],
)  # fmt: skip
def test_no_error_shows_it_raw(words: list[str], caro: Caro) -> None:
    done = caro(*words)
    assert not RAW.search(done.stderr) and not RAW.search(done.stdout), (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr


def test_no_error_about_the_configuration_shows_it_raw(caro: Caro, home: Path) -> None:
    folder = home / ".config/caro"
    folder.mkdir(parents=True)
    text = f"[safety]\nmode = {json.dumps(HOSTILE)}\n[{json.dumps(HOSTILE)}]\n{json.dumps(HOSTILE)} = 1\n"
    (folder / "config.toml").write_text(text.replace("\x7f", ""), "utf-8")
    for words in (["config", "validate"], ["config", "validate", "--json"], ["config", "effective"],
                  ["config", "effective", "--json"], ["status"], ["status", "--json"],
                  ["doctor", "--quick"]):  # fmt: skip
        done = caro(*words)
        assert not RAW.search(done.stdout) and not RAW.search(done.stderr), words


@pytest.mark.parametrize("command", [["log"], ["tree"], ["stats"], ["tail"], ["privacy", "export"]])
def test_json_output_escapes_it(command: list[str], caro: Caro, home: Path, env: dict[str, str]) -> None:
    event = {"v": 1, "id": "i", "kind": "exec", "source": "shim", "ts": "2026-01-01T00:00:00.000000Z",
             "session_id": "s", "argv": ["x", HOSTILE], "command": HOSTILE, "cwd": HOSTILE}  # fmt: skip
    (home / ".trace_shell.jsonl").write_text(json.dumps(event) + "\n")
    words = command if command[0] == "privacy" else [*command, "--json"]
    if command[0] == "tail":
        with subprocess.Popen(
            [shutil.which("caro", path=env["PATH"]) or "caro", *words], env=env, stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            shown = child.stdout.readline().decode()
            child.terminate()
    else:
        shown = caro(*words).stdout
    assert not RAW.search(shown) and json.loads(shown) and "\\u202e" in shown and "\\u009b" in shown


@pytest.mark.parametrize(
    "words", [("caro-hook", "agent", "X"), ("caro-trace", "--", "X", "X"), ("caro-launch", "--", "X")]
)
def test_messages_of_the_natives_hold_nothing_raw(
    natives: Path, env: dict[str, str], words: tuple[str, ...]
) -> None:
    program, *rest = (word.replace("X", f"a{HOSTILE[:-2]}b") for word in words)
    done = subprocess.run([natives / program, *rest], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and done.stderr.startswith("caro: ")
    assert not RAW.search(done.stderr.rstrip("\n")), done.stderr
