"""Parts of the page of a report as HTML.

Names and other texts of a run may come from a stranger: they go through ``html.escape``, figures
are images.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from viz.explorer.html import digest

ASSETS = Path(__file__).parent / "assets"
LONGEST_TEXT = 4000  # characters of one text from a file


def document(title: str, body: Iterable[str]) -> str:
    """Return the page, which loads nothing and runs nothing but its player of films.

    Args:
        title: escaped.
        body: its elements.
    """
    style, script = (
        (ASSETS / name).read_text(encoding="utf-8") for name in ("report.css", "player.js")
    )
    policy = (
        f"default-src 'none'; img-src data:; script-src {digest(script)}; style-src"
        f" {digest(style)}; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n"
        "</head>\n<body>\n" + "\n".join(body) + f"\n<script>{script}</script>\n</body>\n</html>\n"
    )


def text(value: str) -> str:
    """Return a text from a file as the page may contain it."""
    value = "".join(c for c in value[:LONGEST_TEXT] if c.isprintable() or c == "\n")
    return escape(value.encode("utf-8", "replace").decode())


def paragraph(sentences: Iterable[str], look: str = "") -> str:
    """Return sentences as a paragraph; nothing without any."""
    content = " ".join(map(text, sentences))
    return f"<p{f' class={look!r}' if look else ''}>{content}</p>" if content else ""


def drawing(content: bytes, caption: str, turns: bool = True) -> str:
    """Return a drawing, as SVG, that is part of the page.

    Args:
        content: of the file.
        caption: what it shows.
        turns: whether its colours are turned on a dark page.
    """
    return _figure("svg+xml", f"{'drawing' if turns else 'paper'} large", content, caption)


def film(content: bytes, caption: str, drawn: bool = False) -> str:
    """Return a film, as GIF, that is part of the page and played by it.

    Args:
        content: of the file.
        caption: what it shows.
        drawn: whether it is of drawings, on white paper.
    """
    return _figure("gif", f"film large{' drawing' if drawn else ''}", content, caption)


def _figure(kind: str, look: str, content: bytes, caption: str) -> str:
    data = b64encode(content).decode()
    return (
        f'<figure><div class="wide"><img class="{look}" alt="{escape(caption)}"'
        f' src="data:image/{kind};base64,{data}"></div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of numbers; the texts are escaped here."""
    lines = ["<tr>" + "".join(f"<th>{text(cell)}</th>" for cell in head) + "</tr>"]
    lines += [_row(row) for row in rows]
    return '<div class="table"><table>' + "\n".join(lines) + "</table></div>"


def text_table(rows: Mapping[str, str]) -> str:
    """Return a table of texts by their names."""
    lines = "\n".join(_row(row) for row in rows.items())
    return f'<div class="table"><table class="texts">{lines}</table></div>'


def _row(cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<td>{text(cell)}</td>" for cell in cells) + "</tr>"


def details(summary: str, content: str) -> str:
    """Return what is shown on a click only; nothing if there is nothing."""
    if not content:
        return ""
    return f"<details><summary>{text(summary)}</summary>{content}</details>"
