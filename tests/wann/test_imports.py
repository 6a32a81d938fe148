"""The direction of imports: wann <- envs <- viz; and what the main job leaves out."""

import ast
import subprocess
import sys

import pytest
from support.places import HOME

ORDER = ["wann", "envs", "viz"]
#: rooms of wann, each of which needs none but those before it: nouns, then verbs
ROOMS = [
    "errors",
    "streams",
    "names",
    "packages",
    "files",
    "cache_root",
    "frozen",
    "examples",
    "output",
    "threads",
    "jit",
    "numeric",
    "config",
    "genome",
    "network",
    "tasks",
    "champion",
    "gpu",
    "workers",
    "search",
    "runs",
    "command",
    "tune",
    "assess",
    "explain",
    "export",
    "pruning",
    "simplify",
    "compare",
    "evolve",
    "sklearn",
    "physics",
    "lane_functions",
    "mathfun",
    "__main__",
]


def imported(file, at_start_only):
    """Return the top-level packages that a file imports."""
    tree = ast.parse(file.read_text())
    nodes = tree.body if at_start_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def needs(file):
    """Return the modules that a file imports, wherever in it, and the names that it imports from
    modules.
    """
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


#: rooms and files of viz, likewise
VIZ = [
    "names",
    "style",
    "film",
    "classifier",
    "network",
    "scene",
    "pixels",
    "accuracy",
    "assess",
    "compare",
    "confusion",
    "curves",
    "features",
    "pareto",
    "pruning",
    "seeds",
    "topology",
    "weight_sweep",
    "explorer",
    "watch",
    "report",
]


@pytest.mark.parametrize(("package", "rooms"), [("wann", ROOMS), ("viz", VIZ)])
def test_rooms_need_none_above_them(package, rooms):
    home = HOME / package
    files = [file for file in home.rglob("*.py") if file != home / "__init__.py"]
    assert {room_of(file.relative_to(HOME).with_suffix("").parts) for file in files} == set(rooms)
    for file in files:
        own = rooms.index(room_of(file.relative_to(HOME).with_suffix("").parts))
        wanted = {
            room_of(name.split(".")) for name in needs(file) if name.startswith(f"{package}.")
        } & set(rooms)
        above = {room for room in wanted if rooms.index(room) > own}
        assert not above, f"{file} imports {above}"


def room_of(parts):
    """Return the room of a module of wann."""
    return parts[1]


def test_no_module_needs_itself():
    """Imports go in one direction: no chain of them, at the start of a file or in a function, comes
    back.
    """
    files = {
        ".".join(file.relative_to(HOME).with_suffix("").parts).removesuffix(".__init__"): file
        for package in ORDER
        for file in (HOME / package).rglob("*.py")
    }
    left = {name: files.keys() & set(needs(file)) for name, file in files.items()}
    left["wann"] = set()  # what it offers it imports when asked
    assert (
        len(left) > 100
        and "wann.jit" in left["wann.command.program"]
        and "wann.tasks" in left["wann.workers.evaluator"]
    )
    while free := [name for name, wanted in left.items() if not wanted & left.keys()]:
        for name in free:
            del left[name]
    assert not left, {name: sorted(wanted & left.keys()) for name, wanted in left.items()}


def test_nothing_imports_upwards():
    files = [file for package in ORDER for file in (HOME / package).rglob("*.py")]
    assert len(files) > 20
    for file in files:
        package = file.relative_to(HOME).parts[0]
        above = set(ORDER[ORDER.index(package) + 1 :])
        found = set(imported(file, at_start_only=False))
        assert not found & above, f"{file} imports {found & above}"
        if package != "viz":
            assert not {"matplotlib", "pygame", "PIL"} & set(imported(file, at_start_only=True)), (
                file
            )


def test_only_what_is_of_pytorch_imports_it():
    """And the others import that only in functions, when it is asked for."""
    files = [file for package in ORDER for file in (HOME / package).rglob("*.py")]
    found = {
        str(file.relative_to(HOME))
        for file in files
        if "torch" in imported(file, at_start_only=False)
    }
    room = {name for name in found if name.startswith("wann/pruning/torch/")}
    others = {
        "champion/champion.py",
        "champion/module.py",
        "export/torch.py",
    }  # the first for types
    assert found - room == {f"wann/{name}" for name in others} and len(room) > 4
    for file in files:
        if str(file.relative_to(HOME)) in room:
            continue
        at_start = [
            n.module or "" for n in ast.parse(file.read_text()).body if hasattr(n, "module")
        ]
        assert not [
            name
            for name in at_start
            if name.startswith(("wann.pruning.torch", "wann.champion.module"))
        ], file


def test_the_main_job_imports_neither_ray_nor_matplotlib():
    code = (
        "import sys, wann.evolve, wann.assess, wann.explain, wann.tune, wann.export, envs.swingup,"
        " wann.pruning.comparison.compare;"
    )
    code += "print(*sorted(sys.modules))"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "numba" in modules
    assert not {"ray", "matplotlib", "pygame", "networkx", "cma", "torch"} & set(modules)
