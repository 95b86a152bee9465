"""One command about to be judged: its arguments, what flows in, and the ways to say what it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from caro.knowledge.places import EVERYDAY_PROGRAMS
from caro.parse.nodes import Node
from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.arguments import Arguments
from caro.safety.effects import ELSEWHERE, Effect
from caro.safety.image_steps import is_of_layer
from caro.safety.installers import is_known_installer
from caro.safety.programs import UNKNOWN_SPEC, Catalogue, Spec, arguments_of, catalogue, shown_words
from caro.safety.state import State
from caro.safety.streams import EMPTY, Stream
from caro.safety.values import HOME, OPEN, Arg, shown

PATH_EFFECTS = frozenset(
    {
        "delete",
        "overwrite",
        "write_device",
        "change_permissions",
        "change_owner",
        "read_credential",
        "persist",
    }
)

_EVERYDAY = frozenset({"home_part", "home_data_part", "home_data", "absolute", "artefact"})
# What may be called "made in this session": never a place that the machine or the person lives from.
_MAY_BE_NEW = frozenset(
    "part sources absolute outside home_part home_data_part repository artefact system_part wildcard temp".split()
)

Decider = Callable[["Call"], "Stream | None"]
DECIDERS: dict[str, Decider] = {}


def decider(name: str) -> Callable[[Decider], Decider]:
    """Register the function that a program's data names with `decider = "name"`."""

    def register(function: Decider) -> Decider:
        DECIDERS[name] = function
        return function

    return register


class Interpreter(Protocol):
    """What a command that runs others asks for: their words or their text interpreted (`interpreter.py`)."""

    def text(self, text: str, state: State, stdin: Stream = EMPTY) -> Stream:
        """Interpret shell text; return what it would print."""
        ...

    def argv(self, argv: list[Arg], state: State, stdin: Stream) -> Stream:
        """Interpret an argument vector; return what it would print."""
        ...

    def node(self, node: Node, state: State, stdin: Stream) -> Stream:
        """Interpret a parsed piece, such as a function's body; return what it would print."""
        ...

    def sink(self, path: Arg, state: State, written: Stream) -> bool:
        """Interpret what stands in `>(…)` with what is written to it; False where `path` is no such thing."""
        ...


