"""The direction of imports: wann <- envs <- viz; and what the main job leaves out."""

import ast
import subprocess
import sys
from pathlib import Path

import wann

ROOT = Path(wann.__file__).parent.parent
ORDER = ["wann", "envs", "viz"]


def imported(file, at_start_only):
    """Return the top-level packages that a file imports."""
    tree = ast.parse(file.read_text())
    nodes = tree.body if at_start_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def test_nothing_imports_upwards():
    files = [file for package in ORDER for file in (ROOT / package).rglob("*.py")]
    assert len(files) > 20
    for file in files:
        package = file.relative_to(ROOT).parts[0]
        above = set(ORDER[ORDER.index(package) + 1 :])
        found = set(imported(file, at_start_only=False))
        assert not found & above, f"{file} imports {found & above}"
        if package != "viz":
            assert not {"matplotlib", "pygame", "PIL"} & set(imported(file, at_start_only=True)), file


def test_the_main_job_imports_neither_ray_nor_matplotlib():
    code = "import sys, wann.evolve, wann.assess, wann.explain, wann.tune, wann.pruning.compare, envs.swingup;"
    code += "print(*sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "numba" in modules
    assert not {"ray", "matplotlib", "pygame", "networkx", "cma"} & set(modules)
