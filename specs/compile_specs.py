"""Compiles specs/*.jsonl, the names that tools accept, into src/caro/fix/data/specs.bin (`make tables`).

A line is one command or sub-command: `name` (`git commit`), then the fields of a node as caro/fix/model.py tells them.
`s` lists its sub-commands in the tool's own order; one that has fields has a line of its own, and `["ci", "commit"]`
is another name of `commit`. Lines are sorted by name, a file holds the tools of one letter, the largest tools have
files of their own. `tools/build_specs.py` writes the lines anew from what tools say of themselves.

Only the standard library is imported here: the build runs this file before anything is installed.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
TARGET = FOLDER.parent / "src" / "caro" / "fix" / "data" / "specs.bin"
SPLIT_BYTES = 12_000
"""A node whose JSON is larger keeps only its children's names; they become entries of their own."""
SMALL_BYTES = 60
"""A child whose JSON is smaller stays with its parent all the same."""
SPLIT_TOOLS = ("aws", "az", "gcloud")
"""Tools with a file for each letter of their sub-commands: no file is larger than 1 MB."""

Node = dict[str, Any]


def file_of(name: str) -> str:
    """Return the file in which a command's line stands."""
    tool, _, sub = name.partition(" ")
    stem = f"{tool}-{sub[:1] or '0'}" if tool in SPLIT_TOOLS else tool[0]
    return f"{stem}.jsonl"


def lines_of(name: str, node: Node) -> Iterator[tuple[str, str]]:
    """Give (name, line) of a node and of all below it that have fields."""
    children = node.get("s", {})
    listed = [[child, below] if isinstance(below, str) else child for child, below in children.items()]
    fields = {"name": name, **node, **({"s": listed} if listed else {})}
    yield name, json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    for child, below in children.items():
        if below and not isinstance(below, str):
            yield from lines_of(f"{name} {child}", below)


def write_lines(folder: Path, roots: dict[str, Node]) -> None:
    """Write all files of the folder anew; those that no line falls to go."""
    texts: dict[str, dict[str, str]] = defaultdict(dict)
    for root, node in roots.items():
        for name, line in lines_of(root, node):
            texts[file_of(name)][name] = line
    for path in folder.glob("*.jsonl"):
        if path.name not in texts:
            path.unlink()
    for file, lines in texts.items():
        text = "".join(f"{lines[name]}\n" for name in sorted(lines, key=str.encode))
        (folder / file).write_text(text, "utf-8")


def read_lines(folder: Path) -> dict[str, Node]:
    """Return every tool's node with all below it. Raises ValueError, which names the file and the line."""
    nodes: dict[str, Node] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            try:
                node = json.loads(line)
                nodes[node.pop("name")] = node
            except (ValueError, KeyError, AttributeError) as error:
                raise ValueError(f"{path.name}:{number}: {error}") from error
    for name, node in nodes.items():
        if "s" in node:
            node["s"] = dict(_child(name, listed, nodes) for listed in node["s"])
    return {name: node for name, node in nodes.items() if " " not in name}


def _child(name: str, listed: str | list[str], nodes: dict[str, Node]) -> tuple[str, Node | str]:
    if isinstance(listed, str):
        return listed, nodes.get(f"{name} {listed}", {})
    return listed[0], listed[1]


def entries(name: str, node: Node) -> dict[str, bytes]:
    """Return the node as one blob, its large children (`"l"` in their place) as blobs under `name child`."""
    found: dict[str, bytes] = {}
    blob = _blob(node)
    if len(blob) > SPLIT_BYTES and node.get("s"):
        kept: dict[str, Any] = {}
        for child, value in node["s"].items():
            small = isinstance(value, str) or len(json.dumps(value)) < SMALL_BYTES
            kept[child] = value if small else {"l": 1}
            if not small:
                found |= entries(f"{name} {child}", value)
        blob = _blob(node | {"s": kept})
    found[name] = blob
    return found


def _blob(node: Node) -> bytes:
    return json.dumps(node, separators=(",", ":")).encode()


def packed(roots: dict[str, Node]) -> bytes:
    """Return the file's bytes: `CAROSPEC1`, sizes, a dictionary for zlib, a sorted index of
    `key TAB offset TAB length`, the blobs."""
    blobs: dict[str, bytes] = {}
    for name in sorted(roots):
        blobs |= entries(name, roots[name])
    dictionary = _dictionary(blobs.values())
    index, offset, data = [], 0, []
    # A copy is made in half the time that reading the dictionary once more takes.
    fresh = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=dictionary)
    for key in sorted(blobs, key=str.encode):
        squeezer = fresh.copy()
        squeezed = squeezer.compress(blobs[key]) + squeezer.flush()
        index.append(f"{key}\t{offset}\t{len(squeezed)}\n")
        offset += len(squeezed)
        data.append(squeezed)
    index_bytes = "".join(index).encode()
    return (
        b"CAROSPEC1 %d %d\n" % (len(dictionary), len(index_bytes)) + dictionary + index_bytes + b"".join(data)
    )


def _dictionary(blobs: Iterable[bytes]) -> bytes:
    """Return the heads of blobs of every size: what most of them begin with."""
    sample = sorted(blobs, key=len)
    return b"".join(blob[:160] for blob in sample[:: max(1, len(sample) // 200)])[-32_000:]


def is_current(folder: Path, target: Path) -> bool:
    """True if the target is newer than every line and than this file."""
    sources = [Path(__file__), *folder.glob("*.jsonl")]
    return target.exists() and target.stat().st_mtime > max(path.stat().st_mtime for path in sources)


def write_specs(folder: Path = FOLDER, target: Path = TARGET) -> Path:
    """Compile the folder's lines where they changed; return the target.

    The file is exchanged whole, as a daemon may have the old one mapped.
    """
    if not is_current(folder, target):
        aside = target.with_name(f"{target.name}.new")
        aside.write_bytes(packed(read_lines(folder)))
        aside.replace(target)
    return target


if __name__ == "__main__":
    write_specs()
