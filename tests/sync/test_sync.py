"""Real git, age and ssh-keygen over a bare folder: what the remote holds, what is refused, who reads what."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caro.config_write import set_values
from caro.daemon.suggestions import counted_lines
from caro.errors import CaroError
from caro.machine.corrections import Corrections
from caro.model import Event
from caro.paths import Paths
from caro.record import uuid7
from caro.record.times import now_ts
from caro.record.writer import write_event
from caro.settings import load_settings
from caro.sync.exchange import Exchange, set_up
from caro.sync.keys import is_looser, is_protective, is_shared, strictest
from caro.sync.machine import Machine
from caro.sync.operations import LEARN, LINE, RULE, SET, USE, Operation
from caro.sync.remote import BRANCH, Remote
from caro.sync.segment import Key, Unreadable, encrypt, run_ssh_keygen, seal, unseal
from caro.sync.state import Change, SyncFile, forget_texts
from caro.sync.weaker import protects_less

SECRETS = (
    "hunter2hunter2",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "plain-words-of-a-rule",
    "^deploy-to-moon",
)


class One:
    """One machine with a HOME of its own."""

    def __init__(self, folder: Path, name: str, url: Path | str) -> None:
        self.name, self.url = name, url
        self.paths = Paths.of({"HOME": str(folder / name)})
        self.paths.config.mkdir(parents=True)
        self.file = SyncFile(self.paths)
        self.key = folder / name / "key"
        run_ssh_keygen(["-q", "-t", "ed25519", "-N", "", "-f", str(self.key)], b"")

    def set_up(self) -> None:
        state, _ = set_up(self.file, str(self.url), self.name, self.key)
        self.file.save(state)

    def exchange(self) -> Exchange:
        state = self.file.load()
        Remote(self.file.repository, state.url).prepare()
        settings = load_settings({}, self.paths)
        return Exchange(self.file, state, Machine(self.paths, {}, settings, self.paths.default_log))

    def push(self) -> Exchange:
        exchange = self.exchange()
        exchange.push()
        return exchange

    def let_in(self, name: str) -> None:
        exchange = self.exchange()
        exchange.pull()
        (asking,) = [device for device in exchange.requests() if device.name == name]
        exchange.state.changes.append(Change(name, asking))
        exchange.push()

    def set(self, **values: Any) -> None:
        set_values(self.paths.config_toml, {key.replace("__", "."): value for key, value in values.items()})

    def get(self, key: str) -> Any:
        return load_settings({}, self.paths)[key]


@pytest.fixture
def url(tmp_path: Path) -> Path:
    git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    return tmp_path / "remote.git"


@pytest.fixture
def pair(tmp_path: Path, url: Path) -> tuple[One, One]:
    """Two machines that know each other."""
    ann, bob = One(tmp_path, "ann", url), One(tmp_path, "bob", url)
    ann.set_up()
    ann.push()
    bob.set_up()
    ann.let_in("bob")
    bob.push()
    return ann, bob


def git(*words: str) -> bytes:
    return subprocess.run(["git", *words], check=True, capture_output=True).stdout


def all_objects(repository: Path) -> bytes:
    """Return every object of a repository, plain."""
    names = git(
        "--git-dir",
        str(repository),
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objectname) %(objecttype)",
    )
    found = []
    for name, kind in (line.split() for line in names.decode().splitlines()):
        found.append(git("--git-dir", str(repository), "cat-file", kind, name))
    return b"\n".join(found)


def test_everything_travels_and_the_remote_holds_no_word_of_it(pair: tuple[One, One], url: Path) -> None:
    ann, bob = pair
    ann.set(
        safety__mode="active", safety__block=[SECRETS[3]], llm__url="http://127.0.0.1:1", fix__confidence=0.7
    )
    ann.set(safety__folders={"/srv/secret-folder": "active"})
    rules = ann.paths.rules / "safety"
    rules.mkdir(parents=True)
    (rules / "mine.toml").write_text(f"# {SECRETS[2]} {SECRETS[1]}\n")
    Corrections(ann.paths.corrections_db).learn(f"mysql -p{SECRETS[0]} x", "mysql y")
    ann.push()
    bob.push()
    assert bob.get("safety.mode") == "active" and bob.get("safety.block") == [SECRETS[3]]
    assert bob.get("fix.confidence") == 0.7 and bob.get("llm.url") == "" and bob.get("safety.folders") == {}
    assert (bob.paths.rules / "safety/mine.toml").read_text() == (rules / "mine.toml").read_text()
    (correction,) = Corrections(bob.paths.corrections_db).about("mysql -p*** x")
    assert correction.fixed == "mysql y"
    held = all_objects(url)
    assert b"age-encryption.org" in held and not any(secret.encode() in held for secret in SECRETS)
    assert b"secret-folder" not in held and b"confidence" not in held


def test_what_protects_less_asks_on_each_machine(pair: tuple[One, One]) -> None:
    ann, bob = pair
    ann.set(safety__mode="active")
    ann.push()
    bob.push()
    bob.set(safety__mode="passive")
    bob.push()
    asked = ann.push()
    assert ann.get("safety.mode") == "active" and asked.state.asked == ["safety.mode"]
    asked.accept("safety.mode")
    ann.push()
    bob.push()
    assert ann.get("safety.mode") == bob.get("safety.mode") == "passive"
    assert not bob.file.load().asked and not ann.file.load().asked


def test_a_clock_that_is_years_ahead_has_no_last_word(
    pair: tuple[One, One], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who says something later wins, whatever the clocks say."""
    ann, bob = pair
    later = time.time_ns() + 10 * 365 * 86_400 * 1_000_000_000
    with monkeypatch.context() as ahead:
        ahead.setattr(time, "time_ns", lambda: later)
        bob.set(fix__confidence=0.9)
        bob.push()
    ann.push()
    assert ann.get("fix.confidence") == 0.9
    ann.set(fix__confidence=0.2)
    ann.push()
    bob.push()
    assert ann.get("fix.confidence") == bob.get("fix.confidence") == 0.2


