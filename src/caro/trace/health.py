"""What the doctor asks of the tracing side: natives, shims, PATH, log. Each check returns findings."""

from __future__ import annotations

import contextlib
import filecmp
import os
import stat
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from caro.paths import Paths
from caro.runtime_conf import all_problems
from caro.settings import Settings, config_file, log_file
from caro.trace import deep, launcher, natives, search, shims

COUNTED_BYTES = 128 << 20
"""So much of a log is read to count its lines."""
LEAST_ROOM = 1 << 20
"""Bytes below which a disk counts as full."""


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: `state` is ok, note (worth knowing) or bad (to be mended), `cure` what to do."""

    part: str
    state: str
    text: str
    cure: str = ""


@dataclass(frozen=True)
class Checkup:
    env: Mapping[str, str]
    paths: Paths
    settings: Settings


def check_switch(checkup: Checkup) -> Iterator[Finding]:
    if launcher.is_disabled(checkup.env, checkup.paths):
        yield Finding("switch", "note", "Caro is switched off", "caro enable")
    else:
        yield Finding("switch", "ok", "Caro is on")


def check_home(checkup: Checkup) -> Iterator[Finding]:
    if checkup.paths.no_home:
        text = "HOME=FOLDER caro doctor" if "not set" in checkup.paths.no_home else "mkdir it, or set HOME"
        yield Finding("home", "bad", checkup.paths.no_home, text)


def check_settings(checkup: Checkup) -> Iterator[Finding]:
    problems = all_problems(checkup.settings, config_file(checkup.env, checkup.paths))
    for problem in problems:
        yield Finding("config", "bad", problem, "caro config edit")
    if not problems:
        yield Finding("config", "ok", "the configuration is valid")


def linkage(program: Path) -> str:
    """`static` or `dynamic` for an ELF program (PT_INTERP asks for a loader), else `other`. Source: elf(5)."""
    with program.open("rb") as stream:
        header = stream.read(64)
        if header[:4] != b"\x7fELF" or header[4] != 2:
            return "other"
        order = "<" if header[5] == 1 else ">"
        (offset,) = struct.unpack_from(order + "Q", header, 32)
        size, count = struct.unpack_from(order + "HH", header, 54)
        stream.seek(offset)
        table = stream.read(size * count)
    kinds = [struct.unpack_from(order + "I", table, size * index)[0] for index in range(count)]
    return "dynamic" if 3 in kinds else "static"


def check_natives(checkup: Checkup) -> Iterator[Finding]:
    programs = sorted(natives.PACKAGED.glob("caro-*"))
    if not programs:
        yield Finding("natives", "bad", "the native programs were not built", "install Caro again")
    for program in programs:
        kind = linkage(program)
        if kind == "dynamic":
            text = f"{program.name} is dynamically linked: about 0.4 ms slower on each exec"
            yield Finding("natives", "note", text, "apt-get install musl-tools, then install Caro again")
        else:
            yield Finding("natives", "ok", f"{program.name}: {kind}, {program.stat().st_size // 1024} KiB")


def check_shims(checkup: Checkup) -> Iterator[Finding]:
    names = shims.list_shims(checkup.paths)
    if not names:
        yield Finding("shims", "note", "there are none yet", "caro shims sync")
        return
    folders = shims.tool_folders(checkup.env, checkup.paths)
    for name in names:
        target = search.find_tool(name, folders)
        if not os.access(checkup.paths.shims / name, os.X_OK):
            yield Finding("shims", "bad", f"{name}: can't be executed, so it is not seen", "caro shims sync")
        elif target is None:
            yield Finding(
                "shims", "bad", f"{name}: not installed any more, so it gives 127", "caro shims sync"
            )
        else:
            yield Finding("shims", "ok", f"{name} runs {target}")
    link = checkup.paths.shims / shims.CONFIGURATION
    if not link.is_symlink() or os.readlink(link) != str(checkup.paths.config):
        where = f"not that of {checkup.paths.config}"
        yield Finding("shims", "note", f"their configuration is {where}", "caro shims sync")
    old = [name for name in names if is_old(checkup.paths.shims / name)]
    if old:
        yield Finding("shims", "note", f"of another version of Caro: {' '.join(old)}", "caro shims sync")
    wanted = shims.expand_names(checkup.settings["trace.tools"])
    absent = [name for name in wanted if name not in names and search.find_tool(name, folders)]
    if absent:
        yield Finding("shims", "note", f"installed since: {' '.join(absent)}", "caro shims sync")


def is_old(shim: Path) -> bool:
    current = natives.PACKAGED / "caro-shim"
    return current.exists() and not filecmp.cmp(shim, current, shallow=False)


def check_path(checkup: Checkup) -> Iterator[Finding]:
    """Tell where our folder stands on PATH, under whatever name."""
    elements = search.split_path(checkup.env.get("PATH", ""))
    places = [
        place for place, element in enumerate(elements) if search.same_file(element, checkup.paths.shims)
    ]
    if not places:
        yield Finding("path", "ok", "the shim folder is not on this shell's PATH (`caro run` puts it there)")
    elif places[0] != 0:
        before = [
            name for name in shims.list_shims(checkup.paths) if search.find_tool(name, elements[: places[0]])
        ]
        text = f"the shim folder stands in place {places[0] + 1} of PATH"
        if before:
            text += f": the folders in front hide the shims of {' '.join(before)}"
            cure = "source Caro's line last, behind what sets PATH (in ~/.profile too, by `caro install sh`)"
            yield Finding("path", "bad", text, cure)
        else:
            yield Finding("path", "ok", f"{text}; no tool in front of it has a shim")
    else:
        yield Finding("path", "ok", "the shim folder stands first on PATH")
    if len(places) > 1:
        yield Finding("path", "note", f"the shim folder is on PATH {len(places)} times", "remove the others")
    for element in elements:
        if any(search.same_file(element, checkup.paths.shims) for _ in (0,)) or not element.startswith("/"):
            continue
        strange = [name for name in shims.list_shims(checkup.paths) if search.is_shim(Path(element) / name)]
        if strange:
            text = f"{element} holds shims of another copy of Caro: {' '.join(strange)}"
            yield Finding("path", "bad", text, f"take {element} off PATH")


def check_deep(checkup: Checkup) -> Iterator[Finding]:
    """Which ways of deep mode work here, and what `auto` makes of it."""
    found = deep.probe()
    for way, answer in found.ways.items():
        yield Finding("deep", "ok" if answer == "works" else "note", f"{way}: {answer}")
    if found.works and found.needs_no_new_privs:
        text = "sudo, su and ping do not work inside deep mode here, so `caro run` uses shims unless told otherwise"
        yield Finding("deep", "note", text, "caro run --mode deep, or caro config set trace.mode deep")


def check_log(checkup: Checkup) -> Iterator[Finding]:
    log = log_file(checkup.settings, checkup.paths)
    try:
        status = log.stat()
    except OSError:
        parent = log.parent
        if os.access(parent, os.W_OK):
            yield Finding("log", "ok", f"{log}: nothing recorded yet")
        else:
            yield Finding(
                "log",
                "bad",
                f"{log} can't be made: {parent} is not writable",
                "caro config set trace.log_file FILE",
            )
        yield from check_room(checkup)
        yield from check_unwritten(checkup)
        return
    if not stat.S_ISREG(status.st_mode) or not os.access(log, os.W_OK):
        yield Finding("log", "bad", f"{log} can't be written", f"chmod u+w {log}")
    elif status.st_mode & 0o077:
        yield Finding("log", "bad", f"{log} can be read by others", f"chmod 600 {log}")
    else:
        yield Finding("log", "ok", f"{log}: {kilobytes(status.st_size)}, {events_per_day(log)}")
    yield from check_room(checkup)
    yield from check_unwritten(checkup)


def kilobytes(size: int) -> str:
    return f"{size / 1e3:.0f} kB" if size < 999_500 else f"{size / 1e6:.1f} MB"


def check_room(checkup: Checkup) -> Iterator[Finding]:
    """Tell where nothing more can be written: the log, the state of sync and fleet, what was learned."""
    log = log_file(checkup.settings, checkup.paths)
    full: dict[int, Path] = {}
    for folder in (log.parent, checkup.paths.state, checkup.paths.data):
        with contextlib.suppress(OSError):
            there = os.statvfs(folder)
            if there.f_blocks and there.f_bavail * there.f_frsize < LEAST_ROOM:
                full.setdefault(os.stat(folder).st_dev, folder)
    for folder in full.values():
        text = f"the disk of {folder} is full: nothing more is recorded or remembered there"
        yield Finding("log", "bad", text, "make room on it")


def check_unwritten(checkup: Checkup) -> Iterator[Finding]:
    try:
        count = checkup.paths.unwritten.stat().st_size
    except OSError:
        return
    if count:
        lost = f"{count} event{'s' * (count != 1)} could not be written to a log"
        text = f"{lost} (disk full, no permission, no such folder)"
        yield Finding("log", "bad", text, f"mend the log, then: rm {checkup.paths.unwritten}")


def events_per_day(log: Path) -> str:
    """`N events a day`, from the number of lines and the first and last time in the file; of a very large one the lines
    are reckoned by its beginning."""
    import msgspec

    lines = 0
    with log.open("rb") as stream:
        first = stream.readline(1 << 20)
        stream.seek(0)
        while stream.tell() < COUNTED_BYTES and (block := stream.read(1 << 20)):
            lines += block.count(b"\n")
        counted, size = stream.tell(), stream.seek(0, os.SEEK_END)
        lines = lines * size // max(1, counted)
        stream.seek(max(0, size - (1 << 17)))
        last = stream.read().rstrip(b"\n").rpartition(b"\n")[2]
    try:
        times = [datetime.fromisoformat(msgspec.json.decode(line)["ts"]) for line in (first, last)]
    except (ValueError, KeyError, TypeError, msgspec.DecodeError):
        return f"{lines} line{'s' * (lines != 1)}"
    days = max((times[1] - times[0]).total_seconds() / 86400, 1)
    return f"{lines} event{'s' * (lines != 1)}, {lines / days:.0f} a day"


def mend(checkup: Checkup) -> None:
    """Mend what needs no question: shims that are there follow the machine, files get their modes back."""
    if shims.list_shims(checkup.paths):
        shims.sync_shims(checkup.settings["trace.tools"], checkup.env, checkup.paths)
    launcher.prepare_home(checkup.settings, checkup.env, checkup.paths)
    own = [(log_file(checkup.settings, checkup.paths), 0o600), (checkup.paths.config, 0o700)]
    for file, mode in own:
        with contextlib.suppress(OSError):
            if not file.is_symlink() and file.stat().st_uid == os.geteuid():
                file.chmod(mode)


CHECKS = (check_switch, check_settings, check_natives, check_shims, check_path, check_deep, check_log)
HOMELESS_CHECKS = (check_home, check_switch, check_settings, check_natives, check_deep)
"""All that can be asked where HOME is no folder."""
