"""What can be known of a failure whose output nobody saw: what kind of file each operand is, and which names a project
has (targets of its Makefile, scripts, recipes, branches).

Each table row stands for one way in which the tool must fail on such operands (POSIX.1-2024 for the utilities; make(1),
grep(1), ssh-copy-id(1)); where anything else may have gone wrong as well (an operand that isn't there, an option that
is no option), nothing is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from caro.fix.distance import nearest
from caro.fix.folders import absolute, exists, repaired
from caro.fix.model import Candidate, Failure, Inventory
from caro.fix.spec_walk import CLOSE, walk
from caro.fix.words import Simple, Word, quote

SURE, LIKELY = 0.9, 0.72
PROJECT: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[int, ...]]] = {
    "make": (("",), ("make-target",), (2,)),
    "just": (("",), ("just-recipe",), (1,)),
    "npm": (("run", "run-script"), ("npm-script",), (1,)),
    "pnpm": (("run",), ("npm-script",), (1,)),
    "yarn": (("run",), ("npm-script",), (1,)),
    "bun": (("run",), ("npm-script",), (1,)),
    "git": (
        ("checkout", "switch", "merge", "rebase", "log", "diff", "cherry-pick"),
        ("git-branch", "git-remote-branch", "git-tag"),
        (1, 128),
    ),
}
"""Tool -> words before the name ("" none), kinds of names, exit statuses of an unknown one."""
ELSEWHERE = {"make": ("-C", "-f", "--directory", "--file", "--makefile"), "git": ("-C", "--git-dir")}
"""Options that put the project somewhere else."""


def knowable(simple: Simple, failure: Failure, inventory: Inventory) -> Iterator[Candidate]:
    """Give what mends the command by files and names alone; nothing where an output tells more, or no folder is
    known."""
    if (failure.output or "").strip() or not inventory.cwd:
        return
    for tools, statuses, way in WAYS:
        if simple.name in tools and failure.exit_code in statuses and "/" not in simple.words[0].text:
            yield from way(simple, inventory)
    yield from _folder_as_command(simple, failure, inventory)
    yield from _target_folder(simple, failure, inventory)
    yield from project_names(simple, failure, inventory)


def _is_folder(text: str, inventory: Inventory) -> bool:
    """True if the word names a folder that is there."""
    path = absolute(text, inventory)
    if path is None:
        return False
    above, _, name = path.rstrip("/").rpartition("/")
    return f"{name}/" in (inventory.listing(above or "/") or ()) or name in (".", "..")


def _is_file(text: str, inventory: Inventory) -> bool:
    return exists(text, inventory) and not _is_folder(text, inventory)


def _operands(simple: Simple) -> list[Word]:
    """Return the words behind the program that are no options; none where a shell would change one."""
    plain = [word for word in simple.words[1:] if not word.text.startswith("-") or word.text == "-"]
    return [] if any(word.expands for word in plain) else plain


def _options(simple: Simple) -> list[str]:
    return [word.text for word in simple.words[1:] if word.text.startswith("-") and word.text != "-"]


def _has_letter(simple: Simple, letters: str, *names: str) -> bool:
    """True if one of the short options, alone or in a cluster, or one of the long ones is given."""
    return any(
        option.startswith(names) if option.startswith("--") else bool(set(letters) & set(option[1:]))
        for option in _options(simple)
    )


def _behind_name(simple: Simple, option: str) -> str:
    """Return the line with the option put first; a `-f` that stands there takes it in."""
    first = simple.words[0]
    if len(simple.words) > 1 and simple.words[1].text == "-f" and option == "-r" and simple.name == "rm":
        return simple.replaced(simple.words[1], "-rf")
    return simple.replaced(first, f"{simple.line[first.start : first.end]} {option}")


def _rm(simple: Simple, inventory: Inventory) -> Iterator[Candidate]:
    operands = [word.text for word in _operands(simple)]
    if _has_letter(simple, "rRd", "--recursive", "--dir") or not all(
        exists(text, inventory) for text in operands
    ):
        return
    folders = [text for text in operands if _is_folder(text, inventory)]
    if folders:
        yield Candidate(
            _behind_name(simple, "-r"), SURE, f"`{folders[0]}` is a folder: `rm` takes it with -r", "rule"
        )


def _copy(simple: Simple, inventory: Inventory) -> Iterator[Candidate]:
    """Give `-r` for a folder that `cp` or `scp` shall copy, and the folder that several files shall go to."""
    operands = [word.text for word in _operands(simple)]
    *sources, target = operands or [""]
    local = [text for text in sources if ":" not in text]
    if not sources or _has_letter(simple, "t", "--target-directory") or not _all_there(local, inventory):
        return
    folders = [text for text in local if _is_folder(text, inventory)]
    recursive = _has_letter(simple, "rRa", "--recursive", "--archive")
    needs = bool(folders) and not recursive and simple.name != "mv"
    line = _behind_name(simple, "-r") if needs else simple.line
    if simple.name != "scp" and ":" not in target:
        folder = target if len(sources) > 1 else target.rstrip("/").rpartition("/")[0]
        if len(sources) > 1 and _is_file(target, inventory):
            return
        if folder and not exists(folder, inventory):
            yield from _made_first(simple, folder, line, inventory)
            return
    if needs:
        yield Candidate(line, SURE, f"`{folders[0]}` is a folder: `{simple.name}` copies it with -r", "path")


def _all_there(texts: Sequence[str], inventory: Inventory) -> bool:
    return all(exists(text, inventory) for text in texts)


def _made_first(simple: Simple, folder: str, line: str, inventory: Inventory) -> Iterator[Candidate]:
    """Give the line behind a `mkdir -p`; nothing for a folder that a slip made of one that is there, or that lies where
    nobody makes folders by the way."""
    path = absolute(folder, inventory)
    if path is None or "." in folder.rpartition("/")[2][1:]:
        return
    start = (
        "" if folder.startswith("/") else inventory.home if folder.startswith("~") else inventory.cwd or ""
    )
    near = repaired(path[len(start) :], inventory, True, start.rstrip("/"))
    if near and near[0][1] <= CLOSE:
        return
    if folder.startswith("/") and not path.startswith((inventory.home + "/", "/tmp/")):
        return
    shown = "~/" + quote(folder[2:]) if folder.startswith("~/") else quote(folder)
    made = line[: simple.start] + f"mkdir -p {shown} && " + line[simple.start :]
    if not simple.prefix:
        yield Candidate(made, LIKELY, f"there is no folder `{folder}`; this makes it", "path")


def _touch(simple: Simple, inventory: Inventory) -> Iterator[Candidate]:
    missing = [
        folder
        for word in _operands(simple)
        if (folder := word.text.rstrip("/").rpartition("/")[0]) and not exists(folder, inventory)
    ]
    if missing:
        yield from _made_first(simple, missing[0], simple.line, inventory)


def _mkdir(simple: Simple, inventory: Inventory) -> Iterator[Candidate]:
    operands = [word.text for word in _operands(simple)]
    if len(operands) == 1 and not _options(simple) and _is_folder(operands[0], inventory):
        yield Candidate(
            simple.rewritten(f"cd {_typed(simple, operands[0])}"),
            LIKELY,
            f"`{operands[0]}` is there already",
            "path",
        )


def _typed(simple: Simple, text: str) -> str:
    """Return the operand as it stands in the line."""
    return next(simple.line[word.start : word.end] for word in simple.words[1:] if word.text == text)


def _read(simple: Simple, inventory: Inventory) -> Iterator[Candidate]:
    """Give `ls` for a folder that a program shall print."""
    operands = [word.text for word in _operands(simple)]
    if len(operands) == 1 and _is_folder(operands[0], inventory) and not _options(simple):
        text = simple.rewritten(f"ls {_typed(simple, operands[0])}")
        yield Candidate(text, SURE, f"`{operands[0]}` is a folder", "path")


def _grep(simple: Simple, inventory: Inventory) -> Iterator[Candidate]:
    operands = [word.text for word in _operands(simple)][1:]
    if _has_letter(simple, "rRef", "--recursive", "--regexp", "--file", "--directories", "--dereference"):
        return
    if any(step.role == "unknown-option" for step in walk(simple, inventory)):
        return
    folders = [text for text in operands if _is_folder(text, inventory)]
    if folders and _all_there(operands, inventory):
        yield Candidate(
            _behind_name(simple, "-r"), SURE, f"`{folders[0]}` is a folder: -r searches it", "path"
        )


def _enter(simple: Simple, inventory: Inventory) -> Iterator[Candidate]:
    """Give the folder of a file that `cd` shall enter, or what shows the file."""
    operands = [word.text for word in _operands(simple)]
    if len(operands) != 1 or not _is_file(operands[0], inventory):
        return
    text, why = _typed(simple, operands[0]), f"`{operands[0]}` is a file"
    if "/" in operands[0].rstrip("/"):
        folder = operands[0].rstrip("/").rpartition("/")[0]
        yield Candidate(
            simple.rewritten(f"{simple.name} {quote(folder)}"), SURE, why + "; this is its folder", "path"
        )
    elif re.search(
        r"\.(?:md|txt|toml|json|ya?ml|ini|cfg|conf|log|csv|py|sh|js|ts|c|h|go|rs|html?|css)$", text
    ):
        yield Candidate(simple.rewritten(f"cat {text}"), LIKELY, why, "path")


def _rmdir(simple: Simple, inventory: Inventory) -> Iterator[Candidate]:
    operands = [word.text for word in _operands(simple)]
    if len(operands) != 1 or _options(simple):
        return
    path = absolute(operands[0], inventory)
    if _is_file(operands[0], inventory):
        yield Candidate(simple.replaced(simple.words[0], "rm"), LIKELY, f"`{operands[0]}` is a file", "rule")
    elif path and _is_folder(operands[0], inventory) and inventory.listing(path.rstrip("/")):
        why = "the folder isn't empty: this removes what is in it too"
        yield Candidate(simple.replaced(simple.words[0], "rm -r"), LIKELY, why, "rule")


def _copy_id(simple: Simple, inventory: Inventory) -> Iterator[Candidate]:
    keys = inventory.listing(f"{inventory.home}/.ssh") or ()
    if _operands(simple) and "-i" not in _options(simple) and not any(name.endswith(".pub") for name in keys):
        yield Candidate(f"ssh-keygen && {simple.line}", LIKELY, "there is no key in ~/.ssh yet", "path")


Way = Callable[[Simple, Inventory], Iterator[Candidate]]
WAYS: tuple[tuple[frozenset[str], tuple[int, ...], Way], ...] = (
    (frozenset(("rm",)), (1,), _rm),
    (frozenset(("cp", "mv", "scp")), (1,), _copy),
    (frozenset(("touch", "tee")), (1,), _touch),
    (frozenset(("mkdir",)), (1,), _mkdir),
    (frozenset(("cat", "less", "more", "bat", "tac", "nl", "head", "tail")), (1,), _read),
    (frozenset(("grep", "egrep", "fgrep")), (2,), _grep),
    (frozenset(("cd", "pushd")), (1,), _enter),
    (frozenset(("rmdir",)), (1,), _rmdir),
    (frozenset(("ssh-copy-id",)), (1,), _copy_id),
)


def _folder_as_command(simple: Simple, failure: Failure, inventory: Inventory) -> Iterator[Candidate]:
    """Give `cd` for a line that is a folder's name: bash and fish end with 126 or 127, zsh with 126."""
    first = simple.words[0]
    alone = len(simple.words) == 1 and not simple.prefix and not first.expands
    if not alone or failure.exit_code not in (126, 127) or not _is_folder(first.text, inventory):
        return
    if "/" in first.text or not inventory.has(first.text):
        text = simple.line[first.start : first.end]
        yield Candidate(simple.rewritten(f"cd {text}"), 0.97, f"`{first.text}` is a folder", "path")


