"""One argument vector -> who judges it: a function or alias of the line, a builtin, a wrapper, a program."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from caro.parse.nodes import Literal, Redirect, Simple, Substitution, Variable, Word
from caro.parse.pattern import pattern
from caro.safety import derived, flows, targets
from caro.safety.builtins import BUILTINS, assignment_effects
from caro.safety.call import Call, Interpreter, make_call
from caro.safety.carriers import judge_carried
from caro.safety.deciders import decider_named
from caro.safety.deciders.reading import hides_values
from caro.safety.effects import Effect
from caro.safety.near_names import note_near_names
from caro.safety.outputs import private_output
from caro.safety.own_hooks import note_builtin, note_shell_start
from caro.safety.own_places import note_own_code, note_own_places
from caro.safety.own_process import note_own_process
from caro.safety.own_variables import note_env, note_home, note_set, note_words
from caro.safety.programs import (
    CAMEL,
    UNKNOWN_SPEC,
    Spec,
    catalogue,
    effects_by_data,
    is_harmless,
    shown_words,
)
from caro.safety.project_scripts import judge_scripts
from caro.safety.state import MAX_STEPS, State
from caro.safety.streams import EMPTY, SENDABLE, UNKNOWN_STREAM, Stream
from caro.safety.unwrap.inner import unwrap
from caro.safety.uploads import note_served, note_uploads
from caro.safety.values import CLOSE, HOME, OPEN, Arg, arg, shown
from caro.safety.wrappers import SHELLS

_VERSIONED = pattern(
    r"(python|pypy|perl|ruby|node|php|lua|pip|gcc|tclsh|psql|java|bash|zsh|ruby)-?\d+(\.\d+)*$"
)
_MKFS = pattern(r"mkfs(\.\w+)?$|mke2fs$|mkfs_\w+$|newfs(_\w+)?$")
_GLOB_HEADS = (
    "rm dd sh bash zsh dash mkfs chmod chown mv cp cat nc ncat curl wget python python3 perl ruby shred"
    " find kill"
    " reboot shutdown halt sudo su tee truncate unlink rmdir base64 xxd env wipefs crontab id ls"
    " mkfs.ext4 mkfs.xfs iptables nft ufw dd systemctl docker kubectl git psql mysql passwd useradd usermod"
).split()


_LOADER = pattern(r"ld\.so|ld-linux[\w.-]*\.so\.\d|ld-musl-[\w.-]+\.so\.\d|ld-[\d.]+\.so")


def _loaded(argv: list[Arg]) -> list[Arg]:
    """ld.so(8): the dynamic loader called as a program runs the program named behind its options."""
    at = 1
    while at < len(argv) - 1 and argv[at].startswith("--"):
        at += 2 if argv[at] in ("--library-path", "--preload", "--argv0", "--audit", "--inhibit-rpath") else 1
    return argv[at:]


def base_name(head: Arg) -> str:
    """The program's name: without its folder, its version and the disguise of a glob."""
    name = head.rsplit("/", 1)[-1] if "/" in head else str(head)
    if name.startswith("=") and name[1:].isalnum():
        name = name[1:]  # zsh: =rm is the path of rm
    if head.glob and any(char in name for char in "*?["):
        name = next((known for known in _GLOB_HEADS if fnmatchcase(known, name)), name)
    if name.endswith(".exe"):
        name = name[:-4]
    match = _VERSIONED.match(name)
    if match:
        return match[1]
    if _MKFS.match(name):
        return "mkfs"
    return name


def obscured_head(node: Simple) -> str:
    """How the program's name was disguised, if it was."""
    if not node.words:
        return ""
    parts = node.words[0].parts
    if len(parts) == 1 and not (isinstance(parts[0], Literal) and parts[0].ansi):
        part = parts[0]
        if isinstance(part, Literal) and not part.quoted and part.text.startswith("{") and "," in part.text:
            return "a command spelt in braces"
        return "the command's name is computed" if isinstance(part, Substitution) else ""
    if any(isinstance(part, Literal) and part.ansi for part in parts):
        return "a command spelt in escapes"
    if any(isinstance(part, Variable) and part.name == "IFS" for part in parts):
        return "blanks spelt as $IFS"
    names = [part for part in parts if isinstance(part, Literal)]
    if len(names) == len(parts) and _split_by_quotes(names):
        return "a command's name split by quotes"
    return ""


