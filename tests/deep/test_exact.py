"""What is written is what ran: odd ways to exec, execs that the kernel refuses, other roots and other programs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from deep.execs import differences, strace_execs
from deep.tracing import Deep, as_user, put

ODD = "thread vfork folder chain refused crowded empty killed descriptor closing-descriptor".split()


def same_as_strace(deep: Deep, *command: str, way: str = "notify") -> None:
    expected = strace_execs(command, deep.folder, **as_user(deep))
    deep.run(*command, way=way)
    assert differences(expected, deep.execs()) == ([], [])


@pytest.mark.parametrize("case", ODD)
def test_odd_execs(anyone: Deep, odd_execs: Path, case: str) -> None:
    same_as_strace(anyone, put(anyone, odd_execs), case)


@pytest.mark.parametrize("case", ["thread", "vfork", "chain", "killed"])
def test_odd_execs_under_ptrace(anyone: Deep, odd_execs: Path, case: str) -> None:
    same_as_strace(anyone, put(anyone, odd_execs), case, way="ptrace")


def test_process_that_may_not_be_read(anyone: Deep, odd_execs: Path) -> None:
    anyone.run(put(anyone, odd_execs), "not-dumpable", way="notify")
    event = anyone.event("sleep")
    assert (event["argv"], event["exit_code"]) == (["sleep", "0.2"], 0)


def test_rewritten_while_it_is_read(deep: Deep, odd_execs: Path) -> None:
    """It may show one or the other (docs/limits-detail.md), but each exec is there and nothing breaks."""
    deep.run(put(deep, odd_execs), "rewriting")
    found = [event for event in deep.events() if event["argv"][0] == "true"]
    assert len(found) == 20
    assert {len(event["argv"][1]) for event in found} == {4095}


def test_two_megabytes_of_arguments(deep: Deep, odd_execs: Path) -> None:
    deep.run(put(deep, odd_execs), "large", way="notify")
    event = deep.events()[-1]
    assert event["truncated"]["bytes"] == 4 + 19 * 100_000
    assert event["truncated"]["argc"] == 20
    assert len(deep.log.read_bytes()) < 100_000


def write(path: Path, text: str, mode: int = 0o755) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


REFUSALS = {
    "missing interpreter": "#!/no/such/interpreter\necho x\n",
    "no format": "echo no format\n",
    "empty": "",
    "bad elf": "\x7fELF not really",
    "interpreter without x": "#!/etc/passwd\n",
    "no interpreter": "#!   \n",
    "long interpreter": "#!" + "/x" * 200 + "\n",
    "loop": "#!{self}\n",
}


@pytest.mark.parametrize("name", REFUSALS)
def test_files_that_the_kernel_refuses(anyone: Deep, name: str) -> None:
    path = anyone.folder / "refused"
    write(path, REFUSALS[name].format(self=path))
    # A shell tries a file without a format as a script of its own, in the same process.
    same_as_strace(anyone, "bash", "-c", f"{path}; /bin/true; exit 3")
    same_as_strace(anyone, "env", str(path))


def test_path_tries_are_no_events(anyone: Deep) -> None:
    for folder in ("one", "two"):
        (anyone.folder / folder).mkdir()
    write(anyone.folder / "two" / "tool", "#!/bin/sh\nexit 4\n")
    write(anyone.folder / "one" / "tool", "#!/bin/sh\nexit 5\n", 0o644)
    path = f"{anyone.folder}/one:{anyone.folder}/none:{anyone.folder}/two:/usr/bin:/bin"
    same_as_strace(anyone, "env", f"PATH={path}", "tool", "x")
    (script,) = [event for event in anyone.events() if event["argv"][:1] == ["tool"]]
    assert script["path"] == f"{anyone.folder}/two/tool"
    assert script["interpreter"] == "/bin/sh"
    assert script["exit_code"] == 4


def test_replaced_execs_are_a_chain(anyone: Deep, odd_execs: Path) -> None:
    anyone.run(put(anyone, odd_execs), "chain", way="notify")
    events = {event["id"]: event for event in anyone.events()}
    (first,) = [event for event in events.values() if "odd_execs" in event["argv"][0]]
    words = []
    while "replaced_by" in first:
        assert "exit_code" not in first
        follower = events[first["replaced_by"]]
        assert follower["parent_id"] == first["id"]
        assert follower["pid"] == first["pid"]
        words.append(os.path.basename(follower["path"]))
        first = follower
    assert words == ["env", "env", "nice", "sh", "echo"]
    assert first["exit_code"] == 0


def test_scripts_of_scripts(anyone: Deep) -> None:
    inner = write(anyone.folder / "inner", "#!/bin/sh -e\necho inner $#\n")
    outer = write(anyone.folder / "outer", f"#!{inner} word\n")
    same_as_strace(anyone, str(outer), "a")
    assert [event["interpreter"] for event in anyone.events()] == ["/bin/sh"]


IN_A_ROOT = """
import os, subprocess, sys
def run(folder, *words):
    if os.fork() == 0:
        os.chroot(sys.argv[1])
        os.chdir(folder)
        try:
            os.execv(words[0], words)
        except OSError:
            os._exit(99)
    os.wait()
