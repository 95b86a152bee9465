"""The few catastrophic shapes, judged by caro-hook alone: no daemon, no Python."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemons import NATIVES, World
from environment import plain_environment

ALLOWED, REFUSED = 0, 2


@pytest.fixture(scope="module")
def active(tmp_path_factory: pytest.TempPathFactory, natives: Path) -> Iterator[World]:
    home = tmp_path_factory.mktemp("world") / "home"
    home.mkdir(mode=0o700)
    world = World(home, plain_environment(home))
    (world.config / "runtime.conf").write_text("mode = active\nauto_start = false\ncapture = none\n")
    yield world


def judge(world: World, line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [NATIVES / "caro-hook", "preexec", "-s", "bash", "-i"],
        input=line,
        env=world.env,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
    )


# Text for a parser: nothing here is ever run.
CAUGHT = [
    "rm -rf /",
    "rm -fr /",
    "rm -r -f /",
    "rm --recursive --force /",
    "rm --recurs /etc",
    "rm -Rf -- /usr/",
    "rm -rf /*",
    "rm -rf //",
    "rm -rf /./",
    "rm -rf / --no-preserve-root",
    "rm -rf /etc/",
    "rm -rf ~",
    "rm -rf ~/",
    "rm -rf ~/*",
    "rm -rf ~/.*",
    "rm -rf $HOME",
    'rm -rf "$HOME"',
    'rm -rf "$HOME"/*',
    'rm -rf "${HOME}/"',
    'r""m -rf /',
    "r\\m -rf /",
    "'rm' '-rf' '/'",
    "$'\\x72m' -rf /",
    "$'\\162m' -rf /",
    "/bin/rm -rf /",
    "sudo rm -rf /",
    "sudo -u root -E rm -rf /",
    "env A=1 B=2 rm -rf /",
    "A=1 rm -rf /",
    "nohup nice -n 19 rm -rf / &",
    "timeout -k 5 10 rm -rf /",
    "command rm -rf /",
    "exec rm -rf /",
    "true && rm -rf /",
    "false || rm -rf /",
    "cd /tmp; rm -rf /",
    "ls\nrm -rf /",
    "ls | rm -rf /",
    "(rm -rf /)",
    "{ rm -rf /; }",
    "if true; then rm -rf /; fi",
    "for x in 1; do rm -rf /; done",
    "while rm -rf /; do :; done",
    "! rm -rf /",
    "echo $(rm -rf /)",
    'echo "$(rm -rf /)"',
    "echo `rm -rf /`",
    'echo "a `rm -rf /` b"',
    "cat <(rm -rf /)",
    "sh -c 'rm -rf /'",
    "bash -lc 'cd /; rm -rf /'",
    'sh -c "sh -c \\"rm -rf /\\""',
    "eval 'rm -rf /'",
    "eval rm -rf /",
    "bash <<EOF\nrm -rf /\nEOF",
    "sudo sh <<-'X'\n\trm -rf /\n\tX",
    "cat <<EOF\nhello\nEOF\nrm -rf /",
    "echo $((1<<2))\nrm -rf /",
    "((x = 1<<2))\nrm -rf /",
    "rm \\\n  -rf /",
    "rm -rf / 2>/dev/null",
    "rm -rf / # tidy",
    "rm -rf ok /",
    "find / -delete",
    "find ~ -type f -delete",
    "chmod -R 777 /",
    "chown -R me:me /etc",
    "mkfs.ext4 /dev/sda1",
    "mkfs -t ext4 /dev/nvme0n1",
    "mke2fs /dev/vdb",
    "wipefs -a /dev/sda",
    "wipefs --all /dev/sda",
    "blkdiscard /dev/nvme0n1",
    "dd if=/dev/zero of=/dev/sda bs=1M",
    "shred -n 3 /dev/sdb",
    "cat image > /dev/sda",
    "cat image >/dev/nvme0n1",
    "cat image &> /dev/sda",
    "echo x | sudo tee /dev/sda",
    "cp image /dev/disk2",
    ":(){ :|:& };:",
    ":() { : | : & } ; :",
    "bomb() { bomb | bomb & }; bomb",
]

PASSED = [
    "ls -l /",
    "rm -rf node_modules",
    "rm -rf ./build /tmp/work",
    "rm -rf /home/me/project/build",
    "rm -rf ~/project/target",
    'rm -rf "$HOME/.cache/x"',
    "rm -f /etc/motd",
    "rm -i notes",
    "rm -rf '~'",
    "rm -rf '$HOME'",
    "rm -rf '/*'",
    "rm -rf \\~",
    "echo 'rm -rf /'",
    'echo "rm -rf /"',
    "echo rm -rf /",
    "git commit -m 'never rm -rf / again'",
    'git commit -m "no more rm -rf /"',
    "grep -r 'rm -rf /' src",
    "cat <<EOF\nrm -rf /\nEOF",
    "cat > notes <<'EOF'\nrm -rf /\nmkfs.ext4 /dev/sda\nEOF",
    "# rm -rf /",
    "ls # rm -rf /",
    "find . -name '*.pyc' -delete",
    "find / -name core -print",
    "chmod -R u+w build",
    "chmod 755 /usr",
    "chown -R me ~/project",
    "dd if=/dev/sda of=backup.img",
    "dd if=/dev/zero of=/dev/null count=1",
    "cat x > /dev/null",
    "cat x 2>/dev/null >&2",
    "make > /dev/tty",
    "wipefs /dev/sda",
    "lsblk /dev/sda",
    "tee /dev/stderr",
    "sudo -u backup rm -rf /var/tmp/x",
    "f() { g | h & }; f",
    "echo ${x:-/}",
    "test -d / && echo /",
    "",
    "'",
    '"',
    "$(",
    "`",
    "<<",
    "<<EOF",
    "$'",
    "a\\",
    "((((((((((((((((",
    "sh -c",
    "sudo",
    "env",
    "timeout",
    "eval",
    "> ",
]


@pytest.mark.parametrize("line", CAUGHT)
def test_caught(active: World, line: str) -> None:
    done = judge(active, line)
    assert done.returncode == REFUSED
    assert done.stderr.startswith("caro: blocked: ")
    assert "\ncaro: safer: " in done.stderr


@pytest.mark.parametrize("line", PASSED)
def test_passed(active: World, line: str) -> None:
    done = judge(active, line)
    assert (done.returncode, done.stderr) == (ALLOWED, "")


def test_passive_warns_and_off_is_silent(active: World) -> None:
    conf = active.config / "runtime.conf"
    before = conf.read_text()
    conf.write_text(before.replace("active", "passive"))
    warned = judge(active, "rm -rf /")
    conf.write_text(before.replace("active", "off"))
    silent = judge(active, "rm -rf /")
    conf.write_text(before)
    assert (warned.returncode, silent.returncode, silent.stderr) == (ALLOWED, ALLOWED, "")
    assert warned.stderr.startswith("caro: warning: deletes / and everything below it")


@pytest.mark.parametrize(
    "line",
    [
        "$(" * 10_000,
        "`" * 9_999,
        "'\"" * 10_000,
        "<<A " * 1_000,
        "{" * 100_000,
        "a=" * 100_000,
        "sh -c '" * 1_000,
    ],
)
def test_hostile_lines_end(active: World, line: str) -> None:
    assert judge(active, line).returncode in (ALLOWED, REFUSED)
    assert judge(active, line + "\nrm -rf /\n").returncode in (ALLOWED, REFUSED)
