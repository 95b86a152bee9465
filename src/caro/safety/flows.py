"""What programs print, as far as it matters: who passes text on, who hides it, who brings it from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable

from caro.parse.pattern import pattern
from caro.safety import decode, targets
from caro.safety.call import Call
from caro.safety.effects import Effect
from caro.safety.found_paths import found_paths
from caro.safety.installers import is_known_installer
from caro.safety.state import State
from caro.safety.streams import EMPTY, SENDABLE, UNKNOWN_STREAM, Stream
from caro.safety.subscripts import judge_subscripts
from caro.safety.values import OPEN, UNKNOWN, Arg, arg, shown, unknown

Flow = Callable[[Call], Stream]
FLOWS: dict[str, Flow] = {}
SECRET_NAME = pattern(r"TOKEN|SECRET|PASSW|API_?KEY|CREDENTIAL|PRIVATE_KEY|ACCESS_KEY", re.IGNORECASE)

# They print (part of) what they read: a script stays a script, a secret a secret.
FILTERS = frozenset(
    "cat tee head tail sed awk gawk mawk grep egrep fgrep rg sort uniq cut tr gunzip zcat gzip bzip2"
    " bunzip2 xz xzcat unxz zstd"
    " zstdcat lz4 tar cpio strings iconv dos2unix fold fmt nl tac rev paste column jq yq pv buffer"
    " sponge ccat bat less more"
    " base64 base32 xxd od hexdump openssl gpg uuencode uudecode dd perl python ruby envsubst expand"
    " unexpand vipe zip 7z age"
    " basenc brotli lzma unlzma zless hd split mbuffer throttle ts stdbuf rage pigz pbzip2 lzip lzop compress".split()
)
_NAMES_OUT = frozenset({"find", "ls", "fd", "fdfind", "locate", "du", "git"})


def flow_of(*names: str) -> Callable[[Flow], Flow]:
    def register(function: Flow) -> Flow:
        for name in names:
            FLOWS[name] = function
        return function

    return register


_BUILD_STEPS = frozenset(
    {
        "configure",
        "gradlew",
        "mvnw",
        "autogen.sh",
        "buildconf",
        "config",
        "Configure",
        "bootstrap",
        "bootstrap.sh",
    }
)


_FORGES = pattern(
    r"(https://|ssh://git@|git@)(www\.)?(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|git\.sr\.ht|gitea\.com"
    r"|(downloads\.|prdownloads\.)?sourceforge\.net|launchpad\.net|gitee\.com|pagure\.io|savannah\.(non)?gnu\.org|repo\.or\.cz"
    r"|files\.pythonhosted\.org|(raw|objects)\.githubusercontent\.com|codeload\.github\.com|huggingface\.co|aur\.archlinux\.org|salsa\.debian\.org|git\.kernel\.org|gitlab\.(freedesktop|gnome)\.org|invent\.kde\.org)[:/]"
)
"""Places that keep repositories for everybody, reached in a way that proves who answers."""


def unpacked_tree(state: State, folder: str, source: str = "") -> None:
    """Notes that what lies below `folder` came from elsewhere on this line: a clone, an archive (from `source`)."""
    known = source if is_known_installer(source, state.knowledge) else ""
    tags = {"download", "forge"} if _FORGES.match(source) else {"download"}
    state.files["tree:" + targets.resolve(folder, state.cwd)] = Stream(
        None, frozenset(tags), (), known or shown(folder)
    )


def from_tree(path: Arg | str, state: State) -> Stream | None:
    """What stands for a script that a clone or an archive of this line brought; steps of a build don't count."""
    full = targets.resolve(path, state.cwd)
    if OPEN in full or full.rsplit("/", 1)[-1] in _BUILD_STEPS:
        return None
    folder = full
    while "/" in folder.strip("/"):
        folder = folder.rpartition("/")[0]
        if found := state.files.get("tree:" + folder):
            return Stream(None, found.tags, (), _known_or(path, found, state))
    found = state.files.get("tree:.") if not full.startswith("/") and "/" in full else None
    return Stream(None, found.tags, (), _known_or(path, found, state)) if found else None


def _known_or(path: Arg | str, tree: Stream, state: State) -> str:
    """Return where a tree came from if that is a well-known installer's address, else the file in it."""
    return tree.source if is_known_installer(tree.source, state.knowledge) else shown(path)


