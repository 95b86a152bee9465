"""Tool calls as the agents make them, and `caro-hook agent NAME` asked with them."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from daemons import NATIVES, World

SESSION = "5f0e8c11-7a2b-4c1d-9e3f-0123456789ab"

CLAUDE = {
    "session_id": SESSION,
    "transcript_path": "/home/u/.claude/projects/p/5f0e8c11.jsonl",
    "cwd": "/work/p",
    "permission_mode": "default",
    "hook_event_name": "PreToolUse",
    "tool_name": "Bash",
    "tool_input": {"command": "", "description": "…", "timeout": 120000},
    "tool_use_id": "toolu_01ABC",
}
CODEX = {
    "session_id": SESSION,
    "turn_id": "t1",
    "cwd": "/work/p",
    "hook_event_name": "PreToolUse",
    "model": "gpt",
    "permission_mode": "default",
    "tool_name": "Bash",
    "tool_input": {"command": ""},
    "tool_use_id": "call_1",
    "transcript_path": None,
}
GEMINI = {
    "session_id": SESSION,
    "transcript_path": "",
    "cwd": "/work/p",
    "hook_event_name": "BeforeTool",
    "timestamp": "2026-11-01T10:00:00Z",
    "tool_name": "run_shell_command",
    "tool_input": {"command": "", "description": "x"},
}
CURSOR = {
    "conversation_id": SESSION,
    "generation_id": "g1",
    "model": "default",
    "hook_event_name": "beforeShellExecution",
    "cursor_version": "2.4.0",
    "workspace_roots": ["/work/p"],
    "user_email": None,
    "command": "",
    "cwd": "/work/p",
    "sandbox": False,
}
COPILOT = {
    "hook_event_name": "PreToolUse",
    "session_id": SESSION,
    "timestamp": "2026-11-01T10:00:00Z",
    "cwd": "/work/p",
    "tool_name": "bash",
    "tool_input": {"command": "", "description": "x"},
}
WINDSURF = {
    "agent_action_name": "pre_run_command",
    "trajectory_id": SESSION,
    "execution_id": "e1",
    "timestamp": "2026-11-01T10:00:00Z",
    "tool_info": {"command_line": "", "cwd": "/work/p"},
}
AUGGIE = {
    "hook_event_name": "PreToolUse",
    "conversation_id": SESSION,
    "workspace_roots": ["/work/p"],
    "tool_name": "launch-process",
    "tool_input": {"command": "", "cwd": "/work/p", "wait": True},
}
OPENCODE = {
    "hook_event_name": "tool.execute.before",
    "session_id": "ses_1",
    "cwd": "/work/p",
    "tool_input": {"command": ""},
}
CALLS: dict[str, dict[str, Any]] = {
    "claude-code": CLAUDE,
    "codex": CODEX,
    "gemini-cli": GEMINI,
    "cursor": CURSOR,
    "copilot-cli": COPILOT,
    "windsurf": WINDSURF,
    "auggie": AUGGIE,
    "opencode": OPENCODE,
}


def call_with(agent: str, command: str, **changes: Any) -> dict[str, Any]:
    call = CALLS[agent] | changes
    if "tool_info" in call:
        return call | {"tool_info": call["tool_info"] | {"command_line": command}}
    if "tool_input" in call:
        return call | {"tool_input": call["tool_input"] | {"command": command}}
    return call | {"command": command}


def ask(world: World, agent: str, call: dict[str, Any] | str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [NATIVES / "caro-hook", "agent", agent],
        input=call if isinstance(call, str) else json.dumps(call),
        env=world.env | env,
        capture_output=True,
        text=True,
        timeout=20,
        start_new_session=True,
    )


def decision(agent: str, done: subprocess.CompletedProcess[str]) -> str:
    """allow, ask or deny, read as that agent reads it."""
    answer = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    if done.returncode == 2:
        return "deny"
    assert done.returncode == 0, done.stderr
    specific = answer.get("hookSpecificOutput", {}).get("permissionDecision")
    word = {"claude-code": specific, "codex": specific, "gemini-cli": answer.get("decision")}
    word |= {"cursor": answer.get("permission"), "copilot-cli": answer.get("permissionDecision")}
    return str(word.get(agent) or "allow")
