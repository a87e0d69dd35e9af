"""Use cases of the owner: submit, submit again after a revision, withdraw."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from backend.certification.actors import Actor
from backend.certification.application import Act, Application, Submission
from backend.certification.changes import Changes
from backend.certification.events import ApplicationEvent, ApplicationResubmitted, ApplicationSubmitted, ApplicationWithdrawn
from backend.certification.guards import Evidence
from backend.certification.quality.result import SKIPPED, QcResult
from backend.certification.rulebook import RuleBook
from backend.certification.thai_dates import buddhist_year
from backend.clock import bangkok_date

_REPLACEMENT = "REPLACEMENT"


class Submitting:
    """Moves an application out of its owner's hands."""

    def __init__(self, changes: Changes, rules: RuleBook) -> None:
        self._changes = changes
        self._rules = rules

    def submit(self, actor: Actor, application_id: str, version: int | None = None) -> Application:
        """Hand the draft in: it gets its number, is frozen, and goes to the quality check.

        A replacement certificate needs no check and goes straight to document review.
        Raises InvalidInput with everything that has to be put right, Conflict (not a draft, stale), NotAllowed (not the owner).
        """
        act = self._changes.act(actor)
        self._changes.visible(actor, application_id)

        def change(application: Application) -> Application:
            entered = application.transition("submit", act, self._evidence(application, act), when=_case(application))
            numbered = replace(entered, number=application.number or self._number(application, act), submitted_at=act.at)
            return self._handed_in(numbered, act, ApplicationSubmitted)

        return self._changes.apply(application_id, change, version)

    def resubmit(self, actor: Actor, application_id: str, version: int | None = None) -> Application:
        """Hand in what the revision asked for; the quality check runs again. Raises as `submit`."""
        act = self._changes.act(actor)
        self._changes.visible(actor, application_id)

        def change(application: Application) -> Application:
            entered = application.transition("resubmit", act, self._evidence(application, act))
            return self._handed_in(entered, act, ApplicationResubmitted, round=len(application.revisions))

        return self._changes.apply(application_id, change, version)

    def withdraw(self, actor: Actor, application_id: str, reason: str = "") -> Application:
        """Give the application up; open appointments are called off by whoever hears of it. Raises Conflict, NotAllowed."""
        act = self._changes.act(actor)
        self._changes.visible(actor, application_id)

        def change(application: Application) -> Application:
            return application.transition("withdraw", act, reason=reason.strip()[:4000]).announce(ApplicationWithdrawn)

        return self._changes.apply(application_id, change)

    def _evidence(self, application: Application, act: Act) -> Evidence:
        return Evidence(findings=self._rules.findings(application.form, _today(act)))

    def _number(self, application: Application, act: Act) -> str:
        return self._changes.repository.number_for(application.id, buddhist_year(act.at))

    def _handed_in(self, application: Application, act: Act, event: Callable[..., ApplicationEvent], **fields: int) -> Application:
        """Freeze what was signed, ask for the quality check (or note that there is none), and say so."""
        run_id = application.history[-1].id
        signed = Submission(len(application.submissions) + 1, act.at, act.actor.id, application.form.to_json())
        frozen = replace(application, submissions=(*application.submissions, signed), qc_run_id=run_id, qc_started_at=None)
        if frozen.status == "SUBMITTED":
            waiting = replace(frozen, qc_status="QUEUED")
        else:
            waiting = replace(frozen, qc_status=SKIPPED, qc_runs=(*frozen.qc_runs, self._skipped(frozen, act, run_id)))
        return waiting.announce(event, request_type=application.form.request_type or "", **fields)

    def _skipped(self, application: Application, act: Act, run_id: str) -> QcResult:
        return self._rules.review(application, _today(act), run_id)


def _case(application: Application) -> str:
    return _REPLACEMENT if application.is_replacement else ""


def _today(act: Act) -> date:
    return bangkok_date(act.at)
