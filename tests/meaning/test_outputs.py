"""What columns and states mean: each form is known by its sample, and says what stands there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

from caro.knowledge import shipped
from caro.meaning.outputs import Form, forms, output_by_manual, output_meaning

KNOWLEDGE = shipped()
FORMS = forms(KNOWLEDGE)


def test_forms_of_many_commands() -> None:
    assert len(FORMS) >= 50


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_sample_is_known_without_its_command(form: Form) -> None:
    told = output_meaning("", form.case, KNOWLEDGE)
    assert told.command == form.name and told.parts
    for command in form.commands:
        assert output_meaning(command, form.case, KNOWLEDGE).command == form.name


def test_only_what_stands_there_is_told() -> None:
    told = output_meaning("kubectl get pods -n a", "NAME READY STATUS\nx 0/1 CrashLoopBackOff\n", KNOWLEDGE)
    names = [part.name for part in told.parts]
    assert names == ["NAME", "READY", "STATUS", "CrashLoopBackOff"]
    assert told.parts[-1].line == "x 0/1 CrashLoopBackOff"
    assert output_meaning("frob", "nothing known\n", KNOWLEDGE).parts == ()


def test_of_an_unknown_output_the_manual_is_asked() -> None:
    page = ".SH COLUMNS\n.TP\n.B HOLDER\nThe process that has it. More.\n.TP\n.B STALE\nNobody has it.\n"
    told = output_by_manual("frob -a", "HOLDER AGE\n12 3\nSTALE: x\n", lambda name: page)
    assert [(part.name, part.says) for part in told.parts] == [
        ("HOLDER", "The process that has it"),
        ("STALE", "Nobody has it"),
    ]


def test_the_command_reads_what_is_piped_in(caro: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    df = "Filesystem Size Used Avail Use% Mounted on\n/dev/sda1 1G 1G 0 100% /\n\x1b[31m\n"
    told = caro("help-output", input=df).stdout
    assert told.startswith("df:\n") and "Use%" in told and "\x1b" not in told
    assert "Avail" in caro("help-output", "df", stdin=subprocess.DEVNULL).stdout
    row = json.loads(caro("help-output", "--json", "sudo df -h", input=df).stdout)
    assert row["command"] == "df" and row["parts"][0]["name"] == "Filesystem"
    assert caro("help-output", stdin=subprocess.DEVNULL).returncode == 1
    assert caro("help-output", input="what is that\n").returncode == 1
