"""The native programs' table is made of the guard's data, and both say the same."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from caro.knowledge.shells import shell_programs
from caro.levels import Level
from caro.safety.assessment import assess_line
from daemons import NATIVES

ROOT = Path(__file__).resolve().parents[2]
SHAPES = tomllib.loads((ROOT / "src/caro/safety/shapes.toml").read_text("utf-8"))
DISKS = {
    "sd": "sda",
    "hd": "hda",
    "vd": "vda",
    "xvd": "xvda",
    "nvme": "nvme0n1",
    "mmcblk": "mmcblk0",
    "": "sda",
}
DISKS |= {"disk": "disk2", "rdisk": "rdisk2", "mapper/": "mapper/vg-root", "dm-": "dm-0", "md": "md0"}
OPERANDS = {"chmod": "777 ", "chown": "nobody ", "cp": "x ", "dd": "if=x "}


def lines() -> Iterator[tuple[str, str]]:
    """(rule, line) of each shape with each of its targets. Text for a parser: nothing here is ever run."""
    for shape in SHAPES["shape"]:
        program = shape["program"].replace("*", ".ext4")
        flags = f"-{shape['flags'].replace('r', 'R')} " if "flags" in shape else ""
        for place in shape["targets"]:
            for target in SHAPES["places"][place].split():
                if target.startswith("/dev/"):
                    target = f"/dev/{DISKS[target.removeprefix('/dev/').removesuffix('*')]}"
                word = shape.get("prefix", "") + target
                last = f" {shape['word']}" if "word" in shape else ""
                yield shape["rule"], f"{program} {flags}{OPERANDS.get(program, '')}{word}{last}"


def test_table_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, ROOT / "tools/make_compiled_table.py", "--check"])
    assert done.returncode == 0, "run tools/make_compiled_table.py"


@pytest.mark.parametrize("rule", sorted({shape["rule"] for shape in SHAPES["shape"]}))
def test_guard_says_the_same(rule: str, home: Path, env: dict[str, str], natives: Path) -> None:
    conf = home / ".config/caro/runtime.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text("mode = active\nauto_start = false\ncapture = none\n")
    wrong = []
    for line in [line for name, line in lines() if name == rule]:
        assessment = assess_line(line)
        whys = [finding.why for finding in assessment.findings if finding.rule and finding.rule.id == rule]
        done = subprocess.run(
            [NATIVES / "caro-hook", "preexec", "-s", "bash", "-i"],
            input=line, env=env, capture_output=True, text=True, start_new_session=True,
        )  # fmt: skip
        told = done.stderr.splitlines()[0].removeprefix("caro: blocked: ").removesuffix(f" [{rule}]")
        if assessment.level != Level.CRITICAL or plain(told) not in map(plain, whys):
            wrong.append((line, assessment.level.word, told, whys))
    assert not wrong


def test_table_of_shells_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, ROOT / "tools/make_shell_table.py", "--check"])
    assert done.returncode == 0, "run tools/make_shell_table.py"


@pytest.mark.parametrize("shell", sorted(shell_programs()))
def test_what_a_shell_is_given_is_read(shell: str, home: Path, env: dict[str, str], natives: Path) -> None:
    conf = home / ".config/caro/runtime.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text("mode = active\nauto_start = false\ncapture = none\n")
    code = next(iter(lines()))[1]
    for line in (f"{shell} -c '{code}'", f"/usr/bin/{shell} <<end\n{code}\nend"):
        done = subprocess.run(
            [NATIVES / "caro-hook", "preexec", "-s", "bash", "-i"],
            input=line, env=env, capture_output=True, text=True, start_new_session=True,
        )  # fmt: skip
        assert "caro: blocked: " in done.stderr, line


def plain(reason: str) -> str:
    """find deletes what it meets below its start: the guard tells that as a pattern."""
    return reason.replace("/*", "").replace("//", "/").replace(" / ", "  ")
