"""Makes native/hook/agents.inc of src/caro/agent/agents.toml: `python tools/make_agent_table.py [--check]`."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "caro" / "agent" / "agents.toml"
TABLE = ROOT / "native" / "hook" / "agents.inc"
KEYS = """event before after failed command cwd session output status_text exit_code duration
deny ask warn allow context after_status""".split()


def c_string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def table_text() -> str:
    rows = ["/* Made by tools/make_agent_table.py of src/caro/agent/agents.toml: edit that one. */"]
    for name, agent in tomllib.loads(SOURCE.read_text("utf-8")).items():
        values = "".join(f"\t.{key} = {c_string(agent[key])},\n" for key in KEYS)
        rows.append(f"{{\n\t.name = {c_string(name)},\n{values}\t.deny_status = {agent['deny_status']},\n}},")
    return "\n".join(rows) + "\n"


def main() -> int:
    text = table_text()
    if sys.argv[1:] == ["--check"]:
        return int(TABLE.read_text("utf-8") != text)
    TABLE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
