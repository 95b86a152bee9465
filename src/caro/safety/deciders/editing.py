"""Stream editors (POSIX sed and awk, GNU sed): sed -i on a file that matters, and the commands that they run."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.call import Call, decider
from caro.safety.code.awk_text import Printed
from caro.safety.code.awk_text import printed as printed_by
from caro.safety.code.plainer import plainer
from caro.safety.deciders.reading import read_secret
from caro.safety.effects import Effect
from caro.safety.flows import is_foreign, run_stream
from caro.safety.streams import UNKNOWN_STREAM, Stream
from caro.safety.values import OPEN, UNKNOWN, Arg, arg, shown, unknown


@decider("sed")
def sed(call: Call) -> Stream | None:
    """Judge sed(1): -i on a system or rc file; the `e` command of GNU sed runs what it is given."""
    operands = call.arguments.positional
    has_script = call.arguments.has("-e", "-f", "--expression", "--file")
    script = call.arguments.value("-e", "--expression") or (operands[0] if operands else arg(""))
    files = operands if has_script else operands[1:]
    if re.search(r"(^|;|\d|/)\s*e\s+\S", script) or re.search(r"s(.).*\1.*\1[gpi]*e[gpi]*$", script):
        match = re.search(r"(?:^|;|\d|/)\s*e\s+(.*)", script)
        if match:
            call.run_text(shown(match[1]), "sed")
        _run_replacement(call, script)
    if re.search(r"(^|[;{}\d$/])\s*e\s*($|[;}])", script) and files:
        call.effect("obscure", f"the lines of {shown(files[0])}", "", "runs_decoded")
    if any(option.startswith(("-i", "--in-place")) for option in call.arguments.options):
        for path in files:
            _edit_in_place(call, path, script)
    else:
        read_secret(call, files)
    for match in _WRITES.finditer(script):
        call.write(arg(match[1].strip()), UNKNOWN_STREAM)
    return None


_RUN_SUBSTITUTE = pattern(
    r"(?:^|[;{\d$/,]\s*)s(.)(?P<old>(?:\\.|(?!\1).)*)\1(?P<new>(?:\\.|(?!\1).)*)\1[gpiIM0-9]*e"
)


def _run_replacement(call: Call, script: str) -> None:
    """`s/OLD/NEW/e` runs the line that it makes (GNU sed, "The s Command"): NEW, or what came in."""
    for match in _RUN_SUBSTITUTE.finditer(script):
        new = match["new"].replace("\\" + match[1], match[1])
        if new.strip() and new.strip() not in ("&", "\\1"):
            call.run_text(shown(new), "sed")
        elif call.stdin.tags or call.stdin.text is not None:
            run_stream(call, call.stdin, "sed")


_WRITES = pattern(r"(?:^|[;{}/\d\n])\s*w\s+([~/\w.][^;}\n]*)")
"""GNU sed's `w FILE`, as a command and as a flag of `s`."""


_SUBSTITUTES = pattern(r"s([^\w\s\\])(?:\\.|(?!\1).)*\1((?:\\.|(?!\1).)*)\1")


def _new_text(script: str) -> str:
    """Return what the `s` commands of a script put in; the script where it has none, or keeps parts of the line."""
    new = [match[2] for match in _SUBSTITUTES.finditer(script)]
    return script if not new or any("&" in text or "\\" in text for text in new) else "\n".join(new)


