"""Build hook: compiles native/ into src/caro/_bin, the guard's tables into one file, and tags the wheel.

Each program is native/caro-NAME.c, linked with native/lib/**/*.c and, where there is one, native/NAME/*.c.
Compilers, in this order: $CARO_CC, musl-gcc, $CC, cc, gcc, clang; where there is none, or where CARO_TARGET
asks for another platform, `zig cc` from the ziglang package, which is then asked for as a build dependency.
"""

from __future__ import annotations

import os
import platform
import runpy
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ZIG = "ziglang==0.17.0"
CFLAGS = (
    "-std=c11 -D_GNU_SOURCE -Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables".split()
)

TARGETS = {
    "x86_64-linux-musl": "manylinux2014_x86_64.musllinux_1_1_x86_64",
    "aarch64-linux-musl": "manylinux2014_aarch64.musllinux_1_1_aarch64",
    "x86_64-macos": "macosx_10_15_x86_64",
    "aarch64-macos": "macosx_11_0_arm64",
}
"""Targets of CARO_TARGET and the wheel's platform tag; the Linux programs are static, so any libc will do."""


def find_compiler() -> list[str] | None:
    """The command words of a C compiler that is on this machine, or None."""
    for name in (os.environ.get("CARO_CC"), "musl-gcc", os.environ.get("CC"), "cc", "gcc", "clang"):
        if name and (words := shlex.split(name)) and shutil.which(words[0]):
            return words
    return None


def find_zig(target: str | None) -> list[str]:
    words = [sys.executable, "-m", "ziglang", "cc"]
    if target is None and sys.platform.startswith("linux"):
        target = f"{platform.machine()}-linux-musl"
    return [*words, "-target", target] if target else words


def link_flags(compiler: list[str], target: str | None) -> list[str]:
    """Static where the C library is musl; glibc's static programs start more slowly than dynamic ones."""
    if (target is not None and "macos" in target) or (target is None and sys.platform == "darwin"):
        return ["-Wl,-dead_strip"]
    zig = "ziglang" in compiler
    flags = ["-Wl,--gc-sections", "-s"]
    if "musl" in compiler[0] or zig:
        flags.append("-static")
    if "musl" in compiler[0]:
        # Two segments fewer to map and one mprotect less at each start, 3 % of a shim's time, and 3 KiB less
        # padding; zig's linker doesn't know the first flag. What is linked to fixed addresses anyway needs no
        # code that could stand anywhere: 1 KiB of the shim.
        flags += ["-Wl,-z,noseparate-code,-z,norelro", "-fno-pie", "-no-pie"]
    return flags


def compile_natives(source: Path, destination: Path, compiler: list[str], target: str | None) -> list[Path]:
    """Compiles every native/caro-*.c; returns the programs."""
    destination.mkdir(parents=True, exist_ok=True)
    programs = []
    for main in sorted(source.glob("caro-*.c")):
        own = source / main.stem.removeprefix("caro-")
        sources = [main, *sorted((source / "lib").rglob("*.c")), *sorted(own.glob("*.c"))]
        with tempfile.TemporaryDirectory(dir=destination) as folder:
            # Linked aside and renamed: a program that runs can't be written over (ETXTBSY).
            built = Path(folder) / main.stem
            words = [*compiler, *CFLAGS, f"-I{source}", "-o", str(built), *map(str, sources)]
            subprocess.run([*words, *link_flags(compiler, target)], check=True)
            built.replace(destination / main.stem)
        programs.append(destination / main.stem)
    return programs


class NativeBuildHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [ZIG] if os.environ.get("CARO_TARGET") or find_compiler() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        target = os.environ.get("CARO_TARGET")
        if target is not None and target not in TARGETS:
            raise SystemExit(f"caro: CARO_TARGET={target} is unknown; one of: {', '.join(TARGETS)}")
        compiler = find_zig(target) if target else find_compiler() or find_zig(None)
        root = Path(self.root)
        destination = root / "src" / "caro" / "_bin"
        shutil.rmtree(destination, ignore_errors=True)
        programs = compile_natives(root / "native", destination, compiler, target)
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{self.wheel_platform(target, compiler)}"
        tables = runpy.run_path(str(root / "src" / "caro" / "knowledge" / "packaged.py"))["write_compiled"]()
        build_data["artifacts"] += [str(path.relative_to(root)) for path in (*programs, *tables)]

    def wheel_platform(self, target: str | None, compiler: list[str]) -> str:
        if target is not None:
            return TARGETS[target]
        if sys.platform.startswith("linux") and "-static" in link_flags(compiler, None):
            return TARGETS.get(f"{platform.machine()}-linux-musl", f"linux_{platform.machine()}")
        return sysconfig.get_platform().replace("-", "_").replace(".", "_")
