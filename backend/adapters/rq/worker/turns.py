"""The turn loop's half of the work: settles what is written and takes what is next, as often as there is something to do."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

from backend.adapters.rq.turning import taken_as
from backend.adapters.rq.worker.bookkeeper import Bookkeeper
from backend.adapters.rq.worker.outage import Outage
from backend.adapters.rq.worker.rules import Rules
from backend.adapters.rq.worker.shares import Shares
from backend.adapters.rq.worker.slots import Slots
from backend.adapters.rq.worker.waker import Waker, Watch, Watched
from backend.errors import Unavailable
from backend.queues.platform import QueuePlatform
from backend.queues.ports import Delivery, Lane, Settlement, Turn

LONGEST_WAIT_S = 1.0
AWAY_WAIT_S = 1.0
UNWRITTEN_AT_MOST = 4  # times the places of the worker: a ledger that is slow slows the taking down
FROM_THE_LEDGER = "ledger"
"""The flight of a job that no broker delivered."""
LOOK = object()
WAKE = object()


class Turns:
    """Used by one thread, the main one; `wake`, `look` and `settled` are for all others, and for signal handlers."""

    def __init__(
        self,
        platform: QueuePlatform,
        bookkeeper: Bookkeeper,
        slots: Slots,
        *,
        queues: Sequence[str],
        worker: str,
        taking: Callable[[], bool],
        give: Callable[[Watch], object],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._broker = platform.outside.broker
        self._recovery = platform.recovery
        self._drain_watch = platform.drain_watch
        self._bookkeeper = bookkeeper
        self._slots = slots
        self.rules = Rules(platform.outside, queues, self.look)
        self._worker = worker
        self._taking = taking
        self._monotonic = monotonic
        bookkeeper.tell(settled=self.settled, freed=self.wake)
        self._shares = Shares()
        self._inbox: SimpleQueue[object] = SimpleQueue()
        self._give = give
        self._waker = Waker(self._broker, worker, taking=taking, begin=bookkeeper.begin, tell=self._inbox.put)
        self.keep = self._waker.keep
        """For the thread of the crew that was given the watch."""
        self._watch: Watch | None = None
        self._hurried = False
        self._settlements: list[Settlement] = []
        self._coming_back: list[Delivery] = []
        self._returned: dict[Delivery, Settlement] = {}
        self._maybe: set[str] = set()
        self._watched_rules = self.rules.open
        self._vain = 0
        self._open: Counter[str] = Counter()
        self._again_at = 0.0
        self._away = False
        self.outage = Outage("the broker")

    def wake(self) -> None:
        """Something has changed: places are free, or the worker is to stop."""
        self._inbox.put(WAKE)

    def look(self) -> None:
        """Something may wait that was not there before."""
        self._inbox.put(LOOK)

    def settled(self, settlements: Sequence[Settlement]) -> None:
        """These deliveries have ended, and the ledger knows."""
        self._inbox.put(settlements)

    def bring_back(self, deliveries: Sequence[Delivery]) -> None:
        """These were told to end, each in its own time: those that come back go to the front together, as they were taken."""
        shown = [delivery for delivery in deliveries if delivery.run != FROM_THE_LEDGER]
        self._coming_back = sorted(shown, key=lambda delivery: taken_as(delivery.run))

    def wait_no_more(self) -> None:
        """What has come back by now goes to the front; for the others nobody waits."""
        self._settlements += [self._returned[delivery] for delivery in self._coming_back if delivery in self._returned]
        self._coming_back, self._returned = [], {}

    @property
    def quiet(self) -> bool:
        """Whether everything that was taken is settled, and nothing more can come."""
        return not self._open.total() and self._watch is None

    def step(self, wait_s: float = LONGEST_WAIT_S) -> None:
        """Make one turn where there is something to do, otherwise wait for it, at most so long. Never raises."""
        if self._away:
            self._sit_out(wait_s)
            return
        lanes = self._lanes()
        if self._settlements or any(lane.queue in self._maybe for lane in lanes):
            self._turn(lanes)
            self._collect(0)
            return
        if self._watch is not None:
            self._hurry_watch()
        elif lanes:
            self._watch = Watch(lanes, self._room, self._vain)
            self._watched_rules, self._hurried = self.rules.open, False
            self._give(self._watch)
        self._collect(wait_s)

    def _hurry_watch(self) -> None:
        """The watch takes what was right for it to take when it began: let it end where that is something else now, or where it
        keeps the only place that is free and there is something to do with it."""
        blocks = bool(self._maybe) and self._room <= 0 < self._slots.room
        if not self._hurried and (blocks or self.rules.open is not self._watched_rules or not self._taking()):
            self._hurried = True
            self._waker.hurry()

    def _lanes(self) -> list[Lane]:
        room = self._room
        if room <= 0 or not self._may_take():
            return []
        rules = self.rules.open
        kept = {lane.queue: lane.room for lane in self._watch.lanes} if self._watch else {}
        busy = {rule.queue: self._slots.busy_with(rule.queue) + kept.get(rule.queue, 0) for rule in rules}
        return self._shares.lanes(rules, room, busy)

    @property
    def _room(self) -> int:
        """How many may be taken in one turn: half of the places at most, so that some jobs run while others are on their way."""
        kept = self._watch.room if self._watch else 0
        return min(self._slots.room - kept, -(-self._slots.size // 2))

    def _may_take(self) -> bool:
        late = self._bookkeeper.outage.error or self._bookkeeper.backlog > UNWRITTEN_AT_MOST * self._slots.size
        return self._taking() and not late

    def _turn(self, lanes: Sequence[Lane]) -> None:
        settlements, self._settlements = self._settlements, []
        room = self._room if lanes else 0
        try:
            turn = self._broker.turn(self._worker, settlements, lanes, room)
        except Unavailable as error:
            self._settlements = settlements
            self._away = True
            self.outage.began(error)
            return
        self.outage.ended()
        self._open.subtract(_by_queue(settlement.delivery for settlement in settlements))
        self._serve(turn, lanes, room, begun=self._begin(turn.deliveries))

    def _begin(self, deliveries: Sequence[Delivery]) -> bool:
        """Let them run; False where the worker takes nothing any more."""
        if not deliveries or not self._taking():
            return False
        self._bookkeeper.took(deliveries)
        return True

    def _serve(self, turn: Turn, lanes: Sequence[Lane], room: int, *, begun: bool) -> None:
        taken = _by_queue(turn.deliveries)
        if turn.held_back_ms:
            self._again_at = self._monotonic() + turn.held_back_ms / 1000
        self._vain = 0 if taken else self._vain
        dry = {lane.queue for lane in lanes if taken[lane.queue] < lane.room} if len(turn.deliveries) < room else set()
        self._maybe -= dry
        self._maybe |= taken.keys() - dry
        self._shares.served(self.rules.open, taken)
        self._count(turn.deliveries, taken, begun=begun)
        # What still runs here is told of first: a queue is drained when its jobs have ended.
        drained = set() if turn.held_back_ms else {queue for queue in dry if not self._open[queue]}
        self._drain_watch.turned(taken.keys(), drained)

    def _count(self, deliveries: Sequence[Delivery], taken: Counter[str], *, begun: bool) -> None:
        self._open.update(taken)
        if not begun:
            # They came while the worker was told to stop.
            self._settlements += [Settlement(delivery, "returned") for delivery in deliveries]
            return
        for queue, count in taken.items():
            self._slots.take(queue, count)

    def _collect(self, wait_s: float) -> None:
        """Hear what has happened; wait for the first of it where nothing has."""
        if self._again_at:
            wait_s = max(0.0, min(wait_s, self._again_at - self._monotonic()))
        if wait_s and not self._inbox.qsize():
            with suppress(Empty):
                self._hear(self._inbox.get(timeout=wait_s))
        for _ in range(self._inbox.qsize()):
            self._hear(self._inbox.get())
        if self._again_at and self._monotonic() >= self._again_at:
            self._again_at = 0.0
            self._hear(LOOK)

    def _hear(self, news: object) -> None:
        if news is LOOK:
            self._maybe.update(rule.queue for rule in self.rules.open)
        elif isinstance(news, Watched):
            self._hear_watched(news)
        elif news is not WAKE:
            self._hear_settled(news)  # type: ignore[arg-type]

    def _hear_watched(self, watched: Watched) -> None:
        self._watch = None
        if watched.turn is None:
            self._hear(LOOK)  # the next turn finds out whether the broker is away
            return
        self._vain = self._vain + 1 if watched.rung else 0
        self._serve(watched.turn, watched.watch.lanes, watched.watch.room, begun=watched.begun)

    def _hear_settled(self, settlements: Sequence[Settlement]) -> None:
        if self._coming_back:
            settlements = self._set_aside(settlements)
        ours = [settlement for settlement in settlements if settlement.delivery.run == FROM_THE_LEDGER]
        if not ours:
            self._settlements += settlements
            return
        # The broker knows nothing of these: what is to run again, the relay hands over.
        self._open.subtract(_by_queue(settlement.delivery for settlement in ours))
        self._settlements += [settlement for settlement in settlements if settlement.delivery.run != FROM_THE_LEDGER]

    def _set_aside(self, settlements: Sequence[Settlement]) -> list[Settlement]:
        """Those that need not wait for others; what comes back leaves when the last of it is here."""
        back = {each.delivery: each for each in settlements if each.delivery in self._coming_back and each.outcome == "returned"}
        others = [each for each in settlements if each.delivery not in back]
        ended = {each.delivery for each in others}
        self._returned |= back
        self._coming_back = [delivery for delivery in self._coming_back if delivery not in ended]
        if len(self._returned) == len(self._coming_back):
            self.wait_no_more()
        return others

    def _sit_out(self, wait_s: float) -> None:
        """The broker is away. It is only the faster way to a job: what is due for some seconds is found in the ledger."""
        places = {lane.queue: lane.room for lane in self._lanes()}
        try:
            overdue = self._recovery.overdue(places, limit=self._slots.room) if places else ()
            found = [Delivery(job.id, job.queue, FROM_THE_LEDGER) for job in overdue]
            self._count(found, _by_queue(found), begun=self._begin(found))
        except Unavailable as error:
            self._bookkeeper.is_away(error)
        self._collect(min(wait_s, AWAY_WAIT_S))
        try:
            self._broker.ping()
        except Unavailable as error:
            self.outage.began(error)
            return
        self._away = False
        self._hear(LOOK)


def _by_queue(deliveries: Iterable[Delivery]) -> Counter[str]:
    return Counter([delivery.queue for delivery in deliveries])