def _split_by_quotes(parts: list[Literal]) -> bool:
    text = "".join(part.text for part in parts)
    if parts[0].quoted and len(parts[0].text) == 1 and not any(part.quoted for part in parts[1:]):
        return False  # \rm: the everyday way around an alias
    return text.replace("-", "").replace("_", "").isalnum() and len(parts) > 1


def report(interpreter: Interpreter, name: str, target: str, state: State, *facts: str) -> None:
    call = make_call("shell", [arg("shell")], state, EMPTY, interpreter, None)
    call.effect(name, target, "", *facts)


def reads_file(interpreter: Interpreter, path: Arg, state: State) -> None:
    """A redirect that reads a secret: whoever gets it may show it."""
    full = targets.resolve(path, state.cwd)
    environ = path.startswith("/proc/") and path.endswith("/environ") and "/self/" not in path
    if environ or (
        OPEN not in path and targets.holds_secret(full) and not full.startswith(("/proc/", ".env"))
    ):
        call = make_call("redirect", [arg("<"), path], state, EMPTY, interpreter, None)
        call.emit(Effect("read_credential", "redirect"), [path])


_KEEPS = frozenset(
    "kubeseal sops gpg gpg2 age rage ssh-add docker podman nerdctl gh glab vault kubectl oc helm wc"
    " sha256sum md5sum pass"
    " op bw wrangler heroku fly flyctl vercel netlify psql mysql sqlite3 ansible-vault systemd-creds".split()
)
"""Programs that take a secret in on standard input to seal, store or use it, and don't show it."""


def keeps_to_itself(words: list[str]) -> bool:
    """True if a command of these words shows nothing of its standard input."""
    name = words[0].rsplit("/", 1)[-1] if words else ""
    return (name in _KEEPS and not {"exec", "run"} & set(words[1:3])) or hides_values(words) == "all"


def forget_reading(state: State, before: int) -> None:
    """Take the secrets that were read since (`before`: how many effects there were) out again: nobody saw them."""
    effects = state.findings.effects
    effects[before:] = [effect for effect in effects[before:] if effect.name != "read_credential"]


def socket(
    interpreter: Interpreter, path: Arg, argv: list[Arg], state: State, out: Stream, redirect: Redirect
) -> None:
    """A redirect from or to /dev/tcp: a shell behind it is a remote one; else data goes out."""
    call = make_call(
        base_name(argv[0]) if argv else "exec", argv or [arg("exec")], state, out, interpreter, None
    )
    shells = SHELLS | {"exec", "python", "perl"}
    if not argv or any(base_name(word) in shells for word in argv[:8]):
        call.effect("open_reverse_shell", path)
    elif out.tags & SENDABLE:
        call.effect("send_data", out.source or path, "", "secret")
    elif redirect.op in (">", ">>", "&>", ">&"):
        call.effect("send_data", path, "", "socket")


def run(
    interpreter: Interpreter,
    argv: list[Arg],
    state: State,
    stdin: Stream,
    local: dict[str, str | list[str]],
    node: Simple | None,
) -> Stream:
    """Judge `argv`; what it would print, as far as known. `local` are the assignments before it."""
    head = argv[0]
    if head.startswith(("/proc/self/fd/", "/dev/fd/")):
        opened = state.descriptors.get(head.rsplit("/", 1)[1])
        if opened is not None and "program" in opened.tags:
            argv = [arg(opened.source), *argv[1:]]
            head = argv[0]
    if state.files and "/" in head and (real := _renamed(head, state)) is not None:
        argv = [real, *argv[1:]]
        head = real
    if local:
        assignment_effects(interpreter, local, state, False)
        state.variables.update(local)
    if OPEN in head:
        return _computed(interpreter, argv, state, stdin)
    name = base_name(head)
    if head.startswith(("/etc/init.d/", "/etc/rc.d/")):
        argv = [arg("service"), arg(name), *argv[1:]]
        head, name = argv[0], "service"
    if "/" not in head:
        followed = _follow(interpreter, name, argv, state, stdin, node)
        if followed is not None:
            return followed
    if _LOADER.fullmatch(name) and len(argv) > 1:
        argv = _loaded(argv)
        head, name = argv[0], base_name(argv[0])
    builtin, programs = BUILTINS.get(name), catalogue(state.knowledge)
    spec = programs.get(name)
    if spec is None and name.startswith("git-"):
        argv = [arg("git"), arg(name[4:]), *argv[1:]]
        name, spec = "git", programs.get("git")
    call = make_call(name, argv, state, stdin, interpreter, spec)
    if node is not None or state.via:
        state.step("command", " ".join(shown_words(argv[:40]))[:200])
        if len(state.findings.commands) < MAX_STEPS:
            state.findings.commands.append(argv)
    note_own(call, local)
    judge_carried(call)
    note_near_names(call)
    if state.world.project_files:
        judge_scripts(call)
    if builtin is not None:
        out = builtin(call)
        if out is not None:
            return out
    if call.arguments.has("--help", "--version") and len(argv) == 2:
        return EMPTY
    out = unwrap(call)
    if out is not None:
        return out
    return judge(call)


