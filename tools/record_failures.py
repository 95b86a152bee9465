"""Records real failures: runs wrong commands in a scratch folder and keeps what they printed.

    python tools/record_failures.py --set development --seed 1 > tests/fix/cases/typos_development.jsonl
    python tools/record_failures.py --scenarios > tests/fix/cases/semantic.jsonl

Each right command of `failures.toml` is spoilt by one slip of a finger in its marked word: a letter dropped,
doubled, swapped with the next, replaced by or joined by the one beside it on the keyboard. Only commands that fail
are kept. Nothing harmful is in the list; HOME and the folder are scratch, and every command has five seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROWS = ("1234567890-", "qwertyuiop", "asdfghjkl", "zxcvbnm")
SCRATCH_FILES = (
    "a", "b", "a.c", "README.md", "notes.txt", "CHANGELOG.md", "package.json", "src/main.py", "docs/guide/intro.md",
    "logs/server.log", "tools/deploy.py", "tools/setup.sh", "tools/index.js", "tools/env.sh", "config/settings.yaml",
    "assets/images/a.png", "assets/logo.svg", "backups/site.tar", "native/main.c", "native/Makefile",
)  # fmt: skip


def beside(letter: str) -> str:
    """The keys next to one on its row and the rows around it."""
    for at, row in enumerate(ROWS):
        place = row.find(letter)
        if place >= 0:
            near = [row[place - 1 : place], row[place + 1 : place + 2]]
            near += [other[place : place + 1] for other in ROWS[max(0, at - 1) : at + 2] if other != row]
            return "".join(key for key in near if key.isalpha())
    return ""


def spoilt(word: str, rng: random.Random) -> str:
    """The word after one slip; leading dashes and the root's slash are hit by nobody."""
    places = [at for at, letter in enumerate(word) if letter.isalnum()]
    if len(places) < 2:
        return word
    at = rng.choice(places)
    letter = word[at]
    kind = rng.choice(("drop", "double", "swap", "swap", "replace", "insert"))
    near = beside(letter.lower()) or letter
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[:at] + letter + word[at:]
    if kind == "swap":
        return word[:at] + word[at + 1 : at + 2] + letter + word[at + 2 :] if at + 1 in places else word
    if kind == "replace":
        return word[:at] + rng.choice(near) + word[at + 1 :]
    return word[: at + 1] + rng.choice(near) + word[at + 1 :]


def prepare(folder: Path) -> None:
    for name in SCRATCH_FILES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}\n")
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    subprocess.run(
        [
            "git",
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@example.org",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "x",
        ],
        cwd=folder,
        check=True,
    )


def run(command: str, folder: Path, locale: str, prefix: Sequence[str] = ()) -> tuple[int, str] | None:
    real = Path.home()
    # Tools that look for themselves below HOME must still be found.
    env = {
        "RUSTUP_HOME": f"{real}/.rustup",
        "CARGO_HOME": f"{real}/.cargo",
        "GOCACHE": "/tmp/gocache",
    } | os.environ
    env |= {
        "HOME": str(folder),
        "LC_ALL": locale,
        "PAGER": "cat",
        "TERM": "dumb",
        "AWS_PAGER": "",
    }
    try:
        done = subprocess.run(
            [*prefix, "bash", "-c", command],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=20,
        )
    except subprocess.TimeoutExpired:
        return None
    shown = done.stdout.decode(errors="replace").replace(str(folder), "/home/u/work")
    return done.returncode, shown.replace(f"{real}/", "/home/u/")[:8000]


def cases(
    lines: str, kind: str, rng: random.Random, each: int, folder: Path, locale: str
) -> list[dict[str, object]]:
    found = []
    for line in lines.split("\n"):
        match = re.search("«(.*)»", line)
        if match is None:
            continue
        right = line.replace("«", "").replace("»", "")
        wrong_words = {spoilt(match[1], rng) for _ in range(each * 2)} - {match[1]}
        for word in sorted(wrong_words)[:each]:
            wrong = line[: match.start()] + word + line[match.end() :]
            if kind == "exe" and shutil.which(word):
                continue
            outcome = run(wrong, folder, locale)
            if outcome is None or outcome[0] in (0, 124, 137, 141):
                continue
            if kind in ("sub", "option") and outcome[0] == 127:
                continue  # the tool isn't installed here
            row = {"kind": kind, "tool": right.split()[0], "command": wrong, "output": outcome[1]}
            row |= {"exit_code": outcome[0], "expected": [right]}
            if kind == "path" and not match[1].startswith("/"):
                row["cwd"] = "scratch"
            found.append(row)
    return found


