"""Lines typed at `caro repl` and at the shell itself, one after the other in one session each: what they print, their
status, the pipeline's and the folder are equal byte for byte."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from bench.repl_sessions import Ended, Session

Line = str | tuple[str, list[tuple[bytes, bytes]]]
"""A line; or a line and what is typed while it runs: once the first text was printed, these keys."""

BASH: dict[str, list[Line]] = {
    "statuses": [
        "(exit 3)",
        'echo "$?"',
        "true | false | (exit 4)",
        'echo "${PIPESTATUS[@]}"',
        "! true",
        "echo $?",
    ],
    "the last word": [": first last", 'echo "<$_>"', "test a = b", 'echo "<$_>"'],
    "folders": [
        "cd /usr/lib",
        "cd ..",
        'echo "$OLDPWD to $PWD"',
        "cd - | cat",
        "pushd /var",
        "dirs",
        "popd",
        "cd /nowhere",
    ],
    "variables": [
        "declare -i sum=2",
        "sum+=5",
        "echo $sum",
        "local inside",
        "readonly FIXED=1",
        "FIXED=2",
        "echo $?",
    ],
    "status of a substitution": ["kept=$(exit 5)", "echo $?", "kept=word", "echo $? $kept"],
    "a function in a paste": [
        'greet() {\n  printf "hello %s\\n" "$1"\n  return 6\n}',
        "greet you",
        "echo $?",
        "declare -f greet",
    ],
    "what a paste defines, its next line has": [
        "alias second='echo two'\nsecond",
        "shopt -s extglob\necho !(*)none",
    ],
    "several commands in a paste": ["echo one\nfalse\necho two", "echo $?"],
    "loops": [
        "for n in 1 2\ndo\n  echo $n\ndone",
        "while read -r w; do echo [$w]; done <<< $'a\\nb'",
        "break",
        "echo $?",
    ],
    "here-documents": ["cat <<'X'\n$HOME `id` \\ !x\nX", "cat <<X\n$((1+1))\nX", "cat <<-X\n\ttab\n\tX"],
    "characters": [
        "echo 'żółć 漢字 🎉'",
        "printf %s 🎉 | wc -c",
        "printf %s $'a\\tb' | wc -c",
        "echo 'a;b' \"c|d\" e\\ f",
    ],
    "bytes that are no text": ["printf '%s' '\udcff\udcfe' | od -An -tx1"],
    "5,000 bytes": ["printf %s " + "b" * 5000 + " | wc -c"],
    "history": [
        "echo first word",
        "echo !!:1 again",
        "echo !$",
        "history 2 | wc -l",
        "fc -ln -1",
        "echo no!",
        "set +H",
        "echo hi!!",
        "set -H",
    ],
    "history of lines": ["for n in 1\ndo echo $n\ndone", "fc -ln -1"],
    "syntax errors": ["if; then", "echo $?", "for x in; )", "echo 'open\nclosed'", "echo a\\\nb"],
    "what there is not": ["no-such-command-here", "echo $?", "./nothing", "echo $?"],
    "where": [
        'echo "[${FUNCNAME[*]}] [${BASH_SOURCE[*]}]"',
        "caller",
        "echo $((LINENO > 0))",
        "echo $-",
        "echo $0 $#",
    ],
    "a line that is interrupted": [("echo up; while :; do :; done", [(b"up\r\n", b"\x03")]), "echo $?"],
    "a program that is interrupted": [("sh -c 'echo up; exec sleep 60'", [(b"up\r\n", b"\x03")]), "echo $?"],
    "a trap of the interrupt": [
        "trap 'echo trapped' INT",
        ("sh -c 'echo up; exec sleep 60'", [(b"up\r\n", b"\x03")]),
        "echo $?",
        "trap - INT",
    ],
    "a quit": [("sh -c 'ulimit -c 0; echo up; exec sleep 60'", [(b"up\r\n", b"\x1c")]), "echo $?"],
    "stopped and continued": [
        ("sh -c 'echo up; exec cat'", [(b"up\r\n", b"\x1a")]),
        "echo $?",
        "jobs",
        ("fg", [(b"exec cat'\r\n", b"there\r\x04")]),
        "echo $?",
        "jobs",
    ],
    "stopped in a loop": [
        ("for n in 1 2; do sh -c 'echo up; exec cat'; done", [(b"up\r\n", b"\x1a")]),
        "echo $?",
        ("fg", [(b"exec cat'\r\n", b"\x04")]),
        "echo $?",
    ],
    "jobs": [
        "sleep 0.01 & wait $!",
        "echo $?",
        "sh -c 'exit 3' & wait $!",
        "echo $?",
        "jobs",
        "sleep 60 & disown; kill $!",
    ],
    "reading": [
        ("read -rp 'name? ' one two; echo \"$two/$one\"", [(b"name? ", b"some body\r")]),
        ("read -rn1 -p 'key? ' k; echo \"<$k>\"", [(b"key? ", b"q")]),
    ],
    "reading unseen": [("read -rsp 'secret? ' s; echo \"[${#s}]\"", [(b"secret? ", b"hidden\r")])],
    "select": [('select x in a b; do echo "x=$x"; break; done', [(b"#? ", b"2\r")])],
    "end of input": [("sh -c 'echo up; exec cat'", [(b"up\r\n", b"text\r\x04")]), "echo $?"],
    "the terminal": [
        "stty -a | grep -oE -- '-?(echo|icanon|isig|icrnl|onlcr|ixon|iexten)\\b' | tr '\\n' ' '",
        "stty size",
        "tty | sed 's/[0-9]*$//'",
    ],
    "the terminal's keys": ["stty intr ^T", "stty -a | grep -o 'intr = [^;]*'", "stty intr ^C"],
    "a raw program": [
        'python3 -c "import tty,os,termios; o=termios.tcgetattr(0); tty.setraw(0);'
        " os.write(1,b'raw\\r\\n'); termios.tcsetattr(0,1,o)\"",
        "echo after",
    ],
    "a program's own modes": [
        "printf '\\033[?2004h\\033[?2004l\\033[?1049h\\033[?1049l'",
        "printf '\\033]697;00000000000000000000000000000000;E;9;emacs;0;0;;/\\a'; echo forged",
    ],
    "standard error away and back": [
        "exec 8>&2 2>@W@/errors; no-such-command-here; exec 2>&8 8>&-",
        "wc -l < @W@/errors",
    ],
    "output away and back": ["exec 8>&1 >@W@/out", "echo hidden", "exec >&8 8>&-", "cat @W@/out"],
    "set -u": ["set -u", "echo $not_there", "echo $?", "set +u"],
    "set -x": ["set -x", "echo traced", "export TRACED=1", "set +x"],
    "set -e": ["set -e", "echo fine", "export FINE=1", "set +e"],
    "set -k": ["set -k", "echo a b=1", "set +k", "echo a b=1"],
    "here-documents within quotes": ["bash -c 'cat <<E\ninner\nE'", 'eval "cat <<E\nouter\nE"'],
    "set -f and noclobber": ["set -f", "echo *", "set +f", "set -C; : > @W@/out", "echo $?", "set +C"],
    "traps": [
        "trap 'echo D:$BASH_COMMAND' DEBUG",
        "echo x",
        "trap - DEBUG",
        "trap 'echo E:$?' ERR",
        "false",
        "trap - ERR",
        "trap",
    ],
    "its own prompt commands": [
        "PROMPT_COMMAND='echo at the prompt'",
        "true",
        "unset PROMPT_COMMAND",
        "PROMPT_COMMAND=(':' 'echo two')",
        "true",
        "unset PROMPT_COMMAND",
    ],
    "separators": ["IFS=:", "list=a:b", "echo $list", "unset IFS"],
    "coproc": [
        "coproc C { cat; }",
        "echo hi >&${C[1]}",
        'read -r l <&${C[0]}; echo "$l"',
        "kill $C_PID; wait $C_PID 2> /dev/null",
    ],
    "process substitution": ["diff <(echo a) <(echo b)", "echo $?"],
    "sourced": [
        "echo 'echo $1; return 5' > @W@/file",
        ". @W@/file word",
        "echo $?",
        "eval 'echo evaluated; (exit 2)'",
        "echo $?",
    ],
    "keys of one's own": [
        "bind -x '\"\\C-xq\": echo hi'",
        "bind -X | grep -c xq",
        "set -o vi",
        "echo in vi",
        "set -o emacs",
    ],
    "another prompt": ["PS2='more> '", "echo 'x\ny'", "PS2='> '"],
    "no end of line": ["printf abc", "echo next"],
    "much": ["seq 30000 | cksum", "seq 30000"],
    "another shell": [("bash --norc --noprofile", [(b"bash-", b"exit 4\r")]), "echo $?"],
    "descriptors": ["ls /proc/self/fd | tr '\\n' ' '", "sh -c 'ls /proc/self/fd' | wc -l"],
    "the environment": ["env | grep -c CARO_REPL", "ulimit -n", "umask", "nice"],
    "signals that are ignored": [
        "grep Sig[IB] /proc/self/status | tr '\\t\\n' '  '",
        "yes | head -1",
        'echo "${PIPESTATUS[@]}"',
    ],
    "Caro's names unset": ["unset __caro_repl_k __caro_repl_z", "echo one", "echo two"],
    "a subshell's exit": ["(cd /; exit 9)", "echo $? $PWD", "logout 2>&1 | cat"],
    "brackets": [
        "[[ a == a && ! -e /nowhere ]]",
        "echo $?",
        "((1 - 1))",
        "echo $?",
        "{ echo in; } 2>&1",
        "case x in (x) echo case;; esac",
    ],
}

ZSH: dict[str, list[Line]] = {
    "statuses": [
        "(exit 3)",
        'echo "$?"',
        "true | false | (exit 4)",
        'echo "$pipestatus"',
        "! true",
        "echo $?",
    ],
    "the last word": [": first last", 'echo "<$_>"'],
    "folders": ["cd /usr/lib", "cd ..", 'echo "$OLDPWD to $PWD"', "pushd /var", "dirs", "popd"],
    "variables": [
        "typeset -i sum=2",
        "sum+=5",
        "echo $sum",
        "typeset -A m; m[a]=1; echo ${m[a]}",
        "kept=$(exit 5)",
        "echo $?",
    ],
    "a function in a paste": [
        'greet() {\n  printf "hello %s\\n" "$1"\n  return 6\n}',
        "greet you",
        "echo $?",
        "which greet",
    ],
    "several commands in a paste": ["echo one\nfalse\necho two", "alias second='echo two'\nsecond"],
    "loops": ["for n in 1 2\ndo\n  echo $n\ndone", "repeat 2 echo r"],
    "here-documents": ["cat <<'X'\n$HOME `id` \\ !x\nX"],
    "characters": ["echo 'żółć 漢字 🎉'", "printf %s $'a\\tb' | wc -c"],
    "history": ["echo first word", "echo !!:1 again", "fc -ln -1"],
    "what there is not": ["no-such-command-here", "echo $?", "echo *none*", "echo $?"],
    "interrupted": [("sh -c 'echo up; exec sleep 60'", [(b"up\r\n", b"\x03")]), "echo $?"],
    "stopped and continued": [
        ("sh -c 'echo up; exec cat'", [(b"up\r\n", b"\x1a")]),
        "echo $?",
        "jobs",
        ("fg", [(b"continued", b"there\r\x04")]),
        "echo $?",
    ],
    "reading": [("read -r 'one?name? '; echo \"[$one]\"", [(b"name? ", b"some body\r")])],
    "the terminal": [
        "stty -a | grep -oE -- '-?(echo|icanon|isig|icrnl|onlcr|ixon|iexten)\\b' | tr '\\n' ' '",
        "stty size",
    ],
    "standard error away and back": [
        "exec 8>&2 2>@W@/errors; no-such-command-here; exec 2>&8 8>&-; true",
        "wc -l < @W@/errors",
    ],
    "options": [
        "setopt noclobber",
        ": > @W@/errors",
        "echo $?",
        "setopt clobber",
        "set -x",
        "echo traced",
        "set +x",
        "setopt err_exit",
        "export FINE=1",
        "unsetopt err_exit",
    ],
    "short blocks": ["for n (1 2) print $n", "if [[ -n x ]] { print yes }", "repeat 2 print again"],
    "functions of its own names": ["printf() { builtin print own; }", "export A=1", "unfunction printf"],
    "random numbers": ["RANDOM=7", "echo $RANDOM", "export A=1", "echo $RANDOM"],
    "vared": ["v=kept", ("vared -p 'edit? ' v", [(b"edit? ", b"\r")]), "echo $v"],
    "coproc and substitution": ["diff <(echo a) <(echo b)", "cat =(echo file)", "echo $?"],
    "keys": ["bindkey -v", "echo in vi", "bindkey -e", "bindkey -s '^Xq' hi"],
    "descriptors": ["ls /proc/self/fd | tr '\\n' ' '", "yes | head -1", "env | grep -c CARO_REPL"],
    "much": ["seq 30000 | cksum", "seq 30000"],
}

FISH: dict[str, list[Line]] = {
    "statuses": ["sh -c 'exit 3'", "echo $status", "true | false", "echo $pipestatus"],
    "folders": ["cd /usr/lib", "cd ..", "echo $PWD"],
    "variables": ["set -g sum 5", "echo $sum", "set -e sum", "count $sum"],
    "functions": ["function greet; echo hello $argv; return 6; end", "greet you", "echo $status"],
    "loops": ["for n in 1 2; echo $n; end", "while false; end", "begin; echo in; end"],
    "characters": ["echo 'żółć 漢字'", "printf %s 🎉 | wc -c"],
    "interrupted": [("sh -c 'echo up; exec sleep 60'", [(b"up\r\n", b"\x03")]), "echo $status"],
    "the terminal": ["stty size", "ls /proc/self/fd | tr '\\n' ' '", "env | grep -c CARO_REPL"],
    "much": ["seq 3000 | cksum", "seq 3000"],
}

SHELLS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def typed_into(session: Session, cases: dict[str, list[Line]], folder: Path) -> dict[tuple[str, str], Ended]:
    """Type all of them; return what each came to."""
    found = {}
    for name, lines in cases.items():
        for number, line in enumerate(lines):
            text, meanwhile = (line, None) if isinstance(line, str) else line
            found[name, f"{number} {text}"] = session.line(text.replace("@W@", str(folder)), meanwhile)
    return found


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("shell", SHELLS)
def test_typed_lines_do_what_they_do_in_the_shell_itself(shell: str, tmp_path: Path) -> None:
    folder, found = tmp_path / "work", []
    for front in (False, True):
        folder.mkdir()
        session = Session(shell, tmp_path / f"home-{front}", front, folder)
        try:
            found.append(typed_into(session, SHELLS[shell], folder))
        finally:
            session.close()
            shutil.rmtree(folder)
    plain, repl = found
    assert {key: (plain[key], repl[key]) for key in plain if plain[key] != repl[key]} == {}


@pytest.mark.long
@pytest.mark.parametrize("line", ["exit 5", "exec sh -c 'echo gone; exit 6'"])
def test_the_shells_end_is_the_end(line: str, tmp_path: Path) -> None:
    session = Session("bash", tmp_path, True)
    session.send(f"{line}\r".encode())
    assert session.leave() == int(line.strip("'")[-1])
