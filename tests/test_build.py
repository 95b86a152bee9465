"""The wheel: for one platform, with the native programs and every data file in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from environment import NATIVES

ROOT = Path(__file__).resolve().parent.parent
SHIM_MAX = 64 * 1024


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """hatch_build.py as a module."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    from build_hook import load_build_hook

    return load_build_hook()


@pytest.fixture
def on_path(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes PATH hold these programs and no others, on a machine where nothing was built yet."""

    def put(*names: str) -> None:
        for name in names:
            (home / name).write_text("#!/bin/sh\n", "utf-8")
            (home / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(home))
        monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        for variable in ("CARO_CC", "CARO_TARGET", "CC"):
            monkeypatch.delenv(variable, raising=False)

    return put


def asked_for(hook: ModuleType) -> list[str]:
    """What the build asks pip for besides hatchling."""
    plugin = hook.NativeBuildHook
    return list(plugin.dependencies(plugin.__new__(plugin)))


def test_a_system_compiler_is_taken_by_its_name_alone(
    hook: ModuleType, on_path: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It links with a C library that starts more slowly and is not on every machine."""
    on_path("cc", "gcc", "clang")
    assert hook.find_compiler() is None and asked_for(hook) == [hook.ZIG]
    monkeypatch.setenv("CARO_CC", "cc -m64")
    assert hook.find_compiler() == hook.Compiler(("cc", "-m64"), "cc") and asked_for(hook) == []


def test_musl_comes_before_zig(hook: ModuleType, on_path: Callable[..., None]) -> None:
    on_path("cc", "musl-gcc")
    assert hook.find_compiler() == hook.Compiler(("musl-gcc",), "musl") and asked_for(hook) == []


def test_another_platform_is_built_by_zig(
    hook: ModuleType, on_path: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path("musl-gcc")
    monkeypatch.setenv("CARO_TARGET", "aarch64-macos")
    assert asked_for(hook) == [hook.ZIG]


def test_zig_is_kept_where_its_path_stays_the_same(
    hook: ModuleType, on_path: Callable[..., None], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pip unpacks it into another folder at each build, and by its path it knows what it has compiled."""
    on_path()
    package = home / "first" / "ziglang"
    for name in ("__init__.py", "zig", "lib/std/os/windows.zig", "lib/libc/mingw/x.c", "lib/libc/musl/y.c"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).touch()
    monkeypatch.syspath_prepend(str(home / "first"))
    monkeypatch.delitem(sys.modules, "ziglang", raising=False)
    kept = hook.kept_zig()
    assert kept.parent == home / "cache/caro"
    assert hook.find_zig(None).words[0] == str(kept / "zig") and asked_for(hook) == []
    left = {str(path.relative_to(kept)) for path in kept.rglob("*") if path.is_file()}
    assert left == {"__init__.py", "zig", "lib/std/os/windows.zig", "lib/libc/musl/y.c"}
    (package / "zig").unlink()
    assert hook.find_zig("x86_64-macos").words[0] == str(kept / "zig")


def test_each_kind_of_compiler_has_flags(hook: ModuleType) -> None:
    table = hook.read_flags(ROOT / "native")
    for kind in ("musl", "zig", "cc", "macos"):
        assert f"FLAGS_{kind}" in table and table[f"LINK_{kind}"], kind
    assert all(
        hook.Compiler((), kind).static == ("-static" in table[f"LINK_{kind}"])
        for kind in ("musl", "zig", "cc")
    )


def test_the_built_programs_are_static_and_the_shim_is_small() -> None:
    for program in sorted(NATIVES.glob("caro-*")):
        assert not wants_interpreter(program), f"{program.name} is dynamic"
    assert (NATIVES / "caro-shim").stat().st_size <= SHIM_MAX


@pytest.mark.parametrize(
    ("folder", "goal", "says"), [(".", "setup", "setup-venv.sh"), ("native", "all", "lib/base/xdg.c")]
)
def test_make_sees_changed_natives_without_any_variable(folder: str, goal: str, says: str) -> None:
    """As under `env -i`: make itself then finds no program that it starts without a shell."""
    changed = os.path.relpath(ROOT / "native/lib/base/xdg.c", ROOT / folder)
    words = [shutil.which("make") or "make", "--dry-run", f"--what-if={changed}", goal]
    done = subprocess.run(words, cwd=ROOT / folder, env={}, capture_output=True, text=True)
    assert done.returncode == 0 and says in done.stdout and not done.stderr, done.stderr


def test_a_program_without_its_section_table_runs(hook: ModuleType, tmp_path: Path) -> None:
    program = tmp_path / "true"
    source = tmp_path / "true.c"
    source.write_text("int main(void) { return 42; }\n")
    subprocess.run(["musl-gcc", "-s", "-static", "-o", program, source], check=True)
    before = program.stat().st_size
    hook.drop_section_table(program)
    assert program.stat().st_size < before
    assert subprocess.run([program]).returncode == 42
    other = tmp_path / "script"
    other.write_text("#!/bin/sh\n")
    hook.drop_section_table(other)
    assert other.read_text() == "#!/bin/sh\n"


def wants_interpreter(program: Path) -> bool:
    """True if a program of this machine is dynamic: it has a segment PT_INTERP (elf(5))."""
    words = ["readelf", "--program-headers", "--wide", str(program)]
    return "INTERP" in subprocess.run(words, capture_output=True, text=True, check=True).stdout


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
    made = {source.stem for source in (ROOT / "native").glob("caro-*.c")}
    made |= {"libcaro-ere.so", "libcaro-redact.so", "libcaro-bash.so"}
    assert set(programs) == {f"caro/_bin/{name}" for name in made}
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
