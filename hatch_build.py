"""Build hook: compiles native/ into src/caro/_bin, the guard's tables into one file, and tags the wheel.

Each program is native/caro-NAME.c, linked with everything below native/lib and, where there is one, native/NAME.
Compilers, in this order: $CARO_CC, musl-gcc, and where neither is there, or where CARO_TARGET asks for another
platform, `zig cc` of the ziglang package, which is then asked for as a build dependency. The system's own compiler
makes programs that are dynamic and start three times more slowly: only CARO_CC=cc takes it.
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
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ZIG = "ziglang==0.17.0"

TARGETS = {
    "x86_64-linux-musl": "manylinux2014_x86_64.musllinux_1_1_x86_64",
    "aarch64-linux-musl": "manylinux2014_aarch64.musllinux_1_1_aarch64",
    "x86_64-macos": "macosx_10_15_x86_64",
    "aarch64-macos": "macosx_11_0_arm64",
}
"""Targets of CARO_TARGET and the wheel's platform tag; the Linux programs are static, so any libc will do."""

LIBRARIES = {"libcaro-ere.so": ("ere.c", "utf8.c")}
"""Shared libraries that Python loads, and the names of their sources somewhere below native/lib."""


class Compiler(NamedTuple):
    """The words of a command that compiles C, and the name of its flags in native/flags.mk.

    A named tuple: hatchling runs this file as no module, and dataclasses look theirs up.
    """

    words: tuple[str, ...]
    flags: str

    @property
    def static(self) -> bool:
        return self.flags in ("musl", "zig")

    def run(self, *words: str | Path) -> None:
        subprocess.run([*self.words, *map(str, words)], check=True)


def find_compiler() -> Compiler | None:
    """Return the compiler that the user named, or musl-gcc; None where there is neither."""
    for name in (os.environ.get("CARO_CC"), "musl-gcc"):
        if name and (words := tuple(shlex.split(name))) and shutil.which(words[0]):
            if sys.platform == "darwin":
                return Compiler(words, "macos")
            return Compiler(words, "musl" if "musl" in words[0] else "cc")
    return None


def find_zig(target: str | None) -> Compiler:
    """Return the compiler of the ziglang package, for a key of TARGETS or for this machine."""
    if target is None:
        system = "linux-musl" if sys.platform.startswith("linux") else "macos"
        target = f"{platform.machine().replace('arm64', 'aarch64')}-{system}"
    words = (sys.executable, "-m", "ziglang", "cc", "-target", target)
    return Compiler(words, "macos" if "macos" in target else "zig")


def read_flags(source: Path) -> dict[str, list[str]]:
    """Return native/flags.mk as lists of words by name."""
    lines = (source / "flags.mk").read_text("utf-8").splitlines()
    named = (line.split(":=", 1) for line in lines if ":=" in line and not line.startswith("#"))
    return {name.strip(): words.split() for name, words in named}


def compile_objects(
    source: Path, files: Iterable[Path], folder: Path, compiler: Compiler, flags: list[str]
) -> dict[Path, Path]:
    """Compile each file once, as many at a time as there are processors; return the objects by source."""
    objects = {file: folder / ("-".join(file.relative_to(source).parts) + ".o") for file in files}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [
            pool.submit(compiler.run, *flags, f"-I{source}", "-c", "-o", built, file)
            for file, built in objects.items()
        ]
        for job in jobs:
            job.result()
    return objects


def link_programs(source: Path, folder: Path, compiler: Compiler) -> list[Path]:
    """Make every native/caro-*.c in `folder`; return the programs."""
    flags = read_flags(source)
    library = sorted((source / "lib").rglob("*.c"))
    mains = sorted(source.glob("caro-*.c"))
    own = {main: sorted((source / main.stem.removeprefix("caro-")).rglob("*.c")) for main in mains}
    files = [*library, *mains, *(file for group in own.values() for file in group)]
    words = [*flags["FLAGS"], *flags[f"FLAGS_{compiler.flags}"]]
    objects = compile_objects(source, files, folder, compiler, words)
    for main in mains:
        linked = [objects[file] for file in (main, *library, *own[main])]
        compiler.run("-o", folder / main.stem, *linked, *flags[f"LINK_{compiler.flags}"])
    return [folder / main.stem for main in mains]


def link_libraries(source: Path, folder: Path, compiler: Compiler) -> list[Path]:
    """Make those of LIBRARIES whose sources are there in `folder`; return them."""
    flags = read_flags(source)
    words = [*flags["FLAGS"], *flags["FLAGS_library"]]
    link = flags["LINK_library_macos" if compiler.flags == "macos" else "LINK_library"]
    libraries = []
    for name, patterns in LIBRARIES.items():
        files = sorted({file for pattern in patterns for file in (source / "lib").rglob(pattern)})
        if files:
            objects = compile_objects(source, files, folder, compiler, words)
            compiler.run("-o", folder / name, *objects.values(), *link)
            libraries.append(folder / name)
    return libraries


def compile_natives(source: Path, destination: Path, compiler: Compiler) -> list[Path]:
    """Make every program and library in `destination`; return them. What was there before goes at the end."""
    destination.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=".natives-") as scratch:
        # Linked aside and renamed: a program that runs can't be written over (ETXTBSY).
        built = [
            *link_programs(source, Path(scratch), compiler),
            *link_libraries(source, Path(scratch), compiler),
        ]
        made = [file.replace(destination / file.name) for file in built]
    for left in set(destination.iterdir()) - set(made):
        left.unlink()
    return made


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
        natives = compile_natives(root / "native", root / "src" / "caro" / "_bin", compiler)
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{self.wheel_platform(target, compiler)}"
        tables = runpy.run_path(str(root / "src" / "caro" / "knowledge" / "packaged.py"))["write_compiled"]()
        tables.append(runpy.run_path(str(root / "specs" / "compile_specs.py"))["write_specs"]())
        build_data["artifacts"] += [str(path.relative_to(root)) for path in (*natives, *tables)]

    def wheel_platform(self, target: str | None, compiler: Compiler) -> str:
        if target is not None:
            return TARGETS[target]
        if compiler.static:
            return TARGETS.get(f"{platform.machine()}-linux-musl", f"linux_{platform.machine()}")
        return sysconfig.get_platform().replace("-", "_").replace(".", "_")