def _renamed(head: Arg, state: State) -> Arg | None:
    """The program that this line copied or linked to `head`."""
    stream = state.files.get(targets.resolve(head, state.cwd))
    return arg(stream.source) if stream is not None and "program" in stream.tags else None


def note_own(call: Call, local: dict[str, str | list[str]]) -> None:
    """Record what the command does to Caro itself, whatever else it is; `local` are the assignments before it."""
    note_own_code(call)
    note_own_process(call)
    note_home(call, local)
    if call.name in ("env", "setpriv"):
        note_env(call)
    note_shell_start(call)
    note_builtin(call)
    note_set(call)
    note_words(call)


def judge(call: Call) -> Stream:
    """A program by its data and its decider; then what it prints."""
    if "/" in call.argv[0] or call.argv[0].stream is not None or call.state.files:
        _runs_file(call)
    note_own_places(call)
    _builds_strange(call)
    note_uploads(call)
    note_served(call)
    if call.name in derived.PROGRAMS:
        derived.note_derived(call)
    out: Stream | None = None
    if call.spec.decider and not is_harmless(call.spec, call.arguments):
        out = decider_named(call.spec.decider)(call)
    shows = False
    for effect, where in effects_by_data(call.spec, call.arguments, call.programs):
        call.emit(effect, where)
        shows = shows or effect.name == "read_credential"
    if shows:
        return Stream(None, frozenset({"secret"}), (), " ".join(shown_words(call.argv[:4])))
    if call.spec is UNKNOWN_SPEC:
        unknown_service(call)
        unknown_wrapper(call)
    if (private := private_output(call)) is not None:
        return private
    if out is None:
        out = flows.flow(call)
    if not out.tags and out.text is None and flows.prints_setup(call):
        return Stream(None, frozenset({"setup"}), (), " ".join(shown_words(call.argv[:3])))
    return out


_NAME = pattern(r"[a-z][a-z0-9_-]{1,30}")


def unknown_service(call: Call) -> None:
    """A program nobody described: `NAME … delete THING` most likely deletes a thing that others use.

    Not where the words of a program are text, files or code: `verbs.toml` names those.
    """
    words, known = call.arguments.positional, call.programs
    if (
        not _NAME.fullmatch(call.name)
        or call.name in known.no_service
        or call.name in flows.FILTERS
        or call.arguments.has("--dry-run", "--dryrun", "-h", "--help")
    ):
        return
    for index, word in enumerate(words[:3]):
        pieces = re.split(r"[-:._]", CAMEL.sub("-", word).lower())
        if {word.lower(), pieces[0], pieces[-1]} & known.guessed and (
            len(words) > index + 1 or index or len(call.argv) > 2
        ):
            call.emit(Effect("destroy_resource", call.name, facts=frozenset({"guess"})), words[index + 1 :])
            return
        if not _NAME.fullmatch(word) or word in known.harmless:
            return


_TEXT_OPTIONS = frozenset({"-c", "--command", "--cmd", "--exec", "--execute", "--run", "--shell-command"})
_DANGEROUS_HEADS = frozenset(
    "rm shred dd mkfs wipefs sudo doas bash sh zsh dash find xargs chmod chown git docker kubectl".split()
)


def unknown_wrapper(call: Call) -> None:
    """A program nobody described may run what stands behind it: `NAME -- rm -rf x`, `NAME -c 'rm -rf x'`.

    Only where the words can hardly be data: behind `--`, in an option for commands, or a program that destroys
    followed by its options.
    """
    known = call.programs
    if not _NAME.fullmatch(call.name) or call.name in known.no_service or call.name in flows.FILTERS:
        return
    words = call.argv
    for at in range(1, min(len(words), 12)):
        name, following = base_name(words[at]), words[at + 1 : at + 2]
        if words[at] == "--":
            if following and base_name(following[0]) in known.places:
                call.run_argv(words[at + 1 :], call.name)
            return
        if words[at] in _TEXT_OPTIONS:
            if following and " " in following[0]:
                call.run_text(shown(following[0]), call.name)
            return
        if name in _DANGEROUS_HEADS and following and (following[0].startswith("-") or "of=" in following[0]):
            call.run_argv(words[at:], call.name)
            return


