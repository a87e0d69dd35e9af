"""What is measured of a contender: each measurement is one run on the emptied server and gives named figures."""

import time
from collections.abc import Mapping, Sequence
from subprocess import Popen

import psutil

from benchmarks.peers.contenders import Contender
from benchmarks.peers.ground import Bout, Broken, Ground
from benchmarks.table import Row

Figures = Mapping[str, float]
CONCURRENCY = 50
SETTLES_S = 3.0
WORKED = 1_000
FIRST_ONES = 20  # of a line of spaced jobs, while the worker comes up
MIB = 1024 * 1024


def throughput(ground: Ground, who: Contender, jobs: int) -> Figures:
    """Jobs that do nothing, all submitted before, from the first start to the last end; and the worker's own processor time
    for each, which says the same on a machine that is busy with other things."""
    some = max(10, int(jobs * who.share))
    with ground.bout(who) as bout:
        answer = bout.answer("throughput", some, CONCURRENCY, 0)
    return {"jobs/s": answer["jobs"] / answer["seconds"], "µs of CPU": answer["cpu_s"] / answer["jobs"] * 1e6}


def pauses(ground: Ground, who: Contender, jobs: int) -> Figures:
    """Jobs that pause for 250 ms, from the first start to the last end."""
    with ground.bout(who) as bout:
        return {"seconds": bout.answer("throughput", jobs, CONCURRENCY, 250)["seconds"]}


def submissions(ground: Ground, who: Contender, jobs: int) -> Figures:
    """One call after the other, and nobody works."""
    with ground.bout(who) as bout:
        answer = bout.answer("submit", jobs, jobs // 10)
    return {"calls/s": answer["jobs"] / answer["seconds"]}


def pickup(ground: Ground, who: Contender, jobs: int, every_ms: int = 50) -> Figures:
    """From just before the submission to the first line of the job, the worker being idle."""
    with ground.bout(who) as bout:
        waits = _waits(bout, jobs + FIRST_ONES, every_ms)[FIRST_ONES:]
    row = Row(who.name, waits)
    return {"p50 ms": row.median, "p99 ms": row.percentile(99)}


def _waits(bout: Bout, jobs: int, every_ms: int) -> Sequence[float]:
    if bout.contender.alone:
        return list(bout.answer("pickup", jobs, CONCURRENCY, every_ms)["waits_ms"])
    with bout.running("serve", jobs, CONCURRENCY) as worker:
        time.sleep(SETTLES_S)
        bout.answer("spaced", jobs, every_ms)
        return list(bout.result(worker)["waits_ms"])


def memory(ground: Ground, who: Contender, _jobs: int) -> Figures:
    """The worker with all that it started, idle: freshly up, and after many jobs where another process can submit them."""
    with ground.bout(who) as bout, bout.worker(CONCURRENCY) as worker:
        fresh = _settled(bout, worker)
        if who.alone:
            return fresh
        bout.answer("submit", int(WORKED * who.share), 0)
        return {**fresh, "RSS after work": _settled(bout, worker)["RSS MiB"]}


def trips(ground: Ground, who: Contender, jobs: int, every_ms: int = 0) -> Figures:
    """What the server has to do per job, from its submission to its end: the difference of two runs, so that what a process
    does once does not count. A read is one turn of the server for one client, so a round trip, unless a request is longer
    than its buffer of 16 KiB; commands are those inside of scripts, too."""
    few, many = (_work_of_the_server(ground, who, count, every_ms) for count in (jobs, 2 * jobs))
    return {"reads": (many[0] - few[0]) / jobs, "commands": (many[1] - few[1]) / jobs}


def spaced_trips(ground: Ground, who: Contender, jobs: int) -> Figures:
    """The same with one job every 20 ms, so that no two can share a round trip."""
    return trips(ground, who, jobs, every_ms=20)


def _work_of_the_server(ground: Ground, who: Contender, jobs: int, every_ms: int) -> tuple[int, int]:
    with ground.bout(who) as bout:
        before = _counted(ground)
        bout.answer("trips", jobs, CONCURRENCY, every_ms)
        after = _counted(ground)
    return after[0] - before[0], after[1] - before[1]


def _counted(ground: Ground) -> tuple[int, int]:
    stats = ground.redis.info("stats")
    return stats["total_reads_processed"], stats["total_commands_processed"]


def _settled(bout: Bout, worker: "Popen[str]") -> Figures:
    """Its memory once that has not changed for some seconds: on a busy machine its processes take long to come up."""
    steady, last = 0, _of_tree(bout, worker)
    while steady < SETTLES_S:
        time.sleep(1)
        now = _of_tree(bout, worker)
        steady = steady + 1 if abs(now["RSS MiB"] - last["RSS MiB"]) < 0.5 else 0
        last = now
    return last


def _of_tree(bout: Bout, worker: "Popen[str]") -> Figures:
    """Of the program and its children: what is resident, and what is left of it where shared pages are shared out."""
    if worker.poll() is not None:
        raise Broken(f"{bout.contender.name} has ended:\n{bout.last_words()}")
    root = psutil.Process(worker.pid)
    used = [_of_one(process) for process in (root, *root.children(recursive=True))]
    return {"RSS MiB": sum(rss for rss, _ in used) / MIB, "PSS MiB": sum(pss for _, pss in used) / MIB}


def _of_one(process: psutil.Process) -> tuple[int, int]:
    try:
        used = process.memory_full_info()
    except psutil.NoSuchProcess:  # stock RQ has a child for every job
        return 0, 0
    return used.rss, used.pss
