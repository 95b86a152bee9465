"""Decisions about a tool's project, its lock file, its server and its login: mostly the tool's own word for it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from caro.fix.context import Context
from caro.fix.decisions.registry import decision
from caro.fix.spec_walk import spec_for

BEGIN = {
    "vite": "npm create vite@latest", "vitest": "npm init vitest", "playwright": "npm init playwright@latest",
    "mkdocs": "mkdocs new .", "pre-commit": "pre-commit sample-config > .pre-commit-config.yaml",
    "eslint": "npm init @eslint/config@latest", "tsc": "tsc --init", "jest": "jest --init", "cz": "cz init",
    "stylelint": "npm init stylelint", "oxlint": "oxlint --init", "tailwindcss": "tailwindcss init",
    "lefthook": "lefthook install", "commitizen": "cz init", "air": "air init", "task": "task --init",
    "nest": "nest new .", "git-cliff": "git-cliff --init", "cdk": "cdk init app", "kustomize": "kustomize create",
    "fvm": "fvm use stable", "proto": "proto pin node", "rbenv": "rbenv install",
}  # fmt: skip
"""Tools whose first step isn't called `init`."""
LOCK = {
    "uv": "uv lock", "poetry": "poetry lock", "pdm": "pdm lock", "cargo": "cargo update", "pixi": "pixi lock",
    "bun": "bun install", "yarn": "yarn install", "bundle": "bundle install", "composer": "composer update",
    "mix": "mix deps.get", "rye": "rye lock",
}  # fmt: skip
START = {
    "ollama": "ollama serve", "colima": "colima start", "podman": "podman machine start", "lms": "lms server start",
    "overmind": "overmind start", "pueue": "pueued -d", "limactl": "limactl start", "lima": "limactl start",
    "minikube": "minikube start", "tailscale": "sudo tailscale up", "orb": "orb start", "rdctl": "rdctl start",
    "process-compose": "process-compose up", "atuin": "atuin daemon", "syncthing": "syncthing serve",
    "nomad": "nomad agent -dev", "consul": "consul agent -dev",
}  # fmt: skip
LOGIN = {
    "flyctl": "auth login", "fly": "auth login", "turso": "auth login", "neonctl": "auth", "pscale": "auth login",
    "hf": "auth login", "huggingface-cli": "login", "modal": "setup", "glab": "auth login", "doctl": "auth init",
    "snyk": "auth", "ngrok": "config add-authtoken", "firebase": "login", "kaggle": "auth login",
    "copilot": "login", "buf": "registry login", "helm": "registry login", "rpk": "cloud login", "op": "signin",
    "tailscale": "up", "sentry-cli": "login", "hcloud": "context create default", "linode-cli": "configure",
    "scw": "init", "goose": "configure", "opencode": "auth login", "tea": "login add", "gem": "signin",
    "exo": "config", "claude": "auth login", "gemini": "", "shopify": "auth login",
}  # fmt: skip
"""What logs in where it isn't `login`."""


@decision
def init_here(context: Context) -> Sequence[str]:
    """Return how a project of the tool begins; nothing where that is what failed, or where it has no such word."""
    tool = context.simple.name
    if any(
        word.text in ("init", "new", "create", "--init", "help", "--help")
        for word in context.simple.words[1:]
    ):
        return []
    if tool in BEGIN:
        return [BEGIN[tool]]
    node = spec_for(context.inventory, tool)
    return [f"{tool} init"] if node is None or "init" in node.get("s", ()) else []


@decision
def filter_with_bar(context: Context) -> Sequence[str]:
    """Return `jq .a | .b file` with the filter in quotation marks."""
    match = re.fullmatch(
        r"([jy]q(?: -\w+)*) ([^'\"|]+?) \| (\.[^'\"|\s]*)( [\w./-]+)?", context.simple.line.strip()
    )
    return [f"{match[1]} '{match[2]} | {match[3]}'{match[4] or ''}"] if match else []


@decision
def nix_features(context: Context) -> Sequence[str]:
    args = context.value("args")
    return [f"nix --extra-experimental-features 'nix-command flakes' {args}"]


@decision
def lock_again(context: Context) -> Sequence[str]:
    """Return how the tool writes its lock file anew, and the line without the option that forbids it."""
    loose = re.sub(r" --(?:locked|frozen-lockfile|frozen|immutable)(?=\s|$)", "", context.simple.text)
    again = LOCK.get(context.simple.name, "")
    if context.simple.name in ("yarn", "bun"):
        return [loose] if loose != context.simple.text else [again]
    return [line for line in (again, loose) if line and line != context.simple.text]


@decision
def start_server(context: Context) -> Sequence[str]:
    start = START.get(context.simple.name, "")
    return [start] if start and not context.simple.text.startswith(start.removeprefix("sudo ")) else []


@decision
def newer_login(context: Context) -> Sequence[str]:
    """Return the login that the output names, else the tool's own word for it."""
    tool = context.simple.name
    told = re.search(rf"\b{re.escape(tool)} (?:auth |registry )?(?:log-?in|sign-?in)\b(?! -)", context.output)
    word = LOGIN.get(tool, "login")
    return [told[0]] if told else [f"{tool} {word}"] if word else []
