"""A script is judged as a whole: what stands earlier counts later, and findings point to their lines."""

from __future__ import annotations

from caro.levels import Level
from caro.safety.script import assess_script, dialect_of


def flagged(text: str, dialect: str = "bash") -> dict[int, str]:
    """Level by line, of what is high or critical."""
    return {
        number: assessment.level.word
        for number, assessment in assess_script(text, dialect=dialect)
        if assessment.level >= Level.HIGH
    }


def test_variable_of_an_earlier_line() -> None:
    assert flagged('ROOT=/\necho "$ROOT"\n\nrm -rf "$ROOT"\n') == {4: "critical"}
    assert flagged('ROOT=/\nROOT=$(mktemp -d)\nrm -rf "$ROOT"\n') == {}


def test_function_is_told_where_it_is_called() -> None:
    script = 'wipe() {\n  rm -rf "$1"\n}\nwipe ./build\nwipe /etc\n'
    assert flagged(script) == {5: "critical"}


def test_folder_before_a_relative_target() -> None:
    assert flagged("cd /etc || exit 1\nrm -rf *\n") == {2: "critical"}
    assert flagged("set -e\ncd /etc\nrm -rf ./*\n") == {3: "critical"}


def test_cd_that_may_have_failed() -> None:
    assert 2 in flagged("cd build\nrm -rf *\n")
    assert flagged("#!/bin/sh -e\ncd build\nrm -rf *\n") == {}
    assert flagged("cd build || exit\nrm -rf *\n") == {}


def test_file_that_the_script_wrote_itself() -> None:
    script = "cat >job.sh <<'END'\nrm -rf /\nEND\necho made\nsh job.sh\n"
    assert flagged(script) == {5: "critical"}


def test_each_finding_of_a_compound_has_its_line() -> None:
    script = "if [ -d .git ]; then\n  echo there\n  git reset --hard\nelse\n  rm -rf /usr\nfi\necho end\n"
    assert flagged(script) == {3: "high", 5: "critical"}


def test_data_is_no_danger() -> None:
    script = "cat >notes <<'END'\nrm -rf /\nEND\ngrep 'rm -rf /' notes\n# rm -rf /\necho 'rm -rf /'\n"
    assert flagged(script) == {}


def test_dialect_is_that_of_the_first_line() -> None:
    assert dialect_of("#!/usr/bin/env bash\n", "sh") == "bash"
    assert dialect_of("#!/bin/sh -eu\nls", "bash") == "sh"
    assert dialect_of("#! /usr/bin/fish\n", "bash") == "fish"
    assert dialect_of("ls\n", "zsh") == "zsh"
    assert flagged("set root /\nrm -rf $root\n", "fish") == {2: "critical"}
