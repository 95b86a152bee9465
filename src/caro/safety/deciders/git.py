"""git: which of its many verbs throw work away, here or in a remote repository (git's manual pages)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from caro.knowledge import places
from caro.parse.pattern import pattern
from caro.safety import flows
from caro.safety.arguments import Arguments, parse_arguments
from caro.safety.call import Call, decider, file_stream
from caro.safety.carriers import judge_value
from caro.safety.deciders.deletion import note_replaced
from caro.safety.effects import Effect
from caro.safety.instead import typed
from caro.safety.programs import shown_words
from caro.safety.state import State
from caro.safety.streams import EMPTY, UNKNOWN_STREAM, Stream
from caro.safety.values import HOME, Arg, arg, shown

_GLOBAL_VALUES = frozenset(
    "-C -c --git-dir --work-tree --namespace --config-env --super-prefix --attr-source --list-cmds".split()
)
_VALUES: dict[str, frozenset[str]] = {
    "commit": frozenset("-m -F -C -c -t --message --file --author --date --reuse-message".split()),
    "push": frozenset("-o --push-option --repo --receive-pack --exec".split()),
    "rebase": frozenset("-x --exec --onto -s -X --strategy".split()),
    "checkout": frozenset({"-b", "-B", "--orphan"}),
    "switch": frozenset({"-c", "-C", "--orphan"}),
    "clean": frozenset({"-e", "--exclude"}),
    "restore": frozenset({"-s", "--source"}),
    "stash": frozenset({"-m", "--message"}),
    "tag": frozenset({"-m", "-F", "--message", "-u"}),
    "filter-branch": frozenset(
        "--index-filter --tree-filter --msg-filter --env-filter --commit-filter --tag-name-filter --parent-filter"
        " --subdirectory-filter -d".split()
    ),
    "config": frozenset({"-f", "--file", "--type", "--blob"}),
    "prune": frozenset({"--expire"}),
    "reflog": frozenset({"--expire", "--expire-unreachable"}),
    "archive": frozenset("-o --output --format --prefix --remote --exec --add-file".split()),
    "clone": frozenset(
        "-c --config -b --branch --depth -o --origin -j --jobs --template --reference --filter".split()
    ),
}


@decider("git")
def git(call: Call) -> Stream | None:
    """Judge git(1) by its verb; `alias.NAME` of the configuration and of -c stands for its own text."""
    lead = parse_arguments(call.argv, _GLOBAL_VALUES, stop_at_first=True)
    words = lead.positional
    if not words:
        return EMPTY
    aliases = dict(call.state.world.git_aliases)
    aliases |= {name[4:]: text for name, text in call.state.aliases.items() if name.startswith("git ")}
    for name, value in _given_settings(call, lead):
        _setting(call, name.lower(), value)
        if name.startswith("alias."):
            aliases[name[6:]] = value
    verb = str(words[0])
    if verb in aliases and verb not in call.state.calls:
        return _alias(call, verb, aliases[verb], words[1:])
    if "-h" in words[1:2]:
        return EMPTY
    function = _VERBS.get(verb)
    if function is None:
        return UNKNOWN_STREAM
    sub = call.__class__(
        call.name,
        call.argv,
        call.state,
        call.stdin,
        call.interpreter,
        call.spec,
        parse_arguments([arg("git"), *words], _VALUES.get(verb, frozenset())),
    )
    if "--help" in sub.arguments.options:
        return EMPTY
    return function(sub) or UNKNOWN_STREAM


def _alias(call: Call, verb: str, text: str, rest: list[Arg]) -> Stream:
    state: State = call.state.inner(f"git alias {verb}")
    state.calls = (*state.calls, verb)
    state.step("alias", f"git {verb} is an alias for: {text}")
    tail = " ".join(shown(word) for word in rest)
    if text.startswith("!"):
        return call.interpreter.text(f"{text[1:]} {tail}", state, call.stdin)
    return call.interpreter.text(f"git {text} {tail}", state, call.stdin)


def _given_settings(call: Call, lead: Arguments) -> Iterator[tuple[str, str]]:
    """Settings of -c, and of the environment: GIT_CONFIG_KEY_0 and its like, GIT_CONFIG_PARAMETERS (git-config(1))."""
    for setting in lead.all_values("-c"):
        name, _, value = setting.partition("=")
        yield name, value
    variables = call.state.variables
    for setting in lead.all_values("--config-env"):
        name, _, variable = setting.partition("=")
        yield name, str(variables.get(variable, ""))
    for variable, given in variables.items():
        if variable.startswith("GIT_CONFIG_KEY_"):
            yield str(given), str(variables.get("GIT_CONFIG_VALUE_" + variable[15:], ""))
        elif variable == "GIT_CONFIG_PARAMETERS":
            for match in _PARAMETER.finditer(str(given)):
                yield match[1], match[2]


_PARAMETER = pattern(r"'([\w.-]+)'?='?([^']*)'")
_RUNS = pattern(
    r"(core\.(pager|editor|sshcommand|fsmonitor|askpass|gitproxy|alternaterefscommand)|sequence\.editor|diff\.external"
    r"|diff\..+\.(command|textconv)|credential\.(.+\.)?helper|gpg\.(\w+\.)?program|uploadpack\.packobjectshook"
    r"|filter\..+\.(clean|smudge|process)|merge\..+\.driver|(merge|diff)tool\..+\.cmd|pager\.\w+|interactive\.difffilter"
    r"|trailer\..+\.(command|cmd)|browser\..+\.cmd|man\..+\.cmd|remote\..+\.(uploadpack|receivepack|vcs)"
    r"|sendemail\.(smtpserver|tocmd|cccmd|sendmailcmd)|submodule\..+\.update|guitool\..+\.cmd)"
)
"""Settings whose value git runs (git-config(1), gitattributes(5))."""


_NO_HOOKS = "/dev/null"
"""Where no hooks are: for one command that is what `--no-verify` says, and agents' own calls have it."""


