"""Nobody waits for a FIFO or a device that stands where a file of the user's should."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from caro.config_lines import with_lines
from caro.machine.git_state import read_bytes
from caro.machine.inventory import read_text
from caro.machine.shell_names import ShellNames
from caro.paths import Paths
from caro.regular_file import read_regular_file, read_start
from caro.settings import load_settings

pytestmark = pytest.mark.timeout(30)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", Path("/dev/zero"), tmp_path):
        with pytest.raises(OSError):
            read_regular_file(path)
        assert read_start(path, 10) == b""


def test_sizes_hold(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 11)
    assert read_regular_file(file, 11) == b"x" * 11
    assert read_start(file, 5) == b"x" * 5
    with pytest.raises(OSError, match="more than 10 bytes"):
        read_regular_file(file, 10)


def test_dev_null_says_nothing() -> None:
    assert read_regular_file(os.devnull) == b""


def test_every_reader_of_a_users_file_goes_on(home: Path, env: dict[str, str]) -> None:
    for name in (".zshrc", "Makefile", "package.json", ".config/caro/config.toml"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(home / name)
    config = home / ".config/caro/config.toml"
    assert any("not a regular file" in problem for problem in load_settings(env, Paths.of(env)).problems)
    assert with_lines(["a: b"], config) == ["a: b"]
    assert read_text(home / "Makefile") == ""
    assert read_bytes(str(home / "package.json")) == b""
    assert list(ShellNames(str(home)).names()) == []
