"""Every module says what it is for, and shows at its top what it imports."""

import ast

from tests.support.sources import ROOT, functions, name, python_files, tree

PRODUCT = python_files("backend")
PICKLES = {"pickle", "cPickle", "dill", "shelve", "marshal"}
TOP = [ROOT / "wsgi.py", ROOT / "gunicorn.conf.py", ROOT / "dev"]
READS_THE_ENVIRONMENT = {
    "backend/settings.py",
    "backend/adapters/embedded/process.py",  # hands its own environment on to its children
}


def imported(node):
    """The modules that a node imports, if it is an import at all."""
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def first_line(path):
    return (ast.get_docstring(tree(path)) or "").partition("\n")[0].rstrip()


def found(paths, is_wrong):
    """Where in these files a node is that should not be there."""
    return [f"{name(path)}:{node.lineno}" for path in paths for node in ast.walk(tree(path)) if is_wrong(node)]


def test_each_module_opens_with_a_sentence_that_says_what_it_is_for():
    every = [*PRODUCT, *TOP, *python_files("tests", "benchmarks")]

    assert [name(path) for path in every if not first_line(path).endswith((".", ":", "!", "?"))] == []


def test_no_function_imports_our_own_modules():
    inside = [
        f"{name(path)}:{node.lineno}"
        for path in PRODUCT
        for function in functions(path)
        for node in ast.walk(function)
        if any(module.split(".")[0] == "backend" for module in imported(node))
    ]

    assert inside == []


def test_only_the_settings_read_the_environment():
    paths = [path for path in PRODUCT if name(path) not in READS_THE_ENVIRONMENT]

    assert found(paths, lambda node: isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}) == []


def test_nothing_is_pickled():
    assert found(PRODUCT, lambda node: PICKLES & set(imported(node))) == []


def our_names(path):
    """What a file calls things that it imports from the product."""
    return {
        alias.asname or alias.name.split(".")[0]
        for node in ast.walk(tree(path))
        if any(module.split(".")[0] == "backend" for module in imported(node))
        for alias in node.names
    }


def is_ours(target, names):
    """Whether the first argument of a patch is a part of the product, as text or as an object."""
    if isinstance(target, ast.Constant):
        return str(target.value).startswith("backend")
    while isinstance(target, ast.Attribute):
        target = target.value
    return isinstance(target, ast.Name) and target.id in names


def patches(path):
    """The calls of a file that replace a part of the product."""
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args]
    names = our_names(path)
    return [call for call in calls if call.func.attr in {"setattr", "patch", "object"} and is_ours(call.args[0], names)]


def test_doubles_are_handed_in_and_nothing_of_ours_is_patched():
    assert [f"{name(path)}:{call.lineno}" for path in python_files("tests") for call in patches(path)] == []


def test_test_files_have_names_of_their_own():
    names = [path.name for path in python_files("tests") if path.name.startswith("test_")]

    assert sorted(names) == sorted(set(names))
