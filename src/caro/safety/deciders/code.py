"""Code handed to an interpreter on its command line: python -c, node -e, perl -e, ruby -e, php -r …

A table of the calls that destroy, fetch and run, or give a shell away; strings that only get printed don't
count. Shell text inside (`os.system("…")`, `system "…"`, backticks) is judged as shell text.
"""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety import codetext, targets
from caro.safety.call import Call, decider
from caro.safety.deciders.reading import read_secret
from caro.safety.deciders.sql import report_sql
from caro.safety.effects import Effect
from caro.safety.flows import is_foreign
from caro.safety.streams import EMPTY, UNKNOWN_STREAM, Stream
from caro.safety.values import HOME, OPEN, Arg, arg, shown, unknown

_STRING = r"""(?:[rbuf]{0,2}(?:'''(.*?)'''|\"\"\"(.*?)\"\"\"|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"))"""
_QUOTED = pattern(_STRING, re.DOTALL)
_SHELL_CALLS = pattern(
    r"(?:[\"'](?:system|popen|call|run|Popen|check_output)[\"']\s*[\])]|os\.(?:system|popen)|subprocess\.(?:run|call|Popen|check_call|check_output|getoutput"
    r"|getstatusoutput)|commands\.getoutput"
    r"|pty\.spawn|os\.exec\w+|os\.spawn\w+|(?<![\w.])system|(?<![\w.])popen|(?<![\w.])exec(?:Sync|File"
    r"|FileSync)?|child_process[^;]*?\.(?:exec|spawn)(?:File)?(?:Sync)?|\.(?:exec|spawn)(?:File)?(?:Sync)?"
    r"|(?:asyncio\.)?create_subprocess_(?:shell|exec)|System\.(?:cmd|shell)|:os\.cmd"
    r"|shell_exec|passthru|proc_open|Kernel\.(?:system|exec|spawn)|(?<![\w.])spawn|IO\.popen|Open3\.\w+"
    r"|%x|qx|\bsh\.\w+|(?<![\w.])run"
    r"|Deno\.run|Bun\.spawn(?:Sync)?|execvp|os\.execute|io\.popen|(?:async-)?shell-command(?:-to-string)?)\s*[\(\s{\[]*",
)
_DELETES = pattern(
    r"(?:shutil\.rmtree|os\.(?:remove|unlink|rmdir|removedirs|truncate)|rmtree|remove_tree"
    r"|unlink(?:Sync)?|rm(?:dir)?Sync|rimraf(?:\.sync)?"
    r"|fs\.(?:promises\.)?(?:rmdir|rm|unlink)(?:Sync)?|fs\.(?:promises\.)?(?:unlink|remove|removeSync|emptyDirSync|truncateSync)"
    r"|FileUtils\.(?:rm_rf|rm_r|rm|remove_dir|remove_entry\w*|rm_f)"
    r"|File\.(?:delete|unlink|rm_rf!?|rm!?|rmdir!?)|Dir\.(?:rmdir|delete|unlink)|File::Path::(?:rmtree|remove_tree)"
    r"|Deno\.remove(?:Sync)?|fse\.remove\w*|os\.remove"
    r"|delete-directory|delete-file|(?<![\w.])unlink|(?<![\w.])rmdir|Path\([^)]*\)\.(?:unlink|rmdir))\s*\(?\s*",
)
_PATH_DELETES = pattern(
    r"Path\(\s*" + _STRING + r"[^)]*\)\.(?:unlink|rmdir|rmtree|write_text|write_bytes)\(", re.DOTALL
)
_WRITES = pattern(
    r"(?:(?<![\w.])open|File\.(?:write|open|truncate)|writeFileSync|fs\.(?:promises\.)?writeFile"
    r"|appendFileSync|file_put_contents|fopen|IO\.write)"
    r"\s*\(\s*" + _STRING + r"\s*,?\s*" + _STRING + "?",
    re.DOTALL,
)
_OPENS = pattern(
    r"open\s*\(?\s*\w+\s*,\s*['\"]>+\s*([^'\"]+)['\"]"
    r"|open\s*\(?\s*\w+\s*,\s*['\"](>+)['\"]\s*,\s*['\"]([^'\"]+)['\"]"
)
_REMOTE_RUN = pattern(
    r"(exec|eval|compile|__import__|marshal\.loads|pickle\.loads|Function|instance_eval|class_eval"
    r"|loadstring|runInThisContext|load)\s*\(?.{0,200}?"
    r"(urlopen|requests?\.get|urllib|http\.get|httpx|fetch\(|Net::HTTP|open-uri|URI\.open|LWP"
    r"|file_get_contents\(\s*['\"]http|https?\.get|get\(\s*['\"]http"
    r"|socket\.http)",
    re.DOTALL,
)
_FETCHED_THEN_RUN = pattern(
    r"(urlopen|requests?\.get|httpx\.get|fetch\(|Net::HTTP|URI\.open|https?\.get|\.get\(\s*['\"]https?:|urlretrieve).*?\b(exec"
    r"|eval|system|subprocess|spawn)\b\s*\(|fetch\(.*\.then\(\s*eval\b",
    re.DOTALL,
)
_HIDDEN = pattern(
    r"(exec|eval|system|popen|os\.system|Function)\s*\(?.{0,80}?(b64decode|base64|fromhex|decode64"
    r"|unpack|atob|zlib\.decompress|rot13|from\(\s*['\"][\w+/=]+['\"]\s*,\s*['\"](base64|hex))",
    re.DOTALL,
)
_SOCKET = pattern(
    r"socket|fsockopen|TCPSocket|net\.connect|net\.Socket|IO::Socket|Socket\.tcp|/inet/tcp|Net::Telnet"
    r"|new Socket|require\(['\"]net['\"]\)|net\.createConnection|TCPServer|createServer",
    re.IGNORECASE,
)
_SHELL_PLUG = pattern(
    r"dup2|pty\.spawn|fileno\(\)|/bin/(ba|da|z|k)?sh|\bcmd\.exe|exec\s*\(?\s*[\"'](/bin/)?(ba)?sh"
    r"|spawn\s*\(\s*[\"'](/bin/)?(ba)?sh|subprocess|os\.popen|STDIN->fdopen|proc_open"
    r"|\.pipe\(|i?io\.popen|IO\.popen|os\.execute"
)
_BOMB = pattern(
    r"while\s*\(?\s*(True|1|true)\s*\)?\s*[:{]?\s*(os\.)?fork|fork\s+while\s+(fork|1|true)"
    r"|loop\s*\{\s*fork|fork\s+while|for\s*\(;;\)\s*\{?\s*(child_process\.)?(fork|spawn)"
    r"|os\.fork\(\)\s*while|while\s*:\s*os\.fork|os\.fork\(\)\s*for\b|while\s*\(?(?:1|true|True)\)?.{0,50}\.fork\("
)
_ENCODED = pattern(
    r"""(?:b64decode|decode64|atob|base64_decode|from)\s*\(\s*b?['"]([A-Za-z0-9+/=]{8,})['"]"""
)
_HEX = pattern(
    r"""(?:(?:fromhex|unhexlify)\s*\(\s*b?|pack\s*\(?\s*['"]H\*['"]\s*,\s*)['"]([0-9a-fA-F]{8,})['"]"""
    r"""|\[\s*['"]([0-9a-fA-F]{8,})['"]\s*\]\.pack\(\s*['"]H\*['"]"""
)
_READS = pattern(
    r"(?:open|readFileSync|File\.read|file_get_contents|read_text|Path|readFile|IO\.read)\s*\(\s*" + _STRING,
    re.DOTALL,
)
_PRINT_ONLY = pattern(
    r"\s*(print|console\.log|puts|echo|p|pp|say|printf|print_r|var_dump|print\s+STDERR"
    r"|sys\.stdout\.write|console\.error)\b[\s(]*" + _STRING + r"\s*\)?\s*;?\s*",
    re.DOTALL,
)

