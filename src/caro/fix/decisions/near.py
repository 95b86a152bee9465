"""Decisions that look for the nearest of some names."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from caro.fix.context import Context
from caro.fix.decisions.registry import decision
from caro.fix.decisions.tables import names, packages
from caro.fix.distance import is_plausible, nearest
from caro.fix.evidence import names_word
from caro.fix.folders import repaired
from caro.fix.spec_walk import CLOSE
from caro.fix.words import Word, quote


def _near_known(context: Context, known: str) -> Sequence[str]:
    name = context.groups["name"]
    hits = nearest(name, packages(context.knowledge)[known].split(), 3) if len(name) > 2 else []
    hits = [hit for hit in hits if is_plausible(name, hit[1])]
    word = next(
        (word for word in context.simple.words[1:] if word.text.split("=")[0].split("@")[0] == name), None
    )
    if word is None:
        return []
    start = context.simple.start
    text, at = context.simple.text, word.start - start
    return [text[:at] + found + text[at + len(name) :] for found, _ in hits]


@decision
def near_package(context: Context) -> Sequence[str]:
    return _near_known(context, "pip")


@decision
def near_npm_package(context: Context) -> Sequence[str]:
    return _near_known(context, "npm")


@decision
def near_script(context: Context) -> Sequence[str]:
    """Return the nearest script of package.json."""
    name = context.groups["name"]
    own = context.inventory.names("npm-script")
    usual = "build test start dev lint format serve watch preview deploy typecheck storybook clean"
    hits = [hit for hit in nearest(name, own or usual.split(), 2) if is_plausible(name, hit[1])]
    return [
        re.sub(rf"(?<=\s){re.escape(name)}(?=\s|$)", found, context.simple.text, count=1) for found, _ in hits
    ]


@decision
def run_script(context: Context) -> Sequence[str]:
    known = context.groups["name"] in context.inventory.names("npm-script")
    return [context.simple.text.replace("npm ", "npm run ", 1)] if known else []


def exchanged(context: Context, bad: str, names: Iterable[str], most: int = 2) -> Sequence[str]:
    """Return the simple command with the word `bad` (or a part of it, by `:` or `@`) as one of the nearest names."""
    text = context.simple.text
    pattern = rf"(?<![\w.-]){re.escape(bad)}(?![\w-])"
    near = [name for name, cost in nearest(bad, list(names), most) if name != bad and is_plausible(bad, cost)]
    return [re.sub(pattern, lambda _, name=name: quote(name), text, count=1) for name in near]  # type: ignore[misc]


@decision
def near_image(context: Context) -> Sequence[str]:
    return exchanged(
        context, context.groups["name"].removeprefix("library/"), names(context.knowledge)["images"].split()
    )


@decision
def near_service(context: Context) -> Sequence[str]:
    """Return a unit of this machine, else a well-known one."""
    bad = next(value for key in ("unit", "other", "third") if (value := context.groups.get(key)))
    own = [name for name in context.inventory.names("service") if not name.endswith("@")]
    near = exchanged(context, bad, own) or exchanged(
        context, bad, names(context.knowledge)["services"].split()
    )
    known = names(context.knowledge)["other_service"].get(bad)
    first = [context.simple.text.replace(bad, known)] if known and (not own or known in own) else []
    return [*first, *near]


@decision
def near_host(context: Context) -> Sequence[str]:
    return exchanged(context, context.groups["name"], context.inventory.names("host"))


@decision
def near_user(context: Context) -> Sequence[str]:
    bad = context.groups.get("name") or context.groups.get("other", "")
    return exchanged(context, bad, context.inventory.names("user")) if bad else []


@decision
def near_group(context: Context) -> Sequence[str]:
    usual = "root adm sudo wheel nogroup nobody staff users www-data docker audio video plugdev dialout systemd-journal"
    bad = context.groups.get("name") or context.groups.get("other", "")
    return exchanged(context, bad, [*context.inventory.names("group"), *usual.split()]) if bad else []


@decision
def near_requirements(context: Context) -> Sequence[str]:
    """Return a file of this folder, else the name that such files mostly have."""
    name = context.groups.get("name") or context.groups.get("other", "")
    folder = context.absolute(name.rpartition("/")[0] or ".")
    listed = context.inventory.listing(folder.removesuffix("/.")) if folder else None
    usual = ["requirements.txt", "requirements-dev.txt", "dev-requirements.txt", "constraints.txt"]
    return exchanged(context, name, list(listed or usual)) if name not in usual else []


@decision
def near_target(context: Context) -> Sequence[str]:
    """Return a target of this Makefile, else one that most have."""
    own = context.inventory.names("make-target")
    common = "all build test install clean check run lint format help dist distclean uninstall docs deploy dev release"
    bad = context.groups.get("name") or context.groups.get("other", "")
    return exchanged(context, bad, own or common.split()) if bad else []


@decision
def near_site(context: Context) -> Sequence[str]:
    name, sites = context.groups["name"], names(context.knowledge)["sites"].split()
    return [] if name in sites else exchanged(context, name, sites, 1)


@decision
def near_program(context: Context) -> Sequence[str]:
    name = context.groups["name"]
    hits = nearest(name, context.inventory.commands(), 6)
    ranked = sorted(hits, key=lambda hit: 4 * hit[1] + 0.5 * math.log(context.inventory.rank(hit[0])))
    close = [found for found, cost in ranked if cost <= 1.2]
    return [] if context.inventory.has(name) else [f"{context.groups['verb']} {found}" for found in close[:2]]


@decision
def near_namespace(context: Context) -> Sequence[str]:
    usual = "default kube-system kube-public kube-node-lease ingress-nginx monitoring cert-manager istio-system argocd"
    return exchanged(context, context.groups["name"], usual.split(), 1)


CRATES = (
    "serde serde_json serde_yaml tokio anyhow thiserror clap reqwest rand regex log env_logger tracing tracing-"
    " subscriber chrono futures hyper axum actix-web rayon itertools once_cell lazy_static bytes uuid sqlx diesel"
    " criterion proptest tempfile walkdir crossbeam parking_lot nom toml indexmap async-trait tower tonic prost"
    " base64 sha2 hex url csv ripgrep fd-find bat exa eza cargo-watch cargo-edit cargo-nextest just hyperfine"
    " tokei starship zoxide sccache cross"
).split()


@decision
def near_crate(context: Context) -> Sequence[str]:
    return exchanged(context, context.groups["name"], CRATES)


@decision
def near_listed(context: Context) -> Sequence[str]:
    """Return the nearest of the names that the tool lists."""
    return exchanged(context, context.groups["name"], context.groups["list"].split())


@decision
def near_offered(context: Context) -> Sequence[str]:
    """Return the line with the name that the tool itself offers instead."""
    return exchanged(context, context.groups["name"], [context.groups["near"]])


@decision
def near_generator(context: Context) -> Sequence[str]:
    """Return the nearest of the generators that cmake lists, one a line before `=`."""
    listed = re.findall(r"^[ *]*(\S[^=\n]*?) +=", context.groups["list"], re.M)
    return exchanged(context, context.groups["name"].strip(), listed, 1)


METHODS = "GET HEAD POST PUT DELETE PATCH OPTIONS CONNECT TRACE".split()
"""HTTP methods (RFC 9110, RFC 5789)."""


@decision
def near_method(context: Context) -> Sequence[str]:
    name = context.groups["name"]
    return [] if name in METHODS else exchanged(context, name, METHODS, 1)


KEYWORDS = (
    "select insert update delete create drop alter table from where group order having limit join values into"
    " index view trigger begin commit rollback explain pragma distinct union replace vacuum attach"
).split()
"""Words of SQL with which statements and clauses begin."""


@decision
def near_sql(context: Context) -> Sequence[str]:
    """Return the line with the keyword that is near, in the letters' case that was typed."""
    bad = context.groups["name"]
    if bad.lower() in KEYWORDS:
        return []
    upper = bad.isupper()
    return exchanged(context, bad, [word.upper() if upper else word for word in KEYWORDS], 1)