@dataclass(slots=True)
class Call:
    """One simple command: its name and words, what flows in, and what is known where it stands."""

    name: str
    argv: list[Arg]
    state: State
    stdin: Stream
    interpreter: Interpreter
    spec: Spec
    arguments: Arguments

    @property
    def programs(self) -> Catalogue:
        """The programs that are known where this command is judged."""
        return catalogue(self.state.knowledge)

    def scope(self, path: str) -> str:
        state = self.state
        if path[:1] not in ("/", HOME, OPEN) and (state.unchecked or (state.cwd and OPEN in state.cwd)):
            # the `cd` before may have failed, or have gone nowhere: then this is the folder we are in
            here = targets.scope_of(path)
            if here in ("project", "parent"):
                there = targets.scope_of(path, state.cwd) if state.cwd and OPEN not in state.cwd else ""
                return there if there in ("root", "system", "boot", "vital") else here
        if path[:1] not in ("/", HOME, OPEN) and self._at_home(path):
            return targets.scope_of(path)
        return targets.scope_of(path, state.cwd, None, state.project)

    def _at_home(self, path: str) -> bool:
        """True if `path` lies below the folder that the line starts in, and that is an everyday one: then it is
        judged as it would be with no folder known, wherever that folder is."""
        start = self.state.start
        return (
            start is not None
            and start == self.state.cwd
            and not targets.fold(path).startswith("..")
            and targets.scope_of(start) in _EVERYDAY
        )

    def place(self, path: str) -> str:
        """Return the folded path, seen from the folder that the line stands in and through the links that it made."""
        full = targets.resolve(path, self.state.cwd)
        for link, target in self.state.links.items():
            if full == link or full.startswith(link + "/"):
                return targets.fold(target + full[len(link) :])
        return full

    def emit(self, effect: Effect, paths: Iterable[Arg | str] | None = None) -> None:
        """Record an effect; one for each path where the effect is on files."""
        items = list(paths) if paths is not None else []
        if effect.name in PATH_EFFECTS and paths is not None and (items or not effect.scope):
            for path in items[:64]:
                self._emit_path(effect, path)
            return
        effect.target = " ".join(shown(item) for item in items[:8])
        self._record(effect)

    def _emit_path(self, effect: Effect, path: Arg | str) -> None:
        scope = effect.scope or self.scope(path)
        if isinstance(path, Arg) and path.quoted and not path.glob and ("*" in path or "?" in path):
            scope = "part"  # a quoted star is a file name
        facts = set(effect.facts)
        if effect.name == "write_device" and scope not in ("device", "variable", "unset", "computed"):
            return
        if "/*" in path or path in ("*", ".*") or path.endswith("*"):
            facts.add("wildcard")
        full = targets.resolve(path, self.state.cwd) if OPEN not in path else ""
        if effect.name == "delete" and scope == "system_part" and targets.is_added(full):
            scope = "packaged"
        if effect.name == "delete" and full in self.state.moved:
            origin = self.scope(self.state.moved[full])
            scope = origin if origin not in ("artefact", "temp", "cache", "part") else scope
            facts |= {"only_copy"}
        if effect.name == "delete" and targets.is_private_key(full):
            facts.add("private_key")
        if effect.name == "delete" and _is_new(full, scope, self.state):
            facts.add("created_here")
        if effect.name == "delete" and scope == "absolute" and "tree:" + full[1:] in self.state.files:
            facts.add("created_here")  # cloned by its bare name, deleted from the root
        if (
            full
            and effect.name == "delete"
            and _holds_mount(full, self.state.mounts)
            and scope in _MAY_BE_NEW
        ):
            scope = "mount"
        if targets.is_own(self.place(path) if OPEN not in path else path, self.state.world.own_files):
            facts.add("own")
        self._record(
            Effect(
                effect.name,
                effect.program or self.name,
                effect.argv,
                re.sub("^//+", "/", shown(path)),
                scope,
                frozenset(facts),
                base=effect.base,
                why=effect.why,
                instead=effect.instead,
                extra=effect.extra,
            )
        )

    def _record(self, effect: Effect) -> None:
        state = self.state
        if effect.name == "execute_remote_code" and is_known_installer(effect.target, state.knowledge):
            effect.facts |= {"known_installer"}
        effect.program = effect.program or self.name
        effect.argv = effect.argv or shown_words(self.argv[:40])
        effect.facts |= state.facts
        effect.via = state.via
        effect.obscured = state.obscured
        effect.place = state.place
        if state.image_step and is_of_layer(effect):
            effect.facts |= {"image_step"}
        state.findings.effects.append(effect)
        where = f" {effect.target}" if effect.target else ""
        state.step("effect", f"{effect.name}{where}" + (f" ({effect.scope})" if effect.scope else ""))

    def effect(
        self,
        name: str,
        target: str = "",
        scope: str = "",
        *facts: str,
        why: str = "",
        instead: str = "",
        base: int | None = None,
    ) -> None:
        """Record an effect on something that is not a list of paths."""
        effect = Effect(
            name, self.name, (), shown(target), scope, frozenset(facts), base=base, why=why, instead=instead
        )
        self._record(effect)

    def write(self, path: Arg | str, stream: Stream = EMPTY, append: bool = False) -> None:
        write(self, path, stream, append)

    def run_text(
        self,
        text: str,
        wrapper: str = "",
        facts: frozenset[str] = frozenset(),
        keep: bool = False,
        stdin: Stream | None = None,
    ) -> Stream:
        state = self.state.inner(wrapper or self.name, facts, keep)
        behind = next((n for n in range(1, len(self.argv)) if shown(" ".join(self.argv[-n:])) == text), 0)
        if behind:
            self._lead(state, behind)
        return self.interpreter.text(text, state, self.stdin if stdin is None else stdin)

    def run_argv(
        self,
        argv: list[Arg],
        wrapper: str = "",
        facts: frozenset[str] = frozenset(),
        stdin: Stream | None = None,
    ) -> Stream:
        if not argv:
            return EMPTY
        state = self.state.inner(wrapper or self.name, facts, True)
        if len(self.argv) > len(argv) and self.argv[-len(argv) :] == argv:
            self._lead(state, len(argv))
        state.step("unwrap", f"{wrapper or self.name} runs: {' '.join(shown_words(argv))[:200]}")
        return self.interpreter.argv(argv, state, self.stdin if stdin is None else stdin)

    def _lead(self, state: State, behind: int) -> None:
        """Note which words lead to the place of the last `behind` words, where others can be sent there likewise."""
        if self.name in ("ssh", "sudo", "doas", "kubectl", "oc") and self.state.place != ELSEWHERE:
            state.place = (*self.state.place, shown_words(self.argv[:-behind]))

    def reads(self, path: Arg) -> Stream:
        return file_stream(path, self.state)


