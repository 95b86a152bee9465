"""Policies of a shell: what they refuse, that they only tighten, and that nothing runs without the one asked for."""

from __future__ import annotations

import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caro.engine.guard import Guard
from caro.engine.process import guard_of
from caro.engine.question import Question
from caro.engine.shell_policy import begin, bounds_of
from caro.engine.story import story
from caro.levels import Action
from caro.paths import Paths

NOON = 1_800_000_000.0
ALLOW = 'allow = ["ls", "git status *", "echo", "cd", "LANG="]'
DENY = 'deny = ["git push", "ssh", "rm -rf"]'
READ = 'read_only = true\nreads = ["make -n"]'
FOLDERS = 'folders = ["~/work"]'

REFUSED = {
    ALLOW: [
        "git push", "ls | wc", "echo hi > f", "echo $(touch x)", "PATH=/tmp ls", "ls() { :; }", "/bin/ls", "./ls", "$x",
        "bash -c ls", "alias ls=rm", "for PATH in /tmp; do ls; done", "echo 'unclosed", "sudo ls", "git $x",
        "cat <<< x", "ls; wc", "ls & wc", "`echo ls`", "eval ls", "git status > f", "ls >| f", "ls <> f",
        "coproc wc", "l$y", "exec ls", "trap ls INT", "ls 2> f", "ls &> f", "ls {fd}> f", 'echo "${x@P}"',
    ],
    DENY: [
        "git -C x push -f", "ssh h", "/usr/bin/ssh h", "sudo ssh h", "$x y", "rm -rf a", "rm -r -f a", "rm -fr a",
        "env ssh q", "x=ssh; $x h", "git $x", "bash -c 'ssh a'", "`echo ssh` h", "command ssh h", "xargs ssh < f",
        "\\ssh h", "'ssh' h", "s\"s\"h h", "nohup ssh h &", "ls() { ssh h; }", "declare 'a[$(ssh h)]=1'", "fc -s",
        "echo \"${x@P}\"", "BASH_ALIASES[ls]=ssh", "/lib64/ld-linux-x86-64.so.2 /usr/bin/ssh h",
        "f() { g() { ssh h; }; }",
    ],
    READ: [
        "touch f", "echo x > f", "git push", "git stash", "sed -i s/a/b/ f", "find . -delete", "find . -exec rm {} +",
        "make", "sort -o x y", "xargs rm < f", "awk '{print > \"x\"}' f", "python3 -c 1", "tee f", "mkdir d", "cp a b",
        "ls >> f", "curl -o f http://h", "curl -d x http://h", "kubectl delete pod x", "env touch f", "ls | tee f",
        "git log --output=f", "date -s 1", "dd if=a of=b", "ln a b", "./x", "cat a 2> f", "PATH=/x ls",
        "export PATH=/x; ls",
        "LD_PRELOAD=x ls", "env PAGER=x man ls", "ls() { touch f; }", "declare 'a[$(touch f)]=1'", "history -w",
        "complete -C x ls",
        "bind '\"x\": \"y\"'",
    ],
    FOLDERS: [
        "cd ..", "cd", "cd /etc && ls", "rm /etc/passwd", "rm ../x", "cp a /tmp/q", "echo x > /tmp/y", "cd $x; rm y",
        "pushd /tmp", "echo x >> ../y", "cd - && ls",
    ],
}  # fmt: skip
PASSING = {
    ALLOW: [
        "ls -l", "git status -s", "ls && echo a b", "echo hi 2>/dev/null", "cd sub", "LANG=C ls", "", "# x", "exit 3",
        "ls 2>&1",
    ],
    DENY: ["git log", "rm -r a", "echo ssh", "git pull", "sshfs x"],
    READ: [
        "ls -l", "cat f | sort | uniq -c", "echo x >/dev/null 2>&1", "git status", "git -C x log", "git stash list",
        "sed s/a/b/ f", "find . -name x", "find . -exec cat {} +", "awk '$3>5' f", "cd /tmp && ls", "export A=b",
        "env A=b ls", "kubectl -n x get pods", "make -n", "while read x; do echo $x; done < f", "curl http://h",
        "cat <<E\nx\nE", "ls | xargs cat", "f() { ls; }", "x=1; echo $x", "history 5", "complete -p", "alias l=ls",
    ],
    FOLDERS: ["ls", "cd sub", "rm y", "cat /etc/passwd", "echo x > y", "cd -"],
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> tuple[Guard, dict[str, str], str]:
    (tmp_path / "work").mkdir()
    env = {"HOME": str(tmp_path), "CARO_CONFIG": str(tmp_path / "none.toml")}
    return guard_of(env, pytest.fail), env, str(tmp_path / "work")


def asked(
    place: tuple[Guard, dict[str, str], str], policy: str, line: str | tuple[str, ...], **more: object
) -> Question:
    _, env, cwd = place
    bounds = bounds_of(tomllib.loads(policy), "t", env["HOME"], NOON)
    path = begin([bounds], Paths.of(env))
    return Question(line, cwd=cwd, env={"CARO_POLICY": path}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "line"), [(policy, line) for policy, lines in REFUSED.items() for line in lines]
)
def test_refuses(policy: str, line: str, place: tuple[Guard, dict[str, str], str]) -> None:
    decision = place[0].decide(asked(place, policy, line))
    assert (decision.action, decision.rules[0], decision.final) == (Action.BLOCK, "policy", True), (
        decision.reason
    )


