"""The network: what is fetched, what is sent, and who is let in."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.call import Call, decider, file_stream
from caro.safety.effects import Effect
from caro.safety.streams import EMPTY, SENDABLE, Stream
from caro.safety.values import HOME, OPEN, Arg, arg, shown

_METADATA = pattern(
    r"169\.254\.169\.254|//(0x0*a9fea9fe|2852039166|0251\.0376\.0251\.0376|0xa9\.0xfe\.0xa9\.0xfe"
    r"|\[::ffff:(a9fe:a9fe|169\.254\.169\.254)\])([:/]|$)|metadata\.google\.internal|//metadata/computeMetadata/|100\.100\.100\.200|169\.254\.170\.2|\[?fd00:ec2::254",
    re.IGNORECASE,
)
_LOCAL = pattern(
    r"^(https?://)?(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal)([:/]|$)"
)
_SECRET_NAME = pattern(r"TOKEN|SECRET|PASSW|API_?KEY|CREDENTIAL|PRIVATE_KEY|ACCESS_KEY", re.IGNORECASE)
_CYRILLIC_OR_GREEK = pattern(
    r"[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u1d00-\u1d7f\u2100-\u214f\uff21-\uff5a]"
)
_INVISIBLE = pattern(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad]")


def host_is_disguised(url: str) -> bool:
    """A host that mixes look-alike letters of other scripts into Latin ones, or holds invisible ones."""
    match = re.match(r"(?:\w+://)?([^/?#\s]+)", url)
    host = match[1] if match else url
    mixed = bool(_CYRILLIC_OR_GREEK.search(host)) and bool(re.search(r"[a-zA-Z]", host))
    return mixed or bool(_INVISIBLE.search(url))


def _is_secret_file(call: Call, path: str) -> bool:
    return bool(file_stream(path, call.state).tags & SENDABLE)


@decider("fetch")
def fetch(call: Call) -> Stream | None:
    """Judge curl(1), wget(1) and their kind: where the text comes from, what is sent, where it is written."""
    if call.name == "ftp":
        _puts(call)
    urls = [word for word in call.arguments.positional if not word.startswith("-")]
    urls += call.arguments.all_values("--url")
    for url in urls:
        if host_is_disguised(url):
            call.effect("obscure", url, "", "disguised_host")
        if _METADATA.search(url):
            call.emit(Effect("read_credential", call.name, scope="metadata"), [url])
            return Stream(None, frozenset({"secret"}), (), shown(url))
    _sends(call, urls)
    if call.arguments.value("-K", "--config") == "-":
        _config_of_stdin(call)
    _deletes(call, urls)
    if call.arguments.has("-k", "--insecure", "--no-check-certificate") and not call.arguments.has(
        "-I", "--head"
    ):
        call.effect("lower_defence", urls[0] if urls else "", "", "moderate")
    local = bool(urls) and all(url.startswith("file://") for url in urls)
    source = shown(urls[0]) if urls else "the network"
    stream = Stream(None, frozenset() if local else frozenset({"download"}), (), source)
    return _saved(call, urls, stream)


# Where a DELETE takes data away even on this very machine: the HTTP interfaces of data stores (Elasticsearch,
# CouchDB, Qdrant, ClickHouse, ArangoDB, Meilisearch, Typesense, Solr, InfluxDB), queues, gateways and registries.
_DATA_STORE = pattern(
    r":(9200|9243|5984|6333|8123|8529|7700|8108|8983|8086|15672|8500|8200|4646|2379)\b"
    r"|/_all\b|/_snapshot/|/_data_stream/|/connectors/|/subjects/"
    r"|:8001/(services|routes|consumers|upstreams|plugins|certificates)\b"
)
# Calls that delete whatever their method is.
_DELETING_CALL = pattern(r"_delete_by_query|/admin/tsdb/delete_series|[?&]q=drop(\s|%20|\+)", re.IGNORECASE)
_DELETING_BODY = pattern(
    r"<delete>\s*<query>|\"delete\"\s*:\s*\{\s*\"query\"|(^|[=\s])q=drop\s+(database|measurement|series)"
    r"|^\s*(drop|truncate)\s+(table|database)\b",
    re.IGNORECASE,
)


def _deletes(call: Call, urls: list[Arg]) -> None:
    """An HTTP DELETE, or a query that deletes, at a data store or somebody's service."""
    method = (call.arguments.value("-X", "--request", "--method") or "").upper()
    words = [str(word) for word in call.arguments.positional[:3]]
    shortened = any(option.startswith("--req") for option in call.arguments.options) and "DELETE" in words
    by_word = call.name in ("http", "https", "xh", "xhs", "httpie") and "DELETE" in map(str.upper, words[:2])
    overridden = any(map(_OVERRIDES.search, call.arguments.all_values("-H", "--header")))
    deletes = method == "DELETE" or shortened or by_word or overridden
    body = any(_DELETING_BODY.search(value) for value in call.arguments.all_values(*_BODIES))
    for url in urls:
        store = _DATA_STORE.search(url)
        if _DELETING_CALL.search(url) or (store and (deletes or body or _asks_to_delete(call, url, method))):
            call.effect("destroy_data", url, "", "everything")
        elif not _LOCAL.match(url) and (deletes or _asks_to_delete(call, url, method)):
            call.effect("destroy_resource", url, "", "api", base=52)


