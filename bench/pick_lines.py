"""How well a search finds a line that was typed before: `python -m bench.pick_lines --lines FILE [--fzf]`.

FILE holds one JSON object a line, `{"user": ..., "lines": [[time, line, folder, host], ...]}`. Wherever a user types a
line again, it is searched for among the lines before, by words made of it in four ways: the first letters of its words,
a part out of its middle, the initials of its words, its last word. MRR is the mean of 1/place of the line (0 beyond
the first 100); fzf, where it is asked for, searches the same lines with `--scheme=history`.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from caro.model import SCHEMA_VERSION, Event
from caro.record.line_table import LineTable

PICK = Path(__file__).resolve().parent.parent / "src/caro/_bin/caro-pick"
SEARCHES = 800
BEYOND = 100
HISTORY_LEAST = 20
"""Lines that a user has typed before the first search."""

Typed = tuple[str, str, str, str]


def word_starts(line: str, chance: random.Random) -> str:
    words = line.split()[:3]
    return " ".join(word[: chance.choice((2, 3))] for word in words)


def part(line: str, chance: random.Random) -> str:
    length = min(len(line), chance.randint(4, 6))
    at = chance.randint(0, len(line) - length)
    return line[at : at + length].strip()


def initials(line: str, _: random.Random) -> str:
    return "".join(word[0] for word in line.split())[:5]


def last_word(line: str, _: random.Random) -> str:
    return line.split()[-1]


KINDS = {"word starts": word_starts, "part": part, "initials": initials, "last word": last_word}


def goals(user: list[Typed]) -> Iterator[tuple[int, str]]:
    """Yield the places at which a line is typed again that is worth a search."""
    seen: set[str] = set()
    for number, (_, line, _, _) in enumerate(user):
        if (
            number >= HISTORY_LEAST
            and line in seen
            and len(line.split()) >= 2
            and line != user[number - 1][1]
        ):
            yield number, line
        seen.add(line)


def searches(file: Path, count: int) -> list[tuple[list[Typed], str, str, str, str]]:
    """Return history, folder, goal, kind and words of each search; the same for the same file."""
    chance = random.Random(7)
    found = []
    for row in file.read_text("utf-8").splitlines():
        user = [(one[0], one[1], one[2], one[3]) for one in json.loads(row)["lines"]]
        found += [(user, *goal) for goal in goals(user)]
    chance.shuffle(found)
    made = []
    for number, (user, place, line) in enumerate(found[:count]):
        kind = list(KINDS)[number % len(KINDS)]
        if words := KINDS[kind](line, chance):
            made.append((user[:place], user[place][2], line, kind, words))
    return made


def place_of(goal: str, output: bytes) -> float:
    lines = output.decode("utf-8", "replace").splitlines()[:BEYOND]
    return 1 / (lines.index(goal) + 1) if goal in lines else 0.0


def by_pick(pick: Path, folder: Path, history: list[Typed], cwd: str, words: str) -> bytes:
    table = LineTable()
    # The search goes by the folder it is started in: that one's name stands for `cwd`.
    for at, line, where, host in history:
        table.add(
            Event(
                v=SCHEMA_VERSION, id="", kind="line", source="prompt", ts=at.replace("Z", "000Z"), text=line,
                cwd=str(folder) if where == cwd else where, host=host,
            )
        )  # fmt: skip
    file = folder / "lines"
    file.write_bytes(table.encode())
    file.chmod(0o600)
    return subprocess.run([pick, "-F", file, "-f", words], cwd=folder, capture_output=True).stdout


def by_fzf(history: list[Typed], words: str) -> bytes:
    newest_first = dict.fromkeys(line for _, line, _, _ in reversed(history))
    text = "\n".join(newest_first).encode()
    return subprocess.run(
        ["fzf", "--scheme=history", "--filter", words], input=text, capture_output=True
    ).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=Path, required=True)
    parser.add_argument("--count", type=int, default=SEARCHES)
    parser.add_argument("--pick", type=Path, default=PICK)
    parser.add_argument("--fzf", action="store_true")
    args = parser.parse_args()
    scores: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory() as name:
        for history, cwd, goal, kind, words in searches(args.lines, args.count):
            found = by_pick(args.pick, Path(name).resolve(), history, cwd, words)
            scores["caro-pick"][kind].append(place_of(goal, found))
            if args.fzf:
                scores["fzf"][kind].append(place_of(goal, by_fzf(history, words)))
    for program, kinds in scores.items():
        every = [value for values in kinds.values() for value in values]
        told = ", ".join(f"{kind} {sum(values) / len(values):.3f}" for kind, values in kinds.items())
        print(f"{program}: MRR {sum(every) / len(every):.3f} of {len(every)} searches ({told})")


if __name__ == "__main__":
    main()
