"""Becomes a plugin's program, confined: it reads the system's own files and its folder, writes nothing, sees no other
process and, unless that was granted, has no socket. `python -m caro.plugins.confined JSON PROGRAM...`

Landlock (landlock(7)) keeps the files, seccomp(2) the sockets, setrlimit(2) memory and sizes. Where the kernel has no
Landlock, bubblewrap (bwrap(1)) does the same by namespaces. Where neither is there nothing is run, unless `[plugins]
unconfined` says that it may: exit status `CANNOT`.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import signal
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

CANNOT, NOT_BEGUN = 97, 98
"""Exit statuses of a start that could not be confined, and of one whose program can't be run."""
MEMORY_BYTES = 512 << 20
FILE_BYTES = 1 << 20
OPEN_FILES = 64

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/nix/store", "/etc/ld.so.cache",
          "/etc/alternatives", "/etc/localtime", "/etc/locale.alias", "/etc/ssl/certs", "/etc/pki",
          "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf")  # fmt: skip
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_FILTER = 1, 38, 22, 2
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_EXECUTE, _WRITE, _READ, _LIST = 1, 2, 4, 8
_FILE_RIGHTS = (13, 14, 15, 15, 16)
"""How many rights of files each version of Landlock knows, from 1 on."""
_SCOPES = 3
"""Abstract sockets and signals, from version 6 on."""


def main(words: Sequence[str]) -> int:
    """Never returns where the program could be begun; else its exit status."""
    wanted, program = json.loads(words[0]), list(words[1:])
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != wanted["parent"]:
        return CANNOT  # who wanted it has ended meanwhile
    readable = [*SYSTEM, *wanted["reads"], *interpreter_of(Path(program[0]))]
    wanted["env"]["PATH"] = _within(wanted["env"].get("PATH", os.defpath), readable) or os.defpath
    try:
        _limit()
        if not (restrict(libc, readable) and forbid_sockets(libc, wanted["network"])):
            program = _other_way(program, readable, wanted)
    except OSError as error:
        print(f"{program[0]}: {error.strerror}", file=sys.stderr)
        return CANNOT
    try:
        os.execve(program[0], program, wanted["env"])
    except OSError as error:
        print(f"{program[0]}: {error.strerror}", file=sys.stderr)
    return NOT_BEGUN


def _other_way(program: list[str], readable: Sequence[str], wanted: dict[str, object]) -> list[str]:
    wrapper = shutil.which("bwrap", path="/usr/bin:/bin:/usr/local/bin")
    if wrapper is not None:
        return wrapped(wrapper, program, readable, bool(wanted["network"]))
    if wanted["unconfined"]:
        return program
    raise OSError(CANNOT, "neither Landlock nor bubblewrap is here to confine it")


def wrapped(wrapper: str, program: Sequence[str], readable: Sequence[str], network: bool) -> list[str]:
    """Return the words that run a program below bubblewrap."""
    words = [
        wrapper,
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
    ]
    words += ["--share-net"] if network else []
    for place in dict.fromkeys(readable):
        words += ["--ro-bind-try", place, place]
    return [*words, "--", *program]


def _limit() -> None:
    limits = {resource.RLIMIT_DATA: MEMORY_BYTES, resource.RLIMIT_FSIZE: FILE_BYTES,
              resource.RLIMIT_NOFILE: OPEN_FILES, resource.RLIMIT_CORE: 0}  # fmt: skip
    for what, most in limits.items():
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def restrict(libc: ctypes.CDLL, readable: Sequence[str]) -> bool:
    """Let this process and its children read and run what stands at or below these places, and nothing else; False
    where the kernel has no Landlock."""
    version = libc.syscall(_LANDLOCK_CREATE, None, 0, 1) if sys.platform == "linux" else -1
    if version < 1:
        return False
    handled = (1 << _FILE_RIGHTS[min(version, len(_FILE_RIGHTS)) - 1]) - 1
    attributes = struct.pack("QQQ", handled, 0, _SCOPES)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    rules = libc.syscall(_LANDLOCK_CREATE, attributes, len(attributes), 0)
    if rules < 0:
        return False
    for place in dict.fromkeys(readable):
        _grant(libc, rules, place, _EXECUTE | _READ | _LIST)
    for place in DEVICES:
        _grant(libc, rules, place, _READ | _WRITE)
    failed = libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.syscall(_LANDLOCK_RESTRICT, rules, 0)
    return not failed


