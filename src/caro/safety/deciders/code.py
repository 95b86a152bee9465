"""Interpreters: which of their words, files and inputs are code, and what the code prints."""

from __future__ import annotations

import re

from caro.safety import targets
from caro.safety.call import Call, decider
from caro.safety.code.calls import CodeCalls, calls_known
from caro.safety.code.judging import PRINT_ONLY, judge_code
from caro.safety.code.powershell import decoded_command
from caro.safety.deciders.reading import read_secret
from caro.safety.flows import is_foreign
from caro.safety.streams import UNKNOWN_STREAM, Stream
from caro.safety.values import Arg, arg, shown


@decider("code")
def code(call: Call) -> Stream | None:
    """Judge an interpreter: code in an option, in a file written on this line, or on standard input."""
    texts = list(
        call.arguments.all_values(*calls_known(call.state.knowledge).options.get(call.name, ("-e", "-c")))
    )
    if call.name == "perl":
        texts += _perl_texts(call)
    if call.name == "gdb" and "--args" in call.argv:
        return call.run_argv(call.argv[call.argv.index(arg("--args")) + 1 :], "gdb")
    if call.name in ("vim", "vi", "nvim", "gvim", "ex"):
        # again by hand: in `-es` the s is the silent mode, no option with a value
        texts = [
            call.argv[at + 1]
            for at, word in enumerate(call.argv[:-1])
            if word == "--cmd" or re.fullmatch(r"-[esEZ]*c", word)
        ]
        texts += [arg(word[1:]) for word in call.argv[1:] if word.startswith("+") and len(word) > 1]
        _edits_unseen(call, [part.strip(": ") for text in texts for part in text.split("|")])
        for file in call.arguments.all_values("-S"):
            if is_foreign(call.reads(file)):
                call.effect("execute_remote_code", call.reads(file).source)
    if call.name in ("pwsh", "powershell"):
        at = next((i for i, w in enumerate(call.argv) if w.lower() in ("-c", "-command")), len(call.argv))
        texts = [arg(" ".join(call.argv[at + 1 :]))] if at + 1 < len(call.argv) else []
        if (hidden := decoded_command(call)) is not None:
            call.state.obscured = (*call.state.obscured, "text that was encoded")
            texts.append(arg(hidden))
        script = " ".join(call.argv[1:])
        fetched = re.search(
            r"iwr|irm|Invoke-WebRequest|Invoke-RestMethod|DownloadString|Net\.WebClient|curl|wget",
            script,
            re.IGNORECASE,
        )
        if fetched and re.search(r"\biex\b|Invoke-Expression", script, re.IGNORECASE):
            call.effect("execute_remote_code", script[:80])
    urls = [word for word in call.arguments.positional if re.match(r"https?://", word)]
    if call.name == "deno" and call.arguments.positional[:1] == ["run"] and urls:
        call.effect("execute_remote_code", urls[0])
    if call.name == "deno" and call.arguments.positional[:1] == ["eval"]:
        texts += call.arguments.positional[1:2]
    operand = call.arguments.positional[:1]
    if texts and operand and call.argv[1:2] == operand and call.programs.get(operand[0].rsplit("/", 1)[-1]):
        return _file_or_stdin(call)  # `python manage.py shell -c CODE`: the -c is the script's
    if texts:
        for text in texts:
            judge_code(call, str(text))
            if text.stream is not None and is_foreign(text.stream):
                call.effect("execute_remote_code", text.stream.source)
        if call.name in ("perl", "ruby"):
            read_secret(call, call.arguments.positional)
            _edits_in_place(call)
        return _printed(call, [str(text) for text in texts])
    if call.arguments.has("-m") and call.name in ("python", "pypy"):
        return _module(call)
    return _file_or_stdin(call)


_WRITES_OUT = re.compile(r"(w|wq|x|up(date)?|wa|wqa|xa)!?$")
_DELETES_ALL = re.compile(r"(%|1,\$|0,\$)\s*d(elete)?( _)?$|g/(\.\*|\^|\.)?/d(elete)?$")


_ED_EMPTIES = re.compile(r"(?ms)^(1?,\$?|%|g/\.\*/|g/\./)d$.*^wq?$")
"""ed(1): every line deleted, then written."""


def _edits_unseen(call: Call, commands: list[str]) -> None:
    """vim(1) `-es -c '%d' -c wq FILE`: a file is emptied or changed, and written, without anybody there."""
    empties = any(map(_DELETES_ALL.match, commands))
    if not (any(map(_WRITES_OUT.match, commands)) and len(commands) > 1):
        return
    words = call.argv[1:]
    valued = ("-c", "--cmd", "-S", "-u", "-i", "-T", "-s")
    for at, word in enumerate(words):
        if not word.startswith(("-", "+")) and not (
            at and (words[at - 1] in valued or re.fullmatch(r"-[esEZ]*c", words[at - 1]))
        ):
            _writes_edited(call, word, empties)