def _setting(call: Call, name: str, value: str) -> None:
    """Settings that make git run something."""
    if value and _RUNS.fullmatch(name):
        judge_value(call, shown(value.lstrip("!")), f"git {name}")
    if name == "clean.requireforce" and value.lower() in ("false", "no", "off", "0"):
        call.state.variables["git clean"] = "unasked"
    if name == "core.hookspath" and value not in ("", _NO_HOOKS):
        call.effect("persist", f"{name}={value}", "", "hook")


def _lose(call: Call, target: str, *facts: str, instead: str = "") -> None:
    call.effect("lose_git_work", target, "", *facts, instead=instead)


def _dry(call: Call) -> bool:
    return call.arguments.has("-n", "--dry-run")


_STAGED = "git:staged"
"""Where the line notes that a secret stands in the index or in a commit that was not pushed yet."""


def _add(call: Call) -> Stream | None:
    """git-add(1): what this line stages, by name, or with everything where the line itself made a copy of a secret."""
    arguments = call.arguments
    if arguments.has("-n", "--dry-run"):
        return EMPTY
    words = arguments.positional[1:]
    for word in words:
        _stage(call, file_stream(word, call.state))
    if arguments.has("-A", "--all", "-u") or any(word in (".", "*", ":/", "./") for word in words):
        for path, stream in list(call.state.files.items()):
            if path[:1] not in ("/", "$", "~", HOME) and ":" not in path:
                _stage(call, stream)
    return EMPTY


def _stage(call: Call, stream: Stream) -> None:
    if "secret" in stream.tags:
        call.state.files[_STAGED] = stream


def _commit(call: Call) -> Stream | None:
    for word in call.arguments.positional[1:]:
        _stage(call, file_stream(word, call.state))
    return EMPTY


def _publishes(call: Call) -> None:
    """What was staged on this line goes to whoever can read the remote repository."""
    staged = call.state.files.get(_STAGED)
    if staged is not None:
        call.effect("send_data", staged.source, "", "secret")


def _reset(call: Call) -> Stream | None:
    if call.arguments.has("--hard"):
        _lose(
            call,
            " ".join(call.arguments.positional[1:]) or "HEAD",
            "uncommitted",
            instead=_git(call, "stash"),
        )
    elif call.arguments.has("--merge", "--keep"):
        call.effect("lose_git_work", "HEAD", "", "uncommitted", "careful")
    return EMPTY