def is_foreign(stream: Stream) -> bool:
    return "download" in stream.tags


def run_stream(
    call: Call, stream: Stream, wrapper: str, keep: bool = False, facts: frozenset[str] = frozenset()
) -> Stream:
    """A stream is run as shell code."""
    if "socket" in stream.tags:
        call.effect("open_reverse_shell", stream.source)
        return UNKNOWN_STREAM
    if is_foreign(stream) or "private" in stream.tags:
        call.effect(
            "execute_remote_code", stream.source, "", *(["from_forge"] if "forge" in stream.tags else [])
        )
        return UNKNOWN_STREAM
    if stream.text is not None and OPEN not in stream.text.strip(OPEN)[:0]:
        state = call.state.inner(wrapper, facts, keep)
        if "decoded" in stream.tags:
            state.obscured = (*state.obscured, "text that was encoded")
            state.step("decode", stream.text.strip()[:200])
        text = shown(stream.text)
        if text.startswith("#!"):
            text = text.split("\n", 1)[1] if "\n" in text else ""
        return call.interpreter.text(text, state, EMPTY)
    if "decoded" in stream.tags:
        call.effect("obscure", stream.source or "decoded text", "", "runs_decoded")
    return UNKNOWN_STREAM


def flow(call: Call) -> Stream:
    function = FLOWS.get(call.name)
    if function is not None:
        return function(call)
    if call.name in FILTERS:
        return filtered(call)
    if call.stdin.tags & SENDABLE:
        return Stream(None, call.stdin.tags & SENDABLE, (), call.stdin.source)
    secret = _argument_stream(call)
    return secret or UNKNOWN_STREAM


def prints_setup(call: Call) -> bool:
    """True if a tool is asked for what belongs into a shell's start file (`starship init bash`)."""
    return any(word in _PRINTS_SETUP for word in call.argv[1:3])


_PRINTS_SETUP = frozenset(
    {"completion", "completions", "init", "hook", "shellenv", "activate", "--completion"}
)
"""Sub-commands under which tools print what belongs into a shell's start file."""


def _argument_stream(call: Call) -> Stream | None:
    for word in call.argv[1:]:
        if word.stream is not None and word.stream.tags:
            return Stream(None, word.stream.tags, (), word.stream.source)
    return None


_LITERAL = pattern(r'\s*"((?:[^"\\]|\\.)*)"\s*')
"""A jq program that is a string alone; with `-n` it is all that jq prints (jq(1))."""
_NULL_INPUT = pattern(r"(?:^|\s)(?:-[a-zA-Z]*n|--null-input)")


def _inputs(call: Call, operands: list[Arg]) -> Stream:
    """What a filter reads: its file operands, else its standard input."""
    # `head -c 60`, `fold -w 80`: a number is an option's value
    files = [word for word in operands if word != "-" and not word.isdigit()]
    if not files:
        return call.stdin
    streams = [call.reads(word) for word in files]
    tags = frozenset().union(*(stream.tags for stream in streams))
    if len(streams) == 1 and "-" not in operands:
        return streams[0]
    return Stream(None, tags, (), streams[0].source)


