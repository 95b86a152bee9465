"""Programs whose effect hangs on which way their operands point: mv(1), cp(1), install(1), ln(1), rsync(1)."""

from __future__ import annotations

import re

from caro.knowledge import places
from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.call import Call, decider, file_stream
from caro.safety.deciders.deletion import note_own, note_replaced
from caro.safety.deciders.modes import is_setuid
from caro.safety.effects import Effect
from caro.safety.streams import EMPTY, SENDABLE, UNKNOWN_STREAM, Stream
from caro.safety.values import OPEN, Arg, arg, shown
from caro.safety.wrappers import SHELLS, wrappers


@decider("move")
def move(call: Call) -> Stream | None:
    """Judge mv(1) (POSIX mv): it takes sources away and replaces the destination."""
    operands = list(call.arguments.positional)
    into = call.arguments.value("-t", "--target-directory")
    destination = into or (operands.pop() if len(operands) > 1 else None)
    if destination is None:
        return Stream("")
    note_replaced(call, destination)
    lost = call.scope(destination) == "null" or destination.startswith("/dev/null")
    for source in operands:
        scope = call.scope(source)
        if lost:
            call.emit(Effect("delete", call.name, facts=frozenset({"recursive", "into_null"})), [source])
        elif scope in ("root", "system", "home", "boot", "vital"):
            call.emit(Effect("delete", call.name, facts=frozenset({"recursive", "moved"})), [source])
        elif scope in ("history", "log"):
            call.effect("tamper_audit", source, scope)
        stream = file_stream(source, call.state)
        if not lost:
            _note_moved(call, source, destination)
            _takes_away(call, source, scope, destination)
            note_content(call, source, destination, stream)
        if not lost and not call.arguments.has("-i", "--interactive", "-n", "--no-clobber"):
            _replace(call, destination, stream if stream.text is not None or stream.tags else UNKNOWN_STREAM)
    return EMPTY


_LIVED_IN = pattern(
    r"/(usr/|var/)?(lib\d*|libexec|share|local|opt|srv|etc|www|spool)(/[\w.+-]+)?$|/etc/[\w.+-]+$"
)
"""Folders that a system or a service lives from."""


def _takes_away(call: Call, source: Arg, scope: str, destination: Arg) -> None:
    """A folder that something lives from goes where it is not looked for, or where it is emptied some day."""
    full = targets.resolve(source, call.state.cwd)
    there = call.scope(destination)
    beside = full.rpartition("/")[0] == targets.resolve(destination, call.state.cwd).rpartition("/")[0]
    if scope in ("home_data", "repository") and there in ("temp", "temp_all"):
        # a folder of one's own, or the history of a project, in a folder that is emptied some day
        name = full.rsplit("/", 1)[-1]
        if name in places.KEPT or scope == "repository" or name == "*":
            call.effect("delete", source, scope, "recursive", "moved")
    elif (
        scope == "system_part" and not beside and _LIVED_IN.match(full) and "." not in full.rsplit("/", 1)[-1]
    ):
        call.effect("delete", source, "system_part", "recursive")
    elif scope == "project" and (
        there == "temp_all" or (call.state.facts & {"found"} and there in ("temp", "null"))
    ):
        call.effect("delete", source, "project", "recursive", "moved")


def _note_moved(call: Call, source: Arg, destination: Arg) -> None:
    """Remember where the only copy is now."""
    if OPEN in source or OPEN in destination or source.glob:
        return
    name = source.rstrip("/").rsplit("/", 1)[-1]
    for path in (destination, destination.rstrip("/") + "/" + name):
        call.state.moved[targets.resolve(path, call.state.cwd)] = str(source)


def _replace(call: Call, destination: Arg, stream: Stream) -> None:
    if stream.source.startswith("/tmp/") and targets.is_persistent(
        targets.resolve(destination, call.state.cwd) + "/x"
    ):
        call.effect("persist", destination, "", "from_temp")
    if destination.endswith("/") and not destination.startswith("/dev/"):
        _into_folder(call, destination, stream)
        return
    scope = call.scope(destination)
    full = targets.resolve(destination, call.state.cwd)
    same_name = (
        call.arguments.positional
        and full.rsplit("/", 1)[-1] == call.arguments.positional[0].rsplit("/", 1)[-1]
    )
    if targets.is_login_file(full) and same_name:
        return  # a file of one's dotfiles goes to its place
    # a folder of the system as destination gets a file more: nothing is replaced
    if (
        not targets.is_login_file(full) and scope in ("root", "system", "home", "home_data", "mount")
    ) or full.rsplit("/", 1)[-1] in (
        "bin",
        "sbin",
        "lib",
        "share",
    ):
        return
    if scope == "system_part" and not targets.is_persistent(full) and not targets.grants_privilege(full):
        return  # an administrator puts a file in its place
    call.write(destination, _as_own_job(call, full, stream))


