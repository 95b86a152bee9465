"""The engine's own promises: one answer for one question, the memo, own rules, safer forms."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from caro.engine.guard import Guard
from caro.engine.question import Question
from caro.engine.safer_forms import safer_forms
from caro.engine.variables import CONTEXT, MAX_NAME, MAX_NAMES, MAX_VALUE, told_variables
from caro.knowledge.agents import agents
from caro.levels import Action, Level
from caro.paths import Paths
from caro.settings import SETTINGS, Settings
from caro.shell.init_text import init_text

ROOT = Path(__file__).resolve().parents[2]
DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


def guard(home: Path, environments: dict[str, dict[str, object]] | None = None, **values: object) -> Guard:
    values = {f"safety.{name}": value for name, value in values.items()}
    return Guard(Settings(DEFAULTS | values, {}, environments or {}), {"HOME": str(home)}, pytest.fail)


def test_own_rules_tighten_and_never_loosen(tmp_path: Path) -> None:
    judge = guard(tmp_path, mode="active", commands={"^ls x": "block", "rm -rf": "warn"})
    blocked = judge.decide(Question("ls x"))
    assert (blocked.action, blocked.rules[0], blocked.level) == (Action.BLOCK, "user-rule", Level.LOW)
    assert blocked.reason == "matches your rule ^ls x"
    dangerous = judge.decide(Question("rm -rf /"))
    assert (dangerous.action, dangerous.rules[0]) == (Action.BLOCK, "delete-tree")
    assert judge.decide(Question(("ls", "x"))).action == Action.BLOCK


@pytest.mark.parametrize(
    ("mode", "line", "action"),
    [
        ("off", "ls", Action.ALLOW),
        ("passive", "ls", Action.WARN),
        ("active", "ls", Action.CONFIRM),
        ("active", "rm -rf /", Action.BLOCK),
    ],
)
def test_of_a_beginning_the_mode_decides(tmp_path: Path, mode: str, line: str, action: Action) -> None:
    decision = guard(tmp_path, mode=mode).decide(Question(line, cut=True))
    assert (decision.action, decision.transform) == (action, None)


@pytest.mark.parametrize(
    "line",
    [
        "npm publish", "cd x && npm publish", "true; npm publish --tag x", "(npm publish)", "sudo npm publish",
        "echo $(npm publish)", "if true; then npm publish; fi", "f() { npm publish; }; f", "sh -c 'npm publish'",
        "env A=1 npm publish", "x=publish; npm $x",
    ],
)  # fmt: skip
def test_a_rule_of_ones_own_is_tried_on_each_simple_command(line: str, tmp_path: Path) -> None:
    judge = guard(tmp_path, block=["^npm publish"])
    assert judge.decide(Question(line)).action is Action.BLOCK
    assert judge.decide(Question("echo 'npm publish' > notes")).action is Action.ALLOW


def test_until_it_is_loaded_own_rules_speak_alone(tmp_path: Path) -> None:
    judge = Guard(
        Settings(DEFAULTS | {"safety.block": ["^ls x"]}), {"HOME": str(tmp_path)}, pytest.fail, loaded=False
    )
    assert judge.decide(Question("ls x")).action == Action.BLOCK
    assert judge.decide(Question("rm -rf /")).partial
    judge.load()
    assert judge.decide(Question("rm -rf /")).level == Level.CRITICAL


def test_mode_comes_from_the_question_its_environment_its_folder(tmp_path: Path) -> None:
    judge = guard(
        tmp_path,
        {"prod": {"safety": {"mode": "active", "block": ["^ls"]}}},
        folders={str(tmp_path / "strict"): "active"},
    )
    asked = Question("rm -rf /etc", cwd=str(tmp_path))
    actions = [
        judge.decide(question).action
        for question in (
            asked,
            replace(asked, mode="active"),
            replace(asked, mode="nonsense"),
            replace(asked, env={"CARO_ENV": "prod"}),
            replace(asked, env={"CARO_ENV": "other"}),
            replace(asked, cwd=str(tmp_path / "strict/below")),
        )
    ]
    warn, block = Action.WARN, Action.BLOCK
    assert actions == [warn, block, warn, block, warn, block]
    assert judge.decide(Question("ls", env={"CARO_ENV": "prod"})).action == block


def test_rules_of_the_users_folder_hold(tmp_path: Path) -> None:
    folder = tmp_path / ".config/caro/rules/safety"
    folder.mkdir(parents=True)
    told: list[str] = []
    judge = Guard(Settings(DEFAULTS), {"HOME": str(tmp_path)}, told.append)
    (folder / "broken.toml").write_text("[")
    assert judge.decide(Question("ls")).action == Action.ALLOW
    assert len(told) == 1 and "broken.toml" in told[0]
    (folder / "broken.toml").rename(folder / "own.bad")
    rule = 'id = "mine"\neffect = "delete"\nbase = 90\nwhy = "I said so"\ninstead = "ls {target}"\nscope = ["part"]\n'
    (folder / "own.toml").write_text(f"[[rule]]\n{rule}")
    assert judge.decide(Question("rm notes.txt")).level < Level.HIGH
    judge.use(Settings(DEFAULTS))
    for words in ("rm notes.txt", ("rm", "notes.txt")):
        decision = judge.decide(Question(words))
        assert (decision.level, decision.rules[0], decision.reason) == (Level.HIGH, "mine", "I said so")
    assert len(told) == 1


def test_words_alone_are_judged_alike_everywhere(tmp_path: Path) -> None:
    for line in ("rm -rf src", "git push --force", "kubectl delete ns x"):
        here = guard(tmp_path).decide(Question(line, nowhere=True))
        assert here == guard(Path("/elsewhere")).decide(Question(line, nowhere=True))


@pytest.mark.parametrize("line", ["cp /etc/skel/.bashrc ~/.bashrc", "PATH=/usr/bin:/bin ls", "ulimit -f 0"])
def test_words_alone_below_an_agent_are_judged_as_its_gate_does(tmp_path: Path, line: str) -> None:
    judge = guard(tmp_path)
    alone = judge.decide(Question(line, agent="claude-code", nowhere=True))
    assert alone.level == judge.decide(Question(line, agent="claude-code")).level >= Level.HIGH


def test_a_person_may_switch_their_caro_off(tmp_path: Path) -> None:
    judge = guard(tmp_path, mode="active")
    stranger = judge.decide(Question("caro disable"))
    assert stranger.action >= Action.CONFIRM and stranger.hinges_on_person
    assert judge.decide(Question("caro disable", by_person=True)).action == Action.ALLOW
    assert not judge.decide(Question("rm -rf /")).hinges_on_person
    passive = guard(tmp_path, mode="passive")
    for line in ("caro disable", "export CARO_DISABLE=1"):
        warned = passive.decide(Question(line))
        assert warned.action == Action.WARN and warned.hinges_on_person
        assert passive.decide(Question(line, by_person=True)).action == Action.ALLOW
    assert passive.decide(Question("rm -rf ~/.config/caro", by_person=True)).action == Action.WARN


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("git push --force", "git push --force-with-lease"),
        ("git push  -f origin topic", "git push  --force-with-lease origin topic"),
        ("git branch -D 'a b'", "git branch -d 'a b'"),
        ("git switch --discard-changes topic", "git switch topic"),
        ("git worktree remove -f ../x", "git worktree remove ../x"),
        ("git push origin +main", None),
        ("git push -f -f", None),
        ("git push '-f' x", None),
        ("git push --force && ls", None),
        ("X=1 git push --force", None),
        ("git push --force $BRANCH", None),
        ("echo git push --force", None),
        ("git commit -m --force", None),
        ("rm -rf -- 'my src' b*", "trash-put -- 'my src' b*"),
        ("sudo rm -rfv src", "sudo rm -rIv src"),
        ("sudo rm src", "sudo rm -I src"),
        ("rm $X", None),
        ("git clean -fdx", "git clean -idx"),
        ("git clean --force src", "git clean --interactive src"),
        ("git reset --hard", "git stash push"),
        ("git reset --hard HEAD~2", "git stash push && git reset --keep HEAD~2"),
        ("git reset --mixed", None),
        ("git checkout -- 'a b'", "git stash push -- 'a b'"),
        ("git checkout .", "git stash push -- ."),
        ("git checkout topic", None),
        ("git restore a", "git stash push -- a"),
        ("git restore --staged a", None),
        ("mv -f a b", "mv -i a b"),
        ("cp a b", "cp -i a b"),
    ],
)
def test_safer_form(line: str, changed: str | None) -> None:
    assert next(safer_forms(line, "bash", trash="trash-put"), None) == changed


def test_safer_form_is_offered_where_the_guard_lets_it_pass(tmp_path: Path) -> None:
    judge = guard(tmp_path, mode="active", commands={"^git .*with-lease never": "block"})
    question = Question("git push --force origin topic")
    assert judge.decide(question).transform == "git push --force-with-lease origin topic"
    assert judge.decide(replace(question, mode="passive")).transform is None
    assert judge.decide(Question("git push --force never")).transform is None
    # A block may give way to a question, a question to none.
    milder = "git push --force-with-lease origin main"
    assert judge.decide(Question("git push --force origin main")).transform == milder
    assert judge.decide(Question("git push --force origin main", agent="codex")).transform is None
    assert judge.decide(Question(milder)).transform is None
    assert judge.decide(Question("rm -rf /etc")).transform is None
    assert judge.decide(Question(("git", "push", "--force"))).transform is None


def test_variables_that_are_told() -> None:
    env = {"A": "1", "B_2": "2", "HOME": "/h", "KUBECONFIG": "k", "LONG": "x" * 5000, "é": "e"}
    assert told_variables('rm "$A" ${B_2} ${#A} $LONG $NONE $é', env) == {
        "A": "1",
        "B_2": "2",
        "KUBECONFIG": "k",
    }


def test_every_list_of_told_variables_is_the_same() -> None:
    """Those of caro-hook and of zsh, which asks the daemon by itself unless an agent's variable is set."""
    hook = (ROOT / "native/hook/environment.c").read_text()
    table = re.search(r"context\[\] = \{(.*?)\}", hook, re.DOTALL)
    limits = dict(re.findall(r"#define (NAMES_MAX|NAME_BYTES|VALUE_BYTES) (\d+)", hook))
    assert table and tuple(re.findall(r'"(\w+)"', table[1])) == CONTEXT
    told = {"NAMES_MAX": MAX_NAMES, "NAME_BYTES": MAX_NAME + 1, "VALUE_BYTES": MAX_VALUE}
    assert {name: int(value) for name, value in limits.items()} == told
    zsh = (ROOT / "src/caro/shell/init.zsh").read_text()
    named = re.search(r"for name in (.*?) \$\{\(u\)", zsh, re.DOTALL)
    assert named and tuple(named[1].replace("\\", "").split()) == CONTEXT
    asked = re.search(r"__caro_ask_daemon\(\).*?\n\}", zsh, re.DOTALL)
    assert asked
    variables = set(re.findall(r"\$\{([A-Z_]+)-\}", asked[0]))
    modes = {"CARO_SAFETY_LEVEL", "CARO_SAFETY_MODE"}
    assert variables == {*CONTEXT, *modes}
    assigned = re.search(r"__caro_agents='(.*?)'", init_text("zsh", Paths.of({"HOME": "/nowhere"})))
    assert assigned and "${(e)__caro_agents}" in asked[0]
    agents_told = re.findall(r"\$\{([A-Z_]+)-\}", assigned[1])
    assert agents_told == [name for name, _agent in agents().naming_variables()]


