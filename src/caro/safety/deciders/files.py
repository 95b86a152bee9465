"""Files: the few programs whose effect hangs on which way their operands point."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety import codetext, targets
from caro.safety.arguments import parse_arguments
from caro.safety.call import Call, decider, file_stream
from caro.safety.effects import Effect
from caro.safety.flows import flow, is_foreign, unpacked_tree
from caro.safety.programs import facts_of
from caro.safety.streams import EMPTY, SENDABLE, UNKNOWN_STREAM, Stream
from caro.safety.unwrap import SHELLS, wrappers
from caro.safety.values import HOME, OPEN, Arg, arg, shown, unknown


@decider("delete")
def delete(call: Call) -> Stream | None:
    """rm, unlink, rmdir, shred, srm: what they delete; a lone file of the project is nobody's loss but its own."""
    facts = facts_of(call.spec, call.arguments)
    if call.arguments.has("-i", "-I", "--interactive") and not call.arguments.has("-f", "--force"):
        facts |= {"asks"}
    for index, path in enumerate(dict.fromkeys(call.arguments.positional)):
        if path.stream is not None and "paths" in path.stream.tags:
            _delete_found(call, path, facts)
            continue
        if index > 64 and call.scope(path) in _SMALL_LOSSES:
            continue
        call.emit(Effect("delete", call.name, facts=facts), [path])
        _memory(call, path)
    return EMPTY


_SMALL_LOSSES = frozenset({"part", "artefact", "temp", "cache", "none", "wildcard"})


def _memory(call: Call, path: Arg) -> None:
    full = targets.resolve(path, call.state.cwd)
    scope = call.scope(path)
    if scope == "history" or scope == "log":
        call.effect("tamper_audit", path, scope)
    elif targets.is_own(full, call.state.world.own_files):
        call.effect("tamper_audit", path, scope, "own")


def _delete_found(call: Call, path: Arg, facts: frozenset[str]) -> None:
    stream = path.stream
    assert stream is not None
    for root in stream.paths or (".",):
        tail = "/*" if "narrowed" not in stream.tags else "/" + unknown("found")
        call.emit(
            Effect("delete", call.name, facts=facts | {"found"}), [arg(root.rstrip("/") + tail, glob=True)]
        )


@decider("move")
def move(call: Call) -> Stream | None:
    """mv: takes sources away, replaces the destination."""
    operands = list(call.arguments.positional)
    into = call.arguments.value("-t", "--target-directory")
    destination = into or (operands.pop() if len(operands) > 1 else None)
    if destination is None:
        return EMPTY
    lost = call.scope(destination) == "null" or destination.startswith("/dev/null")
    for source in operands:
        scope = call.scope(source)
        if lost:
            call.emit(Effect("delete", call.name, facts=frozenset({"recursive", "into_null"})), [source])
        elif scope in ("root", "system", "home", "boot", "vital"):
            call.emit(Effect("delete", call.name, facts=frozenset({"recursive", "moved"})), [source])
        elif scope in ("history", "log"):
            call.effect("tamper_audit", source, scope)
        elif targets.is_own(targets.resolve(source, call.state.cwd), call.state.world.own_files):
            call.effect("tamper_audit", source, scope, "own")
        stream = file_stream(source, call.state)
        if not lost and not call.arguments.has("-n", "--no-clobber"):
            _replace(call, destination, stream if stream.text is not None or stream.tags else UNKNOWN_STREAM)
    return EMPTY


def _replace(call: Call, destination: Arg, stream: Stream) -> None:
    if stream.source.startswith("/tmp/") and targets.is_persistent(
        targets.resolve(destination, call.state.cwd) + "/x"
    ):
        call.effect("persist", destination, "", "from_temp")
    if destination.endswith("/") and not destination.startswith("/dev/"):
        _into_folder(call, destination, stream)
        return
    scope = call.scope(destination)
    full = targets.resolve(destination, call.state.cwd)
    same_name = (
        call.arguments.positional
        and full.rsplit("/", 1)[-1] == call.arguments.positional[0].rsplit("/", 1)[-1]
    )
    if targets.is_login_file(full) and same_name:
        return  # a file of one's dotfiles goes to its place
    # a folder of the system as destination gets a file more: nothing is replaced
    if (
        not targets.is_login_file(full) and scope in ("root", "system", "home", "home_data", "mount")
    ) or full.rsplit("/", 1)[-1] in (
        "bin",
        "sbin",
        "lib",
        "share",
    ):
        return
    if scope == "system_part" and not targets.is_persistent(full) and not targets.grants_privilege(full):
        return  # an administrator puts a file in its place
    call.write(destination, stream)