_OWN_JOBS = pattern(r"(/etc|/lib|/usr/lib)/(systemd/system|udev/rules\.d)/")


def _as_own_job(call: Call, full: str, stream: Stream) -> Stream:
    """Return the stream marked where a file of the project is put among the machine's units: it runs once enabled."""
    source = call.arguments.positional[0] if call.arguments.positional else arg("")
    ours = call.scope(source) in ("part", "sources", "outside", "artefact") and not source.startswith("..")
    if ours and _OWN_JOBS.match(full) and not stream.tags and stream.text is None:
        return Stream(None, frozenset({"own_job"}), (), stream.source)
    return stream


_RUNS_ITS_FILES = pattern(
    r"/etc/(cron\.\w+|profile\.d|init\.d|rc\d\.d|update-motd\.d|xdg/autostart|udev/rules\.d)$|/autostart$"
    r"|systemd/(system|user)$|Library/Launch(Agents|Daemons)$|\.git/hooks$|/var/spool/cron(/crontabs)?$"
)


def _into_folder(call: Call, folder: Arg, stream: Stream) -> None:
    """`cp x.service /etc/systemd/system/`: whatever stands there runs by itself later."""
    if _RUNS_ITS_FILES.search(targets.resolve(folder, call.state.cwd)):
        name = (call.arguments.positional[0] if call.arguments.positional else arg("x")).rsplit("/", 1)[-1]
        path = folder.rstrip("/") + "/" + name
        call.write(arg(path), _as_own_job(call, path, stream))


@decider("copy")
def copy(call: Call) -> Stream | None:
    """Judge cp(1) and install(1) (GNU coreutils): the destination is replaced; from /dev/null it is emptied."""
    operands = list(call.arguments.positional)
    into = call.arguments.value("-t", "--target-directory")
    destination = into or (operands.pop() if len(operands) > 1 else None)
    if destination is None or not operands:
        return Stream("")  # it fails, and prints nothing: `cp a > b` empties b
    _suid_copy(call)
    note_replaced(call, destination)
    source = operands[0]
    _shadows(call, source, destination)
    stream = file_stream(source, call.state)
    if source == "/dev/null" and not destination.startswith("/dev/"):
        call.emit(Effect("overwrite", call.name, facts=frozenset({"empty", "explicit"})), [destination])
        note_own(call, destination)
        return EMPTY
    beside = source.rpartition("/")[0] == destination.rpartition("/")[0]
    if (
        stream.tags & {"secret"}
        and not beside
        and call.scope(destination) in ("temp", "temp_all", "mount", "system_part")
    ):
        call.emit(Effect("read_credential", call.name, facts=frozenset({"copied"})), [source])
    shells = source.rsplit("/", 1)[-1] in SHELLS
    if shells and call.scope(destination) in ("temp", "system_part") and call.arguments.has("-p"):
        call.effect("gain_privilege", destination, "", "setuid")
    if not call.arguments.has("-i", "--interactive", "-n", "--no-clobber"):
        _replace(call, destination, stream)
    for each in operands:
        note_content(call, each, destination, file_stream(each, call.state))
    return EMPTY


def note_content(call: Call, source: Arg, destination: Arg, stream: Stream) -> None:
    """Note what stands at the destination now, or in it where that is a folder: a copied secret is one."""
    if not stream.tags or OPEN in destination:
        return
    name = source.rstrip("/").rsplit("/", 1)[-1]
    folder = targets.resolve(destination, call.state.cwd)
    call.state.files[targets.resolve(destination.rstrip("/") + "/" + name, call.state.cwd)] = stream
    if not destination.endswith("/") and folder != ".":
        call.state.files[folder] = stream


def _suid_copy(call: Call) -> None:
    mode = call.arguments.value("-m", "--mode")
    if call.name == "install" and mode and is_setuid(mode):
        call.effect("gain_privilege", mode, "", "setuid")


_ON_PATH = pattern(r"^(/usr/local/s?bin|/usr/s?bin|/s?bin|[~\ue000]/(\.local/)?bin)/([\w.+-]+)$")


def _shadows(call: Call, source: Arg, destination: Arg) -> None:
    """A program of everyday's name on the PATH, out of a folder that anybody may write."""
    match = _ON_PATH.match(targets.resolve(destination, call.state.cwd))
    if (
        match
        and call.scope(source) == "temp"
        and (call.programs.get(match[3]) or match[3] in wrappers(call.state.knowledge) or match[3] in SHELLS)
    ):
        call.effect("persist", destination, "", "path_hijack")


