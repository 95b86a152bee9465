"""Caro's own files, those of agents that can have its hook, and what starts by itself, among a command's words.

Whoever gets one of Caro's files as an argument may write it, but for the programs that are known to read alone; of what
starts by itself (rc files, ssh, cron, git hooks) the programs that write. Paths count as they resolve, not as they are
spelt: from the folder that the line stands in, through globs and links of the line, and inside code on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import pairwise

from caro.knowledge.agents import agents
from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.call import Call
from caro.safety.own_process import ends_own_program, names_own_program
from caro.safety.own_variables import HARMLESS, sets_own_variable
from caro.safety.programs import UNKNOWN_SPEC
from caro.safety.streams import UNKNOWN_STREAM
from caro.safety.values import CLOSE, HOME, OPEN, Arg, arg, shown

READERS = frozenset(
    """ack ag awk base64 basename bat batcat cat cksum cmp colordiff column comm cut delta df diff dirname du echo
    egrep eza expand exa fd fgrep file find fmt fold getfacl getfattr grep head hexdump icdiff jaq jless jq l la less ll
    ls lsattr lsd lsof
    md5sum mdcat more namei nl od open paste pr printf readlink realpath rg sdiff sed sha1sum sha256sum
    sha512sum shellcheck sort stat strings sum tac tail tee test tr tree truncate tomlq uniq vdir watch wc xdg-open xxd
    ldd nm objdump readelf size otool codesign pldd md5 shasum b2sum b3sum
    yamllint yq zcat zgrep chmod chown chgrp rm unlink rmdir shred dd curl wget ssh dash ksh mksh oksh time
    """.split()
)
"""Read their arguments alone, or have a decider that knows what they write."""
LAST_ONLY = frozenset("cp install ln rsync scp link".split())
"""The last operand is written, those before it are read."""
IN_PLACE = frozenset("perl ruby sed gawk awk mawk gsed yq tomlq xq".split())
EDITORS = frozenset("vi vim nvim view emacs emacsclient nano micro hx kak code subl".split())
ARCHIVERS = {"tar": "xr", "bsdtar": "xr", "gtar": "xr", "7z": "x", "7za": "x", "7zz": "x"}
GIT_WRITES = frozenset(
    "checkout switch restore reset clean stash apply am rm mv init clone worktree submodule pull merge rebase revert"
    " cherry-pick read-tree checkout-index".split()
)
_GIT_READS = frozenset(
    "commit add log show diff status blame grep ls-files rev-parse shortlog describe".split()
)
"""Verbs that write no file of the work tree, whatever words follow."""
CODE = frozenset(
    """python node perl ruby php lua awk gawk mawk nawk deno bun tclsh Rscript vim vi nvim ex emacs pypy luajit sqlite3
    emacsclient psql mysql mariadb duckdb julia elixir guile expect osascript pwsh nu xonsh elvish groovy kotlin swift
    erl ghc""".split()
)
WRITERS = frozenset(
    """cp mv install ln link rsync scp sponge sed gsed perl ruby gawk yq patch ed ex vi vim nvim emacs tar bsdtar gtar
    unzip cpio 7z mount bindfs truncate rm unlink rmdir shred srm chmod chown trash-put trash gio dd curl wget git
    crudini augtool xargs parallel chattr awk mawk""".split()
)
"""Those whose words count where a file starts something: others are given such files every day."""
DESTROYERS = frozenset(
    "rm unlink rmdir shred srm wipe truncate trash trash-put trash-rm gio chmod chown mv".split()
)
INTO_FOLDER = frozenset("patch unzip cpio tar bsdtar gtar 7z 7za 7zz git ar unar".split())
"""Write into the folder that they stand in, what names they like."""

_UNATTENDED = pattern(r"-(es?|s|c|Es|u)$|-[eE]s$|--(cmd|headless|batch|eval|script)|\+.")
_PLACE = pattern(
    r"(\.config|share|state)['\"/,\s]+caro\b|\bcaro['\"/,\s]+(disabled|config\.toml|runtime\.conf|caro\.(lock|sock))\b"
    r"|chdir\(.*\bcaro\b|caro\.__file__|find_spec\(['\"]caro"
)
_CODE_WRITES = pattern(
    r"open\w*\s*[( ]\s*.*['\"]\s*[wax+>]|\.connect\(|"
    r"[Ww]rite|touch|unlink|[Rr]emove|rename|truncate|symlink|mkdir|mkfifo|chmod|chown|"
    r"[^=\-]>|\bw!?\s|\bwq|copy|move|rmtree|spurt|put_contents|erase|makedirs|rm_r|rmSync|rmdir|delete|\bkill\b|"
    r"file\.create|with-temp-file|"
    r"open\s+\S+\s+w|inplace|\.bind\(|\.(output|once|save|backup|dump)\b|(?i:into (out|dump)file)"
)
_STARTS = pattern(
    r"\.(bashrc|zshrc|zshenv|zprofile|bash_profile|profile)\b|authorized_keys|config\.fish|\.git/hooks/"
)
_LOG_WRITTEN = pattern(
    r"trace_shell\.jsonl['\"]?\)*\s*,\s*['\"][wa+>]|trace_shell\.jsonl['\"]?\)*\.(unlink|write_|rename|replace|chmod|touch)"
    r"|(unlink|remove|truncate|rename|write\w*|WriteFile|rm|rmSync|move|chmod|symlink|copy\w*)\w*\W[^;\n]*trace_shell\.jsonl"
)
_IN_PLACE_OPTION = pattern(r"-[a-zA-Z0-9]*i|--in-?place|inplace$")
_LOOSENING_EDIT = pattern(
    r"caro|\binit\b|\beval\b|PROMPT_COMMAND|BASH_ENV|preexec|\bsource\b|\$d|^1?,?\$?d$|/dev/null"
)
_OUT_OPTIONS = frozenset(
    "--unix-socket -o -O -P --output --output-dir --output-document --directory-prefix".split()
)
_PATCHED = pattern(
    r"^(?:\+\+\+|---)[ \t]+(?:[ab]/)?([^\t\n]+)|^\*\*\* (?:Add|Update|Delete|Move to)[^:\n]*:[ \t]*(.+)", re.M
)
_LESS_MODE = pattern(r"(?:([ugoa]*[ua][ugoa]*)?-[rwx]+|[ugoa]*=[rx]*|0+|0?[0-5][0-7][0-7])$")


def note_own_places(call: Call) -> None:
    """Record that the command may change one of Caro's own places, an agent's settings, or what starts by itself."""
    written = list(dict.fromkeys([*_written(call), *_patched(call)]))
    if call.name == "apply_patch":
        for path in written:
            call.write(path, UNKNOWN_STREAM)
    for path in written:
        if names_own(call, path) or (call.name in WRITERS and targets.is_agent_folder(call.place(path))):
            _note(call, path)
            return
    for path in _destroyed(call):
        full = call.place(path)
        if (
            _OWN_END.search(full)
            or _glob_of_own(full)
            or targets.is_agent_folder(full)
            or targets.is_own(full, call.state.world.own_files)
        ):
            _note(call, path)
            return
        if call.state.world.agent and targets.is_project_agent_folder(full):
            call.effect("tamper_audit", path, call.scope(path), "own", "agent_switch")
            return
    _note_start_files(call, written)


def _note(call: Call, path: Arg | str) -> None:
    switch = ("agent_switch",) if targets.is_of_agent(call.place(path)) else ()
    if call.name == "touch" and call.place(path).endswith("/caro/disabled"):
        switch = ("off_switch",)
    call.effect("tamper_audit", path, call.scope(path), "own", *switch)


_PUT_IN_PLACE = frozenset("sponge mv cp install".split())


def _note_start_files(call: Call, written: list[Arg | str]) -> None:
    """People edit their start files every day: of theirs, what has to do with hooks counts; of an agent's, all."""
    if call.name not in WRITERS:
        return
    words = " ".join(call.argv[1:])
    if call.name in _PUT_IN_PLACE:
        words = call.state.source  # the filter that made what is put there
    to_root = call.name == "chown" and call.arguments.positional[:1] in (["root"], ["root:root"], ["0:0"])
    gone = () if to_root and not call.state.world.agent else _destroyed(call)
    for path in dict.fromkeys([*written, *gone, *_extracted(call)]):
        full = call.place(path)
        if len(path) < 200 and targets.loosens(words, full) and not targets.is_persistent(full):
            _note(call, path)
            return
        if OPEN in path or not (targets.starts_something(full) or _glob_starts(full)):
            continue
        if call.state.world.agent or _is_unusual(call, full):
            call.effect("persist", path, "", "start_file")
            return


