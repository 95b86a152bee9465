"""Words of a line and their places; slips and their prices."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from caro.fix.distance import nearest, typo_cost
from caro.fix.engine import fixes_for
from caro.fix.model import Failure, NoInventory
from caro.fix.words import quote, simple_commands

LINES = st.text(st.sampled_from("abc -_/.'\"\\$`(){}[]|&;<>#\n\t*?!=é\x00"), max_size=40)


@given(LINES)
def test_any_line_is_split_and_words_know_their_places(line: str) -> None:
    for simple in simple_commands(line):
        places = [(word.start, word.end) for word in simple.words]
        assert places == sorted(places)
        for word in simple.words:
            assert 0 <= word.start < word.end <= len(line)
            assert simple.replaced(word, line[word.start : word.end]) == line


@given(st.text(max_size=30))
def test_a_quoted_word_reads_back(text: str) -> None:
    words = simple_commands("x " + quote(text))[0].words
    assert [word.text for word in words] == ["x", text]


@given(LINES, st.integers(0, 255), st.none() | st.text(max_size=200))
def test_no_failure_breaks_the_engine(line: str, status: int, output: str | None) -> None:
    world = NoInventory(path=["git", "ls"], specs={"a": {"s": {"ab": {}}, "o": ["--abc"]}}, cwd="/")
    assert fixes_for(Failure(line, status, output), world).command == line


@given(st.text("abcdef-", max_size=8), st.text("abcdef-", max_size=8))
def test_the_price_of_a_slip(typed: str, meant: str) -> None:
    price = typo_cost(typed, meant)
    assert price >= 0 and (price == 0) == (typed == meant)


def test_likelier_slips_are_cheaper() -> None:
    assert typo_cost("gti", "git") < typo_cost("gxt", "git")
    assert typo_cost("gitt", "git") < typo_cost("gitp", "git")
    assert typo_cost("gut", "git") < typo_cost("gqt", "git")
    assert nearest("stauts", ["status", "stash", "start"])[0][0] == "status"


def test_simple_commands_of_a_line() -> None:
    line = 'A=1 sudo -u bob ls -l "a b" | grep x > out && (cd y; ./z) # no'
    found = simple_commands(line)
    assert [[word.text for word in simple.words] for simple in found] == [
        ["ls", "-l", "a b"],
        ["grep", "x"],
        ["cd", "y"],
        ["./z"],
    ]
    assert [word.text for word in found[0].prefix] == ["A=1", "sudo", "-u", "bob"]
    assert [word.text for word in found[1].targets] == ["out"]
    assert found[1].rewritten("grep -r x") == line.replace("grep x > out", "grep -r x")