def _clean(call: Call) -> Stream | None:
    unasked = "git clean" in call.state.variables
    if (
        (unasked or call.arguments.has("-f", "--force"))
        and not _dry(call)
        and not call.arguments.has("-i", "--interactive")
    ):
        paths = call.arguments.positional[1:]
        rest = " ".join(paths)
        _lose(
            call,
            rest or "untracked files",
            "untracked",
            *(["made"] if paths and all(call.scope(path) == "artefact" for path in paths) else []),
            *(["ignored"] if call.arguments.has("-x", "-X") else []),
            instead=_reworded(call, {"-f": "-n", "--force": "--dry-run"}) or _previewed(call, "clean"),
        )
    return EMPTY


def _previewed(call: Call, verb: str) -> str:
    """Return the command with -n behind its verb, where nothing in it agrees to a loss."""
    words = shown_words(call.argv)
    at = words.index(verb) + 1 if verb in words else 0
    return typed([*words[:at], "-n", *words[at:]]) if at else ""


_PATH = pattern(
    r"(\.{0,2}/.*|.*/|.*[*?].*|:/|:\(.*|[^\s]*[A-Za-z_)-]\.[A-Za-z][A-Za-z0-9]{0,5}|Makefile|Dockerfile|\.[\w.]+|\.)$"
)


def _is_path(word: str) -> bool:
    """True if `git checkout WORD` can hardly mean a branch: an ending, a pattern, a folder (git-checkout(1))."""
    return (
        bool(_PATH.match(word))
        and not word.startswith(("origin/", "upstream/", "refs/", "@"))
        and word != "-"
    )


def _checkout(call: Call) -> Stream | None:
    words = [str(word) for word in call.arguments.positional[1:]]
    arguments = call.arguments
    if arguments.has("-f", "--force"):
        _lose(call, " ".join(words), "uncommitted", instead=_reworded(call, {"-f": "", "--force": ""}))
    elif arguments.has("-b", "-B", "--orphan", "--detach", "-p", "--patch"):
        if arguments.has("-B"):
            call.effect("lose_git_work", shown(arguments.value("-B") or ""), "", "branch", "careful")
    elif arguments.rest is not None or "." in words or ":/" in words or any(map(_is_path, words)):
        # `HEAD~1 -- src`, `main src/a.c`, `src/a.c src/b.c`: what is no path is the tree they are taken from
        paths = [str(word) for word in arguments.rest or []] or [w for w in words if _is_path(w)] or words
        whole = any(
            path in (".", ":/", "./", "..", "/")
            or path.endswith("/")
            or "*" in path
            or path in places.SOURCES
            for path in paths
        )
        if paths:
            call.effect(
                "lose_git_work",
                " ".join(paths),
                "",
                "uncommitted",
                *([] if whole else ["named_files"]),
                instead=_git(call, "stash"),
            )
    return EMPTY


def _restore(call: Call) -> Stream | None:
    arguments = call.arguments
    if arguments.has("-p", "--patch"):
        return EMPTY
    if arguments.has("--staged", "-S") and not arguments.has("--worktree", "-W"):
        return EMPTY
    words = [str(word) for word in arguments.positional[1:]]
    whole = any(path in (".", "*", ":/", "./", "..") or path.endswith("/") or "*" in path for path in words)
    if words:
        call.effect(
            "lose_git_work",
            " ".join(words),
            "",
            "uncommitted",
            *([] if whole else ["named_files"]),
            instead=_git(call, "stash"),
        )
    return EMPTY


def _switch(call: Call) -> Stream | None:
    if call.arguments.has("-f", "--force", "--discard-changes"):
        _lose(call, " ".join(call.arguments.positional[1:]), "uncommitted", instead=_git(call, "stash"))
    elif call.arguments.has("-C", "--force-create"):
        call.effect("lose_git_work", "", "", "branch", "careful")
    return EMPTY


def _stash(call: Call) -> Stream | None:
    verb = call.arguments.positional[1] if len(call.arguments.positional) > 1 else ""
    if verb == "clear":
        _lose(call, "every stash", "stash", instead=_git(call, "stash list"))
    elif verb == "drop":
        named = " ".join(call.arguments.positional[2:3])
        _lose(call, "a stash", "stash", "one", instead=_git(call, f"stash show -p {named}"))
    return EMPTY


