"""bash below a line editor of its own, as ble.sh is: refused lines do not run, in both load orders, and nothing hangs.

ble.sh itself can't be had from a registry: `editors/line_editor.bash` has its interface, its INT trap, and runs lines
at the top level as it does.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from homes import lines_of, make_home
from terminals import ENTER, RC_FILES, Terminal

Start = Callable[..., Terminal]
EDITOR = f". {Path(__file__).parent}/editors/line_editor.bash\n"
LINES = (
    "touch {m}",
    "echo a; touch {m}",
    "(touch {m})",
    "{{ touch {m}; }}",
    "true && touch {m} || touch {m}",
    "echo a | tee {m}",
    "echo a > {m}",
    "X=$(touch {m})",
    "for i in 1 2; do touch {m}; done",
    "while :; do touch {m}; done",
    "f() {{ touch {m}; }}; f",
    "touch {m} &",
)


def start_below(start: Start, home: Path, first: str, extra: str = "") -> Terminal:
    env = make_home(home, "bash", extra_rc=EDITOR + extra if first == "editor" else "")
    if first == "caro":
        rc = home / RC_FILES["bash"]
        rc.write_text(rc.read_text() + EDITOR + extra)
    return start("bash", home, env)


@pytest.mark.parametrize("way", ["entrance", "PREEXEC"])
@pytest.mark.parametrize("first", ["editor", "caro"])
def test_refused_lines_do_not_run(start: Start, first: str, way: str, tmp_path: Path) -> None:
    # The entrance can be passed by: then the hook before a command is the net.
    terminal = start_below(start, tmp_path / "home", first, "__editor_bypass=1\n" if way == "PREEXEC" else "")
    for number, line in enumerate(LINES):
        place = terminal.send(line.format(m=tmp_path / f"veto-mark{number}") + ENTER)
        terminal.wait_prompt(terminal.wait(r"caro: blocked: [^\n]*\n", place).end())
    assert terminal.value("works", tmp_path) == "works"
    assert list(tmp_path.glob("veto-mark*")) == []


@pytest.mark.parametrize("first", ["editor", "caro"])
def test_a_failing_line_does_not_hang_and_is_recorded_once(start: Start, first: str, tmp_path: Path) -> None:
    terminal = start_below(start, tmp_path / "home", first)
    terminal.run("echo one; echo two")
    terminal.run("sh -c 'exit 3'")
    terminal.run("touch veto-mark")
    terminal.run("echo end")
    told = [(line["text"], line.get("exit_code")) for line in lines_of(tmp_path / "home")]
    assert told[:2] == [("echo one; echo two", 0), ("sh -c 'exit 3'", 3)]
    assert [text for text, _ in told].count("touch veto-mark") == 1
    assert terminal.value('"$(trap -p INT)"', tmp_path) == "trap -- 'ble-edit/exec:gexec/.TRAPINT' SIGINT"
