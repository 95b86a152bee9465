"""The user's patterns: what ERE says, what Python's habits become, what is refused; and runtime.conf."""

from __future__ import annotations

import re
import stat
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caro.ere import MAX_PATTERN, NotEre, Pattern, read_pattern, translate
from caro.errors import CaroError
from caro.paths import Paths
from caro.runtime_conf import compile_text, user_rules, write_runtime_conf
from caro.settings import SETTINGS, Settings
from daemons import World

DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


def settings(**values: object) -> Settings:
    return Settings(DEFAULTS | {name.replace("__", "."): value for name, value in values.items()})


def pattern_of(text: str) -> Pattern:
    reading = read_pattern(text)
    assert reading.problem is None, reading
    return Pattern(reading.text)


@pytest.mark.parametrize(
    ("pattern", "matches", "passes"),
    [
        (r"rm\s+-rf", ["rm -rf", "rm \t-rf"], ["rm-rf", "rmss-rf"]),
        (r"\bgit\b", ["git", "a;git b"], ["digit", "gitk"]),
        (r"^[[:alpha:]]+$", ["abc", "1\nabc"], ["a1"]),
        (r"(?:a|b)c", ["ac", "xbc"], ["c"]),
        (r"(?P<name>a|b)c", ["ac", "xbc"], ["c"]),
        (r"[\w.]+@[^\]]", ["a.b@c"], ["@c", "a@"]),
        (r"^[a\-z]$", ["a", "-", "z"], ["b"]),
        (r"^[\^a]$", ["a", "^"], ["b"]),
        (r"^[\\]$", ["\\"], ["a"]),
        (r"a{2,3}", ["aa", "aaaa"], ["a"]),
        (r"a{b}", ["a{b}"], ["ab"]),
        (r"a{}", ["a{}"], ["a"]),
        (r"\$HOME", ["echo $HOME"], ["HOME"]),
        (r"deploy.*prod", ["deploy to prod", "deploy \\\n prod"], ["prod deploy"]),
        (r"\d+", ["1"], ["d"]),
        ("ä?b$", ["b", "äb"], ["bä"]),
        ("(?i)drop é[a-c]", ["DROP ÉB", "drop éb"], ["drop éd"]),
        ("(?i)[^a-c]x[[:upper:]]", ["dXa"], ["AXa"]),
        ("(?s)a.b", ["a\nb"], ["ab"]),
        (r"end\ ", ["the end "], ["the end"]),
    ],
)
def test_patterns(pattern: str, matches: list[str], passes: list[str]) -> None:
    compiled = pattern_of(pattern)
    assert [line for line in matches if not compiled.search(line)] == []
    assert [line for line in passes if compiled.search(line)] == []


@pytest.mark.parametrize(
    ("pattern", "matches", "passes"),
    [
        ("(?=a)b", ["b"], ["a"]),
        (r"^git (?!status|[)]x|\))", ["git log", "git status"], ["git"]),
        ("(?<=x(y|z))a", ["a"], ["x"]),
        ("(?<!x)(?>a)", ["a"], ["b"]),
        ("a+?b", ["aab"], ["b"]),
        ("a{2}?b", ["aab"], ["b", "ab"]),
        (r"(a|b)x\1", ["axa", "axb"], ["x"]),
        (r"a\bb", ["ab"], ["b"]),
        (r"\Aa[^\n]b\Z", ["axb"], ["ab"]),
        (r"a\nb", ["a\nb"], ["ab"]),
        (r"a[x\n]b", ["a\nb", "axb"], ["ab"]),
    ],
)
def test_what_ere_cannot_say_holds_more_widely(pattern: str, matches: list[str], passes: list[str]) -> None:
    reading = read_pattern(pattern)
    assert reading.problem and reading.readable and "wider" in reading.meanwhile
    compiled = Pattern(reading.text)
    assert [line for line in matches if not compiled.search(line)] == []
    assert [line for line in passes if compiled.search(line)] == []


@pytest.mark.parametrize(
    "pattern",
    ["(?x)a", "[a", "(a", "a\nb", r"[\x41]", "*a|(", "a{3,1}", "(?=a", "", "(?i)[X-c]", "a{200}{200}",
     "(a{1,100}){1,100}", "x" * (MAX_PATTERN + 1)],
)  # fmt: skip
def test_what_nobody_can_read_matches_everything(pattern: str) -> None:
    reading = read_pattern(pattern)
    assert reading.problem and not reading.readable
    compiled = Pattern(reading.text)
    assert compiled.search("anything") and list(compiled.spans("anything")) == [(0, 8)]


simple = st.recursive(
    st.sampled_from(["a", "b", "c", ".", r"\.", "[ab]", "[^a]", r"\d", r"\w", r"\s", "x y"]),
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | inner.map(lambda text: f"({text})?")
        | inner.map(lambda text: f"(?:{text})+")
        | st.tuples(inner, inner).map("({0[0]}|{0[1]})".format)
    ),
    max_leaves=8,
)


