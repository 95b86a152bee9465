"""The wheel: for one platform, with the native programs and every data file in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that the editable install's own programs stay in place."""
    copy = tmp_path_factory.mktemp("source")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, files):
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    words = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        "dist",
        ".",
    ]
    subprocess.run(words, cwd=copy, check=True, env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    return next((copy / "dist").glob("caro-*.whl"))


def test_the_tag_names_a_platform(wheel: Path) -> None:
    assert wheel.stem.startswith("caro-") and "-py3-none-" in wheel.stem and not wheel.stem.endswith("-any")


def test_native_programs_are_in_it_and_executable(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        programs = {
            name: archive.getinfo(name) for name in archive.namelist() if name.startswith("caro/_bin/")
        }
    sources = {f"caro/_bin/{source.stem}" for source in (ROOT / "native").glob("caro-*.c")}
    assert set(programs) == sources
    assert all(info.external_attr >> 16 & 0o111 == 0o111 for info in programs.values())


def test_every_data_file_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "src/caro"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    missing = [name for name in tracked.stdout.split() if name.removeprefix("src/") not in packed]
    assert not missing


def test_the_guards_tables_are_compiled(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for part in ("safety", "knowledge"):
            tables = json.loads(archive.read(f"caro/{part}/compiled.json"))["tables"]
            for name in archive.namelist():
                if name.startswith(f"caro/{part}/") and name.endswith(".toml"):
                    assert tables[name.removeprefix("caro/")] == tomllib.loads(archive.read(name).decode())


def test_an_installed_wheel_records(wheel: Path, env: dict[str, str], home: Path) -> None:
    """In an environment of its own: the console script, the natives, the libraries that it asks for."""
    venv = home / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    installer = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(venv / "bin/python"),
        "install",
        "-q",
        str(wheel),
    ]
    subprocess.run(installer, check=True)
    env["PATH"] = f"{venv / 'bin'}:{env['PATH']}"
    done = subprocess.run(
        ["caro", "run", "--", "sh", "-c", "git --version; exit 3"], env=env, capture_output=True
    )
    assert done.returncode == 3 and b'"command":"git"' in (home / ".trace_shell.jsonl").read_bytes()
