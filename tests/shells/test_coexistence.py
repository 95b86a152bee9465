"""Living together with other tools, whoever is loaded first: theirs works, the veto works, a prompt is a prompt."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import make_home
from terminals import ENTER, RC_FILES, Terminal

Start = Callable[..., Terminal]
FZF = "/usr/share/doc/fzf/examples"
SUGGESTIONS = "source /usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh"
HIGHLIGHTING = "source /usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh"

LIQUIDPROMPT = "LP_PS1_POSTFIX='<$__tick> '; . /usr/share/liquidprompt/liquidprompt"

TOOLS: dict[str, dict[str, str]] = {
    "bash": {
        "bash-completion": ". /usr/share/bash-completion/bash_completion",
        "fzf": f". {FZF}/key-bindings.bash",
        "direnv": 'eval "$(direnv hook bash)"',
        "zoxide": 'eval "$(zoxide init bash)"',
        "liquidprompt": LIQUIDPROMPT,
        "string PROMPT_COMMAND": "PROMPT_COMMAND='__own=$?; __tick=$((__tick + 1))'",
        "array PROMPT_COMMAND": "PROMPT_COMMAND=('__tick=$((__tick + 1))' '__own=$?')",
        "appended PROMPT_COMMAND": 'PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND; }__own=\\$?"',
        "exported PROMPT_COMMAND": "export PROMPT_COMMAND",
        "history -a": 'PROMPT_COMMAND="history -a; $PROMPT_COMMAND"; HISTCONTROL=ignoreboth',
        "an own PS0 and DEBUG trap": "PS0='[ps0]'; trap ':' DEBUG",
        "a DEBUG trap like starship's": 'trap \': "$_"\' DEBUG; PROMPT_COMMAND="__own=\\$?; $PROMPT_COMMAND"',
    },
    "zsh": {
        "fzf": f"source {FZF}/key-bindings.zsh",
        "direnv": 'eval "$(direnv hook zsh)"',
        "zoxide": 'eval "$(zoxide init zsh)"',
        "liquidprompt": LIQUIDPROMPT,
        "autosuggestions": SUGGESTIONS,
        "syntax-highlighting": HIGHLIGHTING,
        "both plugins": f"{SUGGESTIONS}\n{HIGHLIGHTING}",
        "compinit": "autoload -Uz compinit; compinit -u -d ~/.zcompdump",
        "add-zsh-hook": "autoload -Uz add-zsh-hook; own() { :; }; add-zsh-hook preexec own; add-zsh-hook precmd own",
        "strict options": "__tick=0; setopt ksh_arrays sh_word_split no_unset; alias -g local=LOCAL; alias print=no",
        "vi mode": "bindkey -v",
    },
    "fish": {
        "fzf": "function fish_user_key_bindings; bind \\cr 'echo own'; end",
        "direnv": "direnv hook fish | source",
        "zoxide": "zoxide init fish | source",
        "vi mode": "fish_vi_key_bindings",
        "own events": "function own --on-event fish_preexec; end; function own2 --on-event fish_postexec; end",
        "own prompt events": "function own3 --on-event fish_prompt; true; end",
    },
}
CASES = [
    (shell, tool, first) for shell, tools in TOOLS.items() for tool in tools for first in ("tool", "caro")
]


def write_rc(home: Path, shell: str, text: str, first: str) -> dict[str, str]:
    if shell == "fish":  # conf.d comes before config.fish, by name
        env = make_home(home, shell, extra_rc=text if first == "caro" else "")
        if first == "tool":
            (home / ".config/fish/conf.d/aaa.fish").write_text(text + "\n")
        return env
    env = make_home(home, shell, extra_rc=text + "\n" if first == "tool" else "")
    if first == "caro":
        rc = home / RC_FILES[shell]
        rc.write_text(rc.read_text() + text + "\n")
    return env


@pytest.mark.parametrize(("shell", "tool", "first"), CASES)
def test_both_work(start: Start, shell: str, tool: str, first: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = write_rc(home, shell, TOOLS[shell][tool], first)
    terminal = start(shell, home, env)
    # Twice: a hook that loses its place loses it at the second prompt.
    for number in (1, 2):
        refused = terminal.send(f"touch {tmp_path}/veto-mark{number}" + ENTER)
        end = terminal.wait(r"caro: blocked: [^\n]*\n", refused).end()
        if shell == "fish":
            terminal.wait(rf"<{terminal.tick}> ", end)
            terminal.send("\x07")
        else:
            terminal.wait_prompt(end)
        assert terminal.value(f"works{number}", tmp_path) == f"works{number}"
    assert list(tmp_path.glob("veto-mark*")) == []
    terminal.run("sh -c 'exit 7'")
    assert terminal.value('"$status"' if shell == "fish" else '"$?"', tmp_path) == "7"
    assert "not found" not in terminal.seen and "rror" not in terminal.seen


@pytest.mark.parametrize("first", ["tool", "caro"])
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_direnv_still_loads(start: Start, shell: str, first: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = write_rc(home, shell, TOOLS[shell]["direnv"], first)
    (home / "project").mkdir()
    (home / "project/.envrc").write_text("export FROM_ENVRC=yes\n")
    subprocess.run(["direnv", "allow", str(home / "project")], env=env, check=True)
    terminal = start(shell, home, env)
    terminal.run("cd project")
    assert terminal.value('"$FROM_ENVRC"', tmp_path) == "yes"
    terminal.run("cd ..")
    assert terminal.value('"$FROM_ENVRC"', tmp_path) == ""


@pytest.mark.parametrize("first", ["tool", "caro"])
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_zoxide_still_learns(start: Start, shell: str, first: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = write_rc(home, shell, TOOLS[shell]["zoxide"], first)
    (home / "somewhere-odd").mkdir()
    terminal = start(shell, home, env)
    terminal.run("cd somewhere-odd")
    terminal.run("cd /")
    terminal.run("z odd")
    assert terminal.value('"$PWD"', tmp_path) == str(home / "somewhere-odd")


@pytest.mark.parametrize("first", ["tool", "caro"])
def test_a_spaced_line_stays_out_of_the_history_file(start: Start, first: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = write_rc(home, "bash", TOOLS["bash"]["history -a"], first)
    terminal = start("bash", home, env)
    terminal.run("echo kept")
    terminal.run(" echo hidden")
    terminal.run("echo kept too")
    terminal.leave()
    written = (home / ".bash_history").read_text()
    assert "echo kept too" in written and "echo hidden" not in written


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "sh"])
def test_sourcing_thrice_is_sourcing_once(start: Start, shell: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = make_home(home, shell)
    terminal = start(shell, home, env)
    state = {
        "bash": 'echo "${PROMPT_COMMAND[@]} $PS0 $CARO_SESSION_ID $PATH $(trap -p)"',
        "zsh": 'echo "$preexec_functions $precmd_functions $zshexit_functions $CARO_SESSION_ID $PATH"',
        "fish": "echo (functions -a | grep __caro) (bind | grep -c __caro) $PATH",
        "sh": 'echo "$PS1 $CARO_SESSION_ID $PATH"',
    }[shell]
    terminal.run(f"{state} > {tmp_path}/before")
    for _ in range(3):
        terminal.run(f". {home}/.config/caro/shell/init.{shell}")
    terminal.run(f"{state} > {tmp_path}/after")
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "dash"])
def test_a_script_that_sources_it_gets_nothing(shell: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    kind = "sh" if shell == "dash" else shell
    env = make_home(home, kind)
    listing, status = ("set -n", "$status") if shell == "fish" else ("set", "$?")
    source = f". {home}/.config/caro/shell/init.{kind}; echo {status}"
    script = f"{listing} > {tmp_path}/before; {source}; {listing} > {tmp_path}/after"
    done = subprocess.run([shell, "-c", script], env=env, cwd=home, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("0\n", "")
    new = set((tmp_path / "after").read_text().splitlines()) - set(
        (tmp_path / "before").read_text().splitlines()
    )
    assert not [line for line in new if "caro" in line.split("=")[0].lower()]
