"""The shells that Caro speaks: one record each, and everything that differs between them.

To add a shell: a record here, and its plain files `init.NAME`, `shims.NAME` (and `relay.NAME`) in `caro/shell/`;
then `make shells`, for the natives' table of programs.
A shell whose rc files need a decision (which of several is read) has that in `caro/shell/targets.py`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass


def posix_quote(text: str) -> str:
    """Return `text` as one word of sh, bash and zsh."""
    return shlex.quote(text)


def fish_quote(text: str) -> str:
    """Return `text` as one word of fish, which knows backslash and quote alone inside single quotes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish_key(key: str) -> str:
    """Return a key in readline's notation (`\\C-x\\C-p`, `\\e\\e`) as a word of fish."""
    words = []
    for control, escape, plain in re.findall(r"\\C-(.)|(\\e)|(.)", key):
        words.append(f"\\c{control.lower()}" if control else escape or fish_quote(plain))
    return "".join(words) or "''"


@dataclass(frozen=True)
class HookCheck:
    """A command that succeeds where a hook of Caro's is in its place, and what is in the way where it fails."""

    command: str
    obstacle: str


@dataclass(frozen=True)
class Start:
    """How `caro shell` starts it. `{folder}` is the folder of Caro's shell files, `{init}` its init file, quoted."""

    words: tuple[str, ...]
    variable: str = ""
    """A variable that leads it to `value`; what it was goes on as `kept_as`."""
    value: str = ""
    kept_as: str = ""
    wrapper: tuple[str, str] | None = None
    """A file of the package and where it is put below the folder: it reads the person's own, then Caro's."""


@dataclass(frozen=True)
class Shell:
    """One shell. `name` is that of its init file; defaults are what POSIX says."""

    name: str
    programs: tuple[str, ...]
    """Names of its program, as argv[0] has them, without folder and leading dash."""
    doors: frozenset[str]
    """Where it may be chosen: `init` (also install and shell), `completion`, `contract` (the checks of its prompt),
    `relay`."""
    dialect: str
    """The syntax in which its lines are read, one of caro.parse's; `--shell` of check, explain and ask chooses it."""
    rc_file: str
    """Where `caro install` puts its line if no decision is needed: `~/...`, or `{config}/...` for XDG's folder."""
    start: Start
    once: tuple[str, str]
    """What stands around the lines that are for the first sourcing of an interactive shell alone."""
    init_values: tuple[str, ...]
    """The variables that its init file reads (`caro/shell/init_text.py` gives the values)."""
    each_time: tuple[str, str] = ("", "")
    """What stands around the lines that put the shims first, where those are for every sourcing: bash too reads
    `~/.profile`, which puts folders in front of PATH after it has sourced `~/.bashrc`. Empty: they are in `once`."""
    preamble: str = ""
    """What comes before everything in the init file."""
    quote: Callable[[str], str] = posix_quote
    key: Callable[[str], str] = posix_quote
    """Returns a key in readline's notation as this shell's key binding wants it, as one word."""
    assign: str = "{}={}"
    export: str = "export {}={}"
    source: str = "[ -r {0} ] && . {0} || :"
    """The line in an rc file: silent where the file is gone, and true (a last line that fails reddens prompts)."""
    status: str = "$?"
    history: str = "history"
    """A command that lists the history."""
    forget_history: str = "unset HISTFILE"
    """A command after which nothing typed reaches the history file; empty where `interactive` sees to it."""
    interactive: tuple[str, ...] = ()
    """The words that open one for the checks of the prompt."""
    refused_line_stays: bool = False
    """True if a refused line stands in the editor, to be changed."""
    hook_checks: tuple[HookCheck, ...] = ()
    name_files: tuple[str, ...] = ()
    """Files below HOME in which people define aliases and functions."""
    name_folders: tuple[str, ...] = ()


_SH_ONCE = ('case $-:${__caro_pid-} in *i*:"$$") ;; *i*:*)', ";;\nesac")
_COMMON = ("__caro_hook", "__caro_off")
_KEYS = ("__caro_ask_key", "__caro_fix_key")
_FIX_KEY = "the fix key is taken: choose another (caro config set shell.fix_key)"
_PICK_KEY = (
    "C-r is another tool's (fzf, atuin, mcfly …) or your own binding, and stays so: take that out for Caro's search,"
    " or caro config set shell.pick false"
)
_ASK_KEY = "Caro's key is taken: choose another (caro config set shell.ask_key)"

