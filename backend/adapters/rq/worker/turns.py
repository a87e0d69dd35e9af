"""The broker's half of the work: settles what is written and takes what is next, as often as there is something to do."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from backend.adapters.rq.turning import taken_as
from backend.adapters.rq.worker.bookkeeper import Bookkeeper
from backend.adapters.rq.worker.outage import Outage
from backend.adapters.rq.worker.rules import Rules
from backend.adapters.rq.worker.seams import FROM_THE_LEDGER, Run
from backend.adapters.rq.worker.shares import Shares
from backend.adapters.rq.worker.slots import Slots
from backend.adapters.rq.worker.waker import Waker, Watch, Watched
from backend.errors import Unavailable
from backend.queues.platform import QueuePlatform
from backend.queues.ports import Delivery, Lane, Settlement, Turn, TurnUnderWay

LONGEST_WAIT_S = 1.0
SHORTEST_WAIT_S = 0.001
AWAY_WAIT_S = 1.0
UNWRITTEN_AT_MOST = 4  # times the places of the worker: a ledger that is slow slows the taking down
LOOK = object()
WAKE = object()


@dataclass(frozen=True, slots=True)
class _Begun:
    """A turn of which the answer is not read yet, and what it was to settle and to take; `asked`: from queues that may have something."""

    under_way: TurnUnderWay
    settlements: list[Settlement]
    lanes: Sequence[Lane]
    room: int
    asked: AbstractSet[str]


class Turns:
    """One thread at a time makes turns: one of the crew when it has no job, so that none is woken for it, and else the main one, which
    waits in `step`. A turn is sent off and its answer read later, so that Redis and the worker are at it at the same time.
    """

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
        call_soon: Callable[[], object],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._broker = platform.outside.broker
        self._recovery = platform.recovery
        self._drain_watch = platform.drain_watch
        self._bookkeeper = bookkeeper
        self._slots = slots
        self.rules = Rules(platform.outside, queues, self.look, is_away=bookkeeper.is_away)
        self._worker = worker
        self._taking = taking
        self._monotonic = monotonic
        bookkeeper.tell(settled=self._settled, freed=self._freed)
        self._shares = Shares()
        self._hand = threading.Lock()
        self._news: deque[object] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._give = give
        self._call_soon = call_soon
        self._waker = Waker(self._broker, worker, taking=taking, begin=bookkeeper.begin, tell=self._tell_of_watch)
        self.keep = self._waker.keep
        """For the thread of the crew that was given the watch."""
        self._watch: Watch | None = None
        self._hurried = False
        self._begun: _Begun | None = None
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
        """Something has changed, such as that the worker is to stop. Safe in a signal handler."""
        self._bell.put(None)

    def look(self) -> None:
        """Something may wait that was not there before."""
        self._tell(LOOK)

    def _tell(self, news: object) -> None:
        """By a thread that does not pass by itself: the main one does."""
        self._news.append(news)
        self.wake()

    def _tell_of_watch(self, watched: Watched, has_run: bool) -> None:
        """By a thread of the crew. Where it begins a run now it passes by after that, or another one does where that takes long: the main
        thread would be woken just then, and want the interpreter."""
        if not has_run:
            self._tell(watched)
            return
        self._news.append(watched)
        self._call_soon()

    def _settled(self, settlements: Sequence[Settlement]) -> None:
        """These deliveries have ended, and the ledger knows. Called by a thread of the crew, which passes by in a moment."""
        self._news.append(settlements)

    def _freed(self) -> None:
        """Places are free, and the thread of the crew that says so has something to write: meanwhile, or, where that takes long, together
        with what the turn brings."""
        self._news.append(WAKE)
        self.pass_by(wait=self._bookkeeper.writes_slowly)

    def bring_back(self) -> list[Run]:
        """What runs now is to be told to end, each run in its own time: those that come back go to the front together, as they were
        taken."""
        with self._hand:  # of what has ended before, some settlements are on their way already: nobody is to wait for those
            runs = self._bookkeeper.runs()
            shown = [run.delivery for run in runs if run.delivery.run != FROM_THE_LEDGER]
            self._coming_back = sorted(shown, key=lambda delivery: taken_as(delivery.run))
        return runs

    def wait_no_more(self) -> None:
        """What has come back by now goes to the front; for the others nobody waits."""
        with self._hand:
            self._let_go()

    @property
    def quiet(self) -> bool:
        """Whether everything that was taken is settled, and nothing more can come; not while a turn is being made.

        Where the broker is away, what the ledger has of it is enough: the broker is told when it is back, by any worker that looks.
        """
        if not self._hand.acquire(blocking=False):
            return False
        try:
            untold = len(self._settlements) + len(self._returned) if self._away else 0
            return not (self._news or self._open.total() > untold or self._watch or self._begun)
        finally:
            self._hand.release()

    def step(self, wait_s: float = LONGEST_WAIT_S) -> None:
        """The main thread's: do what no thread of the crew sees to, then wait until there is more of it, at most so long."""
        if self._away:
            self._sit_out(wait_s)
            return
        self._news.append(WAKE)  # for the one who is at it, where there is one
        self._pass_by(wait=True, is_crew=False)
        self._wait(wait_s)

    def pass_by(self, *, wait: bool) -> bool:
        """The crew's: do what there is to do; `wait` for the answer of a turn, too, unless there are jobs to claim. Whether the caller
        should come again when it has no job: an answer has to be read then.

        Where another thread is at it nothing happens here: that one looks again before it leaves.
        """
        has_begun = self._pass_by(wait=wait, is_crew=True)
        if self._away or not self._taking():
            self.wake()  # the main thread waits for Redis to be back, or for the last job to end
        return has_begun

    def _pass_by(self, *, wait: bool, is_crew: bool) -> bool:
        has_begun = False
        while self._hand.acquire(blocking=False):
            try:
                self._go_on(wait=wait, is_crew=is_crew)
                has_begun = self._begun is not None
            finally:
                self._hand.release()
            if not self._news or self._away:
                break
        return has_begun

    def _go_on(self, *, wait: bool, is_crew: bool) -> None:
        """One turn after the other, as long as there is something to do and nobody has to wait who should not."""
        while self._hear_all():
            if self._begun is None:
                if not self._begin_turn():
                    return
            elif not (wait or self._begun.under_way.is_answered()):
                return
            elif self._read_answer(self._begun, is_crew=is_crew):
                if not is_crew:
                    return  # the crew goes on
                wait = False  # there are jobs to claim

    def _hear_all(self) -> bool:
        """Whether turns can be made."""
        while self._news:
            self._hear(self._news.popleft())
        return not self._away

    def _keep_watch(self, lanes: Sequence[Lane]) -> None:
        if self._watch is not None:
            self._hurry_watch()
        elif lanes:
            self._watch = Watch(lanes, self._room, self._vain)
            self._watched_rules, self._hurried = self.rules.open, False
            self._give(self._watch)

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
        return min(self._places, -(-self._slots.size // 2))

    @property
    def _places(self) -> int:
        """How many are neither taken nor kept for the watch."""
        return self._slots.room - (self._watch.room if self._watch else 0)

    def _may_take(self) -> bool:
        late = self._bookkeeper.outage.error or self._bookkeeper.backlog > UNWRITTEN_AT_MOST * self._slots.size
        return self._taking() and not late

    def _begin_turn(self) -> bool:
        """Send the next turn off. False where there is nothing to do: then somebody waits for a job."""
        if self._again_at and self._monotonic() >= self._again_at:
            self._again_at = 0.0
            self._hear(LOOK)
        lanes = self._lanes()
        asked = {lane.queue for lane in lanes if lane.queue in self._maybe}
        if not self._settlements and not asked:
            self._keep_watch(lanes)
            return False
        settlements, self._settlements = self._settlements, []
        room = self._room if lanes else 0
        self._maybe -= asked  # what is heard of them until the answer is there is newer than the answer
        try:
            self._begun = _Begun(self._broker.begin_turn(self._worker, settlements, lanes, room), settlements, lanes, room, asked)
        except Unavailable as error:
            self._lost_touch(settlements, error)
        return True

    def _read_answer(self, begun: _Begun, *, is_crew: bool) -> bool:
        """Hear what came of the turn that was begun; whether it brought jobs that may run."""
        self._begun = None
        try:
            turn = begun.under_way.answer()
        except Unavailable as error:
            self._lost_touch(begun.settlements, error)
            return False
        self.outage.ended()
        self._open.subtract(_by_queue([settlement.delivery for settlement in begun.settlements]))
        may_run = self._let_run(turn.deliveries, is_crew=is_crew)
        self._serve(turn, begun.lanes, begun.room, begun.asked, begun=may_run)
        return may_run

    def _lost_touch(self, settlements: list[Settlement], error: Unavailable) -> None:
        self._settlements = settlements + self._settlements
        self._away = True
        self._again_at = 0.0  # it looks as soon as the broker is back
        self.outage.began(error)

    def _let_run(self, deliveries: Sequence[Delivery], *, is_crew: bool) -> bool:
        """Have them claimed; False where there are none, or the worker takes nothing any more."""
        if not deliveries or not self._taking():
            return False
        self._bookkeeper.took(deliveries, call=not is_crew)
        return True

    def _serve(self, turn: Turn, lanes: Sequence[Lane], room: int, asked: AbstractSet[str] = frozenset(), *, begun: bool) -> None:
        taken = _by_queue(turn.deliveries)
        if turn.held_back_ms:
            again_at = self._monotonic() + turn.held_back_ms / 1000
            self._again_at = min(self._again_at or again_at, again_at)  # the other one is that of a queue that was not asked now
            self.wake()
        self._vain = 0 if taken else self._vain
        dry = {lane.queue for lane in lanes if taken[lane.queue] < lane.room} if len(turn.deliveries) < room else set()
        self._maybe |= (asked | taken.keys()) - dry
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

    def _wait(self, wait_s: float) -> None:
        """Until somebody rings, or a rate lets the next job begin; where another thread is at the turns then, that one sees to it."""
        if self._again_at:
            wait_s = max(SHORTEST_WAIT_S, min(wait_s, self._again_at - self._monotonic()))
        with suppress(Empty):
            self._bell.get(timeout=wait_s)
        for _ in range(self._bell.qsize()):
            self._bell.get()

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
            self._let_go()
        return others

    def _let_go(self) -> None:
        self._settlements += [self._returned[delivery] for delivery in self._coming_back if delivery in self._returned]
        self._coming_back, self._returned = [], {}

    def _sit_out(self, wait_s: float) -> None:
        """The broker is away. It is only the faster way to a job: what is due for some seconds is found in the ledger."""
        with self._hand:
            self._hear_all()
            places = {lane.queue: lane.room for lane in self._lanes()}
            try:
                waits = self._bookkeeper.suspects.must_wait
                overdue = self._recovery.overdue(places, limit=self._places, leave=waits) if places else ()
                found = [Delivery(job.id, job.queue, FROM_THE_LEDGER) for job in overdue]
                self._count(found, _by_queue(found), begun=self._let_run(found, is_crew=False))
            except Unavailable as error:
                self._bookkeeper.is_away(error)
        self._wait(min(wait_s, AWAY_WAIT_S))
        try:
            self._broker.ping()
        except Unavailable as error:
            self.outage.began(error)
            return
        self._away = False
        self._tell(LOOK)


def _by_queue(deliveries: Iterable[Delivery]) -> Counter[str]:
    return Counter([delivery.queue for delivery in deliveries])
