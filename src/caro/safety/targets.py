"""Which class of place a path is in: the scope of an effect.

Paths are judged as text: nothing is looked up, links are not followed. A glob counts as every well-known
name it could match, `..` is folded, and a variable that may be empty counts as empty: `"$D"/*` is then `/*`.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache

from caro.knowledge import places
from caro.parse.pattern import pattern
from caro.safety.values import CLOSE, HOME, OPEN, UNKNOWN

REMEMBERED = 2048
"""Paths whose place is remembered: a line asks for each several times, and a person's lines are about the same ones."""


HEADS = ("(^|/)", "^")


def any_of(patterns: tuple[str, ...], before: str = "", after: str = "") -> re.Pattern[str]:
    """Return a pattern for any of a table's places, compiled at its first use. For whether it matches alone: the order
    and the groups of the table are lost."""
    # Written once, a head that many places share is tried once at each character, not once for each place.
    by_head: dict[str, list[str]] = {head: [] for head in (*HEADS, "")}
    for each in patterns:
        head = next((head for head in HEADS if each.startswith(head)), "")
        by_head[head].append(each[len(head) :])
    parts = (f"{head}(?:{'|'.join(rests)})" for head, rests in by_head.items() if rests)
    return pattern(before + "|".join(parts) + after)


_NULL = any_of(places.NULL, "/dev/(", ")")
_DEVICE = any_of(places.DEVICES, "/dev/(", ")")
_TEMP = any_of(places.TEMPORARY)
_HOMES = pattern(r"/(?:home|Users)/([^/]+)(/.*)?$")
_HISTORY = any_of(places.HISTORIES)
_LOG = any_of(places.LOGS)
_PRECIOUS_HOME = any_of(places.PRECIOUS_HOME, "(", r")(/\*?)?$")
_BELOW_PRECIOUS = any_of(places.BELOW_PRECIOUS, "(", ")/")
_HOME_CACHE = any_of(places.HOME_CACHES)
_REPOSITORY = pattern(
    r"(^|/)\.(git|hg|svn|jj|bzr)(?!/([\w./-]*/)?[\w-]+\.lock$|/hooks/[\w-]+$|/rebase-(merge|apply)/?$)(/(objects|refs|HEAD|index|logs|config|packed-refs|\*)?.*)?$"
)
_GLOB = pattern(r"[*?\[]")
_KERNEL = any_of(places.KERNEL)
_VITAL = any_of(places.VITAL)
_BOOT = any_of(places.BOOT)
_SYSTEM_CACHE = any_of(places.SYSTEM_CACHES)
_PACKAGED = any_of(places.PACKAGED)
_BUILT_NAME = any_of(places.BUILT_NAMES, "(", ")")


_QUALIFIER = pattern(r"(?<=[*?\]/])\([^()/]*\)$")
"""zsh: `*(.)`, `/*(N)`: a glob with a condition behind it."""


def fold(path: str) -> str:
    """The path with `//`, `.` and `..` folded; a leading mark of the home folder stays."""
    lead = ""
    if path.startswith(HOME):
        lead, path = HOME, path[1:]
        absolute = False
    else:
        absolute = path.startswith("/")
    out: list[str] = []
    for piece in path.split("/"):
        if piece in ("", "."):
            continue
        if piece == "..":
            if out and out[-1] != "..":
                out.pop()
            elif lead:
                # /home/name/.. is the folder of all homes
                return fold("/home/" + "/".join(path.split("/")[path.split("/").index("..") + 1 :]))
            elif not absolute:
                out.append("..")
        else:
            out.append(piece)
    body = "/".join(out)
    if lead:
        return lead + ("/" + body if body else "")
    return "/" + body if absolute else body or "."


def resolve(path: str, cwd: str | None) -> str:
    """The folded path, seen from `cwd` where that is known."""
    if cwd and path and path[0] not in ("/", HOME, OPEN):
        path = cwd + "/" + path
    return fold(path)


def _may_be_history(inner: str) -> bool:
    """True if a glob names a shell's history by its beginning: `.bash_his*`."""
    begin = re.split(r"[*?\[]", inner, maxsplit=1)[0]
    return (
        begin != inner and len(begin) > 3 and any(fnmatchcase(name, inner) for name in _HISTORIES_OF_SHELLS)
    )