_CODE_OPTIONS = {
    "python": ("-c",),
    "pypy": ("-c",),
    "node": ("-e", "--eval", "-p", "--print", "-pe", "-ep"),
    "nodejs": ("-e", "--eval", "-p"),
    "deno": (),
    "bun": ("-e", "--eval"),
    "perl": (
        "-e",
        "-E",
        "-ne",
        "-pe",
        "-ane",
        "-le",
        "-we",
        "-nle",
        "-ple",
        "-lane",
        "-i",
        "-MIO",
        "-lne",
        "-Mre",
    ),
    "ruby": ("-e",),
    "php": ("-r", "--run", "-B", "-R"),
    "lua": ("-e",),
    "luajit": ("-e",),
    "Rscript": ("-e",),
    "R": ("-e",),
    "julia": ("-e", "-E"),
    "tclsh": (),
    "groovy": ("-e",),
    "scala": ("-e",),
    "elixir": ("-e", "--eval"),
    "erl": ("-eval",),
    "ghc": ("-e",),
    "pwsh": ("-c", "-Command", "-EncodedCommand"),
    "ipython": ("-c",),
    "sage": ("-c",),
    "swift": ("-e",),
    "jshell": (),
    "osascript": ("-e",),
    "guile": ("-c",),
    "racket": ("-e",),
    "sbcl": ("--eval",),
    "emacs": ("--eval",),
    "vim": ("-c", "--cmd"),
    "nvim": ("-c", "--cmd"),
    "vi": ("-c",),
    "ex": ("-c",),
    "gdb": ("-ex", "--ex", "--eval-command"),
    "irb": ("-e",),
    "expect": ("-c",),
}


