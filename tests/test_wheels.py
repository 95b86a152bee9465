"""The wheels of every platform: pip takes them on machines that have no compiler, and their tags are true."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MACHINES = {"x86_64": 62, "aarch64": 183}
"""e_machine of elf(5) by the processor's name in a tag."""
LC_BUILD_VERSION = 0x32


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What `make wheels` makes, by the platform part of the tag; nothing of it in the checkout."""
    out = tmp_path_factory.mktemp("wheels")
    subprocess.run([sys.executable, str(ROOT / "tools/make_wheels.py"), "--out", str(out)], check=True)
    return {wheel.stem.split("-none-")[1]: wheel for wheel in out.glob("caro-*.whl")}


def programs(wheel: Path) -> dict[str, bytes]:
    """Return the native programs of a wheel by name."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith("caro/_bin/caro-")]
        return {name: archive.read(name) for name in names}


def lowest_macos(program: bytes) -> tuple[int, int]:
    """Return the oldest macOS that a Mach-O program says it runs on (struct build_version_command of loader.h)."""
    commands, at = struct.unpack_from("<I", program, 16)[0], 32
    for _ in range(commands):
        command, size = struct.unpack_from("<II", program, at)
        if command == LC_BUILD_VERSION:
            lowest = struct.unpack_from("<I", program, at + 12)[0]
            return lowest >> 16, lowest >> 8 & 0xFF
        at += size
    raise AssertionError("no LC_BUILD_VERSION")


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_the_programs_are_what_the_tags_say(wheels: dict[str, Path]) -> None:
    assert len(wheels) == 4
    for tag, wheel in wheels.items():
        made = programs(wheel)
        assert {Path(name).name for name in made} == {path.stem for path in ROOT.glob("native/caro-*.c")}
        for name, program in made.items():
            if tag.startswith("macosx"):
                _, major, minor, _ = tag.split("_", 3)
                assert lowest_macos(program) <= (int(major), int(minor)), f"{name} of {tag}"
            else:
                machine = next(number for word, number in MACHINES.items() if tag.endswith(word))
                assert program[:5] == b"\x7fELF\x02" and program[18] == machine, f"{name} of {tag}"


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_wheel_is_installed_and_records_where_no_compiler_is(
    wheels: dict[str, Path], env: dict[str, str], home: Path
) -> None:
    """pip chooses among them by their tags, and is not let near a source of Caro's."""
    venv = home / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    few = home / "few"
    few.mkdir()
    for name in ("true", "sh", "env"):
        (few / name).symlink_to(shutil.which(name) or name)
    env["PATH"] = f"{venv / 'bin'}:{few}"
    pip = [sys.executable, "-m", "pip", "--python", str(venv / "bin/python"), "install", "-q"]
    folder = next(iter(wheels.values())).parent
    chosen = ["--no-index", "--no-deps", "--only-binary", ":all:", "--find-links", str(folder), "caro"]
    subprocess.run([*pip, *chosen], check=True, env=env)
    subprocess.run([*pip, "--only-binary", ":all:", "caro"], check=True, env=env)  # what it asks for
    done = subprocess.run(["caro", "run", "--", "true"], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '"command":"true"' in (home / ".trace_shell.jsonl").read_text("utf-8")
