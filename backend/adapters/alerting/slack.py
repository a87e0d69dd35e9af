"""Tells alerts in a chat that reads Slack's format for incoming webhooks."""

import json
from collections.abc import Mapping
from typing import Any

from backend.adapters.alerting import words
from backend.adapters.alerting.http import post
from backend.adapters.alerting.webhook import EVERYTHING

LONGEST_HEADER = 150
LONGEST_SECTION = 3_000


class SlackChannel:
    """`backend.queues.alerts.ports.Channel`: `text` is what notifications show, `blocks` what the channel does."""

    name = "slack"
    hears = EVERYTHING

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self._url = url
        self._timeout_s = timeout_s

    def send(self, notice: Mapping[str, Any]) -> None:
        body = json.dumps(message(notice), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "gacp-alerts"}
        post(self._url, body, headers, timeout_s=self._timeout_s, what="The chat")


def message(notice: Mapping[str, Any]) -> dict[str, Any]:
    """The body that is posted; a name in an alert neither mentions anybody nor becomes a link."""
    subject = words.subject(notice)
    blocks: list[dict[str, Any]] = [{"type": "header", "text": {"type": "plain_text", "text": subject[:LONGEST_HEADER]}}]
    for passage in words.passages(notice):
        lines = "\n".join([f"*{_escaped(passage.heading)}*", *map(_escaped, passage.lines)])
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": lines[:LONGEST_SECTION]}})
    return {"text": _escaped(subject), "blocks": blocks}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
