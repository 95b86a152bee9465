"""The golden messages: what caro-hook sends, byte for byte, and what it makes of the answer."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from daemons import NATIVES, FakeDaemon, World, reply_with

VECTORS = Path(__file__).parent.parent / "vectors" / "wire.jsonl"
CASES: list[dict[str, Any]] = [json.loads(line) for line in VECTORS.read_text().splitlines()]


def masked(line: bytes) -> str:
    """Without what differs each time."""
    text = line.decode()
    text = re.sub(r'"id":"[0-9a-f-]{36}"', '"id":"ID"', text)
    return re.sub(r'"sent":\d{16}', '"sent":0', text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_hook_speaks_the_golden_messages(world: World, case: dict[str, Any]) -> None:
    daemon = FakeDaemon(world.socket, reply_with(**case["reply"]))
    variables = world.env | case["variables"]
    if case["line"] is not None:
        variables["CARO_LINE"] = case["line"]
    done = subprocess.run(
        [NATIVES / "caro-hook", *case["options"]],
        env=variables,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    daemon.close()
    assert [masked(line) for line in daemon.lines] == [case["request"] + "\n"]
    assert done.stderr == case["says"]
    assert done.returncode == case["status"]
    assert done.stdout == ""
