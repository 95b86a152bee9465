"""Plugins and a team's policy: what a daemon without programs pays, a question to a program, lines that a policy is
tried on. Prints JSON. `--short` leaves out the replay of 1,000,000 events.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POLICY = b'[policy]\nname = "b"\nserial = 1\n[safety.commands]\n"^git push" = "confirm"\n"kubectl delete" = "block"\n'
FORMS = (
    "git commit -m 'fix {n}'", "git checkout feature-{n}", "git push origin feature-{n}", "docker logs -f c{n}",
    "docker build -t app:{n} .", "kubectl get pods -n ns{n}", "kubectl delete pod pod-{n}", "cd /srv/p{n}",
    "vim src/f{n}.py", "make -j4 t{n}", "rm build/{n}.o", "rm -rf build/{n}", "python3 script_{n}.py --seed {n}",
    "curl -s https://example.org/api/{n} | jq .", "grep -rn 'needle{n}' src", "ssh host{n} uptime",
    "for i in $(seq {n}); do echo $i; done", "tar xf a{n}.tgz -C /tmp/b{n}",
)  # fmt: skip


def idle() -> dict[str, float]:
    """What importing the daemon costs because programs may exist: modules of theirs, and the step at its start."""
    code = (
        "import sys, time, caro.daemon.run as run\n"
        "from caro.settings import load_settings\n"
        "d = run.Daemon.__new__(run.Daemon); d.plugged = None; s = load_settings({'HOME': '/nonexistent'})\n"
        "t = time.perf_counter(); d._use_plugins(s); t = time.perf_counter() - t\n"
        "print(1000 * t, sum('plug' in name for name in sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    return {"plugin_none_start_ms": round(float(told[0]), 4), "plugin_none_modules": float(told[1])}


def asked() -> dict[str, float]:
    """A question to a program that answers at once."""
    from caro.additions import read_plugin
    from caro.plugins.folder import write_skeleton
    from caro.plugins.process import Process, ask_all
    from caro.plugins.starts import start_of
    from caro.settings import load_settings

    with tempfile.TemporaryDirectory() as aside:
        write_skeleton(Path(aside) / "kube", "kube", "program")
        process = Process(
            start_of(read_plugin(Path(aside) / "kube"), load_settings({"HOME": "/nonexistent"}))
        )
        process.begin()
        times = []
        fields = {"line": "kube-demo list", "cwd": "/", "agent": "", "action": "allow"}
        for _ in range(2000):
            start = time.perf_counter()
            if list(ask_all([process], "rule", fields, 5.0)):
                times.append(1e6 * (time.perf_counter() - start))
        process.stop("measured")
        process.reap()
    return {"plugin_ask_p50_us": round(statistics.median(times), 1)}


def judged(count: int) -> dict[str, float]:
    """What one distinct line costs, now and with the policy."""
    from caro.additions import policy_of
    from caro.policy.replay import Judge
    from caro.settings import load_settings

    judge = Judge(policy_of(POLICY, "team", "/p"), load_settings({"HOME": "/nonexistent"}))
    keys = [
        (random.Random(number).choice(FORMS).format(n=number), "/srv/p", "") for number in range(count + 50)
    ]
    judge.all(keys[:50])
    start = time.process_time()
    judge.all(keys[50:])
    return {"policy_replay_cpu_us": round(1e6 * (time.process_time() - start) / count, 1)}


def replayed(events: int, distinct: int) -> dict[str, float | None]:
    """A policy tried on lines that nobody has judged yet, in as many processes as there are cores."""
    from caro.additions import policy_of
    from caro.policy.replay import Line, replay
    from caro.settings import load_settings

    chance = random.Random(1)
    lines = [chance.choice(FORMS).format(n=number) for number in range(distinct)]
    typed = (
        Line("2026-01-02T03:04:05Z", lines[number % distinct], "/srv/p", "u", "h") for number in range(events)
    )
    most = [0]
    ended = threading.Event()
    watcher = threading.Thread(target=watch_memory, args=(most, ended))
    watcher.start()
    start = time.perf_counter()
    found = replay(policy_of(POLICY, "team", "/p"), load_settings({"HOME": "/nonexistent"}), typed)
    took = time.perf_counter() - start
    ended.set()
    watcher.join()
    assert (found.lines, found.distinct) == (events, distinct)
    return {"policy_replay_s": round(took, 1), "policy_replay_mb": round(most[0] / 1024, 1)}


def watch_memory(most: list[int], ended: threading.Event) -> None:
    """Keep in `most` the largest sum of this process and its children hold, in KiB; what they share counts once."""
    while not ended.wait(0.5):
        tasks = Path(f"/proc/{os.getpid()}/task")
        children = [pid for task in tasks.iterdir() for pid in (task / "children").read_text().split()]
        most[0] = max(most[0], sum(map(held, ("self", *children))))


def held(pid: str) -> int:
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(row.split()[1]) for row in rows if row.startswith("Pss:"))


def main() -> None:
    short = "--short" in sys.argv[1:]
    whole = {"policy_replay_s": None, "policy_replay_mb": None} if short else replayed(1_000_000, 100_000)
    figures = {**idle(), **asked(), **judged(2_000), **whole}
    notes = [f"{os.cpu_count()} cores"]
    print(json.dumps({"figures": figures, "notes": notes}))


if __name__ == "__main__":
    main()
