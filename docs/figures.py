"""The pictures of the documentation and of the README, and the commands that make them; the
champions that explorers in pages show, too.

    python docs/figures.py                  list them
    python docs/figures.py topology.png     make this one anew
    python docs/figures.py --all            make all that take minutes and need nothing else

The commands are those of the pages. They run in ``docs/_build``, where what several pictures share
(``runs/swingup``, say) is made once and kept: delete it, and it is made anew.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

DOCS = Path(__file__).resolve().parent
ROOT, WORK = DOCS.parent, DOCS / "_build"
PLACES = ROOT / "viz" / "gallery", DOCS / "_static" / "figures"  # where pictures are kept

CLASSIC = ("acrobot", "pendulum", "mountaincar", "mountaincar_discrete")
TOURNAMENT = " --set search.parents=tournament --set search.tournament=4 --set search.cull=0.2"
HALF = "wann evolve swingup --seeds 0-9 --generations 144 --set"  # of the main job
#: the runs of the ablation, by what they are called: parents, objective, with stages or without
ABLATION = {
    f"runs/{parents}-{objective}{stages}": f"{HALF} {every}{choice}{goal}"
    for stages, every in (
        ("", "simplify.every=0"),
        ("-stages", "simplify.every=36 --set simplify.paths=1"),
    )
    for parents, choice in (("tournament", TOURNAMENT), ("lexicase", ""))
    for objective, goal in (("mean", ""), ("lower", " --set search.objective=lower_half"))
}

#: what pictures are made of -> the commands that make it
MADE = {
    "runs/swingup": ["wann evolve swingup --out runs/swingup", "wann tune runs/swingup"],
    "runs/other": ["wann evolve swingup --seed 4 --out runs/other"],
    "runs/cartpole": ["wann evolve cartpole --out runs/cartpole"],
    "runs/pole": ["wann evolve cartpole_far --out runs/pole"],
    "runs/doublepole": ["wann evolve doublepole --seed 1 --out runs/doublepole"],
    "runs/young": ["wann evolve swingup_tournament --set generations=40 --out runs/young"],
    "runs/balloon": ["wann evolve balloon:BALLOON --set generations=50 --out runs/balloon"],
    "runs/catch": [
        "wann evolve gym:catch:Catch-v0 --set generations=20 --set search.population=48"
        " --out runs/catch"
    ],
    "scaled.csv": ["python fruit.py", "python scale.py"],
    "runs/blind": [
        "wann evolve blind:BLIND --set generations=300 --set search.recurrent=true --out runs/blind"
    ],
    "runs/fruit": ["wann evolve scaled.csv --out runs/fruit"],
    "runs/digits": ["wann evolve digits --out runs/digits"],
    "runs/pruned": ["wann pruning digits --methods obd --networks --out runs/pruned"],
    "runs/mnist": ["wann evolve mnist_paper --out runs/mnist"],
    "runs/biped_quick": ["wann evolve biped_quick --out runs/biped_quick"],
    "runs/lunarlander": ["wann evolve lunarlander --seeds 2 --out runs/lunarlander"],
    "runs/racing": ["wann evolve carracing --seeds 2 --out runs/racing"],
    **{f"runs/{name}": [f"wann evolve {name} --seeds 0-2 --out runs/{name}"] for name in CLASSIC},
    **{name: [f"{command} --out {name}"] for name, command in ABLATION.items()},
}
#: champion file of docs/_static/champions, which explorers in pages show -> where it is made
CHAMPIONS = {"swingup.json": "runs/swingup/tuned.json"}
#: programs of the tutorials -> the page that has them, after a comment with their name
PROGRAMS = {
    "catch.py": "tutorials/environment.md",
    "balloon.py": "tutorials/physics.md",
    "blind.py": "howto/recurrent.md",
    "fruit.py": "tutorials/your-data.md",
    "scale.py": "tutorials/your-data.md",
}


class Figure(NamedTuple):
    """How a picture is made.

    Attributes:
        command: that makes it.
        name: of the picture, where it is not that of what the command writes: of a film it is one
            picture, of a page how it looks in a browser.
        at: second of the film, from its end where it is negative.
        needs: what not everybody has, or much time.
    """

    command: str
    name: str = ""
    at: float = 0.0
    needs: str = ""

    @property
    def written(self) -> str:
        """What the command writes."""
        return re.search(r"(?:-o|--gif|--animate) (\S+)", self.command)[1]


EXPLORER = 'wann explorer runs/swingup runs/other --names "seed 0" "seed 4" -o explorer.html'
SIX = "wann watch runs/swingup --weight -2 -1 -0.5 0.5 1 2 --no-network --gif six_weights.gif"
CATCH = "wann watch runs/catch --task gym:catch:Catch-v0 --gif catch.gif"
BALLOON = "wann watch runs/balloon --task balloon:BALLOON --seed 3 --gif balloon.gif"
SEEDS = " ".join(f"runs/{name}/s?" for name in CLASSIC)
PRUNING = "docs/results/data/pruning.csv docs/results/data/pruning16.csv"
TITLES = '"LeNet-300-100 on 28 × 28" "on 16 × 16, deskewed"'
CONVOLUTIONAL = "docs/results/data/lenet5.csv docs/results/data/resnet8.csv"
TABLE = [
    Figure("wann watch runs/swingup --weight random best tuned --in-turn --gif story.gif"),
    Figure("wann watch runs/swingup --gif watch.gif"),
    Figure(SIX, "six_weights.png", at=-0.04),
    Figure("wann topology runs/swingup -o topology.png --width 1600"),
    Figure("wann topology runs/swingup/tuned.json -o tuned.png --width 1600"),
    Figure("wann topology runs/swingup --importance -o importance.png --width 1600"),
    Figure("wann topology runs/swingup --animate growth.gif"),
    Figure("wann viz.assess runs/swingup -o assess.png --width 1400"),
    Figure("wann weight_sweep runs/swingup -o weight_sweep.png --width 1000"),
    Figure(EXPLORER, "explorer.png", needs="Chromium and selenium"),
    Figure(EXPLORER, "explorer.gif", needs="Chromium and selenium"),
    Figure("wann topology runs/cartpole -o cartpole.png --width 1000"),
    Figure("wann topology runs/pole -o pole_network.png --width 640"),
    Figure("wann watch runs/pole --gif pole.gif", "first_run.png", at=2.4),
    Figure("wann topology runs/blind -o recurrent.png --width 900"),
    Figure("wann pareto runs/young -o pareto.png --width 1000"),
    Figure(CATCH, "catch.png", at=2.8),
    Figure(BALLOON, "balloon.png", at=3.2),
    Figure("wann accuracy runs/fruit --data scaled.csv -o fruit_accuracy.png --width 1000"),
    Figure("wann topology runs/digits -o digits.png --width 1200"),
    Figure("wann accuracy runs/digits -o accuracy.png --width 1200"),
    Figure("wann topology runs/pruned/networks/obd-r09-s0.json -o pruned.png --width 1000"),
    Figure(f"wann viz.pruning {PRUNING} --title {TITLES} -o pruning.png --width 1600"),
    Figure(
        f"wann viz.pruning {CONVOLUTIONAL} --title LeNet-5 resnet8 -o convolutional.png"
        " --width 1600"
    ),
    Figure(
        "wann viz.compare runs/tournament-mean runs/lexicase-mean runs/tournament-mean-stages"
        " runs/lexicase-mean-stages runs/lexicase-lower-stages -o ablation.png --width 1000",
        needs="a quarter of an hour",
    ),
    Figure(f"wann seeds {SEEDS} -o environments.png --width 1400"),
    Figure(
        "wann watch runs/doublepole --weight -0.5 2 --steps 240 --seed 1 --gif doublepole.gif",
        needs="two minutes",
    ),
    Figure(
        "wann watch runs/biped_quick --weight -2 --steps 360 --gif biped.gif",
        needs="Box2D, 41 minutes of CPU time",
    ),
    Figure(
        "wann watch runs/lunarlander/s2 --weight -2 1.3 --no-network --seed 4 --gif lander.gif",
        needs="EnvPool and Box2D, half an hour of CPU time",
    ),
    Figure(
        "wann watch runs/racing/s2 --weight best --no-network --seed 3 --gif racing.gif",
        needs="hours",
    ),
    Figure(
        "wann pixels runs/mnist -o pixels.png --width 1400",
        needs="MNIST in WANN_DATA, half an hour",
    ),
]
#: picture -> how it is made
FIGURES = {figure.name or figure.written: figure for figure in TABLE}


# ------------------------------------------------------------------------------------------ making
def make(name: str) -> Path:
    """Make a picture or a champion in place of what is there, and return its path.

    Raises:
        SystemExit: a command fails.
    """
    if name in CHAMPIONS:
        [folder] = parts_of(CHAMPIONS[name])
        provide(folder)
        return Path(shutil.copyfile(WORK / CHAMPIONS[name], DOCS / "_static" / "champions" / name))
    figure = FIGURES[name]
    run(figure.command)
    written, picture = WORK / figure.written, place_of(name)
    if written.suffix == ".html":
        sys.path.append(str(ROOT))
        from parts import browser  # needs selenium, and wann

        browser.SHOWN[picture.suffix](written, picture)
    elif written.suffix != picture.suffix:
        still(written, figure.at).save(picture, optimize=True)
    else:
        shutil.copyfile(written, picture)
    return picture


def place_of(name: str) -> Path:
    """Return where a picture is kept; a new one goes to the documentation's own."""
    return next((folder / name for folder in PLACES if (folder / name).exists()), PLACES[1] / name)


