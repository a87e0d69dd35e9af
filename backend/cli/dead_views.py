"""How dead letters, causes and replays look on the console."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from backend.clock import to_iso
from backend.queues.causes import Cause
from backend.queues.dead_office import DeadOffice
from backend.queues.replay_records import Replay


def office_of(context: click.Context) -> DeadOffice:
    """Everything about dead letters."""
    office: DeadOffice = context.obj.services().queue_platform.dead
    return office


def letter_line(letter: Mapping[str, Any]) -> str:
    """One of a list."""
    about = letter["affected"]["applicationNumber"] or letter["affected"]["applicationId"] or "-"
    cause = letter["cause"]["id"] if letter["cause"] else "-"
    shown = f"{letter['jobId']}  {letter['failedAt']}  {letter['queueName']:<8}  {letter['jobType']:<16}  {about}  cause {cause}"
    discarded = f"  discarded: {letter['discarded']['reason']}" if letter["discarded"] else ""
    return f"{shown}  {letter['error']}: {letter['message']}{discarded}"


def letter_story(letter: Mapping[str, Any]) -> list[str]:
    """All of one, for people."""
    return list(_story(letter))


def _story(letter: Mapping[str, Any]) -> Iterator[str]:
    affected, cause = letter["affected"], letter["cause"]
    yield f"{letter['jobId']}  {letter['jobType']} in {letter['queueName']}, gave up at {letter['failedAt']}"
    yield f"{letter['error']}: {letter['message']}"
    if cause:
        yield f"cause {cause['id']} ({cause['state']}): {cause['title'] or '-'}{'  note: ' + cause['note'] if cause['note'] else ''}"
    yield f"affects {affected['applicationNumber'] or affected['applicationId'] or 'no application'}{_farmer(affected)}"
    yield f"request {letter['requestId'] or '-'}, asked for by {letter['requestedBy'] or '-'}, kept until {letter['keptUntil']}"
    if letter["discarded"]:
        yield f"discarded at {letter['discarded']['at']} by {letter['discarded']['by']}: {letter['discarded']['reason']}"
    yield f"payload {letter['payload']}"
    yield f"options {letter['options']}"
    for attempt in letter["history"]:
        took = "-" if attempt["durationMs"] is None else f"{attempt['durationMs']} ms"
        yield f"attempt {attempt['number']} {attempt['outcome']} on {attempt['worker']} at {attempt['startedAt']}, {took}"
        yield from (f"    {line}" for line in attempt["stack"])
        if attempt["error"]:
            yield f"    {attempt['error']}: {attempt['message']}"
    yield from _effects(letter["effects"])


def _farmer(affected: Mapping[str, Any]) -> str:
    farmer = affected["farmer"]
    return f" of {farmer['name'] or farmer['id']}" if farmer else ""


def _effects(effects: list[dict[str, Any]] | None) -> Iterator[str]:
    if effects is None:
        yield "what another run would do cannot be said"
    elif not effects:
        yield "another run would do nothing to the outside"
    for each in effects or ():
        yield f"another run: {each['kind']} {'would happen' if each['wouldHappen'] else 'was done at ' + str(each['doneAt'])}"


def cause_line(cause: Cause) -> str:
    """One of a list."""
    came_back = f"  came back {cause.regressions} times" if cause.regressions else ""
    return (
        f"{cause.id}  {cause.state:<7}  {cause.count:>6} times, last {to_iso(cause.last_at)}  {', '.join(cause.queues)}  "
        f"{cause.title}  at {cause.frame}{came_back}" + (f"  note: {cause.note}" if cause.note else "")
    )


def cause_story(cause: Mapping[str, Any]) -> list[str]:
    """All of one, for people."""
    affected = cause["affected"]
    fixed = f" in {cause['fixedIn']}" if cause["fixedIn"] else ""
    people = [f"    {each['applicationNumber'] or each['applicationId']}{_farmer(each)}" for each in cause["applications"]]
    return [
        f"{cause['id']}  {cause['state']}{fixed}  {cause['error']}: {cause['message']}",
        f"at {cause['frame']}, in {', '.join(cause['types'])}",
        f"{cause['count']} times from {cause['firstAt']} to {cause['lastAt']}, {cause['open']} dead letters now",
        f"came back {cause['regressions']} times" if cause["regressions"] else "never came back after it was fixed",
        f"note: {cause['note'] or '-'} ({cause['changedBy'] or 'nobody'})",
        f"affects {affected['applications']}{' or more' if affected['more'] else ''} applications, {affected['people']} people",
        *people,
    ]


def replay_line(replay: Replay) -> str:
    """Where it stands."""
    told = replay.to_json()
    stage = f"stage {told['stage']}" if told["stage"] else "not begun"
    return (
        f"{replay.id}  {replay.state:<9}  {stage}: {told['started']} of {replay.total} started, {told['running']} running, "
        f"{told['completed']} completed, {told['failed']} failed" + (f"  {replay.why}" if replay.why else "")
    )


def preview_words(preview: Mapping[str, Any]) -> str:
    """What running them again would do, in one clause."""
    would = ", ".join(f"{count} {kind}" for kind, count in preview["wouldHappen"].items()) or "nothing"
    done = ", ".join(f"{count} {kind}" for kind, count in preview["doneAlready"].items())
    unknown = f", of {preview['unknown']} it cannot be said" if preview["unknown"] else ""
    return f"Of the newest {preview['lookedAt']}: to the outside {would} would happen{', done already: ' + done if done else ''}{unknown}."
