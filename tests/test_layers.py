"""Imports run down, in no circle, and a room's files are read by that room: tools/layers.toml says who may what."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "caro"
TABLE = tomllib.loads((ROOT / "tools" / "layers.toml").read_text("utf-8"))
ROWS = TABLE["row"]
ROW_OF = {room: at for at, row in enumerate(ROWS) for room in row["rooms"]}
FORBIDDEN = set(
    "os io sys subprocess socket time asyncio shutil tempfile threading pathlib datetime random glob ctypes mmap"
    " sqlite3 secrets signal fcntl".split()
)
"""What a pure room has no use for: files, the clock, the environment, chance."""
FILES = {
    file.relative_to(SOURCE): ast.parse(file.read_text("utf-8")) for file in sorted(SOURCE.rglob("*.py"))
}


def room_of(file: Path) -> str:
    return file.parts[0].removesuffix(".py")


def module_of(file: Path) -> str:
    parts = ("caro", *file.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(file): file for file in FILES}


def imports(file: Path, tree: ast.AST | None = None) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of each import of a file, wherever it stands: in a function and for types alone too."""
    for node in ast.walk(tree or FILES[file]):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.Call) and imported_by_name(node):
            yield node.lineno, imported_by_name(node)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: import by the full name"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield node.lineno, full if full in MODULES else str(node.module)


def imported_by_name(node: ast.Call) -> str:
    """What `import_module("caro.x")` and `__import__("caro.x")` import, as far as it is spelt out; else empty."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in ("import_module", "__import__") or not node.args:
        return ""
    first = node.args[0].values[0] if isinstance(node.args[0], ast.JoinedStr) else node.args[0]
    text = str(first.value) if isinstance(first, ast.Constant) else ""
    return text if text in MODULES else text.rpartition(".")[0]


def allowed(room: str) -> set[str]:
    """The rooms that a room may import."""
    row = ROWS[ROW_OF[room]]
    below = {other for other, at in ROW_OF.items() if at > ROW_OF[room]}
    shared = set(TABLE["pure_values"] if row.get("pure") else ROWS[-1]["rooms"])
    named = below & (set(row["may"]) | shared) if "may" in row else below
    return named | {room} | (set(row["rooms"]) if row.get("beside") else set())


def test_the_table_knows_the_rooms_that_exist() -> None:
    there = {
        path.stem
        for path in SOURCE.iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
    }
    assert set(ROW_OF) == there - {"__init__"}
    for row in ROWS:
        for other in row.get("may", ()):
            assert ROW_OF[other] > ROWS.index(row), f"{row['rooms']}: {other} stands no lower"


def test_imports_run_down() -> None:
    wrong = []
    for file in FILES:
        if file.name == "__init__.py" and len(file.parts) == 1:
            continue
        may = allowed(room_of(file))
        for line, name in imports(file):
            other = name.split(".")[1] if name.startswith("caro.") else room_of(file)
            if other not in may and name != "caro.__version__":
                wrong.append(f"{file}:{line}: {room_of(file)} must not import {other}")
    assert not wrong, "\n".join(wrong)


# -- circles


def edges(files: dict[Path, ast.Module]) -> dict[str, set[str]]:
    """Module -> the modules it imports, and the packages whose `__init__` runs with that.

    Of an `__init__` counts what stands at its top: that is what runs whenever a module beside it is imported.
    """
    known = {module_of(file) for file in files}
    return {module_of(file): needed(file, tree) & known - {module_of(file)} for file, tree in files.items()}


def needed(file: Path, tree: ast.Module) -> set[str]:
    """The modules that a file names, and the packages that they stand in."""
    at_top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    part = ast.Module(at_top, []) if file.name == "__init__.py" else tree
    named = {name for _, name in imports(file, part)}
    return named | {package for name in named for package in packages(name)}


def packages(name: str) -> Iterator[str]:
    """`caro.a.b` -> `caro.a`, `caro`."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other (strongly connected components of more than one; Tarjan 1972)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in order:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == order[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in graph:
        if name not in order:
            visit(name)
    return found


def test_no_files_import_each_other() -> None:
    """Inside a function or for types alone counts too: two files that need each other are one room's knot."""
    assert circles(edges(FILES)) == []


def test_a_circle_is_seen() -> None:
    texts = {
        "a/b.py": "from caro.a import c\n",
        "a/c.py": "def f():\n    from caro.a.d import x\n",
        "a/d.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import caro.a.b\n",
        "a/e.py": "import caro.a.b\n",
        "a/__init__.py": "",
    }
    files = {Path(name): ast.parse(text) for name, text in texts.items()}
    MODULES.update({module_of(file): file for file in files})
    try:
        assert circles(edges(files)) == [["caro.a.b", "caro.a.c", "caro.a.d"]]
    finally:
        for file in files:
            del MODULES[module_of(file)]


# -- what is pure


