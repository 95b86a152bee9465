"""Suggestions while a line is typed: how often they are right, how long one takes, and what the memory costs beside a
long history. Prints JSON. `bench/typing_bench.py` has what a person sees of it.

How often is measured on histories that are drawn from tests/redact/ordinary.txt, each person's few lines again and
again, beside what zsh-autosuggestions and fish offer (the newest line that begins so); and on typed lines of people
where `--lines FILE` or the variable CARO_BENCH_LINES names them.

FILE has a person a line: `{"user", "lines": [[time, line, folder, host], …]}`. Each person begins with an empty
history. hit@1 after k characters: the best whole line that begins so is the one that was typed next. Keys saved: one
types on until what is offered is wholly right (one key takes it, where that saves two or more) or its next word is
(one key too); 1 - keys pressed / (characters + Enter).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.pick_bench import write_people
from caro.suggest.memory import Memory, Typed
from caro.suggest.offers import LEAST, offer_for
from caro.suggest.ranking import ranked, scores

KS = (0, 1, 2, 3, 5)
LATER = range(100, 400)
"""Lines of a person who has typed for a while."""
LONG, SHORT = 1_000_000, 100_000
DIFFERENT = 0.145
ASKED = 4000
LINES = "CARO_BENCH_LINES"
"""Variable with a file of typed lines of people."""
MADE_PEOPLE = 12

Person = list[Typed]


def people(file: Path) -> Iterator[Person]:
    for row in file.read_text("utf-8").splitlines():
        previous, typed = "", []
        for _time, line, folder, *_host in json.loads(row)["lines"]:
            typed.append(Typed(line.strip(), folder or "", previous))
            previous = line.strip()
        yield [one for one in typed if one.text]


def is_hit(memory: Memory, typed: Typed, k: int) -> bool:
    """True if the best line that begins with what was typed is the line. Where it is typed out already it counts as
    one of them: `_of_longer` leaves those out."""
    beginning, cwd, previous = typed.text[:k], typed.cwd, typed.previous
    lines = ranked(memory, beginning, cwd, previous)
    if beginning == typed.text and beginning in memory.lines:
        lines += scores(memory, [beginning], cwd, previous)
    return bool(lines) and max(lines)[1] == typed.text


def keys_for(memory: Memory, typed: Typed, least: float, empty: bool = True) -> int:
    """Return the keys that the line costs, its Enter included; `empty` False: nothing is offered on an empty line, as
    at a prompt of zsh."""
    line, at, keys = typed.text, 0, 1
    while at < len(line):
        offer = offer_for(memory, line[:at], typed.cwd, typed.previous, least) if at or empty else None
        keys += 1
        at = taken(line, at, offer.line) if offer is not None else at + 1
    return keys


def keys_by_newest(past: dict[str, None], line: str) -> int:
    """Return the keys that the line costs where the newest line that begins so is offered."""
    at, keys = 0, 1
    while at < len(line):
        begun = line[:at]
        offered = next((one for one in reversed(past) if at and one.startswith(begun) and one != begun), "")
        keys += 1
        at = taken(line, at, offered) if offered else at + 1
    return keys


def taken(line: str, at: int, offered: str) -> int:
    """Return where the line stands after one key more: that takes what is offered, or its next word, or types."""
    if offered == line and len(line) - at >= 2:
        return len(line)
    end = at
    while end < len(offered) and offered[end].isspace():
        end += 1
    while end < len(offered) and not offered[end].isspace():
        end += 1
    right = line.startswith(offered[:end]) and (end == len(line) or line[end].isspace())
    return end if right and end - at >= 2 else at + 1


def accuracy(file: Path, prefix: str = "suggest") -> dict[str, float]:
    counts: Counter[str] = Counter()
    for person in people(file):
        memory, past = Memory(), dict[str, None]()
        for number, typed in enumerate(person):
            counts["lines"] += 1
            counts["later"] += number in LATER
            for k in KS:
                hit = is_hit(memory, typed, k)
                counts[f"hit{k}"] += hit
                counts[f"later{k}"] += hit and number in LATER
                counts[f"longer{k}"] += len(typed.text) > k
                counts[f"longer_hit{k}"] += hit and len(typed.text) > k
            counts["typed"] += len(typed.text) + 1
            counts["limited"] += keys_for(memory, typed, LEAST)
            counts["begun"] += keys_for(memory, typed, LEAST, empty=False)
            counts["free"] += keys_for(memory, typed, 0.0)
            counts["newest"] += keys_by_newest(past, typed.text)
            memory.add(typed)
            past.pop(typed.text, None)
            past[typed.text] = None
    return figures_of(counts, prefix)


def figures_of(counts: Counter[str], prefix: str) -> dict[str, float]:
    figures = {f"suggest_hit_{k}": counts[f"hit{k}"] / counts["lines"] for k in KS}
    figures |= {f"suggest_hit_{k}_of_longer": counts[f"longer_hit{k}"] / counts[f"longer{k}"] for k in KS[1:]}
    if counts["later"]:
        figures |= {f"suggest_later_hit_{k}": counts[f"later{k}"] / counts["later"] for k in KS}
    figures["suggest_keys_saved"] = 1 - counts["limited"] / counts["typed"]
    figures["suggest_keys_saved_from_first_key"] = 1 - counts["begun"] / counts["typed"]
    figures["suggest_keys_saved_no_limit"] = 1 - counts["free"] / counts["typed"]
    figures["suggest_keys_saved_newest"] = 1 - counts["newest"] / counts["typed"]
    return {name.replace("suggest", prefix, 1): round(value, 4) for name, value in figures.items()}


def made_accuracy() -> dict[str, float]:
    """Measure on generated histories: there a change shows on every machine."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "people")
        write_people(file)
        rows = file.read_text("utf-8").splitlines(keepends=True)[:MADE_PEOPLE]
        file.write_text("".join(rows), "utf-8")
        figures = accuracy(file, "suggest_made")
    own, newest = figures["suggest_made_keys_saved"], figures["suggest_made_keys_saved_newest"]
    return figures | {"suggest_made_keys_to_newest_ratio": round(own / newest, 4)}


