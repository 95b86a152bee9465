"""Writes src/caro/safety/looks.toml: with which verb each group of a service's sub-commands shows what another deletes.

    python tools/make_looks.py

Read from specs/*.jsonl. A group stands there with the verb that takes the same operands (`describe`, `show` …), or with
the one that lists (`list`, `ls`). Tools of very many groups have one verb (`default`) and the groups that lack it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src" / "caro" / "safety" / "looks.toml"
SHOWING = ("describe", "show", "view", "inspect", "get", "info", "retrieve", "status")
LISTING = ("list", "ls")
DELETING = frozenset(
    "delete remove destroy rm del purge terminate uninstall stop disable reset drop prune revoke leave unset".split()
)
TOOLS = (
    "airflow appwrite argo astro atlas aws-vault az bw copilot doctl docker docker-compose fastly fly"
    " flyctl gcloud gh hcloud"
    " kubectl lxc machinectl nomad op oc podman pscale rancher tkn vercel vultr-cli wp wrangler supabase"
    " minikube pulumi scw"
).split()
WHOLE = frozenset("argo docker kubectl lxc machinectl nomad oc podman".split())
"""Tools whose verbs stand first, before the operands: `docker rm X`, `docker inspect X`."""


def children() -> dict[str, frozenset[str]]:
    """Return the names of the sub-commands of each command."""
    found = {}
    for path in sorted((ROOT / "specs").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            node = json.loads(line)
            below = node.get("s", [])
            found[node["name"]] = frozenset(child if isinstance(child, str) else child[0] for child in below)
    return found


def groups(tool: str, known: dict[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """Give (group, verb) of a tool: "" as verb where the group has none."""
    for name, below in sorted(known.items()):
        if (name == tool or name.startswith(f"{tool} ")) and below & DELETING:
            group = name[len(tool) + 1 :]
            if group or tool in WHOLE:
                yield group, next((verb for verb in (*SHOWING, *LISTING) if verb in below), "")


def text() -> str:
    """Return the table."""
    known = children()
    lines = ["# Which verb looks at what another verb of the group deletes: made by tools/make_looks.py."]
    for tool in sorted(TOOLS):
        found = dict(groups(tool, known))
        if not found:
            continue
        lines += ["", f"[{tool}]"]
        if len(found) > 400:
            default = max(SHOWING, key=list(found.values()).count)
            lines.append(f'default = "{default}"')
            found = {
                group: "" if verb in LISTING else verb for group, verb in found.items() if verb != default
            }
        lines += [f'"{group}" = "{verb}"' for group, verb in found.items() if verb or len(found) > 200]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
