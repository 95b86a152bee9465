"""Whatever state a person's shell is in: Caro is loaded, a blocked line does not run, nothing complains.

Each option of each shell toggled, variables readonly or odd, functions and aliases over every word that the init files
use, limits, a missing HOME. Where Caro can't be in force, it says so: SENTENCES has what and where.
"""

from __future__ import annotations

import ctypes
import functools
import os
import re
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from homes import make_home
from states import Manner, State, try_state
from terminals import RC_FILES

LANES = 6

BASH_WORDS = (
    "history trap printf local eval exec export unset bind shopt set kill command read return break mapfile test "
    "true false echo declare fc umask times"
).split()
ZSH_WORDS = (
    "local export unset trap kill print printf zmodload setopt unsetopt emulate sysopen sysread syswrite zselect "
    "typeset zle bindkey sched return exec test true false builtin command eval source integer : unfunction"
).split()
FISH_WORDS = "contains commandline functions bind abbr printf echo count".split()
# Set by the shell itself, or what a line needs to run at all.
NOT_TOGGLED = {
    "bash": {
        "emacs", "vi", "interactive-comments", "login_shell", "restricted_shell", "noexec", "onecmd", "privileged",
    },
    "zsh": {
        "exec", "interactive", "shinstdin", "privileged", "restricted", "login", "singlecommand", "zle", "monitor",
        "promptsubst", "correctall",
    },
}  # fmt: skip

RC = {
    "bash": 'PS1="ready> "\n. "$CARO_TEST_STATE"\n',
    "zsh": "PS1='ready> '; unsetopt prompt_sp\n. \"$CARO_TEST_STATE\"\n",
    "fish": "set -g fish_greeting\nfunction fish_prompt; builtin printf 'ready> '; end\n"
    "function fish_right_prompt; end\n",
    "sh": 'PS1="ready> "\n. "$CARO_TEST_STATE"\n',
}


def bash_options() -> Iterator[State]:
    listed = subprocess.run(["bash", "-c", "set -o; echo; shopt"], capture_output=True, text=True, check=True)
    kinds = listed.stdout.split("\n\n")
    for kind, (on, off) in zip(kinds, (("set -o", "set +o"), ("shopt -s", "shopt -u")), strict=True):
        for name, value in (line.split() for line in kind.splitlines()):
            if name not in NOT_TOGGLED["bash"]:
                yield State(f"{name} toggled", before=f"{off if value == 'on' else on} {name}")
    yield State("vi", before="set -o vi")
    yield State("all of -eu", before="set -eu")


def limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def block_interrupts() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


PRIVATE, NEW_NAMESPACE, NEW_USER = 0x44000, 0x20000, 0x10000000
"""MS_PRIVATE | MS_REC, CLONE_NEWNS, CLONE_NEWUSER: mount(2), unshare(2)."""


def hide_proc() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_NAMESPACE if os.geteuid() == 0 else NEW_NAMESPACE | NEW_USER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    if libc.mount(b"none", b"/", None, PRIVATE, None) or libc.mount(b"none", b"/proc", b"tmpfs", 0, None):
        raise OSError(ctypes.get_errno(), "mount")


def can_hide_proc() -> bool:
    """True where this user may have a mount namespace."""
    pid = os.fork()
    if pid == 0:
        try:
            hide_proc()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


RUNTIME = 'mkdir -m 700 "$TMPDIR/run"; export XDG_RUNTIME_DIR="$TMPDIR/run"; '
COMMON = [
    State("no state"),
    State("SIGINT blocked", start=block_interrupts),
    State("SIGINT ignored", start=ignore_interrupts),
    State("SIGINT blocked, errexit", before="set -e", start=block_interrupts),
    State("SIGINT blocked, nounset", before="set -u", start=block_interrupts),
    State("ulimit -f 0", start=limit_files),
    State("no HOME", typed="unset HOME"),
    State("another HOME", typed="HOME=/dev/null/none"),
    State("no runtime folder", environment={"XDG_RUNTIME_DIR": "/dev/null/none"}),
    State(
        "runtime folder that others may read",
        before='mkdir -m 755 "$TMPDIR/open"; export XDG_RUNTIME_DIR="$TMPDIR/open"',
    ),
    State("TMPDIR missing", environment={"TMPDIR": "/dev/null/none"}),
    State("C locale", environment={"LC_ALL": "C"}),
    State("poor PATH", environment={"PATH": "/usr/bin:/bin"}),
    State("empty PATH", before="PATH="),
    *([State("no /proc", start=hide_proc)] if can_hide_proc() else []),
]
# Of the shells whose lines go to the hook in a file.
NO_FILE = [
    State("a full file system", before=RUNTIME + 'ln -s /dev/full "$XDG_RUNTIME_DIR/caro-line.$$"'),
    State("a folder in the file's place", before=RUNTIME + 'mkdir "$XDG_RUNTIME_DIR/caro-line.$$"'),
    State("the folder goes", before=RUNTIME, typed='rm -r "$XDG_RUNTIME_DIR"'),
]
IFS_VALUES = {"colon": "':'", "digits": "0123456789", "letters": "'caro_hk.-'", "empty": "''", "slash": "/"}


