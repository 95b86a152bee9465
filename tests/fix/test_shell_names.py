"""Names that a person's own files define are names that can be typed: no slip, and what a slip may have meant."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from caro.engine.process import helper_of
from caro.fix.model import Failure
from caro.machine.shell_names import ShellNames, names_in


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("alias gs='git status'\n", ["gs"]),
        ("alias a='x b=1' deploy=\"make deploy\"\n", ["a", "deploy"]),
        ("alias -g G='| grep'\n", ["G"]),
        ("  alias ..='cd ..'\n", [".."]),
        ('mkcd() { mkdir -p "$1" && cd "$1"; }\n', ["mkcd"]),
        ("function serve {\n  :\n}\nfunction stop() {\n :\n}\n", ["serve", "stop"]),
        (
            "alias ll 'ls -l'\nabbr -a gco git checkout\nfunction fish_greeting\nend\n",
            ["ll", "gco", "fish_greeting"],
        ),
        ("# alias no='x'\necho alias no=1\nx=1\n", []),
    ],
)
def test_names_in_files_of_shells(text: str, names: list[str]) -> None:
    assert names_in(text) == names


def test_they_are_read_again_when_a_file_changed(tmp_path: Path) -> None:
    (tmp_path / ".bashrc").write_text('source ~/.more\nalias gs="git status"\n')
    (tmp_path / ".more").write_text("alias deeper=x\n")
    functions = tmp_path / ".config/fish/functions"
    functions.mkdir(parents=True)
    (functions / "serve.fish").write_text("function serve\nend\n")
    names = ShellNames(str(tmp_path))
    assert set(names.names()) == {"gs", "deeper", "serve"}
    (tmp_path / ".more").write_text("alias other=x\n")
    os.utime(tmp_path / ".more", (1, 1))
    assert set(names.names()) == {"gs", "other", "serve"}


def test_an_alias_is_no_slip_and_may_be_meant(tmp_path: Path) -> None:
    (tmp_path / ".zshrc").write_text("alias deploystaging='make deploy'\n")
    fixer = helper_of({"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, pytest.fail, learns=False)
    slip = Failure("deploystagign now", 127, "zsh: command not found: deploystagign\n", "zsh")
    assert fixer.fixes(slip).fixes[0].command == "deploystaging now"
    assert fixer.fixes(Failure("deploystaging now", 127, None, "zsh")).fixes == ()