def still(film: Path, at: float) -> Image.Image:
    """Return the picture of a GIF that is shown at this second."""
    with Image.open(film) as frames:
        frame = round(at / (frames.info["duration"] / 1000))
        frames.seek(frame % frames.n_frames)
        return frames.convert("RGB").quantize(127, dither=Image.Dither.NONE)


def run(command: str, making: str = "") -> None:
    """Run a command of a page in WORK, once what it is of is there.

    Args:
        command: its patterns are those of a shell; files of docs/ are those of the repository.
        making: what it is a part of making.

    Raises:
        SystemExit: it fails.
    """
    program, *words = shlex.split(command)
    for name in (name for word in words for name in parts_of(word)):
        if name != making:
            provide(name)
    found = [sorted(map(str, WORK.glob(word))) if "?" in word else [word] for word in words]
    given = [
        str(ROOT / word) if word.startswith("docs/") else word for one in found for word in one
    ]
    print("$", command, flush=True)
    start = [sys.executable, *(["-m", "wann"] if program == "wann" else [])]
    paths = os.pathsep.join(map(str, (ROOT, WORK)))
    done = subprocess.run([*start, *given], cwd=WORK, env={**os.environ, "PYTHONPATH": paths})
    if done.returncode:
        sys.exit(done.returncode)