def _branch(call: Call) -> Stream | None:
    arguments = call.arguments
    force = arguments.has("-D") or (arguments.has("-d", "--delete") and arguments.has("-f", "--force"))
    names = [str(word) for word in arguments.positional[1:]]
    remote = arguments.has("-r", "--remotes")
    if force and not remote:
        protected = any(name in call.state.world.protected_branches for name in names)
        call.effect(
            "lose_git_work",
            " ".join(names),
            "",
            "branch",
            *(["protected"] if protected else []),
            instead=_reworded(call, {"-D": "-d", "-f": "", "--force": ""}),
        )
    elif arguments.has("-f", "--force", "-M") and names:
        # `branch -f main HEAD~10` moves a branch that everybody builds on; `branch -M main` only names one
        moved = not arguments.has("-M") and len(names) > 1 and _is_protected(call, names[0])
        call.effect("lose_git_work", " ".join(names), "", "branch", *([] if moved else ["careful"]))
    return EMPTY


def _tag(call: Call) -> Stream | None:
    if call.arguments.has("-d", "--delete"):
        names = call.arguments.positional[1:]
        every = any("\ue001" in name or name.glob for name in names)  # `git tag -d $(git tag)`
        call.effect("lose_git_work", " ".join(map(str, names)), "", "tag", *([] if every else ["careful"]))
    return EMPTY


def _push(call: Call) -> Stream | None:
    arguments = call.arguments
    if _dry(call):
        return EMPTY
    _publishes(call)
    words = [str(word) for word in arguments.positional[1:]]
    remote, refs = (words[0] if words else ""), words[1:]
    lease = any(option.startswith("--force-with-lease") for option in arguments.options)
    _gives_away(call, remote)
    facts: list[str] = []
    target = " ".join(refs) or remote or "the current branch"
    if arguments.has("--mirror"):
        facts.append("mirror")
    if arguments.has("--delete", "-d") or any(ref.startswith(":") and len(ref) > 1 for ref in refs):
        facts.append("delete_ref")
    if arguments.has("--prune"):
        facts.append("delete_ref")
    exact = "--force" in arguments.options or "-f" in arguments.options  # either overrides a lease
    if exact or (arguments.has("--force") and not lease) or any(ref.startswith("+") for ref in refs):
        facts.append("force")
    if not facts:
        if lease and any(_is_protected(call, ref) for ref in refs):
            call.effect("lose_git_remote", target, "", "lease", "protected")
        return EMPTY
    # Without a name git pushes the branch that is checked out.
    if any(_is_protected(call, ref) for ref in refs or ["HEAD"]):
        facts.append("protected")
    elif refs and "delete_ref" not in facts and all(map(_is_made, refs)):
        facts.append("made")
    call.effect("lose_git_remote", target, "", *facts, instead=_push_instead(call, facts))
    return EMPTY


def _is_made(ref: str) -> bool:
    """True if a branch holds what a tool makes of another one: the pages of a site."""
    return ref.lstrip("+").rpartition(":")[2].removeprefix("refs/heads/") in ("gh-pages", "gl-pages", "pages")


def _push_instead(call: Call, facts: list[str]) -> str:
    """With a lease where the push is forced: it refuses where the remote branch has moved since it was last fetched.
    A push that deletes is shown by git itself, where --dry-run is added."""
    words = [word.lstrip("+") if not word.startswith("-") else word for word in shown_words(call.argv)]
    if "delete_ref" in facts or "mirror" in facts:
        return typed([*words, "--dry-run"])
    kept = [
        f"-{word[1:].replace('f', '')}" if word[:1] == "-" and word[1:2] not in ("-", "") else word
        for word in words
    ]
    kept = [word for word in kept if word not in ("-", "--force")]
    at = kept.index("push") + 1 if "push" in kept else len(kept)
    return (
        typed([*kept[:at], "--force-with-lease", *kept[at:]]) if "force" in facts and "push" in words else ""
    )


def _git(call: Call, verb: str) -> str:
    """Return `git VERB` in the repository that the call names (`git -C sub …`)."""
    words = list(shown_words(call.argv))
    first = str(call.arguments.positional[0]) if call.arguments.positional else ""
    lead = words[: words.index(first)] if first in words else words[:1]
    return f"{typed(lead)} {verb.strip()}"