def filtered(call: Call) -> Stream:
    operands = call.arguments.positional
    literal = _LITERAL.fullmatch(operands[0]) if call.name in ("jq", "gojq", "jaq") and operands else None
    if literal is not None and _NULL_INPUT.search(" ".join(call.argv[1:4])):
        return Stream(literal[1].replace('\\"', '"') + "\n", call.stdin.tags, (), call.name)
    if call.name in (
        "grep",
        "egrep",
        "fgrep",
        "rg",
        "sed",
        "awk",
        "gawk",
        "mawk",
        "jq",
        "yq",
        "perl",
        "python",
        "ruby",
        "tr",
    ):
        operands = operands[1:] if not call.arguments.has("-e", "-f") else operands
    source = _inputs(call, operands) if operands else call.stdin
    if call.name in ("grep", "egrep", "rg") and SECRET_NAME.search(" ".join(call.argv[1:3])):
        source = source.tagged("token")
    if call.name in ("grep", "egrep", "rg", "head", "tail") or (
        call.name == "awk" and "/" in "".join(call.argv[1:2])
    ):
        # a part of all processes, or of an endless stream, is neither
        source = Stream(source.text, source.tags - {"every_process", "noise"}, source.paths, source.source)
    if source.text and OPEN not in source.text and call.name in _CUTS_OUT:
        # what is cut out of text that the line itself spells was hidden in it
        return Stream(None, source.tags | {"decoded"}, source.paths, source.source)
    keeps_text = call.name in (
        "sort",
        "uniq",
        "head",
        "tail",
        "pv",
        "less",
        "more",
        "bat",
        "tac",
        "strings",
        "nl",
        "sponge",
        "grep",
        "egrep",
        "iconv",
        "dos2unix",
        "fold",
        "fmt",
        "buffer",
        "mbuffer",
    )
    if call.name == "sed" and source.text is not None:
        return Stream(_sed(call, source.text), source.tags, source.paths, source.source)
    return Stream(source.text if keeps_text else None, source.tags, source.paths, source.source)


_CUTS_OUT = frozenset({"cut", "jq", "yq", "paste", "column"})
_SUBSTITUTE = pattern(r"s(.)(.*?)\1(.*?)\1([gIi]*)", re.DOTALL)


def _sed(call: Call, text: str) -> str | None:
    script = call.arguments.value("-e") or (call.arguments.positional[0] if call.arguments.positional else "")
    for command in script.split(";"):
        match = _SUBSTITUTE.fullmatch(command.strip())
        if not match:
            return None if command.strip() else text
        old, new, flags = match[2], match[3], match[4]
        if re.search(r"[\\.\[*^$+?(]", old):
            return None
        text = (
            text.replace(old, new)
            if "g" in flags
            else "\n".join(line.replace(old, new, 1) for line in text.split("\n"))
        )
    return text


@flow_of("echo")
def echo(call: Call) -> Stream:
    words = call.argv[1:]
    escapes = False
    newline = "\n"
    while words and words[0] in ("-e", "-n", "-E", "-ne", "-en", "-nE", "-En"):
        escapes = escapes or "e" in words[0]
        newline = "" if "n" in words[0] else newline
        words = words[1:]
    text = " ".join(words)
    if escapes:
        from caro.parse.words import ansi_c

        hidden = "\\x" in text or "\\0" in text
        text = ansi_c(re.sub(r"\\0([0-7]{1,3})", r"\\\1", text))
        if hidden:
            return _said(call, text + newline, "decoded")
    return _said(call, text + newline)


def _said(call: Call, text: str, *tags: str) -> Stream:
    inherited = (
        frozenset().union(*(w.stream.tags for w in call.argv[1:] if w.stream))
        if call.argv[1:]
        else frozenset()
    )
    paths = tuple(word for word in call.argv[1:] if not word.startswith("-"))
    if any(SECRET_NAME.search(name) for name in UNKNOWN.findall(text)):
        inherited |= {"token"}
    source = next((w.stream.source for w in call.argv[1:] if w.stream), "")
    return Stream(text, inherited | set(tags), paths if paths else (), source or shown(text.strip())[:80])


@flow_of("printf", "print")
def printf(call: Call) -> Stream:
    words = call.argv[1:]
    if call.name == "print":
        return _said(call, " ".join(word for word in words if not word.startswith("-")) + "\n")
    target = None
    if words[:1] == ["-v"] and len(words) > 2:
        target, words = words[1], words[2:]
        judge_subscripts(call, [target])
    if words[:1] == ["--"]:
        words = words[1:]
    if not words:
        return EMPTY
    if words == [unknown("(")] and not target:
        # The format is what another command prints: it may hold escapes that nobody has read.
        return Stream(None, frozenset({"decoded"}), (), "a format that a command prints")
    text = decode.printf(words[0], list(words[1:]))
    if target:
        call.state.variables[target] = text
        return EMPTY
    hidden = re.search(r"\\x|\\[0-7]{2}", words[0]) or any(
        re.search(r"\\x|\\0[0-7]{2}", word) for word in words[1:]
    )
    return _said(call, text, "decoded") if hidden else _said(call, text)


