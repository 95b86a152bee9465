"""config.toml as `caro install` and `caro config edit` begin it: every key as a comment, with meaning and default."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import Any

from caro.settings import SETTINGS, Setting

WIDTH = 100

HEAD = """\
# Caro's configuration. Each key stands here as a comment, with its meaning and its default: take the # away and
# change it, or say `caro config set KEY VALUE`. `caro config list` shows what holds, and where it comes from.
"""

TAIL = """\
# What holds while CARO_ENV=prod, in sections as above:
# [environments.prod.safety]
# mode = "active"
"""


def toml_text(value: Any) -> str:
    """Return a default as it stands in config.toml."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_text, value)) + "]"
    if isinstance(value, str):
        return f"'{value}'" if "\\" in value else f'"{value}"'
    return str(value)


def template() -> str:
    """Return the commented file: it sets nothing."""
    sections = groupby(SETTINGS, key=lambda setting: setting.section)
    return "\n".join([HEAD, *(_section(name, list(keys)) for name, keys in sections), TAIL])


def _section(name: str, settings: list[Setting]) -> str:
    return f"[{name}]\n" + "\n".join(map(_key, settings))


def _key(setting: Setting) -> str:
    choices = f": {', '.join(toml_text(choice) for choice in setting.choices)}" if setting.choices else ""
    meaning = textwrap.fill(setting.meaning + choices, WIDTH, initial_indent="# ", subsequent_indent="# ",
                            break_on_hyphens=False, break_long_words=False)  # fmt: skip
    return f"{meaning}\n# {setting.key} = {toml_text(setting.default)}\n"
