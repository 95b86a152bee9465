"""The exec gate: what a shim or the tracer lets go, refuses, asks and records."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pexpect
import pytest

from daemons import NATIVES, FakeDaemon
from gate.conftest import Guarded
from persons import confirm_at_terminal

CATASTROPHE = 'rm -rf "$HOME"'
BLOCKED = "caro: blocked: "


def test_table_refuses_without_a_daemon_in_one_line(world: Guarded) -> None:
    done = world.sh(f"{CATASTROPHE}; echo $?")
    assert done.stdout == "126\n"
    assert done.stderr.startswith(BLOCKED + "deletes ~")
    assert done.stderr.count("\n") == 1
    assert world.ran() == []


def test_without_the_helper_the_shim_decides_alone(world: Guarded) -> None:
    (world.home / ".local/share/caro/bin/caro-hook").unlink()
    done = world.sh(f"{CATASTROPHE}; echo $?; rm -f a; git push --force")
    assert done.stdout == "126\n"
    assert BLOCKED in done.stderr
    assert world.ran() == ["rm -f a", "git push --force"]


def test_expanded_pattern_of_the_home_folder_is_known_again(world: Guarded) -> None:
    done = world.sh('rm -rf "$HOME"/*; cd; rm -rf *; rm -rf "$HOME"/docs; echo $?')
    assert done.stderr.count(BLOCKED) == 2
    assert world.ran() == [f"rm -rf {world.home}/docs"]


def test_passive_records_and_lets_go(world: Guarded) -> None:
    world.mode("passive")
    done = world.sh(CATASTROPHE)
    assert (done.returncode, done.stderr) == (0, "")
    assert world.ran() == [f"rm -rf {world.home}"]
    (event,) = world.events("verdict")
    assert (event["source"], event["action"], event["rules"]) == ("shim", "warn", ["delete-tree"])


def test_arguments_too_long_for_a_message_are_a_question(world: Guarded) -> None:
    """What stands behind the beginning, the daemon has not seen."""
    world.start()
    world.wait_ready()
    names = ["topic/" + "x" * 90 for _ in range(3_000)]
    done = world.run(str(NATIVES / "caro-hook"), "exec", "git", "push", "origin", *names, "--force")
    assert done.returncode == 126
    assert "only its beginning could be judged [unread-rest]" in done.stderr
    assert world.run(str(NATIVES / "caro-hook"), "exec", "git", "push", "origin", *names[:20]).returncode == 0


@pytest.mark.parametrize("off", ["mode", "variable", "file"])
def test_off_is_off(world: Guarded, off: str) -> None:
    if off == "mode":
        world.mode("off")
    if off == "file":
        (world.config / "disabled").touch()
    done = world.sh(CATASTROPHE, **({"CARO_DISABLE": "1"} if off == "variable" else {}))
    assert (done.returncode, done.stderr, len(world.ran())) == (0, "", 1)
    assert world.events("verdict") == []


@pytest.fixture
def elsewhere(world: Guarded) -> Path:
    """Another HOME, whose configuration is off, beside shims that know where theirs is."""
    (world.home / ".local/share/caro/shims/.config").symlink_to(world.config)
    config = world.folder / "x/.config/caro"
    config.mkdir(parents=True)
    (config / "disabled").touch()
    (config / "runtime.conf").write_text("mode=off\nagent_mode=off\n")
    return world.folder / "x"


MOVED = [
    "HOME=%",
    "XDG_CONFIG_HOME=%/.config",
    "HOME=% XDG_DATA_HOME=%",
    "CARO_DEEP=1",
    "env -i PATH=$PATH HOME=%",
]


@pytest.mark.parametrize("words", MOVED)
def test_policy_is_that_of_the_shims(world: Guarded, elsewhere: Path, words: str) -> None:
    """What stands in front of a command in a script moves no running session's policy."""
    world.mode("active", 'block = ["kept"]\n')
    done = world.sh(f"{words.replace('%', str(elsewhere))} rm kept; echo $?; HOME={elsewhere} rm -f a")
    assert done.stdout == "126\n", done
    assert world.ran() == ["rm -f a"]


