"""Every rule that ships holds what its own cases promise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from caro.errors import UsageError
from caro.fix.engine import fixes_for
from caro.fix.linear_pattern import LinearPattern
from caro.fix.model import Failure, NoInventory
from caro.fix.rule import FixRule, read_rule, read_rules, regex
from caro.fix.rulebook import rulebook
from caro.knowledge import shipped
from caro.machine.knowledge import load_knowledge

BOOK = shipped().view(rulebook).telling(pytest.fail)
RULES = BOOK.rules


def cases() -> Iterator[Any]:
    for rule in RULES:
        for at, case in enumerate(rule.cases):
            yield pytest.param(rule, case, id=f"{rule.id}-{at}")


def inventory_of(case: Mapping[str, Any]) -> NoInventory:
    return NoInventory(
        platform=case.get("platform", ""),
        path=case.get("path", ()),
        known=case.get("names", {}),
        folders=case.get("folders", {}),
        cwd=case.get("cwd"),
        root=case.get("root", False),
    )


def offered(rule: FixRule, case: Mapping[str, Any]) -> list[str]:
    output = case.get("output")
    failure = Failure(
        case["command"], case.get("exit", 1), output, case.get("shell", "bash"), case.get("cwd")
    )
    return [fix.command for fix in fixes_for(failure, inventory_of(case), BOOK).fixes]


@pytest.mark.parametrize(("rule", "case"), list(cases()))
def test_case_of_a_rule(rule: FixRule, case: Mapping[str, Any]) -> None:
    fixes = offered(rule, case)
    if "among" in case:
        assert case["among"] in fixes
    else:
        assert (fixes[0] if fixes else "") == case["want"]


def test_every_pattern_that_ships_can_be_compiled() -> None:
    """They are compiled when a rule is first tried, so here at the latest."""
    for rule in RULES:
        for pattern in (rule.match, rule.line, *(old for old, _ in rule.edit)):
            regex(pattern)


def test_every_rule_has_a_case() -> None:
    assert [rule.id for rule in RULES if not rule.cases] == []


def test_ids_are_unique() -> None:
    ids = [rule.id for rule in RULES]
    assert sorted(ids) == sorted(set(ids))


def test_rules_of_the_user_come_first_and_broken_ones_are_named(tmp_path: Any) -> None:
    from caro.paths import Paths

    folder = tmp_path / ".config/caro/rules/fix"
    folder.mkdir(parents=True)
    (folder / "a.toml").write_text('[[rule]]\nid = "mine"\ntools = ["git"]\nexit = [1]\nfix = ["git mine"]\n')
    (folder / "b.toml").write_text('[[rule]]\nid = "bad"\ntols = ["git"]\nfix = ["x"]\n')
    (folder / "c.toml").write_text("not toml at all [")
    complaints: list[str] = []
    book = load_knowledge(Paths.of({"HOME": str(tmp_path)}), complaints.append).view(rulebook)
    assert next(rule.id for rule in book.rules) == "mine"
    assert len(complaints) == 2
    assert "b.toml" in complaints[0] and "tols" in complaints[0]
    assert "c.toml" in complaints[1]


def test_a_pattern_of_the_users_takes_no_time_that_grows_without_end() -> None:
    """In Python's `re` this one would need 2^40 steps."""
    own = {"id": "mine", "tools": ["gti"], "line": r"^gti (\w+)+!$", "fix": ["git {1}"]}
    rule = read_rule(own, "own.toml", ships=False)
    assert rule.found(rule.line, "gti " + "a" * 40) is None
    assert rule.found(rule.line, "gti " + "a" * 40 + "!")


@pytest.mark.parametrize(
    ("key", "pattern", "said"),
    [
        ("line", r"(a)\1", "groupref"),
        ("match", "(?=a)b", "assert"),
        ("match", "(?s)a.b", "flags"),
        ("line", "a{900}", "too long"),
        ("line", "(", "unterminated"),
    ],
)
def test_a_pattern_that_is_not_linear_is_refused(key: str, pattern: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_rule({"id": "mine", key: pattern, "fix": ["x"]}, "own.toml", ships=False)


def test_linear_patterns_find_what_re_finds() -> None:
    """Every pattern that ships and needs no look-around, on the outputs and lines of its own cases."""
    tried = 0
    for rule in RULES:
        for pattern, key in ((rule.match, "output"), (rule.line, "command")):
            try:
                own = LinearPattern(pattern)
            except re.error:
                continue
            for case in rule.cases:
                wanted, found = regex(pattern).search(text := case.get(key) or ""), own.search(text)
                assert (wanted and wanted.group()) == (found and found.group(0)), (pattern, text)
                assert (wanted and wanted.groupdict()) == (found and found.groupdict()), (pattern, text)
                tried += bool(pattern)
    assert tried > 300


def test_edits_of_the_users_replace_as_re_does() -> None:
    own = {"id": "mine", "edit": [[r"(\w+)=(?P<to>\w+)", r"\g<to>=\1"]]}
    assert [read_rule(own, "own.toml", ships=ships).edited("x a=b c=d") for ships in (True, False)] == [
        "x b=a c=d",
        "x b=a c=d",
    ]


def test_an_unknown_table_of_a_users_file_is_named() -> None:
    with pytest.raises(UsageError, match="rulex"):
        read_rules({"rulex": [{}]}, "own.toml", ships=False)
