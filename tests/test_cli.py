"""The command line as a whole: table, help, errors, speed of imports."""

from __future__ import annotations

import ast
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from caro.cli.examples import EXAMPLES
from caro.cli.main import COMMANDS, GROUPS, build_parser

Caro = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help_and_a_docstring(command: object, caro: Caro) -> None:
    module = importlib.import_module(command.module_name)  # type: ignore[attr-defined]
    assert (module.__doc__ or "").strip()
    done = caro(command.name, "--help")  # type: ignore[attr-defined]
    assert done.returncode == 0 and done.stdout.startswith("usage: caro") and not done.stderr


def test_help_lists_commands_and_hides_the_inner_ones(caro: Caro) -> None:
    text = caro("--help").stdout
    for command in COMMANDS:
        assert (f"\n  {command.name} " in text) != command.hidden, command.name


def test_every_command_stands_below_one_title() -> None:
    listed = [name for _, names in GROUPS for name in names.split()]
    assert sorted(listed) == sorted(command.name for command in COMMANDS if not command.hidden)


def test_every_command_has_examples() -> None:
    assert list(EXAMPLES) == [command.name for command in COMMANDS]
    assert all("caro " in line for lines in EXAMPLES.values() for line in lines)


def test_no_help_is_wider_than_a_terminal(caro: Caro) -> None:
    for words in [[], *([command.name] for command in COMMANDS)]:
        assert max(map(len, caro(*words, "--help").stdout.splitlines())) <= 80, words


def test_unknown_command_is_a_usage_error(caro: Caro) -> None:
    done = caro("rnu")
    assert done.returncode == 2 and "rnu" in done.stderr and "Traceback" not in done.stderr


def test_a_near_command_is_named(caro: Caro) -> None:
    assert "did you mean `caro run`" in caro("rnu").stderr
    wrong = caro("run", "--mode", "deeep", "--", "true")
    assert wrong.returncode == 2 and wrong.stderr.startswith("caro: run: ") and "usage:" not in wrong.stderr


def test_letters_that_the_locale_lacks(caro: Caro, env: dict[str, str], home: Path) -> None:
    caro("run", "--mode", "shims", "--", "sh", "-c", "exit 1", "größe ≠ …")
    env["PYTHONIOENCODING"] = "ascii"
    for words in (["log"], ["tree"], ["stats"], ["doctor"]):
        done = caro(*words)
        assert not done.stderr and done.stdout.isascii()
    assert r"gr\xf6\xdfe" in caro("log").stdout
    folder = home / os.fsdecode(b"h\xff")
    env.pop("PYTHONIOENCODING")
    env["HOME"] = str(folder)
    shown = subprocess.run(["caro", "shims", "path"], env=env, capture_output=True).stdout
    assert shown == os.fsencode(folder / ".local/share/caro/shims") + b"\n"


def test_a_closed_pipe_is_a_quiet_exit(env: dict[str, str]) -> None:
    """The reader is gone before the first byte."""
    read, write = os.pipe()
    os.close(read)
    for words in (
        ["--help"],
        ["log", "--help"],
        ["--version"],
        [],
        ["config", "effective"],
        ["completion", "zsh"],
    ):
        for unbuffered in ("", "1"):
            done = subprocess.run(
                ["caro", *words],
                env=env | {"PYTHONUNBUFFERED": unbuffered},
                stdout=write,
                stderr=subprocess.PIPE,
            )
            # argparse itself passes over a failed write: then the help was "printed".
            assert done.returncode in (0, 128 + signal.SIGPIPE) and done.stderr == b"", words
    os.close(write)


def test_closed_streams_are_no_error(caro: Caro, env: dict[str, str], home: Path) -> None:
    caro("run", "--", "true")
    for words in (
        ["log"],
        ["tree"],
        ["stats", "--json"],
        ["doctor", "--quick"],
        ["config", "effective"],
        ["nosuch"],
    ):
        for closed in (">&-", "2>&-", "<&- >&- 2>&-"):
            code = f'caro "$@" {closed}'
            done = subprocess.run(["sh", "-c", code, "sh", *words], env=env, capture_output=True, text=True)
            assert "Traceback" not in done.stderr and done.returncode == (2 if words == ["nosuch"] else 0)
            assert "nosuch" not in done.stdout
    code = "caro run -- sh -c 'ls /proc/self/fd' 2>/dev/null 0<&-"
    listed = subprocess.run(["sh", "-c", code], env=env, capture_output=True, text=True).stdout.split()
    assert (
        listed[:3]
        == subprocess.run(
            ["sh", "-c", "ls /proc/self/fd 2>/dev/null 0<&-"], env=env, capture_output=True, text=True
        ).stdout.split()[:3]
    )