LATER = '"$HOME/.config/caro/shell/later.bash"'
WITHOUT_LATER = [
    State("later.bash gone", typed="__caro_later=/dev/null/none"),
    State("later.bash cut", typed=f"head -n 40 {LATER} >$TMPDIR/cut; __caro_later=$TMPDIR/cut"),
    State("later.bash empty", typed="__caro_later=/dev/null"),
]
WITHOUT_NATIVE = [
    State("no libcaro-bash.so", environment={"__caro_native": "/dev/null/none"}),
    State("libcaro-bash.so is no library", before="echo x >$TMPDIR/so; __caro_native=$TMPDIR/so"),
    State("its variables are gone", typed="unset __caro_direct __caro_tells"),
    State("its variables are readonly", typed="readonly __caro_direct __caro_tells"),
    State("its variables have values", typed="__caro_direct=0 __caro_tells=0"),
]


def bash_states() -> Iterator[State]:
    yield from COMMON
    yield from NO_FILE
    yield from WITHOUT_LATER
    yield from WITHOUT_NATIVE
    yield from bash_options()
    for name, value in IFS_VALUES.items():
        yield State(f"IFS {name}", before=f"IFS={value}")
    for name in (
        "PROMPT_COMMAND PS0 PS1 HISTCONTROL HISTIGNORE HISTTIMEFORMAT HISTSIZE IFS CARO_SESSION_ID CARO_LINE "
        "line words verdict status REPLY file text HISTFILE COMP_LINE flag pipe index rest map"
    ).split():
        yield State(f"readonly {name}", before=f"readonly {name}")
    yield State("readonly HISTTIMEFORMAT with a value", before="readonly HISTTIMEFORMAT='%F '")
    yield State("readonly PROMPT_COMMAND with a value", before="readonly PROMPT_COMMAND=:")
    yield State(
        "readonly PROMPT_COMMAND, ignoreboth", before="HISTCONTROL=ignoreboth; readonly PROMPT_COMMAND=:"
    )
    yield State("readonly array PROMPT_COMMAND", before="PROMPT_COMMAND=(: :); readonly PROMPT_COMMAND")
    yield State("nounset, PROMPT_COMMAND unset", before="unset PROMPT_COMMAND; set -u")
    yield State("nounset, PROMPT_COMMAND empty", before="PROMPT_COMMAND=(); set -u")
    yield State("nounset, PS0 unset", before="unset PS0 HISTCONTROL HISTFILE; set -u")
    yield State("allexport", before="set -a")
    yield State("an ERR trap", before="set -E; trap 'echo __caro trapped' ERR")
    yield State("a RETURN and a DEBUG trap", before="set -T; trap : RETURN; trap : DEBUG")
    yield State("xtrace and errexit typed", typed="set -x")
    yield State("errexit typed", typed="set -e")
    yield State("promptvars typed", typed="shopt -u promptvars")
    yield State("posix typed", typed="set -o posix")
    yield State("history off typed", typed="set +o history")
    yield State("PS0 taken away", typed="PS0=")
    yield State("a trap on INT in posix mode", typed="set -o posix; trap 'echo i' INT")
    yield State("traps on INT", typed="trap 'echo i' INT QUIT TERM")
    for word in BASH_WORDS:
        yield State(f"a function {word}", before=f"{word}() {{ \\builtin return 1; }}")
        yield State(f"an alias {word}", before=f"alias {word}='__caro_no_such_thing'")
    yield State("a function builtin", before="builtin() { false; }")
    for word in "if then fi while do done case esac for in function [[".split():
        yield State(f"an alias {word}", before=f"alias '{word}'='__caro_no_such_thing'")


