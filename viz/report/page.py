"""The page of a report: numbers, figures and films of a run in one HTML file, which tells what the
champion does, how, how it came about, and how to make it again. It loads nothing, and runs nothing
but its player of films.
"""

from collections.abc import Mapping

from viz.names import in_text, one_line
from viz.report import html
from viz.report.figures import DOES, FIGURES, FILMS, PARTS, SEARCH, WEIGHTS, Subject
from viz.report.html import details, paragraph, table, text
from viz.report.origin import how_it_came, how_to_repeat
from viz.report.story import (
    how_weights_matter,
    interval,
    number,
    successes,
    weight_text,
    weights_heading,
    what_it_does,
)
from wann.assess import Assessment, ClassifierAssessment, Condition, Figures
from wann.assess.bootstrap import LEVEL
from wann.assess.conditions import WEIGHT_RANGE
from wann.champion.champion import Champion
from wann.explain import Explanation, Part
from wann.explain.result import sentences
from wann.tasks import Task
from wann.tasks.control.task import has_physics

MOST_PARTS = 5  # of a kind, that are listed


def page(
    of: Subject,
    pictures: Mapping[str, bytes],
    films: Mapping[str, bytes] | None = None,
    explorer: bool = False,
) -> str:
    """Return the page.

    Args:
        of: what it tells of.
        pictures: figures as SVG, by the names in FIGURES.
        films: as GIF, by the names in FILMS.
        explorer: whether the page of ``viz.explorer`` is beside it.
    """
    champion, result = of.champion, of.result
    title = f"{text(str(result.task))}, seed {of.run.config().seed}"
    shown: dict[str, list[str]] = {section: [] for section in (DOES, WEIGHTS, PARTS, SEARCH)}
    for name, film in FILMS.items():
        if films and name in films:
            shown[film.section].append(html.film(films[name], film.caption, film.drawn))
    for name, row in FIGURES.items():
        if name in pictures:
            drawn = html.drawing(pictures[name], row.caption, row.turns)
            hidden = details("The network with its tuned weights", drawn)
            shown[row.section].append(hidden if name == "tuned" else drawn)
    body = [
        f"<h1>{title}</h1>",
        paragraph(about_task(of.task), "note"),
        "<h2>What it does</h2>",
        paragraph(what_it_does(result), "lead"),
        facts(champion, result),
        links(explorer),
        *shown[DOES],
        details("Accuracy of each class", classes(result)),
        f"<h2>{weights_heading(result)}</h2>",
        paragraph(how_weights_matter(result)),
        *shown[WEIGHTS],
        details("All weight conditions", conditions(result)),
        "<h2>How it does it</h2>",
        paragraph(how_it_does_it(of.explanation)),
        *shown[PARTS],
        parts(of.explanation),
        "<h2>How it came about</h2>",
        paragraph(how_it_came(of.run, champion)),
        *shown[SEARCH],
        "<h2>How to reproduce it</h2>",
        how_to_repeat(of.run, result),
    ]
    return html.document(title, filter(None, body))


def about_task(task: Task) -> list[str]:
    """Return what the class of a compiled physics says in its first line, if it says anything."""
    if not has_physics(task):
        return []
    kind = type(task.physics)
    first = (kind.__doc__ or "").strip().split("\n")[0]
    return [] if first.startswith(f"{kind.__name__}(") else [first]  # that of a NamedTuple itself


def how_it_does_it(result: Explanation) -> list[str]:
    """Return what ``wann.explain`` says but for the score, which the assessment has."""
    _, *others = sentences(result)
    return [one_line(sentence, html.LONGEST_TEXT) for sentence in others]


def links(explorer: bool) -> str:
    """Return where to look further: files beside the page, which a page that was sent alone has
    not.
    """
    tried = (
        '<a href="explorer.html">explorer.html</a>, to try the network at any weight, and '
        if explorer
        else ""
    )
    return (
        f'<p class="note screen">Beside this page: {tried}<a href="assess.json">assess.json</a>'
        " with all of these numbers. Where it was sent alone, they are in figures/ of the run.</p>"
    )