run("/", "/opt/script")
run("/opt", "./script", "x")
run("/", "/opt/link")
run("/", "/bin/sh")
run("/", "/opt/outside")
"""

QUIT = """
void _start(void) { asm volatile("syscall" : : "a"(60), "D"(6)); }
"""


def test_chroot(deep: Deep) -> None:
    """Absolute links and interpreters mean other files there."""
    root = deep.folder / "root"
    (root / "bin").mkdir(parents=True)
    (root / "opt").mkdir()
    source = write(deep.folder / "quit.c", QUIT)
    subprocess.run(["gcc", "-static", "-nostdlib", "-o", root / "bin" / "quit", source], check=True)
    (root / "opt" / "link").symlink_to("/bin/quit")
    (root / "opt" / "outside").symlink_to("/usr/bin/true")
    write(root / "opt" / "script", "#!/bin/quit\n")
    same_as_strace(deep, "/usr/bin/python3", "-c", IN_A_ROOT, str(root))
    scripts = [event for event in deep.events() if event["path"] == "/opt/script"]
    assert sorted(event["cwd"] for event in scripts) == ["/", "/opt"]
    assert {event["exit_code"] for event in scripts} == {6}


def test_mount_namespace(deep: Deep) -> None:
    """The tracer's own root would find another file there, or none."""
    inner = "mount -t tmpfs none /mnt && cp /bin/true /mnt/only-here && mkdir /mnt/etc && /mnt/only-here; /mnt/nothing"
    same_as_strace(deep, "unshare", "-m", "sh", "-c", inner)
    (event,) = [event for event in deep.events() if event["path"] == "/mnt/only-here"]
    assert event["exit_code"] == 0


def test_user_namespace(nobody: Deep) -> None:
    same_as_strace(nobody, "unshare", "-Ur", "sh", "-c", "id -u; /bin/true")


def test_pid_namespace(deep: Deep) -> None:
    same_as_strace(deep, "unshare", "--pid", "--fork", "sh", "-c", "/bin/true; /bin/false; exit 2")


@pytest.mark.parametrize("flags", [["-m32"], ["-static"]])
def test_static_and_narrow_programs(anyone: Deep, flags: list[str]) -> None:
    """Without a C library: one for 32 bits is seldom installed."""
    source = write(anyone.folder / "tiny.c", TINY)
    program = anyone.folder / "tiny"
    subprocess.run(["gcc", *flags, "-static", "-nostdlib", "-o", program, source], check=True)
    same_as_strace(anyone, "sh", "-c", f"{program}; echo $?")
    assert anyone.event("tiny-argv0")["exit_code"] == 0


TINY = r"""
static char *const words[] = {"tiny-argv0", "word", 0};
#ifdef __i386__
void _start(void) {
    asm volatile("int $0x80" : : "a"(11), "b"("/bin/true"), "c"(words), "d"(0) : "memory");
    asm volatile("int $0x80" : : "a"(1), "b"(7));
}
#else
void _start(void) {
    asm volatile("syscall" : : "a"(59), "D"("/bin/true"), "S"(words), "d"(0) : "memory", "rcx", "r11");
    asm volatile("syscall" : : "a"(60), "D"(7));
}
#endif
"""


def test_setuid_program_as_root_in_deep(deep: Deep) -> None:
    """With CAP_SYS_ADMIN nothing changes for them: no_new_privs is not set."""
    done = deep.run("sh", "-c", "grep NoNewPrivs /proc/self/status")
    assert done.stdout.split() == ["NoNewPrivs:", "0"]


def test_checked_as_another_user(deep: Deep) -> None:
    """Root traces a child that has become somebody else: what only root may run is not run there."""
    private = write(deep.folder / "private", "#!/bin/sh\nexit 0\n", 0o700)
    drop = f"setpriv --reuid 65534 --regid 65534 --clear-groups sh -c '{private}; /bin/true; exit 5'"
    same_as_strace(deep, "sh", "-c", drop)


@pytest.mark.parametrize("way", ["notify", "notify-exit", "ptrace"])
def test_status_passes_through(anyone: Deep, way: str) -> None:
    statuses: list[tuple[str, int]] = [
        ("exit 7", 7),
        ("kill -TERM $$", -15),
        ("kill -KILL $$", -9),
        ("exit 255", 255),
    ]
    for script, status in statuses:
        done = anyone.run("sh", "-c", script, way=way)
        assert (done.returncode, done.stdout, done.stderr) == (status, "", "")
    assert anyone.run("/no/such", way=way).returncode == 127
    assert anyone.run("/etc/passwd", way=way).returncode == 126


def test_tracer_inside_tracer_joins(anyone: Deep) -> None:
    inner = anyone.words("sh", "-c", "/bin/true; exit 4")
    assert anyone.run(*inner).returncode == 4
    names = sorted(os.path.basename(event["path"]) for event in anyone.events())
    assert names == ["sh", "true"]


def test_debuggers_and_tracers_work_inside(anyone: Deep) -> None:
    debugger = "strace -f -e trace=none -o /dev/null /bin/true && gdb -q -batch -ex run -ex quit /bin/true"
    done = anyone.run("sh", "-c", debugger, way="notify")
    assert done.returncode == 0, done.stderr
    assert "exited normally" in done.stdout
