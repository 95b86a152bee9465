"""What installed tools say of themselves: which programs are asked at all, and what becomes of the answer."""

from __future__ import annotations

import gzip
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from caro.fix.helptext import commands_in, options_in
from caro.fix.model import Failure
from caro.machine import own_help
from caro.machine.inventory import Machine, MachineInventory
from caro.machine.own_help import OwnHelp, is_roots, merged, node_of


class AtOnce(Executor):
    """Does what it is given before it returns."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def fake(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\ntouch {folder}/ran\necho '{text}'\n")
    file.chmod(0o755)
    return file


def test_a_program_of_an_own_folder_is_never_run(tmp_path: Path) -> None:
    file = fake(tmp_path, "ls", "  --brand-new  x")
    assert not is_roots(file)
    asked = OwnHelp(AtOnce())
    assert asked.help_of("ls", str(tmp_path)) is None
    assert not (tmp_path / "ran").exists()


def test_a_program_nobody_vouched_for_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, "reformat-disk", "  --brand-new  x")
    monkeypatch.setattr(own_help, "is_roots", lambda _file: True)
    assert OwnHelp(AtOnce()).help_of("reformat-disk", str(tmp_path)) is None
    assert not (tmp_path / "ran").exists()


def test_help_is_asked_once_per_file_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = fake(tmp_path, "ls", "  --brand-new  x")
    monkeypatch.setattr(own_help, "is_roots", lambda _file: True)
    asked = OwnHelp(AtOnce())
    assert asked.help_of("ls", str(tmp_path)) == {"o": ["--brand-new"]}
    (tmp_path / "ran").unlink()
    assert asked.help_of("ls", str(tmp_path)) == {"o": ["--brand-new"]}
    assert not (tmp_path / "ran").exists()
    file.write_text(file.read_text().replace("brand-new", "newer"))
    assert asked.help_of("ls", str(tmp_path)) == {"o": ["--newer"]}


def test_without_a_thread_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, "ls", "  --brand-new  x")
    monkeypatch.setattr(own_help, "is_roots", lambda _file: True)
    assert OwnHelp().help_of("ls", str(tmp_path)) is None
    assert not (tmp_path / "ran").exists()


def test_the_new_option_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from caro.fix.engine import fixes_for

    fake(tmp_path, "ls", "  --brand-new  x")
    monkeypatch.setattr(own_help, "is_roots", lambda _file: True)
    world = MachineInventory(Machine(str(tmp_path), own_help=OwnHelp(AtOnce())))
    failure = Failure("ls --brand-nwe", 2, "ls: unrecognized option '--brand-nwe'\n")
    assert fixes_for(failure, world).fixes[0].command == "ls --brand-new"


def test_a_manual_page_stands_in_for_a_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "man1").mkdir()
    page = ".TH FROB 1\n.SH OPTIONS\n.TP\n.B \\-\\-widget\nTurns it.\n.TP\n\\fB\\-\\-gadget\\fR=\\fIN\\fR\nMore.\n"
    (tmp_path / "man1/frobnicate.1.gz").write_bytes(gzip.compress(page.encode()))
    (tmp_path / "frobnicate").touch(0o755)
    monkeypatch.setattr(own_help, "MANUALS", (str(tmp_path),))
    machine = Machine(str(tmp_path), own_help=OwnHelp(AtOnce()))
    node = machine.spec("frobnicate")
    assert node is not None and {*node.get("o", ()), *node.get("v", ())} == {"--widget", "--gadget"}
    assert machine.spec("not-on-this-path") is None


def test_what_the_spec_says_of_values_stays() -> None:
    both = merged({"o": ["--all"], "v": ["--name"], "s": {"run": {}}}, node_of("  --name\n  --new=X\n"))
    assert both == {"o": ["--all"], "v": ["--name", "--new"], "s": {"run": {}}}


def test_help_texts_of_click_and_rich_name_their_commands() -> None:
    click = "Usage: x [OPTIONS] COMMAND\n\nOptions:\n  --help  Show\n\nCommands:\n  query*     Run\n  add-index  Add\n"
    rich = (
        " Usage: x [OPTIONS] COMMAND\n\n╭─ Options ──────────────╮\n│ *  --name  -n  TEXT  Whose │\n╰──────────────╯\n"
        "╭─ Commands ─────────────╮\n│ dev    Run       │\n│ deploy  Send    │\n╰────────────────────────╯\n"
    )
    assert commands_in(click) == ["query", "add-index"]
    assert commands_in(rich) == ["dev", "deploy"]
    assert options_in(rich) == {"--name": True, "-n": True}
