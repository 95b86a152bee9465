"""Lines too long to walk whole: the head is walked, the rest is searched for places worth a look.

The places are found in linear time, and a fixed number of them is walked: an
answer in time whatever the text, the same answer each time, and never "low".
"""

from __future__ import annotations

from caro.safety.state import Findings, State, state_for
from caro.safety.walk import Walker

HEAD = 2_000
WINDOW = 240
MAX_WINDOWS = 24

# Searched one by one with `str.find`, which is some thirty times faster than one alternation of a regular
# expression: a megabyte takes about ten milliseconds.
PLACES = (
    "rm -",
    "mkfs",
    "dd if=",
    "dd of=",
    "shred ",
    "wipefs",
    "/dev/tcp/",
    "git push",
    "git reset",
    "git clean",
    "drop table",
    "drop database",
    "truncate ",
    "chmod -r",
    "chown -r",
    "curl ",
    "wget ",
    "nc -",
    "base64 -",
    "eval ",
    "kill -9",
    "terraform ",
    "pulumi ",
    "kubectl ",
    "mv ~",
    "mv /",
    "find /",
    "find ~",
    "> /dev/",
    ">/dev/",
    "> /etc/",
    ">/etc/",
    "rmtree",
    "os.system",
    "delete ",
    "destroy",
    "iptables -",
    "shutdown",
    "reboot",
    "sysrq",
)


def places(text: str) -> list[int]:
    """Where something worth a look stands: at most `MAX_WINDOWS` starts, in order, not closer than half a window."""
    lowered = text.lower()
    found: list[int] = []
    for word in PLACES:
        at = -1
        for _ in range(4):
            at = lowered.find(word, at + 1 if at < 0 else at + WINDOW // 2)
            if at < 0:
                break
            found.append(at)
    chosen: list[int] = []
    for at in sorted(found):
        if not chosen or at >= chosen[-1] + WINDOW // 2 or text.startswith("rm", at):
            chosen.append(at)
    return chosen[:MAX_WINDOWS]


def judge_long(text: str, state: State) -> None:
    """Record what can be found; always a problem, so that the line is at least moderate."""
    state.findings.problem("longer than is read as a whole")
    look_around(text, state, [text[:HEAD]])


def look_around(text: str, state: State, pieces: list[str] | None = None) -> None:
    """Walk the places of `text` that are worth a look, each for itself."""
    walker = Walker()
    pieces = (pieces or []) + [text[at : at + WINDOW] for at in places(text)]
    for piece in pieces:
        fresh = state_for(state.world, state.dialect, state.knowledge)
        fresh.findings = Findings(state.findings.effects, state.findings.steps, state.findings.problems)
        try:
            walker.text(piece, fresh)
        except RecursionError:
            state.findings.problem("nested too deep")