_RUNS_ITS_FILES = pattern(
    r"/etc/(cron\.\w+|profile\.d|init\.d|rc\d\.d|update-motd\.d|xdg/autostart|udev/rules\.d)$|/autostart$"
    r"|systemd/(system|user)$|Library/Launch(Agents|Daemons)$|\.git/hooks$|/var/spool/cron(/crontabs)?$"
)


def _into_folder(call: Call, folder: Arg, stream: Stream) -> None:
    """`cp x.service /etc/systemd/system/`: whatever stands there runs by itself later."""
    if _RUNS_ITS_FILES.search(targets.resolve(folder, call.state.cwd)):
        name = (call.arguments.positional[0] if call.arguments.positional else arg("x")).rsplit("/", 1)[-1]
        call.write(arg(folder.rstrip("/") + "/" + name), stream)


@decider("copy")
def copy(call: Call) -> Stream | None:
    """cp, install: replaces the destination; from /dev/null or /dev/zero it empties it."""
    operands = list(call.arguments.positional)
    into = call.arguments.value("-t", "--target-directory")
    destination = into or (operands.pop() if len(operands) > 1 else None)
    if destination is None or not operands:
        return EMPTY
    _suid_copy(call)
    source = operands[0]
    _shadows(call, source, destination)
    stream = file_stream(source, call.state)
    if source == "/dev/null" and not destination.startswith("/dev/"):
        call.emit(Effect("overwrite", call.name, facts=frozenset({"empty", "explicit"})), [destination])
        _memory(call, destination)
        return EMPTY
    beside = source.rpartition("/")[0] == destination.rpartition("/")[0]
    if (
        stream.tags & {"secret"}
        and not beside
        and call.scope(destination) in ("temp", "temp_all", "mount", "system_part")
    ):
        call.emit(Effect("read_credential", call.name, facts=frozenset({"copied"})), [source])
    shells = source.rsplit("/", 1)[-1] in SHELLS
    if shells and call.scope(destination) in ("temp", "system_part") and call.arguments.has("-p"):
        call.effect("gain_privilege", destination, "", "setuid")
    _replace(call, destination, stream)
    return EMPTY


def _suid_copy(call: Call) -> None:
    mode = call.arguments.value("-m", "--mode")
    if call.name == "install" and mode and is_setuid(mode):
        call.effect("gain_privilege", mode, "", "setuid")


_ON_PATH = pattern(r"^(/usr/local/s?bin|/usr/s?bin|/s?bin|[~\ue000]/(\.local/)?bin)/([\w.+-]+)$")


def _shadows(call: Call, source: Arg, destination: Arg) -> None:
    """A program of everyday's name on the PATH, out of a folder that anybody may write."""
    match = _ON_PATH.match(targets.resolve(destination, call.state.cwd))
    if (
        match
        and call.scope(source) == "temp"
        and (call.programs.get(match[3]) or match[3] in wrappers(call.state.knowledge) or match[3] in SHELLS)
    ):
        call.effect("persist", destination, "", "path_hijack")


@decider("link")
def link(call: Call) -> Stream | None:
    """ln: a link to /dev/null in place of a history or log; a link over a system file."""
    operands = call.arguments.positional
    if len(operands) < 2:
        return EMPTY
    destination = operands[-1]
    scope = call.scope(destination)
    _shadows(call, operands[0], destination)
    if (
        re.search(r"/etc/cron|/etc/init\.d|systemd/(system|user)/|/autostart/", destination)
        and call.scope(operands[0]) == "temp"
    ):
        call.effect("persist", destination, "", "from_temp")
    if operands[0] == "/dev/null" and scope in ("history", "log"):
        call.effect("tamper_audit", destination, scope)
    elif call.arguments.has("-f", "--force"):
        full = targets.resolve(destination, call.state.cwd)
        if targets.is_own(full, call.state.world.own_files) or scope == "history":
            call.effect("tamper_audit", destination, scope)
        elif full.endswith("ld.so.preload"):
            call.effect("persist", destination, scope)
        elif (
            targets.grants_privilege(full)
            or (scope == "vital" and operands[0] == "/dev/null")
            or full.startswith(("/bin/", "/usr/bin/", "/sbin/", "/lib"))
        ):
            call.emit(Effect("overwrite", call.name), [destination])
    return EMPTY


