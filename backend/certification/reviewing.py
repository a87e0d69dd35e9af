"""Use case of the reviewer: send an application back with one complete list of what to put right."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from backend.certification.actors import Actor
from backend.certification.application import Application
from backend.certification.changes import Changes
from backend.certification.events import RevisionRequested
from backend.certification.guards import Evidence
from backend.certification.ports import HolidayTable
from backend.certification.revision import Revision, due_moment, read_items
from backend.certification.states import find


class Reviewing:
    """What a reviewer decides about the documents."""

    def __init__(self, changes: Changes, holidays: HolidayTable) -> None:
        self._changes = changes
        self._holidays = holidays

    def request_revision(
        self,
        actor: Actor,
        application_id: str,
        items: Sequence[Mapping[str, Any]],
        comment: str,
        *,
        due_on: date | None = None,
        version: int | None = None,
    ) -> Application:
        """Ask for a revision; `items` are `{path, reason}`, due in 30 days where no day is given.

        Raises InvalidInput (no item, no reason, comment under 10 characters, a due day that is past), Conflict
        (not in review, three rounds used up, stale) and NotAllowed (not a reviewer).
        """
        act = self._changes.act(actor)
        self._changes.visible(actor, application_id)

        def change(application: Application) -> Application:
            find(application.status, "request_revision", application.capacities(actor))  # who may not ask learns nothing more
            revision = Revision(
                round=len(application.revisions) + 1,
                items=read_items(items, application.form),
                comment=comment.strip(),
                due_at=due_moment(act.at, due_on, self._holidays),
                requested_by=actor.id,
                requested_at=act.at,
            )
            evidence = Evidence(
                items=revision.items,
                comment=revision.comment,
                rounds_so_far=len(application.revisions),
                now=act.at,
                due_at=revision.due_at,
            )
            entered = application.transition("request_revision", act, evidence, reason=revision.comment)
            listed = replace(entered, revisions=(*entered.revisions, revision))
            return listed.announce(RevisionRequested, round=revision.round, due_at=revision.due_at)

        return self._changes.apply(application_id, change, version)
