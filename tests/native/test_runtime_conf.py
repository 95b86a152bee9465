"""runtime.conf as the native programs read it: whatever is wrong leaves the default, and the tool runs."""

from __future__ import annotations

import os

import pytest

from .conftest import Place

CONF_MAX = 64 * 1024


def host_with(place: Place, text: str | bytes) -> str:
    """The `host` of the event of a command run with this configuration."""
    conf = place.home / ".config/caro/runtime.conf"
    conf.parent.mkdir(parents=True, exist_ok=True)
    conf.write_bytes(text if isinstance(text, bytes) else text.encode())
    place.shim("true")
    assert place.run("true").returncode == 0
    return str(place.events()[-1]["host"])


@pytest.mark.parametrize(
    "text",
    [
        "host=there",
        "  host\t=  there  \n",
        "# host = elsewhere\nhost = there\r\n",
        "host = elsewhere\nhost = there\n",
        "unknown = 1\nhost = there\nno equals sign\n= nothing\nhost =\n\n",
        b"\xff\xfe\nuser\0 = x\nhost = there\n",
        "rule = block ^rm\n" * 1000 + "host = there\n",
    ],
    ids=["bare", "spaces", "comment", "last one counts", "bad lines", "no text", "many rules"],
)
def test_a_key_is_found(place: Place, text: str | bytes) -> None:
    assert host_with(place, text) == "there"


def test_what_is_too_long_is_cut_at_a_line(place: Place) -> None:
    line = "rule = block ^" + "x" * 85 + "\n"
    fits = line * (CONF_MAX // len(line) - 1)
    assert host_with(place, fits + "host = there\n") == "there"
    # Half of a line would be another value.
    beyond = fits + "#" * (CONF_MAX - len(fits) - len("host = th")) + "\nhost = there\n"
    assert host_with(place, beyond) == os.uname().nodename


@pytest.mark.parametrize(
    "text", ["capture = everything\n", "capture = \n", "uid = -1\nuser = x\n", "log_file = rel\n"]
)
def test_wrong_values_leave_the_default(place: Place, text: str) -> None:
    place.settings(text)
    place.shim("true")
    place.run("true")
    (event,) = place.events()
    assert event["exit_code"] == 0 and event["user"] != "x"


def test_a_folder_or_a_pipe_in_its_place(place: Place) -> None:
    place.shim("true")
    conf = place.home / ".config/caro/runtime.conf"
    conf.mkdir(parents=True)
    assert place.run("true").returncode == 0
    conf.rmdir()
    os.mkfifo(conf)
    assert place.run("true").returncode == 0
    assert len(place.events()) == 2


def test_xdg_moves_it_and_only_where_absolute(place: Place) -> None:
    place.shim("true")
    other = place.folder / "xdg"
    (other / "caro").mkdir(parents=True)
    (other / "caro/runtime.conf").write_text("host = moved\n", "utf-8")
    place.run("true", env=place.env | {"XDG_CONFIG_HOME": str(other)})
    place.run("true", env=place.env | {"XDG_CONFIG_HOME": "xdg"})
    assert [event["host"] == "moved" for event in place.events()] == [True, False]


def test_the_state_folder_moves_with_xdg(place: Place) -> None:
    place.shim("true")
    state = place.folder / "state"
    place.run("true", env=place.env | {"XDG_STATE_HOME": str(state), "TRACE_LOG_FILE": "/dev/full"})
    assert (state / "caro/unwritten").read_bytes() == b"+" and not place.unwritten.exists()


@pytest.mark.parametrize(
    ("word", "redacts"), [("FALSE", False), ("Off", False), ("no", False), ("bogus", True)]
)
def test_words_of_variables_are_those_of_the_settings(place: Place, word: str, redacts: bool) -> None:
    place.shim("true")
    place.run("true", "--password=hunter2hunter2", env=place.env | {"CARO_PRIVACY_REDACT": word})
    (event,) = place.events()
    assert ("hunter2hunter2" not in str(event)) == redacts