def _grant(libc: ctypes.CDLL, rules: int, place: str, rights: int) -> None:
    try:
        opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    folder = os.path.isdir(f"/proc/self/fd/{opened}") or os.path.isdir(place)
    rights = rights if folder else rights & ~_LIST
    libc.syscall(_LANDLOCK_ADD, rules, 1, struct.pack("=Qi", rights, opened), 0)
    os.close(opened)


_MACHINES = {"x86_64": (0xC000003E, 41, 425), "aarch64": (0xC00000B7, 198, 425)}
"""By machine: its number in audit.h, those of socket(2) and io_uring_setup(2)."""
_LOAD, _EQUAL, _ABOVE, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
_AF_UNIX, _X32 = 1, 0x40000000


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def forbid_sockets(libc: ctypes.CDLL, network: bool) -> bool:
    """Refuse sockets of this machine, and with `network` False every other one too; False where it can't be done."""
    known = _MACHINES.get(os.uname().machine)
    if known is None or sys.platform != "linux":
        return False
    machine, socket, ring = known
    steps = [
        (_LOAD, 0, 0, 4), (_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0), (_ABOVE, 0, 1, _X32), (_RETURN, 0, 0, _KILL),
        (_EQUAL, 0, 1, ring), (_RETURN, 0, 0, _REFUSE), (_EQUAL, 1, 0, socket), (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, 16), (_EQUAL, 1, 0, _AF_UNIX), (_RETURN, 0, 0, _ALLOW if network else _REFUSE),
        (_RETURN, 0, 0, _REFUSE),
    ]  # fmt: skip
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = _Program(len(steps), code)
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, ctypes.byref(program), 0, 0) == 0)


def interpreter_of(program: Path) -> list[str]:
    """Return what the program's interpreter (`#!`) needs to be read: its folder tree where that is one of its own."""
    try:
        with program.open("rb") as file:
            first = file.readline(300)
    except OSError:
        return []
    words = first[2:].decode("utf-8", "replace").split() if first.startswith(b"#!") else [str(program)]
    named = words[1] if os.path.basename(words[0]) == "env" and len(words) > 1 else words[0]
    found = _real(named)
    files = dict.fromkeys((found, os.path.realpath(found))) if found else ()
    return [place for file in files for place in tree_of(file)]


def _real(name: str) -> str:
    """Return the first program of that name that is no script: version managers put scripts of their own before it."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if "/" not in name else ("",):
        file = os.path.join(folder, name)
        try:
            with open(file, "rb") as opened:
                if os.access(file, os.X_OK) and opened.read(2) != b"#!":
                    return file
        except OSError:
            continue
    return ""


def _within(path: str, readable: Sequence[str]) -> str:
    """Return the folders of PATH that may be read."""
    roots = [root.rstrip("/") + "/" for root in readable]
    return os.pathsep.join(
        folder for folder in path.split(os.pathsep) if any((folder + "/").startswith(root) for root in roots)
    )


def tree_of(file: str) -> list[str]:
    """Return the folder that an interpreter was installed in (it has `bin` and `lib`), if that is no home; else the
    file."""
    root = os.path.dirname(os.path.dirname(file))
    home = os.path.expanduser("~")
    own = os.path.isdir(os.path.join(root, "lib")) and os.path.basename(os.path.dirname(file)) == "bin"
    above_home = (home + "/").startswith(root.rstrip("/") + "/")
    return [root] if own and not above_home and os.path.basename(root) != ".local" else [file]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
