"""Where a job failed: the lines of our own code, without values, paths of this machine, or the libraries in between."""

import sysconfig
from pathlib import Path
from traceback import walk_tb

LIMIT = 4_000
TOLD = "told_trace"
"""The attribute of an error that carries the trace of the process in which it was raised."""
_ROOT = Path(__file__).resolve().parents[2]
_PACKAGE = _ROOT / "backend"
_PLATFORM = Path(__file__).resolve().parent
_FOREIGN = tuple(Path(sysconfig.get_paths()[name]).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def own_trace(error: BaseException) -> str:
    """One line per call, innermost last, then the class of the error; causes come first. Messages are left out: they may
    hold personal data, and the attempt has its own. An error that came from another process brings its trace with it."""
    return getattr(error, TOLD, "") or _own(error)


def _own(error: BaseException) -> str:
    return "\nled to\n".join(_one(each) for each in reversed(_chain(error)))[-LIMIT:]


def _chain(error: BaseException) -> list[BaseException]:
    chain = [error]
    while len(chain) < 5:
        last = chain[-1]
        cause = last.__cause__ or (None if last.__suppress_context__ else last.__context__)
        if cause is None or cause in chain:
            break
        chain.append(cause)
    return chain


def _one(error: BaseException) -> str:
    frames = [(Path(frame.f_code.co_filename).resolve(), number, frame.f_code.co_name) for frame, number in walk_tb(error.__traceback__)]
    own = [f"{_shown(path)}:{number} {name}" for path, number, name in frames if _is_own(path)]
    return "\n".join([*own, type(error).__name__])


def _is_own(path: Path) -> bool:
    if path.is_relative_to(_PACKAGE):
        return not path.is_relative_to(_PLATFORM)
    return not any(path.is_relative_to(folder) for folder in _FOREIGN)


def _shown(path: Path) -> str:
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name
