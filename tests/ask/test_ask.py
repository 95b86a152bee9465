"""Words into commands: the pairs that ship, what requests give, and the doors that tell it."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from caro.ask.answer import Suggestion, suggestions
from caro.ask.derived import derived_of
from caro.ask.index import SLOT, Index, rows_of
from caro.ask.language import in_english
from caro.ask.refining import goes_on, gone_on, refined
from caro.ask.slots import DEFAULTS, fill
from caro.ask.values import values_of
from caro.engine.asking import _CHANGES
from caro.engine.process import helper_of
from caro.engine.question import Question
from caro.knowledge import packaged, shipped
from caro.parse.lines import parse

KNOWLEDGE = shipped()
ROWS = rows_of(KNOWLEDGE)
REQUESTS = [
    line.partition(": ")
    for line in (Path(__file__).parent / "requests.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
INTRODUCED = [
    tuple(line.split(" => "))
    for line in (Path(__file__).parent / "values.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
FIRST, IN_THREE = 0.75, 0.84


def ask(words: str, missing: tuple[str, ...] = (), platform: str = "") -> list[Suggestion]:
    return suggestions(words, KNOWLEDGE, lambda name: name not in missing, platform)


def first(words: str, platform: str = "") -> str:
    found = ask(words, platform=platform)
    return found[0].command if found else ""


def head(command: str) -> str:
    return next(word for word in command.split() if word not in ("sudo", "env"))


def test_the_pairs_are_many_and_none_is_without_wording() -> None:
    assert sum(len(said) for _, _, said in ROWS) >= 2500
    assert len({template.split()[0] for template, _, _ in ROWS}) >= 250
    assert not [template for template, _, said in ROWS if not said]
    assert len({template for template, _, _ in ROWS}) == len(ROWS)


def test_every_slot_of_a_wording_is_in_its_template() -> None:
    wrong = [
        text
        for template, _, said in ROWS
        for text, _ in said
        for slot in SLOT.finditer(text)
        if slot[1] + slot[2] not in {found[1] + found[2] for found in SLOT.finditer(template)}
    ]
    assert not wrong


def test_what_the_build_derived_is_what_the_tables_say() -> None:
    kept = packaged.derived("ask")
    assert kept is None or kept == json.loads(json.dumps(derived_of(KNOWLEDGE))), "stale: run `make tables`"
    assert len(json.dumps(kept)) < 8 * 1024 * 1024


@pytest.mark.parametrize(
    ("words", "command"),
    (
        ("files over 10 MB changed this week", "find . -type f -size +10M -mtime -7"),
        ("find all python files containing \"foo bar\"", "find . -type f -name '*.py' -exec grep -l 'foo bar' {} +"),
        ("list directories under /var/log named 'old*'", "find /var/log -type d -name 'old*'"),
        ("delete all .tmp files older than 30 days", "find . -type f -name '*.tmp' -mtime +30 -delete"),
        ("files owned by user bob under /srv", "find /srv -type f -user bob"),
        ("create branch feature/login", "git switch -c feature/login"),
        ("show logs of container web", "docker logs web"),
        ("convert video a.mov to mp4", "ffmpeg -i a.mov a.mp4"),
        ("show the last 5 commits", "git log -n 5"),
        ("show first 20 lines of data.csv", "head -n 20 data.csv"),
        ("restart nginx", "sudo systemctl restart nginx"),
        ("list cron jobs", "crontab -l"),
        ("copy notes.txt to backup.txt", "cp notes.txt backup.txt"),
        ("save the name of this computer in variable HOST", "HOST=$(hostname)"),
    ),
)  # fmt: skip
def test_a_request_gives_its_command(words: str, command: str) -> None:
    assert first(words) == command


def test_names_targets_servers_and_endings_go_where_the_request_says() -> None:
    assert [(words, first(words)) for words, command in INTRODUCED if first(words) != command] == []


@pytest.mark.parametrize(
    "value",
    ("a b", "a;reboot", "$(reboot)", "`reboot`", "it's", 'say "x"', "-rf", "a\\b", "x'y\"z", "a&b", "*", "$HOME/x y"),
)  # fmt: skip
def test_a_value_is_one_word_of_the_command(value: str) -> None:
    for template in ("rm {file}", "echo '{text}'", 'printf "%s" "{text}"', "sed 's/{old}/{new}/' {file}"):
        for quotes in ('"{}"', "'{}'"):
            filled = fill(template, template, values_of(f"of {quotes.format(value)} now")).command
            done = subprocess.run(["bash", "-n", "-c", filled], capture_output=True, text=True, timeout=20)
            assert done.returncode == 0, (filled, done.stderr)
    assert not fill("rm {file}", "delete {file}", values_of("delete '-rf'")).command.startswith("rm -")


def test_every_template_reads_as_a_line() -> None:
    broken = [
        command
        for template, _, _ in ROWS
        for command in (fill(template, template, []).command,)
        if not parse(command).clean
    ]
    assert not broken


def test_the_measured_requests_stay_right() -> None:
    answers = [
        (set(heads.split()), [head(found.command) for found in ask(words)]) for heads, _, words in REQUESTS
    ]
    right = sum(bool(got) and got[0] in heads for heads, got in answers) / len(answers)
    in_three = sum(bool(heads.intersection(got[:3])) for heads, got in answers) / len(answers)
    assert (right >= FIRST, in_three >= IN_THREE) == (True, True), (right, in_three)


@pytest.mark.parametrize("step", (17, pytest.param(1, marks=pytest.mark.long)))
def test_nothing_that_changes_comes_first_for_500_requests_that_ask(env: dict[str, str], step: int) -> None:
    table = tomllib.loads((Path(__file__).parent / "asking.toml").read_text("utf-8"))
    forms, things = table["forms"].strip().splitlines(), table["things"].strip().splitlines()
    requests = [form.format(thing) for form in forms for thing in things]
    helper, place = helper_of(env, print), Question("", cwd="/")
    wrong = []
    for words in requests[::step]:
        for asked in helper.ask(words, place, count=1):
            effects = asked.decision.assessment.effects if asked.decision.assessment else ()
            if asked.decision.level.word != "low" or any(effect in _CHANGES for effect in effects):
                wrong.append((words, asked.command))
    assert len(requests) >= 500 and wrong == []


@pytest.mark.parametrize("verb", ("list", "show", "which are the", "count"))
def test_nothing_that_changes_answers_a_request_to_show(verb: str) -> None:
    things = (
        "cron jobs,containers,stopped containers,merged branches,users,packages,services,files,commits,tags"
    )
    more = "partitions,mounts,volumes,pods,tables,keys,logs,images,builds,releases,backups,deleted files,unused images"
    for thing in f"{things},{more}".split(","):
        assert not [found.command for found in ask(f"{verb} {thing}") if found.changes]


@pytest.mark.parametrize(
    "words", ("", " ", "zzz qqq xyzzy", "\x00\x1b[2J\x07", "the of and", "?" * 5000, "🦆" * 300, "{file}")
)
def test_what_says_nothing_gets_nothing_or_a_clean_line(words: str) -> None:
    for found in ask(words):
        assert found.command.isprintable() and "\n" not in found.command


def test_what_deletes_takes_no_folder_for_granted() -> None:
    assert fill("rm -rf {dir}", "force delete directory {dir}", []).command == "rm -rf DIR"
    assert fill("ls {dir}", "list files in {dir}", []).command == "ls ."


def test_a_mac_gets_the_forms_of_its_own_tools() -> None:
    assert first("replace foo with bar in a.txt", "macos").startswith("sed -i '' ")
    assert first("size of a.txt in bytes", "macos") == "stat -f %z a.txt"


def test_two_equal_ones_are_told_in_the_order_of_what_is_here() -> None:
    words = "request https://example.com/x with httpie"
    assert ask(words)[0].tool == "http"
    assert KNOWLEDGE.view(Index).tools >= {"git", "docker", "kubectl", "find", "tar", "jq", "ffmpeg"}


Caro = Callable[..., subprocess.CompletedProcess[str]]


def test_the_command_tells_and_runs_nothing(caro: Caro, home: Path) -> None:
    done = caro("ask", "files", "over", "10", "MB", "changed", "this", "week")
    assert done.returncode == 0 and done.stdout.startswith("find . -type f -size +10M -mtime -7\n    low")
    marker = home / "marker"
    done = caro("ask", "--json", "--n", "1", f"create an empty file {marker}")
    told = json.loads(done.stdout)
    assert told["commands"][0]["command"] == f"touch {marker}" and not marker.exists()
    assert caro("ask", "zzz", "qqq").returncode == 1
    assert "caro ask" in caro("ask").stderr


def test_a_batch_answers_each_line_in_order(caro: Caro) -> None:
    rows = '{"words": "delete branch foo", "shell": "zsh", "cwd": "/"}\nno json\n{"words": 3}\n\n{"words": "gitk"}\n'
    told = [json.loads(line) for line in caro("ask", "--batch", input=rows).stdout.splitlines()]
    assert [row.get("words") for row in told] == ["delete branch foo", None, None, "gitk"]
    levels = {row["command"]: row["level"] for row in told[0]["commands"]}
    assert levels["git branch -d foo"] == "low" and levels["git branch -D foo"] == "high"
    assert {*told[0]["commands"][0]} >= {"command", "source", "level", "why"}


@pytest.mark.parametrize(
    ("words", "command"),
    (
        ("zeige alle Dateien größer als 10 MB", "find . -type f -size +10M"),
        ("lösche den Zweig topic", "git branch -d topic"),
        ("starte nginx neu", "sudo systemctl restart nginx"),
        ("wer ist angemeldet", "who"),
        ("ersetze foo durch bar in config.ini", "sed -i 's/foo/bar/g' config.ini"),
        ("affiche les fichiers de plus de 10 Mo", "find . -type f -size +10M"),
        ("supprime la branche distante topic", "git push origin --delete topic"),
        ("liste les conteneurs en cours d'exécution", "docker ps"),
        ("encuentra las carpetas vacías", "find . -type d -empty"),
        ("comprime la carpeta fotos", "tar -czf archive.tar.gz fotos"),
        ("qué proceso usa el puerto 8080", "lsof -i :8080"),
        ("10MB以上のファイルを検索", "find . -type f -size +10M"),
        ("最後のコミットを取り消す", "git reset --soft HEAD~1"),
        ("nginxを再起動", "sudo systemctl restart nginx"),
        ("查找大于10MB的文件", "find . -type f -size +10M"),
        ("把 a.txt 重命名为 b.txt", "mv a.txt b.txt"),
        ("查看磁盘空间", "df -h"),
    ),
)
def test_a_request_in_another_language_gives_its_command(words: str, command: str) -> None:
    assert first(words) == command


SAMPLES = {
    "file": "notes.txt", "file1": "a.txt", "file2": "b.txt", "file3": "c.txt", "dir": "src", "dir1": "src/",
    "dir2": "lib/", "branch": "topic", "branch1": "main", "branch2": "topic", "path": "/srv/www", "num": "5",
    "pid": "4711", "port": "8080", "port1": "8080", "port2": "80", "perm": "644", "host": "web.example.com",
    "url": "https://example.com/a.git", "user": "bob", "group": "docker", "old": "'foo'", "new": "'bar'",
    "text": "'foo bar'", "ext": "tmp", "device": "/dev/sdb1", "secs": "5", "pair": "FOO=bar",
    "commit": "a1b2c3d",
}  # fmt: skip
"""A value for each kind of slot; any other is a name."""


def sample(slot: re.Match[str], here: set[str]) -> str:
    """Return the value of a slot: of one that the wording doesn't have, what stands there by itself."""
    if slot[1] + slot[2] in here:
        return SAMPLES.get(slot[1] + slot[2], "zork")
    return DEFAULTS.get(slot[1], slot[1].upper()) if slot[3] is None else slot[3]