@decision
def near_timezone(context: Context) -> Sequence[str]:
    """Return the zone of this machine's database whose name is near, part by part."""
    bad = context.groups["name"]
    found = repaired(bad, context.inventory, start="/usr/share/zoneinfo")
    zones = [path.removeprefix("/usr/share/zoneinfo/") for path, cost in found if cost <= CLOSE]
    return [context.simple.text.replace(bad, zone, 1) for zone in zones[:2]]


@decision
def near_file(context: Context) -> Sequence[str]:
    """Return the line with the word that the output misses as the nearest file of its folder; a class of Java as that
    of a class file, and a name without its suffix (`unzip data`) as the only file that begins with it."""
    output = context.output
    for word in context.simple.words[1:]:
        text = word.text
        if word.expands or text[:1] in "-" or not names_word(output, text) or context.exists(text):
            continue
        for name in _files_near(context, text):
            return [_with_word(context, word, name)]
    return []


def _files_near(context: Context, text: str) -> Iterator[str]:
    """Give names in the folder that are near: of the same suffix, or with one where none was typed."""
    folder, slash, base = text.rpartition("/")
    full = context.absolute(folder or ".")
    listed = context.inventory.listing(full.removesuffix("/.")) if full else None
    files = [name for name in listed or () if not name.endswith("/")]
    java = context.simple.name == "java" and not any(word.text == "-jar" for word in context.simple.words)
    if java:
        files = [name.rpartition(".")[0] for name in files if name.endswith((".class", ".java"))]
    near = [name for name, cost in nearest(base, files, 1) if name != base and cost <= CLOSE]
    if not near and not java:
        stem, dot, suffix = base.rpartition(".")
        same = {"yaml": "yml", "yml": "yaml", "htm": "html", "jpeg": "jpg"}.get(suffix, "") if dot else ""
        near = [name for name in files if name == f"{stem}.{same}"] if same else []
        longer = [name for name in files if name.startswith(base) and "." in name] if len(base) > 2 else []
        near = near or (longer if not dot and len(longer) == 1 else [])
    yield from (folder + slash + name for name in near)