def test_both_versions_of_a_rule_stay_until_somebody_joins_them(pair: tuple[One, One]) -> None:
    ann, bob = pair
    files = [one.paths.rules / "fix" / "x.toml" for one in pair]
    for file, text in zip(files, ("# ann\n", "# bob\n"), strict=True):
        file.parent.mkdir(parents=True)
        file.write_text(text)
    ann.push()
    bob.push()
    ann.push()
    held = [sorted((f.name, f.read_text()) for f in file.parent.iterdir()) for file in files]
    assert held[0] == held[1] and {text for _, text in held[0]} == {"# ann\n", "# bob\n"}
    (conflict,) = [name for name, _ in held[0] if "conflict" in name]
    (files[0].parent / conflict).unlink()
    files[0].write_text("# joined\n")
    ann.push()
    bob.push()
    assert [f.name for f in files[1].parent.iterdir()] == ["x.toml"] and files[1].read_text() == "# joined\n"


RULES = {
    name: f'[[rule]]\nid = "{name}"\neffect = "overwrite"\nbase = {base}\n'
    for name, base in (("a", 60), ("b", 70))
}

PROGRAM = "[program.x]\neffects = [{ verb = 'rm' }]"


def test_a_milder_version_of_a_rule_waits_until_somebody_says_yes(pair: tuple[One, One]) -> None:
    ann, bob = pair
    files = [one.paths.rules / "safety" / "x.toml" for one in pair]
    files[0].parent.mkdir(parents=True)
    for text in (RULES["a"], RULES["b"] + RULES["a"]):
        files[0].write_text(text)
        ann.push()
        bob.push()
        assert files[1].read_text() == text and not bob.file.load().asked
    files[0].write_text(RULES["b"])
    ann.push()
    read = bob.push()
    assert read.state.asked == ["rules/safety/x.toml"] and files[1].read_text() == RULES["b"] + RULES["a"]
    bob.exchange().accept("rules/safety/x.toml")
    assert not bob.push().state.asked and files[1].read_text() == RULES["b"]
    ann.push()
    assert files[0].read_text() == RULES["b"]