_HISTORIES_OF_SHELLS = (
    ".bash_history",
    ".zsh_history",
    ".sh_history",
    ".ksh_history",
    ".local/share/fish/fish_history",
)


def scope_of(path: str, cwd: str | None = None, home: str | None = None, project: str | None = None) -> str:
    """One word for where `path` is: see the table in docs/safety-rules.md."""
    if not path:
        return "none"
    if path.endswith(")") and "(" in path:
        path = _QUALIFIER.sub("", path)
    if OPEN in path:
        return _unknown_scope(path, cwd)
    trailing = path.endswith("/")
    full = resolve(path, cwd)
    if home and (full == home or full.startswith(home + "/")):
        full = HOME + full[len(home) :]
    if project and len(project) > 1 and full.startswith(project):
        if full == project or full == project + "/*":
            return "project"
        if full.startswith(project + "/"):
            return _relative_scope(full[len(project) + 1 :], trailing)
    if full.startswith(HOME):
        return _home_scope(full[1:].lstrip("/"))
    if full.startswith("/"):
        return _absolute_scope(full)
    if full.endswith("/*") and "/" in fold(path) and not _GLOB.search(full[:-2]):
        full = full[:-2]  # all of a folder that is named is no more than the folder
    return _relative_scope(full, trailing)


def _unknown_scope(path: str, cwd: str | None) -> str:
    start = path.startswith(OPEN)
    rest = UNKNOWN.sub("", path)
    name = UNKNOWN.search(path)
    if path.startswith(("/lib/modules/", "/usr/lib/modules/", "/boot/")):
        return "boot"
    if name and name[1].endswith("?") and start and ".." not in rest:
        return "variable"  # ${x:?}: an empty one ends the shell
    if name and name[1] == "(" and fold(rest or "x") not in ("/", HOME, "/*"):
        return "computed"
    if start and name and name[1].endswith("?") and ".." not in rest:
        return "variable_part"  # `${D:?}` fails where D is empty
    if start and path.endswith(CLOSE) and path.count(OPEN) == 1:
        return "variable"
    if start:
        # "$D"/* with D empty is /*
        empty = fold(rest) if rest.startswith("/") else rest
        if rest.startswith("/") and _absolute_scope(empty) in ("root", "system", "boot", "system_part"):
            return "unset"
        return "variable"
    known = path[: path.index(OPEN)]
    if known.startswith(("/", HOME)):
        empty = scope_of(known, cwd)
        behind = UNKNOWN.sub("", path[path.index(OPEN) :]).strip("/*")
        if behind and ".." not in behind and empty == "system":
            empty = scope_of(fold(known + "/" + rest[len(known) :]), cwd)
        if empty in ("root", "home", "system") and not (name and name[1].endswith("?")):
            return "unset"
        return "temp" if empty in ("temp", "temp_all") else "variable"
    return "variable_part"


def _home_scope(inner: str) -> str:
    if inner in ("", "*", ".*", "**", "**/*", ".[!.]*", "?*") or inner.startswith("../"):
        return "home"
    if _HISTORY.search(inner) or _may_be_history(inner):
        return "history"
    if _HOME_CACHE.match(inner):
        return "cache"
    if _REPOSITORY.search(inner):
        return "repository"
    if _PRECIOUS_HOME.match(inner):
        return "home_data"
    if _GLOB.search(inner.split("/")[0]) and "/" not in inner:
        return "home_wildcard"
    if _artefact(inner):
        return "artefact"
    return "home_data_part" if _BELOW_PRECIOUS.match(inner) else "home_part"


def _artefact(path: str) -> bool:
    *above, name = path.rstrip("/").removesuffix("/*").split("/")
    return (
        name in places.ARTEFACTS
        or name.endswith(places.ARTEFACT_ENDINGS)
        or bool(_BUILT_NAME.fullmatch(name))
        or any(piece in places.BUILT for piece in above)
    )