_OVERRIDES = pattern(r"(?i)^X-HTTP-Method(-Override)?\s*:\s*DELETE")
_DELETING_WORDS = r"(delete|destroy|purge|wipe|drop|truncate|terminate|erase|reset|nuke|remove)"
_DELETING_PATH = pattern(
    rf"(?i)^[^?#]*/[\w:.-]*?(?<![a-z]){_DELETING_WORDS}([_-]?(all|everything|many|bulk|cache|data|database|now|forever))?/?([?#]|$)"
    rf"|[?&](action|op|operation|method|cmd|command|_method)={_DELETING_WORDS}\b"
)
"""`…/projects/1/delete`, `…/bulk_delete`, `…?action=delete`: services whose calls are verbs."""
_DELETING_FIELD = pattern(
    rf"(?i)(^|[&\s{{,])[\"']?(action|op|operation|method|cmd|command|_method)[\"']?\s*[=:]\s*[\"']?{_DELETING_WORDS}\b"
)
_STATE_BODY = pattern(
    r"(?i)<delete>|\"delete\"\s*:\s*\{\s*\"query\"|destructive_requires_name[\"']?\s*:\s*[\"']?false"
    r"|[\"'](type|status|state|action)[\"']\s*:\s*[\"'](deleted|rebuild|destroy(ed)?|terminated?|power_off|archived)[\"']"
)
"""Bodies that say what goes: Solr's update handler, settings of Elasticsearch, states and actions of clouds."""
_MUTATION = pattern(
    r"(?s)\bmutation\b[^{]*\{\s*(?:\w+\s*:\s*)?(\w*?(?:(?<![a-z])(?:delete|destroy|remove|purge|wipe|terminate|drop)[A-Z_]?\w*|"
    r"(?:Delete|Destroy|Remove|Purge|Wipe|Terminate|Drop)\w*))\s*[({]"
)
"""GraphQL: the field that a mutation asks for, `deleteProject`, `volumeDelete`."""


def deletes_by_mutation(text: str) -> bool:
    """True if a GraphQL document asks for a mutation that deletes (GraphQL specification, "Operations")."""
    return "mutation" in text and bool(_MUTATION.search(text.replace("\\n", " ")))


def _asks_to_delete(call: Call, url: Arg, method: str) -> bool:
    """A POST to a call that deletes by its name, its fields, or the mutation in its body."""
    bodies = [
        str(value)
        for value in call.arguments.all_values(*_BODIES, "-F", "--form", "--data-ascii", "--body-data")
    ]
    if call.name in ("http", "https", "xh", "httpie"):
        bodies += [word.partition("=")[2] for word in call.arguments.positional if "=" in word]
    if call.stdin.text is not None and any(body in ("@-", "@/dev/stdin") for body in bodies):
        bodies.append(call.stdin.text)
    if any(map(deletes_by_mutation, bodies)):
        return True
    posts = method in ("POST", "PUT", "PATCH") or (bool(bodies) and method == "")
    posts = posts or (call.name in ("http", "https", "xh") and "POST" in call.arguments.positional[:2])
    deletes = any(_DELETING_FIELD.search(body) or _STATE_BODY.search(body) for body in bodies)
    return posts and (deletes or bool(_DELETING_PATH.search(url)))


_BODIES = ("-d", "--data", "--data-binary", "--data-raw", "--data-urlencode", "--json", "--post-data")


