"""Package managers: where they install from, and what they take away."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety.call import Call, decider
from caro.safety.deciders.git import is_strange
from caro.safety.flows import is_foreign
from caro.safety.streams import EMPTY, Stream
from caro.safety.values import shown

_VITAL = pattern(
    r"^(core\d*|snapd|libc6|libc|glibc|bash|dash|coreutils|util-linux|systemd(-sysv)?|init|linux-(image|generic"
    r"|headers|base|modules)\S*|kernel(-core|-devel)?\S*|linux|grub\S*|apt|dpkg"
    r"|sudo|python3(-minimal|\.\d+|-apt|-dbus)?|python|python2|perl(-base)?|openssh(-server|-client)?"
    r"|sshd|network-manager|netplan\S*|netbase|ifupdown|login|passwd|mount"
    r"|libstdc\S*|gcc-\S*-base|base-files|base-passwd|libpam\S*|pam|rpm|dnf|yum|pacman|filesystem"
    r"|ubuntu-(desktop|server|minimal)|gnome-shell|xorg|xserver-xorg\S*"
    r"|openssl|libssl\S*|ca-certificates|shim\S*|initramfs-tools|dracut|cryptsetup|lvm2|mdadm|e2fsprogs"
    r"|dbus|udev|libsystemd\S*|lib(selinux|crypt|gcc|zlib)\S*|zlib1g|tar|gzip|sed|grep|findutils"
    r"|essential|base-system|base|busybox|musl|alpine-base\S*|nvidia-driver\S*|postgresql\S*|mysql-server\S*"
    r"|mariadb-server\S*|docker-ce\S*|containerd\.io|kubelet|kubeadm|~.*|\*|\.\*|\?.*|'\*'|.*\*)$"
)


@decider("system_packages")
def system_packages(call: Call) -> Stream | None:
    """Judge apt(8), dnf(8), pacman(8), zypper(8), apk(8), dpkg(1), rpm(8), brew(1) …"""
    arguments = call.arguments
    words = [str(word) for word in arguments.positional]
    if arguments.has(
        "-s",
        "--simulate",
        "--dry-run",
        "--just-print",
        "--recon",
        "--assumeno",
        "-n",
        "--print",
        "-p",
        "--test",
        "--download-only",
        "--no-act",
        "--help",
    ) and (
        call.name not in ("brew", "emerge", "pkg", "pacman")
        or arguments.has("--dry-run", "--print", "--help")
        or (call.name in ("pacman", "emerge") and arguments.has("-p"))
    ):
        return EMPTY
    if "yes, do as i say" in (call.stdin.text or "").lower():
        call.effect("remove_software", "packages that the system needs", "", "essential", base=65)
    verb, names = (words[0] if words else ""), words[1:]
    if call.name in ("dpkg", "rpm", "pacman", "emerge", "xbps-remove"):
        verb, names = _verb_of_options(call, words)
    removes = verb in (
        "remove",
        "purge",
        "erase",
        "autoremove",
        "uninstall",
        "del",
        "rm",
        "autopurge",
        "delete",
        "deinstall",
        "unmerge",
        "autoclean_",
    )
    if removes:
        _removes(call, verb, names)
    if (
        arguments.has(
            "--force-all",
            "--force-depends",
            "--nodeps",
            "--allow-remove-essential",
            "--force-remove-essential",
        )
        and removes
    ):
        call.effect("remove_software", " ".join(names), "", "forced")
    if verb in ("install", "add", "reinstall", "localinstall", "upgrade", "-i", "in"):
        if arguments.has(
            "--allow-unauthenticated",
            "--force-yes",
            "--nogpgcheck",
            "--no-gpg-checks",
            "--allow-untrusted",
            "--no-verify",
        ):
            local = call.name == "apk" and bool(names) and all(map(_LOCAL_PACKAGE.match, names))
            call.effect(
                "install_untrusted", " ".join(names), "", "unsigned", *(["local_file"] if local else [])
            )
        remote = [
            name for name in names if re.match(r"https?://|ftp://", name) and not _PUBLISHERS.match(name)
        ]
        if remote:
            call.effect("install_untrusted", remote[0], "", "url")
    if call.name == "snap" and verb == "install" and arguments.has("--dangerous"):
        call.effect("install_untrusted", " ".join(names), "", "unsigned")
    if call.name == "brew" and verb == "tap" and len(names) > 1 and not _KNOWN_HOSTS.match(names[1]):
        call.effect("install_untrusted", names[1], "", "repository")
    _unsigned_source(call, verb)
    if verb == "config-manager" and any(
        "--add-repo" in word or word.startswith("http://") for word in call.argv
    ):
        call.effect("install_untrusted", " ".join(names), "", "repository")
    if (
        call.name == "pacman"
        and verb == "remove"
        and "dd" in "".join(o for o in arguments.options if not o.startswith("--"))
    ):
        call.effect("remove_software", " ".join(names), "", "forced")
    return EMPTY


def _unsigned_source(call: Call, verb: str) -> None:
    """Signatures switched off by a setting (apt.conf(5)), or a package file that this line fetched."""
    arguments = call.arguments
    lax = re.compile(
        r"(AllowUnauthenticated|AllowInsecureRepositories|AllowWeakRepositories)=(true|1|yes)", re.I
    )
    if any(lax.search(value) for value in arguments.all_values("-o", "--option")) or (
        verb == "update" and arguments.has("--allow-insecure-repositories", "--allow-unauthenticated")
    ):
        call.effect("install_untrusted", verb, "", "unsigned")
    if verb in ("install", "localinstall", "reinstall", "-i"):
        for word in arguments.positional:
            package = word.endswith((".deb", ".rpm", ".apk", ".pkg.tar.zst", ".snap"))
            if package and is_foreign(call.reads(word)) and not _PUBLISHERS.match(call.reads(word).source):
                call.effect("install_untrusted", word, "", "url")
                return


def _verb_of_options(call: Call, words: list[str]) -> tuple[str, list[str]]:
    arguments = call.arguments
    table = {
        "dpkg": (("-r", "--remove", "-P", "--purge"), ("-i", "--install")),
        "rpm": (("-e", "--erase"), ("-i", "-U", "--install", "--upgrade", "-F")),
        "pacman": (("-R", "--remove"), ("-S", "-U", "--sync", "--upgrade")),
        "emerge": (("-C", "--unmerge", "-c", "--depclean"), ()),
        "xbps-remove": (("-R", "-o", "-f"), ()),
    }
    removes, installs = table[call.name]
    if call.name == "pacman":  # whose -c, -s and -o take no value, as those of apt do
        words = [str(word) for word in call.argv[1:] if not word.startswith("-")]
    if call.name == "xbps-remove" or arguments.has(*removes):
        return ("purge" if arguments.has("-P", "--purge") else "remove"), words
    return ("install" if installs and arguments.has(*installs) else ""), words


_LOCAL_PACKAGE = pattern(r"(\./|\.\./|/|~)[\w./*+~-]*$")
"""A package in a file: apk(8) takes none that somebody built without that option."""
_SUMDB = pattern(r"GO(SUMDB|NOSUMDB|FLAGS|INSECURE|NOSUMCHECK|PROXY)=(off|\S*insecure\S*|\*|http://.*)")


def _removes(call: Call, verb: str, names: list[str]) -> None:
    # emerge(1) takes CATEGORY/PACKAGE
    vital = [name for name in names if _VITAL.match(name.split(":")[0].rsplit("/", 1)[-1])]
    purge = verb in ("purge", "autopurge") or call.arguments.has("--purge", "-P")
    facts = (["vital"] if vital else []) + (["purge"] if purge else [])
    computed = any(word.stream is not None or "\ue001" in word for word in call.arguments.positional)
    if call.arguments.has("--all") or (
        computed and call.name in ("pacman", "brew", "yay", "paru", "port", "pkg")
    ):
        facts += ["everything", "many"]
    if (
        call.name == "brew"
        and not computed
        and not call.arguments.has("--force", "--zap", "--ignore-dependencies")
    ):
        return
    if computed and _orphans(call):
        facts = [fact for fact in facts if fact not in ("everything", "many")]
    elif computed and not all(map(_WAS_FOR_BUILDING.search, names)):
        facts.append("computed")
    call.effect("remove_software", " ".join(vital or names) or verb, "", *facts)


def _orphans(call: Call) -> bool:
    """True if the names are those that pacman(8) -Qdt lists: packages that nothing needs any more."""
    unknown = [word for word in call.arguments.positional if "\ue001" in word]
    return len(unknown) == 1 and bool(_ORPHANS.search(call.state.source))


_ORPHANS = pattern(r"(\$\(|`)\s*(pacman|yay|paru) -Q(?=\w*d)(?=\w*t)[dtqm]+\s*[)`]")
_WAS_FOR_BUILDING = pattern(r"(?i)^\ue001\w*(deps?|build|fetch|tmp|temp|pkgs?|packages|tools)")
"""Variables in which a line notes what it installed for a while alone."""

_PUBLISHERS = pattern(
    r"https://([\w.-]+\.)?(debian\.org|ubuntu\.com|fedoraproject\.org|opensuse\.org|centos\.org|rockylinux\.org|alpinelinux\.org"
    r"|archlinux\.org|dl(-ssl)?\.google\.com|packages\.cloud\.google\.com|docker\.com|nodesource\.com|yarnpkg\.com"
    r"|postgresql\.org|packages\.microsoft\.com|hashicorp\.com|elastic\.co|confluent\.io|bazel\.build|nginx\.org|mongodb\.(org|com)"
    r"|redis\.io|mysql\.com|mariadb\.org|grafana\.com|k8s\.io|llvm\.org|nvidia\.(com|github\.io)|kitware\.com|jenkins\.io"
    r"|cli\.github\.com|rabbitmq\.com|apache\.org|ceph\.com|winehq\.org|puppet\.com|saltproject\.io|gitlab\.com|helm\.sh"
    r"|repos\.influxdata\.com|rpms\.remirepo\.net|zabbix\.com|percona\.com|timescale\.com|neo4j\.com|endpointdev\.com|steampowered\.com"
    r"|sury\.org|opensuse\.org|datadoghq\.com|newrelic\.com|fluentbit\.io|treasuredata\.com|packages\.element\.io"
    r"|rpmfusion\.org|almalinux\.org|amazoncorretto\.com|adoptium\.net|azul\.com|intel\.com|amd\.com|ros\.org|qgis\.org|sonarsource\.com|snyk\.io"
    r"|clickhouse\.com|github\.com/[\w.-]+/[\w.-]+/releases/download)([:/]|$)"
)
"""Who publishes signed packages for everybody, at addresses that prove who they are."""


@decider("apt_key")
def apt_key(call: Call) -> Stream | None:
    """Judge apt-key(8): a key from the network lets its owner install anything."""
    if (
        call.arguments.positional[:1] == ["add"]
        and "download" in call.stdin.tags
        and not _PUBLISHERS.match(call.stdin.source)
    ):
        call.effect("install_untrusted", call.stdin.source, "", "repository")
    return EMPTY


_INDEX = (
    "--index-url",
    "-i",
    "--extra-index-url",
    "--index",
    "--default-index",
    "--registry",
    "--find-links",
    "-f",
    "--source",
    "-s",
    "--clear-sources",
    "--repository",
)
_KNOWN_HOSTS = pattern(
    r"https://([\w.-]*\.)?(pypi\.(python\.)?org|pythonhosted\.org|download\.pytorch\.org|npmjs\.(org|com)"
    r"|npmjs\.eu|yarnpkg\.com|npmmirror\.com|rubygems\.org|crates\.io|github\.com|gitlab\.com|bitbucket\.org"
    r"|packagist\.org|test\.pypi\.org|pypi\.nvidia\.com|googleapis\.com|jfrog\.io|amazonaws\.com"
    r"|azure\.com|pkg\.dev|githubusercontent\.com|npm\.pkg\.github\.com|cran\.r-project\.org|deb\.debian\.org"
    r"|tuna\.tsinghua\.edu\.cn|aliyun\.com|astral\.sh|jsr\.io|codeberg\.org|sr\.ht|huggingface\.co"
    r"|anaconda\.org|forge\.|cloudsmith\.io|gemfury\.com|fury\.io)([/:]|$)"
)


_INDEX_VARIABLES = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "UV_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "NPM_CONFIG_REGISTRY",
    "npm_config_registry",
    "YARN_REGISTRY",
)
_HERE = pattern(r"https?://(localhost|127\.|\[::1)")
_GO_VARIABLES = ("GOFLAGS", "GOSUMDB", "GONOSUMDB", "GONOSUMCHECK", "GOINSECURE")
_GO_LAX = pattern(r"GOFLAGS=.*-insecure.*|GOSUMDB=off|GO(NOSUMDB|INSECURE)=\*|GONOSUMCHECK=1")


_MODULE = pattern(r"(?P<host>[a-z0-9-]+(\.[a-z0-9-]+)+)/\S*@")
_MODULE_HOSTS = pattern(
    r"(^|\.)(golang\.org|go\.dev|google\.\w+|cloud\.google\.com|gopkg\.in|uber\.org|k8s\.io|honnef\.co|mvdan\.cc|modernc\.org"
    r"|gotest\.tools|rsc\.io|etcd\.io|opentelemetry\.io|cuelang\.org|entgo\.io|gorm\.io|gitea\.com|gvisor\.dev|filippo\.io"
    r"|tailscale\.com|buf\.build|connectrpc\.com|goa\.design|goreleaser\.com|gonum\.org|istio\.io|knative\.dev|tekton\.dev"
    r"|temporal\.io|dagger\.io|helm\.sh|fyne\.io|gioui\.org|encore\.dev|ariga\.io|atlasgo\.io|pault\.ag|storj\.io|changkun\.de"
    r"|charm\.sh|caddyserver\.com|hashicorp\.com|cloudfoundry\.org|mellium\.im|upper\.io|sigsum\.org|9fans\.net|zombiezen\.com)$"
)
"""Domains whose Go modules everybody builds with; repositories' own hosts are told by their names."""