@pytest.mark.parametrize(
    "old, new, less",
    [
        (RULES["a"], "# note\n" + RULES["b"] + RULES["a"], False),
        (RULES["a"], RULES["a"].replace("60", "40"), True),
        (RULES["a"], "", True),
        (RULES["a"], "not toml [", True),
        ("not toml [", RULES["a"], False),
        ("", RULES["a"], False),
        (PROGRAM, PROGRAM.replace("rm", "drop"), True),
        (PROGRAM, PROGRAM.replace(" }]", " }, { verb = 'drop' }]"), False),
        (PROGRAM.replace(" }]", " }, { verb = 'drop' }]"), PROGRAM, True),
        (PROGRAM, PROGRAM + "\nsafe = ['rm']", True),
        (PROGRAM, PROGRAM.replace("x", "y"), True),
        (PROGRAM, PROGRAM + "\n" + RULES["a"], False),
    ],
)  # fmt: skip
def test_what_a_newer_version_protects_from(old: str, new: str, less: bool) -> None:
    assert protects_less(old, new) is less


@pytest.mark.parametrize(
    "operation",
    [
        Operation(RULE, "safety/x.toml", 1, "../../x", "text", "version"),
        Operation(RULE, "safety/x.toml", 1, "ann", {"no": "text"}, "version"),
        Operation(LEARN, "no correction", 1, "ann", 1),
        Operation(LINE, "id", 1, "ann", {"text": 1, "ts": "x"}),
        Operation(USE, "key", 1, "ann", {"text": "x", "count": -1}),
    ],
)
def test_what_no_machine_says_is_not_taken(tmp_path: Path, url: Path, operation: Operation) -> None:
    """Names of machines become names of files, so that one who was broken into can't lead elsewhere by his."""
    key = Key(One(tmp_path, "ann", url).key)
    sealed = seal(key, "ann", 1, [operation], [key.public])
    with pytest.raises(Unreadable, match="no machine says"):
        unseal(key, sealed, "ann", 1, key.public)


@pytest.mark.long
def test_a_removed_machine_reads_nothing_newer_and_has_no_say(pair: tuple[One, One]) -> None:
    ann, bob = pair
    exchange = ann.exchange()
    exchange.pull()
    exchange.state.changes.append(Change("bob"))
    exchange.push()
    ann.set(ui__colour="never")
    ann.push()
    bob.set(fix__confidence=0.9)
    lost = bob.exchange()
    lost.pull()
    assert bob.get("ui.colour") == "auto" and list(lost.state.unreadable) and not lost.state.joined
    with pytest.raises(CaroError, match="not on the list"):
        lost.push()
    ann.push()
    assert ann.get("fix.confidence") == 0.5


def test_a_rewritten_remote_is_told_and_loses_nothing(pair: tuple[One, One], url: Path) -> None:
    ann, bob = pair
    before = git("--git-dir", str(url), "rev-parse", BRANCH).decode().strip()
    ann.set(ui__colour="never")
    ann.push()
    git("--git-dir", str(url), "update-ref", BRANCH, before)
    with pytest.raises(CaroError, match="was rewritten"):
        ann.push()
    again = ann.exchange()
    again.state.seen = ""
    again.push()
    bob.push()
    assert bob.get("ui.colour") == "never"


@pytest.mark.parametrize(
    "how", ["forged", *(pytest.param(how, marks=pytest.mark.long) for how in ("damaged", "moved"))]
)
def test_what_somebody_else_put_there_is_not_taken(
    pair: tuple[One, One], tmp_path: Path, url: Path, how: str
) -> None:
    """Who can write to the remote knows all public keys, and can encrypt to them."""
    ann, bob = pair
    ann.set(ui__colour="never")
    ann.push()
    thief = One(tmp_path, "thief", url)
    remote = Remote(thief.file.repository, str(url))
    remote.prepare()
    commit = remote.fetch()
    keys = ann.file.load().devices.keys
    says = [Operation(SET, "safety.mode", 1 << 60, "ann", "off")]
    files: dict[str, bytes | None] = {}
    for path, blob in remote.files(commit).items():
        if path.startswith("h/ann/"):
            number = int(path.split("/")[2][:-4])
            sealed = remote.read(blob)
            if how == "forged":
                files[f"h/ann/{number + 1}.age"] = seal(
                    Key(thief.key), "ann", number + 1, says, [*keys, Key(thief.key).public]
                )
            elif how == "damaged":
                files[f"h/ann/{number + 1}.age"] = sealed[:-9] + b"x" + sealed[-8:]
            else:
                files[f"h/bob/{number + 70}.age"] = files[f"h/ann/{number + 71}.age"] = sealed
    remote.publish(commit, files, "x")
    read = bob.push()
    assert read.state.unreadable and bob.get("safety.mode") == "passive" and bob.get("ui.colour") == "never"