@pytest.mark.parametrize("step", (12, pytest.param(1, marks=pytest.mark.long)))
@pytest.mark.parametrize("language", ("de", "fr", "es", "ja", "zh"))
def test_the_commonest_requests_are_known_in_each_language(language: str, step: int) -> None:
    table = KNOWLEDGE.table("ask/translations")
    at, wrong = table["order"].split().index(language), []
    for template, wordings in list(table["said"].items())[::step]:
        for wording in wordings.split("; ")[at].split(" | "):
            here = {slot[1] + slot[2] for slot in SLOT.finditer(wording)}
            wanted = SLOT.sub(lambda slot, here=here: sample(slot, here), template)  # type: ignore[misc]
            found = first(SLOT.sub(lambda slot, here=here: sample(slot, here), wording))  # type: ignore[misc]
            if found.replace("'", "") != wanted.replace("'", ""):
                wrong.append((wording, found))
    assert len(table["said"]) >= 300 and len(wrong) <= 1, wrong


def test_each_translation_is_of_a_pair() -> None:
    templates = {template for template, _, _ in ROWS}
    table = KNOWLEDGE.table("ask/translations")
    assert not set(table["said"]) - templates
    assert all(
        len(wordings.split("; ")) == len(table["order"].split()) for wordings in table["said"].values()
    )


