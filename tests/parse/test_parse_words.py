"""One word at a time: quoting, expansions and escapes stay what they were, part by part."""

from __future__ import annotations

import pytest

from caro.parse.words import ansi_c, word_of

from .outline import outline, word


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", "plain"),
        ("'single $x'", "'single $x'"),
        ('"double $x end"', "'double '·\"$x\"·' end'"),
        ("r''m", "r·''·m"),
        ('r""m', "r·''·m"),
        (r"r\m", "r·'m'"),
        (r"a\ b", "a·' '·b"),
        ('""', "''"),
        ("$'\\x72m'", "$'rm'"),
        ("$'a\\tb\\'c'", "$'a\tb'c'"),
        ('$"text"', "'text'"),
        ('"a\\"b"', "'a'·'\"'·'b'"),
        (r'"a\$b"', "'a'·'$'·'b'"),
        (r'"a\nb"', r"'a'·'\n'·'b'"),
        ("a'b'\"c\"d", "a·'b'·'c'·d"),
        ("~/x", "~/x"),
        ("*.py", "*.py"),
        ("{a,b}", "{a,b}"),
        ("@(a|b)", "@·(a|b)"),
        ("!(keep)", "!·(keep)"),
    ],
)
def test_quoting_is_kept(text: str, parts: str) -> None:
    assert word(word_of(text)) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("$x", "$x"),
        ("${x}", "$x"),
        ("$1$2", "$1·$2"),
        ("$@", "$@"),
        ("$?", "$?"),
        ("${x:-/}", "${x :- /}"),
        ("${x:?unset}", "${x :? unset}"),
        ("${x%.*}", "${x % .*}"),
        ("${x##*/}", "${x ## */}"),
        ("${x/a/b}", "${x / a/b}"),
        ("${#x}", "${#x}"),
        ("${!x}", "${!x}"),
        ("${a[0]}", "$a[0]"),
        ("${a[@]}", "$a[@]"),
        ('"${x:-a b}"', '"${x :- a b}"'),
        ("${x:-$(rm y)}", "${x :- $(rm y)}"),
        ("$(ls -la)", "$(ls -la)"),
        ('"$(ls)"', '"$(ls)"'),
        ('"a$(b "c" d)e"', "'a'·\"$(b \"c\" d)\"·'e'"),
        ("`ls`", "`ls`"),
        (r"`a \`b\``", "`a `b``"),
        ("<(sort a)", "<(sort a)"),
        (">(tee log)", ">(tee log)"),
        ("$((1 + 2))", "$((1 + 2))"),
        ("$(( $(x) ))", "$(( $(x) ))"),
        ("$((ls); (pwd))", "$((ls); (pwd))"),
        ("a$", "a·$"),
        ("a${IFS}b", "a·$IFS·b"),
    ],
)
def test_expansions_are_parts_of_their_own(text: str, parts: str) -> None:
    assert word(word_of(text)) == parts


@pytest.mark.parametrize(
    ("escaped", "value"),
    [
        ("\\x72\\x6d", "rm"),
        ("\\162\\155", "rm"),
        ("\\u0072m", "rm"),
        ("\\U00000072m", "rm"),
        ("a\\nb", "a\nb"),
        ("\\e[0m", "\x1b[0m"),
        ("\\cA", "\x01"),
        ("\\\\", "\\"),
        ("\\q", "\\q"),
        ("\\UFFFFFFFF", ""),
    ],
)
def test_ansi_c_strings_are_decoded(escaped: str, value: str) -> None:
    assert ansi_c(escaped) == value


def test_a_substitution_holds_brackets_quotes_and_comments() -> None:
    assert outline('echo "$(echo ")" # a ( comment\necho b)" c') == [
        ["echo", '"$(echo ")" # a ( comment\necho b)"', "c"]
    ]


def test_bare_is_only_what_nobody_quoted() -> None:
    assert word_of("if").bare == "if"
    assert word_of("'if'").bare is None
    assert word_of("$x").bare is None
    assert word_of("r''m").literal == "rm"
    assert word_of("a$x").literal is None