_DROP_INS = pattern(
    r"/etc/(apt/apt\.conf|profile|ld\.so\.conf|modules-load|update-motd|cron)\.d/[\w.+-]+$|/etc/cron\.\w+ly/[\w.+-]+$"
    r"|/(\w+/)*systemd/(system|user)/[^/]+\.(wants|requires)(/[^/]+)?$|/etc/udev/rules\.d/[\w.+-]+$"
    r"|/etc/systemd/system/(?!ssh|dbus|docker|network|getty|systemd-)[\w@.+-]+\.(service|timer|socket|path|mount)$"
    r"|(.*/)?\.git/hooks/[\w-]+$"
)
_SERVER_RUNS = pattern(
    r"(?i)Command|authorized|Subsystem|Match|Environment|StrictModes|UsePAM|TrustedUser|HostKey"
    r"|Permit\w*\s*\W*\s*yes|\.\*|[$^]d"
)
"""sshd_config(5): what runs programs, or says who comes in."""


def _is_unusual(call: Call, full: str) -> bool:
    words = " ".join(call.argv[1:])
    if call.name in ("rm", "unlink") and _DROP_INS.match(full):
        return False  # one file less that runs by itself
    if call.name == "tee" and targets.only_settings(full, call.stdin.text):
        return False
    if call.name in ("sed", "gsed") and full.startswith("/etc/pam.d/"):
        return False  # the decider for sed tells apart who gets in and what is set up for him
    if call.name in ("sed", "gsed") and full == "/etc/ssh/sshd_config":
        return bool(_SERVER_RUNS.search(words) or _LOOSENING_EDIT.search(words))
    if call.name in ("mount", "bindfs"):
        return True
    if (
        call.name == "ln"
        and "systemd/" in full
        and re.match(r"(/usr)?/lib/systemd/|/dev/null$", call.argv[-2])
    ):
        return False  # a unit of a package, switched on or off as systemctl(1) does it
    if call.name in ("ln", "link", "cp", "rsync"):
        source = call.arguments.positional[0] if call.arguments.positional else arg("")
        name, wanted = source.rsplit("/", 1)[-1].lstrip("."), full.rsplit("/", 1)[-1].lstrip(".")
        into = wanted in ("system", "user", "init.d", "rules.d") or wanted.startswith("cron.")
        return (name != wanted and not into) or call.scope(source) in ("temp", "temp_all")
    if call.name == "mv":
        moved = call.arguments.positional[:-1]
        away = any(targets.starts_something(call.place(path)) for path in moved)
        return not away or call.scope(call.arguments.positional[-1]) in ("temp", "temp_all", "null")
    text = " ".join((words, call.state.source, call.stdin.text or ""))
    return bool(_LOOSENING_EDIT.search(text)) or "rc" not in full.rsplit("/", 1)[-1]


