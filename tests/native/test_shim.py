"""caro-shim finds the real tool, runs it unchanged, and records it."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Place

OWN_VARIABLES = {"CARO_SESSION_ID", "CARO_PARENT_ID", "CARO_SHIM_LINEAGE", "SHIM_ACTIVE"}


@pytest.mark.parametrize("status", [0, 1, 7, 42, 126, 127, 255])
def test_exit_status(place: Place, status: int) -> None:
    place.tool("tool", f"#!/bin/sh\necho out; echo err >&2; exit {status}\n")
    place.shim("tool")
    done = place.run("tool", "a", "b c")
    assert (done.returncode, done.stdout, done.stderr) == (status, b"out\n", b"err\n")
    (event,) = place.events()
    assert event["exit_code"] == status and "signal" not in event
    assert event["argv"] == ["tool", "a", "b c"] and event["path"] == str(place.tools / "tool")
    assert event["cwd"] == str(place.folder) and event["ppid"] == os.getpid()


@pytest.mark.parametrize("number", [2, 6, 9, 11, 13, 14, 15])
def test_death_by_a_signal_is_the_callers_to_see(place: Place, number: int) -> None:
    place.tool("tool", f"#!/bin/sh\nkill -{number} $$\n")
    place.shim("tool")
    assert place.run("tool").returncode == -number
    assert place.run("sh", "-c", "tool; echo $?").stdout == f"{128 + number}\n".encode()
    assert [event["signal"] for event in place.events()] == [number, number]
    assert not list(place.folder.glob("core*"))


def test_the_child_sees_what_it_would_see_without(place: Place, helpers: Path) -> None:
    shutil.copy(helpers / "show_state", place.tools / "tool")

    def state(env: dict[str, str]) -> tuple[list[str], dict[str, str]]:
        read_end, write_end = os.pipe()
        os.set_inheritable(write_end, True)
        # An ignored signal, a blocked one, a limit, a descriptor and a umask: all have to arrive.
        script = "trap '' HUP USR1; ulimit -n 100; ulimit -c 7; umask 027; exec tool x </dev/null 7</dev/null"
        done = place.run(
            "bash", "-c", script, env=env, pass_fds=[write_end], stderr=subprocess.DEVNULL, stdout=-1
        )
        os.close(read_end), os.close(write_end)
        # SigQ counts the signals that are queued for the user just now, whoever they are for.
        noise = ("pipe:", "SigQ:")
        lines = [line for line in done.stdout.decode().splitlines() if not any(n in line for n in noise)]
        variables = dict(line[4:].split("=", 1) for line in lines if line.startswith("env "))
        return [line for line in lines if not line.startswith("env ")], variables

    bare, bare_variables = state(place.env)
    place.shim("tool")
    seen, variables = state(place.env)
    assert seen == bare
    assert variables.keys() - bare_variables.keys() == OWN_VARIABLES
    assert {name: variables[name] for name in bare_variables} == bare_variables


def test_blocked_signals_stay_blocked(place: Place, helpers: Path) -> None:
    shutil.copy(helpers / "show_state", place.tools / "tool")
    place.shim("tool")
    code = (
        "import os, signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGTERM]);"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN); signal.signal(signal.SIGPIPE, signal.SIG_DFL);"
        "signal.signal(signal.SIGXFSZ, signal.SIG_DFL); os.execvp('tool', ['tool'])"
    )
    lines = dict(
        line.split(":\t")
        for line in place.run(sys.executable, "-c", code).stdout.decode().split("\n")
        if ":\t" in line
    )
    assert int(lines["SigBlk"], 16) == 1 << 11 | 1 << 14
    # Whoever started the tests may ignore others.
    status = Path("/proc/self/status").read_text()
    inherited = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigIgn:"))
    assert int(lines["SigIgn"], 16) & ~inherited == 1 << 16
    assert int(lines["SigCgt"], 16) == 0
    assert place.events()[0]["exit_code"] == 0


def test_parents_and_sessions_form_a_tree(place: Place) -> None:
    place.tool("inner", "#!/bin/sh\nexit 3\n")
    place.tool("outer", "#!/bin/sh\ninner; inner\n")
    place.shim("inner", "outer")
    place.run("outer")
    first, second, outer = place.events()
    assert (first["parent_id"], second["parent_id"]) == (outer["id"], outer["id"])
    assert first["session_id"] == second["session_id"] == outer["session_id"]
    assert uuid.UUID(outer["session_id"]).version == 7 and "parent_id" not in outer


def test_a_session_that_exists_is_joined(place: Place) -> None:
    place.shim("true")
    ids = {"CARO_SESSION_ID": str(uuid.uuid4()), "CARO_PARENT_ID": str(uuid.uuid4()), "CARO_AGENT": "robot"}
    place.run("true", env=place.env | ids)
    (event,) = place.events()
    assert event["session_id"] == ids["CARO_SESSION_ID"] and event["parent_id"] == ids["CARO_PARENT_ID"]
    assert event["agent"] == "robot" and event["mode"] == "noninteractive" and event["tty"] is False


def test_nonsense_in_the_environment_is_not_written(place: Place) -> None:
    place.shim("true")
    place.run(
        "true",
        env=place.env | {"CARO_SESSION_ID": "x" * 5000, "CARO_PARENT_ID": '"},{"', "SHIM_ACTIVE": "::"},
    )
    (event,) = place.events()
    assert uuid.UUID(event["session_id"]).version == 7 and "parent_id" not in event


def test_a_chain_has_every_command_once(place: Place) -> None:
    place.shim("bash", "make", "sh", "cat", "env")
    (place.folder / "Makefile").write_text("all:\n\t@cat /dev/null; env cat /dev/null\n", "utf-8")
    # bash execs its last command in place: the same process, another target.
    place.run("bash", "-c", "make")
    commands = sorted(event["command"] for event in place.events())
    assert commands == ["bash", "cat", "cat", "env", "make"]


def test_make_that_starts_itself_anew_is_one_event(place: Place) -> None:
    makefile = "all: ; @echo done\ninclude made.mk\nmade.mk: ; @echo x := 1 > made.mk\n"
    (place.folder / "Makefile").write_text(makefile, "utf-8")
    place.shim("make")
    assert place.run("make").stdout == b"done\n"
    assert [event["command"] for event in place.events()] == ["make"]


@pytest.mark.parametrize("depth", [5, 15])
def test_recursion_is_no_loop(place: Place, depth: int) -> None:
    place.tool("tool", '#!/bin/sh\n[ "$1" = 0 ] && { echo end; exit 9; }\ntool $(($1 - 1))\n')
    place.shim("tool")
    done = place.run("tool", str(depth))
    assert (done.returncode, done.stdout) == (9, b"end\n")
    assert len(place.events()) == depth + 1


def test_recursion_that_counts_in_the_environment(place: Place) -> None:
    place.tool("tool", '#!/bin/sh\n[ "${N:=0}" = 4 ] && exit 9\nexport N=$((N + 1))\ntool\n')
    place.shim("tool")
    assert place.run("tool").returncode == 9
    assert len(place.events()) == 5


def test_path_of_now_wins_over_the_original(place: Place) -> None:
    place.shim("tool")
    place.tool("tool", "#!/bin/sh\necho old\n", folder=place.folder / "old")
    env = place.env | {"ORIGINAL_PATH": f"{place.folder}/old:/usr/bin:/bin"}
    assert place.run("tool", env=env).stdout == b"old\n"
    place.tool("tool", "#!/bin/sh\necho new\n")
    assert place.run("tool", env=env).stdout == b"new\n"


def test_an_empty_element_is_the_current_folder(place: Place) -> None:
    place.shim("tool")
    place.tool("tool", "#!/bin/sh\necho here\n", folder=place.folder / "here")
    done = place.run(
        "tool", env=place.env | {"PATH": f"{place.shims}::/usr/bin:/bin"}, cwd=place.folder / "here"
    )
    assert done.stdout == b"here\n"
    assert place.events()[0]["path"] == str(place.folder / "here/tool")


def test_what_is_no_program_is_passed_over(place: Place) -> None:
    place.shim("tool")
    (place.folder / "a/tool").mkdir(parents=True)
    place.tool("tool", "no program", folder=place.folder / "b").chmod(0o644)
    place.tool("tool", "#!/bin/sh\necho right\n")
    path = f"{place.shims}:{place.folder}/a:{place.folder}/b:{place.folder}/none:{place.tools}"
    assert place.run("tool", env=place.env | {"PATH": path}).stdout == b"right\n"


def test_not_found_is_127_with_the_reason(place: Place) -> None:
    done = place.run(place.shim("no-such-tool"))
    assert done.returncode == 127 and done.stdout == b""
    assert done.stderr.startswith(b"caro: no-such-tool: not found") and done.stderr.count(b"\n") == 1
    assert place.events() == []


def test_not_executable_is_126(nobody_place: Place) -> None:
    nobody_place.shim("tool")
    nobody_place.tool("tool", "#!/bin/sh\n").chmod(0o644)
    done = nobody_place.run("tool", env=nobody_place.env)
    assert done.returncode == 126 and b"permission denied" in done.stderr


def test_a_tool_without_read_permission_runs(nobody_place: Place) -> None:
    nobody_place.shim("tool")
    shutil.copy("/bin/true", nobody_place.tools / "tool")
    (nobody_place.tools / "tool").chmod(0o111)
    assert nobody_place.run("tool").returncode == 0
    assert nobody_place.events()[0]["exit_code"] == 0


def test_a_file_without_format_is_a_script_of_sh(place: Place) -> None:
    place.shim("tool")
    place.tool("tool", 'echo "$0 $1 $2"\n')
    done = place.run("tool", "a", "b")
    assert done.stdout == f"{place.tools}/tool a b\n".encode()
    (event,) = place.events()
    assert event["path"] == str(place.tools / "tool") and event["interpreter"] == "/bin/sh"
    assert event["argv"] == ["tool", "a", "b"]


def test_argv0_as_typed_for_most_tools(place: Place) -> None:
    place.shim("ls")
    assert place.run("ls", "/no/such").stderr.startswith(b"ls: ")
    assert place.run(place.shims / "ls", "/no/such").stderr.startswith(b"/usr/bin/ls: ")
    assert place.run("bash", "-c", "exec -a other ls /no/such").stderr.startswith(b"other: ")


def test_a_virtual_environment_is_not_lost(place: Place) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place.folder / "venv"], check=True)
    place.shim("python3", "python")
    env = place.env | {"PATH": f"{place.shims}:{place.folder}/venv/bin:/usr/bin:/bin"}
    for name in ("python", "python3"):
        done = place.run(name, "-c", "import sys; print(sys.prefix); print(sys.executable)", env=env)
        assert done.stdout.decode().split() == [f"{place.folder}/venv", f"{place.folder}/venv/bin/{name}"]


def test_compilers_find_their_parts(place: Place) -> None:
    place.shim("gcc", "cc", "c++", "g++", "cpp")
    (place.folder / "x.c").write_text("int main(void) { return 5; }\n", "utf-8")
    for name in ("gcc", "cc", "g++", "c++"):
        done = place.run(name, "x.c", "-o", "x")
        assert (done.returncode, done.stderr) == (0, b""), name
        assert place.run(place.folder / "x").returncode == 5
        (place.folder / "x").unlink()
    assert place.events()[0]["argv"][0] == "gcc"


def test_bytes_that_are_not_utf8_pass_through(place: Place) -> None:
    place.tool("tool", "#!/bin/sh\nprintf '%s|' \"$@\"\n")
    place.shim("tool")
    words = [b"", b"\xff\xfe", b"a\nb", b"\xc3\xa4", b'"\\']
    assert place.run("tool", *words).stdout == b"".join(word + b"|" for word in words)


def test_two_megabytes_of_arguments(place: Place) -> None:
    place.tool("tool", "#!/bin/sh\necho $#\n")
    place.shim("tool")
    assert place.run("tool", *["x" * 1000] * 1800).stdout == b"1800\n"
    (event,) = place.events()
    assert event["truncated"]["argc"] == 1801 and len(event["argv"]) < 40


def test_our_own_variables_are_dropped_where_they_are_too_much(place: Place) -> None:
    shutil.copy("/bin/true", place.tools / "tool")
    place.shim("tool")

    def small_limit() -> None:
        resource.setrlimit(resource.RLIMIT_STACK, (1 << 19, 1 << 19))  # a quarter of it is for the arguments

    def runs(pad: int) -> bool:
        try:
            return place.run("tool", "y" * pad, preexec_fn=small_limit).returncode == 0
        except OSError as error:
            assert (
                error.errno == errno.E2BIG
            )  # the kernel refuses the shim itself, as it would refuse the tool
            return False

    low, high = 100_000, 131_000
    assert runs(low) and not runs(high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if runs(middle) else (low, middle)
    # 200 bytes more are too many for the tool itself, and our variables are longer than that: they were dropped.
    tool = place.tools / "tool"
    longer = place.env | {"CARO_SHIM_LINEAGE": "x" * 200}
    with pytest.raises(OSError):
        place.run(tool, "y" * low, preexec_fn=small_limit, env=longer)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_descriptors_stay_closed(place: Place, helpers: Path, closed: str) -> None:
    shutil.copy(helpers / "show_state", place.tools / "tool")
    out = place.folder / "out"

    def descriptors() -> list[str]:
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        place.run("sh", "-c", f"tool {closed}", env=place.env | {"OUT": str(out)}, **options)
        return [line for line in out.read_text("utf-8").splitlines() if line.startswith("fd ")]

    bare = descriptors()
    place.shim("tool")
    assert descriptors() == bare
    assert len(place.events()) == 1


def test_without_home(place: Place) -> None:
    place.shim("true")
    done = place.run("true", env={"PATH": place.env["PATH"]})
    assert (done.returncode, done.stderr) == (0, b"")


def test_without_path(place: Place) -> None:
    assert place.run(place.shim("true"), env={}).returncode == 0
    assert place.run(place.shim("true"), env={"ORIGINAL_PATH": "/usr/bin"}).returncode == 0


def test_in_a_folder_that_was_deleted(place: Place) -> None:
    place.shim("ls")
    done = place.run("sh", "-c", "mkdir gone && cd gone && rmdir ../gone && ls")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "cwd" not in place.events()[0]


@pytest.mark.parametrize("switch", ["file", "variable"])
def test_panic_switch(place: Place, helpers: Path, switch: str) -> None:
    shutil.copy(helpers / "show_state", place.tools / "tool")
    place.shim("tool")
    env = place.env
    if switch == "file":
        (place.home / ".config/caro").mkdir(parents=True)
        (place.home / ".config/caro/disabled").touch()
    else:
        env["CARO_DISABLE"] = "1"
    done = place.run("tool", env=env)
    variables = {
        line[4:].split("=")[0] for line in done.stdout.decode().splitlines() if line.startswith("env ")
    }
    assert variables == set(env) | {"CARO_SHIM_LINEAGE"}  # without it a wrapper could loop for ever
    assert place.events() == [] and not place.log.exists()


def test_the_panic_variable_set_to_nothing_is_off(place: Place) -> None:
    place.shim("true")
    place.run("true", env=place.env | {"CARO_DISABLE": "0"})
    place.run("true", env=place.env | {"CARO_DISABLE": ""})
    assert len(place.events()) == 2


def test_below_a_tracer_it_steps_aside(place: Place) -> None:
    place.tool("tool", "#!/bin/sh\nexit 4\n")
    place.shim("tool")
    assert place.run("tool", env=place.env | {"CARO_DEEP": "1"}).returncode == 4
    assert place.events() == []


@pytest.mark.parametrize(("capture", "count"), [("commands", 2), ("errors", 1), ("none", 0)])
def test_capture(place: Place, capture: str, count: int) -> None:
    place.settings(f"capture = {capture}\n")
    place.tool("inner", "#!/bin/sh\nexit 1\n")
    place.shim("inner", "true")
    place.run("true")
    place.run("inner")
    assert [event.get("exit_code") for event in place.events()] == [0, 1][2 - count :]


def test_names_from_the_configuration(place: Place) -> None:
    place.settings(f"user = somebody\nuid = {os.geteuid()}\nhost = there\nlog_file = {place.folder}/my.log\n")
    place.shim("true")
    place.run("true")
    assert place.log.exists() is False
    line = (place.folder / "my.log").read_text("utf-8")
    assert '"user":"somebody","host":"there"' in line
    place.settings(f"user = somebody\nuid = {os.geteuid() + 1}\nhost = there\n")
    place.run("true")
    assert place.events()[0]["user"] != "somebody"


def test_the_log_that_is_asked_for(place: Place) -> None:
    place.settings(f"log_file = {place.folder}/conf.log\n")
    place.shim("true")
    place.run("true", env=place.env | {"TRACE_SHELL": f"{place.folder}/shell.log"})
    both = {"TRACE_SHELL": f"{place.folder}/x", "TRACE_LOG_FILE": f"{place.folder}/file.log"}
    place.run("true", env=place.env | both)
    assert sorted(path.name for path in place.folder.glob("*.log")) == ["file.log", "shell.log"]
    assert (place.folder / "file.log").stat().st_mode & 0o777 == 0o600


def test_growth_of_stderr(place: Place) -> None:
    place.settings("stderr_bytes = true\n")
    place.tool("tool", "#!/bin/sh\nprintf 12345 >&2\n")
    place.shim("tool")
    with open(place.folder / "err", "w") as err:
        err.write("before")
        err.flush()
        place.run("tool", stdout=subprocess.DEVNULL, stderr=err)
    place.run("tool")
    assert [event.get("stderr_bytes") for event in place.events()] == [5, None]


def test_names_of_changed_variables(place: Place) -> None:
    place.settings("env_diff = true\n")
    place.shim("true")
    script = "export SECRET=hidden PATH=$PATH:/x; unset LC_ALL; env true; SECRET=2 ADDED=1 /usr/bin/env true; exit 0"
    place.run("bash", "-c", script)
    first, second = place.events()
    assert sorted(first["env_diff"]) == ["LC_ALL", "PATH", "PWD", "SECRET", "SHLVL"]
    assert set(second["env_diff"]) >= {"ADDED", "SECRET"}
    assert b"hidden" not in place.log.read_bytes()


def test_a_server_is_seen_while_it_runs(place: Place, wait_for: Callable[..., Any]) -> None:
    place.tool("tool", "#!/bin/sh\nread x\nexit 5\n")
    place.shim("tool")
    process = subprocess.Popen(["tool"], env=place.env, cwd=place.folder, stdin=subprocess.PIPE)
    (start,) = wait_for(lambda: place.events("exec_start"))
    assert "exit_code" not in start and start["pid"] != process.pid
    assert process.poll() is None and place.events() == []
    process.communicate(b"\n")
    (end,) = place.events()
    assert process.returncode == 5
    assert end["id"] == start["id"] and end["ts"] == start["ts"] and end["duration_ms"] >= 1000


def test_no_more_processes_runs_the_tool_in_place(nobody_place: Place) -> None:
    place = nobody_place
    place.tool("tool", "#!/bin/bash\nexit 6\n")
    place.shim("tool")

    # The limit doesn't bind root; 0 is below any number of processes that the user has already.
    done = place.run("bash", "-c", "ulimit -u 0; exec tool")
    assert (done.returncode, done.stderr) == (6, b"")
    (event,) = place.events()
    assert "exit_code" not in event and event["command"] == "tool"