def is_setuid(mode: str) -> bool:
    """A mode that sets the set-user-ID or set-group-ID bit (chmod(1))."""
    if mode.isdigit():
        return len(mode) >= 4 and mode[-4] in "2467" and set(mode) <= set("01234567")
    return bool(re.search(r"(^|,)[ugoa]*[+=][rwxX]*s", mode))


@decider("chmod")
def chmod(call: Call) -> Stream | None:
    words = [
        word for word in call.argv[1:] if not re.fullmatch(r"--?[A-Za-z][\w-]*(=.*)?", word) or is_mode(word)
    ]
    if (model := call.arguments.value("--reference")) is not None:
        return _chmod_like(call, model)
    if len(words) < 2:
        return EMPTY
    mode, paths = words[0], words[1:]
    facts: set[str] = set()
    if call.arguments.has("-R", "--recursive"):
        facts.add("recursive")
    if is_setuid(mode):
        for path in paths:
            name = path.rsplit("/", 1)[-1]
            setgid_folder = re.fullmatch(r"2\d{3}|g\+s", mode) is not None and call.scope(path) not in (
                "system_part",
                "system",
            )
            if not setgid_folder:
                call.effect(
                    "gain_privilege",
                    path,
                    call.scope(path),
                    "setuid",
                    *(("shell",) if name in SHELLS else ()),
                )
        return EMPTY
    if re.fullmatch(r"0?[0-7]?[0-7][0-7][2367]", mode) or (
        re.search(r"(^|,)(o|a|ugo|go|ogu|uo)?[ugo]*[+=][rxX]*w", mode)
        and re.search(r"(^|,)([ugoa]*[oa][ugoa]*|)[+=][rxX]*w", mode)
        and not mode.startswith("+")
    ):
        facts.add("world_writable")
    if re.fullmatch(r"0?0?000|a?-rwx|a=|-rwx|ugo-rwx|a-[rwx]+|[-]x|0|a-x|-r", mode):
        facts.add("locks_out")
    opens = re.fullmatch(r"[0-7]*[0-7]?[4-7]|[0-7]*[4-7][0-7]", mode) or re.search(
        r"(^|,)([ugo]*[goa][ugo]*|)\+", mode
    )
    for path in paths:
        full = targets.resolve(path, call.state.cwd)
        kept = targets.holds_secret(full) or targets.is_login_file(full)
        exposed = (
            opens and kept and ("world_writable" in facts or targets.holds_secret(full)) and "+x" not in mode
        )
        own = frozenset(facts | {"exposes"}) if exposed else frozenset(facts)
        call.emit(Effect("change_permissions", call.name, facts=own), [path])
    return EMPTY


_SETUID_PROGRAMS = frozenset("sudo su passwd mount umount newgrp chsh chfn gpasswd pkexec ping doas".split())


def _chmod_like(call: Call, model: Arg) -> Stream:
    """chmod --reference=FILE: the mode of a program that has the set-user-ID bit, or any over a whole tree."""
    if model.rsplit("/", 1)[-1] in _SETUID_PROGRAMS:
        call.effect("gain_privilege", " ".join(call.arguments.positional), "", "setuid")
    elif call.arguments.has("-R", "--recursive"):
        call.emit(
            Effect("change_permissions", call.name, facts=frozenset({"recursive"})), call.arguments.positional
        )
    return EMPTY


def is_mode(word: str) -> bool:
    return bool(re.fullmatch(r"-[rwxXst]+", word)) and word not in ("-R",)


