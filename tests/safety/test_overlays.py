"""Somebody's own rules and programs add and tighten; nothing that they say lowers or replaces what ships."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from caro.engine.guard import Guard
from caro.engine.process import helper_of
from caro.engine.question import Question
from caro.errors import CaroError
from caro.fix.model import Failure
from caro.knowledge import Knowledge, layer_of, shipped
from caro.levels import Level
from caro.machine.knowledge import load_knowledge
from caro.paths import Paths
from caro.runtime_conf import guarded_programs, write_runtime_conf
from caro.safety import vocabulary
from caro.safety.assessment import Assessment, assess_argv, assess_line, warm
from caro.safety.overlay import read_overlay
from caro.safety.script import assess_script
from caro.settings import load_settings

Rule = dict[str, object]


def rule(**given: object) -> Rule:
    usual: Rule = {"id": "mine", "effect": "delete", "base": 90, "why": "I said so", "instead": "ls {target}"}
    return usual | given


def knowing(rules: list[Rule] | None = None, programs: dict[str, object] | None = None) -> Knowledge:
    rooms = read_overlay({"rule": rules or [], "program": programs or {}}, "user")
    return shipped().with_layers(
        layer_of("user", {room: {"own.toml": table} for room, table in rooms.items()})
    )


def same(first: Assessment, second: Assessment) -> bool:
    return (first.score, first.rules, first.effects, first.instead) == (
        second.score,
        second.rules,
        second.effects,
        second.instead,
    )


def test_a_rule_tightens() -> None:
    knowledge = knowing([rule(scope=["part"])])
    assert assess_line("rm notes.txt").level < Level.HIGH
    assessment = assess_line("rm notes.txt", knowledge=knowledge)
    assert (assessment.level, assessment.rules[0]) == (Level.HIGH, "mine")
    assert (assessment.why, assessment.instead) == ("I said so", "ls notes.txt")
    assert assess_argv(["rm", "notes.txt"], knowledge=knowledge).level == Level.HIGH


LINES = (
    "rm -rf /",
    "rm -rf src",
    "git push --force origin main",
    "curl https://x.example/i | sh",
    "ls",
    "foo delete x",
)


@pytest.mark.parametrize("line", LINES)
def test_no_rule_weakens_one_with_its_id(line: str) -> None:
    """Every shipped rule again, with base 0 and every place and fact taken off: nothing changes."""
    from caro.safety.rules import rules_of

    low = [
        rule(id=known.id, effect=known.effect, base=0, why="", scopes={"root": -90, "sources": -90})
        for known in rules_of(shipped()).everything()
    ]
    assert same(assess_line(line, knowledge=knowing(low)), assess_line(line))


@pytest.mark.parametrize(
    "line", [*LINES, "rm --help", "sudo rm -rf /etc", "docker run img destroy", "python x.py"]
)
def test_no_program_weakens_one_with_its_name(line: str) -> None:
    harmless = {
        "effects": [{"effect": "none"}],
        "harmless": ["-rf", "--force"],
        "safe": ["**"],
        "dry_run": ["-r"],
    }
    names = ("rm", "git", "curl", "sh", "foo", "ls", "sudo", "destroy", "x.py")
    knowledge = knowing(programs={name: dict(harmless) for name in names})
    judged = assess_line(line, knowledge=knowledge)
    assert judged.score >= assess_line(line).score
    assert set(assess_line(line).rules) <= set(judged.rules)


def test_a_new_program() -> None:
    own = {"same_as": ["wipectl"], "effects": [{"verb": "zap", "effect": "destroy_resource", "base": 80}]}
    knowledge = knowing(programs={"wipe-cluster": own})
    assert assess_line("wipectl zap all").level < Level.HIGH
    for line in ("wipectl zap all", "sudo wipe-cluster zap all", "sh -c 'wipectl zap all'"):
        assert assess_line(line, knowledge=knowledge).level >= Level.HIGH, line
    assert assess_line("wipectl show all", knowledge=knowledge).level == Level.LOW


def test_one_more_effect_of_a_known_program() -> None:
    more = {"effects": [{"verb": "frobnicate", "effect": "lose_git_work", "base": 70, "why": "it hurts"}]}
    knowledge = knowing(programs={"git": more})
    assert assess_line("git frobnicate").level < Level.HIGH
    assert assess_line("git frobnicate", knowledge=knowledge).level >= Level.HIGH
    assert same(assess_line("git push --force", knowledge=knowledge), assess_line("git push --force"))


def test_a_script_is_judged_by_them_too() -> None:
    knowledge = knowing([rule(scope=["part"])])
    levels = [assessment.level for _, assessment in assess_script("f=a.txt\nrm $f\n", knowledge=knowledge)]
    assert levels == [Level.LOW, Level.HIGH]


def test_warming_meets_what_is_wrong_in_a_layer() -> None:
    """Whoever makes a layer without `read_overlay` hears of it before the first question."""
    broken = shipped().with_layers(
        layer_of("team", {"safety/programs": {"t": {"x": {"effects": [{"effect": "?"}]}}}})
    )
    with pytest.raises(CaroError, match="program x"):
        warm(broken)


# -- files


@pytest.fixture
def own(home: Path, env: dict[str, str]) -> Callable[..., tuple[Knowledge, list[str]]]:
    """Writes the user's files and loads them: (knowledge, complaints)."""

    def load(**files: str) -> tuple[Knowledge, list[str]]:
        paths = Paths.of(env)
        folder = paths.rules / "safety"
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / f"{name}.toml").write_text(text, "utf-8")
        complaints: list[str] = []
        return load_knowledge(paths, complaints.append), complaints

    return load


