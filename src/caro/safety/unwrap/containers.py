"""docker, podman, nerdctl and compose: what runs inside, and what of the host it can reach."""

from __future__ import annotations

from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.arguments import Arguments, parse_arguments
from caro.safety.call import Call
from caro.safety.effects import ELSEWHERE
from caro.safety.programs import shown_words
from caro.safety.streams import UNKNOWN_STREAM, Stream
from caro.safety.unwrap.forms import form
from caro.safety.values import Arg, arg
from caro.safety.wrappers import SHELLS, Wrapper


@form("container")
def container(call: Call, wrapper: Wrapper) -> Stream | None:
    words = call.argv
    lead = parse_arguments(
        words,
        wrapper.lead,
        stop_at_first=True,
    ).positional
    composed = call.name.endswith("-compose") or lead[:1] == ["compose"]
    if lead[:1] in (["container"], ["compose"]):
        lead = parse_arguments(
            [arg("docker"), *lead[1:]],
            frozenset({"-f", "--file", "-p", "--project-name", "--profile"}),
            stop_at_first=True,
        ).positional
    verb = lead[0] if lead else ""
    if verb not in ("run", "exec", "create", "launch"):
        return None
    arguments = parse_arguments([arg(call.name), *lead[1:]], wrapper.values, stop_at_first=True)
    binds = _binds(arguments.all_values("-v", "--volume", "--mount"))
    if verb in ("run", "create"):
        _escape(
            call,
            arguments.has("--privileged"),
            binds,
            arguments.all_values("--pid", "--cap-add", "--device", "--security-opt"),
            ["machine_tool"] if _is_machine_tool(arguments) else [],
        )
        _shows_secrets(call, arguments.positional[:1], binds)
    inner = arguments.positional[1:]
    if inner[:1] == ["--"]:
        inner = inner[1:]
    entry = arguments.value("--entrypoint")
    if entry:
        inner = [entry, *inner]
    elif verb == "run" and inner:
        inner = _with_entrypoint(call, arguments.positional[0], inner)
    if not inner:
        return UNKNOWN_STREAM
    state = call.state.inner(f"{call.name} {verb}", frozenset({"container"}))
    if verb == "exec" and not binds and call.state.place != ELSEWHERE and call.argv[-len(inner) :] == inner:
        state.place = (*call.state.place, shown_words(call.argv[: -len(inner)]))
    folder = arguments.value("-w", "--workdir") if verb in ("run", "exec", "create") else None
    state.cwd = str(_on_host(folder, binds)) if folder is not None and folder.startswith("/") else None
    state.step("unwrap", f"{call.name} {verb} runs: {' '.join(inner)[:200]}")
    before = len(call.state.findings.effects)
    inner = [_on_host(word, binds) for word in inner]
    _rewrite_code(inner, binds)
    out = call.interpreter.argv(inner, state, call.stdin)
    if verb == "run" and not binds and not composed:
        # what happens inside a throw-away container stays there; a service of compose has the project's volumes
        for effect in call.state.findings.effects[before:]:
            if effect.name in (
                "delete",
                "overwrite",
                "change_permissions",
                "change_owner",
                "remove_software",
                "persist",
                "install_untrusted",
                "read_credential",
                "execute_remote_code",
            ):
                effect.facts |= {"throwaway"}
    return out


_VENDORS = pattern(
    r"(docker\.io/)?(library/|amazon/|google/|hashicorp/|bitnami/|alpine/|rclone/|restic/|pulumi/|grafana/|jenkins/|gitlab/|azuresdk/)"
    r"|(gcr\.io|us-docker\.pkg\.dev|public\.ecr\.aws|mcr\.microsoft\.com|quay\.io|registry\.k8s\.io|registry\.gitlab\.com)/"
    r"|(localhost|127\.0\.0\.1)[:/]"
)
"""Images whose makers are known: the tools of clouds and clusters are shown their own credentials by design."""


def _shows_secrets(call: Call, image: list[Arg], binds: list[tuple[str, str]]) -> None:
    """A folder of keys that is shown to an image of somebody's."""
    if not image or _VENDORS.match(image[0]):
        return
    for source, _ in binds:
        if targets.holds_secret(targets.resolve(source, call.state.cwd)) and not source.endswith(
            (".env", ".crt")
        ):
            call.effect("send_data", source, "", "secret", base=55)
            return