@flow_of("zcat", "gunzip", "gzip", "bzcat", "bunzip2", "xzcat", "unxz", "zstdcat", "unzstd", "lz4cat")
def unpacked(call: Call) -> Stream:
    """What comes out of a compressed file; nobody sees it before a shell runs it."""
    source = _inputs(call, call.arguments.positional)
    unpacks = call.name != "gzip" or call.arguments.has("-d", "--decompress", "-dc", "-cd")
    return Stream(None, source.tags | ({"decoded"} if unpacks else set()), (), source.source)


@flow_of("cat", "tee", "bat")
def cat(call: Call) -> Stream:
    if call.name == "tee":
        for path in call.arguments.positional:
            if call.interpreter.sink(path, call.state, call.stdin):
                continue
            call.write(path, call.stdin, call.arguments.has("-a", "--append"))
        return call.stdin
    return _inputs(call, call.arguments.positional)


@flow_of("base64", "gbase64", "base32", "basenc", "uudecode")
def base64(call: Call) -> Stream:
    source = _inputs(call, call.arguments.positional)
    if not call.arguments.has("-d", "--decode", "-D", "-di", "-id") and call.name != "uudecode":
        return Stream(None, source.tags | {"encoded"}, (), source.source)
    text = None
    if source.text is not None:
        text = decode.base32_text(source.text) if call.name == "base32" else decode.base64_text(source.text)
    return Stream(text, source.tags | {"decoded"}, (), source.source)


def _shows_key(call: Call) -> bool:
    """openssl rsa, pkey, ec, pkcs12: without -out or -pubout the private key goes to the screen."""
    quiet = call.arguments.has("-noout") and not call.arguments.has("-text")
    source = call.arguments.value("-in") or ""
    return (
        call.arguments.positional[0] in ("rsa", "pkey", "ec", "dsa", "pkcs12")
        and not quiet
        and not call.arguments.has("-out", "-pubout", "-check", "-modulus", "-nokeys")
        and "secret" in call.reads(arg(source)).tags
    )


@flow_of("openssl")
def openssl(call: Call) -> Stream:
    if call.arguments.positional[:1] in (["base64"], ["enc"]) and call.arguments.has("-d"):
        text = decode.base64_text(call.stdin.text) if call.stdin.text is not None else None
        return Stream(text, call.stdin.tags | {"decoded"}, (), call.stdin.source)
    source = call.arguments.value("-in")
    if source is not None and call.arguments.positional[:1] and _shows_key(call):
        call.emit(Effect("read_credential", call.name), [source])
    if source is not None:
        return Stream(None, call.reads(source).tags | {"encoded"}, (), shown(source))
    if call.arguments.positional[:1] == ["s_client"] and "shell_output" in call.stdin.tags:
        call.effect("open_reverse_shell", shown(call.arguments.value("-connect") or "openssl s_client"))
    if call.arguments.positional[:1] == ["s_client"] and call.stdin.tags & SENDABLE:
        call.effect("send_data", call.stdin.source, "", "secret")
    if call.arguments.positional[:1] == ["s_client"]:
        return Stream(None, frozenset({"socket", "download"}), (), "openssl s_client")
    return Stream(None, call.stdin.tags, (), call.stdin.source)


@flow_of("sha256sum", "sha512sum", "sha384sum", "sha1sum", "shasum", "b2sum")
def checksum(call: Call) -> Stream:
    """A file whose checksum is compared with one that is written down is no longer just anybody's."""
    if call.arguments.has("-c", "--check", "-sc", "-cs"):
        lists = [call.stdin, *(call.reads(word) for word in call.arguments.positional if word != "-")]
        for words in (line.split() for stream in lists for line in (stream.text or "").splitlines()):
            if len(words) == 2 and not any(is_foreign(stream) for stream in lists):
                _vouch_for(call, words[1].removeprefix("*"))
    return Stream(None, call.stdin.tags, (), call.stdin.source)


def _vouch_for(call: Call, path: str) -> None:
    full = targets.resolve(path, call.state.cwd)
    known = call.state.files.get(full)
    if known is not None:
        call.state.files[full] = Stream(known.text, known.tags - {"download"}, known.paths, known.source)


