"""Makes the natives' tables of src/caro/knowledge/agents.toml: `python tools/make_agent_table.py [--check]`.

native/lib/event/agent_variables.inc tells whose variables are set, native/hook/agents.inc how hooks speak.
"""

from __future__ import annotations

import sys
from pathlib import Path

from c_table import c_string, write_or_check

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from caro.knowledge.agents import Agent, Agents, agents  # noqa: E402

HEAD = "/* Made by tools/make_agent_table.py of src/caro/knowledge/agents.toml: edit that one. */\n"
KEYS = """event before after failed tools command cwd session output status_text exit_code duration
deny ask warn allow context after_status""".split()


def variables_text(known: Agents) -> str:
    """Return the rows of identity.c: a variable and the agent that it names; NULL: its value is the name."""
    pairs = known.naming_variables()
    rows = (f"{{{c_string(variable)}, {c_string(name) if name else 'NULL'}}},\n" for variable, name in pairs)
    return HEAD + "".join(rows)


def hooks_text(known: Agents) -> str:
    """Return the rows of hook/agents.c: one `struct agent` for each agent with a hook."""
    hooked = (agent for agent in known.by_name.values() if agent.hook is not None)
    return HEAD + "".join(_hook_row(agent, known.mcp_files) for agent in hooked)


def _hook_row(agent: Agent, mcp_files: tuple[str, ...]) -> str:
    hook = agent.hook or {}
    files = (*hook.get("files", ()), *(f"*{row}" for row in mcp_files))
    values = "".join(f"\t.{key} = {c_string(hook[key])},\n" for key in KEYS)
    values += f"\t.failed_text = {c_string(hook.get('failed_text', ''))},\n"
    values += f"\t.offer = {c_string(hook.get('offer', ''))},\n"
    values += f"\t.ask_at = {c_string(hook.get('ask_at', ''))},\n"
    values += f"\t.files = {c_string(chr(10).join(files))},\n"
    return f"{{\n\t.name = {c_string(agent.name)},\n{values}\t.deny_status = {hook['deny_status']},\n}},\n"


def main() -> int:
    known = agents()
    tables = {
        "native/lib/event/agent_variables.inc": variables_text(known),
        "native/hook/agents.inc": hooks_text(known),
    }
    return max(write_or_check(ROOT / path, text) for path, text in tables.items())


if __name__ == "__main__":
    raise SystemExit(main())
