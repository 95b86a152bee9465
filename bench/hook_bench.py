"""caro-hook and the daemon: warm round trips, sick daemons, preexec a second, cold start, memory, idle CPU.

Times of caro-hook are those of a posix_spawn and wait, as a shell pays them; `hook_added_ratio` and
`hook_plain_ratio` (a line whose verdict is not waited for) divide by the same of a bare static program, measured
between them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOOK = ROOT / "src/caro/_bin/caro-hook"
BREAKER_SECONDS = 30
"""How long a shell opens its breaker for; caro-hook does not believe times far beyond that."""
SESSION = "0192f0c1-2345-7abc-8def-0123456789ab"


def make_env(home: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"HOME": str(home), "PATH": path, "CARO_SESSION_ID": SESSION, "LC_ALL": "C.UTF-8"}


def spawn_us(program: str, words: list[str], env: dict[str, str]) -> float:
    start = time.perf_counter_ns()
    pid = os.posix_spawn(program, [program, *words], env)
    os.waitpid(pid, 0)
    return (time.perf_counter_ns() - start) / 1000


class Hooks:
    """Calls of caro-hook as bash makes them, each a line of its own."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env | {"CARO_LINE": 'git commit -m "a message" && make -j2 test'}
        self.seq = int(time.time())

    def once(self, *words: str) -> float:
        self.seq += 1
        options = [
            "preexec",
            "-s",
            "bash",
            "-p",
            str(os.getpid()),
            "-n",
            str(self.seq),
            "-e",
            "0",
            "-d",
            "1500",
        ]
        return spawn_us(str(HOOK), [*options, *words], self.env)


def percentiles(name: str, values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        f"{name}_p50_us": round(statistics.median(ordered), 1),
        f"{name}_p99_us": round(ordered[int(len(ordered) * 0.99)], 1),
    }


