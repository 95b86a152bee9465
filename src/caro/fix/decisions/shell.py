"""Decisions about quoting, rights, ports and logins."""

from __future__ import annotations

import re
from collections.abc import Sequence

from caro.fix.context import Context
from caro.fix.decisions.registry import decision
from caro.fix.distance import is_plausible, nearest
from caro.fix.words import quote


@decision
def sudo_same(context: Context) -> Sequence[str]:
    """Return the same with sudo, redirections included where they were what failed."""
    simple = context.simple
    return ["sudo " + simple.text]


@decision
def close_quote(context: Context) -> Sequence[str]:
    """Return the line with the quotation mark at its end that was opened and not closed."""
    line = context.simple.text
    if (
        (match := re.search(r"(?<!\S)(\w+'\w[\w'./-]*)(?!\S)", line))
        and line.count("'") == 1
        and '"' not in line
    ):
        if (
            told := re.search(r"(?<=\s)(?:-m|-am|--message) (?=[^-\s])", line[: match.start() + 1])
        ) is not None:
            # What stands behind -m is a sentence, up to the next option.
            end = re.search(r" -{1,2}[a-z]|$", line[match.end() :])
            stop = match.end() + (end.start() if end else 0)
            return [line[: told.end()] + f'"{line[told.end() : stop]}"' + line[stop:]]
        return [line[: match.start()] + f'"{match[1]}"' + line[match.end() :]]  # `rm it's-old`: an apostrophe
    return [line + mark for mark in ("'", '"') if line.count(mark) % 2 == 1]


@decision
def by_interpreter(context: Context) -> Sequence[str]:
    tools = {"sh": "bash", "py": "python3", "rb": "ruby", "pl": "perl", "js": "node"}
    return [f"{tools[context.groups['kind']]} {context.simple.text}"]


@decision
def interpreter_on_path(context: Context) -> Sequence[str]:
    """Return the line with the interpreter by its name: `/usr/local/bin/python` may be `python3` on PATH."""
    name = context.groups["interpreter"].rpartition("/")[2]
    return [f"{'python3' if name == 'python' else name} {context.simple.text}"]


@decision
def sudo_tee(context: Context) -> Sequence[str]:
    option = "-a " if context.groups["append"] == ">>" else ""
    return [f"{context.groups['left']} | sudo tee {option}{quote(context.groups['file'])}"]


@decision
def who_has_port(context: Context) -> Sequence[str]:
    """Return the port from the message, else from the command."""
    places = (
        r"(?:[\]\d*:]:|port )(\d{2,5})\b",
        r"\b(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::\]|::):(\d{2,5})\b",
        r"address already in use[^\d\n]{0,20}(\d{2,5})\b",
    )
    found = next((match[1] for place in places if (match := re.search(place, context.output, re.I))), "")
    typed = re.search(r"(?:--?p(?:ort)?[ =]?|:|http\.server )(\d{2,5})\b", context.simple.text)
    port = found or (typed[1] if typed else "")
    return [f"lsof -i :{port}", f"fuser -k {port}/tcp", f"ss -tlnp 'sport = :{port}'"] if port else []


@decision
def single_quotes(context: Context) -> Sequence[str]:
    text = context.groups["text"]
    return (
        [context.simple.text.replace(f'"{text}"', f"'{text}'")] if "'" not in text and "$" not in text else []
    )


@decision
def quote_url(context: Context) -> Sequence[str]:
    # The shell ended the command at `&`: the address goes on behind it.
    line, url = context.simple.line, context.groups["url"]
    whole = re.match(r"\S+", line[line.find(url) :])
    url = whole[0] if whole else url
    return [line.replace(url, f"'{url}'", 1)]


@decision
def old_host_key(context: Context) -> Sequence[str]:
    kind = context.groups["kind"].split(",")[0]
    return [context.simple.text.replace(" ", f" -o HostKeyAlgorithms=+{kind} ", 1)]


@decision
def offered_command(context: Context) -> Sequence[str]:
    """Return a whole command between quotation marks that begins with the tool's own name, without placeholders."""
    tool = re.escape(context.simple.name)
    found = re.findall(rf"[`'\"]\$? ?((?:sudo )?{tool} [^`'\"\n<>\[\]]{{2,80}})[`'\"]", context.output)
    dull = re.compile(r"(?:--help|-h|\bhelp\b|--version|--list|--verbose|--debug|\bdocs\b)")
    return [line.strip() for line in dict.fromkeys(found) if not dull.search(line)][:2]


_SAID = re.compile(
    r"\b(?:run|running|execute|try|use|using|with|by typing)\b(?: the)?(?: following)?(?: commands?)?"
    r"(?: to [^:\n]{3,60})?:?\s+(?P<quote>[`'\"]?)\$? ?(?P<line>(?:sudo )?[a-z][\w.-]+ [a-z-][^`'\"\n]{1,80})",
    re.I,
)
_SAID_BELOW = re.compile(
    r"\b(?:run|running|execute|try|use|using|with|command|please)\b[^\n]{0,70}:[^\S\n]*\n"
    r"(?:[^\n\w]*\n){0,2}(?P<line>[^\n]+)",
    re.I,
)
_DULL = re.compile(
    r"-h\b|help|--version|--list|\blist\b|--verbose|--debug|\bdocs\b|explain|more info|details|re-?run|notice|report"
    r"|documentation|learn more|available|upgrade to|new version|[<>\[\]…]|\.\.\.",
    re.I,
)


