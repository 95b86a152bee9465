"""The real agents of npm, each in a HOME of its own, against a model on loopback."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.fake_model import FakeModel

CACHE = Path(
    os.environ.get("CARO_TEST_AGENTS") or Path(tempfile.gettempdir()) / f"caro-test-agents-{os.getuid()}"
)
"""Where npm puts them, once for all runs."""
REGISTRY = {
    name: value for name, value in os.environ.items() if name in ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")
}
PLUGIN_PACKAGES = ("node_modules", "package.json", "package-lock.json")
"""What opencode fetches from the registry into each folder that has plugins: kept for all runs, or each test waits."""
SECONDS = 300


@dataclass(frozen=True)
class RealAgent:
    """`command` and `write` give a tool's arguments by the names it may have; `prepare` its settings for a model."""

    name: str
    package: str
    program: str
    words: tuple[str, ...]
    command: Callable[[str], dict[str, Any]]
    write: Callable[[str], dict[str, Any]]
    prepare: Callable[[Path, str], dict[str, str]]

    def install(self) -> Path:
        """Return the folder with the program; npm fetches the package where it is missing."""
        folder = CACHE / self.name
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            program = folder / "node_modules/.bin" / self.program
            if not program.exists():
                words = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), self.package]
                subprocess.run(words, check=True, capture_output=True, timeout=900, cwd=folder)
        return program.parent

    def run(self, home: Path, folder: Path, env: dict[str, str], tools: dict[str, Any]) -> Run:
        """Let the agent make one call."""
        model = FakeModel(tools)
        try:
            words = REGISTRY | env | self.prepare(home, model.url) | {"HOME": str(home), "PWD": str(folder)}
            done = subprocess.run(
                [self.install() / self.program, *self.words], env=words, cwd=folder, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=SECONDS, start_new_session=True,
            )  # fmt: skip
            _keep_packages(home)
            return Run(model.told, done.stdout + done.stderr, len(model.asked))
        finally:
            model.close()


@dataclass(frozen=True)
class Run:
    """What the model was told of the call, what the agent printed, how often it asked."""

    told: str
    printed: str
    asked: int


def _claude(home: Path, url: str) -> dict[str, str]:
    return {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "none", "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_TELEMETRY": "1"}  # fmt: skip


def _codex(home: Path, url: str) -> dict[str, str]:
    file = home / ".codex/config.toml"
    file.parent.mkdir(exist_ok=True)
    text = file.read_text() if file.exists() else ""
    if "model_provider" not in text:
        table = f'[model_providers.fake]\nname = "fake"\nbase_url = "{url}/v1"\nwire_api = "responses"\n'
        table += 'env_key = "FAKE_KEY"\nrequest_max_retries = 0\nstream_max_retries = 0\n'
        text = f'model = "gpt-5"\nmodel_provider = "fake"\n{text}\n{table}'
    file.write_text(re.sub(r'base_url = "[^"]*"', f'base_url = "{url}/v1"', text))
    return {"FAKE_KEY": "none"}


def _gemini(home: Path, url: str) -> dict[str, str]:
    file = home / ".gemini/settings.json"
    file.parent.mkdir(exist_ok=True)
    settings = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(settings | {"security": {"auth": {"selectedType": "gemini-api-key"}}}))
    return {"GEMINI_API_KEY": "none", "GOOGLE_GEMINI_BASE_URL": url, "GEMINI_CLI_TRUST_WORKSPACE": "true"}


def _copilot(home: Path, url: str) -> dict[str, str]:
    return {"COPILOT_PROVIDER_BASE_URL": f"{url}/v1", "COPILOT_PROVIDER_API_KEY": "none", "COPILOT_MODEL": "gpt-5",
            "COPILOT_OFFLINE": "true"}  # fmt: skip


def _opencode(home: Path, url: str) -> dict[str, str]:
    file = home / ".config/opencode/opencode.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    provider = {"npm": "@ai-sdk/openai-compatible", "name": "fake", "models": {"m": {"name": "m", "tool_call": True}},
                "options": {"baseURL": f"{url}/v1", "apiKey": "none"}}  # fmt: skip
    file.write_text(json.dumps({"provider": {"fake": provider}, "autoupdate": False, "model": "fake/m"}))
    for name in PLUGIN_PACKAGES:
        kept = CACHE / "opencode-plugins" / name
        if kept.exists() and not (file.parent / name).exists():
            _link_tree(kept, file.parent / name)
    return {"OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1"}


def _keep_packages(home: Path) -> None:
    """Keep what opencode has fetched whole: package-lock.json is its last file."""
    made, kept = home / ".config/opencode", CACHE / "opencode-plugins"
    if kept.exists() or not (made / PLUGIN_PACKAGES[-1]).exists():
        return
    aside = Path(tempfile.mkdtemp(dir=CACHE))
    for name in PLUGIN_PACKAGES:
        _link_tree(made / name, aside / name)
    try:
        aside.rename(kept)
    except OSError:  # another run was first
        shutil.rmtree(aside)


def _link_tree(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_link, symlinks=True)
    else:
        shutil.copy(source, target)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy(source, target)


def _patch(file: str) -> str:
    return f"*** Begin Patch\n*** Add File: {file}\n+x\n*** End Patch\n"


REAL = [
    RealAgent(
        "claude-code", "@anthropic-ai/claude-code", "claude",
        ("-p", "go", "--allowedTools", "Bash", "Write", "Edit", "Read", "--output-format", "json"),
        lambda line: {"Bash": {"command": line, "description": "x"}},
        lambda file: {"Write": {"file_path": file, "content": "x\n"}},
        _claude,
    ),
    RealAgent(
        "codex", "@openai/codex", "codex",
        ("exec", "--skip-git-repo-check", "-s", "danger-full-access", "go"),
        lambda line: {"exec_command": {"cmd": line}, "shell_command": {"command": line}},
        lambda file: {"exec_command": {"cmd": f"apply_patch <<'EOF'\n{_patch(file)}EOF"}},
        _codex,
    ),
    RealAgent(
        "gemini-cli", "@google/gemini-cli", "gemini",
        ("-p", "go", "--approval-mode", "yolo", "-m", "gemini-2.5-flash"),
        lambda line: {"run_shell_command": {"command": line, "description": "x"}},
        lambda file: {"write_file": {"file_path": file, "content": "x\n"}},
        _gemini,
    ),
    RealAgent(
        "opencode", "opencode-ai", "opencode", ("run", "-m", "fake/m", "go"),
        lambda line: {"bash": {"command": line, "description": "x"}},
        lambda file: {"write": {"filePath": file, "content": "x\n"}},
        _opencode,
    ),
    RealAgent(
        "copilot-cli", "@github/copilot", "copilot", ("-p", "go", "--allow-all-tools", "--no-auto-update"),
        lambda line: {"bash": {"command": line, "description": "x"}},
        lambda file: {"create": {"path": file, "file_text": "x\n"}},
        _copilot,
    ),
]  # fmt: skip
"""What they are told is nothing: the model makes the call whatever it reads."""


def poor_path(env: dict[str, str], folder: Path) -> dict[str, str]:
    """Return the environment with a PATH that has node and the system's own folders, and no Caro."""
    folder.mkdir(exist_ok=True)
    node = shutil.which("node", path=env["PATH"])
    if node and not (folder / "node").exists():
        (folder / "node").symlink_to(node)
    return env | {"PATH": f"{folder}:/usr/bin:/bin"}
