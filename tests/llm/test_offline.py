"""No test of asking, models and fetching reaches another machine: each address that is connected or sent to is looked
at, of every process."""

from __future__ import annotations

import ipaddress
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from environment import ROOT

TESTS = ("tests/ask", "tests/llm", "tests/meaning")
CALLS = "connect,sendto,sendmsg,sendmmsg"
ADDRESS = re.compile(r'sin_addr=inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')


def elsewhere(trace: str) -> list[str]:
    """The addresses in a trace that are not this machine's."""
    found = [four or six for four, six in ADDRESS.findall(trace)]
    return [address for address in found if not ipaddress.ip_address(address).is_loopback]


def test_what_counts_as_elsewhere() -> None:
    here = 'connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0\n'
    there = (
        'sendto(3, "x", 1, 0, {sa_family=AF_INET6, inet_pton(AF_INET6, "2001:db8::1", &sin6_addr)}, 28) = 1\n'
    )
    assert elsewhere(here + 'connect(3, {sa_family=AF_UNIX, sun_path="/x"}, 110) = 0\n') == []
    assert elsewhere(here + there) == ["2001:db8::1"]


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_nothing_goes_to_another_machine(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    words = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", trace,
             sys.executable, "-m", "pytest", "-n", "0", "-m", "not long", *TESTS]  # fmt: skip
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(words, cwd=ROOT, env=alone, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    seen = trace.read_text("utf-8", "replace")
    assert "AF_INET," in seen and elsewhere(seen) == []
