"""Data and resources of services that code deletes: databases, clouds and their kits for programs."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety.call import Call

_DATABASES = pattern(
    r"\.\s*(?:dropDatabase|drop_database|dropCollection|drop_collection|dropSchema|dropTable|drop_table|drop_all|flushall|flushdb"
    r"|FlushAll|FlushDB|flushAll|flushDb)\s*\("
    r"|\b(?:db|models?|sequelize|prisma|knex|\w+Model|connection)\b[\w.\[\]()'\"$]*\.(?:drop|deleteMany|delete_many|remove|truncate|destroy)"
    r"\(\s*(?:\{\s*\}|\{\s*(?:truncate|where)\s*:\s*(?:true|\{\s*\})[^)]*)?\s*\)"
    r"|\.objects\.all\(\)\.delete\(\)|\.query\.delete\(\)"
    r"|\bsync\(\s*\{\s*force\s*:\s*true"
)
"""Calls of drivers and object mappers that take every row, a table or a database."""
_KITS = pattern(
    r"\b(?:boto3|botocore|google\.cloud|googleapiclient|azure\.|@aws-sdk|aws-sdk|@google-cloud|@azure/|openstack|digitalocean|hcloud|stripe"
    r"|kubernetes|docker|cloudflare|octokit|PyGithub|from github|fog-|aws_sdk|Aws::)"
)
_DELETES = pattern(
    r"\.\s*(?:delete_\w+|terminate_\w+|remove_\w+|schedule_key_deletion|purge_\w+|delete\w*|terminate\w*|destroy\w*|Delete\w+)\s*\("
    r"|\bnew\s+(?:Delete|Terminate|Purge)\w+Command\b|\bprune\w*\s*\("
)


def judge_services(call: Call, text: str) -> None:
    """Record what a piece of code deletes in databases and by the kits of clouds."""
    found = _DATABASES.search(text)
    if found:
        call.effect("destroy_data", re.sub(r"\s+", " ", found[0])[:60], "", "everything")
    if _KITS.search(text) and (deleted := _DELETES.search(text)):
        call.effect("destroy_resource", deleted[0].strip(" .("), "", "api", base=55)
