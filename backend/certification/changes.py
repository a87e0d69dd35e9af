"""How every change is made: load, change, save under the version that was read, then tell what happened."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from backend import context
from backend.certification.actors import Actor
from backend.certification.application import Act, Application
from backend.certification.events import ApplicationEvent
from backend.certification.patience import Patience
from backend.certification.ports import EventPublisher
from backend.certification.repository import ApplicationRepository
from backend.clock import Clock
from backend.errors import Conflict, NotFound
from backend.telemetry.logs import logger

_ATTEMPTS = 10
_IN_FLIGHT = timedelta(seconds=10)  # younger events are still being told by whoever made the change
log = logger("certification")

Change = Callable[[Application], Application]


class Changes:
    """The one way in which use cases write; what they publish is in the document before anybody hears of it."""

    def __init__(self, repository: ApplicationRepository, publisher: EventPublisher, clock: Clock) -> None:
        self.repository = repository
        self.clock = clock
        self._publisher = publisher
        self._patience = Patience(clock)

    def act(self, actor: Actor) -> Act:
        """Somebody does something now, within the request that is bound."""
        return Act(actor, self.clock.now(), context.request_id())

    def visible(self, actor: Actor, application_id: str) -> Application:
        """The application, where that person may see it: farmers their own, staff all. Raises NotFound otherwise."""
        application = self.repository.get(application_id)
        if not (actor.is_staff or application.belongs_to(actor)):
            raise NotFound("ไม่พบคำขอ / There is no such application.")
        return application

    def add(self, application: Application) -> Application:
        """Keep a new application."""
        return self.repository.insert(application)

    def apply(self, application_id: str, change: Change, expected_version: int | None = None) -> Application:
        """Change the application and publish what its outbox gained; `change` may run again on a newer state.

        Raises Conflict where `expected_version` is not the present one, and whatever `change` raises.
        A listener that fails changes nothing of it: the event stays in the outbox for `publish_pending`.
        """
        for _ in range(_ATTEMPTS):
            before = self.repository.get(application_id)
            _require_version(before, expected_version)
            after = change(before)
            if after is before:
                return before
            try:
                saved = self.repository.save(after, before.version)
            except Conflict:
                continue
            return self._tell(saved, saved.outbox[len(before.outbox) :])
        raise Conflict("มีผู้แก้ไขคำขอนี้พร้อมกัน โปรดลองใหม่ / Others keep changing this application: try again.")

    def publish_pending(self, limit: int = 100) -> int:
        """Tell again what stayed in outboxes, the oldest first; returns how many applications that concerned.

        What fails again and again is tried at growing intervals, and does not take the place of others meanwhile.
        """
        waiting = self.repository.with_pending_events(limit + self._patience.waiting(), before=self.clock.now() - _IN_FLIGHT)
        due = [(application, self._due(application)) for application in waiting]
        for application, news in due:
            self._tell(application, news)
        return sum(bool(news) for _, news in due)

    def _due(self, application: Application) -> list[ApplicationEvent]:
        return [event for event in application.outbox if self._patience.may_try(event.event_id)]

    def _tell(self, application: Application, news: Iterable[ApplicationEvent]) -> Application:
        heard = frozenset(event.event_id for event in news if self._publish(event))
        return self._forget(application, heard) if heard else application

    def _publish(self, event: ApplicationEvent) -> bool:
        try:
            with context.bind(requestId=event.request_id):
                self._publisher.publish(event)
        except Exception as error:  # noqa: BLE001 - the change is made; a listener's failure must not undo it
            wait = self._patience.failed(event.event_id)
            log.warning("An event stays in the outbox", event_id=event.event_id, error=str(error), again_in_s=wait.total_seconds())
            return False
        self._patience.succeeded(event.event_id)
        return True

    def _forget(self, application: Application, heard: frozenset[str]) -> Application:
        """Take heard events out of the outbox; where others keep writing they stay, and are told again."""
        for _ in range(_ATTEMPTS):
            try:
                return self.repository.save(application.without_events(heard), application.version)
            except Conflict:
                application = self.repository.get(application.id)
        return application


def _require_version(application: Application, expected: int | None) -> None:
    if expected is not None and application.version != expected:
        raise Conflict(
            f"คำขอเป็นรุ่น {application.version} แล้ว โปรดเปิดใหม่ / The application is at version {application.version} by now, "
            f"not {expected}: read it again and repeat your change."
        )