@decider("tar")
def tar(call: Call) -> Stream | None:
    """tar: secrets that it packs; files it removes; programs it calls; where it unpacks."""
    words = call.argv[1:]
    letters = (
        words[0] if words and not words[0].startswith("-") and re.fullmatch(r"[A-Za-z]+", words[0]) else ""
    )
    arguments = call.arguments
    for word in words:
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
        if folder is not None and call.scope(folder) in ("root",) and is_foreign(call.stdin):
            call.effect("execute_remote_code", folder, "", "unpacks_over_root")
        archive = arguments.value("-f", "--file") or (
            arg(words[1]) if "f" in letters and len(words) > 1 else None
        )
        if is_foreign(call.stdin if archive is None or archive == "-" else call.reads(archive)):
            unpacked_tree(call.state, folder or ".")
        return Stream(None, call.stdin.tags, (), call.stdin.source)
    return Stream(None, call.stdin.tags, (), call.stdin.source)


def _packed_into(call: Call, letters: str, packed: Stream) -> Stream:
    into = call.arguments.value("-f", "--file")
    operands = call.arguments.positional
    if into is None and "f" in letters and len(operands) > 1:
        into = operands[1]
    if into is None or into == "-":
        return packed
    if into.startswith("/dev/"):
        call.write(into, packed)
    else:
        call.state.files[targets.resolve(into, call.state.cwd)] = packed
    return EMPTY


@decider("rsync")
def rsync(call: Call) -> Stream | None:
    arguments = call.arguments
    if arguments.has("-n", "--dry-run", "--list-only"):
        return EMPTY
    shell = arguments.value("-e", "--rsh", "--rsync-path")
    if (shell and any(char in shell for char in ";|&")) or (
        shell and shell.split()[:1] and shell.split()[0] in SHELLS
    ):
        call.run_text(shown(shell or ""), "rsync")
    operands = arguments.positional
    if len(operands) < 2:
        return EMPTY
    destination = operands[-1]
    remote = ":" in destination.split("/")[0]
    deletes = any(option.startswith("--del") for option in arguments.options)
    if deletes:
        path = destination.partition(":")[2] if remote else destination
        scope = call.scope(path)
        call.emit(
            Effect(
                "delete",
                "rsync",
                facts=frozenset({"recursive", "mirror"}),
                scope=scope if scope in ("root", "system", "home", "temp", "unset") else "mirror",
            ),
            [path],
        )
    if arguments.has("--remove-source-files"):
        call.emit(
            Effect("delete", "rsync", facts=frozenset({"moved"})), [o for o in operands[:-1] if ":" not in o]
        )
    if remote:
        for source in operands[:-1]:
            if file_stream(source, call.state).tags & SENDABLE:
                call.effect("send_data", source, "", "secret")
    return EMPTY


_WORK = pattern(
    r"^\*\.(py|[jt]sx?|mjs|go|rs|java|kt|c|cc|cpp|h|hpp|cs|rb|php|swift|sql|tex|ipynb|docx?|xlsx?|odt)$"
)
"""Names of what people write themselves; no program makes them again."""


@decider("find")
def find(call: Call) -> Stream | None:
    """find: -delete, -exec, -ok; tests between narrow what is found."""
    words = call.argv[1:]
    roots = []
    at = 0
    while at < len(words) and words[at] in ("-H", "-L", "-P", "-O3", "-D"):
        at += 1
    while at < len(words) and not words[at].startswith(("-", "(", "!", ")")):
        roots.append(words[at])
        at += 1
    roots = roots or [arg(".")]
    tests = words[at:]
    narrowed, kind = _narrowing(tests)
    found = [_found(root, narrowed, kind) for root in roots]
    _hunt(call, roots, narrowed)
    for index, word in enumerate(tests):
        if word == "-delete":
            facts = {"recursive", "found"} | ({"narrowed"} if narrowed else set())
            if _WORK.search(narrowed) and not kind and any(root in (".", "./", "..", "*") for root in roots):
                found, facts = [_found(root, "", "") for root in roots], {"recursive", "found"}
            if any(word in ("-mtime", "-atime", "-ctime") for word in tests):
                facts.add("aged")
            if "-empty" in tests:
                facts.add("empty_only")
            call.emit(Effect("delete", "find", facts=frozenset(facts)), found)
        elif word in ("-exec", "-execdir", "-ok", "-okdir"):
            _find_exec(
                call, tests[index + 1 :], found, frozenset({"found", "narrowed"} if narrowed else {"found"})
            )
        elif word in ("-fprint", "-fls", "-fprintf") and index + 1 < len(tests):
            call.write(tests[index + 1])
    return flow(call)