def _from_module(call: Call, verb: str, names: list[str]) -> None:
    """Judge `go install HOST/PATH@VERSION`: it builds and installs a program from that host (go help install)."""
    if call.name != "go" or verb not in ("install", "run", "get"):
        return
    for match in filter(None, map(_MODULE.match, names)):
        if not _MODULE_HOSTS.search(match["host"]) and is_strange("https://" + match["host"]):
            call.effect("install_untrusted", match[0].rstrip("@"), "", "url")
            return


@decider("helm")
def helm(call: Call) -> Stream | None:
    """Judge `helm install NAME URL` (helm install): a chart from an address that nobody knows."""
    words = call.arguments.positional
    if words[:1] in (["install"], ["upgrade"], ["template"]) and words[0] != "template":
        for word in words[1:]:
            if re.match(r"https?://", word) and not _PUBLISHERS.match(word) and is_strange(word):
                call.effect("install_untrusted", word, "", "url")
    return None


@decider("language_packages")
def language_packages(call: Call) -> Stream | None:
    """Judge pip, npm, gem, cargo …: sources that nobody vouches for, packages taken off a public registry."""
    arguments = call.arguments
    words = [str(word) for word in arguments.positional]
    verb = words[0] if words else ""
    if arguments.has("--dry-run"):
        return EMPTY
    if call.name in ("uv", "poetry", "pdm", "pipenv", "hatch", "rye") and verb in ("pip", "add", "tool"):
        words, verb = (
            (words[1:], words[1] if len(words) > 1 else "") if verb in ("pip", "tool") else (words, "install")
        )
    _from_module(call, verb, words[1:])
    installs = verb in (
        "install",
        "i",
        "add",
        "download",
        "wheel",
        "ci",
        "global",
        "create",
        "exec",
        "dlx",
        "inject",
        "run",
        "get",
    )
    if installs:
        _installs(call, words[1:])
    if verb in ("uninstall", "remove", "rm", "un") and call.name in ("pip", "pipx", "uv"):
        everything = arguments.has("-r", "--requirement", "--all") or any("\ue001" in word for word in words)
        if verb == "uninstall" and (everything or words[1:2] == ["-r"] or "xargs" in call.state.facts):
            call.effect("remove_software", " ".join(words[1:]) or "everything", "", "computed", "vital")
        elif verb == "uninstall-all":
            call.effect("remove_software", "everything", "", "computed")
    if verb in ("uninstall-all",) and call.name == "pipx":
        call.effect("remove_software", "everything", "", "computed")
    if verb in ("unpublish", "yank") or (call.name == "gem" and verb == "yank"):
        call.effect("destroy_resource", " ".join(words[1:]), "", "published")
    if call.name == "go" and verb == "env" and arguments.has("-w") and any(map(_SUMDB.match, words)):
        call.effect("install_untrusted", " ".join(words[1:]), "", "unsigned")
    if call.name == "gem" and verb == "sources":
        for value in arguments.all_values("-a", "--add"):
            if not _KNOWN_HOSTS.match(value):
                call.effect("install_untrusted", value, "", "index")
    if verb == "deprecate":
        call.effect("disrupt_service", " ".join(words[1:]), "", "published")
    if verb in ("owner", "access", "team") and any(
        word in words for word in ("rm", "remove", "revoke", "--remove", "destroy")
    ):
        call.effect("destroy_resource", " ".join(words), "", "published")
    if verb == "config" and any(
        re.search(r"strict-ssl\s*=?\s*false|trusted-host", shown(" ".join(call.argv))) for _ in (0,)
    ):
        call.effect("lower_defence", "TLS certificates")
    if verb == "config" and re.search(
        r"(script-shell|node-options|git|shell|editor)[ =]\S*/tmp/", " ".join(words)
    ):
        call.effect("persist", " ".join(words), "", "hook")
    if verb == "config" and "set" in words[:3]:
        registry = re.search(r"(?:registry|index-url)[ =](\S+)", " ".join(words))
        if (
            registry
            and not _KNOWN_HOSTS.match(registry[1])
            and "http://" in registry[1]
            and "localhost" not in registry[1]
        ):
            call.effect("install_untrusted", registry[1], "", "index")
    return EMPTY


