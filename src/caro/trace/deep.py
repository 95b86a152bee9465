"""Tell whether a run is traced by the kernel's means (deep mode, Linux) or by shims."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from caro.errors import CaroError
from caro.trace import natives


@dataclass(frozen=True)
class Probe:
    """What `caro-trace --probe` says: each way and whether it works, with the reason where it does not."""

    ways: Mapping[str, str]
    needs_no_new_privs: bool

    @property
    def works(self) -> bool:
        return "works" in self.ways.values()


@dataclass(frozen=True)
class Choice:
    """How a run is observed. `hint` says what that misses; `deeper`: `--mode deep` would work here."""

    deep: bool
    hint: str = ""
    deeper: bool = False


def probe() -> Probe:
    """Ask the tracer; a tracer that can't be run is one that doesn't work."""
    try:
        program = natives.packaged_native("caro-trace")
        done = subprocess.run([program, "--probe"], capture_output=True, text=True, timeout=10)
        lines = dict(line.split("\t", 1) for line in done.stdout.splitlines() if "\t" in line)
    except (CaroError, OSError, subprocess.TimeoutExpired) as error:
        return Probe({"caro-trace": str(error)}, True)
    return Probe(lines, lines.pop("no_new_privs", "needed") != "not needed")


def choose_mode(mode: str, env: Mapping[str, str]) -> Choice:
    """`deep` or fail with the reason; `auto` is deep only where it changes nothing for setuid programs."""
    if env.get("CARO_DEEP"):
        # Below a tracer already: it sees this run too, and two tracers get in each other's way.
        return Choice(deep=True)
    if mode == "shims":
        return Choice(deep=False)
    found = probe()
    if mode == "deep":
        if not found.works:
            reasons = "; ".join(f"{way}: {reason}" for way, reason in found.ways.items())
            raise CaroError(f"deep mode does not work here ({reasons}); use: caro run --mode shims -- ...")
        return Choice(deep=True)
    if found.works and not found.needs_no_new_privs:
        return Choice(deep=True)
    if found.works:
        hint = (
            "recording through shims, which miss programs called by absolute path. `--mode deep` (or trace.mode) "
            "sees every exec, but sudo, su and ping do not work inside"
        )
        return Choice(deep=False, hint=hint, deeper=True)
    if reason := found.ways.get("notify"):
        return Choice(deep=False, hint=f"recording through shims, as deep mode does not work here: {reason}")
    return Choice(deep=False)  # no Linux: there is nothing to choose
