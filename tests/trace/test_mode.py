"""Which way `caro run` takes, by what the tracer says of this machine."""

from __future__ import annotations

import pytest

from caro.errors import CaroError
from caro.trace import deep

BUSY = {"notify": "another program listens", "notify-exit": "another program listens", "ptrace": "forbidden"}
GOOD = {"notify": "works", "notify-exit": "works", "ptrace": "works"}
ABSENT = {"caro-trace": "not there"}


@pytest.mark.parametrize(
    ("mode", "ways", "no_new_privs", "is_deep", "told"),
    [
        ("auto", GOOD, False, True, ""),
        ("auto", GOOD, True, False, "`--mode deep` (or trace.mode)"),
        ("deep", GOOD, True, True, ""),
        ("shims", GOOD, False, False, ""),
        ("auto", BUSY, False, False, "another program listens"),
        ("auto", BUSY | {"ptrace": "works"}, False, True, ""),
        ("auto", ABSENT, True, False, ""),
    ],
)
def test_choice(
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    ways: dict[str, str],
    no_new_privs: bool,
    is_deep: bool,
    told: str,
) -> None:
    monkeypatch.setattr(deep, "probe", lambda: deep.Probe(ways, no_new_privs))
    choice = deep.choose_mode(mode, {})
    assert choice.deep is is_deep
    assert told in choice.hint
    assert bool(choice.hint) is bool(told)


def test_deep_alone_fails_with_the_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep, "probe", lambda: deep.Probe(BUSY, False))
    with pytest.raises(CaroError, match=r"ptrace: forbidden.*--mode shims"):
        deep.choose_mode("deep", {})
