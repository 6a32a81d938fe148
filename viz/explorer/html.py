"""The explorer's page as one HTML file, from its sources in ``viz/explorer/page``."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from wann.numeric.activations import ACTIVATIONS
from wann.numeric.expression import written

#: how scripts call the elementary functions of ``wann.numeric.expression``
IN_SCRIPTS = {
    "exp2": "exp2({})",
    "sin_pi": "sinPi({})",
    "cos_pi": "cosPi({})",
    "tanh": "tanh({})",
    "abs": "Math.abs({})",
    "where": "({} ? {} : {})",
}
PAGE = Path(__file__).parent / "page"
#: in the order in which a browser reads them
SCRIPTS = (
    "dom",
    "mathfun",
    "network",
    "physics",
    "app",
    "graph",
    "details",
    "chart",
    "profile",
    "table",
    "hands",
    "scene",
    "episodes",
    "scan",
    "digits",
    "run",
    "address",
    "main",
)


def page(data: dict[str, Any]) -> str:
    """Return the page: one HTML file, which may load nothing and run its own scripts only."""
    style = read(["explorer.css"])
    script = f"{read(f'{name}.js' for name in SCRIPTS)}\n{activations_script()}"
    policy = (
        f"default-src 'none'; img-src data:; script-src {digest(script)}; style-src"
        f" {digest(style)}; base-uri 'none'; form-action 'none'"
    )
    parts = {
        "title": escape(f"{data['task']} \u2013 wann"),
        "about": escape(about(data)),
        "policy": policy,
        "style": style,
        "script": script,
        "data": as_json(data),
    }
    template = (PAGE / "explorer.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)


def about(data: dict[str, Any]) -> str:
    """Return what a page is about in a sentence or two, as search engines and links show it."""
    shown = sum(network["group"] == "champion" for network in data["networks"])
    subject = "A network" if shown == 1 else f"{shown} networks"
    act = {"physics": " Push and drag the pole.", "samples": " Give it something to classify."}
    return (
        f"{subject} evolved for {data['task']} to work with one weight shared by all connections:"
        f" change it, and look at the values that flow.{act.get(data['view']['kind'], '')}"
    )


def activations_script() -> str:
    """Return the function ``activate(code, x)`` of the page, which uses those of ``mathfun.js``."""
    cases = "".join(
        f"    case {code}: return {written(activation.expression, IN_SCRIPTS)};\n"
        for code, activation in ACTIVATIONS.items()
    )
    about = "/** Activation number `code` of x; an unknown code is linear. */"
    switch = f"  switch (code) {{\n{cases}    default: return x;\n  }}"
    return f"{about}\nfunction activate(code, x) {{\n{switch}\n}}\n"


def read(names: Iterable[str]) -> str:
    """Return sources of the page, one after another."""
    return "\n".join((PAGE / name).read_text(encoding="utf-8") for name in names)


def digest(text: str) -> str:
    """Return what a content security policy calls this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def as_json(data: dict[str, Any]) -> str:
    """Return JSON that ends no element of HTML, whatever strings are in it."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