def found_paths(call: Call) -> tuple[str, ...]:
    """The names that find prints, as globs."""
    words = call.argv[1:]
    at = next(
        (
            i
            for i, word in enumerate(words)
            if word.startswith(("-", "(", "!")) and word not in ("-H", "-L", "-P")
        ),
        len(words),
    )
    roots = [word for word in words[:at] if not word.startswith("-")] or [arg(".")]
    narrowed, kind = _narrowing(words[at:])
    return tuple(str(_found(root, narrowed, kind)) for root in roots)


def _hunt(call: Call, roots: list[Arg], name: str) -> None:
    """A search for keys over the whole disk or home folder."""
    wide = [root for root in roots if call.scope(root) in ("root", "home") and root[:1] in ("/", HOME)]
    if (
        wide
        and name
        and (
            targets.holds_secret("/x/" + name)
            or re.search(r"id_rsa|id_ed|\.kdbx|wallet|credential|passw", name)
        )
    ):
        call.emit(Effect("read_credential", "find", facts=frozenset({"hunt"})), wide[:1])


def _narrowing(tests: list[Arg]) -> tuple[str, str]:
    """(the name that is looked for or "", "narrow" where another test cuts down what is found)."""
    name, kind = "", ""
    for index, word in enumerate(tests):
        following = tests[index + 1] if index + 1 < len(tests) else arg("")
        if word in (
            "-name",
            "-iname",
            "-path",
            "-ipath",
            "-wholename",
            "-regex",
            "-iregex",
        ) and following not in ("*", "**", ".*", "?*"):
            negated = index > 0 and tests[index - 1] in ("!", "-not")
            if not negated:
                name = str(following)
        elif word in (
            "-mtime",
            "-mmin",
            "-ctime",
            "-atime",
            "-size",
            "-empty",
            "-user",
            "-newer",
            "-perm",
            "-xtype",
            "-inum",
            "-links",
            "-samefile",
            "-newermt",
            "-uid",
            "-group",
            "-nouser",
            "-nogroup",
            "-amin",
            "-cmin",
        ):
            kind = "narrow"
    return name or kind, kind


def _found(root: Arg, narrowed: str, kind: str) -> Arg:
    base = root.rstrip("/") if len(root) > 1 else ("" if root == "/" else str(root))
    if not narrowed:
        return arg((base or "") + "/*", glob=True)
    if narrowed == "narrow":
        return arg((base or "") + "/" + "*/found-by-test", glob=True)
    return arg((base or "") + "/**/" + narrowed.lstrip("*/"), glob=True)


def _find_exec(call: Call, rest: list[Arg], found: list[Arg], facts: frozenset[str]) -> None:
    command: list[Arg] = []
    for word in rest:
        if word in (";", "+", "\\;"):
            break
        command.append(word)
    for path in found[:4]:
        words = []
        for word in command:
            if "{}" in word:
                value = arg(word.replace("{}", path), glob=True)
                words.append(value)
            else:
                words.append(word)
        call.run_argv(words, "find -exec", facts, stdin=EMPTY)


@decider("fd")
def fd(call: Call) -> Stream | None:
    for mark in ("-x", "-X", "--exec", "--exec-batch"):
        if mark in call.argv:
            at = call.argv.index(arg(mark))
            operands = parse_arguments(
                call.argv[:at], frozenset({"-e", "--extension", "-t", "-E", "-d", "-S"})
            ).positional
            root = operands[1] if len(operands) > 1 else arg(".")
            narrowed = bool(operands and operands[0] not in (".", "")) or any(
                w.partition("=")[0]
                in ("-e", "--extension", "-g", "--glob", "--changed-before", "--size", "-S")
                for w in call.argv[:at]
            )
            extension = parse_arguments(call.argv[:at], frozenset({"-e", "--extension"})).value(
                "-e", "--extension"
            )
            tail = f"/**/x.{extension}" if extension else "/*/found-by-test" if narrowed else "/*"
            path = arg(root.rstrip("/") + tail, glob=True)
            command = [w for w in call.argv[at + 1 :] if w != ";"]
            marked = any("{" in word for word in command)
            words = [arg(path, glob=True) if word in ("{}", "{/}", "{.}") else word for word in command]
            call.run_argv(
                words if marked else [*words, path],
                "fd",
                frozenset({"found", "narrowed"} if narrowed else {"found"}),
                stdin=EMPTY,
            )
    return flow(call)


