"""Evaluation on Ray: the same champion whoever evaluates, and whatever happens to them."""

import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.command import SMALL, call, result, run
from support.genomes import grow

ray = pytest.importorskip("ray", reason="Ray is not installed")
if sys.platform == "win32":
    pytest.skip("kills processes as on Unix", allow_module_level=True)
from support.ray_nodes import ENV, descendants, listening, on  # noqa: E402

from wann.errors import WannError  # noqa: E402
from wann.network.network import decode, decode_all  # noqa: E402
from wann.pruning.comparison.workers import RayWorkers  # noqa: E402
from wann.tasks import find_task  # noqa: E402
from wann.workers.evaluator import Evaluator  # noqa: E402
from wann.workers.ray_session import connect, own_modules  # noqa: E402
from wann.workers.ray_worker import Worker, deal, learn_speeds  # noqa: E402


# ------------------------------------------------------------------------------------------ parts
def test_picked_networks_are_the_networks():
    genomes = [grow(5, 2, 30, seed) for seed in range(9)]
    members = np.array([7, 0, 3, 3])
    picked = decode_all(genomes).pick(members)
    assert (
        picked.size == 4
        and picked.source.size == picked.indptr[-1]
        and picked.activation.size == picked.start[-1]
    )
    for i, member in enumerate(members):
        one, first, last = decode(genomes[member]), picked.start[i], picked.start[i + 1]
        edges = slice(picked.indptr[first], picked.indptr[last])
        assert picked.activation[first:last].tolist() == one.activation.tolist()
        assert (
            picked.indptr[first : last + 1] - picked.indptr[first]
        ).tolist() == one.indptr.tolist()
        assert (
            picked.source[edges].tolist() == one.source.tolist()
            and picked.gene[edges].tolist() == one.gene.tolist()
        )


def pool(speeds):
    return [Worker(actor=i, first=None, speed=speed) for i, speed in enumerate(speeds)]


@given(
    st.lists(st.integers(1, 500), min_size=1, max_size=200),
    st.lists(st.floats(0.25, 4), min_size=1, max_size=9),
)
def test_each_network_is_dealt_to_one_worker(cost, speeds):
    members = np.arange(len(cost)) * 3
    cost = np.repeat(cost, 3)
    dealt = list(deal(members, cost, pool(speeds)))
    assert np.sort(np.concatenate([part for _, part in dealt])).tolist() == members.tolist()
    assert len({worker.actor for worker, _ in dealt}) == len(dealt)


def test_work_is_dealt_by_cost_and_speed():
    rng = np.random.default_rng(0)
    cost = np.sort(rng.integers(5, 100, 960))[::-1]  # as if the elites were the largest
    shares = [
        cost[part].sum() / cost.sum() for _, part in deal(np.arange(960), cost, pool([1, 1, 2]))
    ]
    assert np.allclose(shares, [0.25, 0.25, 0.5], atol=0.01)
    assert list(deal(np.arange(0), cost, pool([1]))) == list(deal(np.arange(5), cost, [])) == []
    workers = pool([1.0, 1.0])
    for _ in range(20):
        learn_speeds({workers[0]: 30.0, workers[1]: 10.0})
    assert np.allclose([worker.speed for worker in workers], [1.5, 0.5], atol=0.01)


def test_the_users_own_modules_go_to_the_workers_and_installed_ones_do_not(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "own_single.py").write_text("import own_package, own_folder.part\n")
    for folder in ("own_package", "own_folder"):  # the second without __init__.py
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "part.py").write_text("")
    (tmp_path / "own_package" / "__init__.py").write_text("")
    __import__("own_single")
    odd = type("Odd", (ModuleType,), {"__getattr__": lambda self, name: self})
    monkeypatch.setitem(sys.modules, "odd", odd("odd"))  # as PyTorch's classes are
    find_task("swingup")
    sent = own_modules()
    for name in ("own_single.py", "own_package", "own_folder"):
        assert str((tmp_path / name).resolve()) in sent
    assert {"wann", "envs"} <= {Path(path).name for path in sent}
    assert not {"numpy", "numba", "ray", "os.py", "json"} & {Path(path).name for path in sent}


# --------------------------------------------------------------------------------------- mistakes
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--backend", "ray", "--address", "nonsense"],
        "must be auto, HOST:PORT or ray://HOST:PORT"),
        (["--address", "auto"], "add --backend ray"),
        (["--backend", "ray", "--workers", "0"], "must be at least 1"),
        (["--backend", "ray", "--patience", "nan"], "patience = nan: must be at least 0"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line_and_create_nothing(tmp_path, options, message):
    done = call(*SMALL, "--out", tmp_path / "run", *options)
    assert done.returncode == 2 and message in done.stderr and done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1:1", "no cluster answers there (Connection refused)"),
        ("ray://127.0.0.1:1", "no cluster answers there"),
    ],
)
def test_an_address_without_a_cluster_is_one_line_and_creates_nothing(tmp_path, address, message):
    options = ("--backend", "ray", "--address", address)
    done = run(*SMALL, "--out", tmp_path / "run", *options, cwd=tmp_path)
    assert done.returncode == 2 and message in done.stderr and done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_address_of_the_environment_is_honoured(tmp_path):
    env = {**os.environ, "RAY_ADDRESS": "127.0.0.1:1"}
    done = run(*SMALL, "--out", tmp_path / "run", "--backend", "ray", env=env)
    assert done.returncode == 2 and "127.0.0.1:1: no cluster answers" in done.stderr


