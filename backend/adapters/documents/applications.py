"""Keeps applications in the document store: one document each, with its audit trail and its outbox inside."""

from collections.abc import Collection as Many
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

from backend.adapters.documents.readable import readable
from backend.adapters.documents.store import (
    Collection,
    Document,
    DocumentStore,
    In,
    Index,
    Range,
    Scalar,
    Searched,
    Sort,
    VersionConflict,
    Where,
)
from backend.certification import events
from backend.certification.application import Application, ReportLink, Submission
from backend.certification.form import ApplicationForm
from backend.certification.history import entry_from_document
from backend.certification.ports import Page
from backend.certification.quality.result import QcResult
from backend.certification.revision import revision_from_document
from backend.errors import Conflict, NotFound

NAME = "applications"
COUNTERS = "counters"
SEARCHED = Searched(
    by="created_at",
    keys=("owner_id",),
    texts=(
        "number",
        "form.applicant.nameTh",
        "form.applicant.nameEn",
        "form.applicant.representative.nameTh",
        "form.applicant.email",
    ),
)
COLLECTIONS = (
    Collection(
        NAME,
        (
            Index(("number",), unique=True),
            Index(("owner_id", "created_at")),
            Index(("status", "created_at")),
            Index(("created_at",)),
            Index(("status", "status_since")),
            Index(("outbox_since",)),
        ),
        searched=SEARCHED,
    ),
    Collection(COUNTERS),
)
_REMEMBERED = 200  # applications whose numbers the counter itself knows: far more than are being submitted at one time
_PATIENCE = 50  # times that others may be quicker, before a number is taken without being remembered
_EPOCH = datetime.fromtimestamp(0, UTC)
_LATEST_FIRST = Sort("created_at", "desc")
_LONGEST_WAITING_FIRST = Sort("status_since")


class DocumentApplications:
    """The `ApplicationRepository` on any document store."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def insert(self, application: Application) -> Application:
        first = replace(application, version=1)
        self._store.insert(NAME, _to_document(first))
        return first

    def get(self, id: str) -> Application:
        document = self._store.get(NAME, id)
        if document is None:
            raise NotFound("ไม่พบคำขอ / There is no such application.")
        return _from_document(document)

    def get_many(self, ids: Many[str]) -> Mapping[str, Application]:
        found = self._store.find(NAME, {"id": In(tuple(ids))}, limit=len(ids)) if ids else []
        return {application.id: application for application in readable(found, _from_document)}

    def save(self, application: Application, expected_version: int) -> Application:
        try:
            saved = self._store.replace(NAME, _to_document(application), expected_version)
        except VersionConflict:
            now = self.get(application.id).version
            raise Conflict(f"คำขอถูกแก้ไขแล้วเป็นรุ่น {now} โปรดเปิดใหม่ / It is at version {now} by now: read it again.") from None
        return replace(application, version=int(saved["version"]))

    def list(self, *, owner_id: str | None = None, status: str | None = None, cursor: str | None = None, limit: int = 50) -> Page:
        where: dict[str, Scalar | In | Range] = {}
        if owner_id is not None:
            where["owner_id"] = owner_id
        if status is not None:
            where["status"] = status
        found = self._store.find(NAME, where, sort=_LATEST_FIRST, after=cursor, limit=limit + 1)
        more = self._store.cursor(found[limit - 1], _LATEST_FIRST) if len(found) > limit else None
        return Page([_from_document(document) for document in found[:limit]], more)

    def number_for(self, application_id: str, year_be: int) -> str:
        key = f"application-number-{year_be}"
        counter = self._store.increment(COUNTERS, key, {"value": 0}, create=True)
        for _ in range(_PATIENCE):
            value = _remembered(counter, application_id) or self._take(counter, application_id)
            if value:
                return _number(year_be, value)
            counter = self._store.get(COUNTERS, key) or counter
        return _number(year_be, self._store.increment(COUNTERS, key, {"value": 1})["value"])

    def outbox(self) -> tuple[int, datetime | None]:
        waiting: Where = {"outbox_since": Range(gte=_EPOCH)}
        oldest = self._store.find(NAME, waiting, sort=Sort("outbox_since"), limit=1)
        return (self._store.count(NAME, waiting), oldest[0]["outbox_since"]) if oldest else (0, None)

    def with_pending_events(self, limit: int, *, before: datetime) -> Sequence[Application]:
        found = self._store.find(NAME, {"outbox_since": Range(lt=before)}, sort=Sort("outbox_since"), limit=limit)
        return readable(found, _from_document)

    def waiting(self, status: str, *, since_before: datetime, limit: int) -> Sequence[Application]:
        where: dict[str, Scalar | In | Range] = {"status": status, "status_since": Range(lt=since_before)}
        return readable(self._store.find(NAME, where, sort=_LONGEST_WAITING_FIRST, limit=limit), _from_document)

    def _take(self, counter: Document, application_id: str) -> int | None:
        """The next number, kept for that application in the same step; None where another was quicker."""
        value = int(counter["value"]) + 1
        recent = [*counter.get("recent", ()), {"application_id": application_id, "value": value}][-_REMEMBERED:]
        taken = self._store.set_fields(COUNTERS, counter["id"], {"value": value, "recent": recent}, {"value": value - 1})
        return value if taken else None


def _remembered(counter: Document, application_id: str) -> int | None:
    return next((entry["value"] for entry in counter.get("recent", ()) if entry["application_id"] == application_id), None)


def _number(year_be: int, value: int) -> str:
    return f"GACP-{year_be}-{value:06d}"


def _to_document(application: Application) -> Document:
    scalars = {key: value for key, value in vars(application).items() if not isinstance(value, tuple) and key != "form"}
    if application.number is None:
        del scalars["number"]  # a unique index ignores what is missing, and drafts have no number
    return {
        **scalars,
        "form": application.form.to_json(),
        "qc_runs": [result.to_json() for result in application.qc_runs],
        "revisions": [asdict(revision) for revision in application.revisions],
        # Not `asdict`, which copies the whole form leaf by leaf; the store copies what it is given.
        "submissions": [dict(vars(submission)) for submission in application.submissions],
        "reports": [asdict(report) for report in application.reports],
        "history": [asdict(entry) for entry in application.history],
        "outbox": [events.to_document(event) for event in application.outbox],
        "outbox_since": application.outbox[0].at if application.outbox else None,
    }


def _from_document(document: Document) -> Application:
    fields = dict(document)
    fields.pop("outbox_since")
    return Application(
        **{
            **fields,
            "form": ApplicationForm.from_json(fields["form"]),
            "qc_runs": tuple(QcResult.from_json(run) for run in fields["qc_runs"]),
            "revisions": tuple(revision_from_document(revision) for revision in fields["revisions"]),
            "submissions": tuple(Submission(**submission) for submission in fields["submissions"]),
            "reports": tuple(ReportLink(**report) for report in fields["reports"]),
            "history": tuple(entry_from_document(entry) for entry in fields["history"]),
            "outbox": tuple(events.from_document(event) for event in fields["outbox"]),
        }
    )
