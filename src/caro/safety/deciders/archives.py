"""Archives: tar(1), zip(1), 7z: what they pack, unpack and remove, and the programs they call."""

from __future__ import annotations

import re
import shlex

from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.call import Call, decider, file_stream
from caro.safety.deciders.deletion import note_replaced
from caro.safety.effects import Effect
from caro.safety.flows import is_foreign, unpacked_tree
from caro.safety.installers import is_known_installer
from caro.safety.streams import EMPTY, SENDABLE, Stream
from caro.safety.values import HOME, OPEN, Arg, arg, shown


def _options_of_environment(call: Call) -> list[str]:
    try:
        return shlex.split(str(call.state.variables.get("TAR_OPTIONS", "")))
    except ValueError:
        return []


@decider("tar")
def tar(call: Call) -> Stream | None:
    """Judge tar(1) (GNU tar): secrets that it packs, files it removes, programs it calls, where it unpacks."""
    words = call.argv[1:]
    letters = (
        words[0] if words and not words[0].startswith("-") and re.fullmatch(r"[A-Za-z]+", words[0]) else ""
    )
    arguments = call.arguments
    for word in [*words, *_options_of_environment(call)]:
        match = re.match(
            r"--(?:checkpoint-action=exec=|to-command=|use-compress-program=|rsh-command=)(.*)", word
        )
        if match:
            call.run_text(shown(match[1]), "tar")
    if (program := arguments.value("-I", "-F", "--info-script", "--new-volume-script")) is not None:
        call.run_text(shown(program), "tar")
    if arguments.has("--remove-files"):
        call.emit(Effect("delete", "tar", facts=frozenset({"recursive"})), arguments.positional)
    creates = "c" in letters or arguments.has("-c", "--create")
    extracts = "x" in letters or arguments.has("-x", "--extract", "--get")
    if creates:
        secret = [
            word
            for word in arguments.positional
            if targets.holds_secret(targets.resolve(word, call.state.cwd))
        ]
        home = [
            w
            for w in arguments.positional
            if call.scope(w) in ("home", "root", "system") and w[:1] in ("/", HOME)
        ]
        known = [file_stream(word, call.state) for word in arguments.positional]
        tags = frozenset().union(*(stream.tags for stream in known)) if known else frozenset()
        packed = Stream(None, tags | call.stdin.tags, (), call.stdin.source)
        if secret or home:
            packed = Stream(None, frozenset({"secret"}), (), shown((secret or home)[0]))
        return _packed_into(call, letters, packed)
    if extracts:
        folder = arguments.value("-C", "--directory")
        if folder is not None:
            note_replaced(call, folder, inside=True)
        if folder is not None and call.scope(folder) in ("root",) and is_foreign(call.stdin):
            published = is_known_installer(call.stdin.source, call.state.knowledge)
            facts = ("known_installer",) if published else ()
            call.effect("execute_remote_code", folder, "", "unpacks_over_root", *facts)
        archive = arguments.value("-f", "--file") or (
            arg(words[1]) if "f" in letters and len(words) > 1 else None
        )
        packed = call.stdin if archive is None or archive == "-" else call.reads(archive)
        _unpacks_over(call, folder, archive)
        if is_foreign(packed):
            unpacked_tree(call.state, folder or ".", packed.source)
        return Stream(None, call.stdin.tags, (), call.stdin.source)
    return Stream(None, call.stdin.tags, (), call.stdin.source)


_FRESH = frozenset(
    {"temp", "temp_all", "artefact", "outside", "cache", "variable", "computed", "variable_part"}
)
"""Places where an archive's files meet nothing that somebody works on."""


