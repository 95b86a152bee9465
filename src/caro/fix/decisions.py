"""What a rule can't say with a template: small functions from a failure to commands, named by `decide`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from caro.fix.context import Context
from caro.fix.distance import nearest
from caro.fix.words import quote

Decision = Callable[[Context], Sequence[str]]


@lru_cache(maxsize=1)
def _errnos() -> dict[str, list[str]]:
    text = (files("caro.fix") / "data" / "errno.toml").read_text()
    return {name: [message.lower() for message in messages] for name, messages in tomllib.loads(text).items()}


def says_errno(lowered: str, name: str) -> bool:
    """Whether a lower-cased output holds the message of a system error in a known language, or its name."""
    return name.lower() in lowered or any(message in lowered for message in _errnos().get(name, ()))


DECISIONS: dict[str, Decision] = {}


def decision(function: Decision) -> Decision:
    DECISIONS[function.__name__] = function
    return function


@decision
def sudo_same(context: Context) -> Sequence[str]:
    """The same with sudo, redirections included where they were what failed."""
    simple = context.simple
    return ["sudo " + simple.text]


@decision
def close_quote(context: Context) -> Sequence[str]:
    """The quotation mark that was opened and not closed, at the end."""
    line = context.simple.text
    return [line + mark for mark in ("'", '"') if line.count(mark) % 2 == 1]


@decision
def dots_up(context: Context) -> Sequence[str]:
    """`cd ...` means two folders up."""
    return ["cd " + "/".join([".."] * (len(context.groups["dots"]) - 1))]


def _made_first(context: Context, folder: str) -> Sequence[str]:
    prefix = context.value("prefix")
    made = f"mkdir -p {_shell_path(folder)} && "
    return [made + prefix + context.simple.text] if folder else []


def _shell_path(path: str) -> str:
    return "~/" + quote(path[2:]) if path.startswith("~/") and path[2:] else quote(path)


@decision
def make_folder_first(context: Context) -> Sequence[str]:
    """The missing folder is the target's parent, or the target itself where it ends with a slash."""
    target = context.groups.get("last", "")
    if not target or target not in context.output.replace("’", "'"):
        return []
    return _made_first(context, target if target.endswith("/") else target.rpartition("/")[0])


@decision
def make_target_first(context: Context) -> Sequence[str]:
    target = context.groups["last"]
    return _made_first(context, target) if target.rstrip("/") == context.groups["folder"].rstrip("/") else []


@decision
def make_redirect_folder(context: Context) -> Sequence[str]:
    """Only where the message names the file that the line writes to."""
    targets = [word.text for word in context.simple.targets]
    path = context.groups["path"]
    return _made_first(context, path.rpartition("/")[0]) if path in targets else []


@decision
def swap_last_two(context: Context) -> Sequence[str]:
    one, two = context.simple.words[-2:]
    line = context.simple.line
    kept = line[context.simple.start : one.start]
    return [f"{kept}{line[two.start : two.end]} {line[one.start : one.end]}"]


@decision
def quote_glob(context: Context) -> Sequence[str]:
    glob = context.groups["glob"]
    return [context.simple.text.replace(glob, f"'{glob}'", 1)] if "'" not in glob else []


@decision
def end_sed_script(context: Context) -> Sequence[str]:
    script, mark = context.groups["script"], context.groups["mark"]
    return [context.simple.text.replace(script, script + mark, 1)]


@decision
def right_unpacker(context: Context) -> Sequence[str]:
    tools = {"zip": "unzip", "bz2": "bunzip2", "xz": "unxz", "zst": "unzstd", "7z": "7z x"}
    return [f"{tools[context.groups['kind']]} {quote(context.groups['file'])}"]


@decision
def by_interpreter(context: Context) -> Sequence[str]:
    tools = {"sh": "bash", "py": "python3", "rb": "ruby", "pl": "perl", "js": "node"}
    return [f"{tools[context.groups['kind']]} {context.simple.text}"]


@decision
def interpreter_on_path(context: Context) -> Sequence[str]:
    """The interpreter by its name: `/usr/local/bin/python` may be `python3` on PATH."""
    name = context.groups["interpreter"].rpartition("/")[2]
    return [f"{'python3' if name == 'python' else name} {context.simple.text}"]


@decision
def sudo_tee(context: Context) -> Sequence[str]:
    option = "-a " if context.groups["append"] == ">>" else ""
    return [f"{context.groups['left']} | sudo tee {option}{quote(context.groups['file'])}"]


@decision
def who_has_port(context: Context) -> Sequence[str]:
    """The port from the message, else from the command."""
    places = (
        r"(?:[\]\d*:]:|port )(\d{2,5})\b",
        r"\b(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::\]|::):(\d{2,5})\b",
        r"address already in use[^\d\n]{0,20}(\d{2,5})\b",
    )
    found = next((match[1] for place in places if (match := re.search(place, context.output, re.I))), "")
    typed = re.search(r"(?:--?p(?:ort)?[ =]?|:|http\.server )(\d{2,5})\b", context.simple.text)
    port = found or (typed[1] if typed else "")
    return [f"lsof -i :{port}", f"fuser -k {port}/tcp"] if port else []