# ------------------------------------------------------------------------------------------ numbers
def facts(champion: Champion, result: Assessment) -> str:
    """Return the few numbers that come first, with their intervals."""
    named = {
        f"mean of {len(result.per_weight)} shared weights": result.sweep,
        "ensemble of the shared weights": result.ensembles.get("mean_probability"),
        f"best shared weight, {weight_text(result.best_weight)}": result.best_shared,
        "tuned weights": result.tuned,
    }
    hidden = len(champion.genome.hidden)
    nodes = f"and {hidden} hidden node{'' if hidden == 1 else 's'}"
    cells = {"connections": [str(champion.genome.size), nodes]}
    for name, own in named.items():
        if own is not None:
            cells[name] = [number(result, own), interval(result, own)]
            if own.success is not None:
                cells[name].append(f"{result.success} in {counted_successes(result, own)}")
    shown = "".join(
        f"<div><dt>{text(name)}</dt>"
        + "".join(f"<dd>{text(line)}</dd>" for line in lines)
        + "</div>"
        for name, lines in cells.items()
    )
    note = f"{result.measure.split(' ')[0].capitalize()} with {100 * LEVEL:.0f} % interval of the"
    note += f" mean; {result.counted}{'' if result.ensembles else ' at each weight'}, other than"
    note += " those of the search."
    return f'<dl class="facts">{shown}</dl>' + paragraph([note], "note")


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
    classifies = isinstance(result, ClassifierAssessment)
    counted = f"{result.counted}{f', {result.trials} draws' if classifies else ' of each'}"
    head = [counted, "accuracy [%]" if classifies else "mean score", "± std"]
    head.append(f"{100 * LEVEL:.0f} % interval of the mean")
    cells = [[name, *measured(own.score, result.scale)] for name, own in rows.items()]
    if classifies:
        head.append("cross-entropy [nats]")
        for row, own in zip(cells, rows.values(), strict=True):
            row.append("" if own.loss is None else f"{own.loss.mean:.3f}")
    if result.success is not None:
        head.append(f"{result.success} in")
        for row, own in zip(cells, rows.values(), strict=True):
            row.append(counted_successes(result, own))
    return table(head, cells)


def counted_successes(result: Assessment, condition: Condition) -> str:
    """Return in how many starts a network succeeds under a condition; nothing if that is not
    known. The mean of several weights has as many starts at each.
    """
    if condition.success is None:
        return ""
    if condition is result.sweep:
        n = result.trials * len(result.per_weight)
        return f"{round(condition.success * n)} of {n}"
    return successes(result, condition)


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
        name: f"{100 * row[k] / row.sum():.1f}" if row.sum() else ""
        for k, (name, row) in enumerate(zip(result.classes, result.confusion, strict=True))
    }
    samples = dict(zip(result.classes, result.confusion.sum(axis=1).tolist(), strict=True))
    head = ["class: accuracy [%]", "samples", *result.per_weight, "ensemble"]
    rows = [
        [name, str(samples[name]), *(f"{100 * share:.1f}" for share in shares), right[name]]
        for name, shares in result.per_class.items()
    ]
    return table(head, rows)


# -------------------------------------------------------------------------------------------- parts
def parts(result: Explanation) -> str:
    """Return the inputs and connections without which most is lost."""
    rows = [
        [f"{kind} {name_of(part)}", f"{part.loss:.1f}", f"{part.error:.1f}", part.needed]
        for kind, own in (("input", result.inputs), ("connection", result.connections))
        for part in own[:MOST_PARTS]
        if part.loss > 0
    ]
    if not rows:
        return ""
    counted = f"{result.trials} {'validation samples' if result.classifies else 'trials'}"
    lost = f"{result.measure} lost, of {result.score:.1f}"
    return table([f"without ({counted})", lost, "± standard error", "needed"], rows)


def name_of(part: Part) -> str:
    """Return the name of a part as pages show it."""
    return " → ".join(in_text(name) for name in part.name.split(" → "))