@decider("code")
def code(call: Call) -> Stream | None:
    """An interpreter: text in an option, a file written on this line, or standard input."""
    texts = list(call.arguments.all_values(*_CODE_OPTIONS.get(call.name, ("-e", "-c"))))
    if call.name == "perl":
        texts += _perl_texts(call)
    if call.name == "gdb" and "--args" in call.argv:
        return call.run_argv(call.argv[call.argv.index(arg("--args")) + 1 :], "gdb")
    if call.name in ("vim", "vi", "nvim", "gvim", "ex"):
        # again by hand: in `-es` the s is the silent mode, no option with a value
        texts = [call.argv[at + 1] for at, word in enumerate(call.argv[:-1]) if word in ("-c", "--cmd")]
        texts += [arg(word[1:]) for word in call.argv[1:] if word.startswith("+") and len(word) > 1]
    if call.name in ("pwsh", "powershell"):
        at = next((i for i, w in enumerate(call.argv) if w.lower() in ("-c", "-command")), len(call.argv))
        texts = [arg(" ".join(call.argv[at + 1 :]))] if at + 1 < len(call.argv) else []
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
    if len(texts) == 1 and (match := _PRINT_ONLY.fullmatch(texts[0])):
        strings = [group for group in match.groups()[1:] if group is not None]
        return Stream((strings[0] if strings else "") + "\n", frozenset(), (), "printed text")
    if any(_SOCKET.search(text) or "http" in text for text in texts) and any(
        "print" in text or "puts" in text for text in texts
    ):
        return Stream(None, frozenset({"download"}), (), "fetched by code")
    multiplied = any(re.search(r"print.*(chr\(|decode|join|\[::-1\])", text, re.DOTALL) for text in texts)
    secret = any(_reads_secret(text) for text in texts) or bool(call.stdin.tags & {"secret"})
    tags = ({"decoded"} if multiplied else set()) | ({"secret"} if secret else set())
    return Stream(None, frozenset(tags), (), "printed by code")


def _reads_secret(text: str) -> bool:
    paths = [next((g for g in match.groups() if g is not None), "") for match in _READS.finditer(text)]
    return any(targets.holds_secret(path) for path in paths) or bool(
        re.search(r"expanduser\(\s*['\"](~/\.(ssh/id|aws/cred)[^'\"]*)", text)
    )


_CODE_POINT = pattern(r"\bchr\(\s*(\d{2,3})\s*\)")
_JOINED = pattern(r"""(['"])([^'"\\\n]*)\1\s*[+.]\s*(['"])([^'"\\\n]*)\3""")


