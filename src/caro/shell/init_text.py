"""The text of an init file: a few assignments, the shims' lines, and the shell's plain file."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from caro.config_write import write_private
from caro.paths import Paths
from caro.plain import plain_entries, plain_mark
from caro.settings import Settings, config_file, load_settings
from caro.shell.shims_only import SHELLS, quote, shims_only_text

HERE = Path(__file__).parent
LATER = "later.bash"
"""The part of bash's that is read when it is needed."""

# What stands before the shims' lines: they are for the first sourcing of an interactive shell alone.
_ONCE = {
    "bash": ('case $-:${__caro_pid-} in *i*:"$$") ;; *i*:*)', ";;\nesac"),
    "zsh": ("if [[ -o interactive && ${__caro_pid-} != $$ ]]; then", "fi"),
    "fish": ('if status is-interactive; and test "$__caro_pid" != $fish_pid', "end"),
    "sh": ('case $-:${__caro_pid-} in *i*:"$$") ;; *i*:*)', ";;\nesac"),
}


ZSH_OPTIONS = """\
{
(( ${+__caro_options} )) || __caro_options=()
[[ ! -o 'aliases' ]] || __caro_options+=('aliases')
[[ ! -o 'xtrace' ]] || __caro_options+=('xtrace')
'builtin' 'setopt' 'no_aliases' 'no_xtrace'
} 2>/dev/null"""
"""zsh expands aliases while it parses: a global alias named `local` would get into the functions."""

BASH_OPTIONS = """\
{ \\builtin shopt -q expand_aliases && __caro_aliases=x; \\builtin shopt -u expand_aliases; } 2>/dev/null
if [[ $- == *i* ]]; then
__caro_flags=-$-
\\builtin set +euvxkET
fi 2>/dev/null"""
"""The same in bash, with the options that an error, or a word of this file, would meet."""


_OPTIONS = {"bash": BASH_OPTIONS, "zsh": ZSH_OPTIONS}


def fish_key(key: str) -> str:
    """A key in readline's notation (`\\C-x\\C-p`, `\\e\\e`) as a word of fish."""
    words = []
    for control, escape, plain in re.findall(r"\\C-(.)|(\\e)|(.)", key):
        words.append(f"\\c{control.lower()}" if control else escape or quote("fish", plain))
    return "".join(words) or "''"


_PATTERN = ("{}={}", "set -g {} {}")
_KEYS = {"__caro_ask_key": "shell.ask_key", "__caro_fix_key": "shell.fix_key"}


def _assignments(shell: str, paths: Paths, settings: Settings) -> list[str]:
    values = {
        "__caro_hook": quote(shell, str(paths.bin / "caro-hook")),
        "__caro_off": quote(shell, str(paths.disabled)),
    }
    if shell == "bash":
        values["__caro_later"] = quote(shell, str(paths.shell / LATER))
    if shell == "sh":
        values["__caro_shell"] = quote(shell, str(paths.shell))
    else:
        for name, setting in _KEYS.items():
            key = settings[setting]
            values[name] = fish_key(key) if shell == "fish" else quote(shell, key)
    if shell == "zsh":
        values["__caro_fifo"] = quote(shell, str(paths.state / "fifo"))
        values["__caro_config"] = quote(shell, str(config_file(os.environ, paths)))
        values["__caro_plain_mark"] = quote(shell, str(paths.state / "fifo" / plain_mark()))
        values["__caro_plain_entries"] = quote(shell, " ".join(plain_entries()))
        values["__caro_wait"] = str(max(1, settings["daemon.timeout_ms"] // 10))
    return [_PATTERN[shell == "fish"].format(name, value) for name, value in values.items()]


def _relay_lines(shell: str, paths: Paths, settings: Settings) -> list[str]:
    """First of all: the shell may start once more, and nothing of it shall have been done before."""
    if shell == "sh" or not settings["shell.relay_always"]:
        return []
    assigned = _PATTERN[shell == "fish"].format("__caro_relay", quote(shell, str(paths.bin / "caro-relay")))
    return [assigned, (HERE / f"relay.{shell}").read_text("utf-8").rstrip("\n")]


def lean(text: str) -> str:
    """Without comment lines, blank lines and indentation: bash reads a file by the character, and a third of the
    time that Caro adds to its start went into those. The plain files have no string where that would matter."""
    lines = (line.lstrip(" ") for line in text.split("\n"))
    return "\n".join(line for line in lines if line and not line.startswith("#")) + "\n"


def init_text(shell: str, paths: Paths, settings: Settings | None = None) -> str:
    """What `caro init SHELL` prints and `caro install` writes. One of SHELLS; the settings default to the file's."""
    settings = load_settings(os.environ, paths) if settings is None else settings
    opening, closing = _ONCE[shell]
    lines = [
        opening,
        *_assignments(shell, paths, settings),
        *_relay_lines(shell, paths, settings),
        shims_only_text(shell, paths).rstrip("\n"),
        closing,
    ]
    if shell in _OPTIONS:
        lines.insert(0, _OPTIONS[shell])
    body = (HERE / f"init.{shell}").read_text("utf-8")
    return f"# Made by Caro from init.{shell} of the package, which has the comments.\n" + lean(
        "\n".join([*lines, body])
    )


def write_init_files(env: Mapping[str, str], paths: Paths) -> list[Path]:
    """Writes ~/.config/caro/shell/init.*; returns those that changed."""
    settings = load_settings(env, paths)
    paths.shell.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths.shell.mkdir(mode=0o700, exist_ok=True)
    texts = {f"init.{shell}": init_text(shell, paths, settings) for shell in SHELLS}
    texts[LATER] = lean((HERE / LATER).read_text("utf-8"))
    changed = [paths.shell / name for name, text in texts.items() if _write_changed(paths.shell / name, text)]
    compile_for_zsh(env, paths.shell / "init.zsh")
    return changed


def compile_for_zsh(env: Mapping[str, str], file: Path) -> None:
    """zsh takes FILE.zwc for the file where it is not older and of its own version: a fifth of the time to start."""
    compiled = file.with_name(f"{file.name}.zwc")
    zsh = shutil.which("zsh", path=env.get("PATH"))
    if zsh is None or (compiled.exists() and compiled.stat().st_mtime >= file.stat().st_mtime):
        return
    words = [zsh, "-f", "-c", 'zcompile -U -- "$1"', "zsh", str(file)]
    subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if compiled.is_file() and not compiled.is_symlink():
        compiled.chmod(0o600)  # zsh makes it 0444


def _write_changed(file: Path, text: str) -> bool:
    try:
        if file.read_text("utf-8") == text:
            return False
    except (OSError, UnicodeDecodeError):
        pass
    file.with_name(f"{file.name}.zwc").unlink(missing_ok=True)
    write_private(file, text)
    return True
