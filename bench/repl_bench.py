"""`caro repl`: the first frame, a key, a line, a long output, memory and idling, beside the plain shell, zsh with the
usual plugins and xonsh, where those are installed.

Everything is seen from the terminal: a key until its character comes, a line from Enter until it begins to run, a start
until the prompt stands there (`ready`: until the editor reads keys itself). Rounds are interleaved.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.repl_sessions import BEGINS, PASTE_ON, Session, children_of, make_home

PATIENCE = 60.0
PLUGINS = (
    "/usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh",
    "/usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh",
)
QUIET_S = 0.5


def until(session: Session, holds: Callable[[bytes], bool], place: int) -> float:
    """Read until what came from `place` on is so; return the time then."""
    end = time.monotonic() + PATIENCE
    while not holds(bytes(session.seen[place:])):
        if time.monotonic() > end:
            raise SystemExit(f"bench: did not come: {bytes(session.seen[place:])[-300:]!r}")
        session.read_for(1)
    return time.perf_counter()


def be_quiet(session: Session) -> None:
    """Read until nothing comes."""
    while session.read_for(QUIET_S):
        pass


def start_times(words: list[str], env: dict[str, str], repl: bool) -> tuple[float, float]:
    """Milliseconds to the prompt, and until the editor reads."""
    session = Session.of(words, env, repl)
    shown = until(session, lambda seen: b"$ " in seen or b"$\x08" in seen, 0)
    ready = until(session, lambda seen: PASTE_ON + b"\x1b[?1l" in seen, 0) if repl else shown
    session.close()
    return (shown - session.began) * 1000, (ready - session.began) * 1000


def key_times(session: Session, count: int) -> list[float]:
    """Milliseconds from each key to its character."""
    found = []
    for at in range(count):
        if at % 30 == 0:
            session.send(b"\x15")
            be_quiet(session)
        place, began = len(session.seen), time.perf_counter()
        session.send(b"q")
        found.append((until(session, lambda seen: b"q" in seen, place) - began) * 1000)
        session.read_for(0.03)
    session.send(b"\x15")
    be_quiet(session)
    return found


def line_times(session: Session, count: int) -> list[float]:
    """Milliseconds from Enter to the beginning of the line."""
    found = []
    for _ in range(count):
        session.send(b":")
        be_quiet(session)
        place, began = len(session.seen), time.perf_counter()
        session.send(b"\r")
        found.append((until(session, lambda seen: BEGINS in seen, place) - began) * 1000)
        be_quiet(session)
    return found


def seconds_of_cat(session: Session, file: Path) -> float:
    """Seconds of a `cat`, with nothing kept of it."""
    session.send(f"cat {file}; printf 'en''d'\r".encode())
    began, tail = time.perf_counter(), b""
    while b"end" not in tail:
        tail = (tail + os.read(session.fd, 1 << 16))[-8192:]
    taken = time.perf_counter() - began
    be_quiet(session)
    return taken


def family(pid: int) -> list[int]:
    """A process and all below it."""
    return [pid, *(each for child in children_of(pid) for each in family(child))]


def cpu_ms(pids: list[int]) -> float:
    ticks = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13] for pid in pids]
    return sum(int(ticks) for pair in ticks for ticks in pair) * 1000 / os.sysconf("SC_CLK_TCK")


def memory_mb(pids: list[int]) -> float:
    """Of which each shared page counts once (PSS)."""
    sizes = [Path(f"/proc/{pid}/smaps_rollup").read_text().partition("\nPss:")[2].split()[0] for pid in pids]
    return sum(map(int, sizes)) / 1024


def line_time_of_shell(folder: Path, count: int) -> float:
    """The median of a line in `caro shell`: the same hooks, and nothing before the shell's own line editor."""
    words = [str(Path(sys.executable).parent / "caro"), "shell", "bash"]
    session = Session.of(words, make_home(folder / "shell", "bash"), False)
    be_quiet(session)
    be_quiet(session)
    found = median(line_times(session, count))
    session.close()
    return found


@contextmanager
def sessions(folder: Path) -> Iterator[tuple[Session, Session]]:
    """A plain bash, and one below `caro repl`."""
    both = Session("bash", folder / "plain", False), Session("bash", folder / "repl", True)
    for session in both:
        be_quiet(session)
    yield both
    for session in both:
        session.close()


def measure(short: bool, folder: Path) -> dict[str, float | None]:
    keys, lines, size, starts = (60, 15, 20, 4) if short else (300, 60, 200, 15)
    file = folder / "text"
    file.write_bytes((b"0123456789" * 7 + b"\n") * (size * 1_000_000 // 71))
    found: dict[str, float | None] = {}
    with sessions(folder) as (plain, repl):
        own, peer = sorted(key_times(repl, keys)), key_times(plain, keys)
        found["repl_key_p50_ms"], found["repl_plain_key_p50_ms"] = median(own), median(peer)
        found["repl_key_p99_ms"] = own[int(len(own) * 0.99)]
        own, peer = line_times(repl, lines), line_times(plain, lines)
        found["repl_line_p50_ms"], found["repl_plain_line_p50_ms"] = median(own), median(peer)
        found["repl_shell_line_p50_ms"] = line_time_of_shell(folder, lines)
        ratios = [seconds_of_cat(plain, file) / seconds_of_cat(repl, file) for _ in range(7)]
        found["repl_cat_ratio"] = median(ratios)
        shell = [pid for copier in children_of(repl.pid) for pid in children_of(copier)]
        ours = [pid for pid in family(repl.pid) if pid not in shell]
        before = cpu_ms(ours)
        time.sleep(2)
        found["repl_idle_cpu_ms"] = cpu_ms(ours) - before
        found["repl_memory_mb"] = memory_mb(ours)
    return found | start_figures(folder, starts) | peer_figures(folder, keys)


def start_figures(folder: Path, count: int) -> dict[str, float | None]:
    env = make_home(folder / "repl", "bash")
    caro = [str(Path(sys.executable).parent / "caro"), "repl", "bash"]
    pairs = [(start_times(caro, env, True), start_times(["bash"], env, False)) for _ in range(count)]
    return {
        "repl_first_frame_p50_ms": median(own[0] for own, _ in pairs),
        "repl_ready_p50_ms": median(own[1] for own, _ in pairs),
        "repl_plain_first_frame_p50_ms": median(plain[0] for _, plain in pairs),
    }


def peer_figures(folder: Path, keys: int) -> dict[str, float | None]:
    """A key in what else puts an editor of its own, or more into the shell's; null where it is not installed."""
    found: dict[str, float | None] = {"repl_zsh_plugins_key_p50_ms": None, "repl_xonsh_key_p50_ms": None}
    if shutil.which("zsh") and all(map(os.path.exists, PLUGINS)):
        rc = "".join(f". {plugin}\n" for plugin in PLUGINS)
        session = Session("zsh", folder / "plugins", False, rc=rc)
        be_quiet(session)
        found["repl_zsh_plugins_key_p50_ms"] = median(key_times(session, keys))
        session.close()
    if xonsh := shutil.which("xonsh"):
        session = Session.of([xonsh, "--no-rc"], make_home(folder / "xonsh", "bash"), False)
        until(session, lambda seen: PASTE_ON in seen, 0)  # before that the terminal itself echoes
        be_quiet(session)
        found["repl_xonsh_key_p50_ms"] = median(key_times(session, keys))
        session.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        figures = measure(args.short, Path(made))
    figures = {name: None if value is None else round(value, 2) for name, value in figures.items()}
    print(json.dumps({"figures": figures, "notes": []}))


if __name__ == "__main__":
    main()
