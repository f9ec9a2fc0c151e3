"""The modules and classes of the package, for the tests of what holds for all of them."""

import ast
import functools
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from tests.template import ROOT

PACKAGE = ROOT / "layers" / "common" / "gatehouse"


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Everything that a module says, parsed once."""
    return tuple(ast.walk(ast.parse(path.read_text())))


def modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        yield importlib.import_module(found.name)


def classes(package: ModuleType) -> Iterator[type]:
    for module in modules(package):
        for _, one in inspect.getmembers(module, inspect.isclass):
            if one.__module__ == module.__name__:
                yield one