RELATED = (
    "pip pip3 python python3 pipx uv poetry pipenv tox virtualenv conda",
    "npm npx node yarn pnpm corepack bun nvm vite next nuxt ng jest playwright cypress prisma webpack eslint tsc",
    "apt apt-get dpkg apt-cache aptitude", "dnf yum rpm", "cargo rustup rustc rustfmt", "go gofmt gopls",
    "git gh glab git-lfs hub", "docker docker-compose podman buildah", "ruby gem bundle bundler rails rake rspec",
    "php composer artisan", "kubectl helm minikube kind k3d oc", "terraform tofu terragrunt", "aws sam cdk eb",
    "gcloud gsutil bq", "systemctl service journalctl", "flutter dart", "brew", "psql createdb pg_ctl initdb",
    "cmake make ninja meson", "vagrant VBoxManage", "ssh ssh-keygen ssh-add ssh-copy-id scp sftp", "az azd func",
)  # fmt: skip
"""Programs that know of each other: one may say to run another."""


def _known_program(context: Context, line: str) -> bool:
    """True if the line begins with the program that ran, or with one of its family: what another program's text
    says to run (a log, a script's own output) is data."""
    words = line.removeprefix("sudo ").split()
    own = {context.simple.name, *(word.text for word in context.simple.prefix)}
    family = {name for names in RELATED if own & set(names.split()) for name in names.split()}
    return (
        len(words) > 1
        and words[0].rpartition("/")[2] in own | family
        and not _installs_foreign(context, words)
    )


def _installs_foreign(context: Context, words: list[str]) -> bool:
    """True if the line installs from a place that the typed command doesn't name: `brew install x/tap/y`."""
    if not {"install", "add", "tap", "i"} & set(words[1:3]):
        return False
    places = [word for word in words[2:] if "://" in word or (word.count("/") > 1 and word[0] not in "@./~")]
    return any(place not in context.simple.line for place in places)


def _said_in_line(context: Context, text: str) -> list[str]:
    """Return short commands of the tool's own in a line where no quotation marks say where they end."""
    found = []
    for match in list(_SAID.finditer(text))[:8]:
        line, around = match["line"].strip(), text[text.rfind("\n", 0, match.start()) + 1 : match.end()]
        if not match["quote"]:
            line = re.split(
                r" (?:to|or|for|and|in|first|before|from|with|if|on|again)\b|[.,;:!?](?:\s|$)|\)", line
            )[0].strip()
            if not line.startswith(context.simple.name + " ") or len(line.split()) > 4:
                continue
        if not _DULL.search(around) and _known_program(context, line):
            found.append(line)
    return found


@decision
def told_command(context: Context) -> Sequence[str]:
    """Return a whole command that the tool says to run, in its sentence or on a line below it."""
    text = re.sub(r"[│║┃|╭╰╮╯╷╵]|^npm (?:error|ERR!)", " ", context.output[-6000:], flags=re.M)
    found = _said_in_line(context, text)
    for match in list(_SAID_BELOW.finditer(text))[:4]:
        line = match["line"].strip().strip("`'\"$ ").strip()
        if not _DULL.search(match[0]) and _known_program(context, line) and len(line) < 90:
            found.append(line)
    typed = context.simple.text.strip()
    return [line for line in dict.fromkeys(found) if line != typed and "VALUE" not in line][:2]


@decision
def double_for_apostrophe(context: Context) -> Sequence[str]:
    """Return `'it's here'` in double quotes: an apostrophe between letters inside of single quotes."""
    text = context.simple.text
    match = re.search(r"'([^'\"$`\\]*\w'\w[^'\"$`\\]*)'", text)
    return (
        [text[: match.start()] + f'"{match[1]}"' + text[match.end() :]]
        if match and text.count("'") == 3
        else []
    )


@decision
def semicolon_before_do(context: Context) -> Sequence[str]:
    line = context.simple.line
    fixed = re.sub(r"(?<![;\s&|])\s+(do|then)\s", r"; \1 ", line, count=1)
    return [fixed] if fixed != line else []


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


@decision
def quote_redirect(context: Context) -> Sequence[str]:
    word = next((word for word in context.simple.targets if word.text.startswith("$")), None)
    if word is None:
        return []
    simple = context.simple
    return [simple.line[simple.start : word.start] + f'"{word.text}"' + simple.line[word.end : simple.end]]


@decision
def quote_parentheses(context: Context) -> Sequence[str]:
    """Return `ls report (1).pdf` with everything after the program as one name."""
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


@decision
def quote_code(context: Context) -> Sequence[str]:
    """Return `python3 -c print(1)` with the code after -c or -e as one word."""
    match = re.fullmatch(
        r"((?:python3?|node|perl|ruby|php|bash|sh) (?:-\w+ )*-[cer]) ([^'\"]+)", context.simple.line.strip()
    )
    return [f"{match[1]} '{match[2]}'"] if match else []


@decision
def toolchain(context: Context) -> Sequence[str]:
    """Return the line with the right name of a channel, else how to install that toolchain."""
    name = context.groups["name"]
    near = [
        channel
        for channel, cost in nearest(name, ["stable", "beta", "nightly"], 1)
        if is_plausible(name, cost)
    ]
    return [context.simple.text.replace(name, near[0], 1)] if near else [f"rustup toolchain install {name}"]


@decision
def bsd_date(context: Context) -> Sequence[str]:
    return ["date -v-1d" if context.groups["what"] == "yesterday" else "date -v+1d"]


@decision
def behind_dashes(context: Context) -> Sequence[str]:
    """Return the line with `--` before the option that the tool takes for a value."""
    option, text = context.groups["option"], context.simple.text
    at = text.find(f" {option}")
    return [text[:at] + " --" + text[at:]] if at > 0 and " -- " not in text else []
