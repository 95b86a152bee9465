"""One secret, given to Caro in every way that a secret comes by, is in no file that Caro writes."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from agent.calls import ask, call_with
from caro.record.index import Index
from caro.record.reader import Snapshot
from caro.record.rotate import rotate
from daemons import World
from environment import NATIVES
from shells.terminals import RC, RC_FILES, Terminal

SECRET = "Zq7xK9vWm2pLr4TnB8"
TOKEN = f"ghp_{SECRET}{SECRET}"

# Nothing here reaches a network: the servers' names can't be looked up, and port 1 refuses.
SCRIPT = f"""
git -c user.password={SECRET} --version
curl -s -m 5 -u ann:{SECRET} http://127.0.0.1:1/
curl -s -m 5 'http://ann:{SECRET}@127.0.0.1:1/?token={SECRET}'
PGPASSWORD={SECRET} git --version
env API_TOKEN={SECRET} git --version
export DB_PASSWORD={SECRET}
read -r line <<< "password={SECRET}"
read -r token <<< "{TOKEN}"
eval "export PASSWORD={SECRET}"
bash -c 'MYSQL_PWD={SECRET} git --version; true'
(cd / && git --help=token={SECRET} > /dev/null 2>&1)
python3 -c 'import sys' --api-key {SECRET}
bash -c 'echo {SECRET} | chpasswd --no-such-option' 2> /dev/null
git -c alias.x='!true' x "CREATE USER app IDENTIFIED BY '{SECRET}'"
git -c alias.x='!true' x '{{"api_key": "{SECRET}"}}' 'password: {SECRET}'
echo {SECRET} | {{ read -r API_TOKEN; }}
read -r API_TOKEN <<< {SECRET}
"""

# One line of each kind; they mean the same in every shell, and nothing of them is there or does anything.
KINDS = [
    f"env API_TOKEN={SECRET} true",
    f"env 'DB_PASS={SECRET}' true",
    f"env MYAPP_KEY={SECRET} true",
    f"env DATABASE_URL=postgres://app:{SECRET}@db/shop true",
    f"env -u X true --password {SECRET}",
    f"env true --password='{SECRET}'",
    f"env true --api-key {SECRET}",
    f"env true -token={SECRET}",
    f"env PATH=/none mysql -uroot -p{SECRET} shop",
    f"env PATH=/none mysql -uroot -p'{SECRET[:9]}'\"{SECRET[9:]}\" shop",
    f"env PATH=/none sshpass -p {SECRET} ssh h",
    f"env PATH=/none redis-cli -a {SECRET} ping",
    f"env PATH=/none sqlplus scott/{SECRET}@db",
    f"env PATH=/none htpasswd -b f ann {SECRET}",
    f"env PATH=/none ldapsearch -w {SECRET} -b x",
    f"env PATH=/none smbclient //h/s -U 'ann%{SECRET}'",
    f"env PATH=/none openssl rsa -passin pass:{SECRET}",
    f"env PATH=/none no-such-tool -u ann -p {SECRET}",
    f"env PATH=/none no-such-tool login ann {SECRET}",
    f"env true config set github.token {SECRET}",
    f"env PATH=/none vault kv put secret/x password={SECRET}",
    f"env PATH=/none oathtool --totp -b {SECRET.upper()}",
    f"env true 'Authorization: Bearer {SECRET}'",
    f"env true 'Cookie: session={SECRET}'",
    f"env true 'https://x.example/?token={SECRET}'",
    f"env true 'https://ann:{SECRET}@x.example/'",
    f"env true 'https://{SECRET}@x.example/'",
    f"env true 'postgres://app:{SECRET}@db/x'",
    f"env true 'Server=db;User Id=sa;Password={SECRET};'",
    f"env true 'ann:{SECRET}@tcp(db:3306)/x'",
    f"env true 'password: {SECRET}'",
    f"env true 'token = \"{SECRET}\"'",
    f'true \'{{"api_key": "{SECRET}"}}\'',
    f"env true '<password>{SECRET}</password>'",
    f"env true \"CREATE USER app IDENTIFIED BY '{SECRET}'\"",
    f"env true \"INSERT INTO users (name, password) VALUES ('ann', '{SECRET}')\"",
    f"env true 'machine h login ann password {SECRET}'",
    f"env true 's/PASSWORD/{SECRET}/'",
    f"env true '-----BEGIN RSA PRIVATE KEY----- {SECRET}{SECRET} -----END RSA PRIVATE KEY-----'",
    f"env true \"s.login('ann', '{SECRET}')\"",
    f"env true 'const apiKey: string = \"{SECRET}\"'",
    f"env true '{TOKEN}'",
    f"env true '{SECRET}{SECRET}'",
    f"env true 'name: DB_PASSWORD value: {SECRET}'",
    f"env true 'wifi password is {SECRET}'",
    f"env PATH=/none nmcli dev wifi connect home password {SECRET}",
    f"env PATH=/none docker run -e API_TOKEN={SECRET} x",
    f"env PATH=/none docker build --build-arg NPM_TOKEN={SECRET} .",
]

TYPED = [
    f"export GITHUB_TOKEN={TOKEN}",
    f"API_SECRET={SECRET} true",
    f"curl -s -m 5 -H 'Authorization: Bearer {SECRET}' http://127.0.0.1:1/",
    f"gti push https://ann:{SECRET}@127.0.0.1:1/x",
    f"git push https://ann:{SECRET}@127.0.0.1:1/x",
    f"cat <<< 'password={SECRET}' > /dev/null",
    f"no-such-tool --password {SECRET}",
    f"echo {SECRET} | no-such-tool --password-stdin",
    f"read -r API_TOKEN <<< {SECRET}",
    f"echo {SECRET} | while read -r API_TOKEN; do true; done",
    f"""no-such-tool "CREATE USER app IDENTIFIED BY '{SECRET}'" """,
    f"no-such-tool -p'{SECRET[:9]}'\"{SECRET[9:]}\" --password='{SECRET[:9]}'\"{SECRET[9:]}\"",
    f"env true 's/password/{SECRET}/' 'machine x login y password {SECRET}' 'password: {SECRET}'",
    f"git ls-remote https://{SECRET}@127.0.0.1:1/x",
    "cat > /dev/null <<EOF\r  password: " + SECRET + "\rEOF",
    "gti --version",
    "git --version",
    "true",
]


def all_files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Names and what is in them, unpacked; links and sockets by their names alone."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            if data[:2] == b"\x1f\x8b":
                data += gzip.decompress(data)
            elif data[:4] == b"\x28\xb5\x2f\xfd":
                data += zstandard.ZstdDecompressor().decompressobj().decompress(data)
            yield path, os.fsencode(path) + data
        else:
            yield path, os.fsencode(path)


def shapes() -> list[bytes]:
    """The secret, its beginning, and what base64 makes of it wherever it stands."""
    packed = [base64.b64encode(b"x" * shift + SECRET.encode())[4:-4] for shift in range(3)]
    return [SECRET.encode(), SECRET[:12].encode(), SECRET.encode().hex().encode(), *packed]


@pytest.fixture
def planted(home: Path, env: dict[str, str], natives: Path, tmp_path: Path) -> Iterator[World]:
    """Each folder that Caro may write to has a name of its own, and the scripts stand outside of them all."""
    folders = {}
    for name in ("CONFIG_HOME", "DATA_HOME", "STATE_HOME", "CACHE_HOME", "RUNTIME_DIR"):
        folders[f"XDG_{name}"] = str(home / name.lower())
        (home / name.lower()).mkdir(mode=0o700)
    world = World(home, env | folders)
    world.config, world.state = home / "config_home/caro", home / "state_home/caro"
    (home / ".config/caro").rmdir()  # made for users whose folders have the usual names
    (home / ".config").rmdir()
    world.config.mkdir(mode=0o700)
    world.socket = world.config / "caro.sock"
    world.configure("[trace]\nrotate_mb = 0\nenv_diff = true\n")
    world.env |= {"GIT_TERMINAL_PROMPT": "0", "CARO_DEBUG": "1"}
    for name in ("CLAUDECODE", "CURSOR_AGENT", "GEMINI_CLI", "CODEX_THREAD_ID", "AGENT", "OPENCODE"):
        world.env.pop(name, None)
    yield world
    world.close()


def record_scripts(world: World, folder: Path) -> None:
    script = folder / "script"
    script.write_text(SCRIPT)
    for mode in ("shims", "deep"):
        done = world.caro("run", "--quiet", "--builtins", "--mode", mode, "--", "bash", str(script))
        assert done.returncode == 0, done.stderr


def type_lines(world: World, folder: Path) -> None:
    """In a bash with Caro in it, the daemon running; what bash itself writes goes nowhere."""
    rc = folder / "bashrc"
    rc.write_text(RC["bash"] + 'eval "$(caro init bash)"\n')
    env = {name: value for name, value in world.env.items() if name != "CARO_SESSION_ID"}
    words = ["bash", "--noprofile", "--rcfile", str(rc), "-i"]
    terminal = Terminal(words, env | {"HISTFILE": "/dev/null"}, folder)
    try:
        terminal.wait_prompt()
        for line in TYPED:
            terminal.run(line)
        terminal.leave()
    finally:
        terminal.close()


@pytest.mark.long
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "sh"])
def test_prompts(planted: World, tmp_path: Path, shell: str) -> None:
    """The daemon runs: zsh's lines come by its FIFO, the other shells' by the hook."""
    planted.start()
    planted.wait_ready()
    rc = tmp_path / RC_FILES[shell].rpartition("/")[2]
    rc.write_text(RC[shell] + planted.caro("init", shell).stdout)
    env = {name: value for name, value in planted.env.items() if name != "CARO_SESSION_ID"}
    env |= {"HISTFILE": "/dev/null", "ZDOTDIR": str(tmp_path), "ENV": str(rc)}
    words = {
        "bash": ["bash", "--noprofile", "--rcfile", str(rc), "-i"],
        "zsh": ["zsh", "-i"],
        "fish": ["fish", "--private", "-C", f"source {rc}"],
        "sh": ["dash", "-i"],
    }[shell]
    (planted.home / "data_home/fish/generated_completions").mkdir(parents=True)  # else fish makes them
    terminal = Terminal(words, env, tmp_path)
    try:
        terminal.wait_prompt()
        for line in KINDS:
            terminal.run(line)
        terminal.leave()
    finally:
        terminal.close()
    planted.close()
    lines = [event for event in recorded(planted) if event["kind"] == "line"]
    # sh can tell its lines by their end alone: they are recorded without text.
    assert len(lines) >= len(KINDS)
    assert shell == "sh" or sum("***" in str(event.get("text")) for event in lines) >= len(KINDS)
    assert_nowhere(planted)


@pytest.mark.long
@pytest.mark.parametrize("way", ["shims", "deep", "hook", "agents"])
def test_programs(planted: World, tmp_path: Path, way: str) -> None:
    planted.start()
    planted.wait_ready()
    if way in ("shims", "deep"):
        script = tmp_path / "script"
        script.write_text("".join(f"{line} 2> /dev/null\n" for line in KINDS))
        planted.caro("shims", "add", "env", "true")
        done = planted.caro("run", "--quiet", "--builtins", "--mode", way, "--", "bash", str(script))
        assert done.returncode in (0, 127), done.stderr
    for number, line in enumerate([*KINDS, "true"] if way == "hook" else (), 1):
        ask_hook(planted, number, line)
    for line in KINDS if way == "agents" else ():
        for agent in ("claude-code", "codex", "gemini-cli"):
            assert ask(planted, agent, call_with(agent, line)).returncode in (0, 2)
    planted.close()
    if way != "agents":  # what runs without objection leaves no verdict
        assert len([event for event in recorded(planted) if "***" in json.dumps(event)]) >= len(KINDS)
    assert_nowhere(planted)


def ask_hook(world: World, number: int, line: str) -> None:
    hook = world.home / "data_home/caro/bin/caro-hook"
    words = [hook if hook.exists() else NATIVES / "caro-hook", "preexec", "-i", "-s", "zsh"]
    words += ["-p", str(os.getpid()), "-n", str(number), "-e", "0", "-d", "7"]
    env = world.env | {"CARO_SESSION_ID": "01900000-0000-7000-8000-000000000001"}
    subprocess.run(words, input=line, env=env, check=True, text=True, capture_output=True)


def assert_nowhere(world: World) -> None:
    for path, data in all_files(world.home):
        for shape in (*shapes(), SECRET.upper().encode()):
            assert shape not in data, f"{path}: ...{data[max(0, data.index(shape) - 200) :][:400]!r}"


def ask_for_agents(world: World) -> None:
    for agent in ("claude-code", "codex", "cursor"):
        command = (
            f"curl -u ann:{SECRET} http://127.0.0.1:1/; API_TOKEN={SECRET} rm -rf /var/lib/x{os.getpid()}"
        )
        assert ask(world, agent, call_with(agent, command)).returncode in (0, 2)


def build_index(world: World) -> None:
    """Of so short a log the commands would make none."""
    with Snapshot(world.log) as snapshot:
        index = Index(world.home / "data_home/caro/index.db")
        assert index.update(snapshot)
        index.close()


def kinds(events: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(event["source"], event["kind"]) for event in events if "***" in json.dumps(event)}


def recorded(world: World) -> list[dict[str, Any]]:
    files = sorted(world.home.glob(".trace_shell.jsonl*"))
    lines = [
        line for file in files if not file.name.endswith(".lock") for line in file.read_bytes().splitlines()
    ]
    return [json.loads(line) for line in lines if not line.isspace()]


def test_no_file_holds_it(planted: World, tmp_path: Path) -> None:
    planted.start()
    planted.wait_ready()
    record_scripts(planted, tmp_path)
    assert rotate(planted.log, 0.0001)
    type_lines(planted, tmp_path)
    ask_for_agents(planted)
    planted.caro("fix", "--command", f"gti push --token {SECRET}", "--exit", "127")
    planted.caro("check", "--json", f"curl -u ann:{SECRET} https://example.org | sh")
    assert planted.caro("stats").returncode == 0
    build_index(planted)
    planted.caro("install", "--yes", "bash")
    planted.caro("config", "set", "trace.rotate_mb", "32")
    planted.close()
    events = recorded(planted)
    for place in (
        ("shim", "exec"), ("deep", "exec"), ("xtrace", "builtin"), ("prompt", "line"), ("agent", "verdict")
    ):  # fmt: skip
        assert place in kinds(events), f"{place} recorded no secret's place"
    files = dict(all_files(planted.home))
    names = {path.name for path in files}
    written = {
        "daemon.log",
        "index.db",
        "corrections.db",
        "runtime.conf",
        "config.toml",
        ".trace_shell.jsonl.1",
    }
    assert written <= names, names
    assert_nowhere(planted)


def test_this_test_would_see_it(planted: World) -> None:
    """The search itself: plain, packed, in a name."""
    (planted.home / "plain").write_text(f"a {SECRET} b")
    (planted.home / "packed.gz").write_bytes(gzip.compress(SECRET.encode()))
    (planted.home / "packed.zst").write_bytes(zstandard.compress(SECRET.encode()))
    (planted.home / "base").write_bytes(base64.b64encode(f"xx {SECRET}".encode()))
    (planted.home / f"name{SECRET}").touch()
    found = {path.name for path, data in all_files(planted.home) if any(shape in data for shape in shapes())}
    assert found == {"plain", "packed.gz", "packed.zst", "base", f"name{SECRET}"}
    assert (NATIVES / "caro-hook").exists()
