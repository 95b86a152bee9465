"""What reading the log costs: index, filtered `caro log`, `caro log --last`, `caro import`, memory. Prints JSON.

`--short` takes 100,000 events instead of 1,000,000. Index building is also given as a ratio to the CPU time of
a plain scan in the same process, which says more than seconds on a busy machine.
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

WORDS = (
    "status commit -m --amend src/app/main.c build/main.o -O2 -Wall install node_modules/left-pad/index.js -c foo"
    " tests/test_main.py http://localhost:8080/x /etc/hosts"
).split()
TOOLS = "git npm python3 gcc make cat ls sh bash node".split()
START = 1_790_000_000.0
RUNS = 7
COMMON, RARE = "commonword", "rareneedle"


def write_log(log: Path, count: int, per_session: int) -> None:
    """Events like those of a build: ten tools, up to seven arguments, one in seven of them unlike all others."""
    from caro.model import Event
    from caro.record import uuid7
    from caro.record.times import seconds_ts
    from caro.record.writer import encode_event

    rng = random.Random(7)
    session, now = "", START
    with log.open("wb") as out:
        for number in range(count):
            now += rng.random() * 0.2
            ms = int(now * 1000)
            if number % per_session == 0:
                session = uuid7.new(ms)
            tool = rng.choice(TOOLS)
            argv = [tool] + [rng.choice(WORDS) + _suffix(rng, count) for _ in range(rng.randrange(1, 8))]
            event = Event(
                v=1,
                id=uuid7.new(ms),
                kind="exec",
                source="shim",
                ts=seconds_ts(now),
                session_id=session,
                parent_id=session,
                command=tool,
                argv=argv,
                path=f"/usr/bin/{tool}",
                cwd=f"/home/u/project/{number % 50}",
                pid=1000 + number % 30000,
                ppid=999,
                user="u",
                host="h",
                platform="linux",
                exit_code=rng.choice([0] * 20 + [1, 2, 127]),
                duration_ms=round(rng.expovariate(0.05), 3),
                mode="noninteractive",
                tty=False,
            )
            out.write(encode_event(event))


def write_chain(log: Path, count: int) -> None:
    """One session whose every command started the next."""
    from caro.model import Event
    from caro.record import uuid7
    from caro.record.times import seconds_ts
    from caro.record.writer import encode_event

    session = uuid7.new(int(START * 1000))
    with log.open("wb") as out:
        for number in range(count):
            event = Event(v=1, id=f"e{number}", kind="exec", source="shim", ts=seconds_ts(START + number / 1000),
                          session_id=session, parent_id=f"e{number - 1}", command="sh", argv=["sh", "-c", "true"],
                          cwd="/", pid=1000 + number, exit_code=0, duration_ms=1.0)  # fmt: skip
            out.write(encode_event(event))


def write_history(history: Path, count: int) -> None:
    """A history of bash with times, whose lines are all unlike: one in fourteen holds a secret."""
    rng, now = random.Random(7), 1_500_000_000
    forms = [*(f"{tool} {{}} src/{{}} --level={{}}" for tool in (*TOOLS, "docker", "ssh", "tar")),
             "export API_TOKEN=kQ3vX9pLm2Zt{}x {} {}"]  # fmt: skip
    with history.open("w", encoding="utf-8") as out:
        for _ in range(count):
            now += rng.randrange(1, 400)
            line = rng.choice(forms).format(rng.randrange(count), rng.choice(WORDS), rng.randrange(100_000))
            out.write(f"#{now}\n{line}\n")


def write_typed(log: Path, count: int) -> None:
    """Typed lines, two in five of them typed before: one in twenty has a common word, one a word that no other has."""
    from caro.model import Event
    from caro.record import uuid7
    from caro.record.times import seconds_ts
    from caro.record.writer import encode_event

    rng, now, session = random.Random(11), START, ""
    with log.open("wb") as out:
        for number in range(count):
            now += rng.random() * 60
            if number % 500 == 0:
                session = uuid7.new(int(now * 1000))
            words = [
                rng.choice(TOOLS),
                *(rng.choice(WORDS) + _suffix(rng, count) for _ in range(rng.randrange(5))),
            ]
            words += [COMMON] * (number % 20 == 0) + [RARE] * (number == count // 2)
            event = Event(v=1, id=uuid7.new(int(now * 1000)), kind="line", source="prompt", ts=seconds_ts(now),
                          session_id=session, text=" ".join(words), cwd=f"/home/u/project/{number % 50}", pid=1000,
                          exit_code=rng.choice([0] * 20 + [1, 2, 127]), duration_ms=1.5, tty=True)  # fmt: skip
            out.write(encode_event(event))


def measure_typed(folder: Path, count: int) -> dict[str, float]:
    """Searches and counts of typed lines, with the index that the first search made."""
    env = {"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    log = folder / "typed.jsonl"
    write_typed(log, count)
    caro = [sys.executable, "-m", "caro"]
    history, last = [*caro, "history", "--log", str(log), "--grep"], ["-n", "20"]
    began = used_by_children()
    subprocess.run([*history, RARE], env=env, stdout=subprocess.DEVNULL, check=True)
    indexed = used_by_children() - began
    start = median_ms([*caro, "history", "--help"], env)
    every = median_ms([*history, COMMON], env)
    return {
        "record_typed_index_us_a_line": indexed / count * 1e6,
        "record_history_common_over_start_ms": median_ms([*history, COMMON, *last], env) - start,
        "record_history_rare_over_start_ms": median_ms([*history, RARE, *last], env) - start,
        "record_history_print_us_a_hit": (every - start) / (count / 20) * 1000,
        "record_typed_stats_over_start_ms": median_ms([*caro, "stats", "--log", str(log)], env) - start,
    }


def used_by_children() -> float:
    """CPU seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure_import(history: Path, count: int, env: dict[str, str]) -> dict[str, float]:
    """The CPU time of a line and the memory of the whole `caro import`."""
    words = [sys.executable, "-m", "caro", "import", "bash", "--file", str(history)]
    process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return {
        "record_import_us_a_line": (used.ru_utime + used.ru_stime) / count * 1e6,
        "record_import_rss_mb": used.ru_maxrss / 1024,
    }