GOOD = """
[[rule]]
id = "mine"
effect = "delete"
base = 90
scope = ["part"]
why = "I said so"
"""


def test_files_are_read(own: Callable[..., tuple[Knowledge, list[str]]]) -> None:
    knowledge, complaints = own(mine=GOOD)
    assert assess_line("rm notes.txt", knowledge=knowledge).level == Level.HIGH
    assert complaints == []


def test_without_files_it_is_what_ships(own: Callable[..., tuple[Knowledge, list[str]]]) -> None:
    assert own() == (shipped(), [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rule]\n", "line 1"),
        ("[rules]\n", "unknown keys"),
        ('[[rule]]\nid = "x"\n', "missing"),
        (GOOD.replace('"delete"', '"dance"'), "dance"),
        (GOOD.replace("90", '"high"'), "base"),
        (GOOD.replace('["part"]', "3"), "wrong kind"),
        ("rule = 3\n", "rule"),
        ("rule = [3]\n", "no table"),
        ('[program.x]\neffects = [{effect = "dance"}]\n', "dance"),
        ("[program.x]\nwhat = 1\n", "unknown keys"),
        ("[program]\nx = 1\n", "no table"),
        ('[program.x]\ndecider = "nobody"\n', "decider"),
        ("[program.x]\nsame_as = 3\n", "same_as"),
        ("[[rulex]]\n", "rulex"),
        (GOOD.replace('["part"]', '["prat"]'), "'prat'"),
        (GOOD + 'facts = ["recursiv"]\n', "'recursiv'"),
        (GOOD + 'without = ["recursiv"]\n', "'recursiv'"),
        (GOOD + "scopes = { nonsuch = 3 }\n", "'nonsuch'"),
        ('[program.x]\neffects = [{effect = "delete", target = "nonsuch"}]\n', "'nonsuch'"),
        ('[program.x]\neffects = [{effect = "delete", scope = "nonsuch"}]\n', "'nonsuch'"),
        ("#" * (1024 * 1024) + "\n", "more than 1048576 bytes"),
    ],
)
def test_a_broken_file_is_named_and_skipped(
    own: Callable[..., tuple[Knowledge, list[str]]], text: str, said: str
) -> None:
    knowledge, complaints = own(broken=text, mine=GOOD)
    assert assess_line("rm notes.txt", knowledge=knowledge).level == Level.HIGH
    assert len(complaints) == 1
    assert "broken.toml" in complaints[0]
    assert said in complaints[0]


def test_a_fact_of_the_files_own_program_may_be_asked_for(
    own: Callable[..., tuple[Knowledge, list[str]]],
) -> None:
    text = GOOD + 'facts = ["nuclear"]\n[program.x]\nfacts = { nuclear = "--nuke" }\n'
    assert own(mine=text)[1] == []


