"""Records in other programs' formats, read back by what those programs read them with."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_events import event, events, session_id

from caro.export.chrome import chrome_trace
from caro.export.compile_commands import compile_commands
from caro.export.folded import folded_stacks
from caro.export.otlp import otlp_request
from caro.export.perfetto import perfetto_trace
from caro.export.table import COLUMNS, csv_rows
from caro.model import Event
from environment import ROOT

SESSION = session_id()
MAKE = event(
    0,
    argv=["make"],
    path="/usr/bin/make",
    pid=10,
    session_id=SESSION,
    cwd="/w",
    duration_ms=1000.0,
    exit_code=2,
)
CC = event(
    0.1, argv=["cc", "-c", "a.c"], path="/usr/bin/cc", pid=11, session_id=SESSION, cwd="/w", duration_ms=400.0,
    exit_code=1, parent_id=MAKE.id,
)  # fmt: skip
LINE = event(
    0, kind="line", source="prompt", text="make; \x1b]0;x\x07", session_id=SESSION, duration_ms=1100.0
)
BUILD = [MAKE, CC, LINE]
any_events = st.lists(events, max_size=15)


def text_of(pieces: Iterator[bytes]) -> str:
    return b"".join(pieces).decode()


def slices_of(found: Iterable[Event]) -> list[dict[str, Any]]:
    return [row for row in json.loads(text_of(chrome_trace(found)))["traceEvents"] if row["ph"] == "X"]


def test_chrome_has_each_command_with_its_time() -> None:
    rows = {row["name"]: row for row in slices_of(BUILD)}
    assert rows["cc"]["dur"] == 400_000
    assert rows["cc"]["ts"] - rows["make"]["ts"] == 100_000
    assert rows["cc"]["args"]["exit_code"] == 1
    assert "\x1b" not in text_of(chrome_trace(BUILD))


@given(any_events)
def test_chrome_is_json_and_loses_nothing(found: list[Event]) -> None:
    timed = {one.id for one in found if one.kind in ("exec", "exec_start", "line", "builtin")}
    assert {row["args"]["id"] for row in slices_of(found)} == timed


def packets(found: Iterable[Event]) -> Any:
    from perfetto.protos.perfetto.trace import perfetto_trace_pb2

    trace = perfetto_trace_pb2.Trace()
    trace.ParseFromString(b"".join(perfetto_trace(found)))
    return trace.packet


def test_perfetto_puts_a_process_below_the_one_that_started_it() -> None:
    found = packets(BUILD)
    tracks = {
        packet.track_descriptor.name: packet.track_descriptor
        for packet in found
        if packet.HasField("track_descriptor")
    }
    assert tracks["cc [11]"].parent_uuid == tracks["make [10]"].uuid
    assert tracks["make [10]"].parent_uuid == tracks[f"session {SESSION}"].uuid
    told = next(packet.track_event for packet in found if packet.track_event.name == "cc")
    values = {one.name: one.string_value or one.int_value for one in told.debug_annotations}
    assert values == {"command": "cc -c a.c", "id": CC.id, "cwd": "/w", "exit_code": 1}


@given(any_events)
def test_perfetto_slices_of_a_track_are_nested(found: list[Event]) -> None:
    begin, end = 1, 2
    stacks: dict[int, list[int]] = {}
    times: dict[int, list[int]] = {}
    for packet in packets(found):
        if packet.HasField("track_event"):
            track = packet.track_event.track_uuid
            times.setdefault(track, []).append(packet.timestamp)
            if packet.track_event.type == begin:
                stacks.setdefault(track, []).append(packet.timestamp)
            else:
                assert packet.track_event.type == end
                assert stacks[track].pop() <= packet.timestamp
    assert not any(stacks.values())
    assert all(before <= after for row in times.values() for before, after in pairwise(row))


PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("traceparent", "trace", "above"),
    [
        ("", None, None),
        (PARENT, PARENT[3:35], PARENT[36:52]),
        ("00-" + "0" * 32 + "-b7ad6b7169203331-01", None, None),
        ("nonsense", None, None),
    ],
)
def test_otlp_is_a_trace_of_the_session_or_of_who_asked(
    traceparent: str, trace: str | None, above: str | None
) -> None:
    (resource,) = json.loads(text_of(otlp_request([MAKE, CC], traceparent)))["resourceSpans"]
    spans = {span["name"]: span for span in resource["scopeSpans"][0]["spans"]}
    assert {span["traceId"] for span in spans.values()} == {trace or SESSION.replace("-", "")}
    assert spans["make"].get("parentSpanId") == above
    assert spans["cc"]["parentSpanId"] == spans["make"]["spanId"]
    assert spans["cc"]["status"] == {"code": 2}
    assert int(spans["cc"]["endTimeUnixNano"]) - int(spans["cc"]["startTimeUnixNano"]) == 400_000_000


@given(any_events)
def test_otlp_spans_have_ids_of_their_own(found: list[Event]) -> None:
    told = json.loads(text_of(otlp_request(found)))
    ids = [span["spanId"] for one in told["resourceSpans"] for span in one["scopeSpans"][0]["spans"]]
    assert all(len(one) == 16 and int(one, 16) for one in ids)
    assert len(set(ids)) == len(ids)


def test_folded_stacks_count_a_commands_own_time() -> None:
    assert text_of(folded_stacks([MAKE, CC])) == "make 600\nmake;cc 400\n"


@given(any_events)
def test_csv_has_a_row_for_each_event(found: list[Event]) -> None:
    head, *rows = csv.reader(io.StringIO(text_of(csv_rows(found)), newline=""))
    assert head == COLUMNS
    assert [row[COLUMNS.index("id")] for row in rows] == [one.id for one in found]


@pytest.mark.parametrize(
    ("argv", "path", "files"),
    [
        (["gcc", "-O2", "-c", "-o", "x.o", "x.c"], "/usr/bin/gcc", ["/w/x.c"]),
        (["x86_64-linux-gnu-g++-12", "-DA", "-I", "inc.c", "a.cc", "sub/b.cc"], None, ["/w/a.cc", "/w/sub/b.cc"]),
        (["ccache", "clang", "-c", "x.m"], "/usr/bin/ccache", ["/w/x.m"]),
        (["cc", "-c", "-MMD", "-MF", "x.c", "/abs/y.c"], "/usr/bin/cc", ["/abs/y.c"]),
        (["/usr/lib/gcc/12/cc1", "-quiet", "x.c"], "/usr/lib/gcc/12/cc1", []),
        (["clang", "-cc1", "x.c"], "/usr/bin/clang", []),
        (["gcc", "-E", "x.c"], "/usr/bin/gcc", []),
        (["gcc", "x.o", "-o", "x"], "/usr/bin/gcc", []),
        (["gcc", "--version"], "/usr/bin/gcc", []),
        (["cat", "x.c"], "/usr/bin/cat", []),
    ],
)  # fmt: skip
def test_compilers_runs_are_found(argv: list[str], path: str | None, files: list[str]) -> None:
    build = compile_commands([event(0, argv=argv, path=path, cwd="/w")])
    assert [entry["file"] for entry in build.entries] == files
    assert all(entry["directory"] == "/w" for entry in build.entries)


MAKEFILE = """\
all: a.o sub/b.o two
a.o: a.c
\tcc -O1 -DX=1 -MT $@ -MD -MP -MF a.d -c -o $@ $<
sub/b.o: sub/b.cc
\tcd sub && g++ -c b.cc -o b.o
two: c.c a.c
\tcc c.c a.c -o two
"""


def test_a_builds_compilation_database_is_that_of_bear(
    caro: Callable[..., subprocess.CompletedProcess[str]], home: Path, env: dict[str, str]
) -> None:
    project = home / "project"
    (project / "sub").mkdir(parents=True)
    (project / "Makefile").write_text(MAKEFILE)
    for name, text in {"a.c": "int a;", "sub/b.cc": "int b;", "c.c": "int main(void) { return 0; }"}.items():
        (project / name).write_text(text + "\n")
    subprocess.run(["bear", "--", "make", "-sB"], cwd=project, env=env, check=True, capture_output=True)
    assert caro("run", "--quiet", "--mode", "deep", "--", "make", "-sB", cwd=project).returncode == 0
    ours = json.loads(caro("export", "compile-commands", "--last").stdout)
    theirs = json.loads((project / "compile_commands.json").read_text())

    def sources(entries: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
        return {(one["directory"], one["file"], one["output"]) for one in entries}

    assert sources(ours) == sources(theirs)
    assert len(ours) == 4
    noted = next(one["arguments"] for one in ours if one["output"].endswith("a.o"))
    assert noted == next(one["arguments"] for one in theirs if one["output"].endswith("a.o"))


BUILDS = {"autotools": ("tests/deep/project", "./configure --prefix=/none && make -j2")}


@pytest.mark.long
@pytest.mark.parametrize("name", BUILDS)
def test_real_builds_have_the_database_that_bear_makes(
    caro: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, env: dict[str, str], name: str
) -> None:
    folder, line = BUILDS[name]
    work, found, theirs = tmp_path / "work", [], tmp_path / "bear.json"
    for words in ["bear", "--output", str(theirs), "--"], ["caro", "run", "--quiet", "--mode", "deep", "--"]:
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(ROOT / folder, work, ignore=shutil.ignore_patterns("build"))
        subprocess.run([*words, "sh", "-c", line], cwd=work, env=env, check=True, capture_output=True)
    for text in (theirs.read_text(), caro("export", "compile-commands", "--last").stdout):
        entries = json.loads(text)
        found.append(
            {
                (one["directory"], one["file"], one.get("output", ""))
                for one in entries
                if str(work) in one["file"]
            }
        )
    assert found[0] and found[0] == found[1]


@pytest.mark.long
@pytest.mark.parametrize(
    "words",
    [
        "export perfetto -o out --force",
        "export csv -o out --force",
        "report -o out --force --last",
        "stats",
        "import bash --file history",
    ],
)
def test_ctrl_c_at_the_first_progress_leaves_what_was_there(
    caro: Callable[..., subprocess.CompletedProcess[str]], home: Path, env: dict[str, str], words: str
) -> None:
    """Nothing half done, no trace of the attempt, and the next one is whole; in a pipe nothing shows how far it is."""
    sys.path.insert(0, str(ROOT / "bench"))
    from record_bench import write_log

    write_log(home / ".trace_shell.jsonl", 60_000, 60_000)
    (home / "history").write_text("".join(f"echo {number}\n" for number in range(300_000)))
    (home / "out").write_text("before")
    began = set(os.listdir(home))
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(home)
        os.execvpe("caro", ["caro", *words.split()], env)
    shown = b""
    with contextlib.suppress(OSError):  # its end
        while piece := os.read(terminal, 65536):
            shown += piece
            if re.search(rb"\d( %| events)", shown):
                os.write(terminal, b"\x03")
                shown = b"interrupted"
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130 and b"interrupted" in shown
    assert (home / "out").read_text() == "before" and set(os.listdir(home)) - began <= {".local"}
    done = caro(*words.split(), cwd=home)
    assert done.returncode == 0 and "%" not in done.stderr and " events" not in done.stderr
    assert "60000" in caro("stats").stdout.replace(",", "")


def test_the_command_writes_whole_files_or_none(
    caro: Callable[..., subprocess.CompletedProcess[str]], home: Path
) -> None:
    assert caro("run", "--quiet", "--", "git", "--version").returncode == 0
    file = home / "trace.json"
    assert caro("export", "chrome", "-o", str(file)).returncode == 0
    names = {row["name"] for row in json.loads(file.read_text())["traceEvents"]}
    assert "git" in names
    assert file.stat().st_mode & 0o777 == 0o600
    again = caro("export", "csv", "-o", str(file))
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert json.loads(file.read_text())
    assert caro("export", "nothing").returncode == 2
