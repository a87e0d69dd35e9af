"""Use case: the quality check, run by the rules and, where allowed, by a model; it never blocks an application."""

import secrets
import time
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from backend.certification.actors import SYSTEM, Actor
from backend.certification.application import Act, Application
from backend.certification.changes import Changes
from backend.certification.events import QualityCheckFinished
from backend.certification.guards import Evidence
from backend.certification.ports import AiReviewer
from backend.certification.quality.result import COMPLETED, DEGRADED, FAILED, SKIPPED, QcResult
from backend.certification.rulebook import RuleBook
from backend.certification.states import Status
from backend.clock import bangkok_date
from backend.errors import Conflict, Misconfigured, NotAllowed, PermanentFailure, TemporaryFailure
from backend.telemetry.logs import logger

LONG_WAIT = 60.0  # seconds: a provider that asks for more would outlast every attempt of the job
_EVENTS = {COMPLETED: "qc_finished", SKIPPED: "qc_finished", DEGRADED: "qc_degraded", FAILED: "qc_failed"}
_OPEN = frozenset({Status.SUBMITTED, Status.IN_REVIEW})
log = logger("quality-check")


class QualityCheck:
    """Runs and their results. A run that ended is never run again, one that was overtaken changes nothing."""

    def __init__(self, changes: Changes, rules: RuleBook, ai: AiReviewer | None) -> None:
        self._changes = changes
        self._rules = rules
        self._ai = ai

    def request(self, actor: Actor, application_id: str) -> str:
        """The id for a run that an officer asks for. Raises NotAllowed, NotFound, Conflict (nothing to check in this state)."""
        application = self._changes.visible(actor, application_id)
        if not actor.is_staff:
            raise NotAllowed("เฉพาะเจ้าหน้าที่ / Only officers may start a quality check.")
        if application.status not in _OPEN:
            raise Conflict(f"ตรวจไม่ได้ในสถานะ {application.status} / There is nothing to check while it is {application.status}.")
        return f"{application_id}-by-hand-{secrets.token_hex(6)}"

    def run(self, application_id: str, run_id: str, attempts: int) -> dict[str, Any]:
        """Review, store the result and move the application on; returns the result in camelCase, with the codes of the `herbs`.

        A run whose application moved on meanwhile returns `{"status": "SUPERSEDED"}`. Raises TemporaryFailure where
        trying again can help; after the last attempt the caller has to `degrade`.
        """
        application = self._changes.repository.get(application_id)
        if not _is_due(application, run_id):
            return _settled(application, run_id)
        application = self._changes.apply(application_id, lambda current: _started(current, run_id, self._act()))
        started = time.perf_counter()
        result = self._review(application, run_id)
        duration = round((time.perf_counter() - started) * 1000)
        return self._finish(application_id, replace(result, attempts=attempts, duration_ms=duration))

    def degrade(self, application_id: str, run_id: str, reason: str, attempts: int) -> dict[str, Any]:
        """Give the run up: the rules' issues stay for the reviewer, the inspection is on site, the application moves on."""
        application = self._changes.repository.get(application_id)
        if not _is_due(application, run_id):
            return _settled(application, run_id)
        log.warning("A quality check was given up", application_id=application_id, run_id=run_id, reason=reason, attempts=attempts)
        return self._finish(application_id, replace(self._fallback(application, run_id, reason), attempts=attempts))

    def forward_stuck(self, older_than: timedelta, limit: int) -> int:
        """Move on what was submitted that long ago and has no running check: lost jobs, outages. Returns how many."""
        moment = self._changes.clock.now() - older_than
        stuck = self._changes.repository.waiting(Status.SUBMITTED, since_before=moment, limit=limit)
        return sum(self._sweep(application, older_than) for application in stuck)

    def _sweep(self, application: Application, patience: timedelta) -> bool:
        result = self._fallback(application, application.qc_run_id, "no running check")

        def change(current: Application) -> Application:
            act = self._act()
            evidence = Evidence(now=act.at, waiting_since=_waiting_since(current), patience=patience)
            return _with_result(current.transition("sweep", act, evidence, reason="no running check"), result)

        try:
            self._changes.apply(application.id, change)
        except Conflict:  # it moved on by itself, or its check is running
            return False
        log.warning("An application waited too long for its quality check", application_id=application.id)
        return True

    def _finish(self, application_id: str, result: QcResult) -> dict[str, Any]:
        def change(current: Application) -> Application:
            return _finished(current, result, self._act()) if _is_due(current, result.run_id) else current

        return _settled(self._changes.apply(application_id, change), result.run_id)

    def _review(self, application: Application, run_id: str) -> QcResult:
        try:
            result = self._rules.review(application, self._today(), run_id)
        except Exception:
            # Whatever the form holds, a fault of ours must not keep an application from being looked at by people.
            log.exception("The rules failed", application_id=application.id, run_id=run_id)
            return self._rules.failed(application, self._today(), run_id, f"rules failed in run {run_id}")
        if self._ai is None or result.status != COMPLETED or not application.form.consents.allow_cross_border_ai:
            return result
        return self._second_opinion(self._ai, application, result)

    def _second_opinion(self, ai: AiReviewer, application: Application, result: QcResult) -> QcResult:
        facts = self._rules.facts(application, self._today())
        try:
            opinion = ai.review(facts)
        except TemporaryFailure as error:
            if (error.retry_after or 0.0) <= LONG_WAIT:
                raise
            return self._degraded(result, str(error))
        except (PermanentFailure, Misconfigured) as error:
            return self._degraded(result, str(error))
        return self._rules.merge(result, opinion)

    def _degraded(self, result: QcResult, reason: str) -> QcResult:
        log.warning("The model gave no opinion", application_id=result.application_id, run_id=result.run_id, reason=reason)
        return self._rules.degraded(result, reason)

    def _fallback(self, application: Application, run_id: str, reason: str) -> QcResult:
        try:
            return self._rules.degraded(self._rules.review(application, self._today(), run_id), reason)
        except Exception:
            log.exception("The rules failed", application_id=application.id, run_id=run_id)
            return self._rules.failed(application, self._today(), run_id, reason)

    def _act(self) -> Act:
        return self._changes.act(SYSTEM)

    def _today(self) -> date:
        return bangkok_date(self._changes.clock.now())