def long_history(count: int) -> Iterator[Typed]:
    """Lines as people type them, some again and again and most once: Zipf's law over commands and their words."""
    chance = random.Random(7)
    tools = [f"{stem}{end}" for stem in "git ls cd make docker kubectl vim cat grep ssh npm python curl".split()
             for end in ("", "x", "-ng", "ctl")]  # fmt: skip
    different: dict[str, None] = {}
    while len(different) < count * DIFFERENT:
        words = [
            chance.choice(tools),
            f"w{int(chance.paretovariate(0.8)) % 5000}",
            f"--o{chance.randrange(300)}",
        ]
        if chance.random() < 0.5:
            words.append(f"{chance.choice('abcdefgh')}/{chance.randrange(10**6)}")
        different[" ".join(words)] = None
    lines = list(different)
    folders = [f"/home/me/p{number}" for number in range(300)]
    # Each once, in between those that come again and again.
    order = [*range(len(lines))] + [
        min(len(lines) - 1, int(chance.paretovariate(0.35)) - 1) for _ in range(count - len(lines))
    ]
    chance.shuffle(order)
    previous = ""
    for number in order:
        yield Typed(lines[number], folders[min(299, int(chance.paretovariate(0.7)) - 1)], previous)
        previous = lines[number]


def memory_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def costs(count: int) -> dict[str, float]:
    typed = list(long_history(count)) if count <= SHORT else None
    before, start = memory_mb(), time.perf_counter()
    memory = Memory()
    memory.fill(typed if typed is not None else long_history(count))
    filled = time.perf_counter() - start
    size = memory_mb() - before
    chance, times, adding = random.Random(3), [], []
    lines = list(memory.lines)
    for number in range(ASKED):
        line = lines[chance.randrange(len(lines))]
        beginning, previous = (
            line[: chance.choice((0, 1, 2, 3, 5, 8, 12))],
            lines[chance.randrange(len(lines))],
        )
        start = time.perf_counter()
        offer_for(memory, beginning, f"/home/me/p{number % 300}", previous)
        times.append(time.perf_counter() - start)
        start = time.perf_counter()
        memory.add(Typed(f"{line} {number % 7}", "/home/me/p1", previous))
        adding.append(time.perf_counter() - start)
    times.sort()
    adding.sort()
    return {
        "suggest_p50_ms": round(times[len(times) // 2] * 1e3, 4),
        "suggest_p99_ms": round(times[int(len(times) * 0.99)] * 1e3, 4),
        "suggest_add_p50_ms": round(adding[len(adding) // 2] * 1e3, 4),
        "suggest_mb": round(size, 1),
        "suggest_fill_s": round(filled, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--lines", type=Path, help="typed lines of people: how often an offer is right")
    args = parser.parse_args()
    if args.lines:
        figures = accuracy(args.lines)
    else:
        figures = costs(SHORT if args.short else LONG) | made_accuracy()
        if os.environ.get(LINES):
            figures |= accuracy(Path(os.environ[LINES]))
    json.dump({"figures": figures, "notes": []}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
