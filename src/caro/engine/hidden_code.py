"""What a line may keep from a policy: code for later, code that its own run makes, variables that choose programs.

Used where a policy says what may run; the guard's own walk judges what it can follow by itself.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from caro.safety.plan import Planned

HOLDERS = frozenset({"abbr", "bind", "bindkey", "complete", "sched", "trap", "alias", "zle", "functions"})
"""Commands whose words are code for later: bash(1), zshbuiltins(1), fish's documentation."""
STEERING = (
    "PATH path FPATH fpath CDPATH cdpath HOME ZDOTDIR XDG_CONFIG_HOME IFS ENV BASH_ENV BASH_FUNC_* SHELLOPTS BASHOPTS"
    " PROMPT_COMMAND SHELL EDITOR VISUAL FCEDIT PAGER *PAGER LESS LESSOPEN LESSCLOSE LESSEDIT BROWSER MANOPT"
    " GIT_* LD_* DYLD_* PYTHON* PERL5* RUBYOPT RUBYLIB NODE_OPTIONS NODE_PATH JAVA_TOOL_OPTIONS _JAVA_OPTIONS"
    " GCONV_PATH LOCPATH RIPGREP_CONFIG_PATH BAT_* KUBECONFIG DOCKER_* MAKEFLAGS fish_function_path fish_user_paths"
).split()
"""Variables by which a program that only reads comes to run another one."""
_TABLES = (
    "aliases galiases saliases functions dis_aliases dis_functions commands precmd_functions preexec_functions"
    " chpwd_functions periodic_functions zshaddhistory_functions zshexit_functions fish_prompt BASH_ALIASES BASH_CMDS"
).split()
"""Variables whose values are code. Source: zshmodules(1), "zsh/parameter"; zshmisc(1), "Hook Functions"; bash(1)."""
_SETTING = frozenset({"export", "declare", "typeset", "local", "readonly", "set", "setenv", "env", "integer"})
_MADE = {
    "bash": re.compile(r"\$\{[^}]*@P\}"),
    "zsh": re.compile(
        r"\$\{\([^)]*e[^)]*\)"  # ${(e)x}
        r"|[^\s(]*\([^()\s]*?(?:e[:'\"{\[<]|\+\w)[^()]*\)"  # *(e:'code':), *(+function)
    ),
}
_LINKER = re.compile(r"(?:^|/)ld(?:-linux|-musl)?[\w.-]*\.so[\w.]*$")
_NAME = re.compile(r"[A-Za-z_]\w*")


def made_when_it_runs(text: str, dialect: str) -> str:
    """Return the part of a line that runs text as code which is not in the line; "" where there is none. Source:
    bash(1), "Parameter transformation"; zshexpn(1), "Parameter Expansion Flags", "Glob Qualifiers"."""
    match = _MADE[dialect].search(text) if dialect in _MADE else None
    return match[0] if match else ""


def code_table(command: Planned) -> str:
    """Return the variable that a command sets whose value is code; "" for none."""
    return next((name for name in _set_names(command) if name in _TABLES), "")


def steering_variable(command: Planned) -> str:
    """Return the variable that a command sets which chooses what programs run; "" for none."""
    return next(
        (name for name in _set_names(command) if any(fnmatchcase(name, each) for each in STEERING)), ""
    )


def keeps_code_of(command: Planned, program: str) -> bool:
    """True if the command keeps code for later that names the program; `fc` runs an edited text that nobody saw."""
    if not command.words:
        return False
    if command.words[0] == "fc":
        return not any(word[:1] == "-" and "l" in word for word in command.words[1:])
    name = re.compile(rf"(?<![\w.-]){re.escape(program.rsplit('/', 1)[-1])}(?![\w.-])")
    return command.words[0] in HOLDERS and any(name.search(word) for word in command.words[1:])


def run_as(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the words, and those without what leads to the same program: zsh's `=ls`, a run-time linker. Source:
    zshexpn(1), "Filename Expansion"; ld.so(8)."""
    found = [words]
    if words and words[0].startswith("="):
        found.append((words[0][1:], *words[1:]))
    if words and _LINKER.search(words[0]):
        found.append(
            tuple(words[next((at for at, word in enumerate(words[1:], 1) if word[:1] != "-"), len(words)) :])
        )
    return found


def _set_names(command: Planned) -> list[str]:
    names = [match[0] for each in command.assignments if (match := _NAME.match(each))]
    if command.words and command.words[0] in _SETTING:
        for word in command.words[1:]:
            if not word.startswith("-") and (match := _NAME.match(word)):
                names.append(match[0])
                if "=" not in word and command.words[0] == "set":
                    break  # fish: the rest are values
    return names