def _reworded(call: Call, options: dict[str, str]) -> str:
    """Return the command with options replaced by others, or taken out (""): also letters among others (`-fdx`)."""
    words, changed = [], False
    for word in shown_words(call.argv):
        new = options.get(word)
        if new is None and word[:2] == "--" and len(word) > 3:  # an option may be cut short where it is plain
            new = next((other for old, other in options.items() if old.startswith(word)), None)
        if new is None and len(word) > 2 and word[0] == "-" and word[1] != "-":
            new = word
            for old, other in options.items():
                if len(old) == 2 and old[1] in new:
                    new = new.replace(old[1], other[1:])
        changed = changed or (new is not None and new != word)
        if (new if new is not None else word) not in ("", "-"):
            words.append(word if new is None else new)
    return typed(words) if changed else ""


def _is_protected(call: Call, ref: str) -> bool:
    name = ref.lstrip("+").rpartition(":")[2] or ref.lstrip("+:")
    name = name.removeprefix("refs/heads/")
    if name == "HEAD":
        name = call.state.world.branch or ""
    return name in call.state.world.protected_branches


def _reflog(call: Call) -> Stream | None:
    words = call.arguments.positional
    if len(words) > 1 and words[1] in ("expire", "delete") and not _dry(call):
        expire = call.arguments.options.get("--expire", "") or call.arguments.options.get(
            "--expire-unreachable", ""
        )
        if words[1] == "delete" or expire in ("now", "all", "0") or call.arguments.has("--all"):
            _lose(call, "the reflog", "reflog")
    return EMPTY


def _gc(call: Call) -> Stream | None:
    prune = call.arguments.options.get("--prune")
    if prune in ("now", "all"):
        call.effect("lose_git_work", "unreachable commits", "", "reflog", "gc")
    return EMPTY


def _prune(call: Call) -> Stream | None:
    if not _dry(call):
        now = call.arguments.options.get("--expire") in ("now", "all")
        call.effect("lose_git_work", "unreachable commits", "", "gc", *([] if now else ["careful"]))
    return EMPTY


def _filter_branch(call: Call) -> Stream | None:
    _lose(call, "the whole history", "history", instead=_git(call, "branch backup"))
    for option in ("--index-filter", "--tree-filter", "--msg-filter", "--env-filter", "--commit-filter"):
        text = call.arguments.value(option)
        if text and " " in text and "git rm" not in text:
            call.run_text(shown(text), "git filter-branch")
    return EMPTY


def _filter_repo(call: Call) -> Stream | None:
    if not _dry(call) and not call.arguments.has("--analyze"):
        _lose(call, "the whole history", "history", instead=_git(call, "clone --mirror . ../backup.git"))
    return EMPTY


def _worktree(call: Call) -> Stream | None:
    words = call.arguments.positional
    if words[1:2] == ["remove"] and call.arguments.has("-f", "--force"):
        _lose(call, " ".join(words[2:]), "uncommitted")
    return EMPTY


def _submodule(call: Call) -> Stream | None:
    words = call.arguments.positional
    if words[1:2] == ["deinit"] and call.arguments.has("-f", "--force"):
        _lose(call, " ".join(words[2:]) or "submodules", "uncommitted")
    elif words[1:2] == ["foreach"]:
        at = call.arguments.words.index(arg("foreach")) + 1
        rest = call.arguments.words[at:]
        while rest and rest[0].startswith("--"):
            rest = rest[1:]
        call.run_text(shown(" ".join(rest)), "git submodule foreach")
    return EMPTY


def _rm(call: Call) -> Stream | None:
    arguments = call.arguments
    if arguments.has("--cached", "-n", "--dry-run"):
        return EMPTY
    paths = arguments.positional[1:]
    wide = [path for path in paths if path in (".", "*", "./", ":/", "-r") or path == "*"]
    if wide and (arguments.has("-r") or arguments.has("-f", "--force") or "*" in wide):
        _lose(call, " ".join(paths), "uncommitted", *([] if arguments.has("-f") else ["careful_no"]))
    elif arguments.has("-f", "--force"):
        call.effect("lose_git_work", " ".join(paths), "", "uncommitted", "named_files", "careful")
    return EMPTY


def _rebase(call: Call) -> Stream | None:
    text = call.arguments.value("-x", "--exec")
    if text:
        call.run_text(shown(text), "git rebase --exec")
    return EMPTY


def _bisect(call: Call) -> Stream | None:
    words = call.arguments.words
    if words[2:3] == ["run"]:
        call.run_argv(words[3:], "git bisect run")
    return EMPTY


_TOKEN_SETTING = pattern(r"(?i)token|credential|passw|secret|extraheader|oauth|smtp")


