"""The repository's own files, for tests about the repository."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BINARY = {".png", ".jpg", ".ico", ".pdf", ".woff2", ".ttf"}


@cache
def tracked():
    """Every file that git keeps, or would keep."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:  # an unpacked archive
        skipped = {".venv", ".tools", ".setup", "node_modules", "var", "__pycache__"}
        return [path for path in ROOT.rglob("*") if path.is_file() and not skipped & set(path.relative_to(ROOT).parts)]
    return [path for name in done.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def texts():
    """Tracked files that people read."""
    return [path for path in tracked() if path.suffix not in _BINARY]


def python_files(*folders):
    """Python files below these folders."""
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders]


@cache
def tree(path):
    return ast.parse(path.read_text("utf-8"), str(path))


def name(path):
    return path.relative_to(ROOT).as_posix()


def functions(path):
    """Every function and method of a file."""
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
