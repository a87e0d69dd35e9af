"""Keeps letters as .eml files in a folder: what a machine without a mail server has instead."""

import os
import re
from datetime import datetime
from pathlib import Path

from backend.adapters.smtp.message import build, message_id, sender
from backend.certification.ports import Letter
from backend.clock import Clock
from backend.errors import NotKept
from backend.telemetry.logs import logger

log = logger("outbox")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9.-]+")


class OutboxMailer:
    """A Mailer that writes `<time>-<kind>-<key>.eml`; a letter that is sent again replaces its file and keeps its place."""

    def __init__(self, folder: Path, mail_from: str, clock: Clock) -> None:
        self._folder = folder
        self._from = sender(mail_from)
        self._clock = clock

    def send(self, letter: Letter) -> str:
        now = self._clock.now()
        message = build(letter, self._from, now)
        try:
            path = self._path(letter, now)
            _write_whole(path, message.as_bytes())
        except OSError as error:
            raise NotKept(f"The outbox cannot be written: {error.strerror}") from error
        log.info("A letter lies in the outbox", kind=letter.kind, application_id=letter.application_id, file=path.name)
        return message_id(letter, self._from)

    def _path(self, letter: Letter, now: datetime) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        suffix = f"-{_NOT_PLAIN.sub('-', letter.kind)}-{_NOT_PLAIN.sub('', letter.key)[:32]}.eml"
        before = sorted(self._folder.glob(f"*{suffix}"))
        return before[0] if before else self._folder / f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}Z{suffix}"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _write_whole(path: Path, content: bytes) -> None:
    part = path.with_suffix(f".{os.getpid()}-{os.urandom(4).hex()}.part")
    try:
        with open(part, "xb", opener=_private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
