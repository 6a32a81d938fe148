"""The page of a report: numbers and figures of a run in one HTML file that loads nothing and runs
nothing.

Names and other texts of a run may come from a stranger: they go through ``html.escape``, figures
are images.
"""

import platform
import shlex
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

import wann
from viz.report.figures import CLASSES, FIGURES, FILM, NETWORK, SECTIONS, WEIGHTS
from wann.assess import Assessment, ClassifierAssessment, Condition, Figures, ScoreProfile
from wann.assess.bootstrap import LEVEL
from wann.assess.conditions import CLOSE, WEIGHT_RANGE
from wann.champion.champion import Champion
from wann.config import to_toml
from wann.errors import WannError
from wann.files import read_json
from wann.runs.directory import RunDirectory
from wann.tasks import is_code

LONGEST_TEXT = 4000  # characters of one text from a file

STYLE = """
:root { color-scheme: light dark; --paper: #f6f7f9; --card: #fff; --ink: #222;
  --soft: #5b6472; --line: #dfe3e8; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181d; --card: #1f242b; --ink: #e8eaed; --soft: #a3adba; --line: #363d47; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 72rem;
  background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { margin: 0; font-size: 1.6rem; } h2 { margin: 2.5rem 0 .75rem; font-size: 1.2rem; }
p, figcaption, .note { color: var(--soft); margin: .25rem 0 .75rem; font-size: .92rem; }
.facts { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; padding: 0; }
.facts div { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .5rem .9rem; }
.facts dt { color: var(--soft); font-size: .8rem; }
.facts dd { margin: 0; font-size: 1.2rem; font-weight: 600; }
.facts dd + dd { font-size: .8rem; font-weight: 400; }
figure { margin: 0 0 1.25rem; }
.wide { overflow-x: auto; background: #fff; border: 1px solid var(--line); border-radius: .6rem;
  padding: .5rem; }
.wide img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
@media (max-width: 40rem) { .wide img { max-width: none; width: 40rem; } }
.table { overflow-x: auto; margin-bottom: 1.25rem; }
table { border-collapse: collapse; background: var(--card); font-variant-numeric: tabular-nums;
  font-size: .92rem; }
th, td { padding: .3rem .7rem; border: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
pre { overflow-x: auto; background: var(--card); border: 1px solid var(--line);
  border-radius: .6rem;
  padding: .75rem;
  font-size: .85rem; }
"""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(
    run: RunDirectory,
    champion: Champion,
    result: Assessment,
    pictures: Mapping[str, bytes],
    film: bytes | None = None,
) -> str:
    """Return the page.

    Args:
        run: the run.
        champion: its champion.
        result: of ``wann.assess.assess``.
        pictures: figures as SVG, by the names in FIGURES.
        film: GIF of episodes, if there is one.
    """
    config = run.config()
    title = f"{text(str(result.task))}, seed {config.seed}"
    tables = {WEIGHTS: conditions(result), CLASSES: classes(result)}
    shown: dict[str, list[str]] = {section: [] for section in SECTIONS}
    for name, row in FIGURES.items():
        if name in pictures:
            shown[row.section].append(figure("svg+xml", pictures[name], row.caption))
    if film:
        shown[NETWORK].append(figure("gif", film, FILM))
    body = [f"<h1>{title}</h1>", facts(champion, result)]
    for heading, figures in shown.items():
        if figures:
            body += [f"<h2>{heading}</h2>", tables.get(heading, ""), *figures]
    body += ["<h2>Where it comes from</h2>", provenance(run, champion, result)]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta'
        f' http-equiv="Content-Security-Policy" content="{POLICY}">\n<meta name="viewport"'
        ' content="width=device-width,'
        f' initial-scale=1">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n'
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def text(value: str) -> str:
    """Return a text from a file as the page may contain it."""
    value = "".join(c for c in value[:LONGEST_TEXT] if c.isprintable() or c == "\n")
    return escape(value.encode("utf-8", "replace").decode())