FAILURES = [
    (Exception("timed out during startup\nsay why"), "Exception: timed out during startup say why"),
    (AssertionError(), "AssertionError"),
    (KeyError("node"), "KeyError: 'node'"),
    (TimeoutError("no answer"), "TimeoutError: no answer"),
    (ray.exceptions.RaySystemError("broken"), "RaySystemError: "),
    (SystemExit(1), "it does not answer"),
]


@pytest.mark.parametrize(("failure", "message"), FAILURES, ids=lambda value: type(value).__name__)
def test_whatever_ray_raises_at_its_start_is_one_line(monkeypatch, failure, message):
    def fail(**options):
        raise failure

    monkeypatch.setattr(ray, "init", fail)
    for start in (
        lambda: Evaluator(find_task("cartpole"), "ray", 1),
        lambda: RayWorkers(None, 1, None),
    ):
        with pytest.raises(WannError) as caught:
            start()
        text = str(caught.value)
        assert (
            text.startswith(f"cannot use a Ray cluster on this machine: {message}")
            and "\n" not in text
        )


@pytest.mark.parametrize(("failing", "workers"), [("put", 1), ("cluster_resources", None)])
def test_what_ray_raises_directly_after_its_start_is_one_line(monkeypatch, failing, workers):
    def fail(*_):
        raise AssertionError("not connected")

    monkeypatch.setattr(ray, "init", lambda **options: None)
    monkeypatch.setattr(
        ray, "get_runtime_context", lambda: SimpleNamespace(gcs_address="127.0.0.1:1")
    )
    monkeypatch.setattr(ray, failing, fail)
    with pytest.raises(
        WannError, match="a Ray cluster on this machine: AssertionError: not connected"
    ):
        RayWorkers(None, workers, None)


def test_only_a_cluster_of_our_own_is_kept_on_loopback(head, monkeypatch):
    def init(address, **options):
        own[address] = ray.util.get_node_ip_address()

    own = {}
    monkeypatch.setattr(ray, "init", init)
    monkeypatch.setattr(
        ray, "get_runtime_context", lambda: SimpleNamespace(gcs_address="127.0.0.1:1")
    )
    usual = ray.util.get_node_ip_address()
    connect(None, 1)
    connect(head.address, 1)
    assert own == {"local": "127.0.0.1", head.address: usual}


# ----------------------------------------------------------------------------- a cluster, and tasks
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_of_a_cluster_of_our_own_listens_to_other_machines(head):
    task = find_task("cartpole")
    with Evaluator(task, "ray", 1) as evaluate:
        evaluate([grow(4, 1, 9, 0)], [1.0], task.trials(1, np.random.default_rng(0)))
        others = {head.process.pid, *descendants(head.process.pid)}
        addresses = listening([os.getpid(), *(set(descendants(os.getpid())) - others)])
    assert addresses and addresses <= {"0100007F", "0000000000000000FFFF00000100007F"}


@pytest.mark.slow
def test_a_cluster_of_our_own_gives_the_same_and_ends_with_the_run(finished, tmp_path):
    path = tmp_path / "run"
    options = ["--backend", "ray", "--workers", 3, "--json"]
    done = run(*SMALL, "--set", "generations=40", "--seed", 3, "--out", path, *options)
    assert done.returncode == 0 and result(path) == result(finished)
    assert (
        "ray: 3 workers" in done.stderr
        and done.stdout.startswith("{")
        and done.stdout.count("\n") == 1
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise KeyError('a mistake of mine')", "KeyError: 'a mistake of mine'"),
        ("import os; os._exit(1)", "error: workers die as soon as they start: The actor is dead"),
        (
            "import os; a[0].size > 1 and os._exit(1); return SWINGUP.score(*a)",
            "error: workers die again and again on the same networks: The actor is dead",
        ),
        (
            "import warnings; warnings.warn('slow, sorry'); return SWINGUP.score(*a)",
            "warning: slow, sorry",
        ),
    ],
)
def test_what_a_task_does_on_a_worker_is_told(head, tmp_path, body, message):
    (tmp_path / "own.py").write_text(
        "from wann.tasks import find_task\nSWINGUP = find_task('swingup_hard')\nclass Task:\n"
        "    inputs, outputs, trials = SWINGUP.inputs, SWINGUP.outputs, SWINGUP.trials\n"
        f"    def score(self, *a):\n        {body}\nTASK = Task()\n"
    )
    options = [*SMALL[1:], "--set", "generations=2", "--out", tmp_path / "run"]
    done = run("own:TASK", *options, *on(head), cwd=tmp_path, env=ENV)
    assert message in done.stderr and done.stderr.count("warning:") <= 1, done.stderr
    assert done.returncode == (0 if "sorry" in message else 2) and "Traceback" not in done.stderr


def test_a_task_that_cannot_be_sent(head, tmp_path):
    (tmp_path / "own.py").write_text(
        "from wann.tasks import find_task\nimport threading\nTASK ="
        " find_task('swingup_hard')\nclass Task:\n    inputs, outputs, trials, score = TASK.inputs,"
        " TASK.outputs, TASK.trials, TASK.score\n    def __init__(self):\n        self.lock ="
        " threading.Lock()\nTASK = Task()\n"
    )
    done = run("own:TASK", *SMALL[1:], "--out", tmp_path / "run", *on(head), cwd=tmp_path, env=ENV)
    assert (
        done.returncode == 2
        and "error: the task cannot be sent to the workers: TypeError" in done.stderr
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_cluster_without_a_gpu_is_one_line(tmp_path):
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    options = ("--backend", "ray", "--gpus", "--workers", "1")
    done = run(*SMALL, *options, "--out", tmp_path / "run", cwd=tmp_path, env=hidden)
    assert done.returncode == 2 and not (tmp_path / "run").exists()
    assert "the cluster has no GPU: leave out --gpus" in done.stderr.splitlines()[-1]