def _edit_in_place(call: Call, path: Arg, script: str) -> None:
    full = targets.resolve(path, call.state.cwd)
    scope = call.scope(path)
    if full.startswith("/etc/pam.d/") and targets.sets_up_session(script):
        call.emit(Effect("overwrite", "sed", base=0), [path])
    elif targets.grants_privilege(full):
        call.effect("gain_privilege", path, scope)
    elif targets.is_own(full, call.state.world.own_files):
        call.effect("tamper_audit", path, scope, "own")
    elif scope in ("history", "log"):
        call.effect("tamper_audit", path, scope)
    elif scope in ("boot", "kernel"):
        spare = full == "/etc/fstab" and re.search(r"\bswap\b", script)
        call.effect("break_boot", path, scope, *(["moderate", "careful"] if spare else []))
    elif "caro" in script and targets.is_persistent(full):
        call.effect("tamper_audit", path, "", "own")
    elif full.endswith("selinux/config") and re.search(r"disabled|permissive", script):
        call.effect("lower_defence", path, "", "mandatory_access")
    elif full.endswith("sshd_config") and re.search(
        r"PermitRootLogin.*yes|PasswordAuthentication.*yes|PermitEmptyPasswords.*yes", _new_text(script)
    ):
        call.effect("lower_defence", path, scope)
    elif targets.is_persistent(full) and re.search(r"curl|wget|/dev/tcp|nc |bash -i|/tmp/|/dev/shm/", script):
        call.effect("persist", path, scope)
    elif re.fullmatch(r"((1,)?\$?)?d|/\.\*/d|s(.)\.\*\3\3g?", script.strip()) and script.strip() != "$d":
        call.emit(Effect("overwrite", "sed", facts=frozenset({"empty", "explicit"})), [path])


_AWK_WRITES = pattern(r"\bprintf?\b[^;}>|]*(>>?)\s*\"(/[^\"]+)\"")


@decider("awk")
def awk(call: Call) -> Stream | None:
    """Judge awk(1) (POSIX awk): system() and pipes run shell text."""
    operands = call.arguments.positional
    program = operands[0] if operands else arg("")
    file = call.arguments.value("-f", "--file")
    if file is not None:
        source = call.stdin if file in ("-", "/dev/stdin") else call.reads(file)
        if is_foreign(source):
            call.effect("execute_remote_code", source.source)
    made = _made(call, program)
    program = arg(plainer(program)) if "=" in program else program
    for text in made.commands:
        if OPEN not in text or re.search(r"\w\s", text.partition(OPEN)[0]):
            call.run_text(shown(text), "awk")
    for match in re.finditer(
        r'system\(\s*"((?:[^"\\]|\\.)*)"|"((?:[^"\\]|\\.)*)"\s*\|\s*getline|\|\s*"((?:[^"\\]|\\.)*)"', program
    ):
        text = next(group for group in match.groups() if group is not None)
        call.run_text(shown(text.replace('\\"', '"')), "awk")
    built = re.search(r'system\(\s*"(rm|dd|mkfs|shred|unlink)\b[^"]*"\s*\$', program)
    if built:
        call.run_text(built[0].split('"')[1] + " $found", "awk")
    for match in _AWK_WRITES.finditer(program):
        call.write(arg(match[2]), UNKNOWN_STREAM, match[1] == ">>")
    if "/inet/tcp/" in program:
        call.effect("open_reverse_shell", "/inet/tcp")
    printed = re.search(r'print\s+"(rm [^"]*)"\s*\$', program)
    read_secret(call, operands[1:])
    if printed:
        lines = (call.stdin.text or "").splitlines() or [unknown("found")]
        return Stream("".join(f"{printed[1]}{line}\n" for line in lines[:64]), frozenset(), (), "awk")
    return _printed_stream(call, made, bool(operands[1:]))


def _made(call: Call, program: str) -> Printed:
    """Return what the program prints and runs, of what `-v` gives it and of known lines of standard input."""
    assigned = re.findall(r"(?:^|\0)(?:-v\0?|--assign[=\0])(\w+)=([^\0]*)", "\0".join(call.argv))
    given = {name: str(value) for name, value in assigned}
    lines = (call.stdin.text or "").splitlines()
    try:
        return printed_by(program, given, lines, str(call.arguments.value("-F", "--field-separator") or ""))
    except (ValueError, RecursionError):
        return Printed(computed=True)


def _printed_stream(call: Call, made: Printed, reads_files: bool) -> Stream | None:
    """Return the text that awk prints where its words tell it; None where what it reads tells more."""
    if made.computed and not reads_files:
        return call.stdin.tagged("decoded")
    telling = UNKNOWN.sub("", made.text).strip()
    of_lines = OPEN in made.text  # else the same is printed whatever is read
    if not telling or (of_lines and (reads_files or call.stdin.paths)):
        return None
    return Stream(made.text, call.stdin.tags, (), call.stdin.source or "awk")