def _joined(text: str) -> str:
    """String literals that are added up (`"sys"+"tem"`, `chr(114)+'m'`) as one literal."""
    if "chr(" in text:
        text = _CODE_POINT.sub(
            lambda match: repr(chr(int(match[1]))) if int(match[1]) > 31 else match[0], text
        )
    for _ in range(24):
        text, count = _JOINED.subn(lambda match: f"{match[1]}{match[2]}{match[4]}{match[1]}", text)
        if not count:
            break
    return text


def judge_code(call: Call, text: str) -> None:
    """Record what a piece of code does, as far as its calls can be read."""
    text = codetext.plainer(_joined(shown(text)))
    quoted = codetext.inside_strings(text) if call.name in _STRICT_QUOTES else []
    _decoded(call, text)
    if re.search(r"\*\s*10\s*\*\*\s*(9|1\d)\b|while\s+(True|1)\s*:.{0,40}\.append\(", text, re.DOTALL):
        call.effect("exhaust", "the memory", "", "fills_disk")
    if _BOMB.search(text):
        call.effect("exhaust", text[:60], "", "fork_bomb")
    if _SOCKET.search(text) and _SHELL_PLUG.search(text) and not _only_printed(text):
        call.effect("open_reverse_shell", text[:60])
        return
    if _REMOTE_RUN.search(text) or _FETCHED_THEN_RUN.search(text):
        call.effect("execute_remote_code", text[:80])
    elif _HIDDEN.search(text):
        call.effect("obscure", text[:60], "", "runs_decoded")
    for match in _SHELL_CALLS.finditer(text):
        if not _within(match, quoted):
            _shell_call(call, text[match.end() :])
    if "subprocess" in text:
        for match in re.finditer(r"\w\.(?:run|call|Popen|check_call|check_output|getoutput)\s*\(", text):
            if "subprocess." not in text[max(0, match.start() - 10) : match.end()]:
                _shell_call(call, text[match.end() :])
    for match in re.finditer(r"`([^`]+)`|%x[\(\[{]([^\)\]}]+)|qx\s*[\(\[{]([^\)\]}]+)|qx/([^/]+)/", text):
        if call.name in ("perl", "ruby", "php", "julia"):
            call.run_text(next(group for group in match.groups() if group), call.name)
    _editors_and_tcl(call, text)
    for match in _EXECUTES.finditer(text):
        report_sql(call, next((group for group in match.groups() if group is not None), ""))
    for match in _MODES.finditer(text):
        mode = (match["mode"] or match["first"]).replace("o", "").lstrip("0") or "0"
        call.run_argv([arg("chmod"), arg(mode), arg(match["path"] or match["second"])], call.name)
    _files(call, text, quoted)
    _listed(call, text)
    _network(call, text)


# where a quote always starts or ends a literal (perl's s/'/x/ and awk's regexes would mislead)
_STRICT_QUOTES = frozenset({"python", "pypy", "node", "bun", "deno", "nodejs"})


def _within(match: re.Match[str], spans: list[tuple[int, int]]) -> bool:
    """Whether the name of the call (the end of the match, without its bracket) only stands in a string."""
    at = match.start() + len(match[0].rstrip(" ([{\n\t")) - 1
    return any(start < at < end - 1 for start, end in spans)


_LISTS = pattern(
    r"(?:os\.(?:walk|listdir|scandir)|glob\.i?glob|(?<![\w.])i?glob|readdir(?:Sync)?|Dir\.(?:glob|each_child|children|entries)"
    r"|Dir\s*\[|Path)\s*\(?\s*(?:"
    r"'([^'\n]*)'|\"([^\"\n]*)\")"
)
_DELETES_EACH = pattern(
    r"(?:os\.(?:remove|unlink)|shutil\.rmtree|rmtree|unlink(?:Sync)?|rm(?:dir)?Sync|File\.(?:delete|unlink)|\.unlink"
    r"|FileUtils\.rm\w*)\s*[( ]\s*[^'\"\s]|&File\.method"
)


def _listed(call: Call, text: str) -> None:
    """What a listing of a folder or a pattern found, deleted one by one."""
    if not _DELETES_EACH.search(text):
        return
    for match in _LISTS.finditer(text):
        if match[0].startswith("Path") and not re.match(r"\)\.(?:r?glob|iterdir|walk)", text[match.end() :]):
            continue
        path = (match[1] or match[2] or "").replace("~", HOME, 1)
        whole = not re.search(r"glob|Dir\s*\[", match[0])
        call.emit(
            Effect("delete", call.name, facts=frozenset({"code", "recursive"})),
            [arg(path.rstrip("/") + "/*" if whole else path, glob=True)],
        )