def _config(call: Call) -> Stream | None:
    words = [str(word) for word in call.arguments.positional[1:]]
    if call.arguments.has("-l", "--list") or words[:1] == ["list"]:
        return Stream(None, frozenset({"private"}), (), "git's settings, which may hold tokens")
    asked = " ".join(words)
    if call.arguments.has("--get", "--get-all", "--get-regexp", "--get-urlmatch") and _TOKEN_SETTING.search(
        asked
    ):
        return Stream(None, frozenset({"private"}), (), f"git's setting {asked}")
    if words[:1] == ["set"]:
        words = words[1:]
    if len(words) < 2:
        return EMPTY
    name = words[0].lower()
    _setting(call, name, words[1]) if name != "core.hookspath" else None
    if name == "core.hookspath" or name in (
        "core.sshcommand",
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "credential.helper",
    ):
        value = words[1]
        suspicious = re.search(r"/tmp|/dev/shm|curl|wget|\bnc\b|!.*(rm|sh -c|bash|http)", value)
        if (
            (
                name == "core.hookspath"
                and (value.startswith(("/tmp", "/dev/shm", "/var/tmp")) or value == "/dev/null")
            )
            or (name != "core.hookspath" and suspicious)
            or (name == "core.hookspath" and not value.startswith((".", "hooks", "~", "\ue000")) and value)
        ):
            call.effect("persist", f"{name}={value}", "", "hook")
    if name.startswith("alias.") and words[1].startswith("!"):
        call.run_text(shown(words[1][1:]), "git alias", frozenset({"deferred"}))
        if re.match(r"!\s*(/var)?/(tmp|dev/shm)/", words[1]):
            call.effect("persist", f"{name}={words[1]}", "", "hook")
    if name.startswith("alias."):
        call.state.aliases[f"git {name[6:]}"] = words[1]
    if name == "init.templatedir" and words[1].startswith(("/tmp", "/dev/shm", "/var/tmp")):
        call.effect("persist", f"{name}={words[1]}", "", "hook")
    if name == "http.sslverify" and words[1].lower() in ("false", "0", "no"):
        lasting = call.arguments.has("--global", "--system")
        call.effect("lower_defence", "TLS certificates", "", *([] if lasting else ["moderate"]))
    return EMPTY


def _clone(call: Call) -> Stream | None:
    """What is cloned came from elsewhere; its scripts are run at the risk of who runs them."""
    words = call.arguments.positional[1:]
    for setting in call.arguments.all_values("-c", "--config"):
        name, _, value = setting.partition("=")
        _setting(call, name.lower(), value)
    if words and words[0].startswith("ext::"):  # git-remote-ext(1)
        text = words[0][5:]
        if "'" in text or '"' in text:
            call.run_text(shown(text), "git ext::")
        else:
            command = re.split(r"(?<!%) ", text)
            call.run_argv([arg(word.replace("% ", " ")) for word in command], "git ext::")
    if words and re.match(r"\w+://|[\w.-]+@[\w.-]+:", words[0]):
        name = words[0].rstrip("/").rsplit("/", 1)[-1].removesuffix(".git")
        folder = words[1] if len(words) > 1 else name
        note_replaced(call, folder)
        flows.unpacked_tree(call.state, folder, str(words[0]))
        if is_strange(words[0]):
            call.state.variables["built from"] = words[0]
    return EMPTY


def _update_ref(call: Call) -> Stream | None:
    if call.arguments.has("-d", "--delete"):
        _lose(call, " ".join(call.arguments.positional[1:]), "branch")
    return EMPTY


def _credential(call: Call) -> Stream | None:
    reads = "get" if call.arguments.positional[:1] == ["credential-store"] else "fill"
    if call.arguments.positional[1:2] == [reads]:
        call.emit(
            Effect("read_credential", "git", facts=frozenset({"token"}), scope="credential_store"),
            [arg("git's credentials")],
        )
        return Stream(None, frozenset({"secret"}), (), "git credential fill")
    return EMPTY


def _remote(call: Call) -> Stream | None:
    words = call.arguments.positional[1:]
    if words[:1] in (["add"], ["set-url"]) and len(words) > 2:
        call.state.variables[f"git remote {words[1]}"] = str(words[2])
    return EMPTY