@given(simple, st.text("abcd1 ._xy", max_size=20))
def test_translated_patterns_mean_the_same(pattern: str, line: str) -> None:
    assert pattern_of(pattern).search(line) == (re.search(pattern, line) is not None)


python = st.text(st.sampled_from("ab[](){}?!=<:|\\\\bBdnZ1-,^$*+.P>i "), max_size=16)


@given(python, st.text("ab-d1 \n", max_size=8))
def test_a_pattern_of_python_is_never_narrowed(pattern: str, line: str) -> None:
    try:
        with warnings.catch_warnings(action="ignore"):
            meant = re.search(pattern, line, re.ASCII)
    except (re.error, OverflowError):
        return
    assert meant is None or Pattern(read_pattern(pattern).text).search(line)


@given(st.text(max_size=60))
def test_any_text_is_a_pattern_or_told_why_not(pattern: str) -> None:
    reading = read_pattern(pattern)
    Pattern(reading.text).search("some line")
    assert reading.readable == (Pattern(reading.text).problem is None)
    assert bool(reading.problem) == bool(reading.meanwhile)
    assert "\n" not in reading.text and reading.text == reading.text.strip(" \t\r")


@given(st.text(max_size=60))
def test_translation_leaves_no_line_break(pattern: str) -> None:
    try:
        text = translate(pattern)
    except NotEre:
        return
    assert "\n" not in text


def test_rules_of_the_configuration() -> None:
    rules = user_rules(
        settings(
            safety__block=["^rm ", "(?!x)y", "("],
            safety__commands={"deploy": "confirm", "push": "dance", "[": "warn"},
        )
    )
    told = [(rule.pattern, rule.action, rule.ere, rule.problem is None) for rule in rules]
    assert told == [
        ("^rm ", "block", "^rm[ ]", True),
        ("(?!x)y", "block", "()y", False),
        ("(", "confirm", "*(", False),
        ("deploy", "confirm", "deploy", True),
        ("push", "confirm", "push", False),
        ("[", "warn", "*[", False),
    ]
    assert all(bool(rule.problem) == bool(rule.meanwhile) for rule in rules)


def test_runtime_conf_holds_what_natives_need() -> None:
    text = compile_text(settings(safety__block=[" lead", "trail "], safety__mode="active"), ["rm", "git"])
    lines = text.splitlines()
    assert "rule = block [ ]lead" in lines
    assert "rule = block trail[ ]" in lines
    assert "mode = active" in lines
    assert lines[-2:] == ["program = rm", "program = git"]


@given(st.lists(st.text(min_size=1, max_size=40), max_size=4))
def test_no_value_breaks_a_line(patterns: list[str]) -> None:
    text = compile_text(settings(safety__block=patterns, privacy__redact_patterns=patterns))
    for line in text.split("\n")[:-1]:
        assert line.startswith("#") or " = " in line


def test_too_many_rules_are_told() -> None:
    with pytest.raises(CaroError, match="64 KiB"):
        compile_text(settings(safety__block=[f"{number:03d}" + "x" * 900 for number in range(100)]))


def test_written_whole_private_and_only_when_it_changed(tmp_path: Path) -> None:
    paths = Paths.of({"HOME": str(tmp_path)})
    assert write_runtime_conf(settings(), paths)
    assert not write_runtime_conf(settings(), paths)
    assert write_runtime_conf(settings(safety__mode="off"), paths)
    assert stat.S_IMODE(paths.runtime_conf.stat().st_mode) == 0o600
    assert [file.name for file in paths.config.iterdir()] == ["runtime.conf"]


def test_hook_and_daemon_agree(world: World) -> None:
    """One pattern, one line, two judges."""
    patterns = ["^a.c$", "x{2,}y", "[[:space:]]end$", "(one|two)+three", "é.z", "\\$\\(", "q[^[:alnum:]]r"]
    lines = [
        "abc",
        "ac",
        "xxy",
        "xy",
        "the end",
        "onetwothree",
        "three",
        "éäz",
        "$(x)",
        "q-r",
        "qar",
        "z\nabc\ny",
    ]
    for pattern in patterns:
        world.configure(f"[safety]\nblock = ['{pattern}']\n")
        world.compile()
        by_hook = [line for line in lines if world.preexec(line).returncode == 2]
        assert by_hook == [line for line in lines if pattern_of(pattern).search(line)], pattern


def test_bucket_empties_and_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    from caro.daemon import server

    now = 100.0
    monkeypatch.setattr(server.time, "monotonic", lambda: now)
    bucket = server.Bucket()
    taken = [bucket.take() for _ in range(int(server.BURST) + 5)]
    assert taken == [True] * int(server.BURST) + [False] * 5
    now += 1
    assert bucket.take()
