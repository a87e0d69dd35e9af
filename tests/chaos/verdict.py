"""What must hold when the town is quiet again: everything that was accepted was done, and done once."""

import email
from collections import Counter
from email.policy import default
from hashlib import sha256

from backend.queues.records import FINISHED, JobState

LETTERS = ("send_letter application.submitted", "send_letter qc.completed", "send_letter new-application")
SUMMARIES = ("make_report applicant", "make_report officer")
LEFT = ("waiting", "active", "delayed", "paused")


def quiet(town):
    """Whether nothing is left to do, as far as ledger and outboxes know."""
    counts = town.observer.queue_control.stats().values()
    untold = town.applications.with_pending_events(1, before=town.observer.clock.now())
    return not untold and sum(each[state] for each in counts for state in LEFT) == 0


class Verdict:
    """`wrong` are sentences; empty means that all is well."""

    def __init__(self, town):
        self._town = town
        self._services = town.observer
        self.wrong = []

    def of(self, promised, touched):
        """Look at every application that was touched: what got no answer may still be a draft, or else must be done as well."""
        for id_ in touched:
            application = self._town.applications.get(id_)
            if application.status != "DRAFT":
                self._is_done(application)
            elif id_ in promised:
                self.wrong.append(f"{id_}: the submission was acknowledged and is not there")
        self._ledger_is_quiet()
        self.wrong += [f"Redis still shows {ghost} as unfinished" for ghost in self._town.redis.ghosts()]
        return self.wrong

    def _is_done(self, application):
        appointments = self._services.inspections.of_application(application.id)
        self._expect(application.id, "status", application.status, "IN_REVIEW")
        self._expect(application.id, "submissions", [entry.event for entry in application.history].count("submit"), 1)
        self._expect(application.id, "events nobody heard", application.outbox, ())
        self._jobs_ran_once(application.id, len(appointments))
        self._letters_are_there(application.id)
        self._reports_are_there(application.id, application.reports)
        self._appointments_are_there(application.id, appointments)

    def _jobs_ran_once(self, id, appointments):
        jobs = self._services.queues.list(subject=id, limit=200).items
        for job in jobs:
            ends = [attempt.outcome for attempt in job.attempts].count("completed")
            if job.state not in FINISHED or ends != (job.state is JobState.COMPLETED):
                self.wrong.append(f"{job.id}: {job.state}, completed {ends} times")
            elif job.state is JobState.FAILED:
                self.wrong.append(f"{job.id}: dead, {job.error_class}: {job.error}")
        expected = Counter([*LETTERS, *SUMMARIES, "run_ai_qc", *["sync_appointment"] * appointments])
        self._expect(id, "jobs", Counter(map(_kind, jobs)), expected)

    def _letters_are_there(self, id):
        paths = (self._town.folder / "outbox").glob("*.eml")
        messages = [email.message_from_bytes(path.read_bytes(), policy=default) for path in paths]
        mine = [message["Message-ID"] for message in messages if id in message.get_body(("plain",)).get_content()]
        self._expect(id, "letters", (len(mine), len(set(mine))), (len(LETTERS), len(LETTERS)))

    def _reports_are_there(self, id, links):
        self._expect(id, "reports", sorted(link.variant for link in links), ["applicant", "officer"])
        for link in links:
            self._expect(id, link.variant, sha256(self._services.files.get(link.key)).hexdigest(), link.sha256)
        files = list((self._town.folder / "files/reports" / id).glob("*.pdf"))
        self._expect(id, "PDF files", len(files), len(SUMMARIES))

    def _appointments_are_there(self, id, appointments):
        self._expect(id, "appointments", [each.status for each in appointments], ["PROPOSED"] * max(1, len(appointments)))
        self._expect(id, "calendar", {each.sync_status for each in appointments}, {"SYNCED"})
        path = self._town.folder / "calendar/feed.ics"
        feed = path.read_bytes().replace(b"\r\n ", b"") if path.exists() else b""
        for each in appointments:
            self._expect(id, "entries in the feed", feed.count(f"UID:{each.id}\r\n".encode()), 1)

    def _ledger_is_quiet(self):
        for queue, counts in self._services.queue_control.stats().items():
            self._expect(queue, "what is left", {state: counts[state] for state in LEFT if counts[state]}, {})

    def _expect(self, id, what, seen, other):
        if seen != other:
            self.wrong.append(f"{id}: {what} is {seen!r}, not {other!r}")


def _kind(job):
    part = job.payload.get("kind") or job.payload.get("variant") or ""
    return f"{job.type} {part}".strip()