def _glob_starts(full: str) -> bool:
    return any(targets.is_persistent(name) for name in targets.names_of_glob(full))


def note_own_code(call: Call) -> None:
    """Record that code on the command line writes one of them, and that an agent is started without its guard."""
    words = [str(word) for word in call.argv[1:]]
    if call.name.startswith("python") and "caro" in words and words[words.index("caro") - 1] == "-m":
        call.run_argv([arg("caro"), *call.argv[words.index("caro") + 2 :]], call.name)
    for path in _held(call):
        if names_own(call, path):
            _note(call, path)
            break
    if call.name in ("xargs", "parallel"):
        note_own_places(call)  # what they run is judged for itself, without what they read
    if call.name in CODE or call.name in _CONFIGURES:
        for word in (*call.argv[1:], call.stdin.text or ""):
            _note_code(call, word)
    _note_agent_switch(call, call.name, words)
    if call.name in CODE:
        _note_packaged_agent(call, words)
    if call.state.world.agent:
        _note_unasked(call, words)


_HIDERS = frozenset("bwrap firejail unshare systemd-nspawn proot fakechroot bindfs".split())
"""Start a program that sees other files where those are named: bwrap(1), firejail(1)."""
_RECORDERS = frozenset("strace ltrace time perf valgrind rr gdb asciinema ttyrec nice stdbuf".split())
"""Run a command, and write what they saw into a file."""


