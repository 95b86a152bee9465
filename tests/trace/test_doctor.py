"""`caro doctor`: names what is wrong, and only that."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import caro as caro_package
from caro.trace.natives import put_file

Caro = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def shims(home: Path, caro: Caro) -> Path:
    caro("shims", "sync")
    return home / ".local/share/caro/shims"


def bad_lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stdout.splitlines() if line.startswith("BAD")]


def test_a_healthy_home(caro: Caro, shims: Path) -> None:
    done = caro("doctor")
    assert done.returncode == 0 and not bad_lines(done), done.stdout
    document = json.loads(caro("doctor", "--json").stdout)
    assert document["v"] == 1 and {finding["state"] for finding in document["findings"]} <= {"ok", "note"}


def test_a_new_home_is_not_ill(caro: Caro) -> None:
    assert caro("doctor").returncode == 0


def test_a_home_that_is_not_there(caro: Caro, env: dict[str, str], tmp_path: Path) -> None:
    """Service users have one; what reads says what is missing, what writes fails with a sentence."""
    for name in ("relative", str(tmp_path / "missing")):
        env["HOME"] = name
        assert caro("run", "--mode", "shims", "--", "sh", "-c", "exit 6", cwd=tmp_path).returncode == 6
    env["HOME"] = ""
    for words in (["doctor"], ["shims", "list"], ["tree"]):
        done = caro(*words, cwd=tmp_path)
        assert done.returncode in (0, 1)
        assert not {"Traceback", "Errno"} & set(re.findall("Traceback|Errno", done.stdout + done.stderr))
    assert not (tmp_path / "missing").exists() and not (tmp_path / "relative").exists()
    env["HOME"] = "/dev/null"
    assert "CARO_DISABLE=1" in caro("disable").stderr
    for words in (["shims", "sync"], ["config", "set", "trace.mode", "shims"]):
        done = caro(*words)
        assert done.returncode == 1 and "/dev/null" in done.stderr and done.stderr.count("\n") == 1


def test_a_folder_name_too_long_for_a_socket(caro: Caro, env: dict[str, str], tmp_path: Path) -> None:
    config = tmp_path / ("x" * 110)
    config.mkdir()
    done = caro("doctor", env=env | {"XDG_CONFIG_HOME": str(config)})
    told = next(line for line in bad_lines(done) if "none can listen" in line)
    assert str(config / "caro/caro.sock") in told
    assert "CARO_SOCKET" in done.stdout


def test_no_home_is_one_sentence(caro: Caro, env: dict[str, str], tmp_path: Path) -> None:
    for name, said in (("", "HOME is not set"), (str(tmp_path / "missing"), "which is no folder")):
        env["HOME"] = name
        done = caro("doctor", "--quick", cwd=tmp_path)
        (bad,) = bad_lines(done)
        assert done.returncode == 1 and said in bad
        for words in (["install", "--yes"], ["uninstall", "--yes"]):
            done = caro(*words, cwd=tmp_path)
            assert done.returncode == 1 and said in done.stderr and done.stderr.count("\n") == 1


def test_events_that_found_no_log_are_counted(caro: Caro, home: Path) -> None:
    caro("run", "--log", str(home / "none/log"), "--", "true")
    done = caro("doctor", "--quick")
    assert done.returncode == 1 and "events could not be written" in bad_lines(done)[0]


def test_caro_is_not_on_path(caro: Caro, env: dict[str, str]) -> None:
    env["PATH"] = "/usr/bin:/bin"
    command = [sys.executable, "-m", "caro"]
    done = subprocess.run(
        [*command, "doctor", "--quick"], env=env, capture_output=True, text=True, check=False
    )
    assert "`caro` is not on PATH" in done.stdout and done.returncode == 0
    done = subprocess.run([*command, "install", "--yes"], env=env, capture_output=True, text=True, check=True)
    assert "`caro` is not on PATH" in done.stderr


def test_a_full_disk_names_what_was_to_be_written(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("a program")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / f".caro-shim.{os.getpid()}").symlink_to("/dev/full")
    with pytest.raises(OSError, match="caro-shim") as raised:
        put_file(tmp_path / "source", folder / "caro-shim")
    assert raised.value.filename == str(folder / "caro-shim") and not list(folder.iterdir())


def test_a_full_disk_is_one_line(home: Path, env: dict[str, str]) -> None:
    """A small file system of the test's own, in a mount namespace."""
    script = (
        'mount -t tmpfs -o size=2m tmpfs "$HOME" && mkdir -p "$HOME/.local/state/caro" &&'
        ' dd if=/dev/zero of="$HOME/filled" bs=64k 2>/dev/null; caro doctor --quick'
    )
    mapped = [] if os.geteuid() == 0 else ["--map-root-user"]  # which is refused in a chroot
    done = subprocess.run(
        ["unshare", *mapped, "--mount", "sh", "-c", script],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    told = [line for line in bad_lines(done) if "is full" in line]
    assert len(told) == 1 and str(home) in told[0], done.stdout + done.stderr


def test_shim_folder_behind_another(caro: Caro, shims: Path, env: dict[str, str]) -> None:
    env["PATH"] = f"{env['PATH']}:{shims}"
    done = caro("doctor")
    assert done.returncode == 1 and "git" in bad_lines(done)[0] and "place" in bad_lines(done)[0]


def test_shim_folder_twice_by_another_name(caro: Caro, shims: Path, env: dict[str, str], home: Path) -> None:
    (home / "link").symlink_to(shims)
    env["PATH"] = f"{shims}:{home / 'link'}:{env['PATH']}"
    assert "2 times" in caro("doctor").stdout


def test_a_copy_of_the_shims_on_path(caro: Caro, shims: Path, env: dict[str, str], home: Path) -> None:
    shutil.copytree(shims, home / "copy")
    env["PATH"] = f"{shims}:{home / 'copy'}:{env['PATH']}"
    done = caro("doctor")
    assert done.returncode == 1 and "another copy" in done.stdout


def test_a_tool_that_vanished(caro: Caro, env: dict[str, str], home: Path) -> None:
    tool = home / "bin" / "caro-test-tool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n", "utf-8")
    tool.chmod(0o755)
    env |= {"PATH": f"{env['PATH']}:{tool.parent}", "CARO_TRACE_TOOLS": tool.name}
    caro("shims", "sync")
    tool.unlink()
    done = caro("doctor")
    assert done.returncode == 1 and tool.name in bad_lines(done)[0] and "caro shims sync" in done.stdout