def _is_new(full: str, scope: str, state: State) -> bool:
    """True if the line or the session made the path or a folder above it, or wrote the file."""
    above = full if scope in _MAY_BE_NEW else ""
    while above:
        if above in state.created:
            return True
        above = above.rpartition("/")[0]
    return full in state.files and full not in state.moved and scope in _MAY_BE_NEW | {"home_data"}


def _holds_mount(full: str, mounts: tuple[str, ...]) -> bool:
    """True if another disk or machine's files hang at or below the path."""
    return any(mount == full or mount.startswith(full + "/") for mount in mounts)


def file_stream(path: Arg | str, state: State) -> Stream:
    """What reading a file gives: what was written to it on this line, or what sort of file it is."""
    if isinstance(path, Arg) and path.stream is not None:
        return path.stream
    full = targets.resolve(path, state.cwd)
    if state.files and (known := _written_here(full, state.files)) is not None:
        return known
    if full.startswith(("/dev/fd/", "/proc/self/fd/")):
        return state.descriptors.get(full.rsplit("/", 1)[1], Stream(None, frozenset(), (), shown(path)))
    if targets.is_program(full):
        return Stream(None, frozenset({"program"}), (), full)
    if targets.holds_secret(full):
        return Stream(None, frozenset({"secret"}), (), shown(path))
    if targets.is_private(full):
        return Stream(None, frozenset({"private"}), (), shown(path))
    if full == "/dev/null":
        return Stream("", frozenset(), (), full)
    if full in ("/dev/zero", "/dev/urandom", "/dev/random"):
        return Stream(None, frozenset({"noise"}), (), full)
    return Stream(None, frozenset(), (), shown(path))


def _written_here(full: str, files: dict[str, Stream]) -> Stream | None:
    """What this line wrote there: to that very file, to a folder around it, or to names that begin alike (`x*`)."""
    known = files.get(full)
    if known is not None:
        return known
    for path, stream in files.items():
        if not stream.tags or path[:1] == "$" or path.startswith(("tree:", "git:")):
            continue
        if path.endswith("*") and full.startswith(path[:-1]):
            return stream
        if full.startswith(path + "/"):
            return Stream(None, stream.tags, (), stream.source)
        if (full[-1:] == "*" and path.startswith(full.rstrip("*"))) or path.startswith(full + "/"):
            return Stream(None, stream.tags, (), stream.source)
    return None


def write(call: Call, path: Arg | str, stream: Stream, append: bool) -> None:
    """Say what it means that `path` is written to."""
    state = call.state
    if isinstance(path, Arg) and call.interpreter.sink(path, state, stream):
        return  # `-o >(sh)`
    if OPEN in path:
        _write_below_unknown(call, path, stream, append)
        return
    full = call.place(path)
    scope = call.scope(path)
    if not full.startswith("/dev/") or full.startswith("/dev/shm/"):
        state.files[full] = stream
    if scope == "null":
        return
    facts = {"append"} if append else set()
    if stream.text == "":
        facts.add("empty")
        if not append and _DATA_FILE.search(full):
            facts.add("explicit")
    if stream.tags & {"download"}:
        facts.add("download")
    name = _write_effect(full, scope, append, stream, facts)
    if name == "exhaust":
        facts.add("fills_disk")
    if name == "gain_privilege" and (given := _of_new_accounts(stream.text, state)):
        facts.add("nobody_yet")
        state.accounts.update(dict.fromkeys(map(shown, given), "privileged"))
    if targets.is_own(full, state.world.own_files) or targets.loosens(stream.text or stream.source, full):
        facts |= {"own", "agent_switch"} if targets.is_of_agent(full) else {"own"}
        name = "tamper_audit"
    if not name and (
        targets.names_of_glob(full) and any(map(targets.is_guarded, targets.names_of_glob(full)))
    ):
        name = "persist"
    if name:
        why = _WRITTEN_OVER if name == "gain_privilege" and not append and _ACCOUNTS.match(full) else ""
        call._record(
            Effect(name, call.name, target=shown(path), scope=scope, facts=frozenset(facts), why=why)
        )


_ACCOUNTS = pattern(r"/etc/(passwd|shadow|group|gshadow|sudoers)$")
_WRITTEN_OVER = "writes over {target}, which says who may log in and what they may do"