def test_english_stays_english() -> None:
    index = KNOWLEDGE.view(Index)
    changed = [words for _, _, words in REQUESTS if in_english(words, KNOWLEDGE, index.knows) != words]
    assert changed == []


@pytest.mark.parametrize(
    ("before", "more", "command"),
    (
        ("files over 10 MB", "no, only in this folder", "find . -maxdepth 1 -type f -size +10M"),
        ("files over 10 MB", "but over 100 MB", "find . -type f -size +100M"),
        ("show the last 20 lines of a.log", "no, 50", "tail -n 50 a.log"),
        ("copy a.txt to b.txt", "no, to c.txt", "cp a.txt c.txt"),
        ("restart nginx", "no, stop it", "sudo systemctl stop nginx"),
        ("delete all .log files", "no, move them to /tmp/old", "mv *.log /tmp/old/"),
        ("list containers", "don't start anything", "docker ps"),
    ),
)  # fmt: skip
def test_a_request_goes_on(before: str, more: str, command: str) -> None:
    assert goes_on(more) and not goes_on(before)
    assert first(refined(before, more)) == command


@pytest.mark.parametrize(
    "more", ("dont delete, list only", "no, just list them", "undo that", "don't delete them")
)
def test_a_change_that_is_taken_back_is_gone(more: str) -> None:
    before = "delete all .tmp files older than 30 days"
    assert goes_on(more)
    assert first(gone_on([before], more)[-1]) == "find . -type f -name '*.tmp' -mtime +30"
    assert not [found for found in ask(gone_on(["remove stopped containers"], more)[-1]) if found.changes]


