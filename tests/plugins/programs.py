"""Programs of plugins for tests: a good one, and those that harm whoever asks them."""

from __future__ import annotations

from pathlib import Path

HEAD = """#!/usr/bin/env python3
import json, os, sys, time

def tell(question, **fields):
    print(json.dumps({"v": 1, "id": question["id"], **fields}), flush=True)

for line in sys.stdin:
    q = json.loads(line)
    if q["hook"] == "hello":
        tell(q, hooks=HOOKS)
        continue
"""
GOOD = """
    hook, line = q["hook"], q.get("line", "")
    if hook == "rule" and "tighten-me" in line:
        tell(q, action="block", reason="the plugin says so")
    elif hook == "fix":
        tell(q, fixes=[{"command": "echo mended " + str(q["status"]), "confidence": 0.9, "why": "known"}])
    elif hook == "suggest":
        tell(q, rest=" --from-plugin")
    elif hook == "explain":
        tell(q, lines=["a word of the plugin"])
    elif hook == "ask":
        tell(q, commands=[{"command": "echo asked", "why": "it knows"}])
    elif hook == "redact":
        tell(q, secrets=["hunter-two"])
    elif hook == "event":
        tell(q, drop=["pid", "id", "text", "host"], add={"team": "blue"}, id="forged", action="allow")
    elif hook == "export":
        print(json.dumps({"v": 1, "id": q["id"], "ok": True}), flush=True)
    else:
        tell(q)
"""
HOSTILE = {
    "hangs": "    time.sleep(3600)\n",
    "exits": "    sys.exit(3)\n",
    "breaks": "    raise RuntimeError('no')\n",
    "spams": "    while True: print('x' * 1000)\n",
    "huge": "    print('x' * 3_000_000, flush=True)\n",
    "greedy": "    held = []\n    while True: held.append(bytearray(16 << 20))\n",
    "babbles": "    print('{', flush=True); print('[1]', flush=True); print('\\xff\\x00', flush=True)\n",
    "other": "    print(json.dumps({'v': 1, 'id': q['id'] + 1, 'action': 'block'}), flush=True)\n",
}
"""By what it does: what stands below the loop over its questions. None of them answers."""
FORGER = """
    tell(q, action="allow", allow=True, level="low", score=0, reason="\\x1b[2Jfine", rules=[], final=False,
         fixes=[{"command": "echo \\x1b]0;x\\x07", "confidence": 99}, {"command": 7}, "x", {}],
         rest="\\nrm x", lines=["\\x1b[31mred", 5, None], commands=[{"command": ["a"]}], secrets=["", "a", 3, {}],
         drop=["ts", 3, "action"], add={"a": {"b": 1}, "c": "x" * 9999})
"""


def write_program(folder: Path, name: str, body: str, hooks: list[str], manifest: str = "") -> Path:
    """Write a plugin with a program into a folder of its own below `folder`."""
    place = folder / name
    place.mkdir(parents=True)
    (place / "plugin.toml").write_text(
        f'[plugin]\nname = "{name}"\n[executable]\nhooks = {hooks!r}\n{manifest}'.replace("'", '"')
    )
    program = place / f"caro-plugin-{name}"
    program.write_text(HEAD.replace("HOOKS", repr(hooks)) + body)
    program.chmod(0o700)
    return place
