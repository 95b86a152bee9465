"""The user's patterns: what ERE says, what Python's habits become, what is refused; and runtime.conf."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caro.ere import Ere, NotEre, SlowMatch, SlowPattern, check_python_pattern, time_box, translate
from caro.errors import CaroError
from caro.paths import Paths
from caro.runtime_conf import compile_text, user_rules, write_runtime_conf
from caro.settings import SETTINGS, Settings
from daemons import World

DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


def settings(**values: object) -> Settings:
    return Settings(DEFAULTS | {name.replace("__", "."): value for name, value in values.items()})


@pytest.mark.parametrize(
    ("pattern", "matches", "passes"),
    [
        (r"rm\s+-rf", ["rm -rf", "rm \t-rf"], ["rm-rf", "rmss-rf"]),
        (r"\bgit\b", ["git", "a;git b"], ["digit", "gitk"]),
        (r"^[[:alpha:]]+$", ["abc", "1\nabc"], ["a1"]),
        (r"(?:a|b)c", ["ac", "xbc"], ["c"]),
        (r"[\w.]+@[^\]]", ["a.b@c"], ["@c", "a@"]),
        (r"a{2,3}", ["aa", "aaaa"], ["a"]),
        (r"\$HOME", ["echo $HOME"], ["HOME"]),
        (r"deploy.*prod", ["deploy to prod", "deploy \\\n prod"], ["prod deploy"]),
        (r"\d+", ["1"], ["d"]),
        ("ä?b$", ["b", "äb"], ["bä"]),
    ],
)
def test_patterns(pattern: str, matches: list[str], passes: list[str]) -> None:
    ere = Ere(pattern)
    assert [line for line in matches if not ere.search(line)] == []
    assert [line for line in passes if ere.search(line)] == []


@pytest.mark.parametrize(
    "pattern", ["(?=a)b", "(?i)a", "a*?", r"\1", r"a\bb", "[a", "(a", "a\nb", r"[\x41]", "*a|(", "a{3,1}"]
)
def test_what_ere_cannot_say(pattern: str) -> None:
    with pytest.raises(NotEre) as caught:
        Ere(pattern)
    assert str(caught.value)


@pytest.mark.parametrize("pattern", ["a{200}{200}", "(a{1,100}){1,100}", "x" * 2000])
def test_costly_ere_is_refused(pattern: str) -> None:
    with pytest.raises(SlowPattern):
        Ere(pattern)


@pytest.mark.parametrize("pattern", ["(?!x)(a+)+$", r"(?=.)(\w+\s?)*$", "(?:a|a)*?(?!z)b$", r"(?!q)(.*)*\1x"])
def test_hanging_python_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(SlowPattern):
        check_python_pattern(pattern)


def test_time_box_ends_a_match() -> None:
    with pytest.raises(SlowMatch), time_box(0.01):
        re.search("(a+)+$", "a" * 60 + "b")


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
    assert Ere(pattern).search(line) == (re.search(pattern, line) is not None)


@given(st.text(max_size=60))
def test_any_text_is_a_pattern_or_told_why_not(pattern: str) -> None:
    try:
        Ere(pattern).search("some line")
    except (NotEre, SlowPattern) as error:
        assert str(error)


@given(st.text(max_size=60))
def test_translation_leaves_no_line_break(pattern: str) -> None:
    try:
        text = translate(pattern)
    except (NotEre, SlowPattern):
        return
    assert "\n" not in text


def test_rules_of_the_configuration() -> None:
    rules = user_rules(
        settings(
            safety__block=["^rm ", "(?!x)y", "(?!x)(a+)+$", "("],
            safety__commands={"deploy": "confirm", "push": "dance"},
        )
    )
    told = [(rule.pattern, rule.action, rule.ere is not None, rule.refused) for rule in rules]
    assert told == [
        ("^rm ", "block", True, False),
        ("(?!x)y", "block", False, False),
        ("(?!x)(a+)+$", "block", False, True),
        ("(", "block", False, True),
        ("deploy", "confirm", True, False),
        ("push", "dance", False, True),
    ]
    assert all(rule.problem for rule in rules if rule.ere is None)


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
    """One pattern, one line, two judges: libc of the hook (musl) and libc of Python (glibc)."""
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
        assert by_hook == [line for line in lines if Ere(pattern).search(line)], pattern


def test_bucket_empties_and_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    from caro.daemon import server

    now = 100.0
    monkeypatch.setattr(server.time, "monotonic", lambda: now)
    bucket = server.Bucket()
    taken = [bucket.take() for _ in range(int(server.BURST) + 5)]
    assert taken == [True] * int(server.BURST) + [False] * 5
    now += 1
    assert bucket.take()
