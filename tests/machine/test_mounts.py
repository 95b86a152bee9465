"""Mount points as /proc/self/mounts writes them."""

from __future__ import annotations

from pathlib import Path

from caro.machine.mounts import MAX_MOUNTS, mount_points

TABLE = """\
/dev/sda1 / ext4 rw 0 0
proc /proc proc rw 0 0
tmpfs /run tmpfs rw 0 0
/dev/sdb1 /mnt/my\\040disk ext4 rw 0 0
nas:/x /home/me/nas nfs4 rw 0 0
gvfsd-fuse /run/user/1000/gvfs fuse.gvfsd-fuse rw 0 0
me@host:/ /home/me/far fuse.sshfs rw 0 0
cut off
"""


def test_only_what_holds_files_of_somebody(tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_text(TABLE)
    assert mount_points(str(table)) == ("/mnt/my disk", "/home/me/nas", "/home/me/far")


def test_missing_table_is_no_error(tmp_path: Path) -> None:
    assert mount_points(str(tmp_path / "none")) == ()


def test_a_long_table_is_cut(tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_text("".join(f"x /m{number} ext4 rw 0 0\n" for number in range(1_000)))
    assert len(mount_points(str(table))) == MAX_MOUNTS
