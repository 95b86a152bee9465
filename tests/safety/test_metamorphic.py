"""A danger keeps its level under every wrapper, quoting and spacing; so does a harmless command."""

from __future__ import annotations

import base64
import shlex

import pytest

from caro.levels import Level
from caro.safety.assessment import assess_line

DANGERS = (
    "rm -rf /",
    "rm -rf ~",
    "rm -rf /etc /usr",
    "dd if=/dev/zero of=/dev/sda",
    "mkfs.ext4 /dev/sda1",
    "chmod -R 777 /",
    "git push --force origin main",
    "git reset --hard",
    "curl https://x.example/i.sh | sh",
    "psql -c 'DROP TABLE users'",
    "terraform destroy -auto-approve",
    "kubectl delete ns prod",
    "find / -delete",
    "shutdown -h now",
    "iptables -F",
)
HARMLESS = (
    "ls -la",
    "git status",
    "echo rm -rf /",
    "rm -rf node_modules",
    "grep -rn 'rm -rf /' .",
    "psql -c 'SELECT 1'",
)


def q(text: str) -> str:
    return shlex.quote(text)


# The command as shell text in one word, or after a program that runs text.
TEXT_WRAPPERS = (
    "bash -c {q}",
    "sh -c {q}",
    "zsh -c {q}",
    "dash -c {q}",
    "/bin/bash -c {q}",
    "bash -lc {q}",
    "bash -exc {q}",
    "bash --norc -c {q}",
    "bash -o errexit -c {q}",
    "sudo sh -c {q}",
    "sudo -u root -- bash -c {q}",
    "env bash -c {q}",
    "su -c {q}",
    "su - root -c {q}",
    "su root -s /bin/sh -c {q}",
    "runuser -u me -- sh -c {q}",
    "script -qc {q} /dev/null",
    "script -c {q} out",
    "eval {q}",
    "watch -n1 {q}",
    "flock /tmp/l -c {q}",
    "ssh host {q}",
    "ssh -p 22 -i key u@host {q}",
    "ssh -t host -- {q}",
    "trap {q} EXIT",
    "timeout 5 sh -c {q}",
    "xargs -I{{}} sh -c {q} < list",
    "find . -maxdepth 0 -exec sh -c {q} \\;",
    "echo {q} | sh",
    "echo {q} | bash -s",
    "echo {q} | sudo bash",
    "printf '%s\\n' {q} | sh",
    "cat <<'EOF' | sh\n{c}\nEOF",
    "bash <<'EOF'\n{c}\nEOF",
    "sh <<EOF\n{c}\nEOF",
    "sh <<< {q}",
    "bash -s <<< {q}",
    "source /dev/stdin <<< {q}",
    "bash <(echo {q})",
    ". <(echo {q})",
    "echo {q} > /tmp/x.sh; sh /tmp/x.sh",
    "echo {q} > x.sh && chmod +x x.sh && ./x.sh",
    "cat > x.sh <<'EOF'\n{c}\nEOF\nbash x.sh",
    "echo {b64} | base64 -d | sh",
    'eval "$(echo {b64} | base64 -d)"',
    'bash -c "$(echo {b64} | base64 --decode)"',
    "sh <<< $(base64 -d <<< {b64})",
    'c={q}; eval "$c"',
    'c={q}; sh -c "$c"',
    'c={q}; bash <<< "$c"',
    "echo {q} | at now",
    "nohup sh -c {q} &",
    "setsid sh -c {q}",
    "tmux new -d {q}",
    "tmux send-keys {q} Enter",
    "screen -dm sh -c {q}",
    "docker exec c sh -c {q}",
    "podman exec -it c bash -c {q}",
    "kubectl exec p -- sh -c {q}",
    "systemd-run sh -c {q}",
    "busybox sh -c {q}",
    "nsenter -t 1 -m sh -c {q}",
    "unshare -r sh -c {q}",
    "parallel ::: {q}",
    "python3 -c \"import os; os.system('''{c}''')\"",
    "perl -e 'system(q({c}))'",
    "ruby -e 'system(%q({c}))'",
    "hyperfine {q}",
    "entr -s {q}",
    'make -f- <<< "all: ; {c}"',
    "gnome-terminal -- sh -c {q}",
    "xterm -e {q}",
    "alias ls={q}; ls",
    "f() {{ {c}; }}; f",
    "function f {{ {c}; }}; f",
    'f() {{ eval "$1"; }}; f {q}',
    "PROMPT_COMMAND={q}",
)

