"""Show what is on: switch, mode, shells, daemon, agents, log."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from caro.cli.tell import answer, answer_json
from caro.paths import Paths

if TYPE_CHECKING:
    from caro.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument(
        "--prompt", action="store_true", help="the mode in one word, with `!` where no daemon runs"
    )
    parser.epilog = "It looks, and tests nothing: `caro doctor` does that."


def run(args: argparse.Namespace) -> int:
    from caro.settings import load_settings

    paths = Paths.of(os.environ)
    settings = load_settings(os.environ, paths)
    if args.prompt:
        answer(prompt_text(paths, settings))
        return 0
    status = collect(paths, settings)
    if args.json:
        answer_json(status)
        return 0
    for name, text in _lines(status):
        answer(f"{name:<8} {text}")
    return 0


def prompt_text(paths: Paths, settings: Settings) -> str:
    """Return what `caro status --prompt` prints; docs/prompt.md has shell functions that make the same."""
    from caro.settings import socket_file

    if _disabled(paths) is not None:
        return "off"
    return f"{settings['safety.mode']}{'' if socket_file(os.environ, paths).is_socket() else '!'}"


def collect(paths: Paths, settings: Settings) -> dict[str, Any]:
    """Return the document of `caro status --json`."""
    from caro import __version__
    from caro.shell.hooked import hooked_shells

    return {
        "v": 1,
        "version": __version__,
        "installed": paths.bin.is_dir(),
        "disabled": _disabled(paths),
        "mode": settings["safety.mode"],
        "mode_from": settings.origin["safety.mode"],
        "mode_until": _mode_until(settings),
        "agent_mode": settings["safety.agent_mode"],
        "rules": len(settings["safety.block"]) + len(settings["safety.commands"]),
        "config": str(_config(paths)),
        "config_exists": os.path.exists(_config(paths)),
        "problems": list(settings.problems),
        "shells": hooked_shells(os.environ, paths),
        "session": os.environ.get("CARO_SESSION_ID"),
        "daemon": _daemon(paths),
        "breaker": _breaker_open(paths),
        "agents": _hooked_agents(paths),
        "last_verdict": _last_verdict(paths, settings),
        "log": _log(paths, settings),
    }


def _mode_until(settings: Settings) -> str | None:
    """Return `TIME MODE` where the mode that holds here ends by itself."""
    ends = settings.mode_until is not None and settings.origin["safety.mode"] in ("file", "default")
    return str(settings.mode_until) if ends else None


def _disabled(paths: Paths) -> str | None:
    """Return what switches Caro off: the file, the variable, or None."""
    if os.environ.get("CARO_DISABLE", "0") not in ("", "0"):
        return "CARO_DISABLE"
    return str(paths.disabled) if paths.switched_off else None


def _config(paths: Paths) -> os.PathLike[str]:
    from caro.settings import config_file

    return config_file(os.environ, paths)


_OF_DAEMON = ("pid", "version", "uptime_s", "sessions", "lines")


def _daemon(paths: Paths) -> dict[str, Any]:
    from caro.client import Client
    from caro.errors import CaroError, DaemonAbsent
    from caro.settings import socket_file

    try:
        answer = Client(socket_file(os.environ, paths), timeout=1.0).request("status")
    except DaemonAbsent:
        return {"running": False}
    except (CaroError, OSError) as error:
        return {"running": False, "problem": str(error)}
    return {"running": True} | {name: answer.get(name) for name in _OF_DAEMON}


def _hooked_agents(paths: Paths) -> list[str]:
    """Return the agents whose settings have Caro's hook."""
    from caro.agent.hooked import hooked_agents
    from caro.agent.install import installed_events
    from caro.errors import CaroError

    found = []
    for agent in hooked_agents().values():
        try:
            if installed_events(agent, os.environ, paths):
                found.append(agent.name)
        except CaroError:
            continue
    return found


def _breaker_open(paths: Paths) -> bool:
    """True while shims and tracer do without the daemon, since it missed a deadline."""
    import time

    from caro.wire_limits import BREAKER_SECONDS

    try:
        return 0 <= time.time() - paths.breaker.stat().st_mtime < BREAKER_SECONDS
    except OSError:
        return False


VERDICT_LINES = 2000
"""How far back the last verdict is looked for: `caro log` looks further."""


