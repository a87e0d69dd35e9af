"""Use case: send a letter of one kind about one application, once per event and recipient."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from backend.certification.application import Application
from backend.certification.letters.catalogue import Audience, LetterKind, kind_of
from backend.certification.letters.compose import compose
from backend.certification.letters.facts import LetterFacts, Office
from backend.certification.policy import Policy
from backend.certification.ports import Effects, Letter, Mailer
from backend.certification.repository import ApplicationRepository
from backend.clock import Clock, bangkok_date
from backend.telemetry.logs import logger

SENT, ALREADY_SENT, NO_ADDRESS, SUPERSEDED = "SENT", "ALREADY_SENT", "NO_ADDRESS", "SUPERSEDED"
log = logger("correspondence")


class Correspondence:
    """Sends letters. Each carries a key of its own, under which it is reserved before and recorded after sending.

    A process that dies between the two sends the letter again once its reservation has lapsed, under the same
    Message-ID, by which mail programs recognise it: rather twice than never.
    """

    def __init__(self, *, applications: ApplicationRepository, mailer: Mailer, effects: Effects, office: Office, clock: Clock) -> None:
        self._applications = applications
        self._mailer = mailer
        self._effects = effects
        self._office = office
        self._clock = clock

    def send(self, kind: str, application_id: str, event_id: str) -> Mapping[str, Any]:
        """`{outcome, messageId}`: SENT; ALREADY_SENT; NO_ADDRESS, with a `task` for officers; SUPERSEDED, where the
        application has moved on and the letter would no longer be true.

        Raises InvalidInput (no such kind), NotFound, and what `Mailer.send` and `Effects.begin` raise.
        """
        chosen = kind_of(kind)
        application = self._applications.get(application_id)
        recipient = self._recipient(chosen, application)
        key = letter_key(kind, application_id, event_id, recipient)
        if not self._effects.begin(key, "letter", subject=application_id, what=kind):
            return _repeated(self._effects.outcome(key))
        try:
            outcome = self._outcome(chosen, application, recipient, key)
        except BaseException:  # a time-out of the job is none of Exception
            # Not taken, or nobody knows: it may go out again at once, under the same Message-ID.
            self._effects.release(key)
            raise
        self._effects.done(key, outcome)
        log.info("A letter was dealt with", kind=kind, application_id=application_id, outcome=outcome["outcome"])
        return outcome

    def effect_of(self, kind: str, application_id: str, event_id: str) -> str:
        """The key under which `send` keeps this letter, were it sent now. Raises InvalidInput and NotFound as `send` does."""
        recipient = self._recipient(kind_of(kind), self._applications.get(application_id))
        return letter_key(kind, application_id, event_id, recipient)

    def _outcome(self, kind: LetterKind, application: Application, recipient: str, key: str) -> dict[str, Any]:
        if not kind.is_current(application.status):
            return {"outcome": SUPERSEDED, "messageId": None}
        if not recipient:
            return {"outcome": NO_ADDRESS, "messageId": None, "task": _call(kind, application)}
        letter = self._letter(kind, application, recipient, key)
        return {"outcome": SENT, "messageId": self._mailer.send(letter)}

    def _letter(self, kind: LetterKind, application: Application, recipient: str, key: str) -> Letter:
        facts = LetterFacts(application, self._office, Policy.in_force(bangkok_date(self._clock.now())))
        return compose(kind, facts, to=recipient, key=key)

    def _recipient(self, kind: LetterKind, application: Application) -> str:
        if kind.audience is Audience.OFFICERS:
            return self._office.new_work
        return application.form.applicant.email or application.owner_email


def letter_key(kind: str, application_id: str, event_id: str, recipient: str) -> str:
    """One letter's key: the same event, kind and recipient give the same one (domain.md c.5)."""
    return sha256(f"{kind}|{application_id}|{event_id}|{recipient}".encode()).hexdigest()


def _repeated(before: Mapping[str, Any] | None) -> Mapping[str, Any]:
    recorded = before or {}
    if recorded.get("outcome") == SENT:
        return {"outcome": ALREADY_SENT, "messageId": recorded.get("messageId")}
    return recorded


def _call(kind: LetterKind, application: Application) -> dict[str, str]:
    """What officers do instead: many farmers have no e-mail (domain.md e.4)."""
    number = application.number or application.id
    return {
        "code": "CALL_APPLICANT",
        "kind": kind.name,
        "th": f"คำขอ {number}: ผู้ยื่นคำขอไม่มีอีเมล โปรดโทรแจ้ง",
        "en": f"Application {number}: the applicant has no e-mail address, please call.",
    }