def _with_word(context: Context, word: Word, new: str) -> str:
    text, start = context.simple.text, context.simple.start
    return text[: word.start - start] + quote(new) + text[word.end - start :]


@decision
def near_phase(context: Context) -> Sequence[str]:
    """Return the nearest of the phases that Maven lists, commas between them."""
    return exchanged(context, context.groups["name"], re.findall(r"[\w-]+", context.groups["list"]), 1)


@decision
def near_range(context: Context) -> Sequence[str]:
    """Return the line with the ends of `a..b` that are no branch, tag or commit as the nearest branch."""
    typed = context.groups["range"]
    one, dots, other = re.fullmatch(r"(.+?)(\.{2,3})(.+)", typed).groups()  # type: ignore[union-attr]
    known = [name for kind in REFS for name in context.inventory.names(kind)]
    mended = dots.join(_near_ref(end, known) for end in (one, other))
    return [context.simple.text.replace(typed, mended, 1)] if mended != typed and known else []


REFS = ("git-branch", "git-remote-branch", "git-tag")


def _near_ref(typed: str, known: Sequence[str]) -> str:
    if typed in known or re.fullmatch(r"(?:HEAD|@|[0-9a-f]{6,40})(?:[~^@{].*)?", typed):
        return typed
    close = nearest(typed, known, 1)
    return close[0][0] if close and is_plausible(typed, close[0][1]) else typed
