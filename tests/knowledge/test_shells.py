"""One record a shell: every door takes its choices from it, and its plain files are there."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from caro.cli.main import build_parser
from caro.knowledge import shells
from caro.paths import Paths
from caro.settings import load_settings
from caro.shell import init_text
from environment import ROOT

FOLDER = Path(init_text.__file__).parent
NASTY = ("plain", "two words", "it's", 'a "b"', "back\\slash", "$HOME `id` !1 ;&|", "é ü", "")


@pytest.mark.parametrize("shell", shells.SHELLS, ids=lambda shell: shell.name)
def test_its_files_are_there(shell: shells.Shell) -> None:
    wanted = [f"init.{shell.name}", f"shims.{shell.name}"]
    wanted += [f"relay.{shell.name}"] if "relay" in shell.doors else []
    wanted += [shell.start.wrapper[0]] if shell.start.wrapper else []
    assert [name for name in wanted if not (FOLDER / name).is_file()] == []


@pytest.mark.parametrize("shell", shells.SHELLS, ids=lambda shell: shell.name)
def test_quoting_gives_one_word_back(shell: shells.Shell) -> None:
    for text in NASTY:
        line = f"printf '<%s>' {shell.quote(text)}"
        words = [shell.programs[0], "-c", line]
        assert subprocess.run(words, capture_output=True, text=True).stdout == f"<{text}>", line


@pytest.mark.parametrize("shell", shells.SHELLS, ids=lambda shell: shell.name)
def test_init_values_are_those_that_the_init_file_reads(shell: shells.Shell, env: dict[str, str]) -> None:
    paths = Paths.of(env)
    text = init_text.init_text(shell.name, paths, load_settings(env, paths))
    # What a shell loads into itself reads its variables.
    loaded = "".join(file.read_text() for file in (ROOT / "native" / shell.name).glob("*.c"))
    for name in shell.init_values:
        assert text.count(name) > 1 or f'"{name}"' in loaded, name


def test_every_door_offers_the_shells_of_its_record() -> None:
    parser = build_parser()
    for door, words in (("init", ["init"]), ("completion", ["completion"])):
        for name in shells.names(door):
            assert parser.parse_args([*words, name]).shell == name
    assert shells.names() == ("bash", "zsh", "fish", "sh")
    assert shells.names("completion") == shells.names("contract") == ("bash", "zsh", "fish")


def test_a_program_is_one_shell() -> None:
    found = {
        name: shells.shell_of(name) for name in ("-zsh", "/usr/bin/fish", "busybox", "ksh93", "python3", "nu")
    }
    assert [shell and shell.name for shell in found.values()] == ["zsh", "fish", "sh", "sh", None, None]
    programs = [program for shell in shells.SHELLS for program in shell.programs]
    assert len(programs) == len(set(programs))
    assert [shells.dialect_of(name) for name in ("bash", "fish", "dash", "csh")] == [
        "bash",
        "fish",
        "sh",
        "sh",
    ]
    assert {"sh", "bash", "csh", "ksh", "nu"} <= shells.shell_programs()
    assert not {"busybox", "python"} & shells.shell_programs()


def test_keys_in_the_notation_of_the_shell() -> None:
    assert shells.FISH.key(r"\C-x\C-p") == r"\cx\cp" and shells.FISH.key(r"\e\e") == r"\e\e"
    assert shells.BASH.key(r"\C-x\C-p") == shlex.quote(r"\C-x\C-p")