def _held(call: Call) -> Iterator[Arg | str]:
    """Give the files that a program which runs another one writes, hides or locks."""
    words = call.argv[1:]
    if call.name in ("script", "flock") or call.name in _HIDERS:
        for word in words:
            yield word
            yield _at_home(word.partition("=")[2])
    elif call.name in _RECORDERS:
        yield from _outputs(words)
    elif call.name in ("docker", "podman", "nerdctl") and {"run", "create", "exec"} & set(words[:2]):
        mounted = [_mounted(word) for word in words if ":" in word or "source=" in word or "src=" in word]
        yield from (path for path in mounted if path)
        if any(path[:1] in ("/", HOME) for path in mounted) and any(_OF_CARO.search(word) for word in words):
            yield HOME + "/.config/caro"


_OF_CARO = pattern(r"[\w.]/caro(/(disabled|config\.toml|runtime\.conf|caro\.\w+|\*)|[\s'\"]|$)")
"""Caro's own inside a folder that a container sees under another name."""


def _mounted(word: Arg) -> str:
    """Return the folder of this machine that a container gets to write: `~/.config/caro:/c`, `type=bind,src=…`."""
    if word.endswith(":ro") or "readonly" in word or ":ro," in word:
        return ""
    value = word.removeprefix("--volume=").removeprefix("-v")
    source = next(
        (part.partition("=")[2] for part in word.split(",") if part.startswith(("source=", "src="))), ""
    )
    return source or value.partition(":")[0]


def _at_home(path: str) -> str:
    return HOME + path[1:] if path.startswith("~/") else path


_UNASKED = pattern(
    r"--(?:yolo|yes-always|always-approve|trust-all-tools|allow-all-tools|full-auto|skip-permissions\S*|auto-approve\S*"
    r"|no-hooks|disable-hooks|skip-hooks|(?:allow-)?dangerously-\S+|brave|unrestricted"
    r"|(?:bypass|skip|no|disable)[-_](?:all-)?(?:permissions?|approvals?|hooks?|confirmations?)"
    r"|unsafe[-_](?:auto|run|mode)\S*|auto[-_](?:run|exec|accept)\S*"
    r"|(?:approval|permission)s?[-_](?:mode|policy)[= ]"
    r"(?:yolo|auto\S*|full\S*|never|none|bypass\S*|danger\S*|always\S*"
    r")|approvals?[= ](?:never|none|off))(?:=true)?$"
)
_UNASKED_KEY = pattern(
    r"(?i)\S*(approv|permission|yolo|dangerous|disable\w*hooks?|"
    r"hooks?[._-](enabled|disabled)|auto[-_.]?(run|accept|exec))"
)
_ORDINARY = HARMLESS.union("git npm yarn pnpm gh echo grep rg printf terraform tofu pulumi cat".split())


