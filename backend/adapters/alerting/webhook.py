"""Tells alerts to programs: JSON that is signed, so that whoever gets it knows from whom it is and that it is fresh."""

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from backend.adapters.alerting.http import post
from backend.clock import Clock, to_millis

SIGNATURE = "X-GACP-Signature"
TIMESTAMP = "X-GACP-Timestamp"
DELIVERY = "X-GACP-Delivery"
EVERYTHING = frozenset({"news", "repeat", "escalation", "test"})


class WebhookChannel:
    """`backend.queues.alerts.ports.Channel`: `X-GACP-Signature: v1=<hex>` is HMAC-SHA256 over `<timestamp>.<body>`."""

    name = "webhook"
    hears = EVERYTHING

    def __init__(self, url: str, secret: str, clock: Clock, *, timeout_s: float) -> None:
        self._url = url
        self._secret = secret.encode()
        self._clock = clock
        self._timeout_s = timeout_s

    def send(self, notice: Mapping[str, Any]) -> None:
        body = json.dumps(notice, ensure_ascii=False, sort_keys=True).encode()
        timestamp = str(to_millis(self._clock.now()) // 1000)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "gacp-alerts",
            TIMESTAMP: timestamp,
            SIGNATURE: f"v1={signature(self._secret, timestamp, body)}",
            DELIVERY: sha256(body).hexdigest()[:32],
        }
        post(self._url, body, headers, timeout_s=self._timeout_s, what="The webhook")


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """What a receiver computes and compares with `hmac.compare_digest`, for a timestamp that is a few minutes old at most."""
    return hmac.new(secret, timestamp.encode() + b"." + body, sha256).hexdigest()