def test_daemon_of_the_shims_is_asked(guarded: Guarded, elsewhere: Path) -> None:
    line = "git reset --hard; echo $?"
    done = guarded.sh(f"{line}; HOME={elsewhere} {line}")
    assert done.stdout == "126\n126\n", done
    assert guarded.ran() == []


@pytest.mark.parametrize("kind", ["folder", "fifo", "link"])
def test_what_only_has_the_name_of_the_switch_is_none(world: Guarded, kind: str) -> None:
    switch = world.config / "disabled"
    if kind == "folder":
        switch.mkdir()
    elif kind == "fifo":
        os.mkfifo(switch)
    else:
        switch.symlink_to("/dev/null")
    assert world.sh(CATASTROPHE).returncode == 126


def test_variable_sets_the_mode_for_its_environment(world: Guarded) -> None:
    world.mode("passive")
    assert world.sh(CATASTROPHE, CARO_SAFETY_LEVEL="active").returncode == 126


def test_rule_of_the_user_holds_in_every_mode(world: Guarded) -> None:
    for mode in ("off", "passive", "active"):
        world.mode(mode, '[safety.commands]\n"^ls .*secret" = "block"\n')
        done = world.sh("ls my secret; ls x")
        assert done.stderr.startswith(BLOCKED + "matches your rule")
    assert world.ran() == ["ls x"] * 3


def test_daemon_is_asked_for_programs_that_rules_name(guarded: Guarded) -> None:
    done = guarded.sh("git reset --hard; echo $?; git status; terraform destroy; ls -l")
    assert done.stdout == "126\n"
    assert done.stderr.count(BLOCKED) == 2
    assert guarded.ran() == ["git status", "ls -l"]
    assert [event["command"] for event in guarded.events("verdict")] == ["git", "terraform"]
    # Nobody is asked about a program that no rule names.
    assert guarded.status()["requests"]["check_exec"] == 3


def test_safe_commands_pass_silently(guarded: Guarded) -> None:
    done = guarded.sh("rm -f a.o b.o; git commit -m 'rm -rf /'; git log --grep 'rm -rf ~'; ls /")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(guarded.ran()) == 4


def test_line_that_a_person_confirmed_runs_with_no_second_question(guarded: Guarded) -> None:
    assert guarded.sh("git reset --hard").returncode == 126
    session = guarded.env["CARO_SESSION_ID"]
    line = {"type": "preexec", "session": session, "seq": 1, "shell": "bash", "line": "git reset --hard"}
    assert guarded.ask(line)["action"] == "confirm"
    assert confirm_at_terminal(guarded, "git reset --hard") == 0
    assert guarded.sh("git reset --hard").returncode == 0
    # An approval is for one line.
    guarded.ask(line | {"seq": 2, "line": "ls"})
    assert guarded.sh("git reset --hard").returncode == 126


def test_agents_line_that_a_person_let_pass_runs(guarded: Guarded) -> None:
    session = guarded.env["CARO_SESSION_ID"]
    call = {"type": "agent", "event": "before", "agent": "x", "session": session, "line": "git reset --hard"}
    code = guarded.ask(call)["code"]
    assert "refused" in guarded.ask({"type": "agent", "event": "allow", "code": code, "answer": "yes"})
    person = pexpect.spawn(
        guarded.program, ["allow", code], env=guarded.env | {"PATH": os.environ["PATH"]}, timeout=20
    )
    person.expect_exact("[y/N]")
    person.sendline("y")
    person.expect(pexpect.EOF)
    assert guarded.ask(call)["approved"] is True
    assert guarded.sh("git reset --hard").returncode == 0
    guarded.ask(call | {"line": "ls"})
    assert guarded.sh("git reset --hard").returncode == 126


def test_person_at_the_terminal_is_asked(guarded: Guarded) -> None:
    for key, ran in (("y", 1), ("n", 1)):
        terminal = pexpect.spawn(
            "/bin/sh", ["-c", "git reset --hard; echo st=$?"], env=guarded.env, timeout=20
        )
        terminal.expect_exact("run it? [y/N]")
        terminal.delaybeforesend = 0.1
        terminal.send(key)
        terminal.expect(pexpect.EOF)
        assert (b"st=0" if key == "y" else b"st=126") in terminal.before
        assert len(guarded.ran()) == ran