@pytest.mark.parametrize(
    ("policy", "line", "key"),
    [
        ('deny = ["hostname"]', "hostname", "(deny `hostname`, policy t)"),
        ('allow = ["ls"]', "hostname", "(allow, policy t)"),
        ("read_only = true", "touch q", "(read_only, policy t)"),
        ('confirm = ["git push"]', "git push -f", "(confirm `git push`, policy t)"),
        ('confirm = "all"', "ls", "(confirm `all`, policy t)"),
    ],
)
def test_why_names_the_key_and_the_entry(
    policy: str, line: str, key: str, place: tuple[Guard, dict[str, str], str]
) -> None:
    told = "\n".join(story(place[0].decide(asked(place, policy, line))))
    assert key in told and "THIS SHELL'S POLICY" in told
    assert ("Nothing that is typed in this shell lifts it" in told) is not policy.startswith("confirm")


@pytest.mark.parametrize(
    ("policy", "line"), [(policy, line) for policy, lines in PASSING.items() for line in lines]
)
def test_lets_pass(policy: str, line: str, place: tuple[Guard, dict[str, str], str]) -> None:
    decision = place[0].decide(asked(place, policy, line))
    assert decision.action <= Action.WARN, decision.reason


@pytest.mark.parametrize(
    ("syntax", "policy", "line"),
    [
        ("zsh", DENY, "=ssh h"), ("zsh", READ, "echo *(e:'touch f':)"), ("zsh", DENY, "echo ${(e)x}"),
        ("zsh", READ, "functions[ls]='touch f'"), ("zsh", DENY, "aliases[ls]=ssh"), ("zsh", DENY, "ls *(+f)"),
        ("fish", DENY, "abbr ls ssh"), ("fish", READ, "bind x 'touch f'"), ("fish", READ, "set -x PATH /x; ls"),
        ("fish", READ, "complete -c ls -a '(touch f)'"), ("fish", DENY, "function ls; ssh h; end"),
    ],
)  # fmt: skip
def test_refuses_in_other_shells(
    syntax: str, policy: str, line: str, place: tuple[Guard, dict[str, str], str]
) -> None:
    assert place[0].decide(asked(place, policy, line, dialect=syntax)).action is Action.BLOCK