BASH = Shell(
    name="bash",
    programs=("bash",),
    doors=frozenset(("init", "completion", "contract", "relay")),
    dialect="bash",
    rc_file="~/.bashrc",
    start=Start(("--rcfile", "{folder}/rc.bash", "-i"), wrapper=("rc.bash", "rc.bash")),
    once=_SH_ONCE,
    init_values=(
        *_COMMON,
        "__caro_later",
        "__caro_fifo",
        "__caro_config",
        "__caro_plain_mark",
        "__caro_plain_entries",
        "__caro_agents",
        "__caro_wait",
        "__caro_history",
        *_KEYS,
        "__caro_inline",
        "__caro_inline_key",
        "__caro_hint_ms",
        "__caro_hint_key",
        "__caro_overlay_key",
        "__caro_pick_options",
        "__caro_completes",
    ),
    # Aliases and the options that an error, or a word of the init file, would meet.
    preamble="""\
{ \\builtin shopt -q expand_aliases && __caro_aliases=x; \\builtin shopt -u expand_aliases; } 2>/dev/null
if [[ $- == *i* ]]; then
__caro_flags=-$-
\\builtin set +euvxkET
fi 2>/dev/null""",
    interactive=("bash", "-i"),
    hook_checks=(
        HookCheck(
            '[[ "${PROMPT_COMMAND[*]}" == *__caro_prompt* ]]',
            "something sets PROMPT_COMMAND anew after Caro's lines",
        ),
        HookCheck(
            "[[ $PS0 == *__caro_preexec* || $__caro_way != ps0 ]]",
            "something sets PS0 anew at each prompt",
        ),
        HookCheck(
            "shopt -q promptvars",
            "`shopt -u promptvars` keeps bash from expanding PS0: lines are refused command by command",
        ),
        HookCheck(
            "[[ $__caro_ble != -1 ]]",
            "this ble.sh has no hooks (0.4 has them): no line is refused, active mode is not in force in this shell",
        ),
        HookCheck(
            "[[ $__caro_no_prompt == 0 || $__caro_way == ps0 ]]",
            "PROMPT_COMMAND is readonly, and SIGINT or PS0 can't be had: active mode is not in force in this shell",
        ),
        HookCheck("! shopt -q extdebug", "`shopt -s extdebug` is on: it slows every function down"),
        HookCheck(
            '[[ $__caro_way == ble ]] || bind -X | grep -F -- "$__caro_fix_key" | grep -q __caro_fix',
            _FIX_KEY,
        ),
        HookCheck(
            '[[ $__caro_way == ble ]] || bind -X | grep -F -- "$__caro_ask_key" | grep -q __caro_ask',
            _ASK_KEY,
        ),
        HookCheck(
            "[[ -z $__caro_pick_options || ${TERM:-dumb} == dumb ]] ||"
            ' bind -s | grep -q \'^"\\\\C-r": "\\\\C-x\\\\C-_p\'',
            _PICK_KEY,
        ),
    ),
    name_files=(
        ".bashrc",
        ".bash_aliases",
        ".bash_profile",
        ".bash_functions",
        ".profile",
        ".aliases",
        ".functions",
    ),
    name_folders=(".bashrc.d",),
)

ZSH = Shell(
    name="zsh",
    programs=("zsh",),
    doors=frozenset(("init", "completion", "contract", "relay")),
    dialect="zsh",
    rc_file="~/.zshrc",
    start=Start(("-i",), "ZDOTDIR", "{folder}/zsh", "CARO_ZDOTDIR", wrapper=("zshenv", "zsh/.zshenv")),
    once=("if [[ -o interactive && ${__caro_pid-} != $$ ]]; then", "fi"),
    init_values=(
        *_COMMON,
        *_KEYS,
        "__caro_pick_options",
        "__caro_completes",
        "__caro_history",
        "__caro_inline",
        "__caro_inline_key",
        "__caro_hint_ms",
        "__caro_hint_key",
        "__caro_overlay_key",
        "__caro_fifo",
        "__caro_config",
        "__caro_plain_mark",
        "__caro_plain_entries",
        "__caro_agents",
        "__caro_wait",
    ),
    # Aliases are expanded while zsh parses: a global alias named `local` would get into the functions.
    preamble="""\
{
(( ${+__caro_options} )) || __caro_options=()
[[ ! -o 'aliases' ]] || __caro_options+=('aliases')
[[ ! -o 'xtrace' ]] || __caro_options+=('xtrace')
'builtin' 'setopt' 'no_aliases' 'no_xtrace'
} 2>/dev/null""",
    history="fc -l 1",
    interactive=("zsh", "-i"),
    hook_checks=(
        HookCheck(
            "[[ -n ${preexec_functions[(r)__caro_preexec]} ]]", "something sets preexec_functions anew"
        ),
        HookCheck("[[ -n ${precmd_functions[(r)__caro_precmd]} ]]", "something sets precmd_functions anew"),
        HookCheck("bindkey | grep -q __caro_fix", _FIX_KEY),
        HookCheck("bindkey | grep -q __caro_ask", _ASK_KEY),
        HookCheck(
            "[[ -z $__caro_pick_options || ${TERM:-dumb} == dumb ]] || bindkey | grep -q __caro_pick",
            _PICK_KEY,
        ),
    ),
    name_files=(
        ".zshrc",
        ".zprofile",
        ".zshenv",
        ".zsh_aliases",
        ".config/zsh/.zshrc",
        ".config/zsh/aliases.zsh",
    ),
    name_folders=(".zshrc.d", ".oh-my-zsh/custom"),
)

