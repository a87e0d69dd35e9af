"""Answers how the queues did within some time, out of what was counted: no job is looked at."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from backend.clock import Clock, from_millis
from backend.queues.names import QUEUES, require_queue
from backend.queues.numbers import keys
from backend.queues.numbers.grains import MINUTE, Grain, Stretch, cover, minute_of
from backend.queues.numbers.histogram import BUCKETS, Durations
from backend.queues.numbers.in_process import InProcessNumbers
from backend.queues.numbers.kept import SYSTEM, KeptNumbers, Numbers, Total
from backend.queues.numbers.recorder import NumbersRecorder
from backend.queues.numbers.window import Window

SCOPES = (*QUEUES, SYSTEM)
_NONE = Durations()


class QueueNumbers:
    """Numbers of other processes may be 2 seconds old. Any method may raise Unavailable.

    Without a place to keep them the numbers are those of this process.
    """

    def __init__(self, clock: Clock, kept: KeptNumbers | None = None) -> None:
        self._kept = kept or InProcessNumbers()
        self._clock = clock
        self.recorder = NumbersRecorder(self._kept, clock)

    def window(self, queue: str, span: timedelta, *, types: Collection[str] | None = None) -> Window:
        """What happened in the queue from so long ago until now; of some job types where these are given.

        Exact to the minute within 48 hours, to the hour within 30 days, to the day (in Thailand) within a year: the minute, hour
        or day in which it begins counts whole. Raises NotFound for an unknown queue.
        """
        require_queue(queue)
        now = self._clock.now()
        counts = self._between(queue, now - span, now)
        return _window(queue, (now - span, now), counts, self._totals((queue,)).get(queue), types)

    def steps(self, queue: str, grain: Grain, span: timedelta, *, types: Collection[str] | None = None) -> Sequence[Window]:
        """The same for each minute, hour or day of that time, the oldest first; the last one is not over."""
        require_queue(queue)
        now = self._clock.now()
        first, last = grain.slot(minute_of(now - span)), grain.slot(minute_of(now))
        self.recorder.flush()
        found = self._kept.series(queue, Stretch(grain, first, last))
        return [
            _window(queue, (grain.begins(slot), min(grain.begins(slot + 1), now)), found.get(slot, {}), None, types)
            for slot in range(first, last + 1)
        ]

    def ended_by_minute(self, queue: str, name: str, since: int) -> Mapping[int, int]:
        """How many jobs completed, or failed, in each minute since 1970, from that one on."""
        self.recorder.flush()
        found = self._kept.series(queue, Stretch(MINUTE, since, minute_of(self._clock.now())))
        each = ((minute, sum(number for _, number in keys.named(numbers, name))) for minute, numbers in found.items())
        return {minute: number for minute, number in each if number}

    def totals(self) -> Mapping[str, Total]:
        """Everything that was ever counted, by queue and for the system."""
        self.recorder.flush()
        return self._totals(SCOPES)

    def system(self, span: timedelta) -> Numbers:
        """What belongs to no queue (effects, credits, the circuit) from so long ago until now: see `keys`."""
        now = self._clock.now()
        return self._between(SYSTEM, now - span, now)

    def top(self, kind: str, app: str, by: str, limit: int) -> Sequence[tuple[str, Numbers]]:
        """The users or things of an app with the most of something, most first."""
        self.recorder.flush()
        return self._kept.top(kind, app, by, limit)

    def forget_old(self) -> int:
        """Forget what is older than it is kept for; returns how many slots. Safe to repeat."""
        return self._kept.forget(SCOPES, minute_of(self._clock.now()))

    def _totals(self, scopes: Collection[str]) -> Mapping[str, Total]:
        return self._kept.totals(scopes)

    def _between(self, scope: str, since: datetime, now: datetime) -> Numbers:
        self.recorder.flush()
        counts: Counter[str] = Counter()
        for stretch in cover(minute_of(since), minute_of(now)):
            for numbers in self._kept.series(scope, stretch).values():
                counts.update(numbers)
        return counts


def _window(queue: str, times: tuple[datetime, datetime], counts: Numbers, total: Total | None, types: Collection[str] | None) -> Window:
    since, until = times
    found = _Sorted(counts, types)
    return Window(
        queue=queue,
        since=since,
        until=until,
        submitted=sum(found.by_label(keys.SUBMITTED).values()),
        completed=found.sums[keys.COMPLETED],
        failed=found.sums[keys.FAILED],
        retried=found.sums[keys.RETRIED],
        attempts=found.by_label(keys.ATTEMPTS),
        errors=found.by_label(keys.ERRORS),
        fallbacks=found.by_label(keys.FALLBACK),
        things=found.sums[keys.THINGS],
        wait=found.durations(keys.WAIT),
        run=found.durations(keys.RUN),
        whole=found.durations(keys.WHOLE),
        whole_failed=found.durations(keys.WHOLE_FAILED),
        last_ended_at=_last(total, types),
    )


class _Sorted:
    """Numbers by their names, all job types together; looked through once."""

    def __init__(self, counts: Numbers, types: Collection[str] | None) -> None:
        self.sums: Counter[str] = Counter()
        self._labelled: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for of, number in counts.items():
            name, job_type, *label = keys.words(of)
            if types is not None and job_type not in types:
                continue
            if label:
                self._labelled[name][label[0]] += number
            else:
                self.sums[name] += number

    def by_label(self, name: str) -> dict[str, int]:
        return dict(self._labelled[name])

    def durations(self, name: str) -> Durations:
        if name not in self._labelled:
            return _NONE
        buckets, micros = [0] * BUCKETS, 0
        for place, number in self._labelled[name].items():
            if place == keys.MICROS:
                micros = number
            else:
                buckets[int(place)] = number
        return Durations(tuple(buckets), micros)


def _last(total: Total | None, types: Collection[str] | None) -> datetime | None:
    times = [] if total is None else [at for (job_type,), at in keys.named(total.last, keys.ENDED) if types is None or job_type in types]
    return from_millis(max(times)) if times else None
