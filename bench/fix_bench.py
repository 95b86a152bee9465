"""Fixes: from prompt to suggestion in the daemon, what a spec costs, right answers on the repository's own sets; in
the long run also thefuck as a program, on the same cases. Prints JSON. No failed command is run by Caro.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests/fix/cases"
sys.path.insert(0, str(ROOT / "tests"))
TYPOS = ("typos_by_others", "typos_other_tools", "typos_many_tools", "typos_mixed")
OTHER = ("semantic_by_tool",)
SHORT = 150
PEER_CASES = 30
PEER_SECONDS = 10

Case = dict[str, Any]
Figures = dict[str, float | None]


def cases_of(name: str) -> list[Case]:
    rows = [json.loads(line) for line in (CASES / f"{name}.jsonl").read_text("utf-8").splitlines()]
    return [row for row in rows if not row.get("cwd")]


def every(cases: list[Case], count: int) -> list[Case]:
    """About `count` of them, spread over the whole, the same ones each time."""
    return cases[:: max(1, len(cases) // count)]


def squeezed(line: str) -> str:
    return " ".join(line.split())


def is_right(case: Case, line: str) -> bool:
    return squeezed(line) in {squeezed(right) for right in case["expected"]}


def at(times: list[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


def in_daemon(cases: list[Case], home: Path) -> Figures:
    """A failed line as the daemon's worker sees it, judged by the guard, output known. CPU time: nothing is waited for
    but folders."""
    from caro.daemon.fixes import FixerOfDaemon
    from caro.engine.guard import Guard
    from caro.fix.model import Failure
    from caro.settings import load_settings

    env = {"HOME": str(home), "PATH": os.environ["PATH"], "XDG_STATE_HOME": str(home)}
    settings = load_settings(env)
    helper = FixerOfDaemon(Guard(settings, env, print), settings, env, lambda _message: None).helper
    times = []
    for case in cases:
        shell = case.get("shell", "bash")
        failure = Failure(case["command"], case["exit_code"], case.get("output"), shell, str(home))
        start = time.thread_time_ns()
        helper.fixes(failure, env["PATH"])
        times.append((time.thread_time_ns() - start) / 1e6)
    return {"fix_daemon_p50_ms": at(times, 0.5), "fix_daemon_p99_ms": at(times, 0.99)}


def specs() -> Figures:
    """Each entry for the first time, and what all that a day needs takes of memory."""
    from caro.machine.inventory import DATA, Machine

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    machine = Machine(os.environ["PATH"], DATA / "specs.bin")
    if machine.specs is None:
        raise SystemExit("bench: specs.bin is not built: `make tables`")
    names = machine.specs.names()
    times = []
    for name in [*names[:: max(1, len(names) // 200)], "git", "docker", "kubectl", "aws", "npm", "gcloud"]:
        start = time.thread_time_ns()
        machine.specs.node(name)
        times.append((time.thread_time_ns() - start) / 1e6)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {"fix_spec_p99_ms": at(times, 0.99), "fix_spec_mib": grown}


def accuracy(fixer: Any, cases: list[Case], prefix: str) -> Figures:
    from caro.fix.model import Failure

    first = third = wrong = 0
    for case in cases:
        failure = Failure(case["command"], case["exit_code"], case.get("output"), case.get("shell", "bash"))
        offered = [fix.command for fix in fixer.fixes(failure).fixes[:3]]
        first += bool(offered) and is_right(case, offered[0])
        third += any(is_right(case, line) for line in offered)
        wrong += bool(offered) and not is_right(case, offered[0])
    count = max(1, len(cases))
    return {
        f"{prefix}_top1": first / count,
        f"{prefix}_top3": third / count,
        f"{prefix}_wrong": wrong / count,
    }


def suggested(fixer: Any, cases: list[Case]) -> float:
    from caro.fix.model import Failure

    shown = 0
    for case in cases:
        shown += bool(fixer.fixes(Failure(case["command"], case["exit_code"], case["output"])).fixes)
    return shown / max(1, len(cases))


def right_lines_suggested(fixer: Any, home: Path, count: int) -> float:
    """Share of ordinary lines with nothing to mend that get a suggestion all the same, asked about as if each failed
    for a reason of its own: status 1, nothing printed. (With status 0 the engine answers nothing by itself.)"""
    from caro.fix.model import Failure
    from redact.corpora import ordinary_lines

    lines = ordinary_lines(count)
    return sum(bool(fixer.fixes(Failure(line, 1, None, "bash", str(home))).fixes) for line in lines) / count


def path_of_cases(home: Path) -> str:
    """Return this machine's PATH, and behind it the well-known programs that the cases were recorded with: a fix names
    no program that isn't there."""
    from caro.machine.inventory import Machine

    folder = home / "programs"
    folder.mkdir(exist_ok=True)
    for name in Machine("").common:
        (folder / name).touch(0o755)
    return f"{os.environ['PATH']}:{folder}"


