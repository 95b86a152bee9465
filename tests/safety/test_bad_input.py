"""Whatever the text: an answer, the same each time, and never "low" where it could not be read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caro.levels import Level
from caro.parse.lines import parse
from caro.safety.assessment import assess_line

DEEP = {
    "substitutions": "$(",
    "quoted substitutions": '"$(',
    "arithmetic": "$((",
    "parameters": "${",
    "groups": "{ ",
    "subshells": "(",
    "backticks": "`",
    "branches": "if true; then ",
    "loops": "while true; do ",
    "here-documents": "cat <<A\n",
    "quotes": "'\"",
}


@pytest.mark.parametrize("opener", DEEP.values(), ids=DEEP)
@pytest.mark.parametrize("count", [1, 7, 61, 1_001, 10_001])
def test_what_never_closes_is_at_least_moderate(opener: str, count: int) -> None:
    assessment = assess_line(opener * count)
    assert assessment.level >= Level.MODERATE
    assert assessment.problems


@pytest.mark.parametrize("depth", [1, 5, 30, 200, 3_000, 10_000])
def test_danger_at_the_bottom_of_a_nest_is_found(depth: int) -> None:
    assert assess_line("echo " + "$(" * depth + "rm -rf /" + ")" * depth).level >= Level.HIGH


@pytest.mark.parametrize("filler", ["ls -la foo; ", "echo 'a b' | grep c\n", "x=1 "])
def test_danger_at_the_end_of_a_megabyte_is_found(filler: str) -> None:
    text = filler * (1_000_000 // len(filler)) + "\nrm -rf /"
    assessment = assess_line(text)
    assert assessment.level >= Level.HIGH
    assert "longer than is read as a whole" in assessment.problems


@pytest.mark.parametrize(
    "text", ["ls; " * 250_000, "echo " + "a" * 1_000_000, "echo '" + "a b " * 250_000 + "'"]
)
def test_a_harmless_megabyte_is_moderate_not_low(text: str) -> None:
    assert assess_line(text).level == Level.MODERATE


@pytest.mark.parametrize(
    "text",
    [
        "rm\0 -rf /",
        "rm -rf /\0",
        "r\u200bm -rf /",
        "rm -rf /\udcff",
        "\u202erm -rf /",
        "rm\u00ad -rf /",
        "rm \u2066-rf\u2069 /",
    ],
)
def test_characters_that_hide_make_it_at_least_high(text: str) -> None:
    assessment = assess_line(text)
    assert assessment.level >= Level.HIGH
    assert assessment.problems


@pytest.mark.parametrize("text", ["echo \u202ehi", "ls \0", "cat x\udcff", "git status \u200b"])
def test_hidden_characters_alone_are_moderate(text: str) -> None:
    assert assess_line(text).level == Level.MODERATE


@pytest.mark.parametrize(
    "text",
    [
        "f(){ f; }; f",
        "f(){ g; g; }; g(){ f; f; }; f",
        "alias a=b; alias b=a; a",
        'x=\'eval "$x"\'; eval "$x"',
        "a=x; " + "a=$a$a; " * 40 + "echo $a",
        "for a in {1..100}; do " * 6 + "echo x" + "; done" * 6,
        "echo " + "{a,b}" * 20,
        "echo " + "{a," * 400 + "}" * 400,
        "a|" * 8_000,
        "rm " + "x " * 10_000,
        "git -c alias.a=a a",
    ],
)
def test_loops_and_growth_come_to_an_end(text: str) -> None:
    assert assess_line(text) == assess_line(text)


def test_danger_behind_many_words_is_found() -> None:
    assert assess_line("rm -rf " + "x " * 9_000 + "/").level == Level.CRITICAL


PIECES = st.sampled_from(
    [
        "rm",
        " -rf",
        " /",
        "$(",
        ")",
        "`",
        "'",
        '"',
        "${",
        "}",
        "{",
        ";",
        "|",
        "&",
        "\n",
        "<<A",
        "<",
        ">",
        ">>",
        "(",
        "#",
        "\\",
        "$x",
        "if ",
        "then ",
        "fi",
        "do ",
        "done",
        "case x in",
        "esac",
        "for x in ",
        "[[",
        "]]",
        "((",
        "))",
        "*",
        "~",
        "\0",
        "é",
        "\ud800",
        "sudo ",
        "bash -c ",
        "eval ",
        "a=b ",
        "=",
        "!",
        "git ",
        "curl x",
        " | sh",
        "f(){",
        "$'\\x",
        "<(",
        ">(",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join), st.sampled_from(["bash", "zsh", "fish", "sh"]))
def test_pieces_of_shell_never_raise(text: str, dialect: str) -> None:
    assert 0 <= assess_line(text, dialect=dialect).score <= 100


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=200))
def test_any_text_never_raises(text: str) -> None:
    parse(text)
    assert assess_line(text) == assess_line(text)
