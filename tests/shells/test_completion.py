"""Tab: caro's own words, and those of tools that nobody else completes; a completion that exists is never replaced."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import make_home
from terminals import Terminal

Start = Callable[..., Terminal]
RC = {"bash": "", "zsh": "autoload -Uz compinit; compinit -u -D\n", "fish": ""}
OTHERS = {
    "bash": "complete -W 'minefield' kubectl\n",
    "zsh": RC["zsh"] + "_mine() { compadd minefield }; compdef _mine kubectl\n",
}


def complete(terminal: Terminal, typed: str, wanted: str) -> None:
    """Press Tab until it shows: the daemon may be late under load, and then there is nothing."""
    for _ in range(80):
        # Typed anew: a second Tab behind one that changed nothing lists, and inserts no more.
        terminal.send("\x15" + typed)
        terminal.settle()
        terminal.send("\t")
        terminal.settle(0.3)
        if wanted in terminal.screen:
            break
    assert wanted in terminal.screen
    terminal.send("\x03")


@pytest.fixture
def stop() -> object:
    envs: list[dict[str, str]] = []
    yield envs.append
    for env in envs:
        subprocess.run(["caro", "daemon", "stop"], env=env, capture_output=True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_own_words(shell: str, start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    terminal = start(shell, home, make_home(home, shell, before_rc=RC[shell]))
    complete(terminal, "caro histo", "caro history")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_tools_by_the_specs(shell: str, start: Start, stop: Callable[[object], None], tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = make_home(home, shell, before_rc=RC[shell])
    for name in ("a deployment.yaml", "a default.txt", "mine"):
        (home / name).touch()
    (home / "manifests").mkdir()
    stop(env)
    subprocess.run(["caro", "daemon", "start"], env=env, check=True, capture_output=True)
    terminal = start(shell, home, env)
    complete(terminal, "kubectl rollo", "kubectl rollout")
    terminal.settle()
    complete(terminal, "kubectl get --all-n", "--all-namespaces")
    terminal.settle()
    complete(terminal, "kubectl get -o ya", "kubectl get -o yaml")
    terminal.settle()
    complete(terminal, "kubectl apply -f a\\ de", "kubectl apply -f a\\ deployment.yaml")
    terminal.settle()
    complete(terminal, "kubectl apply --filename=a\\ de", "--filename=a\\ deployment.yaml")
    terminal.settle()
    complete(terminal, "kubectl apply -k m", "kubectl apply -k manifests/")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_completion_that_exists_stays(
    shell: str, start: Start, stop: Callable[[object], None], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    env = make_home(home, shell, before_rc=OTHERS[shell])
    stop(env)
    subprocess.run(["caro", "daemon", "start"], env=env, check=True, capture_output=True)
    complete(start(shell, home, env), "kubectl mine", "kubectl minefield")