@pytest.mark.parametrize(
    ("policy", "line", "action"),
    [
        ('confirm = "all"', "ls", Action.CONFIRM),
        ('confirm = ["git commit"]', "git commit -m x", Action.CONFIRM),
        ('confirm = ["git commit"]', "git log", Action.ALLOW),
        ('mode = "active"', "rm -rf /", Action.BLOCK),
        ("until = 2020-01-01", "ls", Action.BLOCK),
        ("until = 2020-01-01", "exit", Action.ALLOW),
        ("allow = []", "ls", Action.BLOCK),
    ],
)
def test_other_bounds(
    policy: str, line: str, action: Action, place: tuple[Guard, dict[str, str], str]
) -> None:
    assert place[0].decide(asked(place, policy, line)).action is action


def test_what_a_listed_command_starts_needs_no_entry_but_is_denied_all_the_same(
    place: tuple[Guard, dict[str, str], str],
) -> None:
    assert place[0].decide(asked(place, ALLOW, ("wc", "-l"))).action is Action.ALLOW
    assert place[0].decide(asked(place, DENY, ("ssh", "h"))).action is Action.BLOCK
    assert place[0].decide(asked(place, READ, ("rm", "y"))).action is Action.BLOCK


LINES = sorted(
    {line for lines in (*REFUSED.values(), *PASSING.values()) for line in lines} | {"rm -rf /", "rm -rf ~"}
)


@given(
    policy=st.lists(
        st.sampled_from([ALLOW, DENY, READ, FOLDERS, 'confirm = "all"', 'mode = "off"', 'days = "mon"']),
        max_size=3,
    ),
    line=st.sampled_from(LINES),
    mode=st.sampled_from([None, "off", "passive", "active"]),
)
def test_a_policy_only_tightens(
    policy: list[str], line: str, mode: str | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.getbasetemp() / "tightens"
    (home / "work").mkdir(parents=True, exist_ok=True)
    env = {"HOME": str(home), "CARO_CONFIG": str(home / "none.toml")}
    guard = guard_of(env, pytest.fail)
    layers = [bounds_of(tomllib.loads(each), "t", env["HOME"], NOON) for each in policy]
    question = Question(line, cwd=str(home / "work"), mode=mode)
    free = guard.decide(question)
    if layers:
        question = replace(question, env={"CARO_POLICY": begin(layers, Paths.of(env))})
    bound = guard.decide(question)
    assert bound.action >= free.action and bound.score == free.score
    assert bound.final or not free.final


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("alow = []", "did you mean allow?"),
        ("deny = 3", "not a list of texts"),
        ("hours = '9'", "'09:00-17:30'"),
        ("days = ['xx']", "mon-fri"),
        ("until = 'q'", "2027-01-31"),
        ("folders = ['rel']", "no absolute path"),
        ("minutes = -1", "number of minutes"),
        ("read_only = 'yes'", "neither true nor false"),
        ("mode = 'x'", "passive"),
        ('allow = ["a \'b"]', "quote"),
        ("confirm = true", "not a list of texts"),
        ("deny = [", "can't be read"),
        (None, "can't be read"),
    ],
)
def test_a_faulty_policy_is_told_in_one_sentence_and_nothing_runs(
    text: str | None, said: str, env: dict[str, str], tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "p.toml").write_text(text)
    done = subprocess.run(
        ["caro", "repl", "bash", "--policy", "p.toml", "-c", "touch marker"],
        env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1 and said in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "marker").exists()


def test_a_copy_that_is_gone_or_damaged_refuses_everything(place: tuple[Guard, dict[str, str], str]) -> None:
    question = asked(place, ALLOW, "ls")
    Path(question.env["CARO_POLICY"]).write_text("{}")
    assert place[0].decide(question).action is Action.BLOCK
    Path(question.env["CARO_POLICY"]).unlink()
    assert place[0].decide(question).action is Action.BLOCK


@pytest.mark.parametrize(
    "line", ["unset CARO_POLICY", "export CARO_POLICY=/x", "env -u CARO_POLICY bash", "CARO_POLICY= bash"]
)
def test_taking_the_policy_away_is_tampering(line: str, place: tuple[Guard, dict[str, str], str]) -> None:
    decision = place[0].decide(Question(line, cwd=place[2]))
    assert decision.assessment is not None and "tamper_audit" in decision.assessment.effects
