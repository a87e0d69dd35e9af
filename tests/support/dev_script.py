"""The set-up script `dev` as a module, although its name has no ending."""

import importlib.util
from importlib.machinery import SourceFileLoader
from pathlib import Path

ROOT = Path(__file__).parents[2]


def load_dev(root=ROOT):
    """The script, as it is in that folder."""
    loader = SourceFileLoader("dev_script", str(root / "dev"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("dev_script", loader))
    loader.exec_module(module)
    return module