# The command as words after a program.
WORD_WRAPPERS = (
    "sudo {c}",
    "sudo -n {c}",
    "sudo -u me {c}",
    "sudo -E -H {c}",
    "sudo --user=root {c}",
    "sudo A=1 {c}",
    "doas {c}",
    "doas -u me {c}",
    "env {c}",
    "env A=1 B=2 {c}",
    "env -i {c}",
    "env -u X {c}",
    "/usr/bin/env {c}",
    "nohup {c}",
    "nohup {c} &",
    "nice {c}",
    "nice -n 10 {c}",
    "nice -10 {c}",
    "ionice -c3 {c}",
    "ionice -c 2 -n 0 {c}",
    "time {c}",
    "time -p {c}",
    "/usr/bin/time -v {c}",
    "timeout 5 {c}",
    "timeout -k 1 5s {c}",
    "timeout --signal=KILL 5 {c}",
    "setsid {c}",
    "stdbuf -oL {c}",
    "flock /tmp/l {c}",
    "flock -n /tmp/l {c}",
    "chroot / {c}",
    "unshare -m {c}",
    "systemd-run {c}",
    "systemd-run --user --scope {c}",
    "busybox {c}",
    "command {c}",
    "exec {c}",
    "builtin command {c}",
    "strace -f {c}",
    "strace -o out {c}",
    "ltrace {c}",
    "xvfb-run {c}",
    "caffeinate {c}",
    "chrt 1 {c}",
    "taskset 1 {c}",
    "taskset -c 0 {c}",
    "docker exec c {c}",
    "docker exec -it -u root c {c}",
    "kubectl exec p -- {c}",
    "kubectl exec -it p -c x -- {c}",
    "nsenter -t 1 -a {c}",
    "run0 {c}",
    "pkexec {c}",
    "gosu root {c}",
    "unbuffer {c}",
    "! {c}",
    "proxychains {c}",
    "torsocks {c}",
    "firejail {c}",
    "valgrind {c}",
    "numactl -N 0 {c}",
    "runuser -u me -- {c}",
    "dbus-run-session {c}",
    "ssh host {c}",
    "ssh -o A=b host {c}",
    "watch {c}",
    "parallel {c} ::: 1",
    "poetry run {c}",
    "uv run {c}",
    "pipenv run {c}",
    "bundle exec {c}",
    "npx {c}",
    "op run -- {c}",
    "aws-vault exec p -- {c}",
    "direnv exec . {c}",
    "nix-shell --run '{c}'",
    "conda run -n x {c}",
    "rlwrap {c}",
    "sshpass -p x {c}",
    "eatmydata {c}",
    "fakeroot {c}",
    "start-stop-daemon --start --exec /bin/sh -- -c '{c}'",
    "caro run -- {c}",
    "find . -maxdepth 0 -exec {c} \\;",
    "echo x | xargs {c}",
    "A=1 {c}",
    "A=1 B=$(date) {c}",
    "noglob {c}",
    "script -q /dev/null {c}",
    "daemonize {c}",
    "softlimit -m 1 {c}",
    "setarch x86_64 {c}",
    "linux64 {c}",
    "torify {c}",
    "trickle {c}",
)

# The command inside a shell's grammar.
GRAMMAR = (
    "{c};",
    "  {c}  ",
    "{c} &",
    "{c} # comment",
    "true && {c}",
    "false || {c}",
    "ls; {c}",
    "ls\n{c}",
    "{c} && ls",
    "{c} | cat",
    "ls | {c}",
    "({c})",
    "{{ {c}; }}",
    "if true; then {c}; fi",
    "if {c}; then :; fi",
    "if false; then :; else {c}; fi",
    "while true; do {c}; done",
    "until {c}; do :; done",
    "for i in 1 2; do {c}; done",
    "case x in x) {c};; esac",
    'echo "$({c})"',
    "x=$({c})",
    "echo `{c}`",
    "cat <({c})",
    "{c} > /dev/null 2>&1",
    "{c} 2>/dev/null",
    "> out ({c})",
    "[[ -n x ]] && {c}",
    "(( 1 )) && {c}",
    "test -f x || {c}",
    "cd /tmp && {c}",
    "set -e; {c}",
    "{c} <<< x",
    "coproc {c}",
    "time {c}",
    "! {c}",
    "a=1; {c}",
    "function g {{ {c}; }}; g",
    "g() ( {c} ); g",
    "select i in a; do {c}; done",
    'export A="$({c})"',
    "local x=$({c})",
    "echo ${{x:-$({c})}}",
    '[ "$({c})" ]',
    "cat <<EOF\n$({c})\nEOF",
    "echo $(( $({c}) ))",
    "ls \\\n&& {c}",
    "{{\n{c}\n}}",
    "(cd /tmp && ({c}))",
    "for ((i=0;i<1;i++)); do {c}; done",
    "while read l; do {c}; done < f",
    "arr=($({c}))",
    "printf '%s' \"$({c})\"",
    "echo a |& {c}",
    "{c} |& tee log",
)