@decider("link")
def link(call: Call) -> Stream | None:
    """Judge ln(1): a link to /dev/null in place of a history or log; a link over a system file."""
    operands = call.arguments.positional
    if len(operands) < 2:
        return EMPTY
    destination = operands[-1]
    if call.arguments.has("-s", "--symbolic") and OPEN not in operands[0]:
        into = targets.resolve(destination, call.state.cwd)
        name = "/" + operands[0].rsplit("/", 1)[-1] if destination.endswith(("/", ".")) else ""
        call.state.links[into + name] = call.place(operands[0])
    scope = call.scope(destination)
    note_content(call, operands[0], destination, file_stream(operands[0], call.state))
    _shadows(call, operands[0], destination)
    if operands[0] != "/dev/null":
        note_replaced(call, destination)
    if (
        re.search(r"/etc/cron|/etc/init\.d|systemd/(system|user)/|/autostart/", destination)
        and call.scope(operands[0]) == "temp"
    ):
        call.effect("persist", destination, "", "from_temp")
    if operands[0] == "/dev/null" and scope in ("history", "log"):
        call.effect("tamper_audit", destination, scope)
    elif operands[0] == "/dev/null" and call.arguments.has("-f", "--force") and scope == "home_data":
        call.emit(Effect("overwrite", call.name, facts=frozenset({"empty", "explicit"})), [destination])
    elif call.arguments.has("-f", "--force"):
        full = targets.resolve(destination, call.state.cwd)
        if targets.is_own(full, call.state.world.own_files) or scope == "history":
            call.effect("tamper_audit", destination, scope)
        elif full.endswith("ld.so.preload"):
            call.effect("persist", destination, scope)
        elif (
            targets.grants_privilege(full)
            or (scope == "vital" and operands[0] == "/dev/null")
            or full.startswith("/lib")
            or (full.startswith(("/bin/", "/usr/bin/", "/sbin/")) and _takes_over(operands[0], full))
            or (scope == "system" and call.arguments.has("-n", "-T", "--no-dereference"))
        ):
            call.emit(Effect("overwrite", call.name), [destination])
    return EMPTY


def _takes_over(source: str, program: str) -> bool:
    """True if a program of everyday gives way to one of another name: python may be python3, sh may be bash."""
    name, other = program.rsplit("/", 1)[-1], source.rsplit("/", 1)[-1]
    return name in places.EVERYDAY_PROGRAMS and not other.startswith(name) and not {name, other} <= SHELLS


def fetch_into(call: Call, sources: list[Arg], destination: Arg) -> None:
    """Note that what comes from another machine stands there now."""
    for source in sources:
        fetched = Stream(None, frozenset({"download"}), (), shown(source))
        if destination in (".", "./") or destination.endswith("/"):
            name = source.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]
            call.state.files[targets.resolve(destination.rstrip("/") + "/" + name, call.state.cwd)] = fetched
        else:
            call.state.files[targets.resolve(destination, call.state.cwd)] = fetched


def _is_build(call: Call, sources: list[Arg]) -> bool:
    """True if what is mirrored is what a build made, and no folder that is emptied for it."""
    names = [source.rstrip("/").rsplit("/", 1)[-1] for source in sources if source.endswith("/")]
    return len(names) == len(sources) and all(name in _BUILDS for name in names)


_BUILDS = frozenset("build dist out public _site .next _build htmlcov".split())


@decider("rsync")
def rsync(call: Call) -> Stream | None:
    """Judge rsync(1): --delete empties the destination, -e runs a shell, a remote side gets what is sent."""
    arguments = call.arguments
    if arguments.has("-n", "--dry-run", "--list-only"):
        return EMPTY
    shell = arguments.value("-e", "--rsh", "--rsync-path")
    if (shell and any(char in shell for char in ";|&")) or (
        shell and shell.split()[:1] and shell.split()[0] in SHELLS
    ):
        call.run_text(shown(shell or ""), "rsync")
    operands = arguments.positional
    if len(operands) < 2:
        return EMPTY
    destination = operands[-1]
    remote = ":" in destination.split("/")[0]
    deletes = any(option.startswith("--del") for option in arguments.options)
    if deletes:
        path = destination.partition(":")[2] if remote else destination
        scope = call.scope(path)
        call.emit(
            Effect(
                "delete",
                "rsync",
                facts=frozenset(
                    {"recursive", "mirror"} | ({"made"} if _is_build(call, operands[:-1]) else set())
                ),
                scope=scope if scope in ("root", "system", "home", "temp", "unset") else "mirror",
            ),
            [path],
        )
    if arguments.has("--remove-source-files"):
        call.emit(
            Effect("delete", "rsync", facts=frozenset({"moved"})), [o for o in operands[:-1] if ":" not in o]
        )
    elif ":" in operands[0].split("/")[0]:
        fetch_into(call, operands[:-1], destination)
    if not remote:
        for source in operands[:-1]:
            note_content(call, source, destination, file_stream(source, call.state))
    if remote:
        for source in operands[:-1]:
            if file_stream(source, call.state).tags & SENDABLE:
                call.effect("send_data", source, "", "secret")
    return EMPTY