def quartile(values: list[float]) -> float:
    return sorted(values)[len(values) // 4]


def bare_program(folder: Path) -> str:
    """A static program that ends at once, where a compiler is found."""
    source = folder / "bare.c"
    source.write_text("int main(void) { return 0; }\n")
    for compiler in ("musl-gcc", "cc"):
        if shutil.which(compiler):
            subprocess.run([compiler, "-Os", "-static", "-o", str(folder / "bare"), str(source)], check=True)
            return str(folder / "bare")
    return "/bin/true"


def warm(env: dict[str, str], folder: Path, count: int) -> dict[str, float]:
    hooks, bare = Hooks(env), bare_program(folder)
    for _ in range(20):
        hooks.once()
    pairs = [(hooks.once(), spawn_us(bare, [], env)) for _ in range(count)]
    ours, bares = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    figures = percentiles("hook_warm", ours) | percentiles("bare_exec", bares)
    # Of the lower quartile, which the machine's other work hardly moves.
    figures["hook_added_ratio"] = round(quartile(ours) / quartile(bares), 3)
    hooks.env = env | {"CARO_LINE": "git status"}
    pairs = [(hooks.once(), spawn_us(bare, [], env)) for _ in range(count)]
    plain, bares = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    figures["hook_plain_ratio"] = round(quartile(plain) / quartile(bares), 3)
    return figures | percentiles("hook_plain", plain)


def no_daemon(env: dict[str, str], count: int) -> dict[str, float]:
    hooks = Hooks(env)
    until = str(int(time.time()) + BREAKER_SECONDS)
    figures = percentiles("hook_absent", [hooks.once() for _ in range(count)])
    return figures | percentiles("hook_breaker_open", [hooks.once("-u", until) for _ in range(count)])


def stopped(env: dict[str, str], pid: int, count: int) -> dict[str, float]:
    """The first command pays the deadline; the next hundred are told of the open breaker."""
    hooks = Hooks(env)
    os.kill(pid, signal.SIGSTOP)
    first = [hooks.once() for _ in range(5)]
    until = str(int(time.time()) + BREAKER_SECONDS)
    later = [hooks.once("-u", until) for _ in range(count)]
    os.kill(pid, signal.SIGCONT)
    return {"hook_stopped_first_max_us": max(first)} | percentiles("hook_stopped_next", later)


def full_backlog(env: dict[str, str], path: Path, count: int) -> dict[str, float]:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(0)
    waiting = []
    while True:
        waiting.append(socket.socket(socket.AF_UNIX))
        waiting[-1].setblocking(False)
        if waiting[-1].connect_ex(str(path)):
            break
    hooks = Hooks(env)
    figures = percentiles("hook_backlog_full", [hooks.once() for _ in range(count)])
    for connection in [listener, *waiting]:
        connection.close()
    path.unlink()
    return figures


def round_trips(path: Path, count: int, connect_each: bool) -> float:
    """preexec messages a second, one after the other."""
    message = {
        "v": 1,
        "type": "preexec",
        "session": SESSION,
        "shell": "bash",
        "pid": 1,
        "cwd": "/",
        "line": "ls -la",
    }
    lines = [json.dumps(message | {"id": str(n), "seq": n}).encode() + b"\n" for n in range(count)]
    connection = connect(path)
    start = time.perf_counter()
    for line in lines:
        if connect_each:
            connection.close()
            connection = connect(path)
        connection.sendall(line)
        connection.recv(4096)
    seconds = time.perf_counter() - start
    connection.close()
    return round(count / seconds, 1)


def connect(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(path))
    return connection


def ask(path: Path, **fields: object) -> dict[str, object]:
    with connect(path) as connection:
        connection.sendall(json.dumps({"v": 1, "id": "b", **fields}).encode() + b"\n")
        answer: dict[str, object] = json.loads(connection.recv(65536))
    return answer


def rss_with_sessions(path: Path, sessions: int, lines: int) -> float:
    for number in range(sessions):
        with connect(path) as connection:
            for seq in range(1, lines + 1):
                session = f"0192f0c1-2345-7abc-8def-{number:012x}"
                message = {"v": 1, "type": "preexec", "id": "m", "session": session, "seq": seq}
                text = f"git commit -m 'change {number} {seq}' && make -j2 test"
                connection.sendall(json.dumps(message | {"line": text}).encode() + b"\n")
                connection.recv(4096)
    kilobytes = ask(path, type="status")["rss_kb"]
    assert isinstance(kilobytes, int)
    return round(kilobytes / 1024, 1)


def idle_cpu(pid: int, seconds: float) -> float:
    """Share of one core, in percent."""

    def ticks() -> int:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    before = ticks()
    time.sleep(seconds)
    return round(100 * (ticks() - before) / os.sysconf("SC_CLK_TCK") / seconds, 3)


def cold_start_ms(env: dict[str, str], path: Path) -> float:
    """From starting the daemon, as caro-hook does, to its first answer."""
    program = shutil.which("caro", path=env["PATH"])
    assert program is not None
    start = time.perf_counter()
    null = subprocess.DEVNULL
    subprocess.Popen(
        [program, "daemon", "run"], env=env, stdin=null, stdout=null, stderr=null, start_new_session=True
    )
    while True:
        with contextlib.suppress(OSError):
            ask(path, type="preexec", line="ls")
            return round((time.perf_counter() - start) * 1000, 1)
        time.sleep(0.001)


def wait_ready(path: Path) -> None:
    while "partial" in ask(path, type="preexec", line="ls"):
        time.sleep(0.01)


def stop(path: Path) -> float:
    start = time.perf_counter()
    ask(path, type="stop")
    with contextlib.suppress(OSError):
        while True:
            connect(path).close()
            time.sleep(0.001)
    return round((time.perf_counter() - start) * 1000, 1)


@contextlib.contextmanager
def temporary_home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="caro-bench-") as name:
        home = Path(name)
        (home / ".config/caro").mkdir(parents=True, mode=0o700)
        (home / ".config/caro/config.toml").write_text("[daemon]\nauto_start = false\n")
        subprocess.run(
            ["caro", "config", "set", "daemon.auto_start", "false"],
            env=make_env(home),
            check=True,
            capture_output=True,
        )
        yield home


def measure(short: bool) -> dict[str, float]:
    count = 300 if short else 2000
    with temporary_home() as home:
        env, path = make_env(home), home / ".config/caro/caro.sock"
        figures = no_daemon(env, count) | full_backlog(env, path, count // 10)
        starts, stops = [], []
        for _ in range(3 if short else 9):
            starts.append(cold_start_ms(env, path))
            stops.append(stop(path))
        figures |= {
            "daemon_cold_start_ms": statistics.median(starts),
            "daemon_stop_ms": statistics.median(stops),
        }
        cold_start_ms(env, path)
        try:
            figures |= with_daemon(env, home, path, count, short)
        finally:
            stop(path)
    return figures


def with_daemon(env: dict[str, str], home: Path, path: Path, count: int, short: bool) -> dict[str, float]:
    pid = ask(path, type="status")["pid"]
    assert isinstance(pid, int)
    figures = warm(env, home, count)
    figures["daemon_preexec_per_s"] = best_of(lambda: round_trips(path, count, connect_each=True))
    figures["daemon_preexec_one_connection_per_s"] = best_of(
        lambda: round_trips(path, count, connect_each=False)
    )
    figures["daemon_rss_100_sessions_mb"] = rss_with_sessions(path, 100, 20 if short else 200)
    figures["daemon_idle_cpu_percent"] = idle_cpu(pid, 6 if short else 30)
    return figures | stopped(env, pid, 100)


def best_of(run: Callable[[], float]) -> float:
    return max(run() for _ in range(3))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer rounds")
    args = parser.parse_args()
    print(json.dumps({"figures": measure(args.short), "notes": []}))


if __name__ == "__main__":
    main()
