"""`python -m benchmarks [NAME...]` runs all measurements, or those named; `--list` says which there are."""

import importlib
import sys
from collections.abc import Sequence

NAMES = ("review", "documents", "submit_core", "backlog", "submit", "startup")


def main(arguments: Sequence[str]) -> int:
    """Run them one after another; 1 where one was over its limit, 2 for a name that is none."""
    if arguments == ["--list"]:
        for name in NAMES:
            print(f"{name:<12} {importlib.import_module(f'benchmarks.{name}').__doc__.strip()}")
        return 0
    if unknown := set(arguments) - set(NAMES):
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    over = [name for name in arguments or NAMES if importlib.import_module(f"benchmarks.{name}").main()]
    print(f"\nOver the limit: {', '.join(over)}" if over else "\nAll within their limits.")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