_EXECUTES = pattern(r"\.(?:execute(?:script|_batch)?|exec|query|executescript)\s*\(\s*" + _STRING, re.DOTALL)
_MODES = pattern(
    r"""chmod(?:Sync)?\s*\(?\s*(?:['"](?P<path>[^'"]+)['"]\s*,\s*(?P<mode>0o?[0-7]{3,5})"""
    r"""|(?P<first>0o?[0-7]{3,5})\s*,\s*['"](?P<second>[^'"]+)['"])"""
)
_TCL_RUNS = pattern(r"(?:^|[;\n\[])\s*(?:spawn|exec|system)\s+((?:-\w+\s+)*[^;\n\]]+)")


def _editors_and_tcl(call: Call, text: str) -> None:
    """`:!cmd` and `:r !cmd` of vi; `spawn` and `exec` of Tcl, which take bare words."""
    if call.name in ("vim", "vi", "nvim", "ex", "gdb", "gvim"):
        text = re.sub(r"^\s*:?\s*(?:(?:sil(?:ent)?!?|noautocmd|keepalt|verbose)\s+)+", "", text)
        bang = re.match(r"\s*:?(?:%?!|r(?:ead)?\s*!|w\s+!|shell\s|call\s+system\(['\"]?)(.*)", text)
        if bang:
            call.run_text(bang[1].rstrip("'\")"), call.name)
    elif call.name in ("expect", "tclsh"):
        for match in _TCL_RUNS.finditer(text):
            call.run_text(re.sub(r"^(-\w+\s+)+", "", match[1]), call.name)
        for match in re.finditer(r"\bfile\s+delete\s+((?:-\w+\s+)*)([^;\n\]]+)", text):
            call.run_text("rm -r " + match[2], call.name)
    elif call.name in ("groovy", "scala"):
        for match in re.finditer(r"\"((?:[^\"\\\n]|\\.)*)\"\s*\.\s*(?:execute\(|!)", text):
            call.run_text(match[1], call.name)
    elif call.name == "julia":
        for match in re.finditer(r"(?<![\w.])rm\(\s*\"([^\"]*)\"([^)]*)", text):
            facts = {"code", "recursive"} if "recursive" in match[2] else {"code"}
            call.emit(Effect("delete", call.name, facts=frozenset(facts)), [arg(match[1], glob=True)])
    elif call.name == "ipython":
        for match in re.finditer(r"(?m)^\s*(?:!!?|%sx\s|%system\s)(.*)$", text):
            call.run_text(match[1], call.name)
    elif call.name in ("pwsh", "powershell"):
        _powershell(call, text)


_REMOVE_ITEM = pattern(
    r"(?:^|[;|{(&]\s*)\s*(?:Remove-Item|ri|rm|rmdir|del|rd|erase)\s+([^;|}\n]*)", re.IGNORECASE
)


def _powershell(call: Call, text: str) -> None:
    """Remove-Item and its aliases (about_Aliases): options by any prefix, in any order."""
    for match in _REMOVE_ITEM.finditer(text):
        words = match[1].split()
        tree = any(re.fullmatch(r"-r(e(c(u(r(s(e)?)?)?)?)?)?f?", word, re.IGNORECASE) for word in words)
        facts = frozenset({"recursive"} if tree else set())
        call.emit(
            Effect("delete", call.name, facts=facts),
            [arg(word.strip("'\""), glob=True) for word in words if not word.startswith("-")],
        )


def _only_printed(text: str) -> bool:
    return bool(_PRINT_ONLY.fullmatch(text))


