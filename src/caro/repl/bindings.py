"""The person's own key bindings, read from their shell: those that a shell without rc files does not have.

Functions that prompt_toolkit has by readline's names, zsh's and fish's names for the same, and macros, which type their
text. What a key runs in the shell itself (`bind -x`, widgets and functions of one's own) stays there.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_MAY_BIND = re.compile(
    r"\b(?:bind|bindkey|set|setopt|source|eval|zle|fish_\w*key_bindings)\b|(?:^|[;&|\s])\.\s"
)
_WORD = re.compile(r"[^\s;&|(){}]+")

CODE = {
    "bash": "; ".join(
        f"builtin printf '\\035{keymap}\\n'; builtin bind -m {keymap} -p; builtin bind -m {keymap} -s;"
        f" builtin printf '\\034\\n'; builtin bind -m {keymap} -X"
        for keymap in ("emacs", "vi-insert", "vi-command")
    ),
    "zsh": "; ".join(
        f"builtin printf '\\035{keymap}\\n'; builtin bindkey -M {name} -L"
        for keymap, name in (("emacs", "emacs"), ("vi-insert", "viins"), ("vi-command", "vicmd"))
    ),
    "fish": "builtin bind --user",
}
BARE = {
    "bash": ("env", "INPUTRC=/dev/null", "bash", "--norc", "--noprofile", "-c"),
    "zsh": ("zsh", "-f", "-c"),
}
"""The words that run the same code in a shell that knows nothing of the person's."""

_ZSH_NAMES = {
    "backward-kill-line": "unix-line-discard",
    "backward-delete-word": "backward-kill-word",
    "delete-word": "kill-word",
    "delete-char-or-list": "delete-char",
    "down-line-or-history": "next-history",
    "up-line-or-history": "previous-history",
    "down-line-or-search": "history-search-forward",
    "up-line-or-search": "history-search-backward",
    "up-line-or-beginning-search": "history-search-backward",
    "down-line-or-beginning-search": "history-search-forward",
    "history-beginning-search-backward": "history-search-backward",
    "history-beginning-search-forward": "history-search-forward",
    "history-incremental-search-backward": "reverse-search-history",
    "kill-whole-line": "kill-whole-line",
    "up-case-word": "uppercase-word",
    "down-case-word": "downcase-word",
    "expand-or-complete": "complete",
    "insert-last-word": "yank-last-arg",
    "push-line": "push-line",
    "vi-cmd-mode": "vi-movement-mode",
    "cmd-mode": "vi-movement-mode",
    "history-substring-search-up": "history-search-backward",
    "history-substring-search-down": "history-search-forward",
    "edit-command-line": "edit-and-execute-command",
}
_FISH_NAMES = {
    "forward-bigword": "forward-word",
    "backward-bigword": "backward-word",
    "kill-bigword": "kill-word",
    "backward-kill-bigword": "unix-word-rubout",
    "upcase-word": "uppercase-word",
    "history-prefix-search-backward": "history-search-backward",
    "history-prefix-search-forward": "history-search-forward",
    "up-or-search": "previous-history",
    "down-or-search": "next-history",
    "execute": "accept-line",
    "kill-inner-line": "kill-whole-line",
    "backward-kill-path-component": "backward-kill-word",
    "history-token-search-backward": "yank-last-arg",
    "edit_command_buffer": "edit-and-execute-command",
}


@dataclass(frozen=True)
class Bound:
    """`key` is what the terminal sends; `does` a function by readline's name, or with `types` text that it types.
    `keymap`: emacs, vi-insert, vi-command."""

    keymap: str
    key: str
    does: str
    types: bool = False


def may_bind(line: str, own_names: Collection[str]) -> bool:
    """True if a line may change a key: by a built-in for that, a file, or one of the shell's functions and aliases."""
    return bool(_MAY_BIND.search(line)) or not set(own_names).isdisjoint(_WORD.findall(line))


def read_bindings(shell: str, printed: str) -> set[Bound]:
    """Return the bindings in what `CODE` prints."""
    if shell == "fish":
        return set(_fish(printed))
    found: set[Bound] = set()
    for section in printed.split("\x1d")[1:]:
        keymap, _, text = section.partition("\n")
        found |= set((_bash if shell == "bash" else _zsh)(keymap, text))
    return found


def _bash(keymap: str, text: str) -> Iterator[Bound]:
    from caro.repl.key_names import characters

    text, _, commands = text.partition("\x1c\n")
    for line in commands.splitlines():
        if match := re.fullmatch(r'"((?:[^"\\]|\\.)+)":? (".*")', line):
            yield Bound(keymap, characters(match[1]), match[2])
    for match in re.finditer(r'^"((?:[^"\\]|\\.)+)": (?:([a-z-]+)|"((?:[^"\\]|\\.)*)")$', text, re.M):
        key, name, typed = match.groups()
        if name is None or name != "self-insert":
            yield Bound(keymap, characters(key), name or characters(typed), name is None)


def _zsh(keymap: str, text: str) -> Iterator[Bound]:
    from caro.repl.key_names import characters

    for line in text.splitlines():
        match = re.fullmatch(
            r'bindkey (?P<options>(?:-\S+ )*(?:-M \S+ )?(?:-R )?)"(?P<key>(?:[^"\\]|\\.)+)" (?P<does>.*)',
            line,
        )
        if match is None or "-R" in match["options"]:
            continue
        key = characters(match["key"], caret=True)
        if "-s" in match["options"]:
            yield Bound(keymap, key, characters(match["does"].strip('"'), caret=True), True)
        elif match["does"] != "self-insert":
            name = match["does"].removeprefix("vi-") if keymap == "vi-insert" else match["does"]
            yield Bound(keymap, key, _ZSH_NAMES.get(name, name))


def _fish(text: str) -> Iterator[Bound]:
    from caro.repl.key_names import characters

    modes = {"default": "emacs", "insert": "vi-insert"}
    for line in text.splitlines():
        try:
            words = shlex.split(re.sub(r"(\\[ce]\S*)", lambda match: f"'{match[1]}'", line, count=1))
        except ValueError:
            continue
        words = [word for word in words[1:] if word not in ("--user", "--preset", "-s", "--silent")]
        keymap = "emacs"
        if words[:1] == ["-M"]:
            keymap = modes.get(words[1], "")
            words = words[2:]
        if words[:2] == ["-m", "default"] and keymap == "vi-insert":
            words = [*words[2:3], "vi-movement-mode"]
        elif words[:1] == ["-m"]:
            words = [*words[2:3], " ".join(words[3:])]
        words[1:] = [" ".join(words[1:])] if len(words) > 2 else words[1:]
        if len(words) == 2 and keymap and not words[0].startswith("-"):
            key = re.sub(r"\\c(.)", lambda match: f"\\C-{match[1]}", words[0])
            yield Bound(keymap, characters(key), _FISH_NAMES.get(words[1], words[1]))