def test_help_imports_nothing_heavy(env: dict[str, str]) -> None:
    code = "import sys, caro.cli.main as m; m.build_parser('none'); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True
    ).stdout.split()
    heavy = {"msgspec", "sqlite3", "asyncio", "tomlkit", "tree_sitter", "rapidfuzz", "subprocess", "tomllib"}
    assert not heavy & set(loaded)


def test_subcommand_modules_import_nothing_heavy_at_the_top() -> None:
    """`--help` of a subcommand imports its module: the standard library's light half alone."""
    heavy = {
        "msgspec",
        "sqlite3",
        "asyncio",
        "tomlkit",
        "tree_sitter",
        "rapidfuzz",
        "rich",
        "tomllib",
        "caro.record",
    }
    folder = Path(importlib.import_module("caro.cli").__file__ or "").parent
    wrong = []
    for command in COMMANDS:
        file = folder / (command.module_name.rpartition(".")[2] + ".py")
        for node in ast.parse(file.read_text("utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            wrong += [
                f"{file.name}: {name}" for name in names if name in heavy or name.startswith("caro.record")
            ]
    assert not wrong


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_read_by_its_shell(shell: str, caro: Caro, env: dict[str, str]) -> None:
    script = caro("completion", shell)
    assert script.returncode == 0 and "tree" in script.stdout
    checked = subprocess.run([shell, "-n"], input=script.stdout, env=env, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


def test_zsh_takes_its_completion_by_eval_and_by_source(caro: Caro, env: dict[str, str], home: Path) -> None:
    (home / "caro.zsh").write_text(caro("completion", "zsh").stdout, "utf-8")
    for way in ('eval "$(<~/caro.zsh)"', "source ~/caro.zsh"):
        code = f"autoload -U compinit; compinit -D; {way}; print $_comps[caro]"
        done = subprocess.run(["zsh", "-fc", code], env=env, capture_output=True, text=True)
        assert (done.stdout, done.stderr) == ("_shtab_caro\n", ""), way


def test_bash_completes_subcommands(caro: Caro, env: dict[str, str]) -> None:
    script = caro("completion", "bash").stdout
    code = script + "\nCOMP_WORDS=(caro tr); COMP_CWORD=1; COMP_LINE='caro tr'; COMP_POINT=7; "
    code += "_shtab_caro caro tr caro; printf '%s\\n' \"${COMPREPLY[@]}\""
    done = subprocess.run(["bash", "-c", code], env=env, capture_output=True, text=True)
    assert "tree" in done.stdout.split(), done.stderr


def test_a_command_behind_the_dashes_is_completed(caro: Caro, env: dict[str, str], home: Path) -> None:
    folder = home / "tools"
    folder.mkdir()
    (folder / "xyzzy-tool").write_text("#!/bin/sh\n")
    (folder / "xyzzy-tool").chmod(0o755)
    (home / "plugh.txt").touch()
    env["PATH"] += f":{folder}"
    bash = caro("completion", "bash").stdout + (
        "\nCOMP_WORDS=(caro run --quiet -- $1 $2); COMP_CWORD=$((3 + $#)); COMP_LINE=${COMP_WORDS[*]};"
        ' COMP_POINT=${#COMP_LINE}; _shtab_caro caro "${@: -1}" --; printf \'%s\\n\' "${COMPREPLY[@]}"'
    )
    (home / "caro.fish").write_text(caro("completion", "fish").stdout, "utf-8")
    fish = 'source ~/caro.fish; complete -C "caro run --quiet -- $argv"'
    for words, wanted in ((["xyzz"], "xyzzy-tool"), (["cat", "plu"], "plugh.txt")):
        for command in (["bash", "-c", bash, "bash", *words], ["fish", "-N", "-c", fish, *words]):
            done = subprocess.run(command, env=env, cwd=home, capture_output=True, text=True)
            assert wanted in done.stdout.split() and "stats" not in done.stdout, (command[0], done.stderr)


def test_zsh_completes_behind_the_dashes(caro: Caro, env: dict[str, str], home: Path) -> None:
    (home / "caro.zsh").write_text(caro("completion", "zsh").stdout, "utf-8")
    (home / "plugh.txt").touch()
    (home / ".zshrc").write_text("PS1='> '\nautoload -U compinit; compinit -D\nsource ~/caro.zsh\n")
    child = pexpect.spawn("zsh", ["-i"], env=env | {"TERM": "xterm"}, cwd=str(home), timeout=30)  # type: ignore[arg-type]
    child.expect("> ")
    child.send("caro run -- cat plu\t")
    child.expect("plugh.txt")
    child.close(force=True)


def test_parser_is_built_whole_for_the_man_page() -> None:
    assert "COMMAND" in build_parser().format_help()
