"""Services, clusters and clouds that run a command elsewhere; their verbs and options are in `wrappers.toml`."""

from __future__ import annotations

import re

from caro.safety.arguments import parse_arguments
from caro.safety.call import Call
from caro.safety.streams import UNKNOWN_STREAM, Stream
from caro.safety.unwrap.forms import form
from caro.safety.values import Arg, arg, shown
from caro.safety.wrappers import Wrapper


@form("console")
def _console(call: Call, wrapper: Wrapper) -> Stream | None:
    """`fly ssh console -C "…"`, `gcloud compute ssh x --command "…"`: the rest goes on to the program's data."""
    for option in wrapper.script:
        text = parse_arguments(call.argv, frozenset({option})).value(option)
        if text is not None and any(verb in call.argv for verb in wrapper.verbs):
            return call.run_text(shown(text), call.name, wrapper.facts)
    return None


@form("verb")
def _verb(call: Call, wrapper: Wrapper) -> Stream | None:
    """`direnv exec FOLDER CMD…`, `machinectl shell NAME CMD…`: a verb, `skip` operands, the command."""
    words = call.argv[2 + wrapper.skip :]
    is_run = call.argv[1:2] and call.argv[1] in wrapper.verbs
    return call.run_argv(words, call.name, wrapper.facts) if is_run and words else None


@form("verb_text")
def _verb_text(call: Call, wrapper: Wrapper) -> Stream | None:
    """`heroku run -a APP CMD…`: a verb, options, shell text."""
    if not call.argv[1:2] or call.argv[1] not in wrapper.verbs:
        return None
    words = parse_arguments(call.argv[1:], wrapper.values, stop_at_first=True).positional
    return call.run_text(shown(" ".join(words)), wrapper.label, wrapper.facts) if words else None


@form("after")
def _after(call: Call, wrapper: Wrapper) -> Stream | None:
    """`adb -s SERIAL shell CMD…`: shell text behind a verb among the first operands."""
    words = [word for word in call.argv[1:] if not word.startswith("-")]
    for verb in wrapper.verbs:
        if verb in words[:3]:
            text = " ".join(call.argv[call.argv.index(arg(verb)) + 1 :])
            return call.run_text(shown(text), wrapper.label, wrapper.facts)
    return None


def _on_node(word: Arg) -> Arg:
    """`kubectl debug node/NAME` mounts the node's root folder at /host (kubectl's reference, "debug")."""
    return arg(word.removeprefix("/host") or "/", word.glob) if word.startswith("/host") else word


@form("cluster")
def _cluster(call: Call, wrapper: Wrapper) -> Stream | None:
    """`kubectl exec POD -- CMD…` and `kubectl exec POD CMD…` (kubectl's reference, "exec")."""
    words = [arg("exec") if word == "rsh" else word for word in call.argv[1:]]  # oc rsh
    if not any(verb in words[:8] for verb in wrapper.verbs):
        return None
    if "--" in words:
        behind = words[words.index(arg("--")) + 1 :]
        if "debug" in words[:8] and any(word.startswith("node/") for word in words):
            behind = [_on_node(word) for word in behind]
        call.run_argv(behind, call.name, wrapper.facts)
        return UNKNOWN_STREAM
    if "exec" not in words[:8]:
        return None
    behind = [call.argv[0], *words[words.index(arg("exec")) + 1 :]]
    positional = parse_arguments(behind, wrapper.values, stop_at_first=True).positional
    if len(positional) < 2:
        return None
    call.run_argv(positional[1:], call.name, wrapper.facts)
    return UNKNOWN_STREAM


@form("ansible")
def _ansible(call: Call, wrapper: Wrapper) -> Stream | None:
    """`ansible HOSTS -m MODULE -a ARGS` (ansible(1)): modules of `verbs` run text."""
    arguments = parse_arguments(call.argv, wrapper.values)
    module = (arguments.value("-m", "--module-name") or arg("command")).rsplit(".", 1)[-1]
    text = arguments.value("-a", "--args")
    if text is not None and module in wrapper.verbs:
        return call.run_text(shown(text), "ansible", wrapper.facts)
    if not arguments.has("-C", "--check"):
        _ansible_module(call, module, shown(text or ""), wrapper)
    return None


def _ansible_module(call: Call, module: str, text: str, wrapper: Wrapper) -> None:
    """A module whose `state=absent` takes away what it names; `reboot` and `filesystem` say it themselves."""
    fields = dict(piece.partition("=")[::2] for piece in text.split() if "=" in piece)
    target = fields.get("path") or fields.get("dest") or fields.get("name") or fields.get("lv") or ""
    if module in ("reboot", "shutdown"):
        call.run_text("reboot", "ansible", wrapper.facts)
    elif module == "filesystem" and fields.get("dev"):
        call.run_argv([arg("mkfs"), arg(fields["dev"])], "ansible", wrapper.facts)
    elif fields.get("state") == "absent" and target and module in wrapper.calls:
        call.run_argv([*map(arg, wrapper.calls[module].split()), arg(target)], "ansible", wrapper.facts)


@form("salt")
def _salt(call: Call, wrapper: Wrapper) -> Stream | None:
    """`salt TARGET FUNCTION ARGS…` (salt(1)): cmd.run takes text; `calls` says what other functions are like."""
    if "cmd.run" in call.argv:
        rest = call.argv[call.argv.index(arg("cmd.run")) + 1 :]
        return call.run_text(shown(" ".join(rest[:1])), "salt", wrapper.facts)
    for at, word in enumerate(call.argv[1:], 1):
        if command := wrapper.calls.get(word):
            words = [*map(arg, command.split()), *(w for w in call.argv[at + 1 :] if "=" not in w)]
            return call.run_argv(words, "salt", wrapper.facts)
    return None


@form("aws")
def _aws(call: Call, wrapper: Wrapper) -> Stream | None:
    """`aws ssm send-command --parameters 'commands=["…"]'`: shell text for other machines."""
    if "send-command" in call.argv[:6]:
        values = [w for w in call.argv if w.startswith("commands=") or '"commands"' in w]
        for value in values:
            for text in re.findall(r'"((?:[^"\\]|\\.)*)"', value.partition("commands")[2]) or [value[9:]]:
                call.run_text(shown(text), "aws ssm", frozenset({"remote"}))
    return None


@form("az")
def _az(call: Call, wrapper: Wrapper) -> Stream | None:
    """`az vm run-command invoke --scripts "…"`: shell text for another machine."""
    if "run-command" in call.argv and "--scripts" in call.argv:
        for text in call.argv[call.argv.index(arg("--scripts")) + 1 :]:
            if text.startswith("--"):
                break
            call.run_text(shown(text), "az vm run-command", frozenset({"remote"}))
    return None