def test_a_list_that_no_machine_signed_is_not_taken(pair: tuple[One, One], tmp_path: Path, url: Path) -> None:
    from caro.sync.devices import Device, DeviceList, signed

    ann, _ = pair
    thief = One(tmp_path, "thief", url)
    key = Key(thief.key)
    remote = Remote(thief.file.repository, str(url))
    remote.prepare()
    listed = ann.file.load().devices
    forged = DeviceList(listed.serial + 1, (*listed.devices, Device("thief", key.public)))
    remote.publish(remote.fetch(), {"devices.json": signed(forged, key)}, "x")
    with pytest.raises(CaroError, match="not signed by any of your machines"):
        ann.push()
    assert "thief" not in ann.file.load().devices.names


@pytest.mark.long
def test_a_key_that_is_another_one_now_sends_nothing(pair: tuple[One, One], url: Path) -> None:
    ann, _ = pair
    ann.set(ui__colour="never")
    count = len(git("--git-dir", str(url), "rev-list", BRANCH).splitlines())
    ann.key.unlink()
    run_ssh_keygen(["-q", "-t", "ed25519", "-N", "", "-f", str(ann.key)], b"")
    with pytest.raises(CaroError):
        ann.push()
    assert len(git("--git-dir", str(url), "rev-list", BRANCH).splitlines()) == count


@pytest.mark.long
def test_machines_fold_their_own_segments_alone(
    pair: tuple[One, One], monkeypatch: pytest.MonkeyPatch
) -> None:
    import caro.sync.exchange

    monkeypatch.setattr(caro.sync.exchange, "MOST_SEGMENTS", 3)
    ann, bob = pair
    for number in range(5):
        ann.set(trace__rotate_mb=number + 1)
        read = ann.push()
    own = [path for path in read._files if path.startswith("h/ann/")]
    assert len(own) < 4
    bob.push()
    assert bob.get("trace.rotate_mb") == 5


@pytest.mark.long
def test_history_travels_where_somebody_asked_for_it(pair: tuple[One, One], url: Path) -> None:
    from caro.model import Event
    from caro.record import uuid7
    from caro.record.reader import read_events
    from caro.record.times import now_ts
    from caro.record.writer import write_event

    ann, bob = pair
    line = Event(
        v=1, id=uuid7.new(), kind="line", source="prompt", ts=now_ts(), text=f"export GH_TOKEN={SECRETS[1]}"
    )
    write_event(ann.paths.default_log, line)
    ann.push()
    for one in pair:
        set_values(one.paths.config_toml, {"sync.history": True})
    ann.push()
    bob.push()
    (typed,) = read_events(bob.paths.imported)
    assert typed.text == "export GH_TOKEN=***"


def test_what_is_typed_often_is_offered_on_the_others_until_it_is_forgotten(pair: tuple[One, One]) -> None:
    ann, bob = pair
    for text, times in (("make everything", 4), ("once alone", 1), (f"curl -u a:{SECRETS[0]} x", 5)):
        for _ in range(times):
            event = Event(
                v=1, id=uuid7.new(), kind="line", source="prompt", ts=now_ts(), text=text, exit_code=0
            )
            write_event(ann.paths.default_log, event)
    ann.push()
    bob.push()
    assert list(counted_lines(bob.paths.counted)) == []
    for one in pair:
        one.set(sync__suggestions=True)
    ann.push()
    bob.push()
    assert [each.typed.text for each in counted_lines(bob.paths.counted)] == ["make everything"] * 4
    forget_texts(ann.file, lambda text: "everything" in text)
    ann.paths.default_log.unlink()
    assert b"everything" not in ann.file.file.read_bytes()
    ann.push()
    bob.push()
    assert not bob.paths.counted.exists() and b"everything" not in bob.file.file.read_bytes()


