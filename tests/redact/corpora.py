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
MEASURED = re.compile("⟦(.*?)⟧")
MNEMONIC = (  # of BIP 39's English list
    "abandon ability garlic orbit zebra wisdom legal winner thank year wave sausage worth useful canoe trophy "
    "ripple lunar quantum velvet ocean puzzle kitchen hollow"
).split()
ALPHABETS = {
    "B": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
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


def measured_lines(name: str, variants: int = 4, seed: int = 23) -> list[tuple[str, Planted]]:
    """Return (kind, line) for each template of a file, each with several secrets."""
    rng = random.Random(seed)
    lines, kind = [], ""
    for template in (HERE / name).read_text().splitlines():
        if template.startswith("== "):
            kind = template[3:]
        elif template and not template.startswith("#"):
            for _ in range(variants):
                marked = _fill_measured(template.replace("⏎", "\n"), rng)
                lines.append((kind, Planted(MEASURED.sub(r"\1", marked), MEASURED.findall(marked))))
    return lines


def _fill_measured(template: str, rng: random.Random) -> str:
    def slot(match: re.Match[str]) -> str:
        if match[1] == "S":
            return _made_up(rng)
        if match[1] == "W":
            return rng.choice("kqvwxz") + "".join(rng.choices(ALPHABETS["A"], k=rng.randrange(8, 20)))
        count = int(match[2])
        if match[1] == "M":
            return " ".join(rng.choices(MNEMONIC, k=count))
        return "".join(rng.choices(ALPHABETS[match[1]], k=count))

    return re.sub(r"\{([SWMABUX])(\d*)\}", slot, template)


def survivors(planted: Planted, shown: str) -> list[str]:
    """Return the planted secrets of which five characters in a row (two words of a mnemonic) can still be seen."""
    return [secret for secret in planted.secrets if any(part in shown for part in _parts(secret))]


def _parts(secret: str) -> list[str]:
    if " " in secret:
        return [f"{a} {b}" for a, b in itertools.pairwise(secret.split())]
    return [secret[at : at + 5] for at in range(max(1, len(secret) - 4))]


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
    for name, variants in (("measured.txt", 4), ("held_out.txt", 4), ("forms.txt", 1), ("chosen.txt", 1)):
        yield from (planted.line for _, planted in measured_lines(name, variants))
