"""Runs the natives' own tests on the natives of another processor: test_foreign.py [PYTEST-ARGUMENT...].

zig builds them for aarch64 into native/build/aarch64, and the kernel hands them to qemu-aarch64-static. It is told so
(binfmt_misc) in a user name space of its own, which takes the registration with it. qemu's emulation refuses seccomp
filters, so caro-trace is only built.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

from build_hook import load_build_hook

ROOT = Path(__file__).resolve().parent.parent
NATIVE = ROOT / "native"
BUILT = NATIVE / "build" / "aarch64"
QEMU = "/usr/bin/qemu-aarch64-static"

# elf(5): a 64-bit little-endian ELF file, executable or shared, for the machine EM_AARCH64; the mask lets the ABI vary.
# P: the program keeps its argv[0]; F: qemu is opened now, and need not be seen from inside a chroot.
MAGIC = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
MASK = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
REGISTER = f":caro-aarch64:M::{MAGIC}:{MASK}:{QEMU}:PF"

BEYOND_QEMU = {
    "tests/native/test_launch.py::test_not_found_and_not_executable": "vfork(2) is fork there: no error comes back",
    "tests/native/test_loops.py::test_what_has_no_end_by_itself_ends": "each exec starts the emulator: minutes",
    "tests/native/test_shim.py::test_blocked_signals_stay_blocked": "the emulator catches signals itself",
    "tests/native/test_signals.py::test_a_signal_that_was_ignored_from_the_start": "so it ignores none",
    "tests/native/test_shim.py::test_a_file_without_format_is_a_script_of_sh": "its execve never fails by ENOEXEC",
    "tests/native/test_shim.py::test_no_more_processes_runs_the_tool_in_place": "it needs a thread of its own",
}
"""Tests of what qemu-user (7.2) does otherwise than a kernel, and why."""

FORMATS = Path("/proc/sys/fs/binfmt_misc")
CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x00020000


def build() -> None:
    """Make every program, and the tests' helpers in C beside them."""
    hook = load_build_hook()
    compiler = hook.find_zig("aarch64-linux-musl")
    hook.compile_natives(NATIVE, BUILT, compiler)
    table = hook.read_flags(NATIVE)
    library = sorted((NATIVE / "lib").rglob("*.c"))
    for helper in sorted((NATIVE / "test").glob("*.c")):
        words = [
            *table["FLAGS"],
            *table["FLAGS_zig"],
            f"-I{NATIVE}",
            "-o",
            BUILT / helper.stem,
            helper,
            *library,
        ]
        compiler.run(*words, *table["LINK_zig"])


def enter_name_space() -> None:
    """Go on as root of a new user and mount name space (unshare(2)); root's own users all exist there."""
    users = f"0 {os.geteuid()} 1" if os.geteuid() else "0 0 65536"
    groups = f"0 {os.getegid()} 1" if os.geteuid() else "0 0 65536"
    parent = os.getpid()
    (ready, unshared), (mapped, maps) = os.pipe(), os.pipe()
    # The maps are written by a process outside, which may map more users than one.
    if os.fork() == 0:
        os.read(ready, 1)
        process = Path(f"/proc/{parent}")
        if os.geteuid():
            (process / "setgroups").write_text("deny")
        (process / "uid_map").write_text(users)
        (process / "gid_map").write_text(groups)
        os.write(maps, b".")
        os._exit(0)
    os.close(maps)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER | CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "unshare")
    os.write(unshared, b".")
    if not os.read(mapped, 1):
        raise SystemExit("the users of a name space can't be mapped here")
    os.wait()


def main() -> int:
    build()
    enter_name_space()
    subprocess.run(["mount", "-t", "binfmt_misc", "none", str(FORMATS)], check=True)
    (FORMATS / "register").write_text(REGISTER)
    tests = sys.argv[1:] or ["tests/native", "tests/redact/test_redact.py"]
    without = [word for name in BEYOND_QEMU for word in ("--deselect", name)]
    words = [sys.executable, "-m", "pytest", *without, *tests]
    return subprocess.run(words, cwd=ROOT, env=os.environ | {"CARO_NATIVES": str(BUILT)}).returncode


if __name__ == "__main__":
    sys.exit(main())
