"""How a line looks while it is typed: its paint, whether it goes on below, what stands at its right."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

import pytest

from caro.fix.model import Node
from caro.repl.look import Danger
from caro.repl.painted import painted
from caro.repl.state import SNAPSHOT, exported_values
from caro.repl.status import Status, status_text
from caro.repl.whole import is_open


class Shell:
    """A shell with a few commands, and the spec of one."""

    def is_command(self, name: str) -> bool:
        return name in {"ls", "git", "echo", "cat", "rm", "sudo", "bash"}

    def is_keyword(self, name: str) -> bool:
        return name in {"if", "then", "fi", "for", "do", "done", "{", "}", "case", "esac", "[["}

    def spec(self, key: str) -> Node | None:
        specs: Mapping[str, Node] = {"git": {"s": {"commit": {"o": ["--amend"], "v": ["-m"]}}}}
        return specs.get(key)


SHELL = Shell()


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("ls -l", "command:ls"),
        ("gti status", "unknown:gti"),
        ("git commit --amend", "command:git command:commit option:--amend"),
        ("git commit --amned", "command:git command:commit"),
        ("echo 'a b' \"c $x\"", "command:echo string:'a_b' string:\"c_ variable:$x string:\""),
        ("echo a # b 'c", "command:echo comment:#_b_'c"),
        ("echo a#b", "command:echo"),
        ("for f in a; do ls; done", "keyword:for operator:; keyword:do command:ls operator:; keyword:done"),
        ("nope() { ls; }", "operator:() keyword:{ command:ls operator:; keyword:}"),
        ("case $x in a) ls;; esac", "keyword:case variable:$x operator:) command:ls operator:;; keyword:esac"),
        ("a=(one two); b=1 ls", "operator:( operator:); command:ls"),
        ("[[ a && b ]] && ls", "keyword:[[ operator:&& operator:&& command:ls"),
        ("cat <<X\nnope $y\nX\nls", "command:cat operator:<< string:nope_$y\nX\n command:ls"),
        ('echo "$(nope)"', "command:echo string:\"$( unknown:nope string:)\""),
        ("ls >out 2>&1", "command:ls operator:> operator:>&"),
        ("sudo nope", "command:sudo unknown:nope"),
    ],
)  # fmt: skip
def test_paint(line: str, wanted: str) -> None:
    found = painted(line, False, SHELL)
    assert "".join(piece for _, piece in found) == line
    told = " ".join(f"{paint}:{piece.replace(' ', '_')}" for paint, piece in found if paint)
    assert told == wanted


@pytest.mark.parametrize(
    ("line", "danger", "words"),
    [
        ("ls; sudo rm -rf ~/x", Danger(("rm", "-rf", "~/x"), "~/x"), ["rm", "-rf", "~/x"]),
        ('rm "$HOME"/x', Danger(("rm", "~/x"), "~/x"), ["rm", '"$HOME"/x']),
        ("echo a >/etc/x", Danger((">", "/etc/x"), "/etc/x"), ["/etc/x"]),
        ("bash -c 'rm x'", Danger(("rm", "x"), "x"), ["'rm x'"]),
    ],
)
def test_dangerous_words(line: str, danger: Danger, words: list[str]) -> None:
    assert [piece for paint, piece in painted(line, False, SHELL, [danger]) if paint == "danger"] == words


@pytest.mark.parametrize(
    "text",
    [
        "echo 'a", 'echo "a', "cat <<X", "cat <<X\na", "cat <<-'E'\n\ta", "cat <<A <<B\n1\nA\n", "ls |", "ls &&",
        "ls \\", "if ls; then", "if a; then b; else", "for x in a b", "while :", "case x in", "case x in a) ls;;",
        "f() {", "{ ls;", "(ls", "echo $(ls", "echo `ls", "echo ${x", "a=(1 2", "if a; then for x in 1; do ls; done",
        "(while ls; do ls", "time for x in 1; do", 'echo "a <<E', "cat <<'A B'\nx", "cat <<E 'a\nb'\n",
        'echo "$(cat <<E\nhi',
    ],
)  # fmt: skip
def test_a_line_that_goes_on_below(text: str) -> None:
    assert is_open(text)
    assert _asks_for_more(text)


@pytest.mark.parametrize(
    "text",
    [
        "if; then",
        "for x in; )",
        "", "ls", "echo 'a'", "cat <<X\na\nX", "cat <<<x", "ls | cat", "ls && ls", "echo \\\\", "if ls; then ls; fi",
        "for i in 1; do ls; done", "case x in a) ls;; esac", "f() { ls; }", "(ls)", "echo $(ls) `ls` ${x:-y}",
        "echo if", "echo done", 'git commit -m "it\'s"', "# it's", "ls # it's", "echo { }", "echo a\\'b",
        "echo $((1<<3))", "echo 'a <<X'", "find . -exec ls {} \\;", "ls &", "echo \\|", "echo $'it\\'s'",
        "(while :; do ls; done) &", "(cd x && for f in *; do ls; done)", "x=$(case $y in a) ls;; esac)",
        "case x in if) ls;; esac", "$(if true; then ls; fi)", "f() { if ls; then ls; fi; }", "echo if while",
        "while read x; do ls; done <f", "select=1", "make for", "[[ a || b ]]", "ls >| b", "awk '{ print $1 }' f",
        'eval "cat <<E\nhi\nE"', "bash -c 'cat <<E\ninner\nE'", "cat <<E 'a\nb'\ntext\nE", "x='<<A' cat <<B\n'\nB",
        'echo "$(cat <<E\nhi"\nE\n)"', "cat <<E\"F\"\nx\nEF",
    ],
)  # fmt: skip
def test_a_whole_line(text: str) -> None:
    assert not is_open(text)
    assert not _asks_for_more(text)


@pytest.mark.parametrize(
    "text",
    ["for i (1 2) print $i", "foreach f (a b)", "if [[ -n x ]] { print yes }", "while (( n++ < 2 )) { print $n }",
     "repeat 2 print r", "ls; for x (a) print $x", "if (ls) { ls }"],
)  # fmt: skip
def test_blocks_of_zsh_that_no_word_closes(text: str) -> None:
    assert not is_open(text, "zsh")


@pytest.mark.parametrize(
    "text", ["for i in 1 2", "if true", "if true; then", "if [[ -n x ]] {", "while true; do"]
)
def test_blocks_of_zsh_that_go_on(text: str) -> None:
    assert is_open(text, "zsh")


def _asks_for_more(text: str) -> bool:
    """True if bash, which reads the text and runs nothing of it, comes to its end too early."""
    said = subprocess.run(["bash", "-n"], input=text + "\n", capture_output=True, text=True, env={}).stderr
    return "unexpected end" in said or "unexpected EOF" in said or "here-document" in said or text == "ls \\"


@pytest.mark.parametrize(
    ("shown", "status", "text"),
    [
        ("auto", Status("passive", "passive", took_ms=900, session="0123456789ab"), ""),
        ("auto", Status("active", "passive", "codex", 61_000, policy=True), "active policy codex 1m01s"),
        ("always", Status("passive", "passive", took_ms=12, session="0123456789ab"), "passive 12ms 456789ab"),
        ("off", Status("active", "passive", "codex", 61_000), ""),
    ],
)
def test_status(shown: str, status: Status, text: str) -> None:
    assert status_text(status, shown) == text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_lists_that_are_exported(shell: str, env: dict[str, str]) -> None:
    line = "set -gx A 'b c'" if shell == "fish" else "export A='b c'"
    options = {"zsh": ["-f"], "fish": ["--no-config"], "bash": []}[shell]
    words = [shell, *options, "-c", f"{line}; {SNAPSHOT[shell]}"]
    path = f"{env['PATH']}:/a b"
    printed = subprocess.run(words, env=env | {"PATH": path}, capture_output=True, check=True).stdout
    found = exported_values(shell, printed)
    assert (found["PATH"], found["A"]) == (path, "b c")