def _absolute_scope(full: str) -> str:
    if full in ("/", "/*", "/.*", "/**"):
        return "root"
    if _NULL.fullmatch(full):
        return "null"
    if _KERNEL.match(full):
        return "kernel"
    if _DEVICE.match(full):
        return "device"
    if _TEMP.match(full):
        inner = _TEMP.sub("", full, count=1)
        return "temp_all" if inner in ("", "*", ".*") else "temp"
    if _HISTORY.search(full):
        return "history"
    if _PACKAGED.match(full):
        return "packaged"
    if _LOG.match(full):
        return "log"
    if _BOOT.match(full):
        return "boot"
    homes = _HOMES.match(full)
    if homes:
        return _home_scope((homes[2] or "").lstrip("/"))
    if full == "/root" or full.startswith("/root/"):
        return _home_scope(full[6:])
    return _system_scope(full)


def _system_scope(full: str) -> str:
    if _VITAL.match(full):
        return "vital"
    bare = full[:-2] if full.endswith("/*") else full
    if bare in places.CORE:
        return "system"
    if _SYSTEM_CACHE.match(full):
        return "cache"
    first, _, rest = full[1:].partition("/")
    if _GLOB.search(first):
        hits = [name for name in places.SYSTEM if fnmatchcase(name, first)]
        return ("system" if not rest or rest == "*" else "system_part") if hits else "absolute"
    if _GLOB.search(bare):
        parent = bare.rsplit("/", 1)[0]
        if parent in places.CORE and bare.rsplit("/", 1)[1].strip("*?") == "":
            return "system"
    if first in (
        "usr",
        "etc",
        "bin",
        "sbin",
        "lib",
        "lib32",
        "lib64",
        "System",
        "Library",
        "proc",
        "sys",
        "Applications",
    ):
        return "system_part"
    if first in ("var", "opt", "srv", "run", "nix", "private", "dev", "snap"):
        if _REPOSITORY.search(full):
            return "repository"
        return "system_part"
    if first in ("mnt", "media", "Volumes") and rest.count("/") == 0:
        return "mount"
    if first in places.BUILD_ROOTS:
        return "packaged"
    if _REPOSITORY.search(full):
        return "repository"
    packed = not rest and not _GLOB.search(first) and first.endswith(places.ARTEFACT_ENDINGS)
    if packed or (rest.strip("*") and _artefact(rest)):
        return "artefact"
    part = (
        (rest.strip("*") or ("." in first[1:] and not _GLOB.search(first)))
        and first.rstrip("0123456789") not in places.PRECIOUS_ROOTS
        and "/.git" not in full
    )
    return "outside" if part else "absolute"


def _relative_scope(full: str, trailing: bool) -> str:
    if full.startswith("!("):
        return "project"  # everything but what the pattern names
    if full in (
        ".",
        "*",
        ".*",
        "./*",
        "**",
        "**/*",
        "*.*",
        ".[!.]*",
        "?*",
        "..?*",
        "[!.]*",
        "*/",
        ".[^.]*",
        ".??*",
    ):
        return "project"
    if full == ".." or (full.startswith("../") and full.strip("./*") == ""):
        return "parent"
    if _REPOSITORY.search(full):
        return "repository"
    if _HISTORY.search(full):
        return "history"
    if full.startswith("../"):
        rest = full.lstrip("./")
        if full.startswith("../../../") and "/" + rest.split("/")[0] in places.CORE:
            return _absolute_scope("/" + rest)  # climbs to the root, as `../../../../etc` does
        return "artefact" if _artefact(full) else "outside"
    if _artefact(full):
        return "artefact"
    bare = full.removesuffix("/*")
    if bare in places.SOURCES or bare.rsplit("/", 1)[-1] in ("src", "migrations"):
        return "sources"
    if not _GLOB.search(full):
        return "part"
    return "part" if _named(full.rsplit("/", 1)[-1]) else "wildcard"


def _named(last: str) -> bool:
    """True if a pattern spells out enough of the names that it matches: `metro-*`, not `*.c` or `a*`."""
    return not last.startswith("*.") and sum(char.isalnum() for char in last) >= 3 and last[:4] != ".git"


# -- what a path holds

_SECRET = any_of(places.SECRETS)
_PUBLIC = any_of(places.PUBLIC)
_PRIVATE = any_of(places.PRIVATE)


_PRIVATE_KEY = pattern(r"(^|/)(\.ssh/id_\w+|\.gnupg/(private-keys\S*|secring\.gpg)|wallet\.dat|[^/]+\.kdbx)$")


def is_private_key(path: str) -> bool:
    """True if the file is a key or a store of passwords that nothing brings back: of ssh-keygen(1), gpg(1), KeePass."""
    return bool(_PRIVATE_KEY.search(path))