def test_agent_at_a_terminal_is_refused_and_not_asked(guarded: Guarded) -> None:
    terminal = pexpect.spawn(
        "/bin/sh", ["-c", "git reset --hard"], env=guarded.env | {"CLAUDECODE": "1"}, timeout=20
    )
    terminal.expect_exact(BLOCKED)
    terminal.expect(pexpect.EOF)
    assert guarded.ran() == []


def test_hung_daemon_costs_one_wait(world: Guarded) -> None:
    silent = FakeDaemon(world.socket, lambda connection, request: silent.done.wait(10) and None)
    world.env["CARO_DAEMON_TIMEOUT_MS"] = "30"
    try:
        done = world.sh("git push; git push; git push; " + CATASTROPHE)
        assert done.returncode == 126
        assert len(silent.requests) == 1
        assert world.ran() == ["git push"] * 3
        assert (world.state / "breaker").exists()
    finally:
        silent.done.set()
        silent.close()
        world.socket.unlink()


def test_name_and_not_argv0_decides(world: Guarded) -> None:
    done = world.run("/bin/bash", "-c", 'exec -a ls rm -rf "$HOME"')
    assert done.returncode == 126
    assert world.ran() == []


def test_long_argument_list_is_judged(guarded: Guarded) -> None:
    done = guarded.sh(f'rm -rf "$HOME" {" ".join(f"file{number}" for number in range(12_000))}')
    assert done.returncode == 126


DEEP = (
    'rm -rf "$HOME"',
    '{tools}/rm -rf "$HOME"',
    'env -i HOME="$HOME" {tools}/rm -rf "$HOME"',
    "sh -c 'rm -rf \"$HOME\"'",
    'python3 -c \'import os, subprocess; subprocess.run(["{tools}/rm", "-rf", os.environ["HOME"]])\'',
    '(exec -a ls {tools}/rm -rf "$HOME")',
)


@pytest.mark.parametrize("line", DEEP)
def test_deep_mode_refuses_whatever_the_way(world: Guarded, line: str) -> None:
    done = world.deep("/bin/bash", "-c", line.replace("{tools}", str(world.tools)) + "\ntrue")
    assert BLOCKED + "deletes ~" in done.stderr
    assert world.ran() == []
    assert [event["source"] for event in world.events("verdict")] == ["deep"]


def test_deep_mode_gives_eacces(world: Guarded) -> None:
    source = "import os, subprocess\ntry: subprocess.run([os.environ['T'], '-rf', os.environ['HOME']])\n"
    source += "except PermissionError as error: print(error.errno)"
    world.env["T"] = str(world.tools / "rm")
    done = world.deep(shutil.which("python3", path="/usr/bin:/bin") or "", "-c", source)
    assert done.stdout == "13\n"


def test_deep_mode_asks_the_daemon(guarded: Guarded) -> None:
    done = guarded.deep("/bin/bash", "-c", "git reset --hard; echo $?; git status; ls x")
    assert done.stdout == "126\n"
    assert guarded.ran() == ["git status", "ls x"]


def test_shim_stays_small() -> None:
    assert (NATIVES / "caro-shim").stat().st_size <= 64 * 1024


def folder_of(world: Guarded, name: str) -> str:
    folder = world.folder / name
    folder.mkdir()
    return str(folder)


def test_mode_of_a_folder_holds_in_it_and_below(guarded: Guarded) -> None:
    prod, link = folder_of(guarded, "prod"), guarded.folder / "link"
    link.symlink_to(prod)
    below = folder_of(guarded, "prod/below")
    guarded.mode("passive", f'[safety.folders]\n"{link}" = "active"\n')
    guarded.ask({"type": "reload"})
    for place, status in (
        (prod, 126),
        (below, 126),
        (str(link), 126),
        (str(guarded.folder), 0),
        (prod + "x", 0),
    ):
        os.makedirs(place, exist_ok=True)
        done = guarded.sh(f"cd {place}; {CATASTROPHE}; echo $?; git reset --hard; echo $?")
        assert done.stdout == f"{status}\n{status}\n", place


