"""Say which version this is, of Caro, Python and the native programs."""

from __future__ import annotations

import argparse
import platform
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    from caro import __version__

    natives = natives_kind()
    if args.json:
        import json

        print(
            json.dumps(
                {"v": 1, "version": __version__, "python": platform.python_version(), "natives": natives}
            )
        )
    else:
        print(version_line(natives))
    return 0


def version_line(natives: str = "") -> str:
    from caro import __version__

    return f"caro {__version__} (Python {platform.python_version()}, natives {natives or natives_kind()})"


def natives_kind() -> str:
    """Return what the package's native programs are: `static x86_64`, `dynamic aarch64`, `Mach-O` or `missing`."""
    from caro.trace.natives import PACKAGED

    return program_kind(PACKAGED / "caro-hook")


MACHINES = {3: "x86", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
"""e_machine of elf(5)."""
PT_INTERP = 3


def program_kind(program: Path) -> str:
    """Return it of one file, from its ELF header: a program that names an interpreter is dynamic (elf(5))."""
    try:
        image = program.read_bytes()
    except OSError:
        return "missing"
    if image[:4] in (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"):
        return "Mach-O"
    if image[:6] != b"\x7fELF\x02\x01" or len(image) < 64:
        return "of an unknown kind"
    machine = int.from_bytes(image[18:20], "little")
    interpreted = PT_INTERP in _segment_types(image)
    return f"{'dynamic' if interpreted else 'static'} {MACHINES.get(machine, f'machine {machine}')}"


def _segment_types(image: bytes) -> set[int]:
    """Return the p_type of each program header: e_phoff, e_phentsize, e_phnum of a 64-bit little-endian file."""
    start = int.from_bytes(image[32:40], "little")
    size, count = int.from_bytes(image[54:56], "little"), int.from_bytes(image[56:58], "little")
    places = range(start, start + size * count, size) if size else range(0)
    return {int.from_bytes(image[at : at + 4], "little") for at in places}
