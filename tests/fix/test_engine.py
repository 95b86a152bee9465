"""The tiers on small made-up machines: what is offered, what is not, and what is marked as dangerous."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from caro.fix.engine import Learned, fixes_for
from caro.fix.evidence import mentions, readable
from caro.fix.model import Answer, Failure, NoInventory, Risk
from caro.fix.rule import read_rules
from caro.fix.rulebook import Rulebook
from caro.levels import Level

SPECS: dict[str, Any] = {
    "git": {
        "s": {"status": {}, "push": {"o": ["--force", "--tags"]}, "pull": {}, "st": "status"},
        "o": ["--version"],
    },
    "apt": {"s": {"install": {}, "update": {}, "upgrade": {}, "remove": {}}},
    "ls": {"o": ["--all", "--color", "--recursive"], "t": "filepaths"},
    "find": {"o": ["-delete", "-name", "-type"], "x": 1},
    "timeout": {"o": ["--foreground"], "v": ["--signal"]},
    "kubectl": {
        "s": {"get": {"x": 1, "a": ["pods", "services", "nodes", "jobs", "events", "secrets"]}, "apply": {}}
    },
}
PATH = ["git", "ls", "cat", "cp", "rm", "find", "apt", "dd", "cd", "mkfs", "timeout", "kubectl", "grep"]
FOLDERS = {
    "/": ["usr/", "etc/", "home/"],
    "/usr": ["local/", "lib/", "share/"],
    "/usr/local": ["bin/"],
    "/etc": ["hostname", "hosts", "passwd"],
    "/w": ["src/", "my notes.txt", "README.md"],
    "/w/src": ["main.py"],
}


def inventory(**changes: Any) -> NoInventory:
    values: dict[str, Any] = {
        "path": PATH,
        "specs": SPECS,
        "folders": FOLDERS,
        "cwd": "/w",
        "home": "/home/u",
    }
    return NoInventory(**(values | changes))


def answer(command: str, status: int = 1, output: str | None = None, **more: Any) -> Answer:
    return fixes_for(Failure(command, status, output), inventory(), **more)


def first(command: str, status: int = 1, output: str | None = None) -> str:
    fixes = answer(command, status, output).fixes
    return fixes[0].command if fixes else ""


@pytest.mark.parametrize(
    ("command", "status", "output", "right"),
    [
        ("gti status", 127, "bash: gti: command not found\n", "git status"),
        ("gti status", 127, None, "git status"),
        ("gitstatus", 127, "bash: gitstatus: command not found\n", "git status"),
        ("cd..", 127, "bash: cd..: command not found\n", "cd .."),
        ("sudo lss", 1, "sudo: lss: command not found\n", "sudo ls"),
        ("git psuh", 1, "git: 'psuh' is not a git command. See 'git --help'.\n", "git push"),
        ("git psuh", 1, None, "git push"),
        ("git psuh", 1, "git: „psuh“ ist kein Git-Befehl. Siehe 'git --help'.\n", "git push"),
        ("git psuh", 1, "git : 'psuh' n'est pas une commande git. Voir 'git --help'.\n", "git push"),
        (
            "git psuh",
            1,
            "git: 'psuh' は git コマンドではありません。'git --help' を参照してください。\n",
            "git push",
        ),
        ("git push --froce", 129, "error: unknown option `froce'\nusage: git push\n", "git push --force"),
        ("apt isntall x", 100, "E: Invalid operation isntall\n", "apt install x"),
        ("ls --clor=auto", 2, "ls: unrecognized option '--clor=auto'\n", "ls --color=auto"),
        ("ls --clor", 2, "ls: Unbekannte Option »--clor«\n", "ls --color"),
        ("ls --clor", 2, "ls : option non reconnue '--clor'\n", "ls --color"),
        ("ls --clor", 2, "ls: オプション '--clor' を認識できません\n", "ls --color"),
        ("apt isntall x", 100, "E: Ungültige Operation: isntall", "apt install x"),
        ("apt isntall x", 100, "E: L'opération isntall n'est pas valable\n", "apt install x"),
        ("apt isntall x", 100, "E: 操作isntallは不正です\n", "apt install x"),
        ("gti status", 127, "bash: gti: Befehl nicht gefunden.\n", "git status"),
        ("gti status", 127, "bash: gti : commande introuvable\n", "git status"),
        ("gti status", 127, "bash: gti: コマンドが見つかりません\n", "git status"),
        ("cd /usr/lcoal", 1, "bash: cd: /usr/lcoal: Aucun fichier ou dossier de ce type\n", "cd /usr/local"),
        ("find . -naem x", 1, "find: unknown predicate `-naem'\n", "find . -name x"),
        (
            "timeout --sgnal=9 1 ls",
            125,
            "timeout: unrecognized option '--sgnal=9'\n",
            "timeout --signal=9 1 ls",
        ),
        ("cd /usr/lcoal", 1, "bash: cd: /usr/lcoal: No such file or directory\n", "cd /usr/local"),
        ("cat /etc/hostnme", 1, "cat: /etc/hostnme: No such file or directory\n", "cat /etc/hostname"),
        (
            "cat /ect/hostnme",
            1,
            "cat: /ect/hostnme: Datei oder Verzeichnis nicht gefunden\n",
            "cat /etc/hostname",
        ),
        ("cat src/mian.py", 1, "cat: src/mian.py: No such file or directory\n", "cat src/main.py"),
        ("cat 'my nots.txt'", 1, "cat: 'my nots.txt': No such file or directory\n", "cat 'my notes.txt'"),
        (
            "kubectl get pdos",
            1,
            'error: the server doesn\'t have a resource type "pdos"\n',
            "kubectl get pods",
        ),
        ("ls | grpe x", 127, "bash: grpe: command not found\n", "ls | grep x"),
        ("A=1 gti status && ls", 127, "bash: gti: command not found\n", "A=1 git status && ls"),
        ("kubectl gett pdos", 1, 'error: unknown command "gett" for "kubectl"\n', "kubectl get pdos"),
    ],
)
def test_slips_are_mended(command: str, status: int, output: str | None, right: str) -> None:
    assert first(command, status, output) == right


@pytest.mark.parametrize(
    ("command", "status", "output"),
    [
        ("git status", 0, ""),
        ("grep foo README.md", 1, ""),
        ("grep foo README.md", 1, None),
        ("diff a b", 1, "1c1\n< a\n---\n> b\n"),
        ("test -f x", 1, None),
        ("sleep 100", 130, "^C"),
        ("yes", 141, None),
        ("./configure", 77, "checking for gcc... no\n"),
        ("bash build.sh", 127, "build.sh: line 3: gti: command not found\n"),
        ("frobnicate --all", 127, "bash: frobnicate: command not found\n"),
        ("cat /nowhere/atall", 1, "cat: /nowhere/atall: No such file or directory\n"),
        ("git push", 1, "remote: error: hook declined\n"),
        ("", 127, None),
        ("   ", 1, ""),
        ("git 'unclosed", 1, None),
    ],
)
def test_silence_where_nothing_is_good(command: str, status: int, output: str | None) -> None:
    assert answer(command, status, output).fixes == ()


def test_destructive_programs_are_no_guess_for_other_words() -> None:
    assert all(
        fix.command != "mkfs a b" for fix in answer("mf a b", 127, "bash: mf: command not found\n").fixes
    )
    assert first("cdd ..", 127, "bash: cdd: command not found\n") == "cd .."


def test_a_fix_that_dares_more_is_marked_and_stands_behind_a_safer_one() -> None:
    rules = Rulebook(
        read_rules(
            {
                "rule": [
                    {"id": "a", "tools": ["x"], "exit": [1], "fix": ["sudo x", "x --safe"], "confidence": 0.8}
                ]
            },
            "t",
        )
    )
    fixes = fixes_for(Failure("x", 1, None), inventory(path=[*PATH, "sudo"]), rules).fixes
    assert [fix.command for fix in fixes] == ["x --safe", "sudo x"]
    assert fixes[1].raises_risk and fixes[1].level >= Level.MODERATE and "sudo" in fixes[1].why


def test_the_guard_is_asked_and_what_it_calls_critical_is_never_offered() -> None:
    def risk_of(command: str) -> Risk:
        return Risk(Level.CRITICAL, 95) if "push" in command and "psuh" not in command else Risk()

    fixes = answer("git psuh", 1, "git: 'psuh' is not a git command.\n", risk_of=risk_of).fixes
    assert all(fix.command != "git push" for fix in fixes)


def test_a_riskier_score_is_marked() -> None:
    fixes = answer(
        "git psuh", 1, None, risk_of=lambda c: Risk(Level.HIGH, 60 if c == "git push" else 0)
    ).fixes
    assert fixes[0].command == "git push" and fixes[0].raises_risk and "high" in fixes[0].why


def test_what_was_learned_comes_first_and_what_was_refused_never_comes() -> None:
    learned = [Learned("git psuh", "git pull")]
    assert answer("git psuh", 1, None, learned=learned).fixes[0].command == "git pull"
    assert answer("git psuh", 1, None, rejected=["git push"]).fixes == ()


def test_a_rule_that_raises_is_told_and_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    from caro.fix.decisions import catalogue as decisions

    monkeypatch.setitem(decisions.DECISIONS, "broken", lambda context: 1 / 0)  # type: ignore[arg-type, return-value]
    complaints: list[str] = []
    text = '[[rule]]\nid = "b"\ntools = ["git"]\ndecide = "broken"\nexit = [1]\n'
    rules = Rulebook(read_rules(tomllib.loads(text), "t"), complaints.append)
    fixes = fixes_for(Failure("git psuh", 1, None), inventory(), rules).fixes
    assert fixes[0].command == "git push"
    assert len(complaints) == 1 and "b" in complaints[0]


def test_hints_of_the_tool_are_ranked_by_the_slip() -> None:
    output = "git: 'rese' is not a git command.\n\nThe most similar commands are\n\trebase\n\treset\n"
    assert first("git rese", 1, output) == "git reset"


def test_values_of_an_output_are_quoted_for_the_shell() -> None:
    text = '[[rule]]\nid = "q"\ntools = ["t"]\nmatch = "name (?P<n>.+)"\nfix = ["use {n}"]\n'
    fixes = fixes_for(
        Failure("t", 1, "name a;rm -rf x"),
        inventory(path=[*PATH, "use"]),
        Rulebook(read_rules(tomllib.loads(text), "t")),
    ).fixes
    assert fixes[0].command == "use 'a;rm -rf x'"


def test_mentions_of_families() -> None:
    found = {
        mention.bad
        for mention in mentions('tool: unrecognized option \'--fooo\'\nerror: unknown command "gett" for "x"')
    }
    assert {"--fooo", "gett"} <= found


def test_escapes_and_control_characters_leave_an_output() -> None:
    assert readable("\x1b[31mred\x1b[0m\x1b]0;title\x07\x00 done\r\n") == "red done\n"
    assert len(readable("x" * 10_000_000)) < 70_000
