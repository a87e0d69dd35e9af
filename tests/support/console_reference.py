"""Writes docs/reference/console.md out of the commands themselves: `python -m tests.support.console_reference`."""

from collections.abc import Iterator
from pathlib import Path

import click

from backend.cli.main import SECTIONS, cli

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "console.md"
MAKE = "python -m tests.support.console_reference"
HEAD = """# The console: every command

Written by `python -m tests.support.console_reference` out of the commands themselves; a test holds the two together. `gacp
COMMAND --help` says the same.

- **Where it looks.** A command reads the environment as every process does (`.env.example`). Beside a running `gacp dev` on the
  same `DATA_DIR` it works on the servers of that one, with nothing to set.
- **For programs.** With `--json` standard output is one JSON document (or one line of JSON for each job where that is said) with
  stable keys, and nothing else; questions, bars and errors go to standard error. Times are ISO 8601 in UTC, or Bull's
  milliseconds in Bull's own keys.
- **Exit codes.** 0: done, or the answer is yes. 1: refused, failed, or the answer is no (something is wrong, differs, has not
  ended). 2: wrong use: an unknown option, a value or a variable that cannot be. An error is one line on standard error, with its
  cure.
- **Destructive acts** say what they mean and how many, and ask; `--yes` goes on without asking, which a script needs. `--reason`
  goes into the audit beside who, when and what (`gacp audit list`). Long work shows a bar where standard error is a terminal.
- **The Tab key.** `eval "$(gacp completion bash)"`, or zsh, or fish; `gacp completion bash --how` says how to keep it.
"""
JOB = "`id name queueName state subject attemptsMade failedReason timestamp`"
EXIT = {
    "alerts list": "1: with `--check`, something fires that nobody looks after",
    "alerts test": "1: a message did not arrive",
    "application import": "1: no such account",
    "audit verify": "1: the chain is broken",
    "dead discard": "1: one was left alone; the others are done",
    "dead replay": "0: all of it ran · 1: it stopped, or was ended",
    "dead restore": "1: one was left alone; the others are done",
    "dead retry": "1: one was left alone; the others are done",
    "dev": "1: a process could not be kept running",
    "doctor": "0: nothing failed (warnings do not count) · 1: a check failed",
    "health": "0: healthy or degraded · 1: unhealthy",
    "insight": "1: no such app",
    "jobs list": "1: no such queue",
    "jobs retry": "1: one was refused; the others are done",
    "jobs submit": "1: it ran here and failed, or was refused",
    "jobs wait": "0: it completed · 1: it failed, or has not ended in time",
    "metrics": "1: a part could not be read",
    "queue health": "0: jobs go where they should · 1: Redis is away although jobs should go there",
    "queue reconcile": "0: no difference is left · 1: some are",
    "worker probe": "0: all workers of this machine live · 1: one hangs, or there is none",
}
ALERT = (
    "`id slug state severity title message titleTh messageTh context labels fingerprint value threshold since raisedAt updatedAt "
    "quietSince resolvedAt flapping returns acknowledged escalatedAt silencedBy inhibitedBy runbook`"
)
SILENCE = "`id matchers startsAt until author reason createdAt active`"
ANSWER = {
    "alerts ack": f"the alert, {ALERT}",
    "alerts dry-run": "`rule levels since until minutesKnown known times alerts note`",
    "alerts history": "`items next`, each of `id at what alertId slug queue severity by detail`",
    "alerts list": f"`items next`, each an alert, {ALERT}",
    "alerts rules": "`rules channels`",
    "alerts show": f"the alert with its `history`, {ALERT}",
    "alerts silence": f"the silence, {SILENCE}",
    "alerts silences": f"`items`, each a silence, {SILENCE}",
    "alerts test": "`channels`, each of `channel arrived error`",
    "alerts unsilence": f"the silence, {SILENCE}",
    "application import": "`id applicationNumber`",
    "application list": "a list of `id applicationNumber status inspectionType`",
    "application show": "the application, as the API shows it to officers",
    "dead causes": "a list of causes, with CAUSE_ID one: described in [dead letters](dead-letters.md)",
    "dead discard": "`count left`",
    "dead edit": "`jobId state before after`",
    "dead list": "a list of dead letters, described in [dead letters](dead-letters.md)",
    "dead mark": "the cause, as in `dead causes`",
    "dead regroup": "`letters causes`",
    "dead replay": "the replay: `id state why at endedAt by reason filter causes stages stage wave total started running completed "
    "failed cameBack`",
    "dead replays": "a list of replays, as in `dead replay`",
    "dead restore": "`count left`",
    "dead retry": "`count left`",
    "dead show": "all of one, described in [dead letters](dead-letters.md)",
    "dead stats": "`monitoredQueues totalFailed queues causes retention`",
    "doctor": "`healthy beginWith at tookMs summary{ok warning failed skipped} checks[{name subject status seen cure tookMs}]`; "
    "with `--list` a list of `name subject sendsJobs`",
    "effects list": "a list of `key kind what state beganAt doneAt outcome`",
    "effects preview": "a list of `key kind wouldHappen doneAt`",
    "insight": "`metrics errors users poses`, described in [insight](insight.md)",
    "jobs cancel": f"a list of one job, {JOB}",
    "health": "`status timestamp redis queues summary issues observed`, as `GET /api/v1/health/queues`",
    "jobs debug": "`job dueAt updatedAt version discarded errorClass onDead stale lease holder redis queue effects reasons estimate next`",
    "jobs discard": f"a list of one job, {JOB}",
    "jobs edit": f"a list of one job, {JOB}",
    "jobs index": "`indexed`: how many documents",
    "jobs list": f"a list of jobs, {JOB}; with `--all` one line for each; with `--query` as `jobs search`",
    "jobs logs": "`logs count`",
    "jobs promote": f"a list of jobs, {JOB}; with `--all` `promoted`",
    "jobs remove": "`removed`: how many",
    "jobs retry": f"a list of jobs, {JOB}; with `--all` `retried`",
    "audit head": "`seq hash at`, or null",
    "audit list": "`items next`; an entry is described in [the audit](audit.md)",
    "audit verify": "described in [the audit](audit.md)",
    "jobs search": "`items next atLeast atMost tookMs indexedPercent`; an item is as in `jobs list`",
    "jobs show": "Bull's job JSON and `queueName state retriedOn mode reason subject requestedBy requestId traceId attempts timeline logs "
    "redis effects`",
    "jobs submit": "`jobId state mode reason result error duplicate`",
    "jobs wait": f"a list of one job, {JOB}",
    "jobs why": "`jobId state summary summaryTh estimate{startsAt inMs basis basisTh} queueName "
    "reasons[{code text textTh cure command until jobs count}]`",
    "metrics": "a list of `name type labels value`, of histograms `name type labels count sum buckets`",
    "queue clean": "a list of `queue type removed ids skipped`",
    "queue drain": "a list of `queue type removed ids skipped`",
    "queue empty": "a list of `queue type removed ids skipped`",
    "queue health": "`healthy stats alerts redis circuit circuitOpenedAt circuitReason circuitOpenings circuitFailures circuitRefusals`",
    "queue limits": "`limits{<queue>{concurrency rate}}`",
    "queue metrics": "`metrics{<queue>{completed failed}}`, each as Bull's `getMetrics`",
    "queue obliterate": "a list of `queue type removed ids skipped`",
    "queue pause": "`paused`: the names of the paused queues",
    "queue reconcile": "`pendingInLedger heldByRedis differences[{kind jobId queue ledger redis cure}] mended`",
    "queue resume": "`paused`: the names of the paused queues",
    "queue retry": "`retried`: how many",
    "queue stats": "`queues{<queue>{waiting active completed failed delayed paused}} pauses[{queue by reason since until}]`, "
    "with `--priorities` also `priorities`",
    "review": "`submitAllowed validationErrors requiredDocuments qc`",
    "schedule disable": "the entry, as in `schedule list`",
    "schedule enable": "the entry, as in `schedule list`",
    "schedule list": "a list of `key jobType repeat payload overlap catchUp origin enabled next last lastJobId fired skipped note`",
    "schedule remove": "`removed`: the key",
    "schedule run": "`jobId state`",
    "user add": "`id email name role`, and `password` where it was generated",
    "user list": "a list of `id email name role`",
    "user password": "`id email name role`, and `password` where it was generated",
    "worker pause": "`order told`",
    "worker probe": "a list of `name pid ageS fresh`",
    "worker resume": "`order told`",
    "worker status": "a list of `name host pid since lastHeartbeat state fresh queues jobs running concurrency completed failed retried "
    "memoryMib paused stopping outage versions`",
    "worker stop": "`order told`",
}
EXAMPLE = {
    "alerts dry-run": "gacp alerts dry-run failure-burst --threshold 20 --for 7d",
    "alerts silence": 'gacp alerts silence queue=email --for 2h --reason "the mail server moves"',
    "application import": "gacp application import backend/certification/samples/01_turmeric_individual_renewal_complete.json --json",
    "application list": "gacp application list --status IN_REVIEW --json",
    "completion": 'eval "$(gacp completion bash)"',
    "dead discard": 'gacp dead discard JOB_ID --reason "the application was withdrawn"',
    "dead edit": 'gacp dead edit JOB_ID --set kind=submission_received --reason "was misspelt"',
    "dead list": "gacp dead list --queue email --since 24h --json",
    "dead mark": 'gacp dead mark CAUSE_ID fixed --fixed-in 1.4.0 --note "ticket 17"',
    "dead replay": 'gacp dead replay --cause CAUSE_ID --reason "the provider is back"',
    "dead retry": "gacp dead retry --cause CAUSE_ID --limit 100 --yes",
    "dev": "PORT=9000 DATA_DIR=./elsewhere gacp dev",
    "doctor": "gacp doctor --skip web --timeout 5",
    "jobs edit": 'gacp jobs edit JOB_ID \'{"days": 14}\' --reason "seven were too few"',
    "jobs list": "gacp jobs list --queue email --state failed --state delayed",
    "jobs promote": "gacp jobs promote --all --queue email --yes",
    "jobs remove": 'gacp jobs remove --state failed --type send_letter --older-than 2d --reason "superseded"',
    "jobs retry": 'gacp jobs retry --all --queue email --limit 100 --yes --reason "the mail server is back"',
    "insight": "gacp insight gacp --period 7d",
    "jobs search": "gacp jobs search 'queue:aiQc state:failed error:timeout since:24h \"did not answer\"'",
    "jobs submit": 'gacp jobs submit clean_jobs \'{"days": 7}\' --options \'{"delay": 60000, "attempts": 1}\'',
    "jobs wait": 'gacp jobs wait "$(gacp schedule run clean-jobs --json | jq -r .jobId)" --timeout 30',
    "metrics": "gacp metrics jobs_total queue_depth",
    "queue clean": "gacp queue clean aiQc --state failed --grace 7d --limit 1000",
    "queue drain": "gacp queue drain email --delayed --yes",
    "queue limits": "gacp queue limits email --concurrency 5 --rate 60/1m",
    "queue metrics": "gacp queue metrics aiQc --minutes 120",
    "queue obliterate": "gacp queue obliterate report --confirm report --force",
    "queue pause": 'gacp queue pause email --reason "the mail server moves" --for 30m',
    "queue reconcile": "gacp queue reconcile --fix --yes",
    "queue retry": "gacp queue retry aiQc --limit 10 --fresh --yes",
    "queue stats": "gacp queue stats --priorities --json | jq .queues.email.waiting",
    "review": "gacp review backend/certification/samples/01_turmeric_individual_renewal_complete.json --as-of 2026-11-02 --json",
    "schedule remove": "gacp schedule remove KEY --yes",
    "schedule run": 'gacp schedule run clean-jobs --reason "the disk is full"',
    "user add": "gacp user add officer@dtam.example --role REVIEWER",
    "worker": "gacp worker --processes 2 --queues email,report",
    "worker stop": "gacp worker stop --all --now --yes",
}