FISH = Shell(
    name="fish",
    programs=("fish",),
    doors=frozenset(("init", "completion", "contract", "relay")),
    dialect="fish",
    rc_file="{config}/fish/conf.d/caro.fish",
    start=Start(("--init-command", "source {init}")),
    once=('if status is-interactive; and test "$__caro_pid" != $fish_pid', "end"),
    init_values=(
        *_COMMON,
        "__caro_fifo",
        "__caro_config",
        "__caro_plain_mark",
        "__caro_plain_look",
        "__caro_history",
        *_KEYS,
        "__caro_inline",
        "__caro_inline_key",
        "__caro_hint_ms",
        "__caro_hint_key",
        "__caro_overlay_key",
        "__caro_pick_options",
    ),
    quote=fish_quote,
    key=fish_key,
    assign="set -g {} {}",
    export="set -gx {} {}",
    source="test -r {0}; and source {0}; or true",
    status="$status",
    forget_history="",
    interactive=("fish", "--private", "-i"),
    refused_line_stays=True,
    hook_checks=(
        HookCheck("bind \\r | string match -q '*__caro_*'", "something binds Enter after Caro"),
        HookCheck("bind | string match -q '*__caro_fix*'", _FIX_KEY),
        HookCheck("bind | string match -q '*__caro_ask*'", _ASK_KEY),
        HookCheck(
            'test -z "$__caro_pick_options"; or test "$TERM" = dumb; or'
            " bind -M default \\cr | string match -q '*__caro_pick*'",
            _PICK_KEY,
        ),
    ),
    name_files=(".config/fish/config.fish",),
    name_folders=(".config/fish/functions", ".config/fish/conf.d"),
)

SH = Shell(
    name="sh",
    programs=("sh", "dash", "ash", "busybox", "mksh", "ksh", "ksh93"),
    doors=frozenset(("init",)),
    dialect="sh",
    rc_file="~/.profile",
    start=Start(("-i",), "ENV", "{folder}/rc.sh", "CARO_SHELL_ENV", wrapper=("rc.sh", "rc.sh")),
    once=_SH_ONCE,
    each_time=("case $- in *i*)", ";;\nesac"),
    init_values=(*_COMMON, "__caro_shell"),
)

SHELLS = (BASH, ZSH, FISH, SH)
"""In the order in which they are named to people."""

OTHER_PROGRAMS = ("rbash", "csh", "tcsh", "elvish", "nu", "xonsh", "yash", "posh", "pdksh")
"""Shells without a record: the guard reads what they are given as code, as if it were sh."""


def names(door: str = "init") -> tuple[str, ...]:
    """Return the names of the shells that may be chosen at a door (`Shell.doors`)."""
    return tuple(shell.name for shell in SHELLS if door in shell.doors)


def shell_named(name: str) -> Shell:
    """Return the shell of that name. Raises KeyError."""
    return _BY_NAME[name]


def shell_of(program: str) -> Shell | None:
    """Return the shell that a program is, by its path or argv[0] (`-zsh` too); None for any other program."""
    return _BY_PROGRAM.get(program.rsplit("/", 1)[-1].lstrip("-"))


def dialects() -> tuple[str, ...]:
    """Return the syntaxes in which a line can be read."""
    return _DIALECTS


def dialect_of(program: str) -> str:
    """Return the syntax of a shell's program; that of sh for one that is not known."""
    shell = shell_of(program)
    return SH.dialect if shell is None else shell.dialect


def shell_programs() -> frozenset[str]:
    """Return the names of all programs that take shell code behind `-c`; busybox wants `sh` before."""
    return frozenset((*_BY_PROGRAM, *OTHER_PROGRAMS)) - {"busybox"}


def key_words(key: str) -> str:
    r"""Return a key in words: `\e\e` as `esc esc`, `\C-x\C-f` as `ctrl-x ctrl-f`, `\C-xf` as `ctrl-x f`."""
    return " ".join(
        _NAMED_KEYS.get(name, "") + _NAMED_LETTERS.get(letter, letter) for name, letter in _KEY.findall(key)
    )


_KEY = re.compile(r"(\\C-|\\M-)?(\\.|.)", re.DOTALL)
_NAMED_KEYS = {r"\C-": "ctrl-", r"\M-": "alt-"}
_NAMED_LETTERS = {r"\e": "esc", r"\t": "tab", r"\r": "enter", r"\n": "enter", " ": "space", r"\\": "\\"}
_BY_NAME = {shell.name: shell for shell in SHELLS}
_BY_PROGRAM = {program: shell for shell in SHELLS for program in shell.programs}
_DIALECTS = tuple(dict.fromkeys(shell.dialect for shell in SHELLS))