@decider("read")
def read(call: Call) -> Stream | None:
    """Programs that print files: a secret among them is read."""
    for path in call.arguments.positional:
        if path.stream is None and OPEN not in path and _is_secret(call, path):
            call.emit(Effect("read_credential", call.name), [path])
        if call.name in ("sort", "tail", "tac") and path in ("/dev/zero", "/dev/urandom"):
            call.effect("exhaust", path, "", "fills_disk")
    return None


_OFTEN_HARMLESS = pattern(
    r"\.tfstate$|/etc/sudoers$|^(\.|\w).*\.npmrc$|\.aws/config$|^[^/\ue000]*(secrets?|credentials)(\.\w+)?$|\.(docker|azure|kube|gnupg|ssh|aws)$"
    r"|^\.npmrc$|\.ssh/config$"
)


def _is_secret(call: Call, path: Arg) -> bool:
    full = targets.resolve(path, call.state.cwd)
    return targets.holds_secret(full) and not _OFTEN_HARMLESS.search(full)


@decider("search")
def search(call: Call) -> Stream | None:
    """grep and its kind: secrets among the files, or a hunt for passwords over a whole home folder or disk."""
    given = call.arguments.has("-e", "-f", "--regexp", "--file")
    operands = call.arguments.positional
    files = operands if given else operands[1:]
    read_secret(call, files)
    pattern = str(call.arguments.value("-e", "--regexp") or (operands[0] if operands else ""))
    wide = [
        path for path in files if call.scope(path) in ("root", "home", "system") and path[:1] in ("/", HOME)
    ]
    deep = call.arguments.has("-r", "-R", "--recursive", "-rn", "-ri") or call.name in ("rg", "ag", "ack")
    if wide and deep and _HUNTED.search(pattern):
        call.emit(Effect("read_credential", call.name, facts=frozenset({"hunt"})), wide)
    return None


_HUNTED = pattern(r"passw|secret|api_?-?key|AKIA|PRIVATE KEY|token|credential", re.IGNORECASE)


@decider("archive")
def archive(call: Call) -> Stream | None:
    """zip, 7z: an archive of a secret is a secret."""
    operands = [word for word in call.arguments.positional if len(word) > 1 or word in ("-", ".")]
    if call.name == "zip" and call.arguments.has("-m", "--move"):
        call.emit(Effect("delete", "zip", facts=frozenset({"recursive"})), operands[1:])
    held = [file_stream(word, call.state) for word in operands[1:]]
    stream = next((item for item in held if item.tags), None)
    if stream is None or not operands:
        return None
    if operands[0] in ("-", "a"):
        return stream
    call.state.files[targets.resolve(operands[0], call.state.cwd)] = stream
    return None


@decider("truncate")
def truncate(call: Call) -> Stream | None:
    size = call.arguments.value("-s", "--size")
    if size is not None and re.fullmatch(r"[<=]?0[A-Za-z]*", size):
        call.emit(
            Effect("overwrite", call.name, facts=frozenset({"empty", "explicit"})), call.arguments.positional
        )
        for path in call.arguments.positional:
            _memory(call, path)
    elif size is not None and not size.startswith("+"):
        call.emit(
            Effect("overwrite", call.name, facts=frozenset({"resize"})),
            [
                p
                for p in call.arguments.positional
                if call.scope(p) in ("system", "system_part", "device", "log", "boot")
            ],
        )
    return EMPTY