def commands(command: click.Command = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that can be run, by its words."""
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, (*path, name))


def page() -> str:
    """The whole page."""
    every = dict(commands())
    parts = [HEAD]
    placed = [name for names in SECTIONS.values() for name in names]
    others = tuple(sorted({path[0] for path in every} - set(placed)))
    for title, names in (*SECTIONS.items(), ("อื่น ๆ · Other", others)):
        chosen = [path for name in names for path in every if path[0] == name]
        if chosen:
            parts += [f"## {title}\n", *(_entry(path, every[path]) for path in chosen)]
    return "\n".join(parts)


def _entry(path: tuple[str, ...], command: click.Command) -> str:
    name = " ".join(path)
    lines = [f"### gacp {name}", _text(command.help or ""), "", f"`{_usage(path, command)}`", ""]
    options = [option for option in command.params if isinstance(option, click.Option)]
    if options:
        lines += ["| option | meaning |", "| --- | --- |", *map(_row, options), ""]
    if name in EXIT:
        lines += [f"Ends with {EXIT[name]}.", ""]
    if name in ANSWER:
        lines += [f"`--json`: {ANSWER[name]}.", ""]
    return "\n".join([*lines, "```console", f"$ {EXAMPLE.get(name) or _plain(path, command)}", "```", ""])


def _usage(path: tuple[str, ...], command: click.Command) -> str:
    pieces = command.collect_usage_pieces(click.Context(command, info_name=" ".join(("gacp", *path))))
    return " ".join(["gacp", *path, *pieces]).replace("|", "/")


def _plain(path: tuple[str, ...], command: click.Command) -> str:
    arguments = [
        str(each.make_metavar(click.Context(command))) for each in command.params if isinstance(each, click.Argument) and each.required
    ]
    return " ".join(["gacp", *path, *arguments])


def _row(option: click.Option) -> str:
    names = ", ".join(f"`{each}`" for each in option.opts)
    shown = option.default not in (None, False, "", 0, ()) and isinstance(option.default, (int, float, str))
    default = (
        f" Default: {option.default:g}."
        if shown and isinstance(option.default, (int, float))
        else f" Default: {option.default}."
        if shown
        else ""
    )
    return f"| {names} | {_text(option.help or '')}{default} |".replace("\\|", "/")


def _text(text: str) -> str:
    """Without the line breaks of the source, and with nothing that Markdown would take for its own."""
    return " ".join(text.split()).replace("|", "/").replace("<", "&lt;").replace("NAME,…", "NAME,…")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
