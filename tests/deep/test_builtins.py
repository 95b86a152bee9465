"""Builtins in a deep tree: below the shell that ran them, and nothing of Caro's own beside them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from caro.record.process_tree import SessionTree, build_trees
from caro.record.reader import read_events
from deep.tracing import Deep
from environment import ROOT
from waiting import wait_until

SUBSHELLS = """
cd /tmp
(cd /usr; export A=1; (cd /; /bin/true))
word=$(cd /usr; pwd)
bash -c 'cd /var; (cd /var/tmp)'
cd /usr | cat
f() { cd /opt; }
f & wait
"""


@pytest.fixture
def traced(anyone: Deep, natives: Path) -> Deep:
    """Builtins on, with a caro-xtrace beside the tracer as an installation has it."""
    collector = shutil.copy2(natives / "caro-xtrace", Path(anyone.tracer).parent)
    bash_env = anyone.folder / "bashenv"
    bash_env.write_text((ROOT / "src" / "caro" / "trace" / "xtrace.bash").read_text())
    anyone.env |= {"BASH_ENV": str(bash_env), "CARO_BUILTINS": str(collector)}
    return anyone


def tree_of(deep: Deep, builtins: int) -> SessionTree:
    wait_until(lambda: len(deep.events("builtin")) >= builtins)
    (tree,) = build_trees(read_events(deep.log))
    return tree


@pytest.mark.parametrize("way", ["notify", "ptrace"])
def test_builtins_of_subshells_hang_below_their_shell(traced: Deep, way: str) -> None:
    traced.run("bash", "-c", SUBSHELLS, way=way)
    tree = tree_of(traced, 9)
    (root,) = tree.roots
    folders = {
        (node.event.argv or [])[-1]: node.parent for node in tree.nodes if node.event.kind == "builtin"
    }
    inner = {folder for folder, parent in folders.items() if parent is not root}
    assert set(folders) == {"/tmp", "/usr", "A=1", "/", "/var", "/var/tmp", "/opt"}
    assert inner == {"/var", "/var/tmp"}


@pytest.mark.parametrize("way", ["notify", "ptrace"])
def test_collector_is_no_command(traced: Deep, way: str) -> None:
    traced.run("bash", "-c", "cd /; /bin/true; bash -c 'cd /usr'", way=way)
    tree_of(traced, 2)
    assert {event["command"] for event in traced.events()} == {"bash", "true"}