_BUILDERS = frozenset(
    "make gmake ninja rake scons meson cmake configure bootstrap setup.py install.sh just task".split()
)


def _builds_strange(call: Call) -> None:
    """`git clone URL && cd x && make`: a build runs whatever the tree says, and nobody looked at this one."""
    source = call.state.variables.get("built from")
    if isinstance(source, str) and (call.name in _BUILDERS or _installs_here(call)):
        call.effect("execute_remote_code", source)


def _installs_here(call: Call) -> bool:
    words = call.arguments.positional
    here = any(word in (".", "./") or word.startswith("./") for word in words[1:])
    return words[:1] == ["install"] and (
        (call.name in ("pip", "pip3", "uv", "pipx") and here)
        or (call.name in ("npm", "pnpm", "yarn", "cargo", "go") and (here or len(words) == 1))
    )


_BIN_FOLDERS = (HOME + "/bin/", HOME + "/.local/bin/", "/usr/local/bin/", "/usr/bin/", "/bin/")
_DESCRIPTORS = ("/dev/fd/", "/proc/self/fd/")


def _runs_file(call: Call) -> None:
    """`./x` after the line itself wrote x."""
    stream = call.argv[0].stream
    if "/" not in call.argv[0]:
        places = (call.state.files.get(folder + call.argv[0]) for folder in _BIN_FOLDERS)
        stream = stream or next(filter(None, places), None)
    elif stream is None:
        path = targets.resolve(call.argv[0], call.state.cwd)
        stream = call.state.files.get(path) or flows.from_tree(call.argv[0], call.state)
        stream = stream or (call.reads(call.argv[0]) if path.startswith(_DESCRIPTORS) else None)
    if stream is None:
        return
    flows.run_stream(call, stream, call.name)


def _computed(interpreter: Interpreter, argv: list[Arg], state: State, stdin: Stream) -> Stream:
    """The command's name is not known: `$X -rf /` may be anything, but its words can tell."""
    call = make_call("computed", argv, state, stdin, interpreter, Spec("computed"))
    stream = argv[0].stream
    if stream is not None and stream.tags & {"download"}:
        call.effect("execute_remote_code", stream.source)
        return UNKNOWN_STREAM
    if stdin.tags & {"socket"}:
        call.effect("open_reverse_shell", shown(argv[0]))
    rest = [a for a in argv[1:] if not a.startswith("-")]
    if any(call.scope(a) in ("root", "system", "home") and a[:1] in ("/", "\ue000") for a in rest) and any(
        a.startswith("-") and "r" in a.lower() for a in argv[1:]
    ):
        call.emit(Effect("delete", "computed", facts=frozenset({"recursive", "guess"})), rest)
    # `$PREFIX/bin/rm -rf /`, `${SUDO:-sudo} rm`, `$SUDO rm -rf /`: an unknown word may be a wrapper or empty
    tail = argv[0].rsplit("/", 1)[-1]
    if OPEN not in tail and CLOSE not in tail and tail:
        return run(interpreter, [arg(tail), *argv[1:]], state, stdin, {}, None)
    if len(argv) > 1 and not argv[1].startswith("-") and argv[0].count(OPEN) == 1 and argv[0].endswith(CLOSE):
        return run(interpreter, argv[1:], state.inner(shown(argv[0])), stdin, {}, None)
    return UNKNOWN_STREAM


def _follow(
    interpreter: Interpreter, name: str, argv: list[Arg], state: State, stdin: Stream, node: Simple | None
) -> Stream | None:
    if name in state.functions:
        if name in state.calls:
            return EMPTY
        inner = state.inner(f"{name}()", keep=True)
        inner.parameters = list(argv[1:])
        inner.calls = (*state.calls, name)
        inner.step("function", f"{name} is a function of this line")
        return interpreter.node(state.functions[name], inner, stdin)
    text = state.aliases.get(name)
    if text is None or node is None or name in state.calls or node.words[0].bare != name:
        return None
    inner = state.inner(f"alias {name}", keep=True)
    inner.calls = (*state.calls, name)
    inner.step("alias", f"{name} is an alias for: {text}")
    rest = " ".join(_source(word) for word in node.words[1:])
    return interpreter.text(f"{text} {rest}", inner, stdin)


def _source(word: Word) -> str:
    return word.source