@flow_of("gpg", "gpg2", "age")
def decrypt(call: Call) -> Stream:
    if call.arguments.has("--verify") and len(call.arguments.positional) == 2:
        _vouch_for(call, str(call.arguments.positional[1]))
    decoded = frozenset({"decoded"}) if call.arguments.has("-d", "--decrypt") else frozenset()
    return Stream(None, call.stdin.tags | decoded, (), call.stdin.source or call.name)


@flow_of("mysqldump", "pg_dump", "pg_dumpall", "mongodump", "mariadb-dump")
def dump(call: Call) -> Stream:
    return Stream(None, frozenset({"dump"}), (), f"the data that {call.name} reads")


@flow_of("cpio")
def cpio(call: Call) -> Stream:
    """cpio(1) -o: the archive holds the files whose names come in."""
    secret = next((path for path in call.stdin.paths if targets.holds_secret(path)), None)
    if secret is not None and call.arguments.has("-o", "--create"):
        return Stream(None, frozenset({"secret"}), (), shown(secret))
    return Stream(None, call.stdin.tags, (), call.stdin.source)


@flow_of("xxd")
def xxd(call: Call) -> Stream:
    source = _inputs(call, call.arguments.positional)
    if not call.arguments.has("-r"):
        return Stream(None, source.tags | {"encoded"}, (), source.source)
    text = decode.hex_text(source.text) if source.text is not None else None
    return Stream(text, source.tags | {"decoded"}, (), source.source)


@flow_of("rev")
def rev(call: Call) -> Stream:
    text = decode.reverse_lines(call.stdin.text) if call.stdin.text is not None else None
    return Stream(text, call.stdin.tags | {"decoded"}, (), call.stdin.source)


@flow_of("tr")
def tr(call: Call) -> Stream:
    sets = [str(word) for word in call.arguments.positional]
    text = call.stdin.text
    if text is not None and sets:
        text = decode.translate(text, sets[0], sets[1] if len(sets) > 1 else "", call.arguments.has("-d"))
    shuffles = len(sets) > 1 and len(sets[0]) > 3 and sets[0] not in ("A-Z", "a-z", "[:upper:]", "[:lower:]")
    return Stream(text, call.stdin.tags | ({"decoded"} if shuffles else set()), (), call.stdin.source)


@flow_of("env", "printenv", "set", "export", "declare")
def environment(call: Call) -> Stream:
    if call.arguments.positional:
        name = call.arguments.positional[0].upper()
        secret = any(
            word in name
            for word in ("TOKEN", "SECRET", "PASSW", "API_KEY", "APIKEY", "CREDENTIAL", "PRIVATE")
        )
        return Stream(None, frozenset({"secret"}) if secret else frozenset(), (), name)
    return Stream(None, frozenset({"environment"}), (), "the environment")


@flow_of("ls", "find", "fd", "fdfind", "locate", "du")
def names(call: Call) -> Stream:
    operands = [word for word in call.arguments.positional if not word.startswith(("-", "(", "!"))]
    if call.name == "find":
        return Stream(
            None, frozenset({"paths", "exact"}), found_paths(call.argv[1:]), "files that find names"
        )
    if call.name == "locate":
        return Stream(None, frozenset(), (), "files that locate names")
    return Stream(None, frozenset({"paths"}), tuple(map(str, operands)) or (".",), "file names")


@flow_of("pwd")
def pwd(call: Call) -> Stream:
    return Stream((call.state.cwd or ".") + "\n")


@flow_of("whoami", "hostname", "id", "uname")
def identity(call: Call) -> Stream:
    named = frozenset({"identity"}) if call.name in ("whoami", "id") else frozenset()
    return Stream({"whoami": "me\n"}.get(call.name), named, (), call.name)


@flow_of("mktemp")
def mktemp(call: Call) -> Stream:
    return Stream("/tmp/tmp.XXXXXXXXXX\n")


@flow_of("dirname", "realpath", "readlink", "basename")
def path_parts(call: Call) -> Stream:
    operands = call.arguments.positional
    if len(operands) != 1 or OPEN in operands[0]:
        return UNKNOWN_STREAM
    path = str(operands[0])
    if call.name == "dirname":
        head, _, _ = path.rpartition("/")
        return Stream((head or ("/" if path.startswith("/") else ".")) + "\n")
    if call.name == "basename":
        return Stream(path.rstrip("/").rsplit("/", 1)[-1] + "\n")
    return Stream(path + "\n")


