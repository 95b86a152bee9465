"""Files are written whole or not at all, on a full disk too."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from caro.atomic import write_in_place, write_whole
from caro.config_write import keep_private

Caro = Callable[..., subprocess.CompletedProcess[str]]


def limited(size: int) -> Callable[[], None]:
    """For a child: no file grows above `size` bytes. A write behind that fails, as on a full disk (setrlimit(2))."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "a"
    write_whole(file, b"one")
    assert file.read_bytes() == b"one" and file.stat().st_mode & 0o777 == 0o600
    link = tmp_path / "link"
    link.symlink_to(file)
    write_whole(link, b"two")
    assert link.is_symlink() and file.read_bytes() == b"two" and len(list(tmp_path.iterdir())) == 2


def test_nothing_is_left_of_a_write_that_failed(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from caro.atomic import write_in_place, write_whole
from caro.config_write import keep_private
file = Path({str(tmp_path / "kept")!r})
for write in (lambda: write_whole(file, b"x" * 9000), lambda: write_in_place(file, b"x" * 9000)):
    try:
        write()
    except OSError as error:
        print(error.filename, error.strerror)
"""
    (tmp_path / "kept").write_bytes(b"before")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, preexec_fn=limited(4096)
    )
    assert "File too large" in done.stdout and not done.stderr, done.stderr
    assert (tmp_path / "kept").read_bytes() == b"before" and os.listdir(tmp_path) == ["kept"]


def test_hard_links_stay_one_file(tmp_path: Path) -> None:
    file, other = tmp_path / "a", tmp_path / "b"
    file.write_bytes(b"longer than what follows")
    os.link(file, other)
    write_in_place(file, b"short")
    assert other.read_bytes() == b"short"
    write_in_place(file, b"")
    assert other.read_bytes() == b""


@pytest.mark.parametrize("there", [False, True])
def test_an_agents_settings_survive_a_full_disk(there: bool, home: Path, caro: Caro) -> None:
    """Either the whole new text or what was there: an agent can't read an empty file."""
    assert (
        caro("run", "--", "true").returncode == 0
    )  # the natives are in place; they are larger than the limit
    settings = home / ".claude/settings.json"
    before = json.dumps({"permissions": {"allow": ["Bash(" + "x" * 4000 + ")"]}})
    if there:
        settings.parent.mkdir()
        settings.write_text(before)
    done = caro("agent", "install", "claude-code", preexec_fn=limited(64 if not there else 4096))
    assert done.returncode != 0 and "settings.json" in done.stderr and "Traceback" not in done.stderr
    assert (settings.read_text() == before) if there else not settings.exists()
    assert not [name for name in os.listdir(settings.parent) if name != "settings.json"]


def test_a_file_that_says_it_already_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "own"
    assert keep_private(file, "text\n")
    before = file.stat()
    assert not keep_private(file, "text\n")
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert keep_private(file, "other\n") and file.read_text() == "other\n"
