"""Tells somebody outside every minute that alerts are evaluated: a dead man's switch, which sounds the alarm where we cannot."""

import threading

from backend.adapters.alerting.http import post
from backend.errors import GacpError
from backend.queues.alerts.courier import Start, in_background
from backend.telemetry.logs import logger

log = logger("alerts")


class HttpHeartbeat:
    """`backend.queues.alerts.ports.Heartbeat`: asks the address in a thread of its own, one at a time."""

    def __init__(self, url: str, *, timeout_s: float, start: Start = in_background) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._start = start
        self._beating: threading.Thread | None = None
        self._failing = False

    def beat(self) -> None:
        if self._beating is None or not self._beating.is_alive():
            self._beating = self._start(self._beat, "alerts-heartbeat")

    def _beat(self) -> None:
        try:
            post(self._url, b"", {"User-Agent": "gacp-alerts"}, timeout_s=self._timeout_s, method="GET", what="The heartbeat")
        except GacpError as error:
            if not self._failing:
                log.warning("The heartbeat of the alerts does not arrive", error=str(error))
            self._failing = True
        else:
            self._failing = False
