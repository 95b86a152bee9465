"""Build hook: compiles native/ into src/caro/_bin, the guard's tables into one file, and tags the wheel.

Each program is native/caro-NAME.c, linked with everything below native/lib and, where there is one, native/NAME.
Compilers, in this order: $CARO_CC, musl-gcc, and where neither is there, or where CARO_TARGET asks for another
platform, `zig cc` of the ziglang package, which is then asked for as a build dependency. The system's own compiler
makes programs that are dynamic and start three times more slowly: only CARO_CC=cc takes it.

zig compiles its C library at the first use, which takes most of a minute, and knows it again by its own path; pip
unpacks a build dependency into a new folder each time. So zig is kept in the user's cache folder, and used from there.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import runpy
import shlex
import shutil
import struct
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ZIG = "ziglang==0.17.0"

UNUSED = ("*windows*", "mingw", "wasi", "*-wasi*", "*bsd*")
"""C libraries and headers of zig's that no target of ours reads: half of it."""

TARGETS = {
    "x86_64-linux-musl": "manylinux2014_x86_64.musllinux_1_1_x86_64",
    "aarch64-linux-musl": "manylinux2014_aarch64.musllinux_1_1_aarch64",
    "x86_64-macos": "macosx_10_15_x86_64",
    "aarch64-macos": "macosx_11_0_arm64",
}
"""Targets of CARO_TARGET and the wheel's platform tag; the Linux programs are static, so any libc will do."""

LIBRARIES = {
    "libcaro-ere.so": ("lib/base/ere.c", "lib/base/utf8.c"),
    "libcaro-redact.so": ("library/*.c", "lib/redact/*.c", "lib/base/buffer.c"),
    "libcaro-bash.so": ("bash/*.c", "lib/lines/plain_text.c"),
}
"""Shared libraries that Python and bash load, and their sources below native."""

LINUX_ALONE = ("libcaro-bash.so",)
"""Those that are not made for a Mac, whose bash has no PS0."""

REPLACED = {"libcaro-redact.so": ("lib/redact/redact_pattern.c",)}
"""Sources that a library has its own functions for."""


class Compiler(NamedTuple):
    """The words of a command that compiles C, the name of its flags in native/flags.mk, and what it needs besides.

    A named tuple: hatchling runs this file as no module, and dataclasses look theirs up.
    """

    words: tuple[str, ...]
    flags: str
    env: dict[str, str] | None = None

    @property
    def static(self) -> bool:
        return self.flags in ("musl", "zig")

    def run(self, *words: str | Path) -> None:
        subprocess.run([*self.words, *map(str, words)], check=True, env=os.environ | (self.env or {}))


def find_compiler() -> Compiler | None:
    """Return the compiler that the user named, or musl-gcc; None where there is neither."""
    for name in (os.environ.get("CARO_CC"), "musl-gcc"):
        if name and (words := tuple(shlex.split(name))) and shutil.which(words[0]):
            if sys.platform == "darwin":
                return Compiler(words, "macos")
            return Compiler(words, "musl" if "musl" in words[0] else "cc")
    return None


def kept_zig() -> Path:
    """Return the one folder of this user that zig and what it compiles are kept in."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    home = Path(cache) if os.path.isabs(cache) else Path.home() / ".cache"
    return home / "caro" / ZIG.replace("==", "-")


def keep_zig() -> Path:
    """Return the folder of a zig that stays where it is; the package's own one where none can be kept."""
    kept = kept_zig()
    if (kept / "zig").exists():
        return kept
    spec = importlib.util.find_spec("ziglang")
    if spec is None or spec.origin is None:
        raise SystemExit(f"caro: no C compiler is found: neither musl-gcc nor the Python package {ZIG}")
    package = Path(spec.origin).parent
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".zig-") as scratch:
            copy = Path(scratch) / "zig"
            shutil.copytree(package, copy, copy_function=link_or_copy, ignore=unused_parts)
            copy.rename(kept)
    except OSError:
        return kept if (kept / "zig").exists() else package
    return kept


def unused_parts(folder: str, names: list[str]) -> set[str]:
    """Return what of a folder of the ziglang package need not be kept."""
    headers = Path(folder).parts[-2:] in (("lib", "libc"), ("libc", "include"))
    return shutil.ignore_patterns(*UNUSED)(folder, names) if headers else set()


def link_or_copy(source: str, destination: str) -> None:
    """Give a file a second name where both are on one file system: zig is 400 MB."""
    try:
        os.link(source, destination)
    except OSError:
        shutil.copy2(source, destination)