def _saved(call: Call, urls: list[Arg], stream: Stream) -> Stream:
    """Where the answer goes: to standard output, or into a file that may be run later on this line."""
    arguments = call.arguments
    if call.name in ("wget", "aria2c", "axel"):
        target = arguments.value("-O", "--output-document", "-o" if call.name != "wget" else "-O")
        if target == "-" or (target is None and arguments.options.get("-O") == "-"):
            return stream
        folder = arguments.value("-P", "--directory-prefix", "-d" if call.name == "aria2c" else "-P")
        for path in (
            [target]
            if target
            else [arg((folder.rstrip("/") + "/" if folder else "") + _last(url)) for url in urls]
        ):
            call.write(path, stream)
        return EMPTY
    target = arguments.value("-o", "--output")
    if target and target != "-":
        call.write(target, stream)
        return EMPTY
    if arguments.has("-O", "--remote-name", "-OJ", "--remote-name-all"):
        for url in urls:
            call.write(arg(_last(url)), stream)
        return EMPTY
    if arguments.has("-I", "--head"):
        return EMPTY
    if call.name in ("http", "https", "xh") and arguments.has("--download", "-d"):
        return EMPTY
    return stream


def _last(url: str) -> str:
    return re.split(r"[?#]", url)[0].rstrip("/").rsplit("/", 1)[-1] or "index.html"


_UPLOADS = (
    "-d",
    "--data",
    "--data-binary",
    "--data-raw",
    "--data-urlencode",
    "--data-ascii",
    "-F",
    "--form",
    "-T",
    "--upload-file",
    "--post-file",
    "--post-data",
    "--body-file",
    "--body-data",
    "--json",
    "-H",
    "--header",
    "-u",
    "--user",
    "-b",
    "--cookie",
)


