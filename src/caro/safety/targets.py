"""Which class of place a path is in: the scope of an effect.

Paths are judged as text: nothing is looked up, links are not followed. A glob counts as every well-known
name it could match, `..` is folded, and a variable that may be empty counts as empty: `"$D"/*` is then `/*`.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from caro.parse.pattern import pattern
from caro.safety.values import CLOSE, HOME, OPEN, UNKNOWN

SYSTEM = (
    "bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys usr var"
    " Applications Library System Users Volumes private nix snap"
).split()
_CORE = frozenset(
    "/bin /boot /dev /etc /home /lib /lib32 /lib64 /opt /proc /root /sbin /srv /sys /usr /var /Users /System"
    " /Library /Applications /private /nix /snap /run /usr/bin /usr/lib /usr/sbin /usr/local /usr/share"
    " /usr/lib64"
    " /usr/local/bin /usr/local/lib /var/lib /var/log /var/www /var/spool /etc/ssh /etc/ssl"
    " /etc/systemd /etc/pam.d"
    " /etc/init.d /lib/systemd /usr/lib/systemd /lib/modules /System/Library /private/etc /private/var".split()
)
ARTEFACTS = frozenset(
    "node_modules build dist target out bin obj .venv venv env __pycache__ .cache .pytest_cache"
    " .mypy_cache .ruff_cache"
    " .tox .nox .next .nuxt .svelte-kit .turbo .parcel-cache coverage htmlcov .coverage .nyc_output tmp"
    " temp .tmp logs log"
    " cache .gradle .eggs _build site public/build vendor Pods DerivedData .terraform .serverless"
    " .angular .vite"
    " cmake-build-debug cmake-build-release bazel-out storybook-static test-results playwright-report"
    " reports .hypothesis"
    " .sass-cache bower_components .dart_tool .expo .output tmp_test .import .DS_Store"
    " package-lock.json yarn.lock"
    " pnpm-lock.yaml poetry.lock Cargo.lock uv.lock _site .docusaurus .ipynb_checkpoints a.out lib64"
    " results output".split()
)
_SOURCES = frozenset(
    "src source sources tests data db database databases uploads backups backup migrations packages photos media"
    " storage .github".split()
)
"""Folders of a project that hold what people made: no build brings them back."""
_ARTEFACT_ENDINGS = (
    ".egg-info",
    ".pyc",
    ".pyo",
    ".o",
    ".a",
    ".so",
    ".class",
    ".log",
    ".tmp",
    ".bak",
    ".swp",
    ".orig",
    ".rej",
    "~",
    ".dSYM",
    ".tsbuildinfo",
    ".tar.gz",
    ".tgz",
    ".zip",
    ".tar",
    ".pid",
    ".lock",
    ".sock",
    ".old",
    ".cache",
    ".out",
    ".retry",
    ".whl",
    ".deb",
    ".rpm",
    ".iso",
    ".img",
    ".part",
    ".crdownload",
    ".gcda",
    ".gcno",
    ".profraw",
)
_NULL = pattern(r"/dev/(null|stdin|stdout|stderr|tty\w*|fd/\d*|full|zero|u?random|pts/\d+|console|ptmx)")
_DEVICE = pattern(
    r"/dev/(r?disk\d|[shv]d[a-z]|xvd[a-z]|nvme\d|mmcblk|md\d|md/|dm-|mapper/|disk/|loop\d|sr\d|vg|vd"
    r"|zvol/|nbd|rbd\d|mem$"
    r"|kmem|port$|mtd|ram\d|bcache|drbd|sg\d|fd\d|pmem|zd\d|st\d|nst\d|ubi|[shv]d\?|[shv]d\*|sd$|nvme$"
    r"|\*|vg\w*/)"
)
_TEMP = pattern(r"/(private/)?(var/)?tmp(/|$)|/dev/shm(/|$)|/var/folders/")
_HOMES = pattern(r"/(?:home|Users)/([^/]+)(/.*)?$")
_HISTORY = pattern(
    r"(^|/)\.(bash|zsh|sh|ksh|python|mysql|psql|sqlite|node_repl|rediscli|irb|mongo)_?(history|hist)$"
    r"|(^|/)\.(zhistory|histfile|history|viminfo|lesshst)$|/fish/fish_history$|/atuin/history\.db"
)
_LOG = pattern(
    r"/var/(log|audit|account)(/|$)|/Library/Logs(/|$)|/run/log/journal|/run/(u|w)tmp|\.trace_shell\.jsonl"
)
_PRECIOUS_HOME = pattern(
    r"(Documents|Desktop|Pictures|Music|Videos|Movies|Downloads|Library|Dropbox|OneDrive|Work|Projects"
    r"|projects|src|code"
    r"|work|repos|dev|\.ssh|\.gnupg|\.aws|\.kube|\.config|\.local|\.docker|\.azure|\.mozilla"
    r"|\.thunderbird|\.password-store"
    r"|\.vim|\.emacs\.d|\.oh-my-zsh|\.gcloud|\.config/gcloud|\.terraform\.d|\.claude|\.codex|\.pki"
    r"|\.bash\w*|\.zsh\w*"
    r"|\.profile|\.gitconfig|\.netrc|\.npmrc|\.pypirc|\.pgpass|\.my\.cnf|\.vimrc|\.tmux\.conf|mail|Mail"
    r"|\.mail|data|backups?)"
    r"(/\*?)?$"
)
_BELOW_PRECIOUS = pattern(
    r"(Documents|Desktop|Pictures|Music|Videos|Movies|Dropbox|OneDrive|Work|Projects|projects|work|repos|code"
    r"|\.ssh|\.gnupg|\.aws|\.kube|\.password-store|mail|Mail|\.mail|backups?)/"
)
_HOME_CACHE = pattern(
    r"\.(cache|npm|gradle|m2|cargo/registry|nuget|yarn|pnpm-store|rustup/tmp|local/share/Trash|expo"
    r"|android/cache"
    r"|ivy2|sbt|conda/pkgs|pub-cache|bundle/cache|wget-hsts|lesshst|Trash)(/|$)"
    r"|Library/(Caches|Developer/Xcode/DerivedData)(/|$)|go/pkg(/|$)"
)
_REPOSITORY = pattern(
    r"(^|/)\.(git|hg|svn|jj|bzr)(/(objects|refs|HEAD|index|logs|config|packed-refs|\*)?.*)?$"
)
_GLOB = pattern(r"[*?\[]")
_KERNEL = pattern(
    r"/proc/(sysrq-trigger|sys/kernel/)|/sys/(power|firmware/efi|kernel)/|/proc/\d+/mem"
    r"|/sys/block/[^/]+/device/delete"
)
_VITAL = pattern(
    r"/etc/(passwd|g?shadow|group|sudoers|hosts|resolv\.conf|nsswitch\.conf|ssh/sshd_config|ssh/ssh_host\w+|ld\.so\.\w+|pam\.d(/.*)?"
    r"|sudoers\.d(/.*)?|login\.defs|machine-id|profile|shells|modules|selinux(/.*)?|kubernetes(/.*)?)-?$"
    r"|/(usr/)?(s?bin)/(ba|da|z)?sh$|/(usr/)?s?bin/(login|sudo|su|mount|init|systemd|ls|cat|cp|mv|rm|chmod|python3|apt|dpkg|rpm|dnf|sshd|ssh)$"
    r"|/(usr/)?lib(64|32)?/(x86_64-linux-gnu/|aarch64-linux-gnu/)?(lib(c|pthread|dl|m|crypto|ssl)\.so[.\d]*|ld-linux[\w.-]*|ld-[\d.]+\.so|systemd)$"
)
_BOOT = pattern(
    r"/(boot|efi)(/|$)|/sys/firmware/efi/efivars|/usr/lib/(modules|grub)|/etc/(default/)?(fstab|grub"
    r"|crypttab|inittab)"
)


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


def scope_of(path: str, cwd: str | None = None, home: str | None = None, project: str | None = None) -> str:
    """One word for where `path` is: see the table in docs/safety-rules.md."""
    if not path:
        return "none"
    if OPEN in path:
        return _unknown_scope(path, cwd)
    if path.endswith(")") and "(" in path:
        path = _QUALIFIER.sub("", path)
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
    return _relative_scope(full, trailing)


def _unknown_scope(path: str, cwd: str | None) -> str:
    start = path.startswith(OPEN)
    rest = UNKNOWN.sub("", path)
    name = UNKNOWN.search(path)
    if path.startswith(("/lib/modules/", "/usr/lib/modules/", "/boot/")):
        return "boot"
    if name and name[1] == "(" and fold(rest or "x") not in ("/", HOME):
        return "computed"
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
        if empty in ("root", "home", "system"):
            return "unset"
        return "temp" if empty in ("temp", "temp_all") else "variable"
    return "variable_part"


def _home_scope(inner: str) -> str:
    if inner in ("", "*", ".*", "**", "**/*", ".[!.]*", "?*") or inner.startswith("../"):
        return "home"
    if _HISTORY.search(inner):
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
    name = path.rstrip("/*").rsplit("/", 1)[-1]
    return name in ARTEFACTS or name.endswith(_ARTEFACT_ENDINGS) or "/node_modules/" in path


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
    if bare in _CORE:
        return "system"
    first, _, rest = full[1:].partition("/")
    if _GLOB.search(first):
        hits = [name for name in SYSTEM if fnmatchcase(name, first)]
        return ("system" if not rest or rest == "*" else "system_part") if hits else "absolute"
    if _GLOB.search(bare):
        parent = bare.rsplit("/", 1)[0]
        if parent in _CORE and bare.rsplit("/", 1)[1].strip("*?") == "":
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
        if full.startswith(("/var/cache/", "/run/user/", "/var/crash/")) or full == "/var/cache":
            return "cache"
        return "system_part"
    if first in ("mnt", "media", "Volumes") and rest.count("/") == 0:
        return "mount"
    if _REPOSITORY.search(full):
        return "repository"
    return "artefact" if _artefact(full) and "/" in rest else "absolute"


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
        if full.startswith("../../../") and "/" + rest.split("/")[0] in _CORE:
            return _absolute_scope("/" + rest)  # climbs to the root, as `../../../../etc` does
        return "artefact" if _artefact(full) else "outside"
    if _artefact(full):
        return "artefact"
    bare = full.removesuffix("/*")
    if bare in _SOURCES or bare.rsplit("/", 1)[-1] == "src":
        return "sources"
    return "wildcard" if _GLOB.search(full) else "part"


# -- what a path holds

_SECRET = pattern(
    r"(^|/)\.ssh(/(id_[\w*?]+|\w*key|identity|\*|[\w-]*_(rsa|ed25519|ecdsa|dsa))?)?$|(^|/)id_(rsa|dsa|ecdsa"
    r"|ed25519)(_\w+)?$"
    r"|(^|/)\.aws(/credentials|/config|/\*|/sso/cache.*)?$|(^|/)\.kube(/config|/\*)?$|(^|/)\.gnupg(/|$)"
    r"|(^|/)\.netrc$"
    r"|(^|/)\.docker(/config\.json)?$|(^|/)\.npmrc$|(^|/)\.pypirc$|(^|/)\.git-credentials$|(^"
    r"|/)\.pgpass$|(^|/)\.my\.cnf$"
    r"|(^|/)\.env(\.(?!example|sample|template|dist|test|md)\w+)*$|(^|/)\.config/gcloud(/|$)|(^"
    r"|/)\.azure(/|$)"
    r"|(^|/)\.password-store(/|$)|(^|/)etc/g?shadow-?$|(^|/)\.config/(gh/hosts\.yml|hub"
    r"|rclone/rclone\.conf|op)(/|$)?"
    r"|(^|/)\.vault-token$|(^|/)\.terraform\.d/credentials|(^|/)Login Data$|(^|/)(cookies"
    r"|logins)\.(sqlite|json)$"
    r"|(^|/)key[34]\.db$|\.(pem|p12|pfx|keystore|jks|kdbx|ppk|ovpn)$|(^|/)(credentials"
    r"|secrets?)(\.(json|ya?ml|toml|ini|env))?$"
    r"|(^|/)service[-_]?account[\w-]*\.json$|(^|/)etc/(ssh/ssh_host_\w+_key|krb5\.keytab|sudoers)$"
    r"|/proc/(self|\d+|\*)/environ$"
    r"|(^|/)kubernetes\.io/serviceaccount|^/(var/)?run/secrets/|(^|/)Cookies$|^/dev/k?mem$|^/proc/kcore$|^/proc/(\d+|self)/mem$|(^|/)Keychains(/|$)|(^|/)wallet\.dat$|(^|/)\.bitcoin(/|$)|(^"
    r"|/)\.electrum(/|$)"
    r"|(^|/)etc/kubernetes/(admin\.conf|pki)|(^|/)\.mozilla(/firefox)?$|(^|/)\.config/(google-chrome"
    r"|chromium)(/|$)"
    r"|(^|/)(private[-_]?key|server\.key|tls\.key|[\w.-]+\.key)$|(^|/)terraform\.tfstate$|(^"
    r"|/)\.credentials\.json$"
    r"|(^|/)security/opasswd$|(^|/)NTDS\.dit$|(^|/)\.jupyter/jupyter_server_config"
)
_PUBLIC = pattern(
    r"\.pub$|known_hosts|authorized_keys|\.env\.(example|sample|template|dist)|(^|/)\.ssh/config$"
    r"|\.(crt|cer)$"
)
_PRIVATE = pattern(r"^/etc/(passwd|group|hostname|hosts)$|\.(bash|zsh)_history$|^/var/log/(auth|secure)")


def is_private(path: str) -> bool:
    """Whether the file is nobody's secret, but nobody else's business either."""
    return bool(_PRIVATE.search(path))


_GLOBBED_SECRETS = (
    "/etc/shadow", "/etc/gshadow", "~/.ssh/id_rsa", "~/.ssh/id_ed25519", "~/.aws/credentials", "~/.netrc",
    "~/.git-credentials", "~/.kube/config", "~/.docker/config.json", "~/.pgpass", "~/.vault-token",
)  # fmt: skip


def _globbed_secret(plain: str) -> bool:
    """`/etc/sh?dow`, `~/.s*/id_*`: a pattern that can only mean a secret (at least half of it is spelt out)."""
    if not _GLOB.search(plain) or sum(char.isalpha() for char in plain) < 4:
        return False
    pieces = plain.split("/")
    return any(
        len(pieces) == len(known.split("/"))
        and all(fnmatchcase(a, b) and b != "*" for a, b in zip(known.split("/"), pieces, strict=True))
        for known in _GLOBBED_SECRETS
    )


def holds_secret(path: str) -> bool:
    """Whether a file of that name usually holds a secret."""
    plain = path.replace(HOME, "~")
    if _globbed_secret(plain):
        return True
    return bool(_SECRET.search(plain.rstrip("/"))) and not _PUBLIC.search(plain)


_PERSISTENT = pattern(
    r"(^|/)\.(bashrc|bash_profile|bash_login|bash_aliases|bash_logout|profile|zshrc|zshenv|zprofile"
    r"|zlogin|zlogout|kshrc|cshrc"
    r"|tcshrc|xinitrc|xprofile|xsessionrc|inputrc|envrc)$|/fish/(config\.fish|conf\.d/)|/etc/(profile"
    r"|bash\.bashrc|bashrc|zsh/|zshrc|zshenv|zprofile|environment)"
    r"|/etc/profile\.d/|(^|/)authorized_keys2?$|/etc/(cron[\w.]*|anacrontab)|/var/spool/(cron|at)"
    r"|systemd/(system|user)(/|$)"
    r"|/etc/(rc\.local|init\.d/|rc\d\.d|init/|ld\.so\.preload|ld\.so\.conf|update-motd\.d|xdg/autostart"
    r"|udev/rules\.d"
    r"|NetworkManager/dispatcher\.d|apt/apt\.conf\.d|pam\.d|modules-load\.d|inittab)|/autostart/"
    r"|Library/Launch(Agents|Daemons)"
    r"|/usr/lib/pam|^(/usr)?/lib(32|64)?/([\w-]+/)?security/|(^|/)\.git/hooks/|(^|/)\.ssh/(rc|environment|config)$|(^|/)\.(vimrc"
    r"|emacs|pythonstartup)$"
    r"|/etc/(ssh/sshd_config|hosts\.equiv)|(^|/)\.(rhosts|gitconfig)$|sitecustomize\.py"
    r"|usercustomize\.py|(^|/)\.config/git/config"
)
_PRIVILEGE = pattern(
    r"/etc/(sudoers|passwd|g?shadow|group|doas\.conf|polkit-1|security|pam\.d|subuid|subgid)"
)
_OWN = pattern(
    r"(^|/)(\.config|\.local/share|\.local/state|\.cache)/caro(/|$)|\.trace_shell\.jsonl|/caro\.sock$"
)


_SET_ASIDE = (".bak", ".old", ".orig", ".disabled", ".save", ".dpkg-old", "~")
"""A copy under such a name is read by nobody."""


def is_persistent(path: str) -> bool:
    """Whether what stands in the file runs later by itself (rc files, cron, units, keys that let others in)."""
    return bool(_PERSISTENT.search(path)) and not path.endswith(_SET_ASIDE)


def is_login_file(path: str) -> bool:
    """A shell's own start file or a key file: each is one file, whose content somebody wrote by hand."""
    return bool(
        re.search(
            r"(^|/)(\.(bash|z|k|c)?\w*(rc|profile|login|logout|env)|\.profile|authorized_keys2?|config\.fish|sshd_config|ld\.so\.preload|\.ssh/\w+)$",
            path,
        )
    )


def grants_privilege(path: str) -> bool:
    return bool(_PRIVILEGE.match(path)) and not path.endswith(_SET_ASIDE)


def is_own(path: str, own_files: tuple[str, ...] = ()) -> bool:
    """Caro's own configuration, socket, state or log."""
    return bool(_OWN.search(path)) or any(path == own or path.startswith(own + "/") for own in own_files)