@decision
def single_quotes(context: Context) -> Sequence[str]:
    text = context.groups["text"]
    return (
        [context.simple.text.replace(f'"{text}"', f"'{text}'")] if "'" not in text and "$" not in text else []
    )


@decision
def quote_url(context: Context) -> Sequence[str]:
    url = context.groups["url"]
    return [context.simple.line.replace(url, f"'{url}'", 1)]


@lru_cache(maxsize=1)
def _names() -> dict[str, Any]:
    return tomllib.loads((files("caro.fix") / "data" / "names.toml").read_text())


@lru_cache(maxsize=1)
def _packages() -> dict[str, Any]:
    return tomllib.loads((files("caro.fix") / "data" / "packages.toml").read_text())


@decision
def install_command(context: Context) -> Sequence[str]:
    """Which package gives a program that isn't there, by this machine's package manager."""
    name = context.simple.words[0].text
    if context.world.has(name):
        return []
    table = _packages()
    by_platform = table["commands"].get(name)
    other = table["other"].get(name)
    if by_platform is None:
        return [other] if other else []
    platform = context.world.platform or "debian"
    package = by_platform.get(platform) or by_platform.get("*") or by_platform.get("debian")
    return [f"{_names()['manager'][platform]['installer']} {package}"] + ([other] if other else [])


@decision
def install_module(context: Context) -> Sequence[str]:
    """The package of a Python module, with the pip that stands beside the python of the line."""
    module = (context.groups.get("missing") or context.groups["module"]).split(".")[0]
    package = _packages()["modules"].get(module, module)
    python = context.simple.words[0].text
    pip = f"{python.rpartition('/')[0]}/pip" if "/bin/python" in python else "pip"
    return [f"{pip} install {package}", f"python3 -m pip install {package}"]


def _near_known(context: Context, known: str) -> Sequence[str]:
    name = context.groups["name"]
    hits = nearest(name, _packages()[known].split(), 3)
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
    """The nearest script of package.json."""
    name = context.groups["name"]
    own = context.world.names("npm-script")
    usual = "build test start dev lint format serve watch preview deploy typecheck storybook clean"
    hits = nearest(name, own or usual.split(), 2)
    return [
        re.sub(rf"(?<=\s){re.escape(name)}(?=\s|$)", found, context.simple.text, count=1) for found, _ in hits
    ]


@decision
def run_script(context: Context) -> Sequence[str]:
    known = context.groups["name"] in context.world.names("npm-script")
    return [context.simple.text.replace("npm ", "npm run ", 1)] if known else []


@decision
def other_name(context: Context) -> Sequence[str]:
    """The same command by the name it has here; names that exist on this machine come first."""
    name = context.simple.words[0].text
    table = _names()
    names = table["other_name"].get(name, [])
    if context.world.platform != "macos":
        names = names or table["other_name_linux"].get(name, [])
    if context.world.has(name):
        return []
    there = [other for other in names if context.world.has(other.split()[0])]
    args = context.value("args")
    return [f"{other} {args}".strip() for other in dict.fromkeys([*there, *names])]


SAME_VERB = {"add": "install", "-S": "install", "uninstall": "remove"}


@decision
def own_package_manager(context: Context) -> Sequence[str]:
    """`brew install x` on Debian is `sudo apt install x`."""
    platform = context.world.platform
    own = _names()["manager"].get(platform, {})
    manager = own.get("program")
    typed = context.groups["manager"]
    if manager is None or typed == manager or (typed == "apt-get" and manager == "apt"):
        return []
    verb = SAME_VERB.get(context.groups["verb"], context.groups["verb"])
    changes = verb in ("install", "remove", "update", "upgrade") and platform != "macos"
    sudo = "sudo " if changes and not context.simple.prefix else ""
    return [f"{sudo}{manager} {own[verb]}{context.groups.get('rest', '')}"]


@decision
def near_apt_package(context: Context) -> Sequence[str]:
    """The nearest package among those that bring programs, and the common `python3-…` and `lib…-dev` ones."""
    table = _packages()["commands"]
    names = {by["debian"] if "debian" in by else by.get("*", "") for by in table.values()} | set(table)
    name = context.groups["name"]
    names |= {f"python3-{package}" for package in _packages()["pip"].split()} | set(
        _names()["debian"].split()
    )
    hits = nearest(name, sorted(names - {""}), 2)
    return [
        re.sub(rf"(?<=\s){re.escape(name)}(?=\s|$)", found, context.simple.text, count=1) for found, _ in hits
    ]


@decision
def apt_verb(context: Context) -> Sequence[str]:
    verb = context.groups["verb"]
    return [context.simple.text.replace(f" {verb}", " " + _names()["apt_verb"][verb], 1)]


def _exchanged(context: Context, bad: str, names: Iterable[str], most: int = 2) -> Sequence[str]:
    """The simple command with the word `bad` (or its part before `:` or after `@`) as one of the nearest names."""
    text = context.simple.text
    pattern = rf"(?<![\w.-]){re.escape(bad)}(?![\w-])"
    return [
        re.sub(pattern, name, text, count=1) for name, _ in nearest(bad, list(names), most) if name != bad
    ]