def _note_unasked(call: Call, words: list[str]) -> None:
    """Record that an agent starts another, whichever, to run unasked, or changes its settings so."""
    name = call.name
    if call.spec is not UNKNOWN_SPEC or name in _ORDINARY or name in READERS or not words:
        return
    pairs = [f"{word} {after}" for word, after in pairwise(words) if word[:2] == "--" and "=" not in word]
    option = next((word for word in (*words, *pairs) if _UNASKED.match(word)), "")
    at = next(
        (
            at
            for at, word in enumerate(words[:3])
            if word in ("config", "configure", "settings", "permissions")
        ),
        -1,
    )
    key = next((word for word in words[at + 1 :] if _UNASKED_KEY.match(word)), "") if at >= 0 else ""
    if option or (key and {"set", "add", "allow", "--set", "unset", "remove"} & set(words)):
        call.effect("tamper_audit", f"{name} {option or key}", "", "own", "agent_switch")


_JOINED = pattern(r"['\"]\)?\s*[,/+]\s*['\"]/?")
"""Between pieces of a path that code puts together: `home / ".claude" / "x"`, `join(h, ".claude", "x")`."""


def _note_code(call: Call, code: str) -> None:
    if ends_own_program(code, call.argv[1:]):
        call.effect("tamper_audit", "Caro's daemon", "", "own")
        return
    if sets_own_variable(code) or _LOG_WRITTEN.search(code):
        call.effect("tamper_audit", shown(code)[:60], "", "own")
        return
    if call.name not in _CONFIGURES and not _CODE_WRITES.search(code):
        return
    code = _JOINED.sub("/", code)
    if _PLACE.search(code) or _names_file(call, code):
        call.effect("tamper_audit", shown(code)[:60], "", "own")
    elif _STARTS.search(code) and (call.state.world.agent or "caro" in code.lower()):
        call.effect("persist", shown(code)[:60], "", "start_file")


_MCP_TAKEN = ("mcp remove caro", "mcp disable caro", "mcp delete caro")


def _note_packaged_agent(call: Call, words: list[str]) -> None:
    """An agent that its interpreter starts: `node …/@anthropic-ai/claude-code/cli.js`, `python -m aider`."""
    at = next((at for at, word in enumerate(words) if word[:1] != "-" or word == "-m"), len(words))
    at += words[at : at + 1] == ["-m"]
    for piece in "".join(words[at : at + 1]).split("/"):
        if agents().of_programs([piece]):
            _note_agent_switch(call, piece, words[at + 1 :])


def _note_agent_switch(call: Call, program: str, words: list[str]) -> None:
    known = agents()
    taken = _MCP_TAKEN if known.of_programs((program,)) else ()
    switches = (*known.loosening(program, words[0] if words else ""), *taken)
    if not switches:
        return
    joined = " ".join(_parted(words)).replace("=", " ").replace("'", "").replace('"', "") + " "
    for switch in switches:
        plain = switch.replace("=", " ")
        short = len(switch) == 2
        hit = any(word == switch or word.startswith(switch + "=") for word in words) if short else (
            f" {joined}".find(f" {plain} ") >= 0
        )  # fmt: skip
        if hit:
            call.effect("tamper_audit", f"{program} {switch}", "", "own", "agent_switch")
            return


def _parted(words: list[str]) -> list[str]:
    """Return the words, and after those with an option of one letter and its value in one (`-sVALUE`) the two apart."""
    parted = []
    for word in words:
        parted.append(word)
        if len(word) > 2 and word[0] == "-" and word[1].isalpha():
            parted += [word[:2], word[2:]]
    return parted


def names_own(call: Call, path: str) -> bool:
    """True if the path is one of Caro's own, or a glob that can be."""
    if not path or len(path) > 4096 or "\n" in path:
        return False
    if OPEN in path:
        return bool(_OWN_END.search(path))
    if " " in path and path[0] not in ("/", HOME):
        return False  # a sentence, not a path
    full = call.place(path)
    if full.endswith(".jsonl") and call.name not in _CHANGE_FILES:
        return False  # the log: made to be read by whatever program
    return targets.is_own(full, call.state.world.own_files) or _glob_of_own(full)