def _decoded(call: Call, text: str) -> None:
    from caro.safety import decode

    runs = re.search(r"\b(exec|eval|system|popen|subprocess|Function|spawn)\b", text)
    if not runs:
        return
    for match in _ENCODED.finditer(text):
        plain = decode.base64_text(match[1])
        if plain:
            _hidden_text(call, plain)
    for match in _HEX.finditer(text):
        plain = decode.hex_text(match[1] or match[2])
        if plain:
            _hidden_text(call, plain)
    codes = re.search(r"(?:bytes|chr|map\(chr,)\s*\(?\[?((?:\s*\d{2,3}\s*,){2,}\s*\d{2,3})", text)
    if codes:
        _hidden_text(call, "".join(chr(int(code)) for code in codes[1].split(",") if int(code) < 256))


def _hidden_text(call: Call, plain: str) -> None:
    call.state.step("decode", plain[:160])
    state = call.state.inner("decoded text")
    state.obscured = (*state.obscured, "text that was encoded")
    call.interpreter.text(plain, state, EMPTY)
    if re.search(r"import |require\(|\(\s*['\"]", plain):
        judge_code(call, plain)


_PERL_QUOTES = pattern(
    r"(?:q|qq|qx|%q|%Q|%)(?:\((.*?)\)(?=[\s;,)]|$)|\{(.*?)\}|\[(.*?)\]|/(.*?)/|\|(.*?)\|)", re.DOTALL
)


def _as_quoted(match: re.Match[str]) -> str:
    if match.start():
        return match[0]
    return "'" + next(group for group in match.groups() if group is not None).replace("'", "\\'") + "'"


def _first_string(text: str) -> tuple[str, bool]:
    """(the string literal that `text` starts with, whether it is one)."""
    value, rest = _take_string(text)
    return value, rest is not None


def _take_string(text: str) -> tuple[str, str | None]:
    """(the string literal that `text` starts with, what follows it); None where it starts with none."""
    text = _PERL_QUOTES.sub(_as_quoted, text.lstrip(), count=1)
    match = _QUOTED.match(text)
    if not match:
        return "", None
    value = next((group for group in match.groups() if group is not None), "")
    if "\\" in value:
        value = value.encode("latin-1", "backslashreplace").decode("unicode_escape", "replace")
    return value, text[match.end() :]


def _shell_call(call: Call, rest: str) -> None:
    """The first argument of system(…): a string of shell text, or a list of words."""
    words: list[str] = []
    at = rest.lstrip("([{ \n")
    listed = re.match(r"qw\s*[(\[{]([^)\]}]*)", at)
    if listed:
        call.run_argv([arg(word) for word in listed[1].split()], call.name)
        return
    while len(words) < 12:
        value, following = _take_string(at)
        if following is None:
            break
        words.append(value)
        after = following.lstrip()
        if after.startswith((",", "=>")):
            at = after.lstrip(",=> ").lstrip("[ \n")
            continue
        if after.startswith(("+", ".", "%")):
            words[-1] += unknown("value") if words else ""
        break
    if not words:
        return
    if len(words) == 1 or " " in words[0].strip():
        call.run_text(shown(words[0]), call.name)
    else:
        call.run_argv([arg(word) for word in words], call.name)


_HOME_CALLS = pattern(
    r"os\.path\.expanduser\(\s*(['\"])~(.*?)\1\s*\)|(?:os\.environ\[['\"]HOME['\"]\]|process\.env\.HOME|ENV\[['\"]HOME['\"]\]"
    r"|os\.homedir\(\)|require\(['\"]os['\"]\)\.homedir\(\)|(?:pathlib\.)?Path\.home\(\)|Dir\.home|\$ENV\{HOME\}|(?:os\.)?getenv\(['\"]HOME['\"]\))"
)