def _writes_edited(call: Call, path: Arg, empties: bool) -> None:
    if empties or call.scope(path) in ("vital", "boot", "kernel"):
        call.write(path, Stream("") if empties else UNKNOWN_STREAM)


def _edits_in_place(call: Call) -> None:
    if any(re.fullmatch(r"-[a-z]*i[.\w]*", word) for word in call.argv[1:]):
        for path in call.arguments.positional:
            if call.scope(path) in ("vital", "boot", "kernel", "history", "log"):
                call.write(path, UNKNOWN_STREAM)


def _perl_texts(call: Call) -> list[Arg]:
    """perl takes its switches in one word: -ne, -pi -e, -MSocket -e; the program is the next word."""
    found = []
    words = call.argv[1:]
    for at, word in enumerate(words[:-1]):
        if re.fullmatch(r"-[a-zA-Z0-9.]*[eE]", word) and word not in ("-e", "-E"):
            found.append(words[at + 1])
    return found


def _module(call: Call) -> Stream:
    module = call.arguments.value("-m") or arg("")
    if module == "pip":
        at = call.argv.index(module)
        return call.run_argv([arg("pip"), *call.argv[at + 1 :]], "python -m")
    if module == "base64" and call.arguments.has("-d"):
        return Stream(None, call.stdin.tags | {"decoded"}, (), call.stdin.source)
    if module in ("pty", "code"):
        return UNKNOWN_STREAM
    return Stream(None, call.stdin.tags & {"secret"}, (), call.stdin.source)


def _file_or_stdin(call: Call) -> Stream | None:
    operands = call.arguments.positional
    stream = call.stdin
    if operands and operands[0] != "-" and operands[0] != "/dev/stdin":
        stream = call.reads(operands[0])
        script = operands[0].rsplit("/", 1)[-1]
        if stream.text is None and call.programs.get(script) is not None:
            at = next(i for i, word in enumerate(call.argv) if word is operands[0])
            return call.run_argv([arg(script), *call.argv[at + 1 :]], call.name)
        if call.name in ("vim", "vi", "nvim", "emacs", "ex", "gdb"):
            return UNKNOWN_STREAM
    if call.name in ("vim", "vi", "nvim", "emacs", "ex", "gdb"):
        return UNKNOWN_STREAM
    if call.name == "ed":
        for line in (call.stdin.text or "").splitlines():
            if line.startswith("!"):
                call.run_text(shown(line[1:]), "ed")
        # again by hand: `-s` of ed is the silent mode, no option with a value
        files = [word for word in call.argv[1:] if not word.startswith("-")]
        if _ED_EMPTIES.search(call.stdin.text or "") and files:
            call.write(files[-1], Stream(""))
        return UNKNOWN_STREAM
    if call.name == "perl" and operands:
        read_secret(call, operands)
    if is_foreign(stream):
        call.effect("execute_remote_code", stream.source)
    elif stream.text is not None:
        judge_code(call, stream.text)
    elif "decoded" in stream.tags:
        call.effect("obscure", stream.source, "", "runs_decoded")
    return UNKNOWN_STREAM


def _printed(call: Call, texts: list[str]) -> Stream:
    """What `print("…")` writes: it may be piped into a shell."""
    if len(texts) == 1 and (match := PRINT_ONLY.fullmatch(texts[0])):
        strings = [group for group in match.groups()[1:] if group is not None]
        return Stream((strings[0] if strings else "") + "\n", frozenset(), (), "printed text")
    known = calls_known(call.state.knowledge)
    if any(known.socket.search(text) or "http" in text for text in texts) and any(
        "print" in text or "puts" in text for text in texts
    ):
        return Stream(None, frozenset({"download"}), (), "fetched by code")
    multiplied = any(
        re.search(r"print.*(chr\(|decode|join|\[::-1\]|pack\()", text, re.DOTALL) for text in texts
    )
    secret = any(_reads_secret(known, text) for text in texts) or bool(call.stdin.tags & {"secret"})
    tags = ({"decoded"} if multiplied else set()) | ({"secret"} if secret else set())
    return Stream(None, frozenset(tags), (), "printed by code")


def _reads_secret(known: CodeCalls, text: str) -> bool:
    paths = [next((g for g in match.groups() if g is not None), "") for match in known.read.finditer(text)]
    return any(targets.holds_secret(path) for path in paths) or bool(
        re.search(r"expanduser\(\s*['\"](~/\.(ssh/id|aws/cred)[^'\"]*)", text)
    )


@decider("mvn")
def mvn(call: Call) -> Stream | None:
    """Judge `mvn exec:exec` (Exec Maven Plugin): exec.executable with exec.args is a command."""
    given = dict(word[2:].partition("=")[::2] for word in call.argv[1:] if word.startswith("-Dexec."))
    program = given.get("exec.executable")
    if program:
        call.run_text(shown(f"{program} {given.get('exec.args', '')}"), "mvn exec")
    return None