_OWN_END = pattern(
    rf"{CLOSE}/(.*/)?((conf\.d|functions)/_*caro[\w-]*\.fish|caro/(disabled|config\.toml|runtime\.conf)|caro-(hook|shim|launch))$"
)
"""A file of Caro's below a folder that a variable or a program names."""
_CHANGE_FILES = frozenset(
    """sed gsed perl ruby gawk awk mawk yq patch ed ex truncate shred trash-put trash gio chattr mount bindfs cpio unzip
    link crudini augtool rmdir unlink gzip pigz xz bzip2 zstd lz4 brotli setfacl setfattr logrotate savelog rotatelogs
    fallocate srm wipe mknod mkfifo mkdir sponge touch gunzip flock""".split()
)
"""Change a file that they get as an argument, whatever else: the log too."""
_ANCHORS = tuple(
    tuple(place.split("/")) for place in (".config/caro", ".local/share/caro", ".local/state/caro")
)


_PROGRAMS = tuple("caro caro-hook caro-launch caro-pick caro-relay caro-shim caro-trace caro-xtrace".split())


def _glob_of_own(full: str) -> bool:
    if not any(char in full for char in "*?["):
        return False
    if full.count("*") + full.count("?") <= 2 and targets.is_own(full.rstrip("*?")):
        return True
    folder, _, last = full.rpartition("/")
    if last.strip("*?[]") and any(
        fnmatchcase(name, last) and targets.is_own(f"{folder}/{name}") for name in _PROGRAMS
    ):
        return True
    pieces = targets.below_home(full)
    if pieces is None:
        return False
    if any(targets.is_own(name) for name in targets.names_of_glob(full)):
        return True
    return any(
        len(pieces) >= len(anchor)
        and all(piece.strip("*?.") for piece in pieces[: len(anchor)])
        and all(map(fnmatchcase, anchor, pieces))
        for anchor in _ANCHORS
    )


def _names_file(call: Call, code: str) -> bool:
    if any(name in code for name in _AGENT_NAMES):
        return True
    return any(own.rsplit("/", 2)[-2:] and "/".join(own.rsplit("/", 2)[-2:]) in code
               for own in call.state.world.own_files if not own.endswith(".jsonl"))  # fmt: skip


_AGENT_NAMES = tuple(
    ".claude/settings .codex/config.toml .codex/hooks.json .gemini/settings.json .cursor/hooks.json".split()
)


def _written(call: Call) -> Iterator[Arg | str]:
    """Give the words that may be paths which the command writes."""
    name, words = call.name, call.argv[1:]
    if name in INTO_FOLDER and _writes_here(call):
        yield call.state.cwd or ""
    if name in READERS or name in IN_PLACE:
        yield from _outputs(words)
    if name in _SECOND_WRITTEN:
        yield from [word for word in words if word[:1] != "-"][1:2]
    if name.startswith("caro") or (name in READERS and name not in IN_PLACE):
        return
    if name in IN_PLACE and not any(_IN_PLACE_OPTION.match(word) for word in words):
        return
    if name in EDITORS and not any(_UNATTENDED.match(word) for word in words) and not _filters(call):
        return
    if name.startswith("python") and "json.tool" in words[:3]:
        yield from [word for word in words if not word.startswith("-")][2:3]
        return
    if name == "git" and _git_verb(words) not in GIT_WRITES:
        yield from _written_by_git(words)
        return
    if name in ARCHIVERS and not _extracts(ARCHIVERS[name], words) and "--remove-files" not in words:
        return
    if name == "fuser" and not any(word.startswith("-") and "k" in word for word in words):
        return
    if name in LAST_ONLY:
        moved = name == "rsync" and "--remove-source-files" in words
        last = call.arguments.positional[0 if moved else -1 :]
        yield from _into_folder(call)
        words = [*last, *call.arguments.all_values("-t", "--target-directory")]
    if name in ("xargs", "parallel") and not _reads(words):
        told = f"{call.state.source} {call.stdin.text or ''}".replace(" ~/", f" {HOME}/")
        words = [*words, *map(arg, told.split())]
    if name in ("xargs", "parallel") and DESTROYERS & set(map(str, call.argv[1:])):
        yield from (HOME + "/.local/bin/caro" for word in words if names_own_program(word.rstrip("|")))
    code = _code_words(name, words)
    for word in words:
        if word in code:
            continue
        yield word
        if "=" in word:
            yield word.partition("=")[2]
        elif name in ARCHIVERS or name == "unzip":
            yield arg(word.removeprefix("-C").removeprefix("-d").removeprefix("-o"))