def _files(call: Call, text: str, quoted: list[tuple[int, int]]) -> None:
    deletes = list(_DELETES.finditer(text))
    if quoted:  # what only stands in a string is blotted out, so that the places of the rest stay
        for match in deletes:
            if _within(match, quoted):
                text = text[: match.start()] + "." * len(match[0]) + text[match.end() :]
    text = _HOME_CALLS.sub(lambda match: f"'{HOME}{match[2] or ''}'", text)
    for match in _DELETES.finditer(text):
        value, is_string = _first_string(text[match.end() :].lstrip("(["))
        if not is_string:
            continue
        tree = re.search(
            r"rmtree|rm_rf|rm_r|remove_tree|rmSync|\brm\b|rimraf|remove|emptyDir|delete-directory",
            match[0][:40],
        )
        tree = tree or re.match(
            r"[^;]{0,80}recursive['\"]?\s*[:=]\s*true", text[match.end() :], re.IGNORECASE
        )
        facts = {"code"} | ({"recursive"} if tree else set())
        if value.startswith("~"):
            value = HOME + value[1:]
        call.emit(Effect("delete", call.name, facts=frozenset(facts)), [arg(value, glob=True)])
    for match in _PATH_DELETES.finditer(text):
        value = next((group for group in match.groups() if group is not None), "")
        if "unlink" in match[0] or "rm" in match[0]:
            call.emit(Effect("delete", call.name, facts=frozenset({"code"})), [arg(value)])
        else:
            call.write(arg(value), UNKNOWN_STREAM)
    for match in _WRITES.finditer(text):
        groups = match.groups()
        path = next((group for group in groups[:4] if group is not None), "")
        mode = next((group for group in groups[4:] if group is not None), "")
        named = re.match(r"(?:File\.write|writeFileSync|fs\.|file_put_contents|IO\.write|append)", match[0])
        if named or any(letter in mode for letter in "wax+"):
            if path.startswith("~"):
                path = HOME + path[1:]
            call.write(arg(path), Stream(mode) if named else UNKNOWN_STREAM, "a" in mode and not named)
    for match in _OPENS.finditer(text):
        path = match[1] or match[3] or ""
        call.write(arg(path.strip()), UNKNOWN_STREAM, (match[2] or match[0]).count(">") > 1)
    if re.search(r"os\.kill\(\s*-1|kill\s*\(?\s*['\"]?-?(?:9|KILL)['\"]?\s*,\s*-1\b", text):
        call.effect("exhaust", "every process", "", "kill_all")
    if re.search(r"\b(unlink|rmtree|os\.remove)\b.*\bglob\b|<\*>|glob\(\s*['\"]\*", text) and _DELETES.search(
        text
    ):
        call.emit(Effect("delete", call.name, facts=frozenset({"code"})), [arg("*", glob=True)])
    if re.search(r"os\.setuid\(0\)|setuid\s*\(?0|Process::Sys\.setuid|posix_setuid\(0\)", text) and re.search(
        r"system|exec|spawn", text
    ):
        call.effect("gain_privilege", "setuid(0)", "", "setuid")
    if OPEN in text:
        return


_TALKS = pattern(
    r"https?|socket|requests?\b|urlopen|fetch\s*\(|axios|\bpost\b|smtplib|Net::|LWP|sendall|ftplib|paramiko",
    re.IGNORECASE,
)
_SHOWS = pattern(r"\b(print|puts|console\.log|echo|p|pp|say|write|warn)\b|read\(\)")


def _network(call: Call, text: str) -> None:
    """Secrets named in the code: sent where it talks to the network, shown where it prints."""
    text = (
        _HOME_CALLS.sub(lambda match: f"'{HOME}{match[2] or ''}'", text)
        .replace(f"'{HOME}'+'", f"'{HOME}")
        .replace(f"'{HOME}'+\"", f'"{HOME}')
    )
    named = [next((g for g in match.groups() if g is not None), "") for match in _QUOTED.finditer(text)]
    secret = next(
        (path for path in named if len(path) < 200 and targets.holds_secret(path.replace("~", HOME))), ""
    )
    private = next((path for path in named if targets.is_private(path)), "")
    whole = re.search(
        r"(dict|str|json\.dumps|urlencode)\((dict\()?os\.environ|JSON\.stringify\(process\.env\)|ENV\.(to_h|inspect)|%ENV",
        text,
    )
    if _TALKS.search(text) and (secret or private or whole):
        call.effect("send_data", secret or private or "the environment", "", "secret")
    elif secret and (_SHOWS.search(text) or call.arguments.has("-p", "--print", "-ne", "-pe")):
        call.emit(Effect("read_credential", call.name, scope="home_part"), [arg(secret)])
    if re.search(r"169\.254\.169\.254|metadata\.google\.internal", text):
        call.emit(Effect("read_credential", call.name, scope="metadata"), [arg("169.254.169.254")])
