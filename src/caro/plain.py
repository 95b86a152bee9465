"""Plain lines: those that no rule of the guard can say anything about, so that nobody waits for its word.

A line is plain where it is made of these characters alone, begins with one of these commands and names nothing in a
hidden folder (`/.` and a letter: Caro's own files and agents' settings stand in such). Shells send a
plain line off and run it; whatever else is typed waits for the verdict. The C side is native/lib/lines/plain_text.c,
zsh's is in init.zsh, fish takes `plain_look`; tests/safety/test_plain.py holds every command here against the words of
known dangerous lines.
"""

from __future__ import annotations

import re
import zlib

CHARACTERS = "A-Za-z0-9_./:@%+,=~ -"
"""Characters of a plain line, for a bracket expression: nothing that a shell expands, substitutes, redirects or
separates commands by; `~` and `=` can stand for a path alone."""
MAX_BYTES = 400

ANY_WORDS = """
: true false echo cd pushd popd dirs ls ll la l cal clear which type jobs fg bg wc man info help apropos whatis
tree stat file basename dirname realpath readlink test seq expr cmake ninja pytest tldr eza
gcc g++ clang rustc
""".split()
"""Plain whatever words follow."""
ALONE = (
    "pwd date history top htop free uptime whoami id ps df du vim vi nvim nano less tmux hostname tty".split()
)
"""Plain without any words behind them."""
SECOND_WORDS = {
    "git": "status log diff show blame add fetch commit ls-files rev-parse shortlog describe grep",
    "docker": "ps images stats version info",
    "cargo": "build test check clippy fmt doc bench tree",
    "go": "build test vet fmt doc",
    "npm": "ls",
    "pip": "list show freeze",
}
"""Plain with one of these second words, whatever follows them."""


def plain_entries() -> list[str]:
    """Return the entries as runtime.conf has them: `NAME`, `NAME/` (alone), `NAME/SECOND`."""
    pairs = [f"{name}/{second}" for name, words in SECOND_WORDS.items() for second in words.split()]
    return [*ANY_WORDS, *(f"{name}/" for name in ALONE), *pairs]


def plain_look() -> str:
    """Return what a plain line looks like, as a regular expression that fish and Python read alike."""
    seconds = [f"{name} +(?:{'|'.join(words.split())})" for name, words in SECOND_WORDS.items()]
    heads = "|".join([re.escape(word) for word in ANY_WORDS] + seconds)
    end = r"(?![\s\S])"  # `$` would let a newline stand behind it
    characters = f"(?=[{CHARACTERS}]{{1,{MAX_BYTES}}}{end})(?!.*/[.][^./ ])"
    return f"^{characters}(?:(?:{heads})(?: .*)?|(?:{'|'.join(ALONE)}) *)$"


def plain_mark() -> str:
    """Name of the file that the daemon keeps while shells may let plain lines through: another version's list has
    another name."""
    return f"plain.{zlib.crc32(' '.join(plain_entries()).encode()):08x}"