def parts_of(word: str) -> list[str]:
    """Return what of MADE and PROGRAMS a word of a command is, is in, or names as a module."""
    modules = {f"{part}.py" for part in word.split(":")}
    return [
        name
        for name in (*MADE, *PROGRAMS)
        if name == word or word.startswith(f"{name}/") or name in modules
    ]


def provide(name: str) -> None:
    """Make what pictures are made of, if it is not there: all of it, or nothing is left."""
    path = WORK / name
    if path.exists():
        return
    try:
        if name in PROGRAMS:
            page = (DOCS / PROGRAMS[name]).read_text()
            path.write_text(
                re.search(rf"<!-- file: {name} -->\n```python\n(.*?)```", page, re.S)[1]
            )
        for command in MADE.get(name, ()):
            run(command, name)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise


def main(argv: Sequence[str] | None = None) -> None:
    """Make what the command line names."""
    parser = argparse.ArgumentParser(description="Make the pictures of the documentation.")
    names = [*FIGURES, *CHAMPIONS]
    choices = {"choices": [[], *names], "metavar": "NAME"}
    parser.add_argument("names", nargs="*", help="picture or champion to make", **choices)
    parser.add_argument("--all", action="store_true", help="all that take minutes and need no more")
    args = parser.parse_args(argv)
    WORK.mkdir(exist_ok=True)
    needs = {name: FIGURES[name].needs if name in FIGURES else "" for name in names}
    for name in args.names or [name for name in names if args.all and not needs[name]]:
        print(make(name), flush=True)
    if not (args.names or args.all):
        for name in names:
            print(f"{name:20s} {needs[name] or 'minutes'}")


if __name__ == "__main__":
    main()