def is_of_image(path: str) -> bool:
    """True if the path is or lies below a folder at the root that no standard knows: images have programs there."""
    first = path[1:].split("/", 1)[0]
    unknown = first and first not in places.SYSTEM and first.rstrip("0123456789") not in places.PRECIOUS_ROOTS
    return bool(path.startswith("/") and unknown)


def is_made_again(path: str) -> bool:
    """True if the file is made anew at the next start where it is empty (machine-id(5)), or one service's own log."""
    if path.startswith("/var/log/") and scope_of(path) == "packaged":
        return True
    return path in ("/etc/machine-id", "/var/lib/dbus/machine-id")


def is_private(path: str) -> bool:
    """True if the file is nobody's secret, but nobody else's business either."""
    return bool(_PRIVATE.search(path))


def _globbed_secret(plain: str) -> bool:
    """`/etc/sh?dow`, `~/.s*/id_*`: a pattern that can only mean a secret (at least half of it is spelt out)."""
    if not _GLOB.search(plain) or sum(char.isalpha() for char in plain) < 4:
        return False
    pieces = plain.split("/")
    return any(
        len(pieces) == len(known.split("/"))
        and all(fnmatchcase(a, b) and b != "*" for a, b in zip(known.split("/"), pieces, strict=True))
        for known in places.GLOBBED_SECRETS
    )


@lru_cache(REMEMBERED)
def holds_secret(path: str) -> bool:
    """True if a file of that name usually holds a secret."""
    plain = path.replace(HOME, "~").replace("/**/", "/")
    if _globbed_secret(plain):
        return True
    return bool(_SECRET.search(plain.rstrip("/"))) and not _PUBLIC.search(plain)


_PROGRAM = pattern(r"/(usr/)?(local/|opt/\w+/)?s?bin/[\w.+\[-]+$")


def is_program(path: str) -> bool:
    """True if the file is a program of the system's: where it is copied to, it is still that program."""
    return bool(_PROGRAM.match(path))


_PERSISTENT = any_of(places.RUN_LATER)
_PRIVILEGE = any_of(places.PRIVILEGE)
_OWN = any_of((*places.OWN, *places.AGENT_SETTINGS))
_AGENTS = any_of(places.AGENT_SETTINGS)
_AGENT_FOLDERS = any_of(places.AGENT_FOLDERS)
_START_FOLDERS = any_of(places.START_FOLDERS)


@lru_cache(REMEMBERED)
def is_persistent(path: str) -> bool:
    """True if what stands in the file runs later by itself (rc files, cron, units, keys that let others in)."""
    return bool(_PERSISTENT.search(path)) and not path.endswith(places.SET_ASIDE)


def is_login_file(path: str) -> bool:
    """A shell's own start file or a key file: each is one file, whose content somebody wrote by hand."""
    return bool(
        re.search(
            r"(^|/)(\.(bash|z|k|c)?\w*(rc|profile|login|logout|env)|\.profile|authorized_keys2?|config\.fish|sshd_config|ld\.so\.preload|\.ssh/\w+)$",
            path,
        )
    )


def grants_privilege(path: str) -> bool:
    return bool(_PRIVILEGE.match(path)) and not path.endswith(places.SET_ASIDE)


def is_own(path: str, own_files: tuple[str, ...] = ()) -> bool:
    """True if the path is Caro's own configuration, state, log, program or package, or settings of an agent.
    `own_files` are absolute, the path may begin with the mark of the home folder."""
    if _is_of_own_places(path):
        return True
    if path.startswith(HOME):
        inner = path[len(HOME) :]
        if inner.count("/") < 2 and not inner.strip("/").startswith("."):
            return False
        pieces = inner.count("/")
        return any(
            own.endswith(inner)
            or inner + "/" in own
            or (bool(_GLOB.search(inner)) and fnmatchcase("/" + "/".join(own.split("/")[-pieces:]), inner))
            for own in own_files
        )
    return any(path == own or path.startswith(own + "/") for own in own_files)


@lru_cache(REMEMBERED)
def _is_of_own_places(path: str) -> bool:
    return bool(_OWN.search(path))


