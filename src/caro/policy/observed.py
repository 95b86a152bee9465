"""What observed policies would have done: counted by policy and action, one line each in a file with a size."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

from caro.paths import Paths
from caro.regular_file import read_regular_file

MOST_BYTES = 1 << 20
"""Above this the older half of the file's life is a file of its own, and what was that one is gone."""


def observed_file(paths: Paths) -> Path:
    """Return where they stand."""
    return paths.state / "observed.jsonl"


def note(paths: Paths, policy: str, line: str, now: str, would: str, ts: str) -> None:
    """Append one would-be verdict; `line` has no secrets any more."""
    file = observed_file(paths)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > MOST_BYTES:
        file.replace(file.with_suffix(".1.jsonl"))
    row = {"ts": ts, "policy": policy, "line": line[:2000], "action": now, "would": would}
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    with open(os.open(file, flags, 0o600), "ab") as stream:
        stream.write(json.dumps(row).encode() + b"\n")


def summary(paths: Paths) -> dict[str, dict[str, int]]:
    """Return how often each policy would have been stricter, by what it would have done."""
    found: dict[str, Counter[str]] = {}
    for file in (observed_file(paths).with_suffix(".1.jsonl"), observed_file(paths)):
        try:
            rows = read_regular_file(file, 4 * MOST_BYTES).splitlines()
        except OSError:
            continue
        for row in rows:
            try:
                told = json.loads(row)
                found.setdefault(told["policy"], Counter())[told["would"]] += 1
            except (ValueError, KeyError, TypeError):
                continue
    return {name: dict(counted) for name, counted in found.items()}
