"""Words into commands: right programs on the repository's own requests and on sets kept apart (`--requests FILE`), the
other languages, requests that only ask, and what an answer costs, warm and as a process of its own. Prints JSON.
Nothing is run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from caro.ask.answer import Suggestion

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "ask"
COLD = ("show the last 5 commits", "files over 10 MB changed this week", "restart nginx")
_LEFT_OUT = frozenset("sudo env time command nohup".split())

Request = tuple[str, frozenset[str]]
Figures = dict[str, float | None]


def head_of(command: str) -> str:
    """Return the first utility of a command; sudo, env, time and variables are left out."""
    for word in command.split():
        bare = re.sub(r"^\w+=(?:\$\()?", "", word).strip("({);")
        if bare and bare not in _LEFT_OUT:
            return bare.rsplit("/", 1)[-1]
    return ""


def own_requests() -> list[Request]:
    lines = (CASES / "requests.txt").read_text("utf-8").splitlines()
    rows = (line.partition(": ") for line in lines if line and not line.startswith("#"))
    return [(words, frozenset(heads.split())) for heads, _, words in rows]


def requests_of(path: str) -> list[Request]:
    """Return the requests of a file of JSON Lines: `words`, and `command`, a right one or a list of them."""
    found = []
    for line in Path(path).read_text("utf-8").splitlines():
        row = json.loads(line)
        commands = row["command"] if isinstance(row["command"], list) else [row["command"]]
        found.append((row["words"], frozenset(map(head_of, commands))))
    return found


def answers(words: str) -> list[Suggestion]:
    from caro.ask.answer import suggestions
    from caro.knowledge import shipped

    return suggestions(words, shipped(), lambda _name: True)


def accuracy(requests: list[Request], name: str) -> Figures:
    first = third = 0
    for words, heads in requests:
        told = [head_of(suggestion.command) for suggestion in answers(words)[:3]]
        first += bool(told) and told[0] in heads
        third += bool(heads.intersection(told))
    count = max(1, len(requests))
    return {f"ask_{name}_top1": first / count, f"ask_{name}_top3": third / count}


def languages(short: bool) -> Figures:
    """Share of the wordings in other languages, names and values put in, that give their template's program."""
    from caro.ask.index import SLOT

    table = tomllib.loads((ROOT / "src/caro/ask/translations.toml").read_text("utf-8"))
    right = count = 0
    for template, wordings in list(table["said"].items())[:: 6 if short else 1]:
        for wording in re.split(r"; | \| ", wordings):
            told = answers(SLOT.sub(_sample, wording))
            count += 1
            right += bool(told) and head_of(told[0].command) == head_of(SLOT.sub("x", template))
    return {"ask_languages_top1": right / count}


def _sample(slot: re.Match[str]) -> str:
    samples = {
        "file": "a.txt",
        "dir": "src",
        "num": "5",
        "url": "https://example.com/a.git",
        "host": "web.example.com",
    }
    return samples.get(slot[1], "zork")


def asking(short: bool) -> Figures:
    """Share of requests that only ask where what comes first changes something."""
    table = tomllib.loads((CASES / "asking.toml").read_text("utf-8"))
    forms, things = table["forms"].strip().splitlines(), table["things"].strip().splitlines()
    requests = [form.format(thing) for form in forms for thing in things][:: 5 if short else 1]
    wrong = sum(bool(told) and told[0].changes for told in map(answers, requests))
    return {"ask_changes_wrong": wrong / len(requests)}


def warm(requests: list[Request]) -> Figures:
    """CPU time of an answer with everything loaded, each request for the first time."""
    answers("list files")
    times = []
    for words, _heads in requests:
        begin = time.thread_time_ns()
        answers(words)
        times.append((time.thread_time_ns() - begin) / 1e6)
    times.sort()
    return {"ask_warm_p50_ms": times[len(times) // 2], "ask_warm_p99_ms": times[int(len(times) * 0.99)]}


def cold() -> Figures:
    """CPU time of `caro ask` as a process, no daemon, the judge's part with it; and as many times that of Python's
    own start with the standard library that it needs anyway."""
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "PATH": os.environ["PATH"], "XDG_STATE_HOME": home}
        words = [[sys.executable, "-m", "caro", "ask", "--no-model", request] for request in COLD]
        spent = min(_cpu(one, env) for one in [*words, *words])
        bare = min(_cpu([sys.executable, "-m", "caro", "--version"], env) for _ in range(4))
    return {"ask_cold_ms": spent, "ask_cold_ratio": spent / bare}


def _cpu(words: list[str], env: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, env=env, stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def size() -> Figures:
    folder = ROOT / "src" / "caro" / "ask"
    return {"ask_index_mib": sum(file.stat().st_size for file in folder.glob("*.json")) / 2**20}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python bench/ask_bench.py", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a part of the requests")
    parser.add_argument("--requests", metavar="FILE", help="measure these alone (JSON Lines: words, command)")
    args = parser.parse_args()
    if args.requests:
        print(json.dumps(accuracy(requests_of(args.requests), "file")))
        return
    requests = own_requests()
    figures: dict[str, Any] = accuracy(requests, "own") | languages(args.short) | asking(args.short)
    figures |= warm(requests) | cold() | size()
    print(json.dumps({"figures": figures, "notes": []}))


if __name__ == "__main__":
    main()
