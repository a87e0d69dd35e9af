"""`python -m benchmarks [NAME...] [OPTIONS]` runs all measurements, or those named; `--list` says which there are."""

import importlib
import itertools
import sys
from collections.abc import Sequence

ONLY_BY_NAME = ("search", "worker", "growth", "profile")  # they take many minutes; the last three fetch the other queues
WITH_OPTIONS = ("search", "worker", "profile")
NAMES = ("review", "documents", "ledger", "logs", "submit_core", "backlog", "insight", "submit", "health", "startup", *ONLY_BY_NAME)


def main(arguments: Sequence[str]) -> int:
    """Run them one after another; 1 where one was over its limit, 2 for a name that is none."""
    if arguments == ["--list"]:
        for name in NAMES:
            print(f"{name:<12} {importlib.import_module(f'benchmarks.{name}').__doc__.strip()}")
        return 0
    names = list(itertools.takewhile(lambda word: not word.startswith("-"), arguments))
    options = arguments[len(names) :]
    if unknown := set(names) - set(NAMES):
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    if options and (len(names) != 1 or names[0] not in WITH_OPTIONS):
        print(f"Options belong to one of these alone: {', '.join(WITH_OPTIONS)}", file=sys.stderr)
        return 2
    over = [name for name in names or _ordinary() if importlib.import_module(f"benchmarks.{name}").main(*[options] if options else [])]
    print(f"\nOver the limit: {', '.join(over)}" if over else "\nAll within their limits.")
    return 1 if over else 0


def _ordinary() -> list[str]:
    return [name for name in NAMES if name not in ONLY_BY_NAME]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