@pytest.mark.parametrize("name", ["strict", "link", "other/../strict", "link/below"])
def test_a_folder_is_the_same_by_every_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "strict/below").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to("strict")
    judge = guard(tmp_path, folders={"~/strict": "active"})
    assert judge.decide(Question("rm -rf /etc", cwd=str(tmp_path / name))).action == Action.BLOCK


def test_the_hook_tells_the_same_variables(home: Path, env: dict[str, str], natives: Path) -> None:
    from daemons import FakeDaemon, World, reply_with

    world = World(home, env)
    daemon = FakeDaemon(world.socket, reply_with(action="allow"))
    more = {"A": "1", "B_2": "2", "KUBECONFIG": "k", "LONG": "x" * 5000, "CARO_ENV": "prod"}
    line = 'rm -f "$A" ${B_2} ${!A} ${#B_2} $LONG $HOME $NONE'
    try:
        world.preexec(line, 1, **more)
        assert daemon.requests[0]["env"] == told_variables(line, world.env | more)
    finally:
        daemon.close()
        world.socket.unlink()


def test_check_and_explain_know_the_callers_folder(
    caro: Callable[..., subprocess.CompletedProcess[str]], home: Path, tmp_path: Path
) -> None:
    (home / "docs").mkdir()
    (home / "docs/notes").mkdir()
    here = [json.loads(caro(word, "--json", "rm -rf *", cwd=home).stdout) for word in ("check", "explain")]
    away = json.loads(caro("check", "--json", "--cwd", "docs", "rm -rf *", cwd=home).stdout)
    batch = json.loads(caro("check", "--batch", cwd=home, input='{"command": "rm -rf *"}\n').stdout)
    assert [answer["level"] for answer in here] == ["critical", "critical"]
    assert away["level"] == batch["level"] == "high"
