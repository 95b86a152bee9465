"""The corpora: command lines that hold secrets (secrets.txt) and ordinary ones, made of many templates."""

from __future__ import annotations

import itertools
import random
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
MARKED = re.compile(r"<<(.*?)>>")
ALPHABETS = {
    "A": string.ascii_letters + string.digits,
    "U": string.ascii_uppercase + string.digits,
    "X": "0123456789abcdef",
}


@dataclass(frozen=True)
class Planted:
    line: str
    secrets: list[str]


def _made_up(rng: random.Random) -> str:
    """A password or key, of several styles; nothing that a shell would read as more than a word."""
    style = rng.randrange(4)
    if style == 0:
        return rng.choice(["hunter", "correct", "Winter", "tr0ub4dor", "s3cret"]) + str(
            rng.randrange(100, 99999)
        )
    if style == 1:
        return "".join(rng.choices(ALPHABETS["A"], k=24))
    if style == 2:
        return "".join(rng.choices(ALPHABETS["A"] + "_+.", k=16)) + "x9"
    return "".join(rng.choices(ALPHABETS["X"], k=32))


def _fill(template: str, rng: random.Random) -> str:
    template = re.sub(r"\{S\}", lambda _: _made_up(rng), template)
    return re.sub(r"\{([AUX])(\d+)\}", lambda m: "".join(rng.choices(ALPHABETS[m[1]], k=int(m[2]))), template)


def secret_lines(seed: int = 7) -> list[Planted]:
    rng = random.Random(seed)
    planted = []
    for template in (HERE / "secrets.txt").read_text().splitlines():
        if template.startswith("#") or not template:
            continue
        marked = _fill(template, rng)
        planted.append(Planted(MARKED.sub(r"\1", marked), MARKED.findall(marked)))
    return planted


def ordinary_lines(count: int = 5000, seed: int = 11) -> list[str]:
    """Lines without a secret, all different, each template used about as often as the others."""
    rng = random.Random(seed)
    templates, pools = _read_ordinary()
    lines: dict[str, None] = {}
    for template in itertools.cycle(templates):
        for _ in range(20):  # a template without slots has only one line to give
            line = re.sub(r"\{(\w+)\}", lambda m: rng.choice(pools[m[1]]), template)
            if line not in lines:
                lines[line] = None
                break
        if len(lines) >= count:
            return list(lines)
    raise AssertionError("not enough templates")


def _read_ordinary() -> tuple[list[str], dict[str, list[str]]]:
    templates, pools = [], {}
    for line in (HERE / "ordinary.txt").read_text().splitlines():
        if line.startswith("= "):
            name, *words = line[2:].split()
            pools[name] = words
        elif line and not line.startswith("#"):
            templates.append(line)
    return templates, pools


def all_lines() -> Iterator[str]:
    yield from (planted.line for planted in secret_lines())
    yield from ordinary_lines()