_STRANGE_HOST = pattern(r"(?:https?|git)://(?:[^/@]*@)?(?P<host>[\w.-]+)")
_FORGE = pattern(
    r"(^|[.-])(git\w*|hg|svn|scm|vcs|repos?|code|src|source|sources|forge\w*|bitbucket|codeberg|dev|salsa|opendev|review|gerrit|phabricator)([.-]|$)"
    r"|(^|\.)(github|gitlab|azure|visualstudio|sr|kernel|gnu|gnome|kde|apache|debian|freedesktop|videolan|googlesource|amazonaws|eclipse|mozilla|chromium|sourceforge|notabug|gitee|huggingface|pagure|launchpad|heroku|savannah)\.|localhost|^[\w-]+$|^127\."
)
"""Hosts that are known to keep repositories, or say so by their name."""


def is_strange(url: str) -> bool:
    """True if a repository's address is on a host that does not look like one of repositories."""
    match = _STRANGE_HOST.match(url)
    return match is not None and not _FORGE.search(match["host"].lower())


def _gives_away(call: Call, remote: str) -> None:
    """Everything that is kept here goes to a host that this line names, and that keeps no repositories."""
    remote = remote or "origin"
    url = str(call.state.variables.get(f"git remote {remote}", remote))
    if is_strange(url) and call.arguments.has("--all", "--mirror"):
        call.effect("send_data", url, "", "repository", base=60)


def _names(call: Call) -> Stream | None:
    whole = call.arguments.positional[0] == "ls-files" and len(call.arguments.positional) == 1
    # with -o alone: all that git does not keep, as `clean -fdx` would take it
    others = call.arguments.has("-d", "--deleted", "-i", "--ignored", "--exclude-standard")
    if whole and not others:
        return Stream(None, frozenset({"paths"}), (".",), "every file that git keeps")
    return Stream(None, frozenset({"paths", "narrowed"}), (".",), "files that git names")


def _rev_parse(call: Call) -> Stream | None:
    """The top of the work tree, as far as anybody here knows the folder that the line is in."""
    return Stream(".\n") if call.arguments.has("--show-toplevel") else UNKNOWN_STREAM


def _checkout_index(call: Call) -> Stream | None:
    if call.arguments.has("-f", "--force"):
        _lose(
            call,
            " ".join(call.arguments.positional[1:]) or "every file",
            "uncommitted",
            instead=_git(call, "stash"),
        )
    return EMPTY


def _read_tree(call: Call) -> Stream | None:
    if call.arguments.has("--reset") and call.arguments.has("-u") and not _dry(call):
        _lose(call, " ".join(call.arguments.positional[1:]), "uncommitted", instead=_git(call, "stash"))
    return EMPTY


def _archive(call: Call) -> Stream | None:
    """git-archive(1): the files of a commit; unpacked over the work tree they replace what was not committed."""
    names = call.arguments.positional[1:2]
    remote = call.arguments.value("--remote")
    if remote is not None and remote not in (".", "./"):
        return None
    return Stream(None, frozenset({"commit_files"}), (), " ".join(map(shown, names)) or "HEAD")


def _lfs(call: Call) -> Stream | None:
    """git-lfs-prune(1): with --force objects go that were never pushed."""
    words = call.arguments.positional
    if words[1:2] == ["prune"] and call.arguments.has("-f", "--force") and not _dry(call):
        _lose(call, "files of git-lfs", "history")
    return EMPTY


_VERBS = {
    "archive": _archive,
    "lfs": _lfs,
    "add": _add,
    "stage": _add,
    "commit": _commit,
    "clone": _clone,
    "rev-parse": _rev_parse,
    "checkout-index": _checkout_index,
    "read-tree": _read_tree,
    "send-pack": _push,
    "reset": _reset,
    "clean": _clean,
    "checkout": _checkout,
    "restore": _restore,
    "switch": _switch,
    "stash": _stash,
    "branch": _branch,
    "tag": _tag,
    "push": _push,
    "reflog": _reflog,
    "gc": _gc,
    "prune": _prune,
    "filter-branch": _filter_branch,
    "filter-repo": _filter_repo,
    "worktree": _worktree,
    "submodule": _submodule,
    "rm": _rm,
    "rebase": _rebase,
    "bisect": _bisect,
    "config": _config,
    "update-ref": _update_ref,
    "credential": _credential,
    "credential-store": _credential,
    "remote": _remote,
    "ls-files": _names,
    "diff": _names,
    "status": _names,
}
