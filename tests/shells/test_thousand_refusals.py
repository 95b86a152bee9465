"""A thousand refused lines in each shell, in all their forms: none leaks, none is lost, the shell goes on."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from homes import make_home
from states import REFUSED, StateShell
from terminals import RC_FILES

REFUSALS = 1000
EDITOR = f". {Path(__file__).parent}/editors/line_editor.bash\n"
ANY = (
    "touch {m}",
    "echo a; touch {m}",
    "echo a | tee {m}",
    "echo a > {m}",
    "touch {m} &",
    "true && touch {m} || touch {m}",
)
POSIX = (
    "(touch {m})",
    "{{ touch {m}; }}",
    "X=$(touch {m})",
    "for i in 1 2; do touch {m}; done",
    "while :; do touch {m}; done",
    "if touch {m}; then :; fi",
    "! touch {m}",
    "case x in *) touch {m} ;; esac",
    "f() {{ touch {m}; }}; f",
)
FISH = (
    "begin; touch {m}; end",
    "set x (touch {m})",
    "for i in 1 2; touch {m}; end",
    "if touch {m}; echo a; end",
    "not touch {m}",
)
# Words, what an rc file has below Caro's lines and above them, lines, how a line is put, what clears a refused one.
SHELLS: Mapping[str, tuple[list[str], str, str, tuple[str, ...], str, str]] = {
    "bash": (["bash", "--noprofile"], "", "", ANY + POSIX + ("time touch {m}", "coproc touch {m}"), "{}", ""),
    "bash, DEBUG trap": (
        ["env", "CARO_BASH_TRAP=1", "bash", "--noprofile"], "", "", ANY + POSIX + ("time touch {m}",), "{}", "",
    ),
    "bash, an editor above": (["bash", "--noprofile"], EDITOR, "", ANY + POSIX, "{}", ""),
    "bash, an editor below": (["bash", "--noprofile"], "", EDITOR, ANY + POSIX, "{}", ""),
    "zsh": (["zsh", "-i"], "", "", ANY + POSIX + ("coproc touch {m}",), "{}", ""),
    "fish": (["fish"], "", "", ANY + FISH, "{}", "\x15"),
    "dash": (["dash", "-i"], "", "", ANY + POSIX, "caro_run '{}'", ""),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("name", SHELLS)
def test_none_of_a_thousand_leaks(name: str, tmp_path: Path) -> None:
    words, above, below, lines, form, clear = SHELLS[name]
    shell = {"dash": "sh"}.get(name, name.split(",")[0])
    home = tmp_path / "home"
    env = make_home(home, shell, extra_rc=above)
    rc = home / RC_FILES[shell]
    rc.write_text(rc.read_text() + below)
    with tempfile.TemporaryDirectory(prefix="leak-") as folder:
        session = StateShell(words, env | {"ENV": str(rc)}, Path(folder), None)
        try:
            assert session.wait(lambda: b"<1>" in session.seen or b"<2>" in session.seen)
            for number in range(REFUSALS):
                line = form.format(lines[number % len(lines)].format(m=f"{folder}/veto-mark{number}"))
                place = session.type(f"{line}\r")
                told = session.wait(lambda place=place: REFUSED in session.seen[place:])  # type: ignore[misc]
                assert told, f"{line}: {session.seen[place:]!r}"
                session.type(clear)
                # What leaks would show by now, or at the end: the next line comes after this one's whole end.
                assert not [file for file in os.listdir(folder) if file.startswith("veto-mark")], line
            session.type(f"{clear}{form.format(f'touch {folder}/works')}\r")
            assert session.wait((Path(folder) / "works").exists), session.seen[-500:]
            assert not [file for file in os.listdir(folder) if file.startswith("veto-mark")]
        finally:
            session.close()
