"""Other searchers of typed lines beside caro-pick and the import: atuin and mcfly, built by cargo. Prints JSON.

`make bench-peers`. caro-pick, fzf and atuin are asked for the same lines of the same histories, by the same words;
atuin has read each from a bash history with times (`atuin import bash`). MRR is the mean of 1/place of the line. mcfly
shows what it finds on a terminal alone, and is not asked. atuin and mcfly each write a history of their own, command by
command: `caro import` has to give back line, folder, time and status of all of it.

`--lines FILE` takes typed lines of people (bench/pick_lines.py has the form) instead of generated histories. The
programs are kept in bench/out/peers; without cargo, those that are not there are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench import pick_bench, pick_lines

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench/out/peers"
CRATES = {"mcfly": "0.9.4", "atuin": "18.24.4"}
FEATURES = {"atuin": ["--no-default-features", "--features", "client"]}
"""Neither of its servers is built: what is searched is on the machine."""
SEARCHES = 400
WRITTEN = ("git status", "printf 'a  b'\\''c'", "echo größer 漢字 🙂", "for i in 1 2\ndo echo $i\ndone", "false",
           "make -j2 test", "ls -la", "git status")  # fmt: skip
"""What a program writes into a history of its own; false ends with 1."""
FIRST = 1_790_000_000


@dataclass(frozen=True)
class Search:
    history: list[pick_lines.Typed]
    cwd: str
    goal: str
    kind: str
    words: str


Finds = Callable[[Path, Search], list[str]]
"""Read the search's history into a new HOME, return what is found for its words, best first."""


def program(name: str) -> str | None:
    """Return the program, built where cargo is there and it is not."""
    found = PEERS / "bin" / name
    if not found.exists() and shutil.which("cargo"):
        words = ["cargo", "install", "--locked", "--root", str(PEERS), "--version", CRATES[name]]
        subprocess.run([*words, *FEATURES.get(name, []), name], check=True)
    return str(found) if found.exists() else shutil.which(name)


def environment(home: Path) -> dict[str, str]:
    return {
        "HOME": str(home), "PATH": f"{PEERS / 'bin'}:{os.environ['PATH']}", "TERM": "xterm", "LC_ALL": "C.UTF-8",
        "HISTFILE": str(home / ".bash_history"), "ATUIN_SESSION": "0192f0c123457abc8def0123456789ab",
        "MCFLY_HISTORY": str(home / ".bash_history"), "MCFLY_SESSION_ID": "bench",
        "PWD": str(home), "SHELL": "/bin/bash",
    }  # fmt: skip


def write_history(home: Path, history: list[pick_lines.Typed]) -> None:
    lines = [f"#{int(datetime.fromisoformat(at).timestamp())}\n{line}\n" for at, line, _, _ in history]
    (home / ".bash_history").write_text("".join(lines))


def by_atuin(home: Path, search: Search) -> list[str]:
    env = environment(home)
    write_history(home, search.history)
    run(["atuin", "import", "bash"], env, home)
    words = ["atuin", "search", "--limit", "100", "--search-mode", "fuzzy", "--format", "{command}"]
    found = run([*words, "--", search.words], env, home).splitlines()
    return list(dict.fromkeys(reversed(found)))  # the best stands last


def by_fzf(_: Path, search: Search) -> list[str]:
    return pick_lines.by_fzf(search.history, search.words).decode("utf-8", "replace").splitlines()


def by_pick(home: Path, search: Search) -> list[str]:
    found = pick_lines.by_pick(pick_lines.PICK, home, search.history, search.cwd, search.words)
    return found.decode("utf-8", "replace").splitlines()


def run(words: list[str], env: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        words, env=env, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"bench: {' '.join(words)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def searches(file: Path | None, count: int, folder: Path) -> Iterator[Search]:
    if file is None:
        file = folder / "people"
        pick_bench.write_people(file)
    for found in pick_lines.searches(file, count):
        if not any("\n" in line for _, line, _, _ in found[0]):
            yield Search(*found)


def accuracy(peers: dict[str, Finds], made: list[Search]) -> dict[str, float]:
    places: dict[str, list[float]] = defaultdict(list)
    for search in made:
        for name, finds in peers.items():
            with tempfile.TemporaryDirectory() as home:
                found = finds(Path(home).resolve(), search)[: pick_lines.BEYOND]
            place = 1 / (found.index(search.goal) + 1) if search.goal in found else 0.0
            places[name].append(place)
            places[f"{name}_{search.kind.replace(' ', '_')}"].append(place)
    return {f"peers_{name}_mrr": round(statistics.fmean(values), 4) for name, values in places.items()}


def write_by_atuin(env: dict[str, str], folder: Path) -> Path:
    env = env | {"PWD": str(folder)}
    for line in WRITTEN:
        number = run(["atuin", "history", "start", "--", line], env, folder).strip()
        run(["atuin", "history", "end", "--exit", str(int(line == "false")), "--", number], env, folder)
    return next(file for file in Path(env["HOME"]).rglob("history.db"))


def write_by_mcfly(env: dict[str, str], folder: Path) -> Path:
    Path(env["MCFLY_HISTORY"]).touch()
    for number, line in enumerate(WRITTEN):
        words = ["mcfly", "add", "--exit", str(int(line == "false")), "--when", str(FIRST + number)]
        run([*words, "--dir", str(folder), "--", line], env, folder)
    return next(file for file in Path(env["HOME"]).rglob("history.db"))


WRITERS = {"atuin": write_by_atuin, "mcfly": write_by_mcfly}


def share_taken_in(name: str) -> float:
    """Return the share of the lines of a program's own history that `caro import` has given back whole."""
    with tempfile.TemporaryDirectory() as place:
        home, folder = Path(place, "home").resolve(), Path(place, "in a folder").resolve()
        home.mkdir()
        folder.mkdir()
        env = environment(home)
        began = time.time()
        file = WRITERS[name](env, folder)
        caro = str(Path(sys.executable).parent / "caro")
        run([caro, "import", name, "--file", str(file)], env, folder)
        told = [
            json.loads(row) for row in run([caro, "history", "--json", "-n", "0"], env, folder).splitlines()
        ]
    whole = [row["line"] for row in told if row["cwd"] == str(folder) and is_right(row, name, began)]
    return round(sum(min(whole.count(line), WRITTEN.count(line)) for line in set(WRITTEN)) / len(WRITTEN), 4)


def is_right(row: dict[str, Any], name: str, began: float) -> bool:
    """True if status and time are what was written."""
    at = datetime.fromisoformat(row["ts"]).timestamp()
    first = FIRST if name == "mcfly" else began
    return row["exit_code"] == int(row["line"] == "false") and first - 1 <= at <= first + 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=Path)
    parser.add_argument("--count", type=int, default=SEARCHES)
    args = parser.parse_args()
    there = {name for name in CRATES if program(name)}
    finds: dict[str, Finds] = {"caro_pick": by_pick}
    finds |= {"fzf": by_fzf} if shutil.which("fzf") else {}
    finds |= {"atuin": by_atuin} if "atuin" in there else {}
    with tempfile.TemporaryDirectory() as folder:
        made = list(searches(args.lines, args.count, Path(folder)))
    figures = accuracy(finds, made)
    figures |= {f"peers_import_{name}_share": share_taken_in(name) for name in sorted(there)}
    versions = ", ".join(f"{name} {CRATES[name]}" for name in sorted(there))
    json.dump({"figures": figures, "notes": [f"{len(made)} searches; {versions}"]}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
