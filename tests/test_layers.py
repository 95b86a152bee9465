"""Imports run down: the table says who may import whom, and the test prints the line that doesn't."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src" / "caro"

BASE = {
    "errors",
    "levels",
    "model",
    "paths",
    "settings",
    "config_write",
    "config_lines",
    "runtime_conf",
    "wire",
    "ere",
    "plain",
}
PURE = {"parse", "safety", "fix", "suggest"}
MAY_IMPORT: dict[str, set[str]] = {
    **dict.fromkeys(BASE, BASE),
    "parse": {"errors", "levels", "model"},
    "safety": {"errors", "levels", "model", "parse"},
    "fix": {"errors", "levels", "model", "parse"},
    "suggest": {"errors", "levels", "model", "parse"},
    "record": BASE,
    "client": BASE,
    "machine": BASE | {"safety", "fix"},
    "world": BASE | {"safety", "fix"},
    "engine": BASE | {"parse", "safety", "fix", "machine"},
    "trace": BASE | {"record"},
    "shell": BASE | {"record", "client", "trace"},
    "agent": BASE | {"shell", "trace"},
    "daemon": BASE | PURE | {"record", "client", "plugins", "llm", "world", "machine", "engine"},
    "__main__": {"cli"},
}
"""By part of the package; `cli` and what is like it may import everything."""
ON_TOP = {"cli", "tui", "report", "export"}


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Line and part of each import of `caro.PART`."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "caro":
            names = [f"caro.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module]
        for name in names:
            if name.startswith("caro.") and name != "caro.__version__":
                yield node.lineno, name.split(".")[1]


def test_imports_run_down() -> None:
    wrong = []
    for file in sorted(SOURCE.rglob("*.py")):
        part = file.relative_to(SOURCE).parts[0].removesuffix(".py")
        if part in ON_TOP or part == "__init__":
            continue
        allowed = MAY_IMPORT[part] | {part}
        wrong += [
            f"{file.relative_to(SOURCE)}:{line}: {part} must not import {other}"
            for line, other in imports(file)
            if other not in allowed
        ]
    assert not wrong, "\n".join(wrong)


def test_pure_parts_touch_no_files_clock_or_environment() -> None:
    """What decides gets values in and gives values out."""
    forbidden = {"os", "subprocess", "socket", "time", "asyncio", "shutil", "tempfile", "threading"}
    wrong = []
    for part in sorted(PURE):
        for file in sorted((SOURCE / part).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.module:
                    names = [node.module]
                wrong += [
                    f"{file.relative_to(SOURCE)}:{node.lineno}: {part} imports {name}"  # type: ignore[attr-defined]
                    for name in names
                    if name.split(".")[0] in forbidden
                ]
    assert not wrong, "\n".join(wrong)
