"""A team's policy: signed, verified, never back, observed, tried on what was typed."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from caro import additions
from caro.addition import TEAM
from caro.additions import is_enforced, policy_of
from caro.daemon.observing import Observer
from caro.engine.decision import Decision
from caro.engine.guard import Guard
from caro.engine.question import Question
from caro.errors import CaroError, UsageError
from caro.paths import Paths
from caro.policy.health import policy_findings
from caro.policy.observed import note, summary
from caro.policy.replay import Line, replay
from caro.policy.signature import sign, verify
from caro.policy.store import Kept, kept, remove, take
from caro.policy.verdict_cache import VerdictCache
from caro.settings import load_settings
from plugins.test_plugins import at_terminal

Caro = Callable[..., CompletedProcess[str]]
POLICY = (
    '[policy]\nname = "acme"\nserial = {serial}\n{more}\n[safety.commands]\n"^make deploy" = "{action}"\n'
)


def text(serial: int = 1, action: str = "block", more: str = "") -> bytes:
    return POLICY.format(serial=serial, action=action, more=more).encode()


class Keys:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("alice", "mallory"):
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
            subprocess.run(words, check=True)
        self.public = (folder / "alice.pub").read_bytes()
        self.signers = b"alice@example.org " + self.public

    def kept(self, data: bytes, by: str = "alice", revoked: bytes = b"") -> Kept:
        return Kept(data, sign(data, self.folder / by), self.signers, revoked, "/policy")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


def test_only_what_was_signed_by_an_allowed_signer_holds(keys: Keys, tmp_path: Path) -> None:
    paths = Paths.of({"HOME": str(tmp_path)})
    good = keys.kept(text())
    assert verify(good.text, good.signature, good.signers) == "alice@example.org"
    elsewhere = f'alice@example.org namespaces="git" {keys.public.decode()}'.encode()
    over = f'alice@example.org valid-before="20200101" {keys.public.decode()}'.encode()
    for wrong in (
        Kept(text(action="warn"), good.signature, good.signers, b"", "/policy"),
        keys.kept(text(), by="mallory"),
        keys.kept(text(), revoked=keys.public),
        Kept(good.text, b"", good.signers, b"", "/policy"),
        Kept(good.text, good.signature, elsewhere, b"", "/policy"),
        Kept(good.text, good.signature, over, b"", "/policy"),
    ):
        with pytest.raises(CaroError):
            take(paths, wrong)
    assert kept(paths, "acme") is None


def test_the_serial_only_rises(keys: Keys, tmp_path: Path) -> None:
    paths = Paths.of({"HOME": str(tmp_path)})
    assert take(paths, keys.kept(text(2)))[1]
    assert not take(paths, keys.kept(text(2)))[1]
    with pytest.raises(CaroError, match="older than the 2"):
        take(paths, keys.kept(text(1)))
    with pytest.raises(CaroError, match="two versions"):
        take(paths, keys.kept(text(2, "warn")))
    assert take(paths, keys.kept(text(3, "warn")))[0].serial == 3
    assert remove(paths, "acme") and not remove(paths, "acme")


def test_another_teams_signers_do_not_replace_a_policy_by_its_name(keys: Keys, tmp_path: Path) -> None:
    paths = Paths.of({"HOME": str(tmp_path)})
    take(paths, keys.kept(text(1)))
    theirs = b"mallory@example.org " + (keys.folder / "mallory.pub").read_bytes()
    other = replace(keys.kept(text(9, "warn"), by="mallory"), signers=theirs, source="/other")
    with pytest.raises(CaroError, match="another of that name"):
        take(paths, other)
    moved = replace(keys.kept(text(2)), source="/moved")
    assert take(paths, moved)[0].serial == 2


def test_a_changed_copy_says_so_and_holds_nothing_of_another(keys: Keys, tmp_path: Path) -> None:
    paths = Paths.of({"HOME": str(tmp_path)})
    take(paths, keys.kept(text()))
    (file,) = paths.policies.iterdir()
    file.write_text(file.read_text().replace("block", "warn"))
    settings = load_settings({"HOME": str(tmp_path)})
    assert settings.values["safety.commands"] == {}
    assert "not what was verified" in settings.problems[0]


@pytest.mark.parametrize(("days", "state"), [(100, "ok"), (10, "note"), (-1, "bad"), (-3650, "bad")])
def test_what_is_over_goes_on_holding(days: int, state: str, keys: Keys, tmp_path: Path) -> None:
    """Also where the clock is years ahead: nothing gets looser by time."""
    end = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    take(Paths.of({"HOME": str(tmp_path)}), keys.kept(text(more=f'expires = "{end}"')))
    settings = load_settings({"HOME": str(tmp_path)})
    assert settings.values["safety.commands"] == {"^make deploy": "block"}
    assert [one[0] for one in policy_findings(settings, Paths.of({"HOME": str(tmp_path)}))] == [state]


def test_the_same_share_of_hosts_is_bound_at_each_version() -> None:
    def header(percent: int) -> dict[str, object]:
        return {"name": "acme", "percent": percent}

    bound = [is_enforced(header(percent)) for percent in range(101)]
    assert bound[0] is False and bound[100] is True and bound == sorted(bound)
    assert not is_enforced({"name": "acme", "mode": "observe"})


def test_an_observed_policy_binds_nobody(tmp_path: Path, keys: Keys) -> None:
    paths = Paths.of({"HOME": str(tmp_path)})
    take(paths, keys.kept(text(more='mode = "observe"')))
    assert load_settings({"HOME": str(tmp_path)}).values["safety.commands"] == {}
    note(paths, "acme", "make deploy", "allow", "block", "2026-11-30T00:00:00.000000Z")
    assert summary(paths) == {"acme": {"block": 1}}


def test_what_is_asked_again_until_the_guard_has_loaded_is_observed_once(tmp_path: Path) -> None:
    observer = Observer(Paths.of({"HOME": str(tmp_path)}), str, print)
    observer._guards = [("acme", Guard(load_settings({"HOME": str(tmp_path)}), {}, print))]
    asked, other = Question("make deploy", cwd="/"), Question("make deploy", cwd="/srv")
    for question, decision in (
        (asked, Decision(partial=True)), (asked, Decision(partial=True)), (asked, Decision()),  # one line
        (asked, Decision()), (asked, Decision(partial=True)), (other, Decision(partial=True)),
    ):  # fmt: skip
        observer.see(question, decision)
    assert observer._asked.qsize() == 4


def test_managed_policies_are_roots_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "policy.d"
    folder.mkdir(mode=0o755)
    (folder / "site.toml").write_bytes(text())
    (folder / "site.toml").chmod(0o644)
    monkeypatch.setattr(additions, "MANAGED_FOLDER", folder)
    monkeypatch.setattr(additions, "MANAGED_OWNER", os.geteuid())
    env = {"HOME": str(tmp_path)}
    assert load_settings(env).values["safety.commands"] == {"^make deploy": "block"}
    (folder / "site.toml").chmod(0o666)
    settings = load_settings(env)
    assert settings.values["safety.commands"] == {} and "others than root" in settings.problems[0]
    monkeypatch.setattr(additions, "MANAGED_OWNER", os.geteuid() + 1)
    (folder / "site.toml").chmod(0o644)
    assert load_settings(env).values["safety.commands"] == {}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[require]\nmode = "off"\n', "require.mode"),
        ("[safety]\nallow = []\n", "safety.allow: no such key"),
        ('[safety.comands]\nx = "warn"\n', "safety.comands: no such key"),
    ],
)
def test_no_policy_loosens(more: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        policy_of(b'[policy]\nname = "acme"\nserial = 1\n' + more.encode(), TEAM, "/policy")


def test_from_a_file_to_a_verdict(env: dict[str, str], caro: Caro, keys: Keys, tmp_path: Path) -> None:
    """Sign, fetch from a git remote, be bound, fetch the next one, and refuse one that was signed by nobody."""
    team = tmp_path / "team"
    team.mkdir()
    (team / "policy.toml").write_bytes(text())
    (tmp_path / "signers").write_bytes(keys.signers)
    key = str(keys.folder / "alice")
    assert caro("policy", "sign", "policy.toml", "--key", key, cwd=team).returncode == 0
    git = ["git", "-C", str(team), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git[:3], "init", "-q", "-b", "main"], check=True)

    def commit() -> None:
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-q", "-m", "x"], check=True)

    commit()
    status, said = at_terminal(env, tmp_path, "policy", "fetch", f"file://{team}", "--signers", "signers")
    assert status == 0, said
    assert json.loads(caro("check", "--json", "make deploy").stdout)["action"] == "block"
    (team / "policy.toml").write_bytes(text(2, "confirm"))
    commit()
    failed = caro("policy", "fetch")
    assert failed.returncode == 1 and "goes on holding" in failed.stderr
    assert "was not renewed" in caro("doctor", "--quick").stdout
    assert caro("policy", "sign", "policy.toml", "--key", key, cwd=team).returncode == 0
    assert "+ confirm ^make deploy" in caro("policy", "diff", str(team / "policy.toml")).stdout
    commit()
    assert "serial 2" in caro("policy", "fetch").stdout
    assert "was not renewed" not in caro("doctor", "--quick").stdout
    assert json.loads(caro("check", "--json", "make deploy").stdout)["action"] == "confirm"
    assert json.loads(caro("policy", "show", "--json").stdout)["policies"][0]["serial"] == 2
    assert caro("policy", "verify").stdout == "acme: signed by alice@example.org\n"


def test_a_replay_says_what_caro_check_says(env: dict[str, str], caro: Caro, tmp_path: Path) -> None:
    typed = [
        "make deploy",
        "make deploy -j4",
        "ls",
        "rm -rf /etc/x",
        "git push --force",
        "echo 'make deploy'",
    ] * 3
    policy = policy_of(text(more='[require]\nmode = "active"\n'), TEAM, "/policy")
    lines = [
        Line("2026-11-30T10:00:00.000000Z", one, None, f"u{at % 2}", "h") for at, one in enumerate(typed)
    ]
    cache = VerdictCache(tmp_path / "verdicts.db")
    first = replay(policy, load_settings(env), lines, cache)
    assert (first.lines, first.distinct, first.people) == (18, 6, 2)
    folder = Paths.of(env).config / "plugins/acme"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_bytes(
        text(more='[require]\nmode = "active"\n')
        .replace(b"[policy]", b"[plugin]")
        .replace(b"serial = 1\n", b"")
    )
    rows = "".join(json.dumps({"command": one}) + "\n" for one in typed)
    told = [json.loads(row) for row in caro("check", "--batch", input=rows).stdout.splitlines()]
    assert first.newly["block"] == sum(one["action"] == "block" for one in told)
    assert first.questions_after == sum(one["action"] in ("confirm", "block") for one in told)
    assert first.top["make deploy"] == 3 and "are gone" in first.told()[-1]
    assert replay(policy, load_settings({**env, "HOME": str(tmp_path)}), lines, cache).row() == first.row()


def test_a_replay_of_the_log(env: dict[str, str], caro: Caro, tmp_path: Path) -> None:
    event = {"v": 1, "id": "x", "kind": "line", "source": "prompt", "user": "me", "host": "h", "cwd": "/"}
    recent = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(time.time() - 3600))
    rows = [
        event | {"ts": recent, "text": "make deploy"},
        event | {"ts": "2020-01-01T00:00:00.000000Z", "text": "ls"},
        event | {"ts": "1970-01-01T00:00:00.000001Z", "text": "ls"},
    ]
    log = Path(env["HOME"]) / ".trace_shell.jsonl"
    log.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows) + "torn\n")
    (tmp_path / "policy.toml").write_bytes(text())
    done = caro("policy", "replay", "policy.toml", "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert (told["lines"], told["newly_blocked"], told["persons"]) == (1, 1, {"me@h": 1})
    assert told["untimed"] == 1