def find_zig(target: str | None) -> Compiler:
    """Return the compiler of the ziglang package, for a key of TARGETS or for this machine."""
    if target is None:
        system = "linux-musl" if sys.platform.startswith("linux") else "macos"
        target = f"{platform.machine().replace('arm64', 'aarch64')}-{system}"
    elif target.endswith("-macos"):
        _, major, minor, _ = TARGETS[target].split("_", 3)
        target += f".{major}.{minor}"  # the oldest system that the wheel's tag promises
    folder = keep_zig()
    env = {name: str(folder / "cache") for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")}
    return Compiler(
        (str(folder / "zig"), "cc", "-target", target), "macos" if "macos" in target else "zig", env
    )


def read_flags(source: Path) -> dict[str, list[str]]:
    """Return native/flags.mk as lists of words by name."""
    lines = (source / "flags.mk").read_text("utf-8").splitlines()
    named = (line.split(":=", 1) for line in lines if ":=" in line and not line.startswith("#"))
    return {name.strip(): words.split() for name, words in named}


def compile_objects(
    source: Path, files: Sequence[Path], folder: Path, compiler: Compiler, flags: list[str]
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


def link_programs(source: Path, folder: Path, compiler: Compiler, names: str = "caro-*") -> list[Path]:
    """Make every native/NAME.c of the names in `folder`; return the programs."""
    table = read_flags(source)
    flags = [*table["FLAGS"], *table[f"FLAGS_{compiler.flags}"]]
    library = sorted((source / "lib").rglob("*.c"))
    mains = sorted(source.glob(f"{names}.c"))
    if compiler.env:
        # zig compiles what it is given at once on all processors, but keeps no object for another program.
        together = folder / "library.o"
        compiler.run(*flags, f"-I{source}", "-r", "-o", together, *library)
        inputs = {main: [main, *own_files(main), together] for main in mains}
        # Where a program has flags of its own, the library is compiled with them once more.
        alone = {
            main: table[name] for main in mains if (name := f"FLAGS_{compiler.flags}_{main.stem}") in table
        }
        inputs |= {main: [*words, main, *library, *own_files(main)] for main, words in alone.items()}
    else:
        sources = {main: [main, *library, *own_files(main)] for main in mains}
        once = dict.fromkeys(file for files in sources.values() for file in files)
        objects = compile_objects(source, list(once), folder, compiler, flags)
        inputs = {main: [objects[file] for file in files] for main, files in sources.items()}

    def link_program(main: Path) -> Path:
        link = table[f"LINK_{compiler.flags}"]
        compiler.run(*flags, f"-I{source}", "-o", folder / main.stem, *inputs[main], *link)
        if compiler.static:
            drop_section_table(folder / main.stem)
        return folder / main.stem

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(link_program, mains))


def drop_section_table(program: Path) -> None:
    """Cut a stripped 64-bit ELF program after its last segment: what is left there names sections for debuggers, and is
    half a KiB of the shim. The kernel reads program headers alone (elf(5))."""
    image = bytearray(program.read_bytes())
    if image[:6] != b"\x7fELF\x02\x01":
        return
    (headers,) = struct.unpack_from("<Q", image, 0x20)
    size, count = struct.unpack_from("<HH", image, 0x36)
    segments = (struct.unpack_from("<6Q", image, headers + size * number) for number in range(count))
    end = max(offset + in_file for _, offset, _, _, in_file, _ in segments)
    struct.pack_into("<Q", image, 0x28, 0)
    struct.pack_into("<HH", image, 0x3C, 0, 0)
    program.write_bytes(image[:end])


def own_files(main: Path) -> list[Path]:
    """Return the sources of one program alone: all below native/NAME of native/caro-NAME.c."""
    return sorted((main.parent / main.stem.removeprefix("caro-")).rglob("*.c"))


def link_libraries(source: Path, folder: Path, compiler: Compiler) -> list[Path]:
    """Make those of LIBRARIES whose sources are there in `folder`; return them."""
    table = read_flags(source)
    link = table["LINK_library_macos" if compiler.flags == "macos" else "LINK_library"]
    libraries = []
    for name, patterns in LIBRARIES.items():
        if compiler.flags == "macos" and name in LINUX_ALONE:
            continue
        stem = Path(name).stem
        whole = table.get(f"FLAGS_{compiler.flags}_{stem}", [])
        own = [*table.get(f"FLAGS_library_{stem}", []), *whole]
        flags = [*table["FLAGS"], *table["FLAGS_library"], *own]
        left_out = {source / file for file in REPLACED.get(name, ())}
        files = sorted({file for pattern in patterns for file in source.glob(pattern)} - left_out)
        if files:
            # Objects first: `zig cc -nostdlib` finds no headers of the C library.
            objects = compile_objects(source, files, folder, compiler, flags)
            more = table.get(f"LINK_library_{stem}", [])
            compiler.run(*(own if whole else ()), "-o", folder / name, *objects.values(), *link, *more)
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
        wanted = os.environ.get("CARO_TARGET") or find_compiler() is None
        return [ZIG] if wanted and not (kept_zig() / "zig").exists() else []

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
        tables.append(runpy.run_path(str(root / "specs" / "compile_asks.py"))["write_asks"]())
        build_data["artifacts"] += [str(path.relative_to(root)) for path in (*natives, *tables)]

    def wheel_platform(self, target: str | None, compiler: Compiler) -> str:
        if target is not None:
            return TARGETS[target]
        if compiler.static:
            return TARGETS.get(f"{platform.machine()}-linux-musl", f"linux_{platform.machine()}")
        return sysconfig.get_platform().replace("-", "_").replace(".", "_")