def zsh_options() -> Iterator[State]:
    words = ["zsh", "-f", "-c", "print -l ${(kv)options}"]
    listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    for name, value in zip(listed[::2], listed[1::2], strict=True):
        if name not in NOT_TOGGLED["zsh"]:
            yield State(f"{name} toggled", before=f"{'unsetopt' if value == 'on' else 'setopt'} {name}")


def zsh_states() -> Iterator[State]:
    yield from COMMON
    yield from zsh_options()
    for name, value in IFS_VALUES.items():
        yield State(f"IFS {name}", before=f"IFS={value}")
    for name in (
        "preexec_functions precmd_functions zshexit_functions PS1 IFS CARO_SESSION_ID CARO_LINE "
        "line words verdict status REPLY reply text request answer cwd HISTFILE options aliases"
    ).split():
        yield State(f"readonly {name}", before=f"readonly {name} 2>/dev/null")
    yield State(
        "readonly arrays",
        before="preexec_functions=(); precmd_functions=(); readonly preexec_functions precmd_functions",
    )
    yield State("TRAPZERR", before="TRAPZERR() { print __caro trapped }")
    yield State("TRAPDEBUG", before="TRAPDEBUG() { : }")
    yield State("TRAPINT", before="TRAPINT() { return 0 }")
    yield State("a trap on ZERR", before="trap 'print __caro trapped' ZERR")
    yield State("TRAPEXIT", before="TRAPEXIT() { : }")
    yield State("posix typed", typed="emulate sh")
    yield State("ksh typed", typed="emulate ksh")
    yield State("csh typed", typed="emulate csh")
    for word in ZSH_WORDS:
        yield State(
            f"a function {word}",
            before=f"function {word} {{ {'false' if word == 'builtin' else 'builtin return 1'} }}",
        )
        yield State(f"an alias {word}", before=f"alias {word}=__caro_no_such_thing")
        yield State(f"a global alias {word}", before=f"alias -g {word}=__caro_no_such_thing")
    for word in "if then fi while do done case esac for in function [[ (( { }".split():
        yield State(f"a global alias {word}", before=f"alias -g '{word}'=__caro_no_such_thing")


def fish_states() -> Iterator[State]:
    # Without a TMPDIR fish itself complains.
    yield from (
        state for state in COMMON if not state.typed and not state.before and state.name != "TMPDIR missing"
    )
    yield State("no HOME", typed="set -e HOME")
    yield State("another HOME", typed="set -gx HOME /dev/null/none")
    yield State("empty PATH", typed="set -gx PATH")
    for name, value in IFS_VALUES.items():
        yield State(f"IFS {name}", before=f"set -g IFS {value}")
    for name in (
        "argv line words verdict status_ token name found commands binding mode options key text told exit_code rows "
        "__caro_n fish_key_bindings CMD_DURATION COLUMNS CARO_SESSION_ID CARO_LINE"
    ).split():
        yield State(f"a universal {name}", before=f"set -U {name} one two 2>/dev/null")
        yield State(f"an exported {name}", before=f"set -gx {name} '' 2>/dev/null")
    yield State("vi keys", before="set -g fish_key_bindings fish_vi_key_bindings")
    yield State("keys chosen anew", typed="fish_vi_key_bindings; fish_default_key_bindings")
    yield State("umask 777", typed="umask 777")
    yield State("an abbreviation math", before="abbr -a math __caro_no_such_thing")
    for word in FISH_WORDS:
        yield State(f"a function {word}", before=f"function {word}; builtin return 1; end 2>/dev/null")
        yield State(f"an abbreviation {word}", before=f"abbr -a {word} __caro_no_such_thing")
    for word in "ls touch ready Enter".split():
        yield State(f"an alias {word}", before=f"alias {word} 'command {word}'")


SH_WORDS = "printf echo test export unset eval return true false".split()


