"""The table of all checks, in the order in which they are made, and the choice among them."""

from collections.abc import Sequence
from difflib import get_close_matches

from backend.errors import InvalidInput
from backend.queues.registry import Registry
from backend.services.doctor import accidents, configuration, jobs, machine, outside, queues, servers, versions, web, workers
from backend.services.doctor.checks import Check


def every_check(registry: Registry) -> tuple[Check, ...]:
    """From what needs nothing to what needs everything, so that the first failure is the nearest to the cause."""
    subjects = (configuration, machine, servers, versions, workers, queues, web, outside)
    looks = [check for subject in subjects for check in subject.CHECKS]
    return (*looks, *jobs.checks(registry), *accidents.CHECKS)


def choose(checks: Sequence[Check], *, only: Sequence[str] = (), skip: Sequence[str] = (), quick: bool = False) -> list[Check]:
    """Those whose name or subject is named by `only`, where it names any, and not by `skip`; raises InvalidInput for a name of nothing."""
    for name in (*only, *skip):
        _require(checks, name)
    chosen = [check for check in checks if not only or _named(check, only)]
    return [check for check in chosen if not _named(check, skip) and not (quick and check.slow)]


def _named(check: Check, names: Sequence[str]) -> bool:
    return any(name in (check.name, check.subject, check.name.partition(":")[0]) for name in names)


def _require(checks: Sequence[Check], name: str) -> None:
    if any(_named(check, (name,)) for check in checks):
        return
    known = dict.fromkeys([*(check.subject for check in checks), *(check.name for check in checks)])
    near = get_close_matches(name, known, n=1)
    raise InvalidInput(f"There is no check {name!r}: " + (f"did you mean {near[0]!r}?" if near else "gacp doctor --list shows them"))