@decision
def near_image(context: Context) -> Sequence[str]:
    return _exchanged(context, context.groups["name"].removeprefix("library/"), _names()["images"].split())


@decision
def near_service(context: Context) -> Sequence[str]:
    """A unit of this machine, else a well-known one."""
    bad = next(value for key in ("unit", "other", "third") if (value := context.groups.get(key)))
    own = [name for name in context.world.names("service") if not name.endswith("@")]
    near = _exchanged(context, bad, own) or _exchanged(context, bad, _names()["services"].split())
    known = _names()["other_service"].get(bad)
    first = [context.simple.text.replace(bad, known)] if known and (not own or known in own) else []
    return [*first, *near]


@decision
def near_host(context: Context) -> Sequence[str]:
    return _exchanged(context, context.groups["name"], context.world.names("host"))


@decision
def near_user(context: Context) -> Sequence[str]:
    bad = context.groups.get("name") or context.groups.get("other", "")
    return _exchanged(context, bad, context.world.names("user")) if bad else []


@decision
def old_host_key(context: Context) -> Sequence[str]:
    kind = context.groups["kind"].split(",")[0]
    return [context.simple.text.replace(" ", f" -o HostKeyAlgorithms=+{kind} ", 1)]


@decision
def offered_command(context: Context) -> Sequence[str]:
    """A whole command between quotation marks that begins with the tool's own name, without placeholders."""
    tool = re.escape(context.simple.name)
    found = re.findall(rf"[`'\"]\$? ?((?:sudo )?{tool} [^`'\"\n<>\[\]]{{2,80}})[`'\"]", context.output)
    dull = re.compile(r"(?:--help|-h|\bhelp\b|--version|--list|--verbose|--debug|\bdocs\b)")
    return [line.strip() for line in dict.fromkeys(found) if not dull.search(line)][:2]


@decision
def near_target(context: Context) -> Sequence[str]:
    """A target of this Makefile, else one that most have."""
    own = context.world.names("make-target")
    common = "all build test install clean check run lint format help dist distclean uninstall docs deploy dev release"
    return _exchanged(context, context.groups["name"], own or common.split())


@decision
def header_package(context: Context) -> Sequence[str]:
    header = context.groups["header"]
    table = _packages()["headers"]
    package = table.get(header) or table.get(header.split("/")[0] + "/")
    return [f"sudo apt install {package}"] if package else []


@decision
def library_package(context: Context) -> Sequence[str]:
    name = context.groups["library"]
    return [f"sudo apt install {_packages()['libraries'].get(name, f'lib{name.lower()}-dev')}"]


@decision
def aws_login(context: Context) -> Sequence[str]:
    profile = context.groups.get("profile")
    return [f"aws sso login --profile {quote(profile)}" if profile else "aws sso login"]


@decision
def tool_login(context: Context) -> Sequence[str]:
    tool = context.simple.words[0].text
    longer = {"fly": "auth login", "flyctl": "auth login", "doctl": "auth init", "glab": "auth login",
              "ngrok": "config add-authtoken TOKEN", "ollama": "signin"}  # fmt: skip
    return [f"{tool} {longer.get(tool, 'login')}"]


SITES = (
    "github.com gitlab.com bitbucket.org google.com www.google.com example.com example.org localhost api.github.com"
    " raw.githubusercontent.com pypi.org registry.npmjs.org hub.docker.com stackoverflow.com wikipedia.org youtube.com"
    " cloudflare.com amazonaws.com microsoft.com apple.com debian.org ubuntu.com python.org nodejs.org huggingface.co"
).split()


@decision
def near_site(context: Context) -> Sequence[str]:
    return _exchanged(context, context.groups["name"], SITES, 1)


@decision
def quote_redirect(context: Context) -> Sequence[str]:
    word = next((word for word in context.simple.targets if word.text.startswith("$")), None)
    if word is None:
        return []
    simple = context.simple
    return [simple.line[simple.start : word.start] + f'"{word.text}"' + simple.line[word.end : simple.end]]


@decision
def quote_parentheses(context: Context) -> Sequence[str]:
    """`ls report (1).pdf`: everything after the program is one name."""
    simple = context.simple
    match = re.fullmatch(r"(\w+(?: -\w+)*) ([^'\"&|;<>$]*\([^'\"&|;<>$]*\)\S*)", simple.line.strip())
    if match is None or simple.start != simple.line.find(match[1]):
        return []
    return [f'{match[1]} "{match[2]}"']


@decision
def lower_image(context: Context) -> Sequence[str]:
    text = context.simple.text
    name = re.search(r'(?:tag "|reference[^"]*"|format: )?"?([\w./:-]*[A-Z][\w./:-]*)"?', context.output)
    words = [
        word.text
        for word in context.simple.words[1:]
        if re.search("[A-Z]", word.text) and word.text[0] != "-"
    ]
    return [text.replace(word, word.lower()) for word in words if name is None or word in context.output][:1]