def _of_new_accounts(text: str | None, state: State) -> list[str]:
    """Return whom lines of sudoers(5) are about, if the line made them all and none can log in."""
    names = [line.split(maxsplit=1)[0] for line in (text or "").splitlines() if line.strip()]
    return names if all(shown(name) in state.accounts for name in names) else []


_NAME_SOURCES = pattern(
    r"(?=[^#]*hosts:)(\s*(#.*|(hosts|passwd|group|shadow|networks):( (files|dns|compat|systemd|myhostname))+)?\s*\n?)+"
)
"""nsswitch.conf(5): names are looked up in the files and in DNS, as where there is no such file."""
_DATA_FILE = pattern(r"\.(db|sqlite3?|sql|mdb|accdb|rdb|ibd|dump|kdbx|duckdb)$")
"""Files in which programs keep what people made: emptied, they are as good as deleted."""
_TELLING_NAMES = ("authorized_keys", "sitecustomize.py", "usercustomize.py", "ld.so.preload", ".rhosts")


def _write_below_unknown(call: Call, path: Arg | str, stream: Stream, append: bool) -> None:
    """`$dir/authorized_keys`: the folder can't be known, the name says enough."""
    if path.rsplit("/", 1)[-1] in _TELLING_NAMES and (append or stream.text != ""):
        call._record(Effect("persist", call.name, target=shown(path), scope="variable"))


def _write_effect(full: str, scope: str, append: bool, stream: Stream, facts: set[str]) -> str:
    if full.startswith(("/dev/tcp/", "/dev/udp/")):
        return ""
    if scope == "device":
        return "write_device"
    if full.endswith("selinux/enforce"):
        return "lower_defence"
    if append and targets.adds_spare_mounts(full, stream.text):
        return ""
    if scope in ("kernel", "boot"):
        return "break_boot"
    if scope == "history" or (scope == "log" and not append):
        return "tamper_audit"
    if append and targets.adds_service_user(full, stream.text):
        return ""
    if append and full.startswith("/etc/pam.d/") and targets.sets_up_session(stream.text):
        return ""
    if targets.grants_privilege(full):
        return "gain_privilege" if append or stream.text else "overwrite"
    if "noise" in stream.tags:
        return "exhaust"
    if targets.is_persistent(full):
        if full.endswith("/.ssh/authorized_keys") and append and _OWN_PUBLIC_KEY.search(stream.source):
            return ""  # what ssh-copy-id(1) does
        if (append or full.startswith("/etc/profile.d/")) and _is_harmless(stream, full):
            return ""
        if targets.only_settings(full, stream.text) and "download" not in stream.tags:
            return ""
        if append or stream.text not in (None, ""):
            if targets.runs_only_own_jobs(full, stream.text):
                facts.add("own_job")
            return "persist"
        if stream.text is None and not targets.is_login_file(full):
            facts |= {"unknown_content"} | (stream.tags & {"own_job"})
            return "persist"
        facts.add("config")
        return "overwrite"
    if "download" in stream.tags and _takes_name(full):
        facts.add("path_hijack")
        return "persist"
    if targets.holds_secret(full) and not full.rsplit("/", 1)[-1].startswith(".env"):
        facts.add("secret")
        if _puts_secret(stream):
            facts.add("puts_secret")
    if targets.names_resolvers(full, stream.text):
        return ""
    if targets.loosens_system(stream.text):
        return "lower_defence" if append else "overwrite"
    if full == "/etc/nsswitch.conf" and stream.text and _NAME_SOURCES.fullmatch(stream.text):
        return ""
    plain_http = "download" in stream.tags and not stream.source.startswith(("https://", "$"))
    if append or (targets.is_drop_in(full) and stream.text != "" and not plain_http):
        return ""
    return "overwrite"


def _takes_name(full: str) -> bool:
    """True if a program of one's own would be found in place of an everyday one (environ(7), PATH)."""
    folder, _, name = full.rpartition("/")
    return folder in (f"{HOME}/bin", f"{HOME}/.local/bin") and name in EVERYDAY_PROGRAMS


_OWN_PUBLIC_KEY = pattern(rf"(~|{HOME}|\$HOME|/root|/home/[\w.-]+)/\.ssh/[\w.-]+\.pub$")
_SECRET_VARIABLE = pattern(
    rf"{OPEN}\w*(KEY|TOKEN|SECRET|PASS|AUTH|CRED|CONFIG)\w*|\$\{{?\w*(KEY|TOKEN|SECRET|CONFIG)\w*\}}?\s*$"
)