@flow_of("ps", "pgrep")
def processes(call: Call) -> Stream:
    words = call.arguments.positional
    if call.name == "pgrep" and call.arguments.has("-v", "--inverse"):
        return Stream(None, frozenset({"every_process"}), (), call.name)
    every = (call.name == "ps" and not call.arguments.has("-C", "-p", "-u", "-U", "--pid")) or words[:1] in (
        [arg(".")],
        [arg("")],
    )
    return Stream(None, frozenset({"every_process"}), (), call.name) if every else named_processes(call)


@flow_of("yes")
def yes(call: Call) -> Stream:
    return Stream((" ".join(call.argv[1:]) or "y") + "\n", frozenset({"noise"}))


@flow_of("seq")
def seq(call: Call) -> Stream:
    return UNKNOWN_STREAM


_FETCHES = {
    "gh": (("api",), ("gist", "view"), ("release", "download")),
    "glab": (("api",), ("snippet", "view")),
}


@flow_of("psql", "mysql", "mariadb", "sqlite3", "redis-cli", "mongosh", "gh", "glab")
def answers(call: Call) -> Stream:
    """What a database or a forge answers was written elsewhere: as code it is nobody's that runs it here."""
    leads = _FETCHES.get(call.name)
    words = tuple(map(str, call.arguments.positional[:2]))
    if leads is not None and not any(words[: len(lead)] == lead for lead in leads):
        return UNKNOWN_STREAM
    return Stream(
        None, frozenset({"download"}) | (call.stdin.tags & SENDABLE), (), f"what {call.name} answers"
    )


@flow_of("unzip", "bsdtar", "unrar")
def unzip(call: Call) -> Stream:
    """unzip(1): what an archive from elsewhere holds is from elsewhere; -o replaces without a question."""
    if call.name == "unzip" and "-d" in call.argv[1:-1] and call.arguments.has("-o"):
        folder = call.argv[call.argv.index(arg("-d")) + 1]
        if call.scope(folder) in ("root", "system") and folder.rstrip("/").count("/") < 2:
            call.emit(Effect("overwrite", call.name), [folder])
    for path in call.arguments.positional[:1]:
        if is_foreign(archive := call.reads(path)):
            unpacked_tree(call.state, call.arguments.value("-d") or ".", archive.source)
    return UNKNOWN_STREAM


@flow_of("mkdir")
def mkdir(call: Call) -> Stream:
    """mkdir(1): a folder that the line asks for, made now or there already, is the line's to fill."""
    for path in call.arguments.positional:
        if OPEN not in path:
            call.state.files["mkdir:" + targets.resolve(path, call.state.cwd)] = EMPTY
    return EMPTY


@flow_of("crontab")
def crontab(call: Call) -> Stream:
    return UNKNOWN_STREAM


_KEEPS_DATA = pattern(
    r"^-?f?(postgres|postmaster|mysqld?|mariadbd?|mongod|redis-server|etcd|influxd|clickhouse\S*|elasticsearch|cassandra)$"
    r"|^-?i?(tcp|TCP)?:(5432|3306|27017|6379|9200|2379|9042|1433|1521|8086|5984)$|^(5432|3306|27017|6379|9200|2379|1433|1521)/tcp$"
)
"""Names and usual ports of programs that lose or damage data where they are killed."""


_RUNS_MACHINE = pattern(
    r"^-?(init|systemd(-\w+)?|sshd|launchd|WindowServer|dbus-daemon|NetworkManager|Xorg|dockerd|containerd|kubelet|auditd)$"
)
"""Processes that a machine, or the way into it, lives from."""


@flow_of("pidof", "lsof")
def named_processes(call: Call) -> Stream:
    """pgrep(1), pidof(8), lsof(8): the numbers of processes; those of databases are told apart."""
    if any(map(_RUNS_MACHINE.match, call.argv[1:])):
        return Stream(None, frozenset({"vital_process"}), (), " ".join(map(shown, call.argv[:4])))
    keeps = any(map(_KEEPS_DATA.match, call.argv[1:]))
    return Stream(None, frozenset({"data_process"} if keeps else ()), (), " ".join(map(shown, call.argv[:4])))
