"""The short way into `caro repl`: the shell is started as the last whole start noted, while nothing has changed since.

A whole start looks at the configuration, the policy, the shell's version and Caro's own files, and imports for it what
takes as long as the shell itself. What it found stands in a file of Caro's folder, beside the state of all that it was
found from; where that is another one now, the whole start comes again. Nothing heavy is imported here.
"""

from __future__ import annotations

import os
import socket
import sys

from caro.signals import give_signals_back
from caro.xdg import config_folder, xdg_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OWN_VARIABLES = ("CARO_SESSION_ID", "CARO_PARENT_ID", "CARO_RUN", "CARO_RELAY")
"""Of Caro's variables those that change nothing about how a shell begins."""
SHELL_FILES = (
    "repl.bash",
    "receive.bash",
    "receive.zsh",
    "receive.fish",
    "repl/.zshenv",
    "zsh/.zshenv",
    "rc.bash",
)


def begin_as_noted(words: Sequence[str]) -> None:
    """Become the relay with the shell of `caro repl WORDS`; return where the whole start is to look at it."""
    env = dict(os.environ)
    if len(words) > 1 or any(word.startswith("-") for word in words) or not _is_usual(env):
        return
    program = words[0] if words else env.get("SHELL", "")
    try:
        with open(_note_file(env, program), encoding="utf-8", errors="surrogateescape") as file:
            noted = file.read().split("\0")
        count = int(noted[4])
        if noted[0] != _state(env, noted[1]) or noted[2] != program:
            return
    except (OSError, ValueError, IndexError):
        return
    env.pop("CARO_DISABLE", None)
    for name, value, kept_as in zip(*[iter(noted[5 + count :])] * 3, strict=True):
        if kept_as and name in env:
            env[kept_as] = env[name]
        env[name] = value
    fork_front(noted[3], env, noted[1], noted[5 : 5 + count])


def note_start(
    env: Mapping[str, str],
    program: str,
    kind: str,
    file: str,
    words: Sequence[str],
    variables: Sequence[tuple[str, str, str]],
) -> None:
    """Note how a shell of this name starts: its file, its words, and variables (name, value, the name under which the
    value of before is kept). What can't be noted is looked at again the next time."""
    from pathlib import Path

    from caro.config_write import write_private

    head = [_state(env, file), file, program, kind, str(len(words))]
    fields = [*head, *words, *(one for row in variables for one in row)]
    if _is_usual(env) and not any("\0" in field for field in fields):
        try:
            write_private(Path(_note_file(env, program)), "\0".join(fields))
        except OSError:
            pass


def fork_front(kind: str, env: Mapping[str, str], file: str, words: Sequence[str]) -> NoReturn:
    """The parent becomes the relay, which waits for both; the child is the front."""
    front, relay = socket.socketpair()
    child = os.fork()
    if child == 0:
        relay.close()
        status = 1
        try:
            from caro.repl.front import run

            status = run(front, kind, words)
        finally:
            os._exit(status)
    front.close()
    os.set_inheritable(relay.fileno(), True)
    program = f"{_data_folder(env)}/bin/caro-relay"
    give_signals_back()
    os.execve(program, ["caro-relay", "--front", f"{relay.fileno()},{child}", "--", file, *words], dict(env))


def _is_usual(env: Mapping[str, str]) -> bool:
    """True for a terminal that can move its cursor, and an environment that chooses nothing about Caro."""
    chosen = any(name.startswith("CARO_") and name not in OWN_VARIABLES for name in env)
    return os.isatty(0) and os.isatty(1) and env.get("TERM", "dumb") != "dumb" and not chosen


def _data_folder(env: Mapping[str, str]) -> str:
    return xdg_folder(env, "XDG_DATA_HOME", ".local/share")


def _note_file(env: Mapping[str, str], program: str) -> str:
    return f"{config_folder(env)}/shell/repl/{os.path.basename(program)}.start"


def _state(env: Mapping[str, str], file: str) -> str:
    """All that a start depends on, as text: files as they are now, the interpreter, the search path."""
    config, data = config_folder(env), _data_folder(env)
    parts = [f"{PACKAGE}/{name}" for name in ("", "_bin", "shell", "repl", "knowledge", "settings.py")]
    own = [f"{config}/shell/{name}" for name in SHELL_FILES]
    natives = [f"{data}/bin/{name}" for name in ("caro-relay", "caro-hook")]
    made_from = [f"{config}/{name}" for name in ("config.toml", "config.good.toml")]
    inits = [f"{config}/shell/init.{name}" for name in ("bash", "zsh", "fish")]
    stamps = map(_stamp, [*parts, *own, *natives, *made_from, *inits, file])
    fresh = str(_is_newer(f"{config}/runtime.conf", made_from[0]))
    return "\n".join([sys.executable, env.get("PATH", ""), file, fresh, *stamps])


def _is_newer(made: str, source: str) -> bool:
    try:
        return os.stat(made).st_mtime_ns >= (os.stat(source).st_mtime_ns if os.path.exists(source) else 0)
    except OSError:
        return False


def _stamp(path: str) -> str:
    try:
        status = os.stat(path)
    except OSError:
        return "-"
    return f"{status.st_ino}.{status.st_mtime_ns}.{0 if os.path.isdir(path) else status.st_size}"