def _with_entrypoint(call: Call, image: Arg, inner: list[Arg]) -> list[Arg]:
    """`docker run hashicorp/terraform destroy`: such an image's entry point is the service's own program."""
    name = image.rsplit("/", 1)[-1].partition("@")[0].partition(":")[0].removesuffix("-cli")
    spec = call.programs.get(name)
    if spec is None or not spec.service or call.programs.get(inner[0]) is not None:
        return inner
    return [arg(name), *inner]


def _binds(values: list[Arg]) -> list[tuple[str, str]]:
    found = []
    for value in values:
        if "source=" in value or "src=" in value:
            pairs = dict(piece.partition("=")[::2] for piece in value.split(","))
            source = pairs.get("source") or pairs.get("src") or ""
            target = pairs.get("target") or pairs.get("dst") or pairs.get("destination") or ""
            if source and target:
                found.append((source, target))
            continue
        source, colon, rest = value.partition(":")
        if colon:
            found.append((source, rest.partition(":")[0]))
    return found


def _on_host(word: Arg, binds: list[tuple[str, str]]) -> Arg:
    """The host's name of a path that a bind mount shows inside."""
    for source, target in binds:
        clean = target.rstrip("/") or "/"
        if word == clean or (word.startswith(clean + "/") and clean != "/"):
            value = Arg(targets.fold(source + "/" + word[len(clean) :]))
            value.glob = word.glob
            return value
    return word


def _rewrite_code(words: list[Arg], binds: list[tuple[str, str]]) -> None:
    for at, word in enumerate(words):
        if at and words[at - 1] in ("-c", "-lc", "-ec") and binds:
            text = str(word)
            for source, target in binds:
                if len(target) > 1:
                    text = text.replace(target, source.rstrip("/") or "/").replace("//", "/")
            words[at] = arg(text, quoted=True)


_MACHINE_TOOLS = pattern(
    r"(docker\.io/|ghcr\.io/|gcr\.io/|quay\.io/)?((library/)?docker:([\w.-]+-)?dind[\w.-]*|tonistiigi/binfmt|multiarch/qemu-user-static"
    r"|moby/buildkit|rancher/(rancher|k3s|rke2)|kindest/node|(google|cadvisor)/cadvisor|prom/node-exporter|prometheus/node-exporter"
    r"|netdata/netdata|(datadoghq|datadog)/agent|home-assistant/home-assistant|homeassistant/home-assistant"
    r"|portainer/(portainer|agent)(-[ce]e)?|grafana/(alloy|agent|promtail))(:[\w.-]+)?"
)
"""Images that everybody knows, whose task is the machine itself: they look at all of it, or start containers."""


def _is_machine_tool(arguments: Arguments) -> bool:
    """True if such an image does what it was made for, with no command of somebody's own in its place."""
    words = arguments.positional
    own = arguments.value("--entrypoint") or words[1:2] in [[arg(shell)] for shell in SHELLS]
    return not own and bool(words) and bool(_MACHINE_TOOLS.fullmatch(words[0]))


def _escape(
    call: Call, privileged: bool, binds: list[tuple[str, str]], extras: list[Arg], known: list[str]
) -> None:
    sources = [targets.fold(source) for source, _ in binds]
    whole = [
        s
        for s in sources
        if s
        in (
            "/",
            "/etc",
            "/root",
            "/proc",
            "/sys",
            "/dev",
            "/boot",
            "/var/run/docker.sock",
            "/run/docker.sock",
            "/var/lib/docker",
            "/usr",
            "/var",
            "/home",
        )
    ]
    if any(s in ("/", "/etc", "/root", "/boot", "/dev") for s in whole):
        call.effect("gain_privilege", f"-v {whole[0]}", "", "container_escape", *known)
    elif privileged and (whole or any(word in ("host", "ALL", "SYS_ADMIN") for word in extras)):
        call.effect("gain_privilege", "--privileged", "", "container_escape", *known)
    elif privileged:
        call.effect("gain_privilege", "--privileged", "", "privileged", *known)
    elif any(
        word.startswith(("/dev/sd", "/dev/nvme", "/dev/mem")) or word in ("SYS_ADMIN", "ALL")
        for word in extras
    ):
        call.effect("gain_privilege", " ".join(extras), "", "privileged", *known)
