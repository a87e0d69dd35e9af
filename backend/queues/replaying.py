"""Runs dead letters again in waves that grow (1, 10, 10 %, all), waits for each, and stops when what ended them comes back."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from hashlib import sha256

from backend import context
from backend.clock import Clock, to_millis
from backend.errors import Conflict, FieldError, InvalidInput, NotFound
from backend.queues.causes import cause_of, sightings
from backend.queues.dead_control import DeadControl, bounded
from backend.queues.dead_filter import DeadFilter
from backend.queues.dead_ports import Replays
from backend.queues.ports import Ledger
from backend.queues.records import FINISHED, JobState
from backend.queues.replay_records import CANARY, WAVE, Replay, ReplayState, Wave, stage_size
from backend.telemetry.logs import logger

HOLD = timedelta(seconds=60)
CAUSES_OF = 1_000
"""The causes whose return ends a replay of several are those of so many newest dead letters."""
log = logger("queues.replays")


class Replaying:
    """A replay lies in the document store, and any process may go on with it: the console that began it, another, the scheduler.

    What one wave runs is found by what each of its jobs carries, so that a process that dies in the middle leaves nothing unclear.
    """

    def __init__(self, kept: Replays, control: DeadControl, ledger: Ledger, clock: Clock) -> None:
        self._kept = kept
        self._control = control
        self._ledger = ledger
        self._clock = clock
        self._owner = secrets.token_hex(8)

    def start(self, where: DeadFilter, *, by: str = "", reason: str = "", stages: Sequence[str] = CANARY, fresh: bool = False) -> Replay:
        """Begin a replay of all that match now; nothing runs before the first `step`.

        Raises NotFound where nothing matches, Conflict where the same dead letters are replayed already, InvalidInput for a stage.
        """
        now = self._clock.now()
        meant = bounded(where, now)
        total = self._control.count(meant)
        if total == 0:
            raise NotFound("No dead letter matches: there is nothing to run again")
        causes = (where.cause,) if where.cause else tuple(sightings(self._ledger.dead(meant, limit=CAUSES_OF).items))
        replay = Replay(
            id=f"{to_millis(now):012x}{secrets.token_hex(2)}",
            at=now,
            by=by,
            where=meant,
            causes=causes,
            total=total,
            lock=_lock(where),
            reason=reason,
            request_id=context.request_id(),
            stages=_checked(stages, total),
            fresh=fresh,
        )
        log.info("A replay has begun", replay=replay.id, total=total, by=by)
        return self._kept.add(replay)

    def get(self, replay_id: str) -> Replay:
        """One replay, its numbers as of now. Raises NotFound."""
        return self._looked(self._kept.get(replay_id))

    def newest(self, limit: int = 20) -> list[Replay]:
        """The newest first; the numbers are those of their last step."""
        return list(self._kept.newest(limit))

    def step(self, replay_id: str) -> Replay:
        """Go on as far as that is possible without waiting; returns the replay as it then is. Safe to call from many processes."""
        replay = self._kept.get(replay_id)
        if replay.ended:
            return replay
        try:
            if replay.wave is None:
                replay = self._kept.save(_next_wave(replay))
            if replay.wave is not None and not replay.wave.picked:
                return self._picked(replay)
            looked = self._looked(replay)
            decided = self._decided(looked)
            if decided == replay:
                return replay
            saved = self._kept.save(decided)
            return saved if saved.ended or (saved.wave and saved.wave.picked) else self._picked(saved)
        except Conflict:
            return self._kept.get(replay_id)  # another process has just done this step

    def go_on(self) -> int:
        """One step of every replay that has not ended, for a process that does so again and again; returns how many there are."""
        found = self._kept.open()
        for replay in found:
            self.step(replay.id)
        return len(found)

    def cancel(self, replay_id: str, *, by: str = "", reason: str = "") -> Replay:
        """Begin no further wave; what is in line already runs. Raises NotFound, and Conflict where it has ended."""
        while True:
            replay = self._looked(self._kept.get(replay_id))
            if replay.ended:
                raise Conflict(f"Replay {replay_id} is {replay.state} already")
            why = f"ended by {by}" + (f": {reason}" if reason else "")
            try:
                return self._kept.save(self._end(replay, "cancelled", why))
            except Conflict:
                continue

    def forget(self, before: datetime) -> int:
        """Forget the replays that ended before then."""
        return self._kept.forget(before)

    def _picked(self, replay: Replay) -> Replay:
        """Put the jobs of the wave into line. One process at a time does so; what another began and did not finish is counted."""
        now = self._clock.now()
        if replay.held_until is not None and replay.held_until > now and replay.held_by != self._owner:
            return replay
        held = self._kept.save(replace(replay, held_by=self._owner, held_until=now + HOLD))
        wave = held.wave
        assert wave is not None
        missing = wave.wanted - sum(self._ledger.replayed(held.tag).values())
        cursor = None
        while missing > 0:
            page = self._ledger.dead(held.where, cursor=cursor, limit=missing)
            missing -= len(self._control.revive(page.items, fresh=held.fresh, by=held.by, replay=held.tag))
            cursor = page.next
            if cursor is None:
                break
        started = wave.wanted - missing
        picked = replace(wave, picked=True, started=started, running=started)
        return self._kept.save(replace(held, wave=picked, in_stage=held.in_stage + started, held_by="", held_until=None))

    def _looked(self, replay: Replay) -> Replay:
        wave = replay.wave
        if wave is None or not wave.picked:
            return replay
        counts = self._ledger.replayed(replay.tag)
        failed = counts.get(JobState.FAILED, 0)
        looked = replace(
            wave,
            running=sum(number for state, number in counts.items() if state not in FINISHED),
            completed=counts.get(JobState.COMPLETED, 0),
            failed=failed,
            came_back=self._came_back(replay) if failed else 0,
        )
        return replace(replay, wave=looked)

    def _came_back(self, replay: Replay) -> int:
        found = self._ledger.dead(DeadFilter(replay=replay.tag), limit=WAVE).items
        return sum(cause is not None and cause.id in replay.causes for cause in map(cause_of, found))

    def _decided(self, replay: Replay) -> Replay:
        """What follows from the numbers of the wave: nothing yet, the next wave, or the end."""
        wave = replay.wave
        assert wave is not None
        stage = replay.stages[wave.stage]
        if wave.came_back:
            why = f"the cause came back: {wave.came_back} of the {wave.started} dead letters of stage {stage} gave up for it again"
            return self._end(replay, "stopped", why)
        if wave.running:
            return replay
        if wave.failed and not wave.completed:
            return self._end(replay, "stopped", f"all {wave.failed} of stage {stage} gave up, for other causes than before")
        following = _next_wave(replay) if wave.started else replay
        return self._end(replay, "done", "") if following == replay else following

    def _end(self, replay: Replay, state: ReplayState, why: str) -> Replay:
        log.info(
            "A replay has ended", replay=replay.id, state=state, why=why, completed=replay.sum("completed"), failed=replay.sum("failed")
        )
        return replace(replay, state=state, why=why, ended_at=self._clock.now())


def _next_wave(replay: Replay) -> Replay:
    """The replay with its next wave to be picked; the same where every stage has had its number, or nothing is left."""
    wave, rest = replay.wave, replay.total - replay.sum("started")
    stage, given = (wave.stage, replay.in_stage) if wave else (0, 0)
    while (left := min(rest, _left(replay, stage, given))) <= 0:
        stage, given = stage + 1, 0
        if stage == len(replay.stages):
            return replay
    return replace(
        replay,
        wave=Wave(number=wave.number + 1 if wave else 1, stage=stage, wanted=min(WAVE, left)),
        before=replay.before.plus(wave) if wave else replay.before,
        in_stage=given,
    )


def _left(replay: Replay, stage: int, given: int) -> int:
    name = replay.stages[stage]
    return replay.total if name == "all" else stage_size(name, replay.total) - given


def _checked(stages: Sequence[str], total: int) -> tuple[str, ...]:
    try:
        for stage in stages:
            stage_size(stage, total)
    except ValueError:
        message = f"{stage!r} is no stage: write a number, a share such as 10%, or all"
        raise InvalidInput(f"stages: {message}", errors=(FieldError("stages", message),)) from None
    if not stages:
        message = "name one stage at least"
        raise InvalidInput(f"stages: {message}", errors=(FieldError("stages", message),))
    return tuple(stages)


def _lock(where: DeadFilter) -> str:
    """Two replays of the same selection exclude each other; of others, each dead letter is run by one of them."""
    if where.cause:
        return f"cause:{where.cause}"
    return f"filter:{sha256(repr(sorted(asdict(where).items(), key=str)).encode()).hexdigest()[:16]}"
