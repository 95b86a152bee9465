"""`caro agent mcp`: the tools answer an agent that speaks the protocol, and it is told what is not installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SERVER = "import sys; {before}; from caro.cli import main; sys.exit(main())"

CLIENT = """
import asyncio, json, os, sys
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

def plain(result):
    data = result.model_dump(by_alias=True)
    return {"error": data["isError"], "text": data["content"][0]["text"]}

async def talk(calls):
    server = StdioServerParameters(command=sys.executable, args=["-m", "caro", "agent", "mcp"], env=dict(os.environ))
    async with stdio_client(server) as (reads, writes), ClientSession(reads, writes) as session:
        await session.initialize()
        names = [tool.name for tool in (await session.list_tools()).tools]
        return {"names": names, "answers": [plain(await session.call_tool(*call)) for call in calls]}

print(json.dumps(asyncio.run(talk(json.load(sys.stdin)))))
"""


def test_without_the_sdk_it_says_what_to_install(env: dict[str, str]) -> None:
    code = SERVER.format(before="sys.modules['mcp'] = None; sys.argv[1:] = ['agent', 'mcp']")
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("caro: ") and ".[mcp]" in done.stderr


def talk(env: dict[str, str], *calls: tuple[str, dict[str, object]]) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", CLIENT],
        env=env,
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@pytest.mark.long
def test_an_agent_asks(env: dict[str, str], tmp_path: Path) -> None:
    failed = {"command": "git comit", "exit_code": 1, "output": "git: 'comit' is not a git command."}
    told = talk(
        env,
        ("check", {"command": "rm -rf ~", "cwd": str(tmp_path)}),
        ("fix", failed),
        ("explain", {"command": "tar -xzf a.tgz"}),
        ("check", {"command": "ls", "shell": "tcl"}),
        ("history", {}),
    )
    assert told["names"] == ["check", "fix", "explain"]
    checked, fixed, explained, refused, unknown = told["answers"]  # type: ignore[misc]
    assert json.loads(checked["text"])["level"] == "critical"
    assert json.loads(fixed["text"])["fixes"][0]["command"] == "git commit"
    assert "the archive of -f" in explained["text"]
    assert refused["error"] and "bash" in refused["text"] and unknown["error"]


@pytest.mark.long
def test_history_is_told_where_it_is_switched_on(env: dict[str, str], home: Path) -> None:
    config = home / ".config/caro/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("[agent]\nhistory = true\n")
    subprocess.run(["caro", "run", "--", "true"], env=env, check=True)
    told = talk(env, ("history", {"limit": 5}))
    assert told["names"] == ["check", "fix", "explain", "history"]
    assert not told["answers"][0]["error"]  # type: ignore[index]
