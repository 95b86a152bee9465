"""Lines as a whole: lists, pipes, redirects, compound commands, here-documents and what is left of broken ones."""

from __future__ import annotations

from typing import Any

import pytest

from caro.parse.lines import parse

from .outline import outline, sequence


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("", []),
        ("ls", [["ls"]]),
        ("ls -la /tmp", [["ls", "-la", "/tmp"]]),
        ("a; b", [["a"], ["b"]]),
        ("a\nb", [["a"], ["b"]]),
        ("a && b || c", [["a"], "&&", ["b"], "||", ["c"]]),
        ("a & b", [["a"], "&", ["b"]]),
        ("a &", [["a"], "&"]),
        ("a | b |& c", [("pipe", ["a"], ["b"], ["c"])]),
        ("a |\n b", [("pipe", ["a"], ["b"])]),
        ("! a", [["a"]]),
        ("time -p a", [["a"]]),
        ("a # b", [["a"]]),
        ("# rm -rf /", []),
        ("a#b", [["a#b"]]),
        ("echo a \\\n b", [["echo", "a", "b"]]),
        ("  a  ", [["a"]]),
        ("a\r\nb", [["a"], ["b"]]),
    ],
)
def test_lists_and_pipes(text: str, parsed: list[Any]) -> None:
    assert outline(text) == parsed


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("x=1", [["x=1"]]),
        ("x=1 y='a b' ls", [["x=1", "y='a b'", "ls"]]),
        ("x+=a", [["x+=a"]]),
        ("x=", [["x="]]),
        ("a[0]=b", [["a=b"]]),
        ("a=(b 'c d' $e)", [["a=(b 'c d' $e)"]]),
        ("a+=(b)", [["a+=(b)"]]),
        ("a=(\n b # c\n d\n)", [["a=(b d)"]]),
        ("ls x=1", [["ls", "x=1"]]),
        ("x=$(ls) y", [["x=$(ls)", "y"]]),
    ],
)
def test_assignments(text: str, parsed: list[Any]) -> None:
    assert outline(text) == parsed


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("a > f", [["a", "> f"]]),
        ("a >> f", [["a", ">> f"]]),
        ("a < f", [["a", "< f"]]),
        ("a 2>&1", [["a", "2>& 1"]]),
        ("a &> f", [["a", "&> f"]]),
        ("a >| f", [["a", ">| f"]]),
        ("> f", [["> f"]]),
        ("> f a", [["a", "> f"]]),
        ("a {fd}> f", [["a", "{fd}> f"]]),
        ("a <> f", [["a", "<> f"]]),
        ("a <<< 'b c'", [["a", "<<< 'b c'"]]),
        ("a 3< f 4> g", [["a", "3< f", "4> g"]]),
        ("(a) > f", [("subshell", ["a"], "> f")]),
        ("while a; do b; done < f", [("loop", (["a"],), ["b"], "< f")]),
        ("a > >(tee f)", [["a", "> >(tee f)"]]),
        ("a <(b) >(c)", [["a", "<(b)", ">(c)"]]),
    ],
)
def test_redirects(text: str, parsed: list[Any]) -> None:
    assert outline(text) == parsed


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("( a; b )", [("subshell", ["a"], ["b"])]),
        ("{ a; b; }", [("group", ["a"], ["b"])]),
        (
            "if a; then b; elif c; then d; else e; fi",
            [("branch", (["a"],), (["b"],), (["c"],), (["d"],), (["e"],))],
        ),
        ("for i in 1 $x; do a; done", [("for", "i", ["1", "$x"], ["a"])]),
        ("for i; do a; done", [("for", "i", None, ["a"])]),
        ("for i in a\ndo\nb\ndone", [("for", "i", ["a"], ["b"])]),
        ("for ((i=0;i<3;i++)); do a; done", [("loop", (("opaque", ["'i=0;i<3;i++'"]),), ["a"])]),
        ("select i in a b; do c; done", [("for", "i", ["a", "b"], ["c"])]),
        ("while a; do b; done", [("loop", (["a"],), ["b"])]),
        ("until a; do b; done", [("until", (["a"],), ["b"])]),
        ("case $x in a|b) c;; *) d ;; esac", [("branch", (("opaque", ["$x"]),), (["c"],), (["d"],))]),
        ("case x in (a) b;& (c) d;;& esac", [("branch", (("opaque", ["x"]),), (["b"],), (["d"],))]),
        ("f() { a; }", [("function", "f", ("group", ["a"]))]),
        ("function f { a; }", [("function", "f", ("group", ["a"]))]),
        ("function f() ( a )", [("function", "f", ("subshell", ["a"]))]),
        ("f () if a; then b; fi", [("function", "f", ("branch", (["a"],), (["b"],)))]),
        ("[[ -f $x && $y == a* ]]", [("opaque", ["-f", "$x", "$y", "==", "a*"])]),
        ("coproc a", [("subshell", ["a"])]),
        ("coproc NAME { a; }", [("subshell", ("group", ["a"]))]),
        ("a && { b || c; } &", [["a"], "&&", ("group", ["b"], "||", ["c"]), "&"]),
    ],
)
def test_compound_commands(text: str, parsed: list[Any]) -> None:
    assert outline(text) == parsed


