"""Where the keys of a TOML text stand, for messages: neither tomllib nor tomlkit tells lines of values.

A scan by lines that follows strings and brackets over several lines; used on texts that a parser took already.
"""

from __future__ import annotations

import re
from pathlib import Path

from caro.regular_file import read_text_file

_HEADER = re.compile(r"^\s*\[\[?\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEY = re.compile(rf"^\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_TOKEN = re.compile(r'"""|\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]')


def key_lines(text: str) -> dict[str, int]:
    """Line (from 1) of each `section.key` and of each section; the first where one stands twice."""
    found: dict[str, int] = {}
    section: list[str] = []
    depth, open_string = 0, ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not depth and not open_string:
            header, key = _HEADER.match(line), _KEY.match(line)
            if header:
                section = _parts(header.group(1))
                found.setdefault(".".join(section), number)
            elif key:
                names = [*section, *_parts(key.group(1))]
                for length in range(1, len(names) + 1):
                    found.setdefault(".".join(names[:length]), number)
                line = line[key.end() :]
            if header:
                continue
        depth, open_string = _follow(line, depth, open_string)
    return found


def with_lines(problems: list[str], file: Path) -> list[str]:
    """Put `FILE:LINE: ` before each problem `KEY: ...` whose key can be found in the file."""
    try:
        lines = key_lines(read_text_file(file))
    except (OSError, UnicodeDecodeError):
        return problems
    names = [problem.split(": ", 1)[0] for problem in problems]
    return [
        f"{file}:{lines[name]}: {problem}" if name in lines else problem
        for name, problem in zip(names, problems, strict=True)
    ]


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(_PART, dotted)]


def _follow(line: str, depth: int, open_string: str) -> tuple[int, str]:
    """Bracket depth and open multi-line string after a line."""
    while line:
        if open_string:
            _before, quote, line = line.partition(open_string)
            if not quote:
                return depth, open_string
            open_string = ""
            continue
        token = _TOKEN.search(line)
        if token is None:
            break
        line = line[token.end() :]
        if token.group() in ('"""', "'''"):
            open_string = token.group()
        elif token.group() in "[{":
            depth += 1
        elif token.group() in "]}":
            depth = max(0, depth - 1)
    return depth, open_string
