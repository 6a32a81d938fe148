"""Configuration of the documentation.

pip install -e ".[docs]" && sphinx-build -W --keep-going -b html docs docs/_build/html
"""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "docs"), str(ROOT)]  # what is documented is this tree

import wann  # noqa: E402 - found by the line above

project = "wann"
author = "The wann developers"
project_copyright = author
release = version = wann.__version__

extensions = [
    "parts.explorers",
    "parts.generated",
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]

# ---------------------------------------------------------------------------------------- Markdown
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
smartquotes_action = "D"  # dashes, no quotes
nb_execution_mode = "cache"
nb_execution_cache_path = str(ROOT / "docs" / "_build" / "notebooks")
nb_execution_raise_on_error = True
nb_execution_timeout = 300

# ------------------------------------------------------------------------------------------ Python
# annotations of what uses it are not evaluated, so that its place can be taken
autodoc_mock_imports = [] if importlib.util.find_spec("torch") else ["torch"]
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True

# -------------------------------------------------------------------------------------------- HTML
html_theme = "furo"
html_title = f"wann {version}"
html_static_path = ["_static"]
html_css_files = ["wann.css"]
html_show_sphinx = False
html_copy_source = False
copybutton_selector = "div.highlight-sh pre, div.highlight-python pre, div.highlight-toml pre"