def below_home(path: str) -> list[str] | None:
    """Return the pieces of a folded path below a home folder; None where it is elsewhere."""
    homes = _HOMES.match(path)
    if path.startswith(HOME):
        inner = path[len(HOME) :]
    elif homes:
        inner = homes[2] or ""
    else:
        return None
    return inner.strip("/").split("/")


def is_of_agent(path: str) -> bool:
    """True if the path is that of an agent's settings, or of the folder that holds them."""
    return bool(_AGENTS.search(path) or _AGENT_FOLDERS.search(path))


def is_agent_folder(path: str) -> bool:
    """True if an agent's settings are lost with the folder."""
    return bool(_AGENT_FOLDERS.search(path))


def starts_something(path: str) -> bool:
    """True if the path is one of a start file, a key or job file, a git hook, or a folder of such."""
    return is_persistent(path) or bool(_START_FOLDERS.search(path))


def is_guarded(path: str) -> bool:
    """True if the path is Caro's, an agent's, or one of something that starts by itself."""
    return is_own(path) or starts_something(path)


def names_of_glob(path: str) -> list[str]:
    """Return the guarded files of a home folder (with its mark) that a pattern can mean; each piece has to spell
    something out, so that `~/*` means none of them."""
    pieces = below_home(path)
    if pieces is None or not _GLOB.search(path) or not all(piece.strip("*?.[]") for piece in pieces):
        return []
    known = (name.split("/") for name in places.HOME_FILES)
    return [
        HOME + "/" + "/".join(name)
        for name in known
        if len(pieces) <= len(name) and all(map(fnmatchcase, name, pieces))
    ]


_DROP_IN = any_of(places.DROP_INS)
_SYSTEM_CONFIG = any_of(places.SYSTEM_CONFIG)
_ADDED_TOGETHER = any_of(places.ADDED_TOGETHER)
_LOCAL_PROGRAM = any_of(places.LOCAL_PROGRAMS)


def is_drop_in(path: str) -> bool:
    """True if the file is one that administrators add, or fill in themselves."""
    if _SYSTEM_CONFIG.match(path):
        return False
    if _LOCAL_PROGRAM.match(path):
        return path.rsplit("/", 1)[-1] not in places.EVERYDAY_PROGRAMS
    return bool(_DROP_IN.match(path))


def is_added(path: str) -> bool:
    """True if the path is one file of many that administrators add, and nothing that runs or lets anybody in."""
    if _ADDED_TOGETHER.match(path):
        return True
    return (
        not _GLOB.search(path.rpartition("/")[2])
        and is_drop_in(path)
        and not is_persistent(path)
        and not grants_privilege(path)
    )


_LOOSENS_SYSTEM = pattern(
    r"trusted=yes|allow-insecure|(?i:gpgcheck|sslverify)\s*=\s*(0|false|no)\b|kernel\.(modprobe|core_pattern|randomize_va_space)"
    r"|Permit(Root|EmptyPasswords)\w*\s+yes|^\s*install\s+\S+\s+/|RUN\+?=|insecure|--privileged|StrictHostKeyChecking\s+no",
    re.MULTILINE,
)


def loosens_system(text: str | None) -> bool:
    """True if the text, as a line of a system's configuration, runs a program or switches a check off."""
    return bool(text and _LOOSENS_SYSTEM.search(text))


_RUNS_NOTHING = (
    (pattern(r"/etc/ld\.so\.conf"), pattern(r"\s*(#.*|include /etc/\S+|/(usr|opt|lib)[\w./+-]*)?\s*")),
    (
        pattern(r"/etc/apt/apt\.conf\.d/"),
        pattern(r"(?!.*(Invoke|Pkgs|Insecure|Unauthenticated|AutoDetect|Weak|Run)).*"),
    ),
    (
        pattern(r"/etc/ssh/sshd_config"),
        pattern(
            r"\s*(#.*|(UseDNS|Port|ClientAlive\w+|X11\w+|LogLevel|PrintMotd|MaxAuthTries|AllowTcpForwarding|Protocol)\s.*"
            r"|(PermitRootLogin|(Password|KbdInteractive|ChallengeResponse|GSSAPI)Authentication|PermitEmptyPasswords|PermitTunnel)"
            r"\s+(no|prohibit-password|without-password))?\s*"
        ),
    ),
    (pattern(r"/etc/modules-load\.d/"), pattern(r"\s*(#.*|[\w-]*)\s*")),
    (
        pattern(r".*(^|/)\.?inputrc$"),
        pattern(
            r"\s*(#.*|\$(if|else|endif)\b.*|set [\w-]+ [\w.-]+|\"\\[eC][^\"]*\":\s*(?!accept|execute|self)[a-z-]+)?\s*"
        ),
    ),
    (pattern(r"/etc/udev/rules\.d/"), pattern(r"(?!.*(RUN|PROGRAM|IMPORT|SYSTEMD_WANTS)).*")),
)
"""Files of RUN_LATER, and the lines in them that run nothing of anybody's own: folders of libraries that root alone
writes (ld.so(8)), settings without a hook (apt.conf(5)), names of the kernel's modules (modules-load.d(5)), keys
(readline(3)), rights and names of devices (udev(7))."""