def _sends(call: Call, urls: list[Arg]) -> None:
    local = bool(urls) and all(_LOCAL.match(url) for url in urls)
    for value in call.arguments.all_values(*_UPLOADS):
        header = value in call.arguments.all_values("-H", "--header", "-u", "--user", "-b", "--cookie")
        path = re.search(r"(?:^|=|;)[@<](.+)$", value)
        if value in call.arguments.all_values("--data-urlencode"):
            path = re.match(r"[\w.-]*@(.+)$", value)  # NAME@FILE (curl(1))
        name = path[1].split(";")[0] if path else str(value)
        if value in call.arguments.all_values("-T", "--upload-file", "--post-file", "--body-file"):
            path = path or re.match(".*", value)
        tags = value.stream.tags if value.stream is not None else frozenset()
        if tags & SENDABLE and (not header or "encoded" in tags) and value.stream is not None:
            call.effect("send_data", value.stream.source, "", "secret", *(["local"] if local else []))
        elif path and name in ("-", "/dev/stdin", "."):
            _sends_stdin(call, local)
        elif path and _is_secret_file(call, name):
            call.effect("send_data", name, "", "secret", *(["local"] if local else []))
    for url in urls:
        if url.stream is not None and url.stream.tags & SENDABLE:
            call.effect("send_data", url.stream.source, "", "secret")
        elif (
            "\ue001" in url
            and any(_SECRET_NAME.search(name) for name in re.findall(f"{OPEN}(\\w+)", url))
            and not local
        ):
            call.effect("send_data", url, "", "token_in_url")
    if call.name == "ftp" and call.arguments.has("-u"):  # BSD ftp(1): -u URL FILE …
        for word in call.arguments.positional:
            if _is_secret_file(call, word):
                call.effect("send_data", word, "", "secret", *(["local"] if local else []))
    if call.name in ("http", "https", "xh"):
        if call.stdin.tags & SENDABLE:
            _sends_stdin(call, local)
        for word in call.arguments.positional:
            field = re.search(r"(?:=@|:=@|@|=<)(.+)$", word)
            if field and _is_secret_file(call, field[1]):
                call.effect("send_data", field[1], "", "secret", *(["local"] if local else []))
    if call.arguments.all_values("-d", "--data-raw", "--data") and not local:
        for value in call.arguments.all_values("-d", "--data-raw", "--data"):
            named = re.findall(f"{OPEN}(\\w+)", value)
            if any(name in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SSH_PRIVATE_KEY") for name in named):
                call.effect("send_data", value, "", "secret")


def _sends_stdin(call: Call, local: bool) -> None:
    if call.stdin.tags & SENDABLE:
        call.effect("send_data", call.stdin.source, "", "secret", *(["local"] if local else []))


@decider("netcat")
def netcat(call: Call) -> Stream | None:
    """Judge nc(1), ncat(1): -e and -c give a shell away; what is piped in is sent."""
    arguments = call.arguments
    for option in ("-e", "-c", "--exec", "--sh-exec", "--lua-exec"):
        program = arguments.value(option)
        if program and (option != "-c" or not program.isdigit()):
            call.effect("open_reverse_shell", program)
            return EMPTY
    if arguments.has("-z"):
        return EMPTY
    if call.stdin.tags & SENDABLE:
        call.effect("send_data", call.stdin.source, "", "secret")
    if "shell_output" in call.stdin.tags:
        call.effect("open_reverse_shell", " ".join(arguments.positional))
    if re.search(r"\b(flush_all|flushall|shutdown)\b", call.stdin.text or "", re.IGNORECASE):
        call.effect("destroy_data", (call.stdin.text or "").strip()[:60], "", "everything")
    listens = arguments.has("-l", "--listen")
    return Stream(
        None,
        frozenset({"socket", "download"}) if arguments.positional or listens else frozenset(),
        (),
        "the network",
    )


@decider("socat")
def socat(call: Call) -> Stream | None:
    """Judge socat(1): EXEC and SYSTEM addresses joined to a network address give a shell away."""
    words = [word.lower() for word in call.argv[1:] if not word.startswith("-")]
    runs = [word for word in words if re.match(r"(exec|system|shell)[:]", word)]
    net = [
        word
        for word in words
        if re.match(r"(tcp|udp|openssl|ssl|sctp|socks|vsock|unix-listen|tcp-listen|tcp4|tcp6|proxy)", word)
    ]
    if runs and net:
        call.effect("open_reverse_shell", runs[0])
    elif net and any(
        _is_secret_file(call, word.partition(":")[2].split(",")[0])
        for word in words
        if word.startswith(("file:", "open:", "gopen:"))
    ):
        call.effect("send_data", "a secret", "", "secret")
    elif net and call.stdin.tags & SENDABLE:
        call.effect("send_data", call.stdin.source, "", "secret")
    return Stream(None, frozenset({"socket", "download"}) if net else frozenset(), (), "the network")


@decider("telnet")
def telnet(call: Call) -> Stream | None:
    """Judge telnet(1): a shell behind it is run by the other end."""
    if "shell_output" in call.stdin.tags:
        call.effect("open_reverse_shell", " ".join(call.arguments.positional))
    if call.stdin.tags & SENDABLE:
        call.effect("send_data", call.stdin.source, "", "secret")
    return Stream(None, frozenset({"socket", "download"}), (), "the network")


def _puts(call: Call) -> None:
    """What is typed at a file transfer program, on standard input or in an option."""
    typed = [call.stdin.text or "", *call.arguments.all_values("-e", "-c")]
    for line in re.split(r"[\n;]", "\n".join(typed)):
        if line.strip().startswith("!"):
            call.run_text(shown(line.strip()[1:]), call.name)
        words = line.split()
        puts = words[:1] in (["put"], ["mput"]) or (words[:1] == ["mirror"] and "-R" in words)
        for word in words[1:] if puts else ():
            if not word.startswith("-") and _is_secret_file(call, _at_home(word)):
                call.effect("send_data", word, "", "secret")
                return


def _at_home(path: str) -> str:
    return HOME + path[1:] if path.startswith("~/") else path


def _config_of_stdin(call: Call) -> None:
    """curl(1) `-K -`: options, one a line, without their dashes."""
    for match in _CONFIGURED.finditer(call.stdin.text or ""):
        if _is_secret_file(call, _at_home(match[1])):
            call.effect("send_data", match[1], "", "secret")


_CONFIGURED = pattern(
    r"(?m)^\s*-{0,2}(?:upload-file|T|data(?:-binary|-raw|-ascii)?|d|form|F|json)\s*[=:]?\s*\"?(?:[\w.-]*=)?@?([^\"\n]+)"
)


@decider("copy_remote")
def copy_remote(call: Call) -> Stream | None:
    """Judge scp(1), sftp(1), `rclone copy`: a secret that leaves the machine."""
    operands = call.arguments.positional
    if call.name == "rclone":
        operands = operands[1:]
    if call.name in ("sftp", "lftp", "ncftp"):
        _puts(call)
    if len(operands) > 1 and _is_remote(operands[-1]):
        for source in operands[:-1]:
            found = source.stream is not None and source.stream.tags & SENDABLE
            if not _is_remote(source) and (found or _is_secret_file(call, source)):
                call.effect("send_data", source, "", "secret")
    elif len(operands) > 1 and not _is_remote(operands[-1]):
        folder = operands[-1] in (".", "./") or operands[-1].endswith("/")
        fetched = Stream(None, frozenset({"download"}), (), shown(operands[0]))
        if folder:
            name = operands[0].rsplit("/", 1)[-1].rsplit(":", 1)[-1]
            call.state.files[targets.resolve(operands[-1].rstrip("/") + "/" + name, call.state.cwd)] = fetched
        else:
            call.write(operands[-1], fetched)
    return EMPTY


def _is_remote(path: str) -> bool:
    return ":" in path.split("/")[0] or path.startswith(("scp://", "sftp://", "s3://", "gs://"))


@decider("lookup")
def lookup(call: Call) -> Stream | None:
    """Judge dig(1), host(1), nslookup(1), ping(8): a secret can leave in the name that is asked for."""
    for word in call.argv[1:]:
        if word.stream is not None and word.stream.tags & SENDABLE:
            call.effect("send_data", word.stream.source, "", "secret", "dns")
        elif (
            word.stream is not None
            and call.name in ("dig", "host", "nslookup", "drill")
            and OPEN in word
            and "." in word
        ):
            call.effect("send_data", word, "", "dns")
        elif (
            OPEN in word
            and "." in word
            and any(_SECRET_NAME.search(name) for name in re.findall(f"{OPEN}(\\w+)", word))
        ):
            call.effect("send_data", word, "", "secret", "dns")
    if call.stdin.tags & SENDABLE:
        call.effect("send_data", call.stdin.source, "", "secret")
    if call.name in ("dig", "host", "nslookup", "drill", "kdig", "doh"):
        return Stream(None, frozenset({"download"}), (), f"the answer to {call.name}")
    return None


@decider("upload")
def upload(call: Call) -> Stream | None:
    """Judge programs that publish what they are given: mail(1), gist, paste, object stores."""
    if call.name == "websocat" and any(
        re.match(r"(sh-c|exec|cmd):", word) for word in call.arguments.positional
    ):
        call.effect("open_reverse_shell", " ".join(call.arguments.positional))
    if call.stdin.tags & SENDABLE:
        call.effect("send_data", call.stdin.source, "", "secret")
    if call.name == "smbclient":
        _puts(call)
    for word in [*call.arguments.positional, *call.arguments.all_values("-a", "--attach", "-A")]:
        if OPEN not in word and _is_secret_file(call, word):
            call.effect("send_data", word, "", "secret")
        elif word.stream is not None and word.stream.tags & SENDABLE:
            call.effect("send_data", word.stream.source, "", "secret")
    return None


@decider("gist")
def gist(call: Call) -> Stream | None:
    """Judge `gh gist create`, `gh repo create --push` (GitHub CLI manual): others read what they are given."""
    words = call.arguments.positional[:2]
    if words == ["api", "graphql"] and any(map(deletes_by_mutation, call.argv)):
        call.effect("destroy_resource", "a GraphQL mutation", "", "api", base=55)
    staged = call.state.files.get("git:staged")
    if words == ["repo", "create"] and call.arguments.has("--push") and staged is not None:
        call.effect("send_data", staged.source, "", "secret")
    return upload(call) if words == ["gist", "create"] else None


@decider("copy_object")
def copy_object(call: Call) -> Stream | None:
    """Judge `aws s3 cp` (AWS CLI reference), `gsutil cp`: a secret goes to a bucket."""
    words = call.arguments.positional
    if words[-1:] == ["-"] or words[:1] == ["cat"]:
        return Stream(None, frozenset({"download"}), (), shown(" ".join(words)))
    if any(word in ("cp", "mv", "sync", "copy", "put") for word in words[:3]) and words[-1].startswith(
        ("s3://", "gs://", "az://", "https://")
    ):
        for word in words:
            if not word.startswith(("s3://", "gs://")) and OPEN not in word and _is_secret_file(call, word):
                call.effect("send_data", word, "", "secret")
        if "-" in words and call.stdin.tags & SENDABLE:
            call.effect("send_data", call.stdin.source, "", "secret")
    return None


@decider("mkfifo")
def mkfifo(call: Call) -> Stream | None:
    """Judge mkfifo(1): who reads the pipe gets what the network writes, as in `cat f | sh | nc host > f`."""
    for path in call.arguments.positional:
        call.state.files[targets.resolve(path, call.state.cwd)] = Stream(
            None, frozenset({"fifo"}), (), shown(path)
        )
    return EMPTY


@decider("server")
def server(call: Call) -> Stream | None:
    """Judge programs that share a folder: the home folder or the root of the disk gives everything away."""
    return None
