"""Plugins as folders of data, and trusted projects: what they add, what they can't, who may bring them in."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

import pexpect
import pytest

from caro.addition import PLUGIN, PROJECT, TEAM, Addition, checked
from caro.additions import additions, plugin_of
from caro.engine.question import Question
from caro.errors import UsageError
from caro.levels import Action
from caro.machine.own_specs import joined
from caro.paths import Paths
from caro.plugins.check import check
from caro.plugins.folder import put, remove, write_skeleton
from caro.plugins.trust import read_project, revoke, trust, trusted
from caro.runtime_conf import compile_text, guarded_programs
from caro.settings import load_settings
from persons import AGENTS
from plugins.layerings import guard_of, layered

Caro = Callable[..., CompletedProcess[str]]
BARE = load_settings({"HOME": "/nonexistent"})


def at_terminal(env: dict[str, str], cwd: Path, *words: str, says: str = "") -> tuple[int, str]:
    """Run caro as a person at a terminal, below no agent; return its status and what it said."""
    own = {name: value for name, value in env.items() if not name.startswith(AGENTS)}
    terminal = pexpect.spawn("caro", list(words), env=own, cwd=str(cwd), timeout=60, encoding="utf-8")
    if says:
        terminal.expect_exact("[y/N]")
        terminal.sendline(says)
    terminal.expect(pexpect.EOF)
    terminal.close()
    return terminal.exitstatus or 0, terminal.before or ""


def plugin(text: str, **files: str) -> Addition:
    named = {name.replace("__", "/") + ".toml": data.encode() for name, data in files.items()}
    return plugin_of({"plugin.toml": text.encode(), **named}, "/plugin")


def test_the_skeleton_passes_and_is_in_use_at_once(caro: Caro, env: dict[str, str], tmp_path: Path) -> None:
    """From `new` to a rule that speaks: what a new user does in five minutes."""
    done = caro("plugin", "new", "kube", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "none of them wrong" in caro("plugin", "check", "kube", cwd=tmp_path).stdout
    status, said = at_terminal(env, tmp_path, "plugin", "add", "kube")
    assert status == 0, said
    told = json.loads(caro("check", "--json", "kube-demo deploy production").stdout)
    assert (told["action"], told["rules"][0]) == ("confirm", "user-rule")
    assert "plugin kube" in told["why"]
    assert json.loads(caro("check", "--json", "kube-demo purge production").stdout)["why"].startswith(
        "removes"
    )
    listed = json.loads(caro("plugin", "list", "--json").stdout)
    assert [one["name"] for one in listed["additions"]] == ["kube"]
    conf = (Paths.of(env).runtime_conf).read_text()
    assert "rule = confirm ^kube-demo deploy" in conf and "\nplain" not in conf
    status, said = at_terminal(env, tmp_path, "plugin", "remove", "kube")
    assert status == 0, said
    assert json.loads(caro("check", "--json", "kube-demo deploy production").stdout)["action"] == "allow"


def test_a_failing_case_is_named(caro: Caro, tmp_path: Path) -> None:
    write_skeleton(tmp_path / "kube", "kube")
    manifest = tmp_path / "kube/plugin.toml"
    manifest.write_text(manifest.read_text().replace('action = "allow"', 'action = "block"'))
    done = caro("plugin", "check", "kube", cwd=tmp_path)
    assert done.returncode == 1
    assert "case `kube-demo list`: allow, and not block" in done.stderr


@pytest.mark.parametrize(
    "words", [("plugin", "add", "kube"), ("plugin", "remove", "kube"), ("trust", "--yes")]
)
def test_nobody_below_an_agent_brings_one_in(
    words: tuple[str, ...], env: dict[str, str], tmp_path: Path
) -> None:
    write_skeleton(tmp_path / "kube", "kube")
    (tmp_path / ".caro").mkdir()
    (tmp_path / ".caro/plugin.toml").write_text('[safety]\nblock = ["x"]\n')
    own = {name: value for name, value in env.items() if not name.startswith(AGENTS)} | {
        "CARO_AGENT": "codex"
    }
    terminal = pexpect.spawn("caro", list(words), env=own, cwd=str(tmp_path), timeout=60, encoding="utf-8")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus and "below an agent" in (terminal.before or "")
    assert additions(Paths.of(env)) == ((), (), ())


@pytest.mark.parametrize(
    "line",
    [
        "caro trust",
        "caro plugin add x",
        "caro plugin remove x",
        "caro policy fetch",
        "caro sync accept safety.mode",
        "caro sync setup /tmp/x",
        "caro sync devices add x",
        "caro undo --forget",
        "caro fleet run --once",
        "caro config set llm.backend exec",
        "caro config set fleet.url https://e.example",
        "caro config set safety.mode active 1s",
    ],
)
def test_an_agent_is_refused_before_it_runs(line: str) -> None:
    assert guard_of(BARE).decide(Question(line, agent="codex", nowhere=True)).action >= Action.CONFIRM


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[plugin]\nname = "x"\n[safety]\nmode = "off"\n', "safety.mode: no such key"),
        ('[plugin]\nname = "x"\n[safety.commands]\na = "allow"\n', "one of warn, confirm, block"),
        ('[plugin]\nname = "x"\n[safety.folders]\n"/" = "off"\n', "one of passive, active"),
        ('[plugin]\nname = "x"\n[privacy]\nredact = false\n', "privacy.redact: no such key"),
        ('[plugin]\nname = "../x"\n', "is no name"),
        ("[plugin\n", "line 1"),
        ("", "is no name"),
        ('[plugin]\nname = "x"\n[require]\nmode = "off"\n', "one of passive, active"),
    ],
)
def test_there_is_no_word_for_loosening(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        plugin(text)


def test_one_plugin_does_not_take_anothers_rule_away() -> None:
    """How one describes a program's options does not change what another's rule finds in it."""
    effect = '[program.kube]\neffects = [{ verb = "delete", effect = "destroy_resource", base = 80, why = "gone" }]\n'
    hiding = '[program.kube]\ndry_run = "--dry"\n'
    finder = plugin('[plugin]\nname = "finder"\n', safety__a=effect)
    hider = plugin('[plugin]\nname = "hider"\n', safety__a=hiding)
    question = Question("kube delete x --dry", nowhere=True, mode="active")
    alone = guard_of(layered(BARE, [finder])).decide(question).action
    assert alone >= Action.CONFIRM
    assert guard_of(layered(BARE, [hider, finder])).decide(question).action == alone
    assert guard_of(layered(BARE, [finder, hider])).decide(question).action == alone


def test_a_required_mode_holds_where_no_folder_is_told_and_above_an_allow_entry() -> None:
    policy = Addition(
        TEAM, "t", checked({"policy": {"name": "t", "serial": 1}, "require": {"mode": "active"}}, TEAM)
    )
    entry = {"argv": ["git", "push", "--force"], "folder": "/srv", "expires": 9e9, "reason": "mine"}
    own = replace(BARE, values=dict(BARE.values) | {"safety.allow": [entry], "safety.mode": "off"})
    asked = Question("git push --force", cwd="/srv", nowhere=True, mode="passive")
    decision = guard_of(layered(own, [policy])).decide(asked)
    assert decision.action >= Action.CONFIRM and "a policy requires" in decision.decided_by
    assert guard_of(layered(own, [policy])).decide(replace(asked, cwd=None)).action >= Action.CONFIRM
    lenient = Addition(TEAM, "t", {**policy.table, "require": {"mode": "active", "exceptions": True}})
    assert guard_of(layered(own, [lenient])).decide(asked).action == Action.ALLOW
    assert "folder = active /\n" in compile_text(layered(own, [policy]), ())


def test_secrets_of_a_plugin_are_kept_out_everywhere(env: dict[str, str], caro: Caro) -> None:
    folder = Path(env["HOME"]) / ".config/caro/plugins/acme"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text(
        '[plugin]\nname = "acme"\n[privacy]\nredact_patterns = ["acme_[0-9]{8}"]\n'
    )
    assert "acme_[0-9]{8}" in load_settings(env).values["privacy.redact_patterns"]
    assert caro("config", "validate").returncode == 0


def test_fixes_requests_and_explanations_of_a_plugin_are_used(
    env: dict[str, str], caro: Caro, tmp_path: Path
) -> None:
    folder = Path(env["HOME"]) / ".config/caro/plugins/acme"
    write_skeleton(folder, "acme")
    (folder / "explain").mkdir()
    (folder / "explain/acme.toml").write_text(
        "[acme]\ntools = \"acme-demo\"\ntext = '''\n~ quota of (\\w+) is used up\n> quota of disk is used up\n"
        "= there is no {1} left\n? buy more\n'''\n"
    )
    (folder / "ask").mkdir()
    (folder / "ask/acme.toml").write_text(
        '"acme-demo list --frobnicated" = """\nlist the frobnicated gizmos\n"""\n'
    )
    done = caro("plugin", "check", "acme")
    assert done.returncode == 0, done.stderr
    explained = caro(
        "explain-error", "--command", "acme-demo up", "--exit", "1", input="quota of disk is used up\n"
    )
    assert "there is no disk left" in explained.stdout, explained.stderr
    assert "acme-demo list --frobnicated" in caro("ask", "list the frobnicated gizmos").stdout
    tool = tmp_path / "acme-demo"
    tool.write_text("#!/bin/sh\nexit 1\n")
    tool.chmod(0o755)
    here = env | {"PATH": f"{tmp_path}:{env['PATH']}"}
    assert caro("fix", "--command", "acme-demo lsit", env=here).stdout.splitlines()[0] == "acme-demo list"


def test_names_of_a_tool_add_and_are_checked() -> None:
    """What ships keeps its names; a child that stands for another one stays that."""
    node = {"s": {"ci": "commit", "commit": {"o": ["-m"]}}, "o": ["-v"]}
    more = {"s": {"ci": {"o": ["-x"]}, "commit": {"o": ["-m", "-n"]}, "ship": {}}, "o": ["-v", "-w"]}
    assert joined(node, more) == {
        "s": {"ci": "commit", "commit": {"o": ["-m", "-n"]}, "ship": {}},
        "o": ["-v", "-w"],
    }
    header = '[plugin]\nname = "acme"\n'
    good = '["acme"]\nsubcommands = ["list"]\ncases = { "acme lsit" = "acme list" }\n'
    assert not check(plugin(header, specs__a=good)).faults
    assert "gives" in check(plugin(header, specs__a=good.replace('= "acme list"', '= "acme show"'))).faults[0]
    for wrong, said in (
        ('["acme"]\nsubcommand = ["list"]\n', "no such key"), ('["acme"]\noptions = ["list"]\n', "should begin"),
        ('["acme"]\nsubcommands = ["-l"]\n', "should not"), ('["rm; ls"]\n', "no table of a command"),
        ('["acme"]\nsubcommands = ["a;b"]\n', "one word"), ('acme = 1\n', "no table of a command"),
    ):  # fmt: skip
        assert said in check(plugin(header, specs__a=wrong)).faults[0]
    assert "nothing reads it" in check(plugin(header, agents__a="x = 1")).notes[0]


def test_a_project_speaks_below_its_folder_once_trusted(
    env: dict[str, str], caro: Caro, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    (root / ".caro").mkdir(parents=True)
    (root / ".caro/plugin.toml").write_text('[safety.commands]\n"^make deploy" = "block"\n')

    def action(folder: Path) -> str:
        return str(json.loads(caro("check", "--json", "--cwd", str(folder), "make deploy").stdout)["action"])

    assert action(root) == "allow"
    status, said = at_terminal(env, root, "trust", says="y")
    assert status == 0, said
    assert (action(root), action(root / "sub"), action(tmp_path)) == ("block", "block", "allow")
    # Whoever changes it afterwards, what was trusted holds.
    (root / ".caro/plugin.toml").write_text("")
    assert action(root) == "block"
    assert "changed since" in caro("trust", "--list").stdout
    status, said = at_terminal(env, root, "trust", "--revoke")
    assert (status, action(root)) == (0, "allow"), said


def test_trust_is_bound_to_the_content(tmp_path: Path) -> None:
    paths = Paths.of({"HOME": str(tmp_path)})
    root = tmp_path / "project"
    (root / ".caro").mkdir(parents=True)
    (root / ".caro/plugin.toml").write_text('[safety]\nblock = ["x"]\n')
    trust(paths, root, read_project(root)[1])
    assert [one.state for one in trusted(paths)] == ["holds"]
    (file,) = paths.trusted.iterdir()
    file.write_text(file.read_text().replace('[\\"x\\"]', '[\\"y\\"]'))
    found, wrong, skipped = additions(paths)
    assert (found, wrong) == ((), ()) and "not what was trusted" in skipped[0]
    assert revoke(paths, str(root)) and not revoke(paths, str(root))


def test_what_is_no_plain_file_is_not_taken(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / ".caro").mkdir(parents=True)
    os.symlink("/etc/passwd", root / ".caro/plugin.toml")
    with pytest.raises(UsageError, match="links"):
        read_project(root)


def test_a_broken_plugin_is_one_sentence_and_nothing_else(env: dict[str, str], caro: Caro) -> None:
    plugins = Path(env["HOME"]) / ".config/caro/plugins"
    write_skeleton(plugins / "good", "good")
    (plugins / "bad").mkdir()
    (plugins / "bad/plugin.toml").write_text("[plugin")
    assert json.loads(caro("check", "--json", "good-demo deploy").stdout)["action"] == "confirm"
    told = json.loads(caro("doctor", "--json", "--quick").stdout)["findings"]
    assert [one["state"] for one in told if one["part"] == "plugins"] == ["bad"]


def test_the_programs_of_a_plugin_are_asked_about(tmp_path: Path) -> None:
    found = plugin('[plugin]\nname = "x"\n', safety__a='[program.kube-demo]\nabout = "x"\n')
    assert "kube-demo" in guarded_programs(None, [found]) and found.layer == PLUGIN


def test_a_project_says_nothing_of_folders_outside() -> None:
    table = checked({"safety": {"folders": {"/": "active", "/p/x": "active"}}}, PROJECT)
    settings = layered(BARE, [Addition(PROJECT, "p", table, root="/p")])
    assert settings.values["safety.folders"] == {"/p/x": "active"}


def test_cases_that_are_none_never_raise() -> None:
    for text in ('[[redaction]]\npattern = "("\ncatches = ["a"]\n', '[[case]]\naction = "warn"\n', ""):
        assert isinstance(check(plugin('[plugin]\nname = "x"\n' + text)).faults, list)


def test_a_plugin_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = Paths.of({"HOME": str(tmp_path)})
    put(paths, "mine", {"a": b"old"}, replace=False)
    rename = Path.rename

    def full(self: Path, target: Path) -> Path:
        if target == paths.plugins / "mine" and (self / "a").read_bytes() == b"new":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OSError, match="No space"):
        put(paths, "mine", {"a": b"new"}, replace=True)
    assert [file.name for file in paths.plugins.iterdir()] == ["mine"]
    assert (paths.plugins / "mine/a").read_bytes() == b"old"


def test_a_link_that_leads_nowhere_can_be_taken_away(tmp_path: Path) -> None:
    paths = Paths.of({"HOME": str(tmp_path)})
    paths.plugins.mkdir(parents=True)
    (paths.plugins / "mine").symlink_to("nowhere")
    with pytest.raises(UsageError, match="--replace"):
        put(paths, "mine", {"a": b""}, replace=False)
    put(paths, "mine", {"a": b""}, replace=True)
    assert (paths.plugins / "mine/a").is_file()
    (paths.plugins / "other").symlink_to("nowhere")
    assert remove(paths, "other") and not remove(paths, "other")
