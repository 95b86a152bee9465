"""Makes native/hook/agents.inc of src/caro/agent/agents.toml: `python tools/make_agent_table.py [--check]`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from c_table import c_string, write_or_check

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "caro" / "agent" / "agents.toml"
TABLE = ROOT / "native" / "hook" / "agents.inc"
KEYS = """event before after failed command cwd session output status_text exit_code duration
deny ask warn allow context after_status""".split()


def table_text() -> str:
    rows = ["/* Made by tools/make_agent_table.py of src/caro/agent/agents.toml: edit that one. */"]
    for name, agent in tomllib.loads(SOURCE.read_text("utf-8")).items():
        values = "".join(f"\t.{key} = {c_string(agent[key])},\n" for key in KEYS)
        rows.append(f"{{\n\t.name = {c_string(name)},\n{values}\t.deny_status = {agent['deny_status']},\n}},")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    raise SystemExit(write_or_check(TABLE, table_text()))
