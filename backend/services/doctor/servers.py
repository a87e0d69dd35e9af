"""Checks of Redis and the document store: do they answer, how fast, and are they set up to keep what they are given."""

from backend.errors import Unavailable, one_line
from backend.services.doctor.checks import Check, Verdict, failed, ok, skipped, warning
from backend.services.doctor.patient import Patient

SUBJECT = "servers"
MIB = 1024 * 1024
SLOW_MS = 20.0
SLOW_STORE_MS = 100.0
FULL, NEARLY_FULL = 0.95, 0.8
NO_REDIS = "is it started, and does REDIS_URL name it? redis-cli -u REDIS_URL ping; meanwhile jobs run in their callers"
NO_MONGODB = "is it started, and does MONGODB_URI name it? mongosh MONGODB_URI; until then nothing is accepted"
NO_SQLITE = "who holds it? fuser -v DATA_DIR/documents.db; is the disk full or read-only? until then nothing is accepted"
OLDEST_REDIS, RECENT_REDIS = (6, 2), (7, 0)


def _redis(patient: Patient) -> Verdict:
    if not patient.has_redis:
        if patient.settings.enable_queue:
            return failed("ENABLE_QUEUE is true and there is no Redis", "set REDIS_URL, or start `make run`, which brings its own")
        return skipped("no Redis is set: jobs run in their callers", "ENABLE_QUEUE=true REDIS_URL=redis://…, or `make run`")
    try:
        facts = patient.redis()
    except Unavailable as error:
        return failed(one_line(error), NO_REDIS)
    seen = f"{facts.product} {facts.version}, {facts.role}, answers in {facts.round_trip_ms:g} ms, up {facts.uptime_s // 3600} h"
    if facts.role != "master":
        return failed(seen, "name the master in REDIS_URL, or redis+sentinel://… : a replica takes no jobs")
    if facts.round_trip_ms > min(SLOW_MS, patient.settings.redis_deadline_ms / 4):
        return warning(seen, f"bring Redis nearer: a caller waits at most {patient.settings.redis_deadline_ms} ms for several answers")
    return ok(seen)


def _redis_version(patient: Patient) -> Verdict:
    facts = patient.redis()
    number = tuple(int(part) for part in facts.version.split(".")[:2] if part.isdigit())
    if facts.product == "Redis" and number < OLDEST_REDIS:
        return failed(f"Redis {facts.version}: commands that the queue needs are missing", "at least Redis 6.2, or Valkey")
    if facts.product == "Redis" and number < RECENT_REDIS:
        return warning(f"Redis {facts.version} gets no corrections any more", "Redis 7 or later, or Valkey")
    return ok(f"{facts.product} {facts.version}")


def _eviction(patient: Patient) -> Verdict:
    facts = patient.redis()
    if facts.evicted:
        cure = "redis-cli CONFIG SET maxmemory-policy noeviction, more memory, then: gacp queue reconcile --fix"
        return failed(f"{facts.evicted} keys were thrown away, policy {facts.eviction}: jobs were among them", cure)
    if facts.eviction != "noeviction":
        return warning(f"maxmemory-policy is {facts.eviction}: a full Redis throws jobs away", "CONFIG SET maxmemory-policy noeviction")
    return ok("noeviction: a full Redis refuses instead of throwing jobs away")


def _persistence(patient: Patient) -> Verdict:
    facts = patient.redis()
    if facts.trouble:
        return failed(f"it could not write to its disk: {facts.trouble}", "look at its log and at its disk")
    if not facts.appends:
        return warning("no append-only file: a restart forgets the line, and the relay brings it back from the ledger", "appendonly yes")
    return ok("append-only file, last write ok")


def _memory(patient: Patient) -> Verdict:
    facts = patient.redis()
    if not facts.memory_limit:
        return ok(f"{facts.memory / MIB:.1f} MiB, no limit of its own")
    share = facts.memory / facts.memory_limit
    seen = f"{facts.memory / MIB:.1f} of {facts.memory_limit / MIB:.0f} MiB, {share:.0%}"
    if share >= FULL:
        return failed(seen, "raise maxmemory, or work the line off: gacp queue stats")
    return warning(seen, "raise maxmemory soon") if share > patient.settings.alert_redis_memory_percent / 100 else ok(seen)


def _clients(patient: Patient) -> Verdict:
    facts = patient.redis()
    seen = f"{facts.clients} of {facts.clients_limit} connections"
    nearly = facts.clients_limit and facts.clients / facts.clients_limit >= NEARLY_FULL
    return warning(seen, "raise maxclients, or find who leaves connections open: redis-cli CLIENT LIST") if nearly else ok(seen)


def _documents(patient: Patient) -> Verdict:
    try:
        facts = patient.documents()
    except Unavailable as error:
        return failed(one_line(error), NO_MONGODB if patient.settings.mongodb_uri else NO_SQLITE)
    if not facts.there:
        return ok(f"{facts.product} {facts.version}: not made yet, the first process makes it in DATA_DIR")
    seen = f"{facts.product} {facts.version}, answers in {facts.round_trip_ms:g} ms, {facts.size / MIB:.1f} MiB"
    if facts.notes:
        return warning(f"{seen}; {'; '.join(facts.notes)}", "restart the process that holds it longest")
    if facts.round_trip_ms > SLOW_STORE_MS:
        return warning(seen, "every job makes several writes: bring the document store nearer, or give it a faster disk")
    return ok(seen)


def _writes(patient: Patient) -> Verdict:
    facts = patient.documents()
    if not facts.there:
        return skipped("it is not made yet")
    if not facts.takes_writes:
        return failed("it takes no writes: nothing can be accepted", "name the replica set in MONGODB_URI, and see that it has a primary")
    if facts.replicated is False:
        return warning("one MongoDB without copies: its disk is the only place of what was accepted", "run it as a replica set")
    if facts.turn_ms is not None and facts.turn_ms > SLOW_STORE_MS:
        return warning(
            f"a writer waited {facts.turn_ms:.0f} ms for its turn", "many write at once: MONGODB_URI for more than a few processes"
        )
    return ok("takes writes" + (f", a turn within {facts.turn_ms:g} ms" if facts.turn_ms is not None else ", has copies"))


CHECKS = (
    Check("redis", SUBJECT, _redis),
    Check("redis-version", SUBJECT, _redis_version, needs=("redis",)),
    Check("redis-eviction", SUBJECT, _eviction, needs=("redis",)),
    Check("redis-persistence", SUBJECT, _persistence, needs=("redis",)),
    Check("redis-memory", SUBJECT, _memory, needs=("redis",)),
    Check("redis-clients", SUBJECT, _clients, needs=("redis",)),
    Check("documents", SUBJECT, _documents),
    Check("documents-writes", SUBJECT, _writes, needs=("documents",)),
)