def _unpacks_over(call: Call, folder: Arg | None, archive: Arg | None) -> None:
    """What stands where an archive unpacks is replaced: the work tree by an old commit, the system by anything.

    An archive out of a temporary folder is what image builds fetch for the purpose.
    """
    here = folder if folder is not None else arg(".")
    if "commit_files" in call.stdin.tags:
        full = targets.resolve(here, call.state.cwd)
        if not (call.state.names_folder(full) or full in call.state.created or call.scope(here) in _FRESH):
            call.effect("lose_git_work", shown(here), "", "uncommitted")
        return
    fetched = is_foreign(call.stdin) if archive is None else call.scope(archive) in ("temp", "variable")
    scope = call.scope(here) if folder is not None and OPEN not in here else ""
    if not fetched and (scope in ("root", "boot") or targets.resolve(here, call.state.cwd) in _OWNED):
        call.emit(Effect("overwrite", call.name, facts=frozenset({"unpacked"})), [here])
    elif call.arguments.has("--recursive-unlink") and scope in ("home", "home_data", "project", "system"):
        call.emit(Effect("delete", call.name, facts=frozenset({"recursive"})), [here])


_OWNED = frozenset(
    "/etc /var /home /root /lib /lib64 /bin /sbin /dev /proc /sys /var/lib /usr/bin /usr/lib".split()
)
"""Folders that nobody unpacks a program into: what an archive brings there stands in place of what was."""


_ELSEWHERE = pattern(r"([\w.-]+@)?[\w.-]{2,}:")
"""tar(1): an archive's name with a colon is a file on another machine."""


_NO_ARCHIVE = pattern(
    r"\.(txt|log|md|rst|c|cc|cpp|h|hpp|py|[jt]sx?|go|rs|java|kt|rb|php|sh|sql|csv|json|ya?ml|toml|ini|conf|html?|css"
    r"|docx?|xlsx?|pptx?|odt|pdf|tex|png|jpe?g|db|sqlite3?)$|^\*$"
)
"""Names that nobody gives an archive: the first file to be packed stands where the archive's name belongs."""


def _packed_into(call: Call, letters: str, packed: Stream) -> Stream:
    into = call.arguments.value("-f", "--file")
    operands = call.arguments.positional
    if into is None and "f" in letters and len(operands) > 1:
        into = operands[1]
    if into is None or into == "-":
        return packed
    if _NO_ARCHIVE.search(into):
        call.emit(Effect("overwrite", "tar", facts=frozenset({"explicit"})), [into])
    if into.startswith("/dev/"):
        call.write(into, packed)
    elif _ELSEWHERE.match(into) and not call.arguments.has("--force-local"):
        if packed.tags & SENDABLE:
            call.effect("send_data", packed.source, "", "secret")
    else:
        call.state.files[targets.resolve(into, call.state.cwd)] = packed
    return EMPTY


@decider("archive")
def archive(call: Call) -> Stream | None:
    """Judge zip(1) and 7z: an archive of a secret is a secret; `zip -m` takes the files away."""
    operands = [word for word in call.arguments.positional if len(word) > 1 or word in ("-", ".")]
    if call.name == "zip" and call.arguments.has("-m", "--move"):
        call.emit(Effect("delete", "zip", facts=frozenset({"recursive"})), operands[1:])
    _unzips_over(call, call.arguments.positional)
    if "-sdel" in call.argv or (call.name == "rar" and call.argv[1:2] in ([arg("m")], [arg("mf")])):
        packed = [word for word in operands if word not in ("a", "u", "m", "mf")][1:]
        call.emit(Effect("delete", call.name, facts=frozenset({"recursive"})), packed)
    held = [file_stream(word, call.state) for word in operands[1:]]
    stream = next((item for item in held if item.tags), None)
    if stream is None or not operands:
        return None
    if operands[0] in ("-", "a"):
        return stream
    full = targets.resolve(operands[0], call.state.cwd)
    call.state.files[full] = call.state.files[full + _ENDINGS.get(call.name, ".7z")] = stream
    return None


def _unzips_over(call: Call, operands: list[Arg]) -> None:
    """7z(1) `x -oFOLDER`, unrar and jar alike: the folder's name stands in the option's own word."""
    into = next((arg(word[2:]) for word in call.argv[1:] if word.startswith("-o/") and word[2:]), None)
    if into is not None and operands[:1] in ([arg("x")], [arg("e")]):
        _unpacks_over(call, into, operands[1] if len(operands) > 1 else None)


_ENDINGS = {"zip": ".zip", "rar": ".rar", "jar": ".jar"}
"""What these put behind a name without an ending."""
