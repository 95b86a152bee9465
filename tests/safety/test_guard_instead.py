"""The safer command beside each verdict can be typed as it stands, is the tool's own, and is less dangerous."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from tests.safety.advice import MADE_UP, commands, specs_of, tools, unknown_words
from tools import make_looks

from caro.cli.main import COMMANDS
from caro.knowledge import shipped
from caro.levels import Level
from caro.safety.assessment import Assessment, assess_line
from caro.safety.effects import Effect
from caro.safety.instead import advice, told
from caro.safety.programs import catalogue
from caro.safety.rules import rules_of
from caro.safety.world import World

CASES = Path(__file__).parent / "cases"
RULES = [command for rule in rules_of(shipped()).everything() for command in rule.catches]
PROGRAMS = [
    c for name, spec in catalogue(shipped()).everything().items() if name == spec.name for c in spec.catches
]
BY_MANUAL = frozenset(
    "history getenforce aa-status gsutil VBoxManage pgbackrest tofu cdktf juju oc k influx kafka-topics kafka-topics.sh"
    " kafka-consumer-groups kafka-consumer-groups.sh deck s3cmd s5cmd mc azcopy ceph ip6tables-save"
    " auditctl pfctl csrutil"
    " spctl nft tmutil incus borg bosh consul certbot pulumi helmfile svn dpkg terragrunt kubectl.exe"
    " caro caro-hook zfs"
    " fail2ban-client efibootmgr awslocal awsv2 pct qm opentofu restic rclone duplicity kopia doas gcloud"
    " flyway diskutil mariadb-dump nerdctl pg_dumpall rpm valkey-cli".split()
)
"""Programs that no spec describes, or not in full: what is advised of them stands in their manuals."""


@cache
def lines(every: bool) -> list[str]:
    found = RULES + PROGRAMS
    if every:
        for file in sorted(CASES.glob("*.jsonl")):
            rows = file.read_text("utf-8").split("\n")
            found = found + [json.loads(row)["command"] for row in rows if row.strip()]
    return list(dict.fromkeys(found))


@cache
def advised(every: bool) -> list[tuple[str, Assessment]]:
    found = [(line, assess_line(line)) for line in lines(every)]
    return [(line, each) for line, each in found if each.level >= Level.HIGH and each.instead]


EXTENT = [False, pytest.param(True, marks=pytest.mark.long)]


@pytest.mark.parametrize("every", EXTENT)
def test_every_safer_command_can_be_typed_and_is_safer(every: bool) -> None:
    wrong = {}
    for line, assessment in advised(every):
        instead = assessment.instead
        judged = assess_line(instead)
        made_up = MADE_UP.search(instead) or "--help" in instead
        if commands(instead) is None or made_up or judged.score >= max(assessment.score, Level.HIGH + 1):
            wrong[line] = instead
    assert wrong == {}


@pytest.mark.parametrize("every", EXTENT)
def test_every_safer_command_is_one_of_its_tools(every: bool) -> None:
    """Programs and sub-commands as specs/*.jsonl have them."""
    known = tools()
    found = [(words, text.instead) for _, text in advised(every) for words in commands(text.instead) or []]
    heads = frozenset(words[0].rsplit("/", 1)[-1] for words, _ in found)
    nodes = specs_of(heads & known - BY_MANUAL)
    unknown = {
        text
        for words, text in found
        if (head := words[0].rsplit("/", 1)[-1]) not in BY_MANUAL
        and (head not in known or unknown_words(words, nodes))
    }
    assert unknown == set()
    own = [words for words, _ in found if words[0] == "caro"]
    assert {words[1] for words in own} <= {command.name for command in COMMANDS}


def test_every_reason_is_a_sentence_without_leftovers() -> None:
    for command in RULES + PROGRAMS:
        why = assess_line(command).why
        assert (why and "{" not in why.replace("{}", "").replace(command, "")) or "{" in command, (
            command,
            why,
        )
        assert "found-by-test" not in why and "=https" not in why


@pytest.mark.parametrize(
    ("command", "instead"),
    [
        # services: the same thing shown, where the tool has a verb for it; the options that say where stay
        ("gcloud projects delete shop -q", "gcloud projects describe shop"),
        ("gcloud sql instances delete x -q --project p", "gcloud sql instances describe x --project p"),
        ("az group delete -n prod -y", "az group show -n prod"),
        ("doctl compute droplet delete web-1 --force", "doctl compute droplet get web-1"),
        ("kubectl delete ns shop", "kubectl delete ns shop --dry-run=server"),
        ("helm uninstall pg -n prod", "helm get all pg -n prod > pg.yaml"),
        ("podman system prune -af --volumes", "podman system df; podman volume ls"),
        ("docker-compose -f a.yml down -v", "docker-compose -f a.yml down"),
        ("docker --context prod volume rm data", "docker --context prod volume inspect data"),
        ("terraform destroy -target=a.b -auto-approve", "terraform plan -destroy -target=a.b"),
        ("tofu destroy", "tofu plan -destroy"),
        ("aws --profile p s3 rm s3://b --recursive", "aws --profile p s3 rm s3://b --recursive --dryrun"),
        ("aws ec2 terminate-instances --instance-ids i-1", ""),
        ("curl -i -X DELETE https://api.example.com/users/1", ""),
        ("kustomize build . | kubectl delete -f -", ""),
        # files: the same deletion, asking first; what is whole or vital is only looked at
        ("rm -rf 'my folder'/*", "rm -rI 'my folder/'*"),
        ("git clean --fo -dx", "git clean --dry-run -dx"),
        ("git -c clean.requireForce=false clean -dx", "git -c clean.requireForce=false clean -n -dx"),
        ('X="$(cd "$d" && pwd)"; rm -rf "$X/"*', ""),
        ("aws s3 cp ~/.ssh s3://b --recursive", ""),
        ('cd / && rm -rf "$PWD"/*', "ls -ld /*"),
        ("sudo rm -rf /opt/shop", "sudo rm -rI /opt/shop"),
        ("rm -rf ~/Documents", "rm -rI ~/Documents"),
        ("rm -rf /", "ls -ld /"),
        ("find ~ -mtime +9 -delete", "find ~ -mtime +9 -print"),
        ("rsync -a --delete src/ host:dst/", "rsync -a --delete src/ host:dst/ --dry-run"),
        # an unset variable stops the line instead of emptying it
        ("rm -rf $FOO/*", 'rm -rf "${FOO:?}"/*'),
        ('sudo rm -rf "$PREFIX"/bin', 'sudo rm -rf "${PREFIX:?}"/bin'),
        # places
        ("docker exec db rm -rf /data", "docker exec db rm -rI /data"),
        ("ssh web 'rm -rf /srv/x'", "ssh web 'rm -rI /srv/x'"),
        ("ansible all -a 'rm -rf /srv/x'", ""),
        ("chroot /mnt rm -rf /etc", ""),
        # git
        ("git push --force", "git push --force-with-lease"),
        ("git push -fu origin main", "git push --force-with-lease -u origin main"),
        ("git push origin +topic", "git push --force-with-lease origin topic"),
        ("git push origin --delete main", "git push origin --delete main --dry-run"),
        ("git clean -fdx", "git clean -ndx"),
        ("git -C sub reset --hard", "git -C sub stash"),
        ("git branch -D a b", "git branch -d a b"),
        ("git branch | xargs git branch -D", ""),
        # databases: the connection's own options, and a database that somebody named
        ("psql -h db -U me shop -c 'drop table x'", "pg_dump -Fc -h db -U me shop -f before.dump"),
        ("docker exec db psql -U a -c 'drop database shop'", "docker exec db pg_dump -Fc -U a shop -f before.dump"),
        ("mysql -uroot -psecret -e 'drop database prod'", "mysqldump -uroot -psecret prod -r before.sql"),
        ("mysql -e 'drop table x'", ""),
        ("sqlite3 a.db 'delete from users'", "sqlite3 a.db '.backup before.db'"),
        ("python manage.py flush", "python manage.py dumpdata -o before.json"),
        ("rails db:drop", ""),
        # the machine
        ("crontab -r", "crontab -l > crontab.bak"),
        ("iptables -F", "iptables-save > iptables.rules"),
        ("systemctl stop firewalld", "systemctl status firewalld"),
        ("setenforce 0", "getenforce"),
        ("dd if=/dev/zero of=/dev/sda", "lsblk -f /dev/sda"),
        ("apt-get purge -y libc6", "apt-get purge -y libc6 --simulate"),
        (
            "curl --proto '=https' -sSf https://x.example/i.sh | sh",
            "curl -fsSLo script.sh https://x.example/i.sh && less script.sh",
        ),
        ("usermod -aG sudo eve", ""),
        ("env | grep -i token", ""),
        ("systemctl mask systemd-networkd", "systemctl status systemd-networkd"),
        ("fastboot flash recovery twrp.img", ""),
        ("sudo dd if=a.img of=/dev/sdX bs=4M", "sudo lsblk -f"),
        ("unzip -o a.zip -d /", "ls -ld /"),
    ],
)  # fmt: skip
def test_real_words_are_filled_in(command: str, instead: str) -> None:
    assert assess_line(command).instead == instead


def test_an_unset_variable_is_named() -> None:
    assert assess_line("rm -rf $FOO/*").why.endswith("; where $FOO is empty or not set, that is /*")


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("rm -rf ~/Documents", "gio trash ~/Documents"),
        ("rm -rf -- ~/Documents ~/Music", "gio trash ~/Documents ~/Music"),
        ("ssh web rm -rf /srv/x", "ssh web 'rm -rI /srv/x'"),
    ],
)
def test_the_trash_can_is_named_where_there_is_one(line: str, instead: str) -> None:
    assert assess_line(line, World(trash="gio trash")).instead == instead


@pytest.mark.parametrize(
    ("template", "argv", "target", "filled"),
    [
        ("{look}", ("gh", "release", "delete", "v1", "--yes"), "", "gh release view v1"),
        ("{look}", ("x", "a:destroy", "b"), "", ""),
        ("{look}", ("docker", "volume", "rm", "$(…)"), "", ""),
        ("ls -l {file}", ("x",), "the environment", ""),
        ("less {url}", ("x",), "the network", ""),
        ("{command} --dry-run", ("/bin/x", "a;b"), "", "/bin/x 'a;b' --dry-run"),
        ("{command} --dry-run", ("x", "-f", "-"), "", ""),
        ("{without -f|--force}", ("x", "rm", "-f", "y"), "", "x rm y"),
        ("{without -f}", ("x", "rm", "y"), "", ""),
        ("{swap rm=ls -l}", ("x", "rm", "y", "--yes"), "", "x ls -l y"),
        ("x {target}", ("x",), "./*/found-by-test", ""),
    ],
)
def test_placeholders(template: str, argv: tuple[str, ...], target: str, filled: str) -> None:
    assert advice(template, Effect("destroy_resource", "x", argv, target), shipped()) == filled


def test_a_name_that_only_find_knows_is_not_told() -> None:
    assert told("deletes {target}", Effect("delete", "find", (), "./*/found-by-test")) == "deletes ./…"


@pytest.mark.long
def test_the_table_of_showing_verbs_is_that_of_the_specs() -> None:
    assert make_looks.TARGET.read_text("utf-8") == make_looks.text()