@pytest.mark.long
def test_a_full_disk_or_a_missing_git_is_one_sentence(
    pair: tuple[One, One], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = pair
    ann.set(ui__colour="never")

    def full(state: object) -> None:
        raise OSError(28, "No space left on device", str(ann.file.file))

    exchange = ann.exchange()
    monkeypatch.setattr(exchange._file, "save", full)
    with pytest.raises(OSError, match="No space"):
        exchange.push()
    monkeypatch.undo()
    ann.push()
    bob.push()
    assert bob.get("ui.colour") == "never"
    monkeypatch.setenv("PATH", str(ann.paths.home))
    with pytest.raises(CaroError, match="needs"):
        ann.push()


@pytest.mark.long
def test_the_commands_lead_from_nothing_to_two_machines(
    home: Path,
    env: dict[str, str],
    url: Path,
    caro: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
) -> None:
    there = env | {"HOME": str(tmp_path / "there")}
    (tmp_path / "there").mkdir()
    assert "not set up" in caro("sync", "push").stderr
    assert "first machine" in caro("sync", "setup", str(url), "--name", "here").stdout
    assert (
        "caro sync devices add there" in caro("sync", "setup", str(url), "--name", "there", env=there).stdout
    )
    assert "SHA256:" in caro("sync", "devices", "add", "there").stdout
    assert caro("sync", "push", env=there).returncode == 0
    assert caro("sync", "status").stdout.splitlines()[2] == "machines     here, there"
    assert caro("sync", "devices", "add", "nobody").returncode == 1
    assert "2 machines" in caro("sync", "doctor").stdout
    git("--git-dir", str(url), "update-ref", "-d", BRANCH)
    assert "rewritten" in caro("sync", "push").stderr
    assert "rewritten" in caro("doctor", "--quick").stdout
    assert caro("sync", "push", "--accept-rewrite").returncode == 0
    assert "rewritten" not in caro("doctor", "--quick").stdout


def test_every_new_key_stays_at_home_until_somebody_says_otherwise() -> None:
    assert not any(map(is_shared, ("llm.url", "llm.key_file", "fleet.url", "fleet.token_file", "trace.log_file",
                                   "safety.folders", "sync.history", "nothing.here")))  # fmt: skip
    assert is_shared("safety.mode") and is_protective("safety.allow") and not is_protective("ui.colour")


@pytest.mark.parametrize(
    "key, values, strict",
    [
        ("safety.mode", ["off", "active", "passive"], "active"),
        ("safety.mode", [None, "off"], "passive"),
        ("safety.block", [["a"], ["b"]], ["a", "b"]),
        ("safety.allow", [["a", "b"], ["b"]], ["b"]),
        ("safety.commands", [{"x": "block"}, {"x": "warn", "y": "confirm"}], {"x": "block", "y": "confirm"}),
        ("privacy.redact", [True, False], True),
    ],
)
def test_the_strictest_of_several_is_looser_than_none(key: str, values: list[Any], strict: Any) -> None:
    assert strictest(key, values) == strict == strictest(key, values[::-1])
    assert not any(is_looser(key, strict, value) for value in values)
    assert any(is_looser(key, value, strict) for value in values)


def test_encryption_is_to_the_list_alone(tmp_path: Path) -> None:
    ann, eve = One(tmp_path, "ann", tmp_path), One(tmp_path, "eve", tmp_path)
    sealed = encrypt(b"x", [Key(ann.key).public])
    assert Key(ann.key).decrypt(sealed) == b"x"
    with pytest.raises(CaroError, match="not encrypted to this machine"):
        Key(eve.key).decrypt(sealed)