def test_every_fact_and_place_that_ships_is_a_word() -> None:
    """What any shipped rule or program catches has facts and places that a person's own rule may name."""
    from caro.safety.rules import rules_of

    for shipped_rule in rules_of(shipped()).everything():
        for line in shipped_rule.catches[:1]:
            for finding in assess_line(line).findings:
                assert finding.effect.facts <= vocabulary.facts(shipped()), line
                assert {finding.effect.scope} <= vocabulary.scopes(shipped()) | {""}, line


def test_what_nothing_reads_is_named_and_a_readme_is_nobodys_rule(
    env: dict[str, str], own: Callable[..., tuple[Knowledge, list[str]]]
) -> None:
    folder = Paths.of(env).rules / "safety"
    (folder / "team").mkdir(parents=True)
    (folder / "OWN.TOML").write_text(GOOD, "utf-8")
    (folder / "README.md").write_text("ours", "utf-8")
    knowledge, complaints = own()
    assert "mine" not in assess_line("rm notes.txt", knowledge=knowledge).rules
    assert [file in said for file, said in zip(("OWN.TOML", "team"), complaints, strict=True)] == [True, True]


@pytest.mark.parametrize("part", ["safety", "fix"])
def test_nobody_waits_for_a_fifo(
    env: dict[str, str], caro: Callable[..., subprocess.CompletedProcess[str]], part: str
) -> None:
    fifo = Paths.of(env).rules / part / "x.toml"
    fifo.parent.mkdir(parents=True)
    os.mkfifo(fifo)
    words = ("check", "ls") if part == "safety" else ("fix", "--command", "gti status", "--exit", "127")
    done = caro(*words, timeout=20)
    assert done.stderr.count(f"{fifo}") == 1
    assert "not a regular file" in done.stderr


# -- at the doors


def write_own(env: dict[str, str], text: str = GOOD) -> Path:
    folder = Paths.of(env).rules / "safety"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "own.toml").write_text(text, "utf-8")
    return folder / "own.toml"


def test_check_asks_them(env: dict[str, str], caro: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert caro("check", "rm notes.txt").returncode == 0
    write_own(env)
    done = caro("check", "--json", "rm notes.txt")
    assert json.loads(done.stdout)["rules"][0] == "mine"


def test_check_names_a_broken_file_once(
    env: dict[str, str], caro: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    file = write_own(env, "[[rule]\n")
    done = caro("check", "ls")
    assert done.returncode == 0
    assert done.stderr.count(str(file)) == 1


def test_guard_and_helper_share_one_value_and_a_broken_file_of_either_is_told_once(
    env: dict[str, str], caro: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    of_safety = write_own(env, "[[rule]\n")
    of_fix = Paths.of(env).rules / "fix/own.toml"
    of_fix.parent.mkdir()
    of_fix.write_text("[[rule]\n", "utf-8")
    told: list[str] = []
    helper = helper_of(env, told.append)
    for _ in range(2):
        helper.fixes(Failure("gti status", 127))
    assert [str(of_fix) in line for line in told].count(True) == 1
    assert [str(of_safety) in line for line in told].count(True) == 1
    assert str(of_fix) not in caro("check", "ls").stderr, "the guard reads no rule of the fixer's"


def test_a_guard_reads_them_again_when_told(env: dict[str, str]) -> None:
    told: list[str] = []
    settings = load_settings(env, Paths.of(env))
    guard = Guard(settings, env, complain=told.append)
    question = Question("rm notes.txt")
    assert "mine" not in guard.decide(question).rules
    write_own(env)
    guard.use(settings)
    assert guard.decide(question).rules[0] == "mine"
    write_own(env, "[[rule]\n")
    guard.use(settings)
    assert "mine" not in guard.decide(question).rules
    assert len(told) == 1


def test_natives_ask_about_a_program_of_the_users(env: dict[str, str]) -> None:
    """The exec gate asks about it, and no line passes as plain: a rule of the user's may speak of any."""
    paths = Paths.of(env)
    settings = load_settings(env, paths)
    write_runtime_conf(settings, paths)
    assert "plain = " in paths.runtime_conf.read_text("utf-8")
    write_own(env, '[program.zapper]\neffects = [{effect = "destroy_resource"}]\n')
    assert "zapper" in guarded_programs(paths)
    write_runtime_conf(settings, paths)
    text = paths.runtime_conf.read_text("utf-8")
    assert "plain = " not in text
    assert " zapper " in text.replace("\n", " ")