_CODE_OPTIONS = pattern(r"(-[a-zA-Z]*[cerpEM]|--(eval|print|execute|command)|eval)$")


def _code_words(name: str, words: list[Arg]) -> set[str]:
    """Return the words that are code, which is judged as such, and no paths."""
    if name not in CODE or name in EDITORS:
        return set()
    return {
        str(after)
        for word, after in pairwise(words)
        if _CODE_OPTIONS.match(word) and "/" in after and "(" in after
    }


def _filters(call: Call) -> bool:
    """True if kak(1) edits without being shown: `kak -f KEYS FILE`."""
    return call.name == "kak" and bool({"-f", "-ui"} & set(call.argv[1:]))


_GIT_VALUES = frozenset("-C -c --git-dir --work-tree --namespace --exec-path --config-env".split())


def _git_verb(words: list[Arg]) -> str:
    """Return the word that says what git(1) does: the first behind its own options."""
    at = 0
    while at < len(words) and words[at][:1] == "-":
        at += 2 if words[at] in _GIT_VALUES else 1
    return str(words[at]) if at < len(words) else ""


_GIT_PRINTS = frozenset("diff log show archive format-patch shortlog fast-export bundle".split())
_CONFIG_READS = frozenset("--get --get-all --get-regexp --list -l get list --get-urlmatch".split())


def _written_by_git(words: list[Arg]) -> Iterator[Arg | str]:
    """Give the files that git(1) writes by options: `--output`, `archive -o`, `bundle create`, `config --file`."""
    verb = _git_verb(words)
    if verb == "config" and not _CONFIG_READS & set(words):
        yield from (after for word, after in pairwise(words) if word in ("-f", "--file"))
        yield from (word.partition("=")[2] for word in words if word.startswith("--file="))
    if verb in _GIT_PRINTS:
        yield from _outputs(words)
        yield from words[2:3] if verb == "bundle" and words[1:2] == ["create"] else ()
        yield from (after for word, after in pairwise(words) if word == "--output-directory")


_SECOND_WRITTEN = frozenset({"xxd", "uniq"})
"""Readers that write their second operand, where one is there: xxd(1), uniq(1p)."""


def _into_folder(call: Call) -> Iterator[Arg | str]:
    """Give the names that the sources get in a folder: `cp -r x/.claude ~/`."""
    *sources, folder = call.arguments.positional or [arg("")]
    into = folder if call.scope(folder) == "home" else ""
    yield from (
        arg(f"{into.rstrip('/')}/{source.rstrip('/').rsplit('/', 1)[-1]}") for source in sources if into
    )


def _reads(words: list[Arg]) -> bool:
    """True if what xargs runs reads alone."""
    inner = next((word for word in words if not word.startswith("-") and not word.isdigit()), arg("echo"))
    in_place = inner in IN_PLACE and any(_IN_PLACE_OPTION.match(word) for word in words)
    return (inner in READERS - DESTROYERS or inner == "kill") and not in_place


def _outputs(words: list[Arg]) -> Iterator[Arg | str]:
    for at, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option in _OUT_OPTIONS:
            yield value if equals else words[at + 1] if at + 1 < len(words) else ""


def _writes_here(call: Call) -> bool:
    words = set(map(str, call.argv[1:]))
    if call.name == "git":
        return bool(words & GIT_WRITES - {"init", "clone"}) and not words & {"-C", "--work-tree"}
    if call.name in ARCHIVERS:
        return _extracts("x", call.argv[1:]) and not any(
            word.startswith(("-C", "--directory")) for word in words
        )
    return call.name != "cpio" or any(word.startswith("-") and "i" in word for word in words)