def sh_states() -> Iterator[State]:
    yield from (state for state in COMMON if "blocked" not in state.name)
    for option in "-a -C -f -u -b".split():
        yield State(f"set {option}", before=f"set {option}")
        yield State(f"set {option} typed", typed=f"set {option}")
    for name, value in IFS_VALUES.items():
        yield State(f"IFS {name}", before=f"IFS={value}")
        yield State(f"IFS {name} typed", typed=f"IFS={value}")
    for name in "CARO_SESSION_ID CARO_LINE line words verdict REPLY PS2 HISTFILE".split():
        yield State(f"readonly {name}", before=f"readonly {name}=x")
    for word in SH_WORDS:
        yield State(f"an alias {word}", before=f"alias {word}=__caro_no_such_thing 2>/dev/null")
    for word in "printf echo test".split():
        yield State(f"a function {word}", before=f"{word}() {{ return 1; }}")


STATES = {
    "bash": bash_states,
    "bash, DEBUG trap": bash_states,
    "zsh": zsh_states,
    "fish": fish_states,
    "sh": sh_states,
    "busybox": sh_states,
    "mksh": sh_states,
}
MANNERS = {
    "bash": Manner(["bash", "--noprofile", "-i"]),
    "bash, DEBUG trap": Manner(["env", "CARO_BASH_TRAP=1", "bash", "--noprofile", "-i"]),
    "zsh": Manner(["zsh", "-i"]),
    "fish": Manner(["fish", "-i"], clear="\x15"),
    "sh": Manner(["dash", "-i"], "caro_run '{}'"),
    "busybox": Manner(["busybox", "sh", "-i"], "caro_run '{}'"),
    "mksh": Manner(["mksh", "-i"], "caro_run '{}'"),
}

# Where Caro is not in force, and what it says then.
SENTENCES = {
    "a function builtin": b"caro: a function named builtin hides what Caro is made of: not loaded",
}
NO_PROMPT = b"caro: PROMPT_COMMAND is readonly"
SENTENCES_OF = {
    "bash, DEBUG trap": {
        "readonly PROMPT_COMMAND": NO_PROMPT,
        "readonly PROMPT_COMMAND with a value": NO_PROMPT,
        "readonly PROMPT_COMMAND, ignoreboth": NO_PROMPT,
        "readonly array PROMPT_COMMAND": NO_PROMPT,
    }
}
# Where the shell itself shows what it reads, or complains.
LOUD = {
    ("bash", "verbose toggled"),
    ("zsh", "verbose toggled"),
    ("zsh", "xtrace toggled"),
    ("fish", "ulimit -f 0"),
}
LOUD |= {
    ("bash, DEBUG trap", name) for name in ("verbose toggled", "xtrace toggled", "xtrace and errexit typed")
}


HOMES = {"bash, DEBUG trap": "bash", "busybox": "sh", "mksh": "sh"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, str]]:
    """The environment of a HOME for each shell, whose rc file reads a state above Caro's line."""

    @functools.cache
    def make(shell: str) -> dict[str, str]:
        home = tmp_path_factory.mktemp(f"states-{shell}") / "home"
        env = make_home(home, shell)
        rc = home / RC_FILES[shell]
        if shell == "fish":  # what stands in conf.d is read before config.fish, in the order of its names
            (home / ".config/fish/conf.d/a-state.fish").write_text('source "$CARO_TEST_STATE"\n')
            rc.write_text(RC[shell])
        else:
            rc.write_text(RC[shell] + re.sub(r"(?s)\A.*(?=\[ -r )", "", rc.read_text()))
        return env | {"ENV": str(rc)} if shell == "sh" else env

    return make


IS_LONG = {"bash, DEBUG trap"}


@pytest.mark.parametrize(
    "shell", [pytest.param(shell, marks=[pytest.mark.long] * (shell in IS_LONG)) for shell in STATES]
)
def test_every_state_is_held(installed: Callable[[str], dict[str, str]], shell: str) -> None:
    env = installed(HOMES.get(shell, shell))

    sentences = SENTENCES | SENTENCES_OF.get(shell, {})

    def faults_in(state: State) -> list[str]:
        found = try_state(state, MANNERS[shell], env, sentences.get(state.name, b""))
        return [
            fault for fault in found if (shell, state.name) not in LOUD or not fault.startswith("not silent")
        ]

    states = list(STATES[shell]())
    with ThreadPoolExecutor(LANES) as pool:
        faults = list(pool.map(faults_in, states))
    wrong = [f"{state.name}: {found}" for state, found in zip(states, faults, strict=True) if found]
    assert not wrong, f"{len(wrong)} of {len(states)}:\n" + "\n".join(wrong)
