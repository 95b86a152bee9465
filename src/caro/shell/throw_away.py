"""A throw-away home with a repository in it, and a shell with Caro that lives there: for `caro tour`."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from caro.errors import CaroError
from caro.knowledge.shells import shell_of
from caro.paths import Paths
from caro.shell.install import write_own_files
from caro.shell.start import below_relay, command_of, prepare

SEEN = {
    "bash": """\
PS1='tour:\\w\\$ '
tour_seen() { local status=$?; command caro tour --seen "$status" "$(HISTTIMEFORMAT= history 1)"; return $status; }
PROMPT_COMMAND=(tour_seen)
""",
    "zsh": """\
PS1='tour:%~%# '
tour_seen() { local last=$?; command caro tour --seen $last "$(fc -ln -1 2>/dev/null)"; return $last; }
precmd_functions+=(tour_seen)
""",
    "fish": """\
set -g fish_greeting
function fish_prompt; echo -n 'tour:'(prompt_pwd)'> '; end
function tour_seen --on-event fish_prompt
    set -l last $status
    command caro tour --seen $last "$history[1]"
end
""",
}
"""What tells the tour of each line, by shell: its status and its text, before the next prompt."""

RC_FILES = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}

CONFIGURATION = '[safety]\nmode = "active"\n[daemon]\ntimeout_ms = 500\n'
"""Asks, as a person who tries it should see; and patient, since its daemon is cold."""

SAMPLE = """\
git init -q --bare ../remote.git && git init -q . &&
git config user.name You && git config user.email you@example.invalid &&
echo 'Hello from the tour.' > notes.txt && git add notes.txt && git commit -qm 'Notes' &&
git remote add origin ../remote.git && git push -q -u origin HEAD
"""


@contextlib.contextmanager
def throw_away_home(env: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Make a home with a sample repository; yield the environment that lives in it, and remove both at the end.

    Raises CaroError where there is no git.
    """
    home = Path(tempfile.mkdtemp(prefix="caro-tour-"))
    kept = {name: value for name, value in env.items() if not name.startswith(("CARO_", "XDG_", "GIT_"))}
    for name in ("ZDOTDIR", "ENV", "BASH_ENV", "PROMPT_COMMAND", "HISTFILE"):
        kept.pop(name, None)
    inside = {**kept, "HOME": str(home), "PATH": f"{home}/bin:{env.get('PATH', '')}"}
    try:
        _furnish(home, inside)
        yield inside
    finally:
        _own(inside, "daemon", "stop")
        shutil.rmtree(home, ignore_errors=True)


def open_shell(program: str, env: Mapping[str, str]) -> None:
    """Run a shell with Caro in such a home on this terminal, to its end."""
    paths = Paths.of(env)
    write_own_files(env, paths)
    prepare(paths)
    file, words, child = command_of(program, env, paths)
    _own(child, "daemon", "start")
    file, words = below_relay(file, words, paths)
    subprocess.run(words, executable=file, env=child, cwd=Path(env["HOME"]) / "project", check=False)


def fits(program: str) -> bool:
    """True if the tour can be walked in this shell."""
    shell = shell_of(program)
    return shell is not None and shell.name in RC_FILES


def _furnish(home: Path, env: Mapping[str, str]) -> None:
    for name, file in RC_FILES.items():
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).write_text(SEEN[name])
    config = Paths.of(env).config_toml
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(CONFIGURATION)
    caro = home / "bin/caro"
    caro.parent.mkdir()
    caro.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m caro "$@"\n')
    caro.chmod(0o700)
    (home / "project").mkdir()
    done = subprocess.run(["sh", "-c", SAMPLE], cwd=home / "project", env=env, capture_output=True)
    if done.returncode != 0:
        raise CaroError(
            "tour: the sample repository could not be made; is git installed? See: caro tour --text"
        )


def _own(env: Mapping[str, str], *words: str) -> None:
    with contextlib.suppress(OSError):
        subprocess.run(
            [sys.executable, "-P", "-m", "caro", *words], env=env, capture_output=True, check=False
        )