_REGISTRY = pattern(
    r"((@[\w-]+:)?registry ?= ?https://\S+\s*|always-auth ?= ?\w+\s*|engine-strict ?= ?\w+\s*)+"
)


def _puts_secret(stream: Stream) -> bool:
    """True if a secret is written that comes from a variable, as jobs do that start on an empty machine, or the address
    of a registry alone (npmrc(5))."""
    return bool(_REGISTRY.fullmatch(stream.text or "")) or bool(
        _SECRET_VARIABLE.search(stream.text or "") or _SECRET_VARIABLE.match(stream.source)
    )


def _is_harmless(stream: Stream, full: str) -> bool:
    """True if a start file gets lines of everyday, or what a tool prints for start files (`starship init bash`)."""
    if stream.text is None:
        return stream.tags == {"setup"} and targets.is_login_file(full)
    return harmless_line(stream.text, full)


_HARMLESS_STARTS = (
    "export ",
    "alias ",
    "PATH=",
    "set ",
    "source ",
    ". ",
    "conda activate",
    "eval ",
    "setopt ",
    "#",
    "shopt ",
    "bind ",
    "autoload ",
    "fpath",
    "zmodload ",
    "compinit",
    "typeset -U ",
    "[user]",
    "umask ",
    "bindkey ",
    "plugins=",
    "ZSH_THEME",
    "fi",
    "if [",
    "complete ",
    "abbr ",
    "fish_add_path",
    "syntax ",
    "colorscheme ",
    "Host ",
    "[[ ",
    "[ -",
    "HIST",
    "EDITOR=",
    "PS1=",
    "stty ",
    "zstyle ",
    "zinit ",
    "ulimit ",
)


_TOOL_HOOK = pattern(r"[\w-]+ [\w -]+\| (source|\.)( -)?")
"""fish: `starship init fish | source`."""


_PLAIN_SETTING = pattern(
    r"(?!LD_|DYLD_|BASH_ENV|ENV=|PYTHON|PERL5|RUBY|NODE_|GIT_|PROMPT|IFS|HIST|CARO|SUDO|EDITOR|PAGER|SHELL)"
    r"[A-Z][A-Z0-9_]*=[\w\"'./:+@, -]*"
)


_PLAIN_LINE = pattern(r"cd [\w./~$-]+|exec (zsh|fish|bash)( -l)?|clear|neofetch|(echo|printf) [\w \"'!,.:-]*")
_GIT_SETTING = pattern(
    r"\s*(\[(user|safe|init|pull|push|merge|rebase|color\S*|url .*)\]"
    r"|(name|email|directory|defaultBranch|rebase|ui|autocrlf|default|insteadOf|ff)\s*=.*)?"
)


def harmless_line(text: str, path: str) -> bool:
    """Lines that people add to their rc files every day: exports, aliases, a tool's own hook."""
    if path.endswith(".gitconfig"):
        return all(map(_GIT_SETTING.fullmatch, text.replace("\\n", "\n").replace("\\t", "\t").splitlines()))
    if path == "/etc/environment":
        return "/tmp" not in text and all(map(_PLAIN_SETTING.fullmatch, filter(str.strip, text.splitlines())))
    if not any(
        name in path
        for name in ("rc", "profile", "config.fish", "conf.d", "zshenv", "aliases", "vimrc", "inputrc")
    ):
        return False
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    bad = (
        "curl",
        "wget",
        "/dev/tcp",
        "nc ",
        "ncat",
        "LD_PRELOAD",
        "rm -",
        "base64",
        "sudo=",
        "sudo '",
        "/tmp/",
        "/dev/shm/",
        "PROMPT_COMMAND",
        "python -c",
        "bash -i",
        "HISTFILE",
        "PATH=/tmp",
        "PATH=.",
        "alias ls",
        "alias sudo",
        "alias cd",
        "alias ssh",
    )
    return all(
        (line.startswith(_HARMLESS_STARTS) or _TOOL_HOOK.fullmatch(line) or _PLAIN_LINE.fullmatch(line))
        and not any(b in line for b in bad)
        for line in lines
    )


def make_call(
    name: str, argv: list[Arg], state: State, stdin: Stream, interpreter: Interpreter, spec: Spec | None
) -> Call:
    spec = spec or UNKNOWN_SPEC
    return Call(name, argv, state, stdin, interpreter, spec, arguments_of(spec, argv))
