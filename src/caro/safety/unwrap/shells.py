"""Shells: `sh -c TEXT`, `sh FILE`, `… | sh` (POSIX sh(1), bash(1), zsh(1), fish(1))."""

from __future__ import annotations

from caro.knowledge.shells import dialect_of
from caro.safety import flows
from caro.safety.call import Call
from caro.safety.streams import EMPTY, UNKNOWN_STREAM, Stream
from caro.safety.values import Arg, shown

_SHELL_VALUES = frozenset({"-o", "+o", "-O", "+O", "--rcfile", "--init-file"})


def shell(call: Call) -> Stream | None:
    i, code, reads_stdin, noexec = 1, False, False, False
    argv = call.argv
    while i < len(argv) and len(argv[i]) > 1 and argv[i][0] in "-+":
        word = argv[i]
        i += 1
        if word == "--":
            break
        if word in _SHELL_VALUES:
            if word in ("--rcfile", "--init-file") and i < len(argv):
                flows.run_stream(call, call.reads(argv[i]), call.name)
            i += 1
        elif word in ("-C", "--init-command") and call.name == "fish" and i < len(argv):
            call.run_text(shown(argv[i]), "fish")
            i += 1
        elif word in ("--command", "-c"):
            code = True
        elif not word.startswith("--"):
            code = code or "c" in word
            reads_stdin = reads_stdin or "s" in word
            noexec = noexec or "n" in word
            if word.startswith("-") and word.endswith("o"):
                i += 1
        elif word.startswith("--init-command=") and call.name == "fish":
            call.run_text(shown(word[15:]), "fish")
        elif word.startswith("--command="):
            return call.run_text(shown(word[10:]), call.name)
        elif word in ("--no-execute", "--help", "--version", "--dump-strings"):
            noexec = True
    operands = argv[i:]
    if noexec:
        return EMPTY
    if not code and not operands and (call.stdin is EMPTY or "fifo" in call.stdin.tags):
        return Stream(None, frozenset({"shell_output"}), (), "a shell")
    if code:
        return _shell_code(call, operands)
    if operands and not reads_stdin and operands[0] != "-":
        return _shell_file(call, operands)
    before = call.state.parameters
    call.state.parameters = list(operands) if reads_stdin else before
    out = flows.run_stream(call, call.stdin, call.name)
    call.state.parameters = before
    return out


def _shell_code(call: Call, operands: list[Arg]) -> Stream:
    if not operands:
        return EMPTY
    text = operands[0]
    if text.stream is not None and flows.is_foreign(text.stream):
        call.effect("execute_remote_code", text.stream.source)
        return UNKNOWN_STREAM
    state = call.state.inner(call.name)
    if text.stream is not None and "decoded" in text.stream.tags:
        state.obscured = (*state.obscured, "text that was encoded")
        if text.stream.text is None:
            call.effect("obscure", text.stream.source, "", "runs_decoded")
    state.parameters = list(operands[2:])
    if len(operands) > 1:
        state.variables["0"] = operands[1]
    state.calls = (*state.calls, "$sh")
    state.dialect = dialect_of(call.name)
    state.step("unwrap", f"{call.name} -c runs: {shown(text)[:200]}")
    return call.interpreter.text(shown(text), state, call.stdin)


def _shell_file(call: Call, operands: list[Arg]) -> Stream:
    path = operands[0]
    if path in ("/dev/stdin", "/proc/self/fd/0", "/dev/fd/0"):
        return flows.run_stream(call, call.stdin, call.name)
    stream = call.reads(path)
    if not stream.tags and stream.text is None:
        stream = flows.from_tree(path, call.state) or stream
    inner = call.state.parameters
    call.state.parameters = list(operands[1:])
    out = flows.run_stream(call, stream, call.name)
    call.state.parameters = inner
    return out