def own_sets(home: Path, short: bool) -> Figures:
    from caro.engine.process import helper_of

    fixer = helper_of({"HOME": str(home), "PATH": path_of_cases(home)}, lambda _message: None, learns=False)
    figures: Figures = {}
    for name in TYPOS:
        cases = cases_of(name)
        figures |= accuracy(fixer, every(cases, SHORT) if short else cases, f"fix_{name}")
    for name in OTHER:
        cases = cases_of(name)
        figures |= accuracy(fixer, [case for case in cases if case["expected"]], "fix_semantic_by_tool")
        none = [case for case in cases if not case["expected"]]
        figures["fix_none_suggested"] = suggested(fixer, none)
    figures["fix_right_line_suggested"] = right_lines_suggested(fixer, home, 500 if short else 2000)
    return figures


# -- the peer: a black box in an environment of its own


def peer_program(folder: Path) -> str | None:
    """thefuck, installed anew; None where no Python here still runs it or no registry answers."""
    python = next((found for v in ("3.11", "3.10", "3.9") if (found := shutil.which(f"python{v}"))), None)
    if python is None:
        return None
    steps = (
        [python, "-m", "venv", str(folder / "v")],
        [str(folder / "v/bin/pip"), "install", "-q", "setuptools<80", "thefuck"],
    )
    for words in steps:
        if subprocess.run(words, capture_output=True, timeout=600).returncode != 0:
            return None
    program = folder / "v/bin/thefuck"
    works = subprocess.run([program, "--version"], capture_output=True, timeout=60).returncode == 0
    return str(program) if works else None


def peer(cases: list[Case], home: Path) -> Figures:
    """Its first answer and its time, the failed command that it runs once more included. Only commands of which
    nothing is lost when they run again."""
    names = ("fix_thefuck_top1", "fix_thefuck_wrong", "fix_thefuck_p50_ms")
    with tempfile.TemporaryDirectory() as folder:
        program = peer_program(Path(folder))
        if program is None:
            return dict.fromkeys(names, None)
        env = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TF_SHELL": "bash",
               "TF_ALIAS": "fuck", "PYTHONIOENCODING": "utf-8", "TERM": "dumb"}  # fmt: skip
        times, right, wrong = [], 0, 0
        for case in cases:
            start = time.perf_counter()
            said = _asked(program, case["command"], env, home)
            times.append((time.perf_counter() - start) * 1000)
            right += is_right(case, said)
            wrong += bool(said) and not is_right(case, said)
    return {names[0]: right / len(cases), names[1]: wrong / len(cases), names[2]: at(times, 0.5)}


def _asked(program: str, command: str, env: dict[str, str], home: Path) -> str:
    try:
        done = subprocess.run(
            [program, "THEFUCK_ARGUMENT_PLACEHOLDER", "-y"],
            env=env | {"TF_HISTORY": command}, cwd=home,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PEER_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.strip()


def harmless(cases: list[Case]) -> list[Case]:
    """Slips that end before anything is done: an unknown program, sub-command or option."""
    return [case for case in cases if case["kind"] in ("exe", "sub", "subcmd", "option")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    short = parser.parse_args().short
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        home = Path(name)
        figures = specs()
        some = [case for set_name in (*TYPOS, *OTHER) for case in every(cases_of(set_name), SHORT)]
        figures |= in_daemon(some, home)
        figures |= own_sets(home, short)
        if not short:
            from caro.engine.process import helper_of

            same = every(harmless(cases_of("typos_other_tools")), PEER_CASES)
            figures |= peer(same, home)
            fixer = helper_of(
                {"HOME": name, "PATH": path_of_cases(home)}, lambda _message: None, learns=False
            )
            own = accuracy(fixer, same, "x")
            figures |= {f"fix_caro_same_{name}": own[f"x_{name}"] for name in ("top1", "top3", "wrong")}
    print(json.dumps({"figures": figures, "notes": []}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
