"""The prompt for the rest of a line, as the shell itself prints it when it is asked."""

from __future__ import annotations

import subprocess

import pytest

from caro.repl.prompt_text import CONTINUES


@pytest.mark.parametrize(
    ("shell", "prompt", "shown"),
    [
        ("zsh", "%_> ", "> "),
        ("zsh", "%1_ %%: ", " %: "),
        ("zsh", "more> ", "more> "),
        ("bash", r"\$> ", "> "),
    ],
)
def test_it_says_nothing_of_the_function_that_asks(shell: str, prompt: str, shown: str) -> None:
    code = f"ask() {{ {CONTINUES[shell]}; }}; PS2='{prompt}'; ask"
    words = [shell, "-f", "-c", code] if shell == "zsh" else [shell, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.lstrip("$#") == shown