def _target_folder(simple: Simple, failure: Failure, inventory: Inventory) -> Iterator[Candidate]:
    """Give the folder first into which a redirection writes."""
    for target in simple.targets:
        folder = target.text.rpartition("/")[0]
        written = simple.line[: target.start].rstrip().endswith(">")
        if (
            failure.exit_code == 1
            and written
            and folder
            and not target.expands
            and not exists(folder, inventory)
        ):
            yield from _made_first(simple, folder, simple.line, inventory)


def project_names(simple: Simple, failure: Failure, inventory: Inventory) -> Iterator[Candidate]:
    """Give the nearest name of the project for one that it doesn't have."""
    before, kinds, statuses = PROJECT.get(simple.name, ((), (), ()))
    if failure.exit_code not in statuses or set(_options(simple)) & set(ELSEWHERE.get(simple.name, ())):
        return
    words = [word for word in simple.words[1:] if not word.text.startswith("-") and "=" not in word.text]
    if "" not in before and (not words or words.pop(0).text not in before):
        return
    names = [name for kind in kinds for name in inventory.names(kind)]
    names += [name.partition("/")[2] for name in names if name.startswith("origin/")]
    for word in words if simple.name == "make" else words[:1]:
        known = word.text in names or word.expands or exists(word.text, inventory)
        for name, cost in [] if known or len(word.text) < 3 else nearest(word.text, names, 2):
            if cost <= CLOSE:
                why = f"the project has no `{word.text}`; `{name}` is near"
                yield Candidate(simple.replaced(word, quote(name)), 0.85 - 0.2 * (cost > 1), why, "spec")