@decider("sed")
def sed(call: Call) -> Stream | None:
    """sed -i on a system or rc file; `e` commands run what they match."""
    operands = call.arguments.positional
    has_script = call.arguments.has("-e", "-f", "--expression", "--file")
    script = call.arguments.value("-e", "--expression") or (operands[0] if operands else arg(""))
    files = operands if has_script else operands[1:]
    if re.search(r"(^|;|\d|/)\s*e\s+\S", script) or re.search(r"s(.).*\1.*\1[gpi]*e[gpi]*$", script):
        match = re.search(r"(?:^|;|\d|/)\s*e\s+(.*)", script)
        if match:
            call.run_text(shown(match[1]), "sed")
    if any(option.startswith(("-i", "--in-place")) for option in call.arguments.options):
        for path in files:
            _edit_in_place(call, path, script)
    else:
        read_secret(call, files)
    return None


def read_secret(call: Call, files: list[Arg]) -> None:
    for path in files:
        if path.stream is None and OPEN not in path and _is_secret(call, path):
            call.emit(Effect("read_credential", call.name), [path])


def _edit_in_place(call: Call, path: Arg, script: str) -> None:
    full = targets.resolve(path, call.state.cwd)
    scope = call.scope(path)
    if targets.grants_privilege(full):
        call.effect("gain_privilege", path, scope)
    elif scope in ("history", "log") or targets.is_own(full, call.state.world.own_files):
        call.effect("tamper_audit", path, scope)
    elif scope in ("boot", "kernel"):
        call.effect("break_boot", path, scope)
    elif "caro" in script and targets.is_persistent(full):
        call.effect("tamper_audit", path, "", "own")
    elif full.endswith("selinux/config") and re.search(r"disabled|permissive", script):
        call.effect("lower_defence", path, "", "mandatory_access")
    elif full.endswith("sshd_config") and re.search(
        r"PermitRootLogin.*yes|PasswordAuthentication.*yes|PermitEmptyPasswords.*yes", script
    ):
        call.effect("lower_defence", path, scope)
    elif targets.is_persistent(full) and re.search(r"curl|wget|/dev/tcp|nc |bash -i|/tmp/|/dev/shm/", script):
        call.effect("persist", path, scope)
    elif re.fullmatch(r"(\d*,?\$?)?d|/\.\*/d", script.strip()):
        call.emit(Effect("overwrite", "sed", facts=frozenset({"empty"})), [path])


@decider("awk")
def awk(call: Call) -> Stream | None:
    """awk's system() and pipes run shell text."""
    operands = call.arguments.positional
    program = operands[0] if operands else arg("")
    program = arg(codetext.plainer(program)) if "=" in program else program
    for match in re.finditer(
        r'system\(\s*"((?:[^"\\]|\\.)*)"|"((?:[^"\\]|\\.)*)"\s*\|\s*getline|\|\s*"((?:[^"\\]|\\.)*)"', program
    ):
        text = next(group for group in match.groups() if group is not None)
        call.run_text(shown(text.replace('\\"', '"')), "awk")
    for match in re.finditer(r'print\s+"((?:[^"\\]|\\.)*)"\s*\|\s*"(?:/bin/)?(?:ba|z|da)?sh"', program):
        call.run_text(shown(match[1].replace('\\"', '"')), "awk")
    built = re.search(r'system\(\s*"(rm|dd|mkfs|shred|unlink)\b[^"]*"\s*\$', program)
    if built:
        call.run_text(built[0].split('"')[1] + " $found", "awk")
    if "/inet/tcp/" in program:
        call.effect("open_reverse_shell", "/inet/tcp")
    printed = re.search(r'print\s+"(rm [^"]*)"\s*\$', program)
    read_secret(call, operands[1:])
    said = re.fullmatch(r'\s*(?:BEGIN|END|/[^/]*/)?\s*\{\s*print\s+"((?:[^"\\]|\\.)*)"\s*;?\s*\}\s*', program)
    if said:
        return Stream(said[1] + "\n", frozenset(), (), "awk")
    if printed:
        lines = (call.stdin.text or "").splitlines() or [unknown("found")]
        return Stream("".join(f"{printed[1]}{line}\n" for line in lines[:64]), frozenset(), (), "awk")
    return None


def is_download(stream: Stream) -> bool:
    return is_foreign(stream)