def written_cases(lines: str, kind: str, folder: Path, locale: str) -> list[dict[str, object]]:
    """Wrong lines as they stand, `wrong => right | right`, each played; what succeeds is no failure."""
    found = []
    for line in lines.strip().split("\n"):
        wrong, _, rest = line.partition(" => ")
        expected = [right.strip() for right in rest.split(" | ")]
        outcome = run(wrong, folder, locale)
        missing = outcome is not None and outcome[0] == 127 and wrong.split()[0] == expected[0].split()[0]
        if outcome is None or outcome[0] in (0, 124, 137, 141) or missing:
            continue
        row = {"kind": kind, "tool": expected[0].split()[0], "command": wrong, "output": outcome[1]}
        found.append(row | {"exit_code": outcome[0], "expected": expected, "cwd": "scratch"})
    return found


def told_cases(table: dict[str, Any], rng: random.Random, each: int) -> list[dict[str, object]]:
    """Slips in the commands of a tool that isn't here, with what its manual or source says that it prints."""
    found = []
    for line in str(table["lines"]).split("\n"):
        match = re.search("«(.*)»", line)
        if match is None:
            continue
        right = line.replace("«", "").replace("»", "")
        good, tool = match[1].split("=")[0], right.split()[0].removeprefix("./")
        for word in sorted({spoilt(match[1], rng) for _ in range(each * 3)} - {match[1]})[:each]:
            bad = word.split("=")[0]
            output = str(table["output"]).replace("{bad}", bad).replace("{bare}", bad.lstrip("-"))
            row = {
                "kind": table["kind"],
                "tool": tool,
                "command": line[: match.start()] + word + line[match.end() :],
            }
            row |= {"output": output.replace("{good}", good).replace("{tool}", tool)}
            found.append(row | {"exit_code": table["exit"], "expected": [right]})
    return found


def scenario_case(scenario: dict[str, object], locale: str) -> dict[str, object] | None:
    """One situation of `scenarios.toml`, played in a folder of its own unless what it prints is written down."""
    if "output" in scenario:
        typed, expected = str(scenario["command"]), scenario["expected"]
        row = {"kind": "semantic" if expected else "none", "tool": typed.split()[0], "command": typed}
        row |= {
            key: scenario[key] for key in ("output", "shell", "silent_or") if scenario.get(key) is not None
        }
        return row | {"exit_code": scenario["exit"], "expected": expected}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        identity = {
            f"GIT_{who}_{what}": "x@example.org"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        os.environ.update(identity)
        if scenario.get("setup"):
            run(str(scenario["setup"]), folder, locale)
        command = str(scenario["command"])
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if scenario.get("user") else []
        outcome = run(command, folder / str(scenario.get("folder", "")), locale, user)
    if outcome is None or outcome[0] == 0:
        print(f"record_failures: did not fail: {command}", file=sys.stderr)
        return None
    expected = scenario["expected"]
    typed = str(scenario.get("as", command))
    kind = "semantic" if expected else "none"
    row = {
        "kind": kind,
        "tool": typed.split()[0],
        "command": typed,
        "output": outcome[1].replace(name, "/home/u/work"),
    }
    return row | {"exit_code": outcome[0], "expected": expected}


def answers(table: dict[str, Any]) -> list[dict[str, object]]:
    """Scenarios without a fix, many commands of one situation."""
    return [
        {"setup": group["setup"], "command": command, "expected": []}
        for group in table.get("answers", ())
        for command in group["commands"].split("\n")
        if command
    ] + [{"output": None} | told | {"expected": []} for told in table.get("none", ())]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--scenarios", nargs="?", const="scenarios.toml", help="play the situations of that file instead"
    )
    parser.add_argument("--set", default="development", help="a table of failures.toml")
    parser.add_argument("--file", default="failures.toml", help="where that table is")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=2, help="wrong commands for each right one")
    parser.add_argument("--locale", default="C.UTF-8")
    parser.add_argument("--blind", type=int, default=0, help="leave the output out of each so manieth case")
    options = parser.parse_args()
    for number, row in enumerate(rows(options), 1):
        if options.blind and number % options.blind == 0:
            row.pop("output", None)
        print(json.dumps(row, ensure_ascii=False))
    return 0


def rows(options: argparse.Namespace) -> Iterator[dict[str, object]]:
    if options.scenarios:
        table = tomllib.loads((Path(__file__).parent / options.scenarios).read_text())
        for scenario in [*table["scenario"], *answers(table)]:
            if (row := scenario_case(scenario, options.locale)) is not None:
                yield row
        return
    tables = tomllib.loads((Path(__file__).parent / options.file).read_text())
    table = tables[options.set]
    rng = random.Random(options.seed)
    for kind, lines in table.items():
        # A folder for each kind: a spoilt command that works after all must not change what the next one sees.
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            prepare(folder)
            yield from cases(lines, kind, rng, options.each, folder, options.locale)
    for kind, lines in tables.get("written", {}).items():
        with tempfile.TemporaryDirectory() as name:
            prepare(Path(name))
            yield from written_cases(lines, kind, Path(name), options.locale)
    for told in tables.get("told", ()):
        yield from told_cases(told, rng, options.each)


if __name__ == "__main__":
    sys.exit(main())