@pytest.mark.parametrize("room", [room for row in ROWS if row.get("pure") for room in row["rooms"]])
def test_pure_rooms_touch_no_files_clock_or_environment(room: str) -> None:
    """What decides gets values in and gives values out."""
    wrong = [
        f"{file}:{line}: {room} imports {name}"
        for file in FILES
        if room_of(file) == room
        for line, name in imports(file)
        if name.split(".")[0] in FORBIDDEN
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("room", [room for row in ROWS if row.get("pure") for room in row["rooms"]])
def test_pure_rooms_open_nothing(room: str) -> None:
    wrong = [
        f"{file}:{line}: {room} opens a file"
        for file, tree in FILES.items()
        if room_of(file) == room
        for line in opened(tree)
    ]
    assert not wrong, "\n".join(wrong)


def opened(tree: ast.AST) -> list[int]:
    """The lines in which something is opened or read."""
    names = ("open", "read_text", "read_bytes", "write_text", "write_bytes")
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        node.lineno for node in calls if getattr(node.func, "id", getattr(node.func, "attr", "")) in names
    ]


def test_hidden_imports_and_reads_are_seen() -> None:
    text = 'import_module("caro.cli.main")\n__import__("caro.cli.main")\nimport_module(f"caro.cli.{x}")\n'
    assert [name for _, name in imports(Path("safety/x.py"), ast.parse(text))] == [
        "caro.cli.main",
        "caro.cli.main",
        "caro.cli",
    ]
    assert opened(ast.parse("open(x)\nPath(x).open()\nx.read_text()\nx.reopen()\n")) == [1, 2, 3]


# -- files of other rooms


def reached(node: ast.AST, file: Path) -> tuple[str, ...] | None:
    """The path below src/caro that an expression on `__file__` leads to; None where it is no such expression."""
    if isinstance(node, ast.Name):
        return file.parts if node.id == "__file__" else None
    if isinstance(node, ast.Call):
        return _reached_by_call(node, file)
    if isinstance(node, ast.Attribute):
        inner = reached(node.value, file)
        return inner if inner is None or node.attr != "parent" else inner[:-1]
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
        inner = reached(node.value.value, file)
        steps = node.slice.value if isinstance(node.slice, ast.Constant) else 0
        return None if inner is None else inner[: -1 - steps] if isinstance(steps, int) else ()
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        inner = reached(node.left, file)
        piece = node.right.value if isinstance(node.right, ast.Constant) else "?"
        return None if inner is None else (*inner, *str(piece).split("/"))
    return None


def _reached_by_call(node: ast.Call, file: Path) -> tuple[str, ...] | None:
    function, first = node.func, node.args[0] if node.args else None
    if isinstance(function, ast.Attribute) and function.attr == "files" and isinstance(first, ast.Constant):
        return tuple(str(first.value).split("."))[1:]
    if isinstance(function, ast.Name):
        return reached(first, file) if first is not None and function.id == "Path" else None
    if not isinstance(function, ast.Attribute):
        return None
    inner = reached(function.value, file)
    if inner is None or function.attr not in ("with_name", "joinpath"):
        return inner
    pieces = [str(word.value) if isinstance(word, ast.Constant) else "?" for word in node.args]
    return (*inner[:-1], *pieces) if function.attr == "with_name" else (*inner, *pieces)


def outward(node: ast.AST, file: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(line, path) of each whole expression of `node` that leads to the package's own folder or another room's."""
    path = reached(node, file)
    if path is None:
        for child in ast.iter_child_nodes(node):
            yield from outward(child, file)
    elif not path or (path[0].removesuffix(".py") in ROW_OF and path[0] != file.parts[0]):
        yield getattr(node, "lineno", 0), path


def test_a_room_reads_its_own_files() -> None:
    """Another room's are asked for: `caro.knowledge` hands out tables, `packaged.path_of` other files that ship."""
    wrong = [
        f"{file}:{line}: reads {'/'.join(path) or 'the whole package'} by path"
        for file, tree in FILES.items()
        if file.as_posix() not in TABLE["reads_package"]
        for line, path in outward(tree, file)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ('X = Path(__file__).resolve().parent.parent / "fix" / "data"', [("fix", "data")]),
        ('X = Path(__file__).parents[1] / "fix/rules"', [("fix", "rules")]),
        ("X = Path(__file__).parent.parent", [()]),
        ('X = resources.files("caro.fix") / "data"', [("fix", "data")]),
        ('X = (Path(__file__).parent / "topics").read_text()', []),
        ('X = Path(__file__).with_name("redact.toml")', []),
        ('X = Path(__file__).resolve().parent.parent / "_bin"', []),
    ],
)
def test_a_read_by_path_is_seen(text: str, seen: list[tuple[str, ...]]) -> None:
    assert [path for _, path in outward(ast.parse(text), Path("machine/x.py"))] == seen


def test_the_diagram_is_the_table() -> None:
    done = subprocess.run([sys.executable, "tools/make_layers.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "python tools/make_layers.py"
