"""Marks events with a team and hides ticket numbers, before an exporter gets them."""

import re

import pluggy

hookimpl = pluggy.HookimplMarker("caro")

TICKET = re.compile(r"\b[A-Z]{2,6}-[0-9]{2,6}\b")


@hookimpl
def caro_redact(text):
    return TICKET.findall(text)


@hookimpl
def caro_event(event):
    team = "web" if "/web" in (event.get("cwd") or "") else "other"
    return {"add": {"team": team}, "drop": ["env_diff"]}
