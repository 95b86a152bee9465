"""Decisions about files, folders and archives."""

from __future__ import annotations

from collections.abc import Sequence

from caro.fix.context import Context
from caro.fix.decisions.registry import decision
from caro.fix.distance import typo_cost
from caro.fix.words import quote


@decision
def dots_up(context: Context) -> Sequence[str]:
    """Return two folders up for `cd ...`, and one more for each dot."""
    return ["cd " + "/".join([".."] * (len(context.groups["dots"]) - 1))]


def _made_first(context: Context, folder: str) -> Sequence[str]:
    prefix = context.value("prefix")
    made = f"mkdir -p {_shell_path(folder)} && "
    return [made + prefix + context.simple.text] if folder else []


def _shell_path(path: str) -> str:
    return "~/" + quote(path[2:]) if path.startswith("~/") and path[2:] else quote(path)


@decision
def make_folder_first(context: Context) -> Sequence[str]:
    """Return the line behind a `mkdir` of the target's parent, or of the target itself where it ends with a slash."""
    target = context.groups.get("last", "")
    if not target or target not in context.output.replace("’", "'"):
        return []
    return _made_first(context, target if target.endswith("/") else target.rpartition("/")[0])


@decision
def make_target_first(context: Context) -> Sequence[str]:
    target = context.groups["last"]
    return _made_first(context, target) if target.rstrip("/") == context.groups["folder"].rstrip("/") else []


@decision
def make_redirect_folder(context: Context) -> Sequence[str]:
    """Return the line behind a `mkdir`, only where the message names the file that the line writes to."""
    targets = [word.text for word in context.simple.targets]
    path = context.groups["path"]
    return _made_first(context, path.rpartition("/")[0]) if path in targets else []


@decision
def swap_last_two(context: Context) -> Sequence[str]:
    one, two = context.simple.words[-2:]
    line = context.simple.line
    kept = line[context.simple.start : one.start]
    return [f"{kept}{line[two.start : two.end]} {line[one.start : one.end]}"]


@decision
def quote_glob(context: Context) -> Sequence[str]:
    glob = context.groups["glob"]
    return [context.simple.text.replace(glob, f"'{glob}'", 1)] if "'" not in glob else []


@decision
def end_sed_script(context: Context) -> Sequence[str]:
    script, mark = context.groups["script"], context.groups["mark"]
    return [context.simple.text.replace(script, script + mark, 1)]


@decision
def right_unpacker(context: Context) -> Sequence[str]:
    tools = {"zip": "unzip", "bz2": "bunzip2", "xz": "unxz", "zst": "unzstd", "7z": "7z x"}
    return [f"{tools[context.groups['kind']]} {quote(context.groups['file'])}"]


@decision
def make_extract_folder(context: Context) -> Sequence[str]:
    folder = context.groups.get("folder") or context.groups.get("folder2", "")
    return _made_first(context, folder) if context.groups["missing"] == folder else []


@decision
def sed_bars(context: Context) -> Sequence[str]:
    """Return `s/home/usr/local/g` with bars. An empty part marks where a path ends and the next begins."""
    script = context.groups["script"]
    text, _, flags = script[2:].rpartition("/")
    old, _, new = text.partition("//") if "//" in text else text.partition("/")
    new = "/" + new if "//" in text else new
    return [context.simple.text.replace(script, f"s|{old}|{new}|{flags}", 1)] if "|" not in script else []


@decision
def quote_awk(context: Context) -> Sequence[str]:
    script = context.groups["script"]
    return [context.simple.text.replace(script, f"'{script}'", 1)]


@decision
def xargs_lines(context: Context) -> Sequence[str]:
    words = " ".join(word.text for word in context.simple.prefix)
    return [words.replace("xargs", "xargs -d '\\n'", 1) + " " + context.simple.text]


@decision
def pipe_to_xargs(context: Context) -> Sequence[str]:
    """Return the command behind `xargs`, only behind a pipe and where the program had no names of its own."""
    simple = context.simple
    behind_pipe = simple.line[: simple.start].rstrip().endswith("|")
    plain = [word for word in simple.words[1:] if not word.text.startswith("-")]
    return [f"xargs {simple.text}"] if behind_pipe and not plain and not simple.prefix else []


@decision
def activate_path(context: Context) -> Sequence[str]:
    """Return the right name of the script; else the environment that is there, or a new one."""
    folder, file = context.groups["folder"], context.groups["file"]
    if file != "activate":
        right = context.simple.text.removesuffix(file) + "activate"
        return [right] if typo_cost(file, "activate") < 3 else []
    other = {"venv": ".venv", ".venv": "venv", "env": ".venv"}.get(folder, ".venv")
    made = f"python3 -m venv {_shell_path(folder)} && {context.simple.text}"
    there = context.exists(other)
    switched = context.simple.text.replace(f"{folder}/bin", f"{other}/bin")
    return [switched, made] if there else [made, switched]


@decision
def xargs_braces(context: Context) -> Sequence[str]:
    words = context.value("prefix").strip()
    return [words.replace("xargs", "xargs -I{}", 1) + " " + context.simple.text] if "-I" not in words else []
