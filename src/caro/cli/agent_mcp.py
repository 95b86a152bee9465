"""`caro agent mcp`: what Caro knows, as tools of the Model Context Protocol on standard input and output.

An agent that speaks it may ask before it acts: nothing here runs, allows or changes anything, so that an answer is no
permission; the agent's hook judges again. The official SDK does the protocol (the extra `mcp`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from caro.errors import CaroError

Tool = Callable[..., dict[str, Any]]
MAX_LINES = 200
INSTRUCTIONS = (
    "Caro judges shell commands and mends failed ones. Ask `check` before a command that deletes, overwrites, sends or "
    "changes rights; after a failure ask `fix`. No answer of these tools is a permission."
)


def serve() -> int:
    """Answer on standard input until it ends. Raises CaroError where the SDK is not installed."""
    make, refusal = _sdk()
    server = make("caro", instructions=INSTRUCTIONS, log_level="ERROR")
    tools: list[Tool] = [check, fix, explain]
    if _tells_history():
        tools.append(history)
    for tool in tools:
        server.tool()(_told(tool, refusal))
    server.run("stdio")
    return 0


def _sdk() -> tuple[Any, type[Exception]]:
    """Return (the SDK's server, the error that it tells an agent in words); their names changed with version 2."""
    try:
        from mcp.server import mcpserver
        from mcp.server.mcpserver.exceptions import ToolError

        return mcpserver.MCPServer, ToolError
    except ImportError:
        pass
    try:
        from mcp.server import fastmcp
        from mcp.server.fastmcp.exceptions import ToolError as OlderError
    except ImportError:
        raise CaroError(
            "the SDK of the Model Context Protocol is not installed; pipx install --force '.[mcp]'"
        ) from None
    return fastmcp.FastMCP, OlderError


def _told(tool: Tool, refusal: type[Exception]) -> Tool:
    """Return the tool with Caro's own errors told to the agent."""

    @wraps(tool)
    def told(*args: Any, **named: Any) -> dict[str, Any]:
        try:
            return tool(*args, **named)
        except CaroError as error:
            raise refusal(str(error)) from None

    return told


def _tells_history() -> bool:
    from caro.paths import Paths
    from caro.runtime_conf import file_settings

    return bool(file_settings(os.environ, Paths.of(os.environ))["agent.history"])


def check(command: str, cwd: str = "", shell: str = "bash") -> dict[str, Any]:
    """Say what a command line would do and how dangerous that is. Nothing is run.

    `level` is low, moderate, high or critical; `action` is what Caro would do: allow, warn, confirm or block.
    """
    from caro.engine.process import guard_of
    from caro.engine.told import decision_row

    return decision_row(command, guard_of(os.environ, _complain).decide(_question(command, cwd, shell)))


def explain(command: str, cwd: str = "", shell: str = "bash") -> dict[str, Any]:
    """Say what each word of a command line means, and how its verdict came about. Nothing is run."""
    from caro.cli.explain import as_json
    from caro.engine.process import helper_of

    told = helper_of(os.environ, _complain).explain(_question(command, cwd, shell))
    return as_json(command, told.decision) | {"words": [meaning.row() for meaning in told.words]}


def fix(
    command: str, exit_code: int = 1, output: str = "", cwd: str = "", shell: str = "bash"
) -> dict[str, Any]:
    """Offer the right command after a failure, best first; `output` is what it printed. Nothing is run."""
    from caro.cli.failure import ends
    from caro.engine.process import folder_here, helper_of
    from caro.engine.told import fixes_row
    from caro.fix.model import Failure

    printed = ends(output.encode("utf-8", "replace")) if output else None
    failure = Failure(command, exit_code, printed, _dialect(shell), cwd or folder_here())
    return fixes_row(helper_of(os.environ, _complain, learns=False).fixes(failure))


def history(contains: str = "", limit: int = 20, failed: bool = False) -> dict[str, Any]:
    """Tell the lines that people typed on this machine, newest last; secrets are masked."""
    from caro.paths import Paths
    from caro.record.last import last_events
    from caro.record.query import Filter
    from caro.record.reader import Snapshot
    from caro.settings import load_settings, log_file

    if not _tells_history():  # it may have been switched off since the start
        raise CaroError("the history is not told to agents: [agent] history is off")
    paths = Paths.of(os.environ)
    settings = load_settings(os.environ, paths)
    remembered = bool(settings["privacy.ignore_space"])
    wanted = Filter(grep=contains, failed=failed, kinds=("line",), people=True, remembered=remembered)
    log = Snapshot(log_file(settings, paths))
    found = last_events(log, wanted, max(1, min(limit, MAX_LINES)))
    return {
        "lines": [
            {"ts": event.ts, "command": event.text, "cwd": event.cwd, "exit_code": event.exit_code}
            for event in found
        ]
    }


def _question(command: str, cwd: str, shell: str) -> Any:
    """Return the question that this agent's hook would ask."""
    from caro.engine.process import question_here

    asked = question_here(command, os.environ, _dialect(shell), cwd or None)
    return replace(asked, agent=asked.agent or "mcp", by_person=False)


def _dialect(shell: str) -> str:
    from caro.knowledge.shells import dialects

    if shell not in dialects():
        raise CaroError(f"{shell}: no shell that Caro reads; it reads {', '.join(dialects())}")
    return shell


def _complain(message: str) -> None:
    print(f"caro: {message}", file=sys.stderr)