def _plain_url(name: str) -> str:
    """Return `git+ssh://git@host/x` and `git+https://me@host/x` as https://host/x: both prove who the host is."""
    return re.sub(r"^(?:\w+@)?(?:git\+)?(?:https|ssh)://(?:[\w.-]+@)?", "https://", name)


def _installs(call: Call, names: list[str]) -> None:
    arguments = call.arguments
    for value in arguments.all_values(*_INDEX):
        if (
            value.startswith("http")
            and not _KNOWN_HOSTS.match(value)
            and not re.match(r"https?://(localhost|127\.|\[::1)", value)
        ):
            call.effect("install_untrusted", value, "", "index")
            return
    for name in _INDEX_VARIABLES:
        index = str(call.state.variables.get(name, ""))
        if index.startswith("http") and not _KNOWN_HOSTS.match(index) and not _HERE.match(index):
            call.effect("install_untrusted", index, "", "index")
    if call.name == "go" and any(
        _GO_LAX.fullmatch(f"{k}={call.state.variables.get(k, '')}") for k in _GO_VARIABLES
    ):
        call.effect("install_untrusted", " ".join(names), "", "unsigned")
    if arguments.has("--trusted-host") and not all(
        _KNOWN_HOSTS.match(f"https://{host}") or _HERE.match(f"http://{host}")
        for host in arguments.all_values("--trusted-host")
    ):
        call.effect("install_untrusted", shown(arguments.value("--trusted-host") or ""), "", "index")
        return
    for name in names:
        url = re.match(r"(?:\w+@)?(?:git\+)?(https?|git|ssh|ftp)://", name)
        if url and not _KNOWN_HOSTS.match(_plain_url(name)):
            call.effect("install_untrusted", name, "", "url")
            return
        if url and name.startswith(("http://", "git://", "git+http://")):
            call.effect("install_untrusted", name, "", "url")
            return
    if arguments.has("--break-system-packages"):
        call.effect("install_untrusted", " ".join(names), "", "system_packages")
    if call.name == "go" and any("GOFLAGS" in word or "insecure" in word for word in call.argv):
        call.effect("install_untrusted", " ".join(names), "", "unsigned")