def figure(kind: str, content: bytes, caption: str) -> str:
    """Return an image that is part of the page."""
    data = b64encode(content).decode()
    return (
        f'<figure><div class="wide"><img alt="{escape(caption)}"'
        f' src="data:image/{kind};base64,{data}"></div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the texts are escaped here."""
    lines = ["<tr>" + "".join(f"<th>{text(cell)}</th>" for cell in head) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{text(cell)}</td>" for cell in row) + "</tr>" for row in rows]
    return '<div class="table"><table>' + "\n".join(lines) + "</table></div>"


# ------------------------------------------------------------------------------------------ numbers
def facts(champion: Champion, result: Assessment) -> str:
    """Return the few numbers that come first."""
    conditions = {
        f"mean of {len(result.per_weight)} shared weights": result.sweep,
        "random shared weight": result.random_shared,
        f"best shared weight, {result.best_weight:g}": result.best_shared,
        "tuned weights": result.tuned,
        "ensemble of the shared weights": result.ensembles.get("mean_probability"),
    }
    shown = {
        name: (brief(own), success_of(own, result.success))
        for name, own in conditions.items()
        if own is not None
    }
    shown["connections"] = str(champion.genome.size), ""
    shown["hidden nodes"] = str(len(champion.genome.hidden)), ""
    cells = "".join(
        f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd>"
        f"{f'<dd>{text(more)}</dd>' if more else ''}</div>"
        for name, (value, more) in shown.items()
    )
    return f'<dl class="facts">{cells}</dl>'


def brief(condition: Condition) -> str:
    """Return the one number of a condition."""
    share = f"{100 * condition.mean:.1f} %"
    return share if condition.classifies else f"{condition.mean:.1f}"


def success_of(condition: Condition, meaning: str | None) -> str:
    """Return how often a network succeeds under a condition; nothing if that is not known."""
    if meaning is None or condition.success is None:
        return ""
    return f"{meaning} in {100 * condition.success:.0f} % of the starts"


def conditions(result: Assessment) -> str:
    """Return the table of all weight conditions."""
    per_weight, best = result.per_weight, result.best_weight
    uniform = f"uniform in [-{WEIGHT_RANGE:g}, {WEIGHT_RANGE:g}]"
    rows = {f"shared weight {weight}": own for weight, own in per_weight.items()}
    rows[f"mean of these {len(per_weight)} weights"] = result.sweep
    for way, own in result.ensembles.items():
        rows[f"ensemble of these, {way.replace('_', ' ')}"] = own
    rows[f"random weights, each {uniform}"] = result.random_weights
    rows[f"random shared weight, {uniform}"] = result.random_shared
    rows[f"best shared weight, {best:g}"] = result.best_shared
    if result.tuned is not None:
        rows["tuned weights"] = result.tuned
    for base, changed in result.perturbed.items():
        name = f"weight {best:g}" if base == "best_shared" else "tuned weights"
        for level, own in changed.noise.items():
            rows[f"{name}, {100 * float(level):g} % noise"] = own
        rows[f"{name}, random signs"] = changed.random_signs
        rows[f"{name}, opposite signs"] = changed.opposite_signs
    interval, shape = f"{100 * LEVEL:.0f} % interval of the mean", result.profile
    classifies = isinstance(result, ClassifierAssessment)
    draws = f", {result.trials} draws" if classifies else ""
    note = (
        f"{result.counted}{draws}. Of {len(shape.weights)} shared weights from"
        f" {shape.weights[0]:g} to {shape.weights[-1]:g}, {100 * shape.near_best:.0f} % come within"
        f" {100 * CLOSE:g} % of the best."
    )
    if isinstance(shape, ScoreProfile) and shape.success is not None:
        half = 100 * np.mean(shape.success >= 0.5)
        note += f" It {result.success} in at least half of the starts at {half:.0f} % of them."
    note += " All of it is in assess.json."
    head = ["", "accuracy [%]" if classifies else "mean score", "± std", interval]
    cells = [[name, *measured(own.score, result.scale)] for name, own in rows.items()]
    if classifies:
        head.append("cross-entropy [nats]")
        for row, own in zip(cells, rows.values(), strict=True):
            row.append("" if own.loss is None else f"{own.loss.mean:.3f}")
    if result.success is not None:
        head.append(f"{result.success}, of all starts")
        for row, own in zip(cells, rows.values(), strict=True):
            row.append("" if own.success is None else f"{100 * own.success:.0f} %")
    return f"<p>{text(note)}</p>" + table(head, cells)


def measured(figures: Figures, scale: float) -> list[str]:
    """Return mean, std and interval."""
    low, high = (scale * end for end in figures.interval)
    return [
        f"{scale * figures.mean:.1f}",
        "" if figures.std is None else f"{scale * figures.std:.1f}",
        f"{low:.1f} … {high:.1f}",
    ]


def classes(result: Assessment) -> str:
    """Return the accuracy of each class at each shared weight, and by the ensemble.

    Nothing if there are no classes.
    """
    if not isinstance(result, ClassifierAssessment):
        return ""
    right = {
        name: 100 * row[k] / row.sum()
        for k, (name, row) in enumerate(zip(result.classes, result.confusion, strict=True))
        if row.sum()
    }
    head = ["class: accuracy [%]", *result.per_weight, "ensemble"]
    rows = [
        [name, *(f"{100 * share:.1f}" for share in shares), f"{right[name]:.1f}"]
        for name, shares in result.per_class.items()
    ]
    return table(head, rows)


# --------------------------------------------------------------------------------------- provenance
def provenance(run: RunDirectory, champion: Champion, result: Assessment) -> str:
    """Return what made the run, and what makes it again."""
    config, about = run.config(), about_of(run)
    command = about.get("command")
    rows = [
        ["run", run.path.resolve().name],
        ["champion found in generation", str(champion.provenance.get("generation", "not known"))],
        ["generations", str(config.generations)],
        ["seed", str(config.seed)],
        *(
            [name, str(about[name])]
            for name in ("started", "wann", "python", "numpy", "data")
            if about.get(name)
        ),
        [
            "this report",
            f"wann {wann.__version__}, python {platform.python_version()}, numpy {np.__version__}",
        ],
    ]
    if isinstance(command, list) and command and all(isinstance(part, str) for part in command):
        rows.insert(1, ["started as", f"python -m wann.evolve {shlex.join(command[1:])}"])
    code = f" --set task={shlex.quote(config.task)}" if is_code(config.task) else ""
    again = f"python -m wann.evolve config.toml{code} --out again"
    judged = f"python -m wann.assess again --trials {result.trials}"
    data = "" if not about.get("data") else "  # with the same data: --data PATH"
    return (
        table(["", ""], rows)
        + "<p>With the configuration below as config.toml, which is in the run directory, too, this"
        " makes the same champion again, bit for bit:</p>"
        + f"<pre>{text(again + data)}\n"
        + f"{text(judged + code.replace('--set task=', '--task '))}</pre>"
        + f"<pre>{text(to_toml(config))}</pre>"
    )


def about_of(run: RunDirectory) -> dict[str, Any]:
    """Return what about.json says; a run can be reported without."""
    try:
        content = read_json(run.path / "about.json")
    except (OSError, WannError):
        return {}
    return content if isinstance(content, dict) else {}