def _last_verdict(paths: Paths, settings: Settings) -> dict[str, Any] | None:
    """Return when a gate last said something, what, of which line, and by which rules."""
    from caro.errors import CaroError
    from caro.record.last import last_verdict
    from caro.record.reader import Snapshot
    from caro.settings import log_file
    from caro.show.event_text import command_line

    try:
        with Snapshot(log_file(settings, paths)) as snapshot:
            event = last_verdict(snapshot, VERDICT_LINES)
    except (CaroError, OSError):
        return None
    if event is None:
        return None
    return {
        "ts": event.ts,
        "action": event.action,
        "line": command_line(event),
        "rules": list(event.rules or ()),
    }


def _log(paths: Paths, settings: Settings) -> dict[str, Any]:
    """Return the log's name, and the bytes and number of its files, rotated ones included."""
    from caro.record.reader import log_names
    from caro.settings import log_file

    log = log_file(settings, paths)
    sizes = []
    for name in log_names(log):
        try:
            sizes.append(name.stat().st_size)
        except OSError:
            continue
    return {
        "file": str(log),
        "bytes": sum(sizes),
        "files": len(sizes),
        "capture": settings["privacy.capture"],
    }


def _switch_text(disabled: str | None, installed: bool) -> str:
    if disabled is None:
        return "on" if installed else "not installed; `caro install` does that"
    if disabled == "CARO_DISABLE":
        return "OFF in this shell by CARO_DISABLE: `unset CARO_DISABLE` switches it on"
    return f"OFF by {disabled}: `caro enable` switches it on"


def _session_text(session: str | None, installed: bool) -> str:
    if not session:
        return "this shell has no session of Caro's"
    return (
        "this shell has a session" if installed else "this shell began with Caro, which was taken out since"
    )


def _verdict_text(verdict: dict[str, Any] | None) -> str:
    if verdict is None:
        return "none of late"
    from caro.record.query import NO_SUCH_COMMAND

    line, rules = verdict["line"], ", ".join(verdict["rules"])
    action = "not run" if verdict["rules"] == [NO_SUCH_COMMAND] else verdict["action"]
    return f"{action}: {line[:60]}{'…' * (len(line) > 60)}" + (f"  [{rules}]" if rules else "")


def _lines(status: dict[str, Any]) -> list[tuple[str, str]]:
    from caro.show.event_text import counted, size_told

    log, daemon = status["log"], status["daemon"]
    switch = _switch_text(status["disabled"], status["installed"])
    origin = "" if status["mode_from"] == "default" else f" (from {status['mode_from']})"
    if status["mode_until"]:
        origin += f", until {status['mode_until'].replace(' ', ', then ')}"
    rules = f", {counted(status['rules'], 'rule')} of your own" if status["rules"] else ""
    running = (
        f"running, pid {daemon.get('pid')}, {counted(daemon.get('sessions') or 0, 'session')}"
        if daemon["running"]
        else "none"
    )
    problems = (
        f"{counted(len(status['problems']), 'problem')}: `caro config validate`"
        if status["problems"]
        else "fine"
        if status["config_exists"]
        else "not there: the defaults hold"
    )
    size = f"{size_told(log['bytes'])} in {counted(log['files'], 'file')}" if log["files"] else "nothing yet"
    slow = "; it missed a deadline just now, and is asked again within 30 s" if status["breaker"] else ""
    lines = [("running", _running_text(line)) for line in daemon.get("lines") or ()]
    return [
        ("Caro", f"{switch}; version {status['version']}"),
        ("mode", f"{status['mode']}{origin}{rules}; for agents {status['agent_mode']}"),
        ("config", f"{status['config']}: {problems}"),
        ("shells", ", ".join(status["shells"]) or "none; `caro install` puts it there"),
        ("here", _session_text(status["session"], status["installed"])),
        ("daemon", (daemon.get("problem") or running) + slow),
        ("agents", ", ".join(status["agents"]) or "none; `caro agent list` names them"),
        ("verdict", _verdict_text(status["last_verdict"])),
        ("log", f"{log['file']}: {size}, records {log['capture']}"),
        *lines,
    ]


def _running_text(line: dict[str, Any]) -> str:
    """Return `make test: running since 40 s, usually 3 s`."""
    usual = f", usually {_seconds(line['usual_s'])}" if line.get("usual_s") is not None else ""
    return f"{line['line'][:60]}: since {_seconds(line['since_s'])}{usual}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
