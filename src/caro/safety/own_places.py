"""Caro's own files, and those of agents that have its hook, among a command's words: whoever gets one of them as an
argument may write it, but for the programs that are known to read alone. Paths count as they resolve, not as they are
spelt: from the folder that the line stands in, through globs, and inside code on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from caro.knowledge.agents import agents
from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.call import Call
from caro.safety.values import HOME, OPEN, Arg, arg, shown

READERS = frozenset(
    """ack ag awk base64 basename bat batcat cat cksum cmp colordiff column comm cut delta df diff dirname du echo
    egrep eza expand exa fd fgrep file find fmt fold getfacl getfattr grep head hexdump icdiff jaq jless jq l la less ll
    ls lsattr lsd lsof
    md5sum mdcat more namei nl od open paste pr printf readlink realpath rg sdiff sed sha1sum sha256sum
    sha512sum shellcheck sort stat strings sum tac tail tee test tr tree truncate tomlq uniq vdir watch wc xdg-open xxd
    yamllint yq zcat zgrep chmod chown chgrp rm unlink rmdir shred dd curl wget ssh""".split()
)
"""Read their arguments alone, or have a decider that knows what they write."""
LAST_ONLY = frozenset("cp install ln rsync scp link".split())
"""The last operand is written, those before it are read."""
IN_PLACE = frozenset("perl ruby sed gawk gsed".split())
EDITORS = frozenset("vi vim nvim view emacs emacsclient nano micro hx kak code subl".split())
ARCHIVERS = {"tar": "xr", "bsdtar": "xr", "gtar": "xr", "7z": "x"}
GIT_READS = frozenset("status diff log show blame grep ls-files ls-tree cat-file rev-parse describe".split())
CODE = frozenset(
    "python node perl ruby php lua awk gawk mawk nawk deno bun tclsh Rscript vim vi nvim ex emacs".split()
)

_UNATTENDED = pattern(r"-(es?|s|c|Es|u)$|-[eE]s$|--(cmd|headless|batch|eval|script)|\+.")
_PLACE = pattern(
    r"(\.config|\.local/share|\.local/state)/caro\b|\bcaro/(disabled|config\.toml|runtime\.conf)\b"
)
_CODE_WRITES = pattern(
    r"open\s*[( ]\s*.*['\"]\s*[wax+>]|[Ww]rite|touch|unlink|[Rr]emove|rename|truncate|symlink|mkdir|mkfifo|chmod|"
    r"[^=\-]>|\bw!?\s|\bwq|copy|move|rmtree|spurt|put_contents|erase"
)
_IN_PLACE_OPTION = pattern(r"-[a-zA-Z0-9]*i|--in-place|inplace$")
_ANCHORS = tuple(
    tuple(place.split("/")) for place in (".config/caro", ".local/share/caro", ".local/state/caro")
)


def note_own_places(call: Call) -> None:
    """Record that the command may change one of Caro's own places."""
    for path in _written(call):
        if names_own(call, path):
            call.effect("tamper_audit", path, call.scope(path), "own")
            return


def note_own_code(call: Call) -> None:
    """Record that code on the command line writes one of them, and that an agent is started without its guard."""
    words = [str(word) for word in call.argv[1:]]
    if call.name.startswith("python") and "caro" in words and words[words.index("caro") - 1] == "-m":
        call.run_argv([arg("caro"), *call.argv[words.index("caro") + 2 :]], call.name)
    if call.name in CODE:
        for word in call.argv[1:]:
            if (_PLACE.search(word) or _names_file(call, word)) and _CODE_WRITES.search(word):
                call.effect("tamper_audit", shown(word)[:60], "", "own")
                return
    switches = agents().loosening(call.name)
    for switch in switches:
        if any(word == switch or word.startswith(switch + "=") or (" " in switch and switch in " ".join(words))
               for word in words):  # fmt: skip
            call.effect("tamper_audit", f"{call.name} {switch}", "", "own", "agent_switch")
            return


def names_own(call: Call, path: str) -> bool:
    """True if the path is one of Caro's own, or a glob that can be."""
    if not path or OPEN in path or len(path) > 4096 or "\n" in path:
        return False
    if " " in path and path[0] not in ("/", HOME):
        return False  # a sentence, not a path
    full = targets.resolve(path, call.state.cwd)
    if full.endswith(".jsonl"):
        return False  # the log: made to be read by whatever program
    return targets.is_own(full, call.state.world.own_files) or _glob_of_own(full)


def _glob_of_own(full: str) -> bool:
    pieces = targets.below_home(full)
    if pieces is None or not any(char in full for char in "*?["):
        return False
    return any(
        len(pieces) >= len(anchor)
        and all(piece.strip("*?.") for piece in pieces[: len(anchor)])
        and all(fnmatchcase(name, piece) for name, piece in zip(anchor, pieces, strict=False))
        for anchor in _ANCHORS
    )


def _names_file(call: Call, code: str) -> bool:
    return any(own.rsplit("/", 2)[-2:] and "/".join(own.rsplit("/", 2)[-2:]) in code
               for own in call.state.world.own_files if not own.endswith(".jsonl"))  # fmt: skip


def _written(call: Call) -> Iterator[Arg | str]:
    """Give the words that may be paths which the command writes."""
    name, words = call.name, call.argv[1:]
    if name.startswith("caro") or (name in READERS and name not in IN_PLACE):
        return
    if name in IN_PLACE and not any(_IN_PLACE_OPTION.match(word) for word in words):
        return
    if name in EDITORS and not any(_UNATTENDED.match(word) for word in words):
        return
    if name == "git" and GIT_READS & set(map(str, words[:4])):
        return
    if name in ARCHIVERS and not _extracts(ARCHIVERS[name], words):
        return
    if name == "fuser" and not any(word.startswith("-") and "k" in word for word in words):
        return
    if name in LAST_ONLY:
        words = [*call.arguments.positional[-1:], *call.arguments.all_values("-t", "--target-directory")]
    for word in words:
        yield word
        if "=" in word:
            yield word.partition("=")[2]
        elif name in ARCHIVERS or name == "unzip":
            yield word.removeprefix("-C").removeprefix("-d")


def _extracts(letters: str, words: list[Arg]) -> bool:
    """True if the archiver's options hold one of the letters, in any bundle: `xzf`, `-xzf`, `--extract`."""
    bundles = [word for at, word in enumerate(words) if at == 0 or (word[:1] == "-" and word[:2] != "--")]
    return "--extract" in words or any(set(bundle.lstrip("-")[:4]) & set(letters) for bundle in bundles)


KILLERS = frozenset("kill xargs parallel".split())
_FINDS_DAEMON = pattern(r"caro\.lock|\b(pgrep|pidof)\b.*\bcaro\b|\bps\b.*\|.*caro")


def note_own_process(call: Call) -> None:
    """Record that a signal goes to the process that Caro's lock names, or that was looked for by Caro's name:
    `kill $(cat …/caro.lock)`, `pgrep -f caro | xargs kill`."""
    if call.name not in KILLERS or (call.name != "kill" and "kill" not in call.argv):
        return
    computed = call.name != "kill" or any(OPEN in word for word in call.argv[1:])
    told = [call.stdin.source, *(step.text for step in call.state.findings.steps)]
    if computed and any(_FINDS_DAEMON.search(text) for text in told):
        call.effect("tamper_audit", "Caro's daemon", "", "own")
