"""Builds `specs/*.jsonl`: the names of commands, sub-commands and options that tools accept.

    npm install --ignore-scripts --prefix DIR @withfig/autocomplete
    python tools/build_specs.py --fig DIR/node_modules/@withfig/autocomplete [--help-texts] [--man DIR]

Three sources, merged: the completion specs of @withfig/autocomplete (MIT), `tools/spec_extra*.toml` (names written
from manuals, for tools that the first one lacks) and, with `--help-texts` and `--man`, what the tools installed
here say of themselves. `specs/compile_specs.py` tells how a line is written, and makes the file that Caro reads.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SPECS = ROOT / "specs"
DATA = ROOT / "src/caro/fix/data"
sys.path[:0] = [str(ROOT / "src"), str(SPECS)]

from compile_specs import write_lines, write_specs  # noqa: E402

from caro.fix.helptext import commands_in, options_in  # noqa: E402

Node = dict[str, Any]
MAN_FAMILIES = (
    "git",
    "docker",
    "npm",
    "cargo",
    "openssl",
    "ip",
    "apt",
    "systemd",
    "perf",
    "btrfs",
    "podman",
    "gh",
)
CRAWLED = {
    "docker": 2, "kubectl": 2, "cargo": 1, "rustup": 1, "terraform": 1, "pip": 1, "pip3": 1, "systemctl": 0,
    "journalctl": 0, "apt-get": 0, "apt-cache": 0, "apt": 0, "apt-mark": 0, "loginctl": 0, "hostnamectl": 0,
    "timedatectl": 0, "localectl": 0, "openssl": 0, "npm": 1, "pytest": 0, "flask": 0, "node": 0, "rustc": 0,
    "curl": 0, "jq": 0, "python3": 0, "gcc": 0, "fzf": 0, "dpkg": 0, "make": 0, "ninja": 0, "cmake": 0, "ctest": 0,
    "mvn": 0, "psql": 0, "pyenv": 0, "ps": 0, "resolvectl": 0, "networkctl": 0, "busctl": 0, "systemd-analyze": 0,
    "rsync": 0, "strace": 0, "gdb": 0, "htop": 0, "git": 0, "gh": 2, "uv": 2, "poetry": 1, "pipenv": 1, "twine": 1,
    "pre-commit": 1, "tox": 0, "ansible": 0, "ansible-playbook": 0, "ansible-galaxy": 2, "ansible-vault": 1,
    "ansible-inventory": 0, "ansible-doc": 0, "http": 0, "yt-dlp": 0, "black": 0, "isort": 0, "flake8": 0, "mkdocs": 1,
    "coverage": 1, "django-admin": 1, "pnpm": 1, "tsc": 0, "prettier": 0, "eslint": 0, "rg": 0, "fdfind": 0,
    "batcat": 0, "git-lfs": 0, "pylint": 0, "mypy": 0,
    "ruff": 1, "gunicorn": 0, "uvicorn": 0, "alembic": 1, "celery": 1, "nox": 0,
    "hatch": 2, "pipx": 1, "virtualenv": 0, "sphinx-build": 0, "pip-compile": 0, "bandit": 0, "scrapy": 0, "go": 0,
    "shellcheck": 0, "valgrind": 0, "clang": 0, "zsh": 0, "fish": 0, "bash": 0, "busybox": 0, "su": 0, "g++": 0,
    "javac": 0, "java": 0, "direnv": 1, "zoxide": 1, "ctr": 0, "aws": 0,
}  # fmt: skip
GNU = (
    "ls cp mv rm mkdir rmdir touch cat tac nl head tail wc sort uniq cut paste join comm tr split csplit fmt fold pr"
    " expand unexpand od base32 base64 basenc md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum"
    " shuf tsort seq factor numfmt stat du df ln link unlink readlink realpath basename dirname mktemp mkfifo mknod"
    " install chmod chown chgrp truncate sync dd date uptime uname hostname whoami id groups who users pinky logname"
    " tty stty nproc arch env printenv nice nohup timeout stdbuf sleep tee test expr grep egrep fgrep diff diff3 cmp"
    " sdiff find xargs locate gzip gunzip zcat bzip2 xz unxz zstd tar zip unzip cpio sed gawk awk less more file which"
    " whereis ps top free kill pgrep pkill pmap pwdx slabtop sysctl tload vmstat w watch lsblk blkid mount umount"
    " findmnt losetup swapon swapoff fdisk sfdisk mkswap dmesg column rev hexdump look cal script ul getopt flock"
    " ionice chrt taskset nsenter unshare setsid lscpu lsmem lsns lsipc ipcs ipcrm logger mcookie namei prlimit"
    " renice rename wall wdctl fallocate strace ltrace lsof ss netstat ifconfig route arp ip useradd usermod userdel"
    " groupadd groupmod groupdel passwd chage gpasswd chsh chfn su dpkg dpkg-query dpkg-deb dpkg-reconfigure"
    " update-alternatives apt-config apt-ftparchive nm objdump objcopy readelf strip strings size ar ranlib as ld"
    " addr2line c++filt gcov gdb ldd getent locale localedef iconv msgfmt xgettext m4 autoconf automake bison flex"
    " patch wget rsync ssh-keygen gpg tree htop tmux screen vim nano perl ruby lua pg_dump pg_restore psql createdb"
    " dropdb mysqldump sqlite3 bc dc xxd shred chattr lsattr getfacl setfacl loginctl timedatectl hostnamectl localectl"
    " systemd-run systemd-cat systemd-tmpfiles udevadm machinectl coredumpctl zipinfo pip pip3 javac java jar javadoc"
    " keytool ctest cpack nproc nslookup dig host traceroute ping mtr nmap tcpdump iptables"
).split()
"""Programs whose `--help` only prints; asked beside the crawled ones."""

MANUALS = (
    "tcpdump nmap socat mtr qemu-img restic borg hg svn svnadmin tig lvs vgs pvs lvcreate lvextend vgcreate pvcreate"
    " lvremove mdadm cryptsetup parted sfdisk hdparm smartctl lspci lsusb dmidecode ffmpeg ffprobe ffplay convert"
    " magick identify mogrify exiftool sox autoconf automake cppcheck bundle gem ruby irb php nginx apachectl at atq"
    " batch logrotate tree redis-cli redis-server mysql mysqldump mysqladmin mariadb ufw nmcli podman buildah skopeo"
    " iptables ip6tables iptables-save nft ethtool dig host nslookup ab htpasswd ack ag rsync flatpak crontab ping"
    " traceroute zstd 7z pandoc tidy meson scons lxc-start lxc-create dnsmasq getfacl setfacl rclone parallel"
    " clang-format clang-tidy ssh scp sftp ssh-add ssh-agent ssh-copy-id ssh-keyscan sshd initdb pg_ctl fish zsh dash"
    " curl wget openssl"
).split()
"""Programs whose manual pages are read where they are found, beside the common ones."""

HELP_FLAG = {
    "curl": ["--help", "all"], "ps": ["--help", "all"], "npm": ["-h"], "tsc": ["--all"], "tox": ["run", "--help"],
    "gcc": ["--help=common,warnings,optimizers,target,c,c++"], "g++": ["--help=common,warnings,optimizers,target,c++"],
    "java": ["-X"], "javac": ["--help-extra"], "pylint": ["--long-help"],
}  # fmt: skip
ALSO_ASKED = {"tox": [["--help"]], "java": [["--help"]], "javac": [["--help"]], "node": [["--v8-options"]],
              "openssl": [["help"]], "git-lfs": [["help"]]}  # fmt: skip
"""Tools whose options stand in several texts."""
SAME_TOOL = {"fdfind": "fd", "batcat": "bat", "sphinx-build": "sphinx", "django-admin": "manage.py"}
"""Names that a distribution gave to a tool, and what everybody else calls it."""


def fig_rows(package: Path) -> dict[str, Node]:
    script = Path(__file__).with_name("read_fig_specs.mjs")
    run = subprocess.run(
        ["node", str(script), str(package / "build")], capture_output=True, text=True, check=True, timeout=300
    )
    rows = (json.loads(line) for line in run.stdout.splitlines())
    return {row["key"]: row["node"] for row in rows}


def _version(key: str) -> tuple[int, ...]:
    return tuple(int(part) for part in key.rsplit("/", 1)[1].split(".") if part.isdigit())


def root_commands(rows: dict[str, Node]) -> dict[str, Node]:
    """Drops `tool/1.2.3` down to its newest version and resolves `loadSpec` references."""
    roots = {key: node for key, node in rows.items() if "/" not in key and re.fullmatch(r"[\w.+-]+", key)}
    versioned = sorted((key for key in rows if re.fullmatch(r"[\w.-]+/\d+(\.\d+)+", key)), key=_version)
    roots |= {key.split("/")[0]: rows[key] for key in versioned}
    for name in list(roots):
        roots[name] = _resolved(roots[name], rows, 0)
    return {name: node for name, node in roots.items() if name not in ("-", "aliases", "fig", "example")}


def _resolved(node: Node, rows: dict[str, Node], depth: int) -> Node:
    target = rows.get(node.get("l", ""))
    merged = dict(merge(dict(node), target)) if target is not None and depth < 6 else dict(node)
    merged.pop("l", None)
    children = merged.get("s", {})
    merged["s"] = {k: v if isinstance(v, str) else _resolved(v, rows, depth + 1) for k, v in children.items()}
    return merged


def merge(into: Node, other: Node) -> Node:
    """Adds the names of `other`; an option known to take a value in either takes one."""
    for key in ("o", "v", "Po", "Pv", "d", "a"):
        into[key] = list(dict.fromkeys([*into.get(key, []), *other.get(key, [])]))
    for bare, valued in (("o", "v"), ("Po", "Pv")):
        into[bare] = [name for name in into[bare] if name not in into[valued]]
    for key in ("x", "t", "D"):
        if key in other and key not in into:
            into[key] = other[key]
    children = dict(into.get("s", {}))
    for name, child in other.get("s", {}).items():
        mine = children.get(name)
        if isinstance(child, dict) and isinstance(mine, dict):
            children[name] = merge(dict(mine), child)
        elif mine is None:
            children[name] = child
    into["s"] = children
    return into


def node_of_text(text: str) -> Node:
    names = options_in(text)
    return {
        "o": [name for name, value in names.items() if not value],
        "v": [name for name, value in names.items() if value],
        "s": {name: {} for name in commands_in(text)},
    }


def help_text(argv: list[str], flags: list[str] | None = None) -> str:
    flag = flags or (HELP_FLAG.get(argv[0], ["--help"]) if len(argv) == 1 else ["--help"])
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C", "COLUMNS": "200", "PAGER": "cat",
           "GIT_PAGER": "cat", "MANPAGER": "cat", "KUBECONFIG": "/dev/null"}  # fmt: skip
    try:
        run = subprocess.run(
            [*argv, *flag], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, env=env, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (run.stdout + b"\n" + run.stderr).decode(errors="replace")[:200_000]


def crawl(argv: list[str], depth: int) -> Node:
    node = node_of_text(help_text(argv))
    for flags in ALSO_ASKED.get(" ".join(argv), ()):
        merge(node, node_of_text(help_text(argv, flags)))
    if depth:
        for name in list(node["s"]):
            node["s"][name] = crawl([*argv, name], depth - 1)
    return node


def _roff_text(source: str) -> str:
    """Enough of roff(7) for names: font switches and escapes go, requests lose their name, one item a line."""
    source = re.sub(r"\\f(?:\[[^\]]*\]|\([A-Z]{2}|.)|\\s[-+]?\d|\\[&|^,/]|\\c$", "", source, flags=re.M)
    source = source.replace("\\-", "-").replace("\\(hy", "-").replace("\\fR", "").replace("\\ ", " ")
    lines = []
    for line in source.splitlines():
        if line.startswith((".SH", ".TH", '.\\"')):
            continue
        macro = re.match(r"[.'](?:B|BR|BI|I|IR|IP|RB|TP|It Fl|OP|HP|SS|B2)\s+(.*)", line)
        text = macro[1].replace('" "', "").replace('"', " ") if macro else ("" if line[:1] in ".'" else line)
        if line.startswith(".It Fl"):
            text = "-" + text
        lines.append(text.strip() if not macro else re.sub(r"\s*,\s*", ", ", text.strip()))
    return "\n".join(lines)


def man_nodes(folder: Path, wanted: set[str]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for path in sorted(folder.glob("man[18]/*.gz")):
        name = re.sub(r"\.[18]\w*\.gz$", "", path.name)
        family, _, sub = name.partition("-")
        child = sub if family in MAN_FAMILIES and sub and name not in wanted else ""
        if name not in wanted and not child:
            continue
        with gzip.open(path, "rt", errors="replace") as handle:
            text = _roff_text(handle.read(2_000_000))
        node = {key: value for key, value in node_of_text(text).items() if key != "s"}
        if child:
            merge(found.setdefault(family, {}), {"s": {child: node}})
        else:
            merge(found.setdefault(name, {}), node)
    return found


def extra_nodes(path: Path) -> dict[str, Node]:
    """`[tool]` tables: `commands`, `options`, `valued`, `args` are word lists; `[tool.sub]` nests."""

    def node(table: dict[str, Any]) -> Node:
        return {
            "s": {name: {} for name in table.get("commands", "").split()}
            | {name: node(value) for name, value in table.items() if isinstance(value, dict)},
            "o": table.get("options", "").split(),
            "v": table.get("valued", "").split(),
            "a": table.get("args", "").split(),
        }

    return {name: node(table) for name, table in tomllib.loads(path.read_text()).items()}


def tidy(node: Node) -> Node:
    """Drops empty fields and options that are none (prose that looked like one)."""
    clean: Node = {}
    for key in ("o", "v", "Po", "Pv", "d", "a"):
        pattern = r".+" if key == "a" else r"-{1,2}[\w?#@][\w.:+-]*|\+[\w-]+|-"
        names = [name for name in dict.fromkeys(node.get(key, [])) if re.fullmatch(pattern, name)]
        if names:
            clean[key] = names
    for key in ("x", "t", "D"):
        if key in node:
            clean[key] = node[key]
    children = {k: v if isinstance(v, str) else tidy(v) for k, v in node.get("s", {}).items() if len(k) < 60}
    if children:
        clean["s"] = children
    return clean


GLUED = ("podman", "docker", "buildah", "skopeo")
"""Tools whose manual pages are named for two words (`podman-system-prune`)."""


def unglued(node: Node) -> Node:
    """Puts `system-prune` below `system`, where that is a sub-command."""
    children = dict(node.get("s", {}))
    for name in sorted(children):
        above, _, below = name.partition("-")
        if below and isinstance(children.get(above), dict) and isinstance(children[name], dict):
            into = dict(children[above])
            into["s"] = dict(into.get("s", {}))
            known = into["s"].get(below)
            into["s"][below] = (
                merge(dict(known), children[name]) if isinstance(known, dict) else children[name]
            )
            children[above] = unglued(into)
            del children[name]
    return node | {"s": children} if children else node


def _option_count(node: Node) -> int:
    here = sum(len(node.get(key, [])) for key in ("o", "v", "Po", "Pv"))
    return here + sum(_option_count(child) for child in node.get("s", {}).values() if isinstance(child, dict))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fig", type=Path, required=True, help="folder of the npm package")
    parser.add_argument("--help-texts", action="store_true", help="ask the tools installed here as well")
    parser.add_argument("--man", type=Path, nargs="*", default=[], help="folders with man1 and man8")
    options = parser.parse_args()
    common = [
        word
        for line in (DATA / "common.txt").read_text().splitlines()
        if not line.startswith("#")
        for word in line.split()
    ]
    roots = root_commands(fig_rows(options.fig))
    sources = [extra_nodes(path) for path in sorted(Path(__file__).parent.glob("spec_extra*.toml"))]
    wanted = {*common, *GNU, *CRAWLED, *MANUALS}
    sources += [man_nodes(folder, wanted) for folder in options.man]
    if options.help_texts:
        depths = dict.fromkeys(GNU, 0) | CRAWLED
        sources.append({name: crawl([name], depth) for name, depth in depths.items() if shutil.which(name)})
    for source in sources:
        for name, node in source.items():
            roots[name] = merge(dict(roots.get(name, {})), node)
    for name, usual in SAME_TOOL.items():
        if name in roots:
            roots[usual] = merge(dict(roots.get(usual, {})), roots[name])
    roots = {name: tidy(unglued(node) if name in GLUED else node) for name, node in roots.items()}
    write_lines(SPECS, roots)
    write_specs()
    print(f"{len(roots)} commands, {sum(map(_option_count, roots.values()))} options")
    shutil.copyfile(options.fig / "LICENSE", DATA / "specs.LICENSE")
    return 0


if __name__ == "__main__":
    sys.exit(main())