def only_settings(path: str, text: str | None) -> bool:
    """True if what is written to a file that runs later runs nothing."""
    if text is None:
        return path.startswith(("/etc/ld.so.conf.d/", "/etc/modules-load.d/"))
    return text != "" and any(
        where.match(path) and all(allowed.fullmatch(line) for line in text.splitlines())
        for where, allowed in _RUNS_NOTHING
    )


_OWN_JOB = pattern(
    r"\s*(@\w+|(\S+\s+){5})\s*(root\s+|[a-z][\w-]*\s+(?=/))?"
    r"(/usr/|/opt/|/home/|/srv/|/var/www/|/app/|/etc/|~/|\$HOME|cd |certbot |php )"
)
_ODD_JOB = pattern(
    r"/tmp/|/dev/(shm|tcp|udp)|curl|wget|\bncat?\b|base64|(^|[\s/|])sh\s|/\.\w|eval|python\w* -c|@reboot"
)
"""What a job of one's own hardly has: a program that was left in a folder for everybody, or comes from elsewhere."""


def runs_own_jobs(text: str | None) -> bool:
    """True if a table of crontab(5) runs programs that are installed, or one's own, and says nothing odd."""
    if not text or _ODD_JOB.search(text):
        return False
    jobs = [line for line in text.splitlines() if line.strip() and not re.match(r"\s*(#|[A-Z]+=)", line)]
    return any(map(_OWN_JOB.match, jobs))


def runs_only_own_jobs(path: str, text: str | None) -> bool:
    """True if the file is one of cron's, and each line of the text is such a job."""
    if not path.startswith(("/etc/cron.d/", "/etc/crontab")) or not text or _ODD_JOB.search(text):
        return False
    jobs = [line for line in text.splitlines() if line.strip() and not re.match(r"\s*(#|[A-Z]+=)", line)]
    return bool(jobs) and all(map(_OWN_JOB.match, jobs))


_SESSION_ALONE = pattern(
    r"(?s)(?=.*\bsession\b)"
    r"(?!.*\b(auth|account|password|sufficient|include|pam_(exec|permit|python|script|unix)\w*)\b).*"
)
"""pam.d(5): a script that only changes what is set up for a session, not who gets one."""


def sets_up_session(text: str | None) -> bool:
    """True if text for a file of pam.d(5) concerns sessions alone."""
    return bool(text and _SESSION_ALONE.fullmatch(text))


_SERVICE_USER = pattern(
    r"[a-z_][\w-]*:[x*!]+:[1-9]\d*:[1-9]\d*:[^:]*:[^:]*:(/usr)?/s?bin/\w+|"
    r"[a-z_][\w-]*:[x*!]+:[1-9]\d*:\d+:[^:]*:[^:]*:(/usr)?/s?bin/(nologin|false)"
)


def adds_service_user(path: str, text: str | None) -> bool:
    """True if lines of passwd(5) name people without a password of their own (shadow(5)) or the rights of root."""
    return (
        path == "/etc/passwd" and bool(text) and all(map(_SERVICE_USER.fullmatch, (text or "").splitlines()))
    )


_FILESYSTEMS = pattern(
    r"\s*(#.*|\S+\s+\S+\s+(swap|tmpfs|nfs4?|cifs|sshfs|fuse\S*)\s.*|\S+\s+/\S+\s+\w+\s+\S*nofail.*)?"
)