def test_arithmetic_keeps_the_commands_inside_it() -> None:
    assert outline("(( x = $(ls) ))") == [("opaque", ["' x = '·\"$(ls)\"·' '"])]
    assert outline("a $((b))") == [["a", "$((b))"]]


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("cat <<E\na $x\nE\n", [["cat", "<< E = 'a '·\"$x\"·'\n'"]]),
        ("cat <<'E'\na $x\nE", [["cat", "<< 'E' = 'a $x\n'"]]),
        ("cat <<-E\n\ta\n\tE\n", [["cat", "<<- E = 'a\n'"]]),
        ("cat <<E | sh\nrm x\nE", [("pipe", ["cat", "<< E = 'rm x\n'"], ["sh"])]),
        ("a <<X <<Y\n1\nX\n2\nY\nb", [["a", "<< X = '1\n'", "<< Y = '2\n'"], ["b"]]),
        ("cat <<E && b\na\nE", [["cat", "<< E = 'a\n'"], "&&", ["b"]]),
        ("if a; then cat <<E\nx\nE\nfi", [("branch", (["a"],), (["cat", "<< E = 'x\n'"],))]),
    ],
)
def test_here_documents_belong_to_who_reads_them(text: str, parsed: list[Any]) -> None:
    assert outline(text) == parsed


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("rm -rf x; and ls", [["rm", "-rf", "x"], ["ls"]]),
        ("if test -d a; rm b; else; ls; end", [["test", "-d", "a"], ["rm", "b"], ["ls"]]),
        ("echo (ls)", [["echo", "$(ls)"]]),
        ("for f in *; rm $f; end", [["f=(*)"], ["rm", "$f"]]),
        ("not a; or b", [["a"], ["b"]]),
        ("set -x A b", [["set", "-x", "A", "b"]]),
        ("echo 'it\\'s'; rm x", [["echo", "'it\\'s'"], ["rm", "x"]]),
        ("begin; a; end", [["a"]]),
        ("while true; a; end", [["true"], ["a"]]),
    ],
)
def test_fish_command_heads(text: str, parsed: list[Any]) -> None:
    assert outline(text, "fish") == parsed


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("for f (a b) rm $f", [("for", "f", ["a", "b"], ["rm", "$f"])]),
        ("for f in a; { rm $f }", [("for", "f", ["a"], ["rm", "$f"])]),
        ("a >! f", [["a", "> f"]]),
        ("=ls -l", [["=ls", "-l"]]),
        ("noglob a *", [["noglob", "a", "*"]]),
        ("a &>> f", [["a", "&>> f"]]),
        ("ls **/*.txt(.) && mk d", [["ls", "**/*.txt"], "&&", ["mk", "d"]]),
        ("rm ~/{a,b}(N) ~/*(D)", [["rm", "~/{a,b}", "~/*"]]),
        ("ls *(.om[1,3]) $x(N) 'a'(#qN)", [["ls", "*", "$x", "'a'"]]),
        ("for f in *.txt(N); do a; done", [("for", "f", ["*.txt"], ["a"])]),
        ("f=(*.c(N) b)", [["f=(*.c b)"]]),
        ("ls *.(txt|md)(N)", [["ls", "*.·{txt,md}"]]),
        ("ls *.c(e:'rm x':)", [["ls", "*.c·(e:rm x)"]]),
        ("ls *(+mine)", [["ls", "*·(e:mine)"]]),
    ],
)
def test_forms_of_zsh(text: str, parsed: list[Any]) -> None:
    assert outline(text, "zsh") == parsed
    assert parse(text, "zsh").clean


@pytest.mark.parametrize("text", ["echo a(reboot)", "repeat 3 (reboot)", "ls x(:h)", "echo a(rm x)"])
def test_brackets_that_may_run_something_are_no_pattern_of_zsh(text: str) -> None:
    assert not parse(text, "zsh").clean


@pytest.mark.parametrize("dialect", ["bash", "sh"])
def test_brackets_choose_files_in_zsh_alone(dialect: str) -> None:
    assert not parse("ls *.txt(.)", dialect).clean


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("echo 'a; rm -rf x", ["rm", "-rf", "x"]),
        ('echo "a; rm x', ["rm", "x"]),
        ("ls ); rm x", ["rm", "x"]),
        ("done; rm x", ["rm", "x"]),
        ("} rm x", ["rm", "x"]),
        (";; rm x", ["rm", "x"]),
        ("if rm x", ["rm", "x"]),
        ("echo $(rm x", ["rm", "x"]),
        ("cat <<E\nhello", ["cat", "<< E = 'hello\n'"]),
        ("echo ${a; rm x", ["rm", "x"]),
        ("while rm x; do", ["rm", "x"]),
    ],
)
def test_what_cannot_be_read_is_never_clean_and_its_commands_are_seen(text: str, command: list[str]) -> None:
    program = parse(text)
    assert not program.clean
    assert program.problem
    assert command in list(_flat(sequence(program.body)))


def _flat(items: Any) -> Any:
    """Every simple command at any depth."""
    for item in items:
        if isinstance(item, list):
            yield item
        elif isinstance(item, tuple):
            yield from _flat(item)