def _suffix(rng: random.Random, count: int) -> str:
    return str(rng.randrange(count)) if rng.random() < 0.15 else ""


def measure_index(log: Path, db: Path) -> dict[str, float]:
    """Scan, then build; run in a process of its own, whose memory is measured."""
    from caro.record.index import Index
    from caro.record.reader import BadLines, Snapshot, scan_file

    with Snapshot(log) as snapshot:
        began = time.process_time()
        count = sum(1 for file in snapshot.files for _ in scan_file(file, BadLines()))
        scan = time.process_time() - began
        began, wall = time.process_time(), time.perf_counter()
        index = Index(db)
        index.update(snapshot)
        index.close()
        build, wall = time.process_time() - began, time.perf_counter() - wall
    return {
        "events": count,
        "per_s": count / wall,
        "per_cpu_s": count / build,
        "scan_ratio": build / scan,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "db_mb": db.stat().st_size / (1 << 20),
    }


def median_ms(command: list[str], env: dict[str, str]) -> float:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def measure(folder: Path, count: int) -> dict[str, Any]:
    caro = [sys.executable, "-m", "caro"]
    env = {"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    small, large = folder / "small.jsonl", folder / ".trace_shell.jsonl"
    write_log(small, 10_000, 500)
    write_log(large, count, 500)
    db = folder / ".local" / "share" / "caro" / "index.db"
    child = subprocess.run(
        [sys.executable, __file__, "--index", str(large), str(db)], stdout=subprocess.PIPE, check=True
    )
    built = json.loads(child.stdout)
    start = median_ms([*caro, "log", "--help"], env)
    wanted = ["--command", "git", "--failed", "--cwd", "/home/u/project/7", "--since", "2026-01-01"]
    filtered = median_ms([*caro, "log", *wanted], env)
    grep = median_ms([*caro, "log", "--grep", "main.c123", "--failed"], env)
    stats = median_ms([*caro, "stats"], env)
    chain = folder / "chain.jsonl"
    write_chain(chain, count // 10)
    tree = median_ms([*caro, "tree", "--log", str(chain)], env)
    chain_log = median_ms([*caro, "log", "--full", "--log", str(chain)], env)
    last = median_ms([*caro, "log", "--last", "--log", str(small)], env)
    last_of_many = median_ms([*caro, "log", "--last"], env)
    history = folder / "bash_history"
    write_history(history, count)
    imported = measure_import(history, count, env)
    return {
        **imported,
        **measure_typed(folder, count),
        "record_index_events_per_s": built["per_s"],
        "record_index_events_per_cpu_s": built["per_cpu_s"],
        "record_index_scan_ratio": built["scan_ratio"],
        "record_index_rss_mb": built["rss_mb"],
        "record_index_db_mb": built["db_mb"],
        "record_log_filtered_over_start_ms": filtered - start,
        "record_log_grep_over_start_ms": grep - start,
        "record_log_start_ms": start,
        "record_stats_over_start_ms": stats - start,
        "record_tree_chain_ms": tree,
        "record_tree_chain_ratio": tree / chain_log,
        "record_log_last_10k_ms": last,
        "record_log_last_10k_ratio": last / start,
        "record_log_last_of_all_ms": last_of_many,
    }


def main() -> None:
    if sys.argv[1:2] == ["--index"]:
        Path(sys.argv[3]).parent.mkdir(parents=True, exist_ok=True)
        print(json.dumps(measure_index(Path(sys.argv[2]), Path(sys.argv[3]))))
        return
    count = 100_000 if "--short" in sys.argv else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), count)
    print(json.dumps({"figures": figures, "notes": [f"record: {count} events, 500 a session"]}))


if __name__ == "__main__":
    main()