def adds_spare_mounts(path: str, text: str | None) -> bool:
    """True if lines of fstab(5) name what the machine also starts without: swap, memory, other machines' folders."""
    return path == "/etc/fstab" and bool(text) and all(map(_FILESYSTEMS.fullmatch, (text or "").splitlines()))


_RESOLVER = pattern(
    r"\s*([#;].*|(search|domain|options|sortlist)\s.*|nameserver\s+(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\."
    r"|1\.[01]\.[01]\.1\b|8\.8\.[48]\.[48]\b|9\.9\.9\.9\b|208\.67\.22\d\.22\d\b|2606:4700:|2001:4860:|2620:fe:|::1\b|f[cd]).*)?"
)
"""resolv.conf(5) with servers of one's own network, or of the well-known public ones."""


def names_resolvers(path: str, text: str | None) -> bool:
    """True if a whole resolv.conf(5) is written, with a server in it."""
    lines = (text or "").splitlines()
    return (
        path == "/etc/resolv.conf" and "nameserver " in (text or "") and all(map(_RESOLVER.fullmatch, lines))
    )


_PROJECT_AGENTS = pattern(
    r"(^|/)\.(claude|codex|gemini|cursor|copilot|augment|windsurf|qwen|factory|cline|kiro|opencode|clinerules)$"
)


def is_project_agent_folder(path: str) -> bool:
    """True if the folder is a project's settings of an agent, its hooks among them."""
    return bool(_PROJECT_AGENTS.search(path.rstrip("/")))


_LOOSENING_TEXT = pattern(
    r"\bCARO_(DISABLE|SAFETY_\w+|CONFIG|SOCKET)\b|\bdisableAllHooks\b"
    r"|\bchat\.tools\.[\w.]*auto[aA]pprove|\balways_allow_tool_actions\b|\b[dD]angerously[\w-]+|\bbypassPermissions\b|\s--yolo\b"
    r"|\bauto[-_]?[aA]pprove\w*['\"]?\s*[:=]\s*['\"]?(?:true|yes|1|\{|\[|all)"
    r"|\bcaro (disable|uninstall)\b"
    r"|(?m:^\s*|\bset\b.*\s)(?:shell|default[-_]shell|default-command)\b[ =:\"']+(?:/\S*/)?(?:sh|dash|ash|ksh|mksh)\b"
    r"|\balias\s+caro|\bcaro(-hook)?\s*\(\)|__caro_|\bunset\s.*(PROMPT_COMMAND|preexec_functions)|--norc\b|trap .*DEBUG"
)


_SETS_ENVIRONMENT = pattern(
    r"/etc/(environment|default/locale|locale\.conf|login\.defs)$|settings\.json$"
    r"|(^|/)environment\.d/|(^|/)(\.pam_environment|pam_env\.conf|\.envrc|\.direnvrc|\.env(\.\w+)?"
    r"|\.?tmux\.conf|\.screenrc|\.?mise\.toml|\.x\w*(rc|profile|session)|\.[tc]shrc|login\.conf|devcontainer\.json|config\.nu|env\.nu"
    r"|rc\.elv|\.xonshrc|crontab|systemd/(system|user)\.conf|(kitty|alacritty|wezterm|ghostty|foot|zellij)[\w./-]*"
    r"|\bactivate(\.\w+)?)$|\.(service|plist|desktop)$|/activate\.d/|\.wezterm\.lua$"
)
"""Files that give programs their variables: environment.d(5), pam_env(8), tmux(1), direnv(1) …"""


_SETS_SWITCH = pattern(
    r"(?m)^[ \t]*(?:export |declare -x |typeset -x |setenv |set -\w+ |\w+=)?['\"]?CARO_DISABLE['\"]?\s*"
    r"(?:=\s*|\s)['\"]?(?!0\b)\w"
)
"""A line that sets the switch, in whatever file a shell or a program may read its variables from."""
_PROSE = tuple(".md .txt .rst .adoc .org .html .tex .log .mdx".split())


def loosens(text: str | None, path: str) -> bool:
    """True if text that is written to a start file or an agent's settings switches Caro off from then on."""
    if not text or not _LOOSENING_TEXT.search(text):
        return False
    if _SETS_SWITCH.search(text) and not path.endswith(_PROSE):
        return True
    return is_persistent(path) or is_of_agent(path) or bool(_SETS_ENVIRONMENT.search(path))