def test_mode_of_an_environment_holds_in_it(guarded: Guarded) -> None:
    guarded.mode("passive", '[environments.prod.safety]\nmode = "active"\nblock = ["^ls secret"]\n')
    guarded.ask({"type": "reload"})
    script = f"{CATASTROPHE}; echo $?; git reset --hard; echo $?; ls secret; echo $?"
    assert guarded.sh(script).stdout == "0\n0\n0\n"
    assert guarded.sh(script, CARO_ENV="other").stdout == "0\n0\n0\n"
    assert guarded.sh(script, CARO_ENV="prod").stdout == "126\n126\n126\n"
    # Refused, with a safer form of the line for the next prompt.
    assert guarded.preexec("git push --force origin main", CARO_ENV="prod").returncode == 4
    assert guarded.preexec("git push --force origin main").returncode == 0


def test_allow_entry_holds_for_the_very_words(guarded: Guarded) -> None:
    entry = 'argv = ["git", "reset", "--hard", "a b"], expires = 4e9, reason = "a test"'
    guarded.mode("active", f'allow = [{{{entry}, folder = "{guarded.folder}"}}]\n')
    guarded.ask({"type": "reload"})
    script = "git reset --hard 'a b'; echo $?; git reset --hard a b; echo $?; cd /; git reset --hard 'a b'; echo $?"
    assert guarded.sh(script).stdout == "0\n126\n126\n"


def test_no_terminal_obeys_what_stands_in_a_refused_command(guarded: Guarded) -> None:
    for folder in (r"/etc/a\033]0;title\007", r"/dev/sd\033[2J", r"/etc/\302\233x"):
        done = guarded.sh(f"rm -rf \"$(printf '{folder}')\"; dd if=x of=\"$(printf '{folder}')\"; echo end")
        told = done.stderr.encode("utf-8", "surrogateescape")
        assert b"\033" not in told and b"\007" not in told and b"\302\233" not in told
    assert "caro: blocked: " in done.stderr


@pytest.mark.parametrize(
    ("rule", "stopped", "runs"),
    [
        ("^true .$", ["true \u00e9", "true x"], ["true \u00e9\u00e9"]),
        ("^true [^a-z]+ [[:alpha:]]$", ["true \u00e9\u4e2d \u00df"], ["true \u00e9a \u00df"]),
        (r"\btrue \w+\b", ["true \u00e9"], ["true -"]),
        ("^true (?!x)", ["true x"], ["true"]),  # wider than it is meant, never narrower
    ],
)
def test_a_rule_means_the_same_at_the_prompt_and_at_the_exec_gate(
    guarded: Guarded, rule: str, stopped: list[str], runs: list[str]
) -> None:
    guarded.mode("passive", f"block = ['{rule}']\n")
    guarded.ask({"type": "reload"})
    for line in stopped:
        assert guarded.preexec(line).returncode == 2
        assert guarded.sh(f"env {line}; echo $?").stdout == "126\n", line
    for line in runs:
        assert guarded.preexec(line).returncode == 0
        assert guarded.sh(f"env {line}; echo $?").stdout == "0\n", line


def test_rule_that_nobody_can_read_asks(guarded: Guarded) -> None:
    guarded.mode("passive", 'block = ["(unbalanced"]\n')
    guarded.ask({"type": "reload"})
    hook = guarded.preexec("git status")
    assert hook.returncode == 2
    assert "unreadable rule *(unbalanced" in hook.stderr
    done = guarded.sh("git status; echo $?")
    assert (done.stdout, guarded.ran()) == ("126\n", [])
    assert "unreadable rule *(unbalanced" in done.stderr


def test_rules_and_entries_of_an_environment_are_its_own(guarded: Guarded) -> None:
    entry = f'argv = ["git", "reset", "--hard"], folder = "{os.getcwd()}", expires = 4e9, reason = "a test"'
    guarded.mode(
        "active",
        f'[environments.dev.safety]\nallow = [{{{entry}}}]\ncommands = {{ "^make [^t]" = "block" }}\n',
    )
    guarded.ask({"type": "reload"})
    for environment, reset, make in (("dev", 0, 2), ("", 2, 0), ("other", 2, 0)):
        assert guarded.preexec("git reset --hard", CARO_ENV=environment).returncode == reset
        assert guarded.preexec("make deploy", CARO_ENV=environment).returncode == make
        assert guarded.preexec("make test", CARO_ENV=environment).returncode == 0
