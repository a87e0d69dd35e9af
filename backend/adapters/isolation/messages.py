"""What a process and its isolated job tell each other: one JSON object per line.

To the job: one `{"job": {…}}` first, then perhaps `{"stopping": true}` and `{"cancelled": "who"}`. From it: `{"progress": …}`,
`{"log": "…"}` and `{"kept": "…"}` as often as it likes, and `{"result": …}` or `{"error": {…}}` as the last line.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from msgspec import structs

from backend import context as bound_context
from backend.errors import GacpError
from backend.queues.errors import JobCancelled
from backend.queues.jobs import JobContext, Reporter
from backend.queues.retrying import is_retryable
from backend.queues.traces import TOLD, own_trace

Message = Mapping[str, Any]


class Raised(GacpError):
    """An error of the isolated job, as far as it could be told; it has the name of the one that was raised there."""


@dataclass(frozen=True)
class Order:
    """What an isolated process is to run; `fields` are those of a JobContext, `bound` what its log lines carry."""

    type: str
    payload: Mapping[str, Any]
    fields: Mapping[str, Any]
    bound: Mapping[str, str | int] = field(default_factory=dict)

    @classmethod
    def of(cls, job_type: str, payload: Mapping[str, Any], context: JobContext) -> "Order":
        fields = structs.asdict(context)
        del fields["reporter"]
        return cls(job_type, payload, fields, dict(bound_context.bound()))

    def context(self, reporter: Reporter) -> JobContext:
        return JobContext(**self.fields, reporter=reporter)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Lines:
    """Cuts what arrives into messages."""

    def __init__(self) -> None:
        self._rest = bytearray()

    @property
    def size(self) -> int:
        """So many bytes wait for the end of their line."""
        return len(self._rest)

    def add(self, data: bytes) -> Iterator[Message]:
        """The messages that are whole now."""
        searched = len(self._rest)
        self._rest += data
        while (end := self._rest.find(b"\n", searched)) >= 0:
            line, searched = bytes(self._rest[:end]), 0
            del self._rest[: end + 1]
            yield json.loads(line)


def line(**message: Any) -> bytes:
    """One message; raises TypeError or ValueError for what is not plain JSON."""
    return json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def told(error: BaseException) -> dict[str, Any]:
    """An error as it travels; `retryable` is decided where its class is known."""
    return {
        "name": type(error).__name__,
        "text": str(error),
        "retryable": is_retryable(error),
        "retryAfter": getattr(error, "retry_after", None),
        "trace": own_trace(error),
    }


def raised(told: Message) -> BaseException:
    """The error that was told, or one that says the same."""
    if "cancelled" in told:
        return JobCancelled(told["cancelled"])
    says = {"title": told["name"], "retryable": told["retryable"], "retry_after": told["retryAfter"], TOLD: told.get("trace", "")}
    error: BaseException = type(told["name"], (Raised,), says)(told["text"])
    return error