def wrap(template: str, command: str) -> str:
    encoded = base64.b64encode((command + "\n").encode()).decode()
    return template.format(c=command, q=q(command), b64=encoded)


def lowered(templates: tuple[str, ...], commands: tuple[str, ...]) -> list[str]:
    return [wrap(t, c) for t in templates for c in commands if assess_line(wrap(t, c)).level < Level.HIGH]


def fits(template: str, command: str) -> bool:
    """Some pairs are no sentence: a pipe behind a program that takes words, quotes inside quotes."""
    pipe = "|" in command
    quotes = "'" in command and ("'{c}" in template or "({c})" in template or "'''" in template)
    return (
        not (pipe and template in WORD_WRAPPERS)
        and not quotes
        and not (pipe and "<<<" in template and "{c}" in template)
    )


@pytest.mark.parametrize("template", [*TEXT_WRAPPERS, *WORD_WRAPPERS, *GRAMMAR])
def test_danger_stays_danger(template: str) -> None:
    commands = tuple(command for command in DANGERS if fits(template, command))
    assert lowered((template,), commands) == []


@pytest.mark.parametrize("template", [*TEXT_WRAPPERS, *WORD_WRAPPERS, *GRAMMAR])
def test_harmless_stays_harmless(template: str) -> None:
    if template.startswith(("while true", "sudo -u", "PROMPT_COMMAND")) or "| at" in template:
        return
    wrong = [
        wrap(template, c)
        for c in HARMLESS
        if fits(template, c) and assess_line(wrap(template, c)).level >= Level.HIGH
    ]
    assert wrong == []


def spellings(name: str) -> list[str]:
    first, rest = name[0], name[1:]
    return [
        f"{first}''{rest}",
        f'{first}""{rest}',
        f'"{name}"',
        f"'{name}'",
        f"\\{name}",
        f"{first}\\{rest}",
        f"$'{name}'",
        f"/bin/{name}",
        f"/usr/bin/{name}",
        f"$(echo {name})",
        f"`echo {name}`",
        f"${{x:-{name}}}",
        f'"$(printf {name})"',
        f"$'\\x{ord(first):02x}{rest}'",
    ]


@pytest.mark.parametrize("command", [c for c in DANGERS if "|" not in c])
def test_spelling_of_the_name(command: str) -> None:
    name, _, rest = command.partition(" ")
    wrong = [f"{s} {rest}" for s in spellings(name) if assess_line(f"{s} {rest}").level < Level.HIGH]
    assert wrong == []


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "//",
        "/.",
        "/./",
        "/../",
        "/etc/..",
        "/*",
        "/usr/../etc",
        "~",
        "~/",
        "~/.",
        "$HOME",
        "${HOME}",
        '"$HOME"',
        '"${HOME}"/',
        "$HOME/*",
        "~/*",
        "/{etc,usr}",
        "/et?",
        "/e*",
        "{/,x}",
        "/home/../",
        "/tmp/../etc",
        '"/"',
        "'/'",
        "\\/",
        "$'/'",
        "/$(true)",
        "${X:-/}",
        "${HOME:?}",
        "~root",
    ],
)
@pytest.mark.parametrize(
    "flags",
    [
        "-rf",
        "-fr",
        "-r -f",
        "-R",
        "--recursive --force",
        "-rfv",
        "-rf --",
        "--rec --for",
        "-rf --no-preserve-root",
    ],
)
def test_spelling_of_the_target(flags: str, target: str) -> None:
    assert assess_line(f"rm {flags} {target}").level >= Level.HIGH
    assert (
        assess_line(f"rm {target} {flags.replace(' --', '') if flags.endswith('--') else flags}").level
        >= Level.HIGH
    )


@pytest.mark.parametrize(
    "chosen", ["(N)", "(D)", "(/)", "(.)", "(om[1,3])", "(#qN)", "(e:'true':)", "(:h)", "(reboot)"]
)
@pytest.mark.parametrize(
    "line", [f"rm -rf {target}" for target in ("/", "~", "~/*", "/etc", '"$HOME"', "/usr/*")]
)
def test_choosing_among_files_makes_nothing_harmless(line: str, chosen: str) -> None:
    plain = assess_line(line, dialect="zsh").score
    assert assess_line(line + chosen, dialect="zsh").score >= plain


@pytest.mark.parametrize("shell", ["zsh", "bash"])
def test_what_runs_within_a_pattern_is_judged(shell: str) -> None:
    assert assess_line("ls *($(rm -rf ~))", dialect=shell).level >= Level.CRITICAL
    for asked in ("e:'rm -rf ~':", "oe{rm -rf ~}", "#qe['rm -rf ~']", "e:'rm -rf ~':) b(c:"):
        assert shell == "bash" or assess_line(f"ls *.c({asked})", dialect="zsh").level >= Level.CRITICAL
