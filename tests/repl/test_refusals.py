"""Which lines the editor holds back itself: those that nothing but a refusal waits for."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from caro.repl import refusal
from caro.repl.front import _is_refusal
from caro.repl.look import Verdict
from caro.repl.marks import Prompt


def test_what_has_a_safer_form_is_the_hooks_to_refuse() -> None:
    assert _is_refusal(Verdict(action="block"))
    assert not _is_refusal(Verdict(action="block", changes=True))
    assert not _is_refusal(Verdict(action="confirm"))


@pytest.mark.parametrize(
    ("status", "refused"), [(0, False), (1, False), (2, True), (3, True), (4, True), (111, False)]
)
def test_a_hook_that_refuses_or_has_a_changed_line_lets_nothing_be_handed_over(
    status: int, refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\nexit {status}\n")
    hook.chmod(0o700)
    monkeypatch.setattr(refusal, "line_ends", nullcontext)
    prompt = Prompt(folder=str(tmp_path))
    assert refusal.is_refused("x", "zsh", 1, prompt, {}, hook) is refused
