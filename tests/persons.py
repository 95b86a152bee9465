"""A person at a terminal, for tests of what nobody else may say."""

from __future__ import annotations

import pexpect

from daemons import NATIVES, World

AGENTS = ("CLAUDE", "CODEX", "GEMINI", "CURSOR", "AGENT", "OPENCODE", "CARO_AGENT")


def confirm_at_terminal(world: World, line: str, seq: int = 1, key: str = "y", **env: str) -> int:
    """Ask about the line in a terminal as bash would, answer with one key; caro-hook's exit status."""
    words = {name: value for name, value in world.env.items() if not name.startswith(AGENTS)}
    terminal = pexpect.spawn(
        str(NATIVES / "caro-hook"), ["preexec", "-s", "bash", "-n", str(seq)],
        env=words | {"CARO_LINE": line} | env, timeout=20,
    )  # fmt: skip
    terminal.delaybeforesend = 0.1
    terminal.expect_exact("run it? [y/N]")
    terminal.send(key)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus is not None
    return terminal.exitstatus
