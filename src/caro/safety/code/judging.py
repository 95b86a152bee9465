"""What a piece of code does as a whole."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety.call import Call
from caro.safety.code.calls import calls_known
from caro.safety.code.editors import judge_editor
from caro.safety.code.files import judge_files, judge_listed
from caro.safety.code.hidden import judge_decoded
from caro.safety.code.network import judge_network
from caro.safety.code.plainer import inside_strings, plainer
from caro.safety.code.services import judge_services
from caro.safety.code.shell_calls import judge_shell_call
from caro.safety.code.strings import STRING, joined, take_string, within
from caro.safety.deciders.sql import report_sql
from caro.safety.values import arg, shown

PRINT_ONLY = pattern(
    r"\s*(print|console\.log|puts|echo|p|pp|say|printf|print_r|var_dump|print\s+STDERR"
    r"|sys\.stdout\.write|console\.error)\b[\s(]*" + STRING + r"\s*\)?\s*;?\s*",
    re.DOTALL,
)


# where a quote always starts or ends a literal (perl's s/'/x/ and awk's regexes would mislead)
_STRICT_QUOTES = frozenset({"python", "pypy", "node", "bun", "deno", "nodejs"})


_EXECUTES = pattern(r"\.(?:execute(?:script|_batch)?|exec|query|executescript)\s*\(\s*" + STRING, re.DOTALL)


_MODES = pattern(
    r"""chmod(?:Sync)?\s*\(?\s*(?:['"](?P<path>[^'"]+)['"]\s*,\s*(?P<mode>0o?[0-7]{3,5})"""
    r"""|(?P<first>0o?[0-7]{3,5})\s*,\s*['"](?P<second>[^'"]+)['"])"""
)


_EVALUATES = pattern(
    r"(?<![\w.])(?:exec|eval|instance_eval|class_eval|Function|compile|runInThisContext)\s*\(?\s*(?=['\"])"
)


def _judge_evaluated(call: Call, text: str) -> None:
    """Judge the code that code holds as text and runs: `exec("…")`, `new Function("x", "…")`."""
    for match in _EVALUATES.finditer(text):
        rest: str | None = text[match.end() :]
        while rest is not None:
            inner, rest = take_string(rest.lstrip(", "))
            if rest is not None and re.search(r"[(\s]", inner):
                judge_code(call, inner)


_NAMED_ARGUMENTS = pattern(
    r"""(?s)\bDeno\.Command\(\s*['"]([\w./-]+)['"]\s*,\s*\{[^\]}]*?args\s*:\s*\[([^\]]*)\]"""
)
_CALL_PROCESS = pattern(r'\b(?:call|start)-process(?:-region)?\s+"[^"]+"(?:\s+(?:nil|t|\d+|"[^"]*"))*')
"""Emacs Lisp: the program, then three words for its input and output, then its arguments."""
_PIPED = pattern(
    r"""(?s)\bopen\s*\(?\s*(?:my\s*)?\$?(\w+)\s*,\s*['"]\s*\|\s*(?:/bin/)?(?:ba|da|z|k)?sh\b[^'"]*['"].*?\bprint\s*\{?\s*\$?\1\}?\s*['"]([^'"]*)"""
)
"""perl's `open F, "|sh"; print F "…"`."""
_IN_MEMORY = pattern(
    r"(?s)(memfd_create|\bsyscall\(\s*319\b).*\bexec|/proc/(self|\$\$|\{os\.getpid\(\)\})/fd/.*\bexec"
)
"""memfd_create(2): 319 is its number on x86_64."""


def judge_code(call: Call, text: str) -> None:
    """Record what a piece of code does, as far as its calls can be read."""
    text = plainer(joined(shown(text)))
    known = calls_known(call.state.knowledge)
    quoted = inside_strings(text) if call.name in _STRICT_QUOTES else []
    judge_decoded(call, text, judge_code)
    if re.search(r"\*\s*10\s*\*\*\s*(9|1\d)\b|while\s+(True|1)\s*:.{0,40}\.append\(", text, re.DOTALL):
        call.effect("exhaust", "the memory", "", "fills_disk")
    if _IN_MEMORY.search(text):
        call.effect("obscure", "a program that is in memory alone", "", "runs_decoded")
    if known.fork_bomb.search(text):
        call.effect("exhaust", text[:60], "", "fork_bomb")
    if known.socket.search(text) and known.shell_plug.search(text) and not only_printed(text):
        call.effect("open_reverse_shell", text[:60])
        return
    if known.fetched_in_call.search(text) or known.fetched_before.search(text):
        call.effect("execute_remote_code", text[:80])
    elif known.hidden.search(text):
        call.effect("obscure", text[:60], "", "runs_decoded")
    for match in known.shell.finditer(text):
        if not within(match, quoted):
            judge_shell_call(call, text[match.end() :])
    for match in _NAMED_ARGUMENTS.finditer(text):
        words = [joined(piece).strip(" '\"") for piece in match[2].split(",")]
        call.run_argv([arg(match[1]), *(arg(word) for word in words if word)], call.name)
    for match in _CALL_PROCESS.finditer(text):
        call.run_argv([arg(word) for word in re.findall(r'"([^"]*)"', match[0])], call.name)
    if call.name in ("bun", "node", "deno", "tsx", "zx"):
        for match in re.finditer(r"(?<![\w.)])\$`([^`]+)`", text):
            call.run_text(shown(match[1]), call.name)
    for match in _PIPED.finditer(text):
        call.run_text(shown(match[2].replace('\\"', '"')), call.name)
    if "subprocess" in text:
        for match in re.finditer(r"\w\.(?:run|call|Popen|check_call|check_output|getoutput)\s*\(", text):
            if "subprocess." not in text[max(0, match.start() - 10) : match.end()]:
                judge_shell_call(call, text[match.end() :])
    for match in re.finditer(r"`([^`]+)`|%x[\(\[{]([^\)\]}]+)|qx\s*[\(\[{]([^\)\]}]+)|qx/([^/]+)/", text):
        if call.name in ("perl", "ruby", "php", "julia"):
            call.run_text(shown(next(group for group in match.groups() if group)), call.name)
    _judge_evaluated(call, text)
    judge_editor(call, text)
    for match in _EXECUTES.finditer(text):
        report_sql(call, next((group for group in match.groups() if group is not None), ""))
    for match in _MODES.finditer(text):
        mode = (match["mode"] or match["first"]).replace("o", "").lstrip("0") or "0"
        call.run_argv([arg("chmod"), arg(mode), arg(match["path"] or match["second"])], call.name)
    judge_services(call, text)
    judge_files(call, text, quoted)
    judge_listed(call, text)
    judge_network(call, text)


def only_printed(text: str) -> bool:
    return bool(PRINT_ONLY.fullmatch(text))
