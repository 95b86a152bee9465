"""What awk prints into a shell, or hands to one itself, is judged as the line that it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from caro.engine.process import guard_of, question_here
from caro.safety.code.awk_text import printed

BAD = (
    r"""awk 'BEGIN{printf "%c%c%c -rf /", 114,109,32}' | sh""",
    r"""awk 'BEGIN { printf("rm -rf %s\n", "/") | "/bin/sh" }'""",
    r"""awk 'BEGIN{print "r" "m -rf /"}' | sh""",
    r"""awk 'BEGIN{printf "\162\155 -rf /"}' | bash""",
    r"""gawk 'BEGIN{printf "%s %s %s","rm","-rf","/"}' | sudo sh""",
    r"""awk -v c='rm -rf /' 'BEGIN{print c}' | sh""",
    r"""awk 'BEGIN{print substr("xrm -rf /",2)}' | sh""",
    r"""awk 'BEGIN{x=sprintf("%c%c",114,109); system(x " -rf /")}'""",
    r"""echo / | awk '{print "rm -rf " $1}' | sh""",
    r"""seq 3 | awk '{printf "%c",$1+100}' | sh""",
    r"""jq -rn '"rm -rf /"' | sh""",
)
GOOD = (
    r"""seq 3 | awk '{print "touch file" $1}' | sh""",
    r"""docker ps -q | awk '{print "docker inspect " $1}' | sh""",
    r"""seq 3 | awk '{printf "%c\n", $1+64}'""",
    r"""awk '{print | "sort -n"}' x""",
    r"""df -h | awk 'NR>1 && $5+0>80 {print "disk "$6" is "$5}'""",
)


@pytest.fixture(scope="module")
def levels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    env = {"HOME": str(tmp_path_factory.mktemp("home")), "PATH": "/usr/bin:/bin"}
    guard = guard_of(env, lambda _problem: None)
    place = question_here("", env, "bash", str(Path("/")))
    return {line: guard.decide(replace(place, words=line)).level.word for line in (*BAD, *GOOD)}


@pytest.mark.parametrize("line", BAD)
def test_what_awk_prints_into_a_shell_is_judged(levels: dict[str, str], line: str) -> None:
    assert levels[line] in ("high", "critical")


@pytest.mark.parametrize("line", GOOD)
def test_other_awk_is_nothing(levels: dict[str, str], line: str) -> None:
    assert levels[line] == "low"


@pytest.mark.parametrize(
    "program", ("", "{", 'BEGIN{print "', "BEGIN{print (((", "print |", "}" * 2000, "{print $" * 500)
)
def test_a_broken_program_is_read_to_its_end(program: str) -> None:
    assert isinstance(printed(program, {}, ["a b"]).text, str)
