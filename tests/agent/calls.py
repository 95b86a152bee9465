"""Tool calls as the agents make them, and `caro-hook agent NAME` asked with them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
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
    "tool_name": "bash",
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


def _tool(agent: str, name: str, key: str, /, **more: Any) -> Callable[[str], dict[str, Any]]:
    """Return what makes a call of a tool, with a file at `key` of its arguments."""
    call = {name: value for name, value in CALLS[agent].items() if name not in ("command", "tool_input")}
    return lambda file: call | {"tool_name": name, "tool_input": {**more, key: file}}


def _patch(head: str) -> Callable[[str], str]:
    return lambda file: f"*** Begin Patch\n*** {head} File: {file}\n@@\n-rm -rf /\n+x = 'y'\n*** End Patch\n"


def _patched(agent: str, name: str, key: str, head: str) -> Callable[[str], dict[str, Any]]:
    call, text = _tool(agent, name, key), _patch(head)
    return lambda file: call(text(file))


def _windsurf(event: str) -> Callable[[str], dict[str, Any]]:
    return lambda file: WINDSURF | {"agent_action_name": event, "tool_info": {"file_path": file}}


def _cursor(event: str) -> Callable[[str], dict[str, Any]]:
    call = {name: value for name, value in CURSOR.items() if name != "command"}
    return lambda file: (
        call | {"hook_event_name": event, "file_path": file, "content": "x", "attachments": []}
    )


def _cursor_tool(name: str, key: str) -> Callable[[str], dict[str, Any]]:
    call = _tool("cursor", name, key)
    return lambda file: call(file) | {"hook_event_name": "preToolUse"}


WRITES: list[tuple[str, Callable[[str], dict[str, Any]]]] = [
    ("claude-code", _tool("claude-code", "Write", "file_path", content="rm -rf /")),
    ("claude-code", _tool("claude-code", "Edit", "file_path", old_string="a", new_string="b", replace_all=False)),
    ("claude-code", _tool("claude-code", "MultiEdit", "file_path", edits=[{"old_string": "a", "new_string": "b"}])),
    ("claude-code", _tool("claude-code", "NotebookEdit", "notebook_path", new_source="x", cell_id="c")),
    ("claude-code", _tool("claude-code", "mcp__filesystem__write_file", "path", content="x")),
    ("claude-code", _tool("claude-code", "mcp__filesystem__edit_file", "path", edits=[], dryRun=False)),
    ("claude-code", _tool("claude-code", "mcp__filesystem__move_file", "destination", source="notes.txt")),
    ("claude-code", _tool("claude-code", "mcp__desktop-commander__edit_block", "file_path", old_string="a")),
    ("codex", _tool("codex", "mcp__filesystem__write_file", "path", content="x")),
    ("gemini-cli", _tool("gemini-cli", "mcp_filesystem_write_file", "path", content="x")),
    ("cursor", _cursor_tool("MCP:write_file", "path")),
    ("copilot-cli", _tool("copilot-cli", "filesystem-write_file", "path", content="x")),
    ("opencode", _tool("opencode", "filesystem_write_file", "path", content="x")),
    ("codex", _patched("codex", "apply_patch", "command", "Add")),
    ("codex", _patched("codex", "apply_patch", "command", "Update")),
    ("codex", _patched("codex", "apply_patch", "command", "Delete")),
    ("gemini-cli", _tool("gemini-cli", "write_file", "file_path", content="x")),
    ("gemini-cli", _tool("gemini-cli", "replace", "file_path", old_string="a", new_string="b", instruction="x")),
    ("cursor", _cursor_tool("Write", "file_path")),
    ("cursor", _cursor_tool("Delete", "file_path")),
    ("copilot-cli", _tool("copilot-cli", "create", "path", file_text="x")),
    ("copilot-cli", _tool("copilot-cli", "Write", "path", file_text="x")),
    ("copilot-cli", _tool("copilot-cli", "Edit", "path", old_str="a", new_str="b")),
    ("copilot-cli", _tool("copilot-cli", "edit", "path", old_str="a", new_str="b")),
    ("windsurf", _windsurf("pre_write_code")),
    ("auggie", _tool("auggie", "save-file", "path", file_content="x")),
    ("auggie", _tool("auggie", "str-replace-editor", "path")),
    ("auggie", lambda file: _tool("auggie", "remove-files", "file_paths")(["notes.txt", file])),  # type: ignore[arg-type]
    ("opencode", _tool("opencode", "write", "filePath", content="x")),
    ("opencode", _tool("opencode", "edit", "filePath", oldString="a", newString="b")),
    ("opencode", _patched("opencode", "patch", "patchText", "Update")),
]  # fmt: skip
"""Calls of each agent's tools that write files, as its documentation shows them."""

READS: list[tuple[str, Callable[[str], dict[str, Any]]]] = [
    ("claude-code", _tool("claude-code", "Read", "file_path", limit=10)),
    ("claude-code", _tool("claude-code", "Grep", "path", pattern=".", output_mode="content")),
    ("claude-code", _tool("claude-code", "mcp__filesystem__read_file", "path", head=3)),
    ("claude-code", _tool("claude-code", "mcp__filesystem__read_text_file", "path")),
    ("claude-code", lambda file: _tool("claude-code", "mcp__fs__read_multiple_files", "paths")([file])),  # type: ignore[arg-type]
    ("gemini-cli", _tool("gemini-cli", "mcp_filesystem_read_file", "path")),
    ("gemini-cli", _tool("gemini-cli", "read_file", "file_path")),
    ("gemini-cli", lambda file: _tool("gemini-cli", "read_many_files", "include")([file])),  # type: ignore[arg-type]
    ("cursor", _cursor("beforeReadFile")),
    ("copilot-cli", _tool("copilot-cli", "view", "path")),
    ("copilot-cli", _tool("copilot-cli", "Read", "path")),
    ("windsurf", _windsurf("pre_read_code")),
    ("auggie", _tool("auggie", "view", "path", type="file")),
    ("opencode", _tool("opencode", "read", "filePath")),
]
