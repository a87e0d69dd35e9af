"""Tells alerts by e-mail, one mailbox per channel, through the mailer itself and never through the job queue."""

import json
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any

from backend.adapters.alerting import words
from backend.certification.ports import Letter, Mailer

USUAL = frozenset({"news", "repeat", "test"})
ESCALATED = frozenset({"escalation", "test"})


class EmailChannel:
    """`backend.queues.alerts.ports.Channel`."""

    def __init__(self, name: str, mailbox: str, mailer: Mailer, hears: Collection[str] = USUAL) -> None:
        self.name = name
        self.hears = hears
        self._mailbox = mailbox
        self._mailer = mailer

    def send(self, notice: Mapping[str, Any]) -> None:
        self._mailer.send(letter(notice, self._mailbox))


def letter(notice: Mapping[str, Any], mailbox: str) -> Letter:
    """The same notice to the same mailbox has the same key, so that whoever gets it twice can drop one."""
    from html import escape  # noqa: PLC0415 - its tables are for whoever sends

    said = words.passages(notice)
    text = [words.heading(notice), ""]
    html = [f"<p><strong>{escape(words.heading(notice))}</strong></p>"]
    for passage in said:
        text += [passage.heading, *(f"  {line}" for line in passage.lines), ""]
        html.append(f"<h2>{escape(passage.heading)}</h2><p>{'<br>'.join(map(escape, passage.lines))}</p>")
    identity = json.dumps([mailbox, notice], sort_keys=True)
    return Letter(
        key=sha256(identity.encode()).hexdigest(),
        kind="alert",
        to=mailbox,
        subject=words.subject(notice),
        text="\n".join(text),
        html=f'<!DOCTYPE html><html lang="th"><meta charset="utf-8"><body>{"".join(html)}</body></html>',
    )
