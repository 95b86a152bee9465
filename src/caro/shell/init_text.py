"""The text of an init file: a few assignments, the shims' lines, and the shell's plain file."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from caro.config_write import keep_private
from caro.knowledge.agents import agents, agents_with
from caro.knowledge.shells import Shell, names, shell_named
from caro.paths import Paths
from caro.plain import plain_entries, plain_look, plain_mark
from caro.runtime_conf import added_agents
from caro.settings import Settings, config_file, load_settings
from caro.shell.shims_only import shims_only_text

HERE = Path(__file__).parent
LATER = "later.bash"
"""The part of bash's that is read when it is needed."""
HINT_MS = 600
"""A pause while somebody types after which a hint is shown."""
INLINE = "inline.zsh"
"""zsh's grey text, which is there while it is wanted: a shell that has read it looks for the file."""


def _values(shell: str, paths: Paths, settings: Settings, key: Callable[[str], str]) -> dict[str, str]:
    """Return what an init file may read, unquoted but for the keys: each shell takes what its record names."""
    return {
        "__caro_hook": str(paths.bin / "caro-hook"),
        "__caro_off": str(paths.disabled),
        "__caro_later": str(paths.shell / LATER),
        "__caro_shell": str(paths.shell),
        "__caro_inline": str(paths.shell / INLINE) if is_inline(shell, settings) else "",
        "__caro_inline_key": key(settings["shell.inline_key"]),
        "__caro_hint_ms": str(HINT_MS) if settings["shell.hints"] else "",
        "__caro_hint_key": key(settings["shell.hint_key"]),
        "__caro_overlay_key": key(settings["shell.overlay_key"]),
        "__caro_ask_key": key(settings["shell.ask_key"]),
        "__caro_fix_key": key(settings["shell.fix_key"]),
        "__caro_fifo": str(paths.state / "fifo"),
        "__caro_config": str(config_file(os.environ, paths)),
        "__caro_plain_mark": str(paths.state / "fifo" / plain_mark()),
        "__caro_plain_entries": " ".join(plain_entries()),
        "__caro_plain_look": plain_look(),
        "__caro_history": history_mode(settings),
        "__caro_completes": "x" if settings["shell.complete"] else "",
        "__caro_pick_options": pick_options(settings),
        "__caro_agents": "".join(f"${{{name}-}}" for name in _variables_of_agents(settings)),
        "__caro_wait": str(max(1, settings["daemon.timeout_ms"] // 10)),
    }


def _variables_of_agents(settings: Settings) -> list[str]:
    known = agents_with(added_agents(settings)) if settings.additions else agents()
    return [variable for variable, _agent in known.naming_variables()]


def is_inline(shell: str, settings: Settings) -> bool:
    """Return whether Caro's grey text is wanted in that shell: fish has one of its own."""
    return bool(settings["shell.inline"]) and (shell != "fish" or settings["shell.inline_fish"] == "caro")


def pick_options(settings: Settings) -> str:
    """Return the options of caro-pick in one word; "" where C-r stays the shell's own."""
    return pick_word(settings) if settings["shell.pick"] else ""


def pick_word(settings: Settings) -> str:
    """Return the options of caro-pick in one word."""
    percent = min(max(int(settings["shell.pick_height"]), 1), 100)
    runs = "r" if settings["shell.pick_runs"] else ""
    return f"-{runs}H{percent}"


def history_mode(settings: Settings) -> str:
    """Return what becomes of lines with a secret in the shell's own history: "mask", "drop", or "" for keep."""
    mode = str(settings["privacy.shell_history"])
    return "" if mode == "keep" else mode


_AS_IT_IS = frozenset(
    ("__caro_overlay_key", "__caro_ask_key", "__caro_fix_key", "__caro_inline_key", "__caro_hint_key")
)
"""Values that are words of the shell already."""


def _assignments(shell: Shell, paths: Paths, settings: Settings) -> list[str]:
    values = _values(shell.name, paths, settings, shell.key)
    words = {
        name: values[name] if name in _AS_IT_IS else shell.quote(values[name]) for name in shell.init_values
    }
    return [shell.assign.format(name, word) for name, word in words.items()]


def _relay_lines(shell: Shell, paths: Paths, settings: Settings) -> list[str]:
    """First of all: the shell may start once more, and nothing of it shall have been done before."""
    if "relay" not in shell.doors or not settings["shell.relay_always"]:
        return []
    assigned = shell.assign.format("__caro_relay", shell.quote(str(paths.bin / "caro-relay")))
    return [assigned, (HERE / f"relay.{shell.name}").read_text("utf-8").rstrip("\n")]


def lean(text: str) -> str:
    """Without comment lines, blank lines and indentation: bash reads a file by the character, and a third of the
    time that Caro adds to its start went into those. The plain files have no string where that would matter."""
    lines = (line.lstrip(" ") for line in text.split("\n"))
    return "\n".join(line for line in lines if line and not line.startswith("#")) + "\n"


def init_text(name: str, paths: Paths, settings: Settings | None = None) -> str:
    """Return what `caro init NAME` prints and `caro install` writes; the settings default to the file's."""
    settings = load_settings(os.environ, paths) if settings is None else settings
    shell = shell_named(name)
    opening, closing = shell.once
    before_shims, after_shims = shell.each_time
    lines = [
        *([shell.preamble] if shell.preamble else []),
        opening,
        *_assignments(shell, paths, settings),
        *_relay_lines(shell, paths, settings),
        *([closing, before_shims] if before_shims else []),
        shims_only_text(name, paths).rstrip("\n"),
        after_shims or closing,
    ]
    body = (HERE / f"init.{name}").read_text("utf-8")
    return f"# Made by Caro from init.{name} of the package, which has the comments.\n" + lean(
        "\n".join([*lines, body])
    )


def write_init_files(env: Mapping[str, str], paths: Paths) -> list[Path]:
    """Write ~/.config/caro/shell/init.*; return those that changed."""
    settings = load_settings(env, paths)
    paths.shell.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths.shell.mkdir(mode=0o700, exist_ok=True)
    texts = {f"init.{shell}": init_text(shell, paths, settings) for shell in names()}
    texts[LATER] = lean((HERE / LATER).read_text("utf-8"))
    if settings["shell.inline"]:
        texts[INLINE] = lean((HERE / INLINE).read_text("utf-8"))
    else:
        for name in (INLINE, f"{INLINE}.zwc"):
            (paths.shell / name).unlink(missing_ok=True)
    changed = [paths.shell / name for name, text in texts.items() if _write_changed(paths.shell / name, text)]
    for name in {"init.zsh", INLINE} & texts.keys():
        compile_for_zsh(env, paths.shell / name)
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
    changed = keep_private(file, text)
    if changed:
        file.with_name(f"{file.name}.zwc").unlink(missing_ok=True)
    return changed