def test_a_shim_that_is_not_executable_is_told_and_mended(caro: Caro, shims: Path) -> None:
    (shims / "git").chmod(0o644)
    done = caro("doctor")
    assert done.returncode == 1 and "git: can't be executed" in bad_lines(done)[0]
    caro("shims", "sync")
    assert (shims / "git").stat().st_mode & 0o777 == 0o755 and caro("doctor").returncode == 0


def test_a_log_that_others_can_read(caro: Caro, shims: Path, home: Path) -> None:
    caro("run", "--", "true")
    (home / ".trace_shell.jsonl").chmod(0o644)
    done = caro("doctor")
    assert done.returncode == 1 and "read by others" in done.stdout


def test_bad_configuration_is_named(caro: Caro, home: Path) -> None:
    (home / ".config/caro").mkdir(parents=True)
    (home / ".config/caro/config.toml").write_text("[trace]\nlogfile = 'x'\n", "utf-8")
    done = caro("doctor")
    assert done.returncode == 1 and "trace.log_file" in done.stdout


def test_events_a_day(caro: Caro, shims: Path, home: Path) -> None:
    for _ in range(3):
        caro("run", "--", "git", "--version")
    assert "events" in next(line for line in caro("doctor", "-v").stdout.splitlines() if " log " in line)


def test_what_another_version_left_is_named_and_renewed(caro: Caro, home: Path) -> None:
    caro("install", "--yes", "bash")
    native, init = home / ".local/share/caro/bin/caro-hook", home / ".config/caro/shell/init.bash"
    for file in (native, init):
        file.write_bytes(file.read_bytes() + b"\n")
    told = caro("doctor", "--quick")
    assert told.returncode == 1 and init.name in bad_lines(told)[0] and "caro-hook" in bad_lines(told)[0]
    mended = caro("doctor", "--quick", "--fix")
    assert mended.returncode == 0 and not bad_lines(mended), mended.stdout
    assert mended.stdout.startswith("mended version was:") and init.name in mended.stdout
    assert [line for line in mended.stdout.splitlines() if line.startswith("ok")] == [
        mended.stdout.splitlines()[-1]
    ]


def test_a_daemon_of_the_package_before_is_named_and_ended(caro: Caro, home: Path, tmp_path: Path) -> None:
    """Of the same version too: the package was put there after the daemon began."""
    caro("install", "--yes", "bash")
    assert caro("daemon", "start").returncode == 0
    assert not bad_lines(caro("doctor", "--quick"))
    package = tmp_path / "newer/caro"
    shutil.copytree(Path(caro_package.__file__).parent, package)
    program = [sys.executable, "-m", "caro", "doctor", "--quick"]
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(package.parent)}
    told = subprocess.run(program, env=env, capture_output=True, text=True)
    assert "was started before this package was installed" in told.stdout, told
    subprocess.run([*program, "--fix"], env=env, capture_output=True)
    assert caro("daemon", "status").returncode == 1


def test_fix_mends_modes_and_shims(caro: Caro, shims: Path, home: Path) -> None:
    caro("run", "--", "true")
    (home / ".trace_shell.jsonl").chmod(0o644)
    (shims / "git").write_bytes(b"broken")
    assert caro("doctor").returncode == 1
    assert caro("doctor", "--fix").returncode == 0
    assert (home / ".trace_shell.jsonl").stat().st_mode & 0o777 == 0o600
    assert (shims / "git").read_bytes() == (shims / "make").read_bytes()


def test_each_installed_shell_is_tested_in_a_terminal(caro: Caro, home: Path) -> None:
    assert caro("install", "--yes", "bash").returncode == 0
    findings = json.loads(caro("doctor", "--json", timeout=120).stdout)["findings"]
    seen = {finding["part"]: finding["state"] for finding in findings}
    assert seen["bash"] == "ok" and "shells" not in seen
    fish = (".config/fish", ".local/share/fish", ".cache/fish")
    assert [name for name in fish if (home / name).exists()] == [], "of a shell that nobody has configured"
    assert caro("daemon", "stop").returncode == 0
