"""Any text at all: no error, no endless work, the same answer, and nothing lost that stands in it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caro.parse.lines import parse
from caro.parse.nodes import Literal, Sequence, Simple
from caro.parse.words import word_of

DIALECTS = st.sampled_from(["bash", "zsh", "fish", "sh"])
PIECES = st.sampled_from(
    "a b rm $( ) ` ' \" ${ } { ; | & && || \n << <<- <<< < > >> ( # \\ $x if then fi do done case esac in for [[ ]] (("
    " )) * ~ \0 é \ud800 \udfff != =~ $' <( >( f() { A=( \r \t ;; function while until select coproc time !".split(
        " "
    )
)
SEPARATED = st.lists(PIECES, max_size=60).map(" ".join) | st.lists(PIECES, max_size=60).map("".join)


@settings(max_examples=500, deadline=None)
@given(SEPARATED, DIALECTS)
def test_pieces_never_raise(text: str, dialect: str) -> None:
    first, second = parse(text, dialect), parse(text, dialect)
    assert first == second
    assert first.clean == (not first.problem)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=120), DIALECTS)
def test_characters_never_raise(text: str, dialect: str) -> None:
    assert isinstance(parse(text, dialect).body, Sequence)


@given(
    st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=1)
)
def test_quoted_words_come_back_as_they_were(words: list[str]) -> None:
    """What shlex.quote writes, a POSIX shell reads as that very word."""
    program = parse(" ".join(map(shlex.quote, ["x", *words])))
    assert program.clean
    [(_, command)] = program.body.items
    assert isinstance(command, Simple)
    assert [word.literal for word in command.words] == ["x", *words]


@given(st.text(alphabet="abc'\"\\$` {}()", max_size=40))
def test_a_word_keeps_its_source(text: str) -> None:
    assert word_of(text).source == text


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="'\0"), max_size=60))
def test_single_quotes_hide_everything(text: str) -> None:
    [part] = word_of(f"'{text}'").parts
    assert part == Literal(text, True)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=60))
def test_a_comment_runs_nothing(text: str) -> None:
    assert parse(f"ls # {text}").body == parse("ls").body


@given(st.sampled_from(["bash", "zsh", "sh"]), st.text(alphabet="ab$`'\"\\;|&(){}<>", max_size=40))
def test_a_quoted_here_document_runs_nothing(dialect: str, text: str) -> None:
    program = parse(f"cat <<'EOF'\n{text}\nEOF\n", dialect)
    assert program.clean
    [(_, command)] = program.body.items
    assert isinstance(command, Simple)
    [redirect] = command.redirects
    assert redirect.body is not None
    assert redirect.body.literal == f"{text}\n"


def steps(work: Callable[[], object]) -> int:
    """How many calls `work` makes, of Python and of C: the same on every machine."""
    count = 0

    def seen(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


SHAPES = {
    "commands": lambda n: "ls -la foo; " * n,
    "lines": lambda n: "echo 'a b' | grep c\n" * n,
    "words": lambda n: "rm " + "x " * n,
    "pipes": lambda n: "a | " * n + "b",
    "substitutions": lambda n: "$(" * n + ")" * n,
    "open substitutions": lambda n: "$(" * n,
    "quoted substitutions": lambda n: 'echo "' + "$(a) " * n + '"',
    "quotes": lambda n: "'a'\"b\"" * n,
    "parameters": lambda n: "${a:-" * n + "}" * n,
    "subshells": lambda n: "(" * n,
    "backslashes": lambda n: "\\" * n,
    "here-documents": lambda n: "cat <<A\nx\nA\n" * n,
    "never-ending here-documents": lambda n: "cat <<A\n" * n,
    "assignments": lambda n: "a=b " * n,
    "redirects": lambda n: "> f " * n,
    "arms": lambda n: "case x in " + "a) b;; " * n + "esac",
    "quotes that never close": lambda n: "'\"" * n,
    "stray closers": lambda n: ") } done " * n,
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_twice_the_text_takes_no_more_than_twice_the_steps(shape: Callable[[int], str]) -> None:
    small, large = (steps(lambda n=n: parse(shape(n))) for n in (1_500, 3_000))  # type: ignore[misc]
    assert large <= 2.2 * small + 200


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_long_text_comes_to_an_end(shape: Callable[[int], str]) -> None:
    text = shape(200_000 // len(shape(1)))[:200_000]
    assert isinstance(parse(text).body, Sequence)


def test_ten_thousand_nested_substitutions_are_one_word() -> None:
    program = parse("echo " + "$(" * 10_000 + ")" * 10_000)
    assert program.clean
    [(_, command)] = program.body.items
    assert isinstance(command, Simple)
    assert len(command.words) == 2
