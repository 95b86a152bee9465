"""`caro install` and `caro uninstall`: dotfiles come back byte for byte, and later edits survive."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caro.shell.block import BEGIN, add_block, remove_block

Caro = Callable[..., subprocess.CompletedProcess[str]]
NAMES = (
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".profile",
    ".zshrc",
    ".mkshrc",
    ".kshrc",
    ".config/fish/config.fish",
)
LINE = '[ -r "$HOME/x" ] && . "$HOME/x" || :'


def fingerprint(home: Path) -> dict[str, tuple[str, int, str]]:
    """Of each dotfile: its bytes, its mode, and where it leads if it is a symlink."""
    files = (
        [home / name for name in NAMES] + sorted((home / ".config/fish").rglob("*")) + [home / "dots/zshrc"]
    )
    return {
        str(file): (
            hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "-",
            file.stat().st_mode if file.exists() else 0,
            os.readlink(file) if file.is_symlink() else "",
        )
        for file in files
        if file.exists() or file.is_symlink()
    }


def odd_home(home: Path) -> None:
    (home / ".bashrc").write_bytes(b"alias a=b")
    (home / ".profile").write_bytes(b"")
    (home / ".bash_profile").write_bytes(b"# no bash rc here\r\nexport X=\xff\n")
    (home / ".bash_profile").chmod(0o400)
    (home / "dots").mkdir()
    (home / "dots/zshrc").write_bytes(b"#!/bin/zsh\nsetopt autocd\n\n\n")
    (home / ".zshrc").symlink_to("dots/zshrc")
    (home / ".mkshrc").symlink_to("dots/none-yet")


def test_every_dotfile_comes_back(caro: Caro, home: Path) -> None:
    odd_home(home)
    before = fingerprint(home)
    assert caro("install", "--yes").returncode == 0
    assert BEGIN in (home / ".bashrc").read_text()
    assert BEGIN in (home / ".bash_profile").read_text("utf-8", "replace")
    assert (home / ".zshrc").is_symlink() and (home / ".bash_profile").stat().st_mode & 0o777 == 0o400
    assert caro("uninstall", "--yes").returncode == 0
    assert fingerprint(home) == before
    assert not (home / ".local/share/caro").exists() and not (home / ".config/caro").exists()
    assert list((home / ".local/state").glob("caro/backup/*")) == []


def test_the_commented_file_of_an_earlier_version_goes_and_a_changed_one_stays(
    caro: Caro, home: Path
) -> None:
    config, noted = home / ".config/caro/config.toml", home / ".local/state/caro/first_config"
    caro("install", "--yes", "bash")
    older = config.read_text().replace("# colours", "# the colours")
    config.write_text(older)
    noted.write_text(hashlib.sha256(older.encode()).hexdigest())
    assert caro("uninstall", "--yes").returncode == 0 and not config.exists() and not noted.exists()
    caro("install", "--yes", "bash")
    config.write_text(config.read_text() + "# mine\n")
    assert caro("uninstall", "--yes").returncode == 0 and config.read_text().endswith("# mine\n")


def test_installing_twice_is_installing_once(caro: Caro, home: Path) -> None:
    odd_home(home)
    caro("install", "--yes")
    once = fingerprint(home)
    assert "already" in caro("install", "--yes").stdout
    assert caro("install", "--dry-run").stdout == ""
    assert fingerprint(home) == once


def test_a_dry_run_shows_the_diff_and_changes_nothing(caro: Caro, home: Path) -> None:
    odd_home(home)
    before = fingerprint(home)
    told = caro("install", "--dry-run")
    assert told.returncode == 0 and f"+++ {home}/.bashrc" in told.stdout and f"+{BEGIN}" in told.stdout
    assert fingerprint(home) == before and not (home / ".config/caro").exists()


def test_one_screen_asks_and_enter_takes_the_defaults(home: Path, env: dict[str, str]) -> None:
    shell = {"inline": True, "relay_always": True, "ask_key": "", "fix_key": ""}
    chosen = {"safety": {"mode": "active"}, "fix": {"before": "off"}, "shell": shell}
    for keys, kept in (("n\r", None), ("1\r4\r7\r8\r\r", chosen), ("\r", chosen)):
        assert answer_install(env, home, ["bash"], keys) == kept, keys


@pytest.mark.parametrize(
    ("shells", "keys", "kept"),
    [
        (["zsh", "fish"], "\r", {"inline": True}),
        (["zsh"], "5\r9\r\r", {"inline": False}),
        # What draws it in bash is asked for; Enter is a no.
        (["bash"], "\r\r", {"inline": True}),
        (["fish"], "9\r\ry\r", {"inline": True, "inline_fish": "caro", "relay_always": True}),
    ],
)
def test_grey_text_is_on_where_it_can_be_drawn(
    home: Path, env: dict[str, str], shells: list[str], keys: str, kept: dict[str, object]
) -> None:
    assert (answer_install(env, home, shells, keys) or {}).get("shell") == kept


def answer_install(env: dict[str, str], home: Path, shells: list[str], keys: str) -> dict[str, object] | None:
    """Type the keys at the screen of `caro install`; return what the configuration says then, None without one."""
    program = shutil.which("caro", path=env["PATH"]) or "caro"
    child = pexpect.spawn(program, ["install", *shells], env=env, encoding="utf-8", timeout=60)
    child.expect("Enter goes on, a number takes that row's next choice, n ends: ")
    assert "Risky lines" in (child.before or "") and "Keys" in (child.before or "")
    assert ("in fish:" in (child.before or "")) == ("fish" in shells)
    child.send(keys)
    child.expect(pexpect.EOF)
    config = home / ".config/caro/config.toml"
    if not config.exists():
        return None
    return {name: value for name, value in tomllib.loads(config.read_text()).items() if value}


def test_nobody_to_ask(caro: Caro, home: Path) -> None:
    told = caro("install", stdin=subprocess.DEVNULL)
    assert told.returncode == 2 and "--yes" in told.stderr
    assert list(home.iterdir()) == []


def test_later_edits_survive(caro: Caro, home: Path) -> None:
    odd_home(home)
    caro("install", "--yes")
    bashrc, profile = home / ".bashrc", home / ".profile"
    bashrc.write_text("# on top\n" + bashrc.read_text() + "alias c=d\n")
    profile.write_text(profile.read_text().replace(BEGIN, f"export Y=1\n{BEGIN}"))
    (home / ".kshrc").write_text((home / ".kshrc").read_text() + "set -o vi\n")
    assert caro("uninstall", "--yes").returncode == 0
    assert bashrc.read_text() == "# on top\nalias a=b\nalias c=d\n"
    assert profile.read_text() == "export Y=1\n"
    assert (home / ".kshrc").read_text() == "set -o vi\n"


def test_a_backup_is_kept_while_it_differs(caro: Caro, home: Path) -> None:
    odd_home(home)
    caro("install", "--yes")
    backup = home / ".local/state/caro/backup/.bashrc"
    assert backup.read_bytes() == b"alias a=b" and backup.stat().st_mode & 0o777 == 0o600
    (home / ".bashrc").write_text("changed\n" + (home / ".bashrc").read_text())
    assert str(backup) in caro("uninstall", "--yes").stdout
    assert backup.exists()


def test_a_file_that_is_no_file_is_left_alone(caro: Caro, home: Path) -> None:
    (home / ".bashrc").mkdir()
    (home / ".zshrc").symlink_to("/dev/null")
    told = caro("install", "--yes")
    assert told.returncode == 1 and told.stderr.count("not a regular file") == 2
    assert (home / ".bashrc").is_dir() and BEGIN in (home / ".profile").read_text()


def test_hard_links_stay_together(caro: Caro, home: Path) -> None:
    (home / ".bashrc").write_text("x\n")
    os.link(home / ".bashrc", home / "twin")
    caro("install", "--yes", "bash")
    assert BEGIN in (home / "twin").read_text()
    caro("uninstall", "--yes")
    assert (home / "twin").read_text() == "x\n" and (home / "twin").stat().st_nlink == 2


def test_purge_leaves_nothing(caro: Caro, home: Path, env: dict[str, str]) -> None:
    caro("install", "--yes")
    caro("config", "set", "safety.mode", "active")
    (home / ".trace_shell.jsonl").write_text("{}\n")
    assert caro("uninstall", "--purge", stdin=subprocess.DEVNULL).returncode == 2
    assert caro("uninstall", "--purge", "--yes").returncode == 0
    assert [str(file) for file in home.rglob("*") if file.is_file()] == []


@pytest.mark.parametrize("purge", [[], ["--purge"]])
def test_no_folder_stays_but_those_that_were_there(caro: Caro, home: Path, purge: list[str]) -> None:
    """Empty ones too; whatever is used first, and a daemon that ran."""
    (home / ".local").mkdir()
    before = sorted(home.rglob("*"))
    assert caro("run", "--", "true").returncode == 0
    caro("install", "--yes")
    caro("daemon", "start")
    caro("daemon", "stop")
    for log in home.glob(".trace_shell.jsonl*"):
        log.unlink()
    assert caro("uninstall", "--yes", *purge).returncode == 0
    assert sorted(home.rglob("*")) == before


def test_copies_of_the_history_go_and_the_log_stays(caro: Caro, home: Path) -> None:
    caro("install", "--yes")
    log, data = home / ".trace_shell.jsonl", home / ".local/share/caro"
    log.write_text("{}\n")
    for name in ("lines", "lines.new"):
        (data / name).write_text("git status\n")
    assert caro("uninstall", "--yes").returncode == 0
    assert log.exists() and not list(data.glob("lines*"))


def test_zdotdir_and_xdg_are_followed(caro: Caro, home: Path, env: dict[str, str], tmp_path: Path) -> None:
    (home / ".zshenv").write_text("ZDOTDIR=$HOME/z\n")
    (home / "z").mkdir()
    env["XDG_CONFIG_HOME"] = str(tmp_path / "it's $HOME")
    caro("install", "--yes", "zsh", "fish", "bash")
    assert BEGIN in (home / "z/.zshrc").read_text() and not (home / ".zshrc").exists()
    assert (tmp_path / "it's $HOME/fish/conf.d/caro.fish").exists()
    shown = subprocess.run(["bash", "-ic", "echo $__caro_n"], env=env, capture_output=True, text=True)
    assert shown.stdout == "0\n"
    caro("uninstall", "--yes")
    assert not (tmp_path / "it's $HOME/fish").exists()


@given(st.one_of(st.none(), st.binary(max_size=80), st.text("ab\n#", max_size=20).map(str.encode)))
def test_add_and_remove_undo_each_other(text: bytes | None) -> None:
    if text is None or BEGIN.encode() not in text:
        with_block = add_block(text, LINE)
        assert remove_block(with_block).text == text
        assert add_block(with_block, LINE) == with_block


@given(st.binary(max_size=40), st.binary(min_size=1, max_size=40))
def test_text_added_below_stays(text: bytes, later: bytes) -> None:
    if b"caro" not in text + later:
        left = remove_block(add_block(text, LINE) + later).text
        assert left is not None and left.startswith(text) and left.endswith(later)


def test_half_a_block_is_removed_alone() -> None:
    text = b"a\n# >>> caro >>>\n[ -r x/caro/shell/init.sh ] && . x || :\nb\n"
    assert remove_block(text).text == b"a\nb\n"


@pytest.mark.parametrize("name", [".", "folder", "folder/", "caro", "link"])
def test_purge_takes_nothing_that_the_configuration_only_names(
    caro: Caro, home: Path, env: dict[str, str], name: str
) -> None:
    """A log that is no log: the folder, its hidden files and what a link leads to stay."""
    place = home / "place"
    kept = [place / file for file in (".hidden", "file", "folder/file", "caro/file", "folder.1")]
    for file in kept:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("mine\n", "utf-8")
    (place / "link").symlink_to("file")
    assert caro(
        "uninstall", "--purge", "--yes", env=env | {"TRACE_LOG_FILE": name}, cwd=place
    ).returncode in (0, 1)
    assert [file.read_text("utf-8") for file in kept] == ["mine\n"] * len(kept)
    assert (place / "link").is_symlink()


PROFILE = """\
if [ -n "$BASH_VERSION" ] && [ -f "$HOME/.bashrc" ]; then . "$HOME/.bashrc"; fi
if [ -d "$HOME/.local/bin" ]; then PATH="$HOME/.local/bin:$PATH"; fi
"""


@pytest.mark.parametrize("options", ["-lic", "-ic"])
def test_the_shims_are_first_whatever_the_profile_puts_in_front(
    caro: Caro, home: Path, env: dict[str, str], options: str
) -> None:
    """As Debian's `~/.profile`: it sources `~/.bashrc` first, and then puts a folder in front."""
    (home / ".bashrc").write_text("# mine\n")
    (home / ".profile").write_text(PROFILE)
    (home / ".local/bin").mkdir(parents=True)
    caro("install", "--yes", "bash", "sh")
    done = subprocess.run(["bash", options, 'echo "PATH is $PATH"'], env=env, capture_output=True, text=True)
    path = done.stdout.partition("PATH is ")[2].strip().split(":")
    assert path[0] == str(home / ".local/share/caro/shims") and path.count(path[0]) == 1
    assert path.count(str(home / ".local/bin")) == (options == "-lic")