def _patched(call: Call) -> Iterator[Arg | str]:
    """Give the files that a patch names, where its text is known."""
    if call.name not in ("patch", "git", "apply_patch"):
        return
    texts = call.argv[1:] if call.name == "apply_patch" else []
    for text in (*texts, call.stdin.text or ""):
        for match in _PATCHED.finditer(text):
            yield arg((match[1] or match[2]).strip())


def _destroyed(call: Call) -> Iterator[Arg | str]:
    """Give the words that the command takes away, or makes unreadable."""
    if call.name not in DESTROYERS:
        return
    words = call.arguments.positional
    if call.name in ("chmod", "chown"):
        mode = call.argv[1:]
        less = call.name == "chown" or any(
            _LESS_MODE.match(word) or word.startswith("--reference") for word in mode
        )
        yield from words if less else ()
        return
    yield from words[:-1] if call.name == "mv" and not call.arguments.has("-t") else words


def _extracted(call: Call) -> Iterator[Arg | str]:
    """Give the members that an archiver is to put into a folder: `tar -xf x.tar -C ~ .bashrc`."""
    folder = call.arguments.value("-C", "--directory") if call.name in ARCHIVERS else None
    if folder is not None and _extracts("x", call.argv[1:]):
        yield from (arg(f"{folder}/{word}") for word in call.arguments.positional)


def _extracts(letters: str, words: list[Arg]) -> bool:
    """True if the archiver's options hold one of the letters, in any bundle: `xzf`, `-xzf`, `--extract`."""
    bundles = [word for at, word in enumerate(words) if at == 0 or (word[:1] == "-" and word[:2] != "--")]
    return "--extract" in words or any(set(bundle.lstrip("-")[:4]) & set(letters) for bundle in bundles)


_CONFIGURES = frozenset(
    "ansible puppet salt-call salt chef-apply chef-client augtool cfengine mgmt pyinfra".split()
)
"""Programs that make files as a text says."""
_FOUND_CARO = pattern(r"(^\*/?|^\*.*[/*]|\.(config|local|cache).*/)caro(d|-[\w*?]+)?($|[/*.?])")


def _meant(root: str, paths: list[Arg]) -> bool:
    """True if a pattern for whole paths (`-path '*caro*'`) can mean Caro's own below a folder that holds them."""
    return any(_FOUND_CARO.search(path) for path in paths) and not targets.scope_of(root).endswith("part")


_WHOLE = frozenset({"-path", "-wholename"})


_OWN_FILES = (
    "config.toml runtime.conf disabled caro.sock caro.lock caro caro-hook caro-shim init.bash git".split()
)


def _hits_file(names: list[Arg]) -> bool:
    return any(fnmatchcase(file, name) for file in _OWN_FILES for name in names)


def note_found(call: Call, roots: list[Arg], tests: list[Arg]) -> None:
    """Record that find(1) deletes or changes guarded files among what it finds below its roots."""
    names = [value for test, value in pairwise(tests) if test == "-name"]
    names += [arg(value.lower()) for test, value in pairwise(tests) if test == "-iname"]
    paths = [value for test, value in pairwise(tests) if test in _WHOLE]
    paths += [
        arg(value.lower().replace(".*", "*").replace("\\", ""))
        for test, value in pairwise(tests)
        if test in ("-regex", "-iregex", "-ipath", "-iwholename")
    ]
    for root in roots:
        found = [arg(f"{root.rstrip('/')}/{name}", glob=True) for name in names] or [root]
        found += [path if path[:1] != "*" else arg("/" + path.strip("*/")) for path in paths]
        for path in found:
            full = call.place(path)
            own = (
                names_own(call, path)
                or targets.is_agent_folder(full)
                or (_meant(call.place(root), paths) and (not names or _hits_file(names)))
            )
            if own or (targets.starts_something(full) or _glob_starts(full)):
                call.effect("tamper_audit" if own else "persist", path, "", "own" if own else "start_file")
                return
