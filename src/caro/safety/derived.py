"""Files that a program makes of others under another name: a compressed, encrypted, encoded or split secret is one.

What they are called: gzip(1), bzip2(1), xz(1), zstd(1), lz4(1), brotli(1), gpg(1), age(1), openssl-enc(1), split(1),
xxd(1), cpio(1), sort(1), pg_dump(1), mysqldump(1).
"""

from __future__ import annotations

from caro.safety import targets
from caro.safety.call import Call, file_stream
from caro.safety.streams import SENDABLE, Stream
from caro.safety.values import OPEN, Arg, arg

_SUFFIXES = {
    "gzip": ".gz", "pigz": ".gz", "bzip2": ".bz2", "pbzip2": ".bz2", "lbzip2": ".bz2", "xz": ".xz", "pixz": ".xz",
    "lzma": ".lzma", "zstd": ".zst", "pzstd": ".zst", "lz4": ".lz4", "brotli": ".br", "compress": ".Z", "lzip": ".lz",
    "lzop": ".lzo", "rar": ".rar", "gpg": ".gpg", "gpg2": ".gpg", "ccrypt": ".cpt", "ccencrypt": ".cpt",
    "par2": ".par2", "bcrypt": ".bfe",
}  # fmt: skip
_INTO = {
    "zstd": ("-o",), "brotli": ("-o", "--output"), "gpg": ("-o", "--output"), "gpg2": ("-o", "--output"),
    "age": ("-o", "--output"), "rage": ("-o", "--output"), "openssl": ("-out",), "cpio": ("-O", "-F"),
    "sort": ("-o", "--output"), "base64": ("-o", "--output"), "pg_dump": ("-f", "--file"),
    "pg_dumpall": ("-f", "--file"),
    "mysqldump": ("-r", "--result-file"), "mariadb-dump": ("-r", "--result-file"), "mongodump": ("--archive",),
    "xmllint": ("-o", "--output"), "sops": ("--output",), "keytool": ("-destkeystore",), "qrencode": ("-o", "--output"),
}  # fmt: skip
_SECOND = frozenset("xxd lz4 uniq".split())
"""Their second operand is what they write."""
PROGRAMS = frozenset(_SUFFIXES) | frozenset(_INTO) | _SECOND | {"split", "csplit"}


def note_derived(call: Call) -> None:
    """Record under their names the files that the call makes of what must not leave the machine."""
    source = _source(call)
    if source is None:
        return
    for path in _made(call):
        if OPEN not in path:
            full = targets.resolve(path, call.state.cwd)
            call.state.files[full] = Stream(None, source.tags, (), source.source)


def _source(call: Call) -> Stream | None:
    """What goes in and must not go out, among operands, `-in` and standard input."""
    if call.name == "openssl" and not _carries_key(call):
        return None
    if call.name in ("pg_dump", "pg_dumpall", "mysqldump", "mariadb-dump", "mongodump"):
        return Stream(None, frozenset({"dump"}), (), f"the data that {call.name} reads")
    for word in (*call.arguments.positional, *call.arguments.all_values("-in", "-i")):
        stream = file_stream(word, call.state)
        if stream.tags & SENDABLE:
            return stream
    packs = call.name == "cpio" and call.arguments.has("-o", "--create")
    secret = next((path for path in call.stdin.paths if packs and targets.holds_secret(path)), None)
    if secret is not None:
        return Stream(None, frozenset({"secret"}), (), secret)
    return call.stdin if call.stdin.tags & SENDABLE else None


def _carries_key(call: Call) -> bool:
    """openssl(1): of a key only these write the key itself; certificates and requests are public."""
    verbs = (
        "enc",
        "base64",
        "rsa",
        "pkey",
        "pkcs8",
        "pkcs12",
        "ec",
        "dsa",
        "smime",
        "cms",
        "aes-256-cbc",
        "zlib",
    )
    verb = call.arguments.positional[:1]
    return (
        bool(verb)
        and (verb[0] in verbs or verb[0].startswith(("aes", "des", "camellia", "chacha")))
        and not (call.arguments.has("-pubout", "-pubin", "-nokeys", "-check", "-modulus"))
    )


def _made(call: Call) -> list[Arg]:
    operands = call.arguments.positional
    if call.name in ("split", "csplit"):
        return [arg((operands[1] if len(operands) > 1 else "x") + "*")]
    if named := [path for path in call.arguments.all_values(*_INTO.get(call.name, ())) if path]:
        return named
    if call.name in _SECOND and len(operands) > 1:
        return list(operands[1:2])
    if call.arguments.has("-c", "--stdout", "--to-stdout") and call.name not in ("gpg", "gpg2"):
        return []
    suffix = _SUFFIXES.get(call.name)
    if suffix == ".gpg" and call.arguments.has("-a", "--armor"):
        suffix = ".asc"
    return [arg(path + suffix) for path in operands] if suffix else []
