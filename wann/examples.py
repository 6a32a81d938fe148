"""What the help of a command ends with: examples, and the page that says more."""

#: module of a command -> page in docs/, and examples
EXAMPLES = {
    "wann.evolve": (
        "tutorials/first-run.md",
        "wann evolve                           # the main job: swing up a pole",
        "wann evolve digits --out runs/digits  # another task",
        "wann evolve FILE.csv --seeds 0-4      # your samples, five seeds",
        "wann evolve --resume runs/digits      # go on where it was stopped",
    ),
    "viz.watch": (
        "howto/watch.md",
        "wann watch                            # the latest run, in a window",
        "wann watch RUN --gif film.gif",
        "wann watch RUN --weight random best tuned --in-turn --gif story.gif",
    ),
    "viz.explorer": (
        "howto/explorer.md",
        "wann explorer RUN -o page.html",
        'wann explorer RUN OTHER --names "seed 0" "seed 1" -o index.html',
    ),
    "viz.report": (
        "gallery.md",
        "wann report RUN                       # figures and a page, in RUN/figures",
        "wann report RUN --task module:NAME    # of a task of your own",
    ),
    "wann.assess": (
        "results/swingup.md",
        "wann assess RUN",
        "wann assess RUN --trials 1000 --json",
        "wann assess swing.out --task swingup  # a published network",
    ),
    "wann.explain": (
        "results/swingup.md",
        "wann explain RUN",
        "wann explain RUN --trials 20 --json",
    ),
    "wann.compare": (
        "explanation/search.md",
        "wann compare RUNS OTHER               # folders of wann evolve --seeds",
        "wann compare RUNS OTHER --csv table.csv",
    ),
    "wann.tune": (
        "tutorials/deploy.md",
        "wann tune RUN                         # a minute or two, into RUN/tuned.json",
        "wann tune RUN --quick --force",
        "wann tune --mlp 10 --task swingup -o mlp.json  # fully connected, to compare",
    ),
    "wann.simplify": (
        "explanation/search.md",
        "wann simplify RUN -o small.json",
        "wann simplify RUN --paths 1           # quicker",
    ),
    "wann.export": (
        "tutorials/deploy.md",
        "wann export RUN --to c -o network.c",
        "wann export RUN --to onnx --weight 1.5",
    ),
    "wann.pruning": (
        "howto/pruning.md",
        "wann pruning digits --methods magnitude obd --seeds 0 --out runs/pruned",
        "wann pruning FILE.csv --champion RUN  # beside an evolved network",
        "wann pruning digits --network lenet5  # a convolutional network; needs PyTorch",
    ),
    "wann.pruning.control": (
        "howto/pruning.md",
        "wann pruning.control swingup",
        "wann pruning.control --champion RUN/tuned.json",
    ),
    "viz.topology": (
        "gallery.md",
        "wann topology RUN -o network.svg",
        "wann topology RUN --importance -o importance.png",
        "wann topology RUN --animate growth.gif",
    ),
    "viz.weight_sweep": (
        "gallery.md",
        "wann weight_sweep RUN -o sweep.png",
        "wann weight_sweep RUN --trials 1000 -o sweep.pdf",
    ),
    "viz.curves": (
        "gallery.md",
        "wann curves RUN -o curves.png",
        "wann curves RUN -o curves.svg -o curves.png --width 1000",
    ),
    "viz.seeds": (
        "gallery.md",
        "wann seeds RUN OTHER -o seeds.png",
        "wann seeds runs/acrobot/s0 runs/acrobot/s1 -o seeds.svg",
    ),
    "viz.compare": (
        "explanation/search.md",
        "wann viz.compare RUNS OTHER -o compare.png",
        "wann viz.compare RUNS OTHER --against steps -o compare.png",
    ),
    "viz.pareto": (
        "gallery.md",
        "wann pareto RUN -o pareto.png",
        "wann pareto RUN -o pareto.png --width 1000",
    ),
    "viz.assess": (
        "gallery.md",
        "wann viz.assess RUN -o assess.png",
        "wann viz.assess RUN --trials 1000 -o assess.pdf",
    ),
    "viz.pruning": (
        "howto/pruning.md",
        "wann viz.pruning runs/pruned -o pruning.png",
        'wann viz.pruning runs/pruned runs/more --title "28 x 28" "16 x 16" -o pruning.png',
    ),
    "viz.accuracy": (
        "tutorials/your-data.md",
        "wann accuracy RUN -o accuracy.png",
        "wann accuracy RUN --data FILE.csv -o accuracy.png",
    ),
    "viz.confusion": (
        "tutorials/your-data.md",
        "wann confusion RUN -o confusion.png",
        "wann confusion RUN --data FILE.csv -o confusion.png",
    ),
    "viz.pixels": (
        "gallery.md",
        "wann pixels RUN -o pixels.png",
        "wann pixels RUN --data FOLDER -o pixels.png",
    ),
    "viz.features": (
        "results/carracing.md",
        "wann viz.features RUN -o features.png",
        "wann viz.features RUN --trials 20 -o features.pdf",
    ),
    "envs.carracing.features": (
        "results/carracing.md",
        "wann features -o encoder.npz          # then: wann evolve carracing --data encoder.npz",
        "wann features --features 24 --tracks 1000 -o encoder.npz",
        "wann features --to c                   # for use beside an exported network",
    ),
}
