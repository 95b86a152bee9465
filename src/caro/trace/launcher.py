"""`caro run`: prepares the environment, then becomes a small native program that runs the command.

Python does not stay: the native launcher (or tracer) takes its place by exec, waits with a shell's care for
signals and terminal, and records the command itself.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from caro.errors import CaroError, UsageError
from caro.paths import OWN_WORDS, Paths
from caro.record import uuid7
from caro.runtime_conf import refresh_runtime_conf
from caro.settings import Settings, config_file, log_file
from caro.signals import give_signals_back
from caro.trace import agents, bash_environment, deep, natives, search, shims
from caro.trace.made_folders import note_made_folders


@dataclass(frozen=True)
class Run:
    """What was asked for on the command line."""

    argv: list[str]
    log: Path | None = None
    mode: str = "auto"
    agent: str | None = None
    quiet: bool = False
    builtins: bool = False


def is_disabled(env: Mapping[str, str], paths: Paths) -> bool:
    return env.get("CARO_DISABLE", "0") not in ("", "0") or paths.switched_off


def find_command(name: str, env: Mapping[str, str], paths: Paths) -> str:
    """Return the file that would run, as execvp finds it; raise CommandNotFound."""
    if "/" in name:
        file: str | None = name if os.path.exists(name) else None
    else:
        folders = search.split_path(search.without_folder(env.get("PATH", os.defpath), paths.shims))
        file = search.find_tool(name, folders)
    if file is None:
        shown = name or "''"
        raise CommandNotFound(f"{shown}: not found" + ("" if "/" in name else " on PATH"), 127)
    if os.path.isdir(file):
        raise CommandNotFound(f"{name}: is a folder", 126)
    if not os.access(file, os.X_OK):
        raise CommandNotFound(f"{name}: is there, but can't be executed", 126)
    return file


class CommandNotFound(CaroError):
    """The command can't be run; the exit status is the one a shell would give."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.exit_status = status


def joins_session(env: Mapping[str, str]) -> bool:
    """True if we are inside a `caro run`; a shell's own session is not joined, a run makes its own."""
    return env.get("CARO_RUN", "") != "" and env.get("CARO_RUN") == env.get("CARO_SESSION_ID")


def session_variables(run: Run, env: Mapping[str, str]) -> dict[str, str]:
    """Return a session for everything below; a run inside a run joins the one it is in."""
    session = env["CARO_SESSION_ID"] if joins_session(env) else uuid7.new()
    variables = {"CARO_SESSION_ID": session, "CARO_RUN": session}
    agent = run.agent or agents.agent_name(env, os.path.basename(run.argv[0]))
    if agent:
        variables["CARO_AGENT"] = agent
    return variables


def log_variables(run: Run, settings: Settings, paths: Paths) -> dict[str, str]:
    """Return the variables that hand the log down.

    The natives know TRACE_LOG_FILE and runtime.conf; any other origin of the name has to be handed down.
    """
    if run.log is None and settings.origin.get("trace.log_file") == "default":
        return {}
    return {"TRACE_LOG_FILE": str((run.log or log_file(settings, paths)).absolute())}


def shim_variables(env: Mapping[str, str], paths: Paths) -> dict[str, str]:
    """PATH with the shim folder first, the clean one beside it, and BASH_ENV."""
    path = env.get("PATH", os.defpath)
    return {
        "PATH": search.with_folder_first(path, paths.shims),
        "ORIGINAL_PATH": search.without_folder(path, paths.shims),
        **bash_environment.bash_variables(env, paths),
    }


def wants_summary(run: Run, env: Mapping[str, str]) -> bool:
    # sys.stderr is None where the caller closed it.
    return not run.quiet and not joins_session(env) and sys.stderr is not None and sys.stderr.isatty()


def is_stale(made: Path, source: Path) -> bool:
    """True if a compiled file is missing or older than what it is made from."""
    try:
        return made.stat().st_mtime_ns < (source.stat().st_mtime_ns if source.exists() else 0)
    except FileNotFoundError:
        return True


def prepare_home(settings: Settings, env: Mapping[str, str], paths: Paths) -> bool:
    """Make what is missing: the first use makes shims, bashenv and runtime.conf; later uses find them and do nothing.

    False where they can't be made (read-only, full, no HOME): then the run goes on with what is there.
    """
    if not paths.home.is_dir():
        # Service users have a HOME that is not there on purpose.
        return False
    try:
        note_made_folders(paths)
        shims.ensure_shims(settings["trace.tools"], env, paths)
        bash_environment.install_bashenv(paths)
    except OSError:
        return False
    if is_stale(paths.runtime_conf, config_file(env, paths)):
        # What can't be compiled is `caro config validate`'s to tell; the old file or the defaults hold.
        with contextlib.suppress(OSError, CaroError):
            refresh_runtime_conf(env, paths)
    return True


def become(file: str, argv: list[str], env: Mapping[str, str]) -> NoReturn:
    """Take the place of this process, with the signals that it was started with."""
    give_signals_back()
    os.execve(file, argv, dict(env))


def without_coerced_locale(env: Mapping[str, str]) -> dict[str, str]:
    """In the C locale Python sets LC_CTYPE in its own environment (PEP 538), which the command must not get.

    What the kernel shows is the environment as it came; where there is no /proc, LC_CTYPE stays.
    """
    plain = dict(env)
    if plain.get("LC_CTYPE") in ("C.UTF-8", "C.utf8", "UTF-8"):
        with contextlib.suppress(OSError):
            came = dict(
                entry.partition(b"=")[::2] for entry in Path("/proc/self/environ").read_bytes().split(b"\0")
            )
            plain.pop("LC_CTYPE")
            if b"LC_CTYPE" in came:
                plain["LC_CTYPE"] = os.fsdecode(came[b"LC_CTYPE"])
    return plain


def launch(run: Run, settings: Settings, env: Mapping[str, str], paths: Paths) -> NoReturn:
    """Replaces this process; leaves only by an exception."""
    become(*prepared(run, settings, env, paths))


def prepared(
    run: Run, settings: Settings, env: Mapping[str, str], paths: Paths
) -> tuple[str, list[str], dict[str, str]]:
    """Return the program, the words and the environment that run a command and record it. Raises CaroError."""
    if not run.argv:
        raise UsageError("run: which command? Try: caro run -- make test")
    env = without_coerced_locale(env)
    file = find_command(run.argv[0], env, paths)
    if is_disabled(env, paths):
        return file, run.argv, dict(env)
    first_use = not paths.shims.is_dir()
    prepared = prepare_home(settings, env, paths)
    choice = deep.choose_mode(run.mode, env)
    # Once is advice, each time would be noise; the doctor tells it again.
    if choice.hint and first_use and wants_summary(run, env):
        print(f"caro: {choice.hint}", file=sys.stderr)
    child = dict(env) | session_variables(run, env) | log_variables(run, settings, paths)
    if not choice.deep and (prepared or paths.shims.is_dir()):
        child |= shim_variables(env, paths)
    if run.builtins and prepared:
        child |= bash_environment.builtin_variables(env, paths)
    native = "caro-trace" if choice.deep else "caro-launch"
    program = str(natives.installed_native(paths, native) if prepared else natives.packaged_native(native))
    words = [program, *([] if joins_session(env) else ["--session-event"])]
    if wants_summary(run, env):
        words += ["--summary", *OWN_WORDS, "summary", child["CARO_SESSION_ID"]]
        words += ["--way", "deep" if choice.deep else "shims", *(["--deeper"] if choice.deeper else []), ";"]
    return program, [*words, "--", file, *run.argv], child