def _is_due(application: Application, run_id: str) -> bool:
    """Whether this run still has to happen: not ended, and its application is where it was when the run was asked for.

    A run asked for by a submission belongs to that submission alone; one asked for by hand may run in either state.
    """
    if application.run(run_id) is not None or application.status not in _OPEN:
        return False
    submissions = [entry.id for entry in application.history if entry.event in {"submit", "resubmit"}]
    return run_id not in submissions or (application.status == Status.SUBMITTED and run_id == submissions[-1])


def _settled(application: Application, run_id: str) -> dict[str, Any]:
    result = application.run(run_id)
    if result is not None:
        return {**result.to_json(), "herbs": list(application.form.herb_codes)}
    return {"status": "SUPERSEDED", "runId": run_id, "applicationId": application.id}


def _started(application: Application, run_id: str, act: Act) -> Application:
    """Marked as running; a further attempt of the same run changes nothing."""
    if not _is_due(application, run_id) or (application.qc_status, application.qc_run_id) == ("RUNNING", run_id):
        return application
    return application.record("qc_started", act, qc_status="RUNNING", qc_run_id=run_id, qc_started_at=act.at)


def _finished(application: Application, result: QcResult, act: Act) -> Application:
    event = _EVENTS[result.status]
    reason = f"{result.reviewer} {result.inspection_type or result.status}"  # applicants read it: no suspicions
    if application.status == Status.SUBMITTED:
        return _with_result(application.transition(event, act, reason=reason), result)
    return _with_result(application.record(event, act, reason=reason), result, entered_review=False)


def _with_result(application: Application, result: QcResult, *, entered_review: bool = True) -> Application:
    runs = (*application.qc_runs, result)
    entered = replace(application, qc_runs=runs, qc_status=result.status, qc_run_id=result.run_id, qc_started_at=None)
    told = {"run_id": result.run_id, "status": result.status, "inspection_type": result.inspection_type}
    return entered.announce(QualityCheckFinished, **told, entered_review=entered_review)


def _waiting_since(application: Application) -> datetime:
    return max(application.status_since, application.qc_started_at or application.status_since)