def test_undo_goes_back_a_turn() -> None:
    turns = gone_on(["files over 10 MB"], "but over 100 MB")
    assert gone_on(turns, "undo that") == ["files over 10 MB"]
    assert not goes_on("undo the last commit")
    assert first("copy a.txt to b.txt without overwriting") == "cp -n a.txt b.txt"


@pytest.mark.parametrize(("words", "left"), (
    ("kill tmux session old", "kill-server"), ("delete file it's mine.txt", "rm "),
    ("end the screen session b", "server"),
    ("take write away from others on report.txt", "echo"), ("logs older than 3 days in /srv/app delete", "journalctl"),
    ("take a backup of disk /dev/sda to disk.img", "ffmpeg"), ("just the directories in /opt", "chown"),
    ("delete the files /tmp/a.x, /tmp/b.x, /tmp/c.x", "find /tmp/a.x "),
))  # fmt: skip
def test_a_change_that_leaves_out_what_was_named_is_not_offered(
    env: dict[str, str], words: str, left: str
) -> None:
    told = helper_of(env, print).ask(words, Question("", cwd="/"), count=8)
    assert [one.command for one in told if left in one.command] == []


def test_what_an_answer_leaves_out_is_said(env: dict[str, str]) -> None:
    told = helper_of(env, print).ask(
        "cpu usage of process 4711 on 2024-05-06", Question("", cwd="/"), count=8
    )
    assert all("leaves out" in one.why for one in told if "2024-05-06" not in one.command)


@pytest.mark.parametrize(
    "name", ("b\udcff.txt", "b\x07.txt", "b\x1b[31m.txt", "b\ufffd.txt", "b\u200b.txt", "b\x85.txt")
)
def test_a_name_that_cannot_be_read_is_said_so_at_once(
    caro: Caro, home: Path, env: dict[str, str], name: str
) -> None:
    assert helper_of(env, print).ask(f"delete file {name}", Question("", cwd="/")) == []
    done = caro("ask", f"delete file {name}")
    assert (done.returncode, done.stdout) == (1, "") and "can't be read" in done.stderr


@pytest.mark.parametrize("words", ("make me a coffee", "tell me a joke", "write me a poem", "sing a song"))
def test_small_talk_gets_nothing(words: str) -> None:
    assert ask(words) == []


def test_a_loop_is_no_program_that_is_not_installed(env: dict[str, str]) -> None:
    told = helper_of(env, print).ask("loop over all files", Question("", cwd="/"))
    assert not [one.why for one in told if "for is not" in one.why or "while is not" in one.why]


def test_what_was_taken_comes_first_until_it_is_forgotten(home: Path) -> None:
    for name in ("systemctl", "service"):
        (home / name).write_text("#!/bin/sh\n")
        (home / name).chmod(0o755)
    env = {"HOME": str(home), "PATH": f"{home}:/usr/bin:/bin"}
    helper = helper_of(env, print)
    place = Question("", cwd=str(home))
    assert helper.taken("restart nginx", "service nginx restart")
    assert not helper.taken("log in with password=hunter2secret", "mysql --password=hunter2secret")
    assert helper.ask("nginx restart", place)[0].command == "service nginx restart"
    assert helper.forget_taken() == 1
    assert helper.ask("restart nginx", place)[0].command == "sudo systemctl restart nginx"
