"""Configurations: defaults, files, overrides and what is refused."""

import codecs
import importlib.util
import tomllib
import warnings
from dataclasses import replace

import pytest

from wann.config import (
    SHIPPED,
    Config,
    configure,
    find_table,
    make_config,
    nearest,
    override,
    to_table,
    to_toml,
)
from wann.errors import WannError
from wann.tasks import find_task


def test_defaults_are_the_papers():
    config = Config()
    assert config == make_config({})
    assert config.weights == (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)
    search = config.search
    assert (search.population, search.tournament, search.cull, search.elites) == (192, 8, 0.2, 0.2)
    assert (search.init_enable, search.p_size) == (0.5, 0.8)
    assert vars(search.mutation) == {
        "add_connection": 0.2, "add_node": 0.25, "enable_connection": 0.05,
        "change_activation": 0.5, "disable_connection": 0.0, "add_recurrent": 0.1,
    }  # fmt: skip
    assert not search.recurrent  # or a recurrent connection were added


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.toml")))
def test_shipped_configurations_are_valid_and_name_a_task(name, give_data):
    config = make_config(find_table(name))
    give_data(config.task)
    if name.startswith(("biped", "lunarlander")):
        pytest.importorskip(
            "Box2D", reason="Box2D is not installed: pip install swig, then gymnasium[box2d]"
        )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "biped|lunarlander.*: EnvPool is not installed")
        task = find_task(configure(name).task)  # as the command takes it
    assert len(task.inputs) > 1 and len(task.outputs) >= 1


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("lunarlander", "LunarLander-v3"),
        ("biped", "BipedalWalker-v3"),
    ],
)
def test_without_envpool_a_configuration_says_that_its_task_is_gymnasiums(name, task, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda module: None)
    with pytest.warns(
        UserWarning, match=rf"EnvPool is not installed, so the task is gym:{task} in place of envp"
    ):
        without = configure(name, seed=3)
    assert without.task == f"gym:{task}"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        monkeypatch.setattr(importlib.util, "find_spec", lambda module: module)
        assert configure(name, seed=3) == replace(without, task=f"envpool:{task}")
        # what a run has played, or a user names, stays
        monkeypatch.setattr(importlib.util, "find_spec", lambda module: None)
        assert configure(f"envpool:{task}").task == f"envpool:{task}"
        assert configure(configure(f"envpool:{task}"), seed=1).task == f"envpool:{task}"
        assert configure(name, task="cartpole").task == "cartpole"


def test_toml_of_a_configuration_gives_it_again():
    config = make_config(
        {"task": "ä.b:Ü", "weights": [0.1, 1e-7, -3], "search": {"mutation": {"add_node": 1}}}
    )
    assert make_config(tomllib.loads(to_toml(config))) == config
    assert make_config(to_table(config)) == config


def test_a_byte_order_mark_is_ignored(tmp_path):
    (tmp_path / "c.toml").write_bytes(codecs.BOM_UTF8 + b"seed = 3\r\ngenerations = 7\r\n")
    assert find_table(str(tmp_path / "c.toml")) == {"seed": 3, "generations": 7}


def test_overrides():
    table = {"search": {"population": 8}}
    for text in (
        "search.cull=0.1",
        "seed = 7",
        "task=cartpole",
        "weights=[1, 2.5]",
        "search.mutation.add_node=1",
    ):
        override(table, text)
    config = make_config(table)
    assert (config.search.population, config.search.cull, config.seed) == (8, 0.1, 7)
    assert (config.task, config.weights, config.search.mutation.add_node) == (
        "cartpole",
        (1.0, 2.5),
        1.0,
    )


@pytest.mark.parametrize("text", ["population", "=3", "a..b=1", "search.=1"])
def test_malformed_overrides(text):
    with pytest.raises(WannError, match="KEY=VALUE"):
        override({}, text)


def test_override_below_a_value():
    with pytest.raises(WannError, match="seed is no table"):
        override({"seed": 1}, "seed.x=1")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"generation": 3}, "unknown key generation: did you mean generations?"),
        ({"population": 3}, "unknown key population: did you mean search.population?"),
        ({"search": {"every": 3}}, "unknown key search.every: did you mean simplify.every?"),
        ({"serach": {}}, "unknown key serach: did you mean search?"),
        (
            {"search": {"populaton": 3}},
            r"unknown key search\.populaton: did you mean search\.population\?",
        ),
        ({"search": {"mutation": {"add_nodes": 1}}}, r"did you mean search\.mutation\.add_node\?"),
        ({"search": 3}, "search = 3: must be a table"),
        ({"search": {"population": 0}}, r"search\.population = 0: must be at least 2"),
        ({"search": {"population": 10**9}}, "must be at most"),
        ({"search": {"population": 2.5}}, r"search\.population = 2\.5: must be a whole number"),
        ({"search": {"population": True}}, "whole number"),
        ({"search": {"population": "many"}}, "whole number"),
        ({"search": {"cull": -0.1}}, r"search\.cull = -0\.1: must be at least 0"),
        ({"search": {"cull": 1.0}}, "at most 0.99"),
        ({"search": {"p_size": float("nan")}}, "finite"),
        ({"search": {"activations": ["tanh", "tangent"]}}, "did you mean 'tanh'"),
        ({"search": {"activations": ["tanh", "tanh"]}}, "twice"),
        ({"search": {"activations": []}}, "at least one"),
        ({"search": {"mutation": {"add_node": 0, "add_connection": 0}}}, "both 0"),
        ({"search": {"mutation": {"add_node": -1}}}, "at least 0"),
        ({"weights": []}, r"weights = \[\]: must be a list with at least one value"),
        ({"weights": 1.0}, "must be a list"),
        ({"weights": [1, "2"]}, r"weights\[1\] = '2': must be a number"),
        ({"weights": [1, float("inf")]}, "finite"),
        ({"weights": [1, 1.0]}, "twice"),
        ({"task": 3}, "task = 3: must be text"),
        ({"task": ""}, "must be text"),
        ({"seed": -1}, "seed = -1: must be at least 0"),
        ({"generations": 0}, "generations = 0: must be at least 1"),
        ({"trials": 0}, "trials = 0: must be at least 1"),
    ],
)
def test_mistakes_are_named(table, message):
    with pytest.raises(WannError, match=message):
        make_config(table)


def test_unknown_names_and_broken_files(tmp_path):
    with pytest.raises(WannError, match=r"did you mean swingup.*cartpole"):
        find_table("swing")
    with pytest.raises(OSError, match=r"none\.toml"):
        find_table(str(tmp_path / "none.toml"))
    for text in (b"a = ", b"\xff\xfe", b"a = " + b"[" * 5000):
        (tmp_path / "bad.toml").write_bytes(text)
        with pytest.raises(WannError, match=r"bad\.toml: not valid TOML"):
            find_table(str(tmp_path / "bad.toml"))
    assert find_table("my.module:TASK") == {"task": "my.module:TASK"}
    assert nearest("trails", ["task", "trials", "seed"]) == "trials"


def test_a_configuration_of_senseless_size_is_refused(tmp_path):
    (tmp_path / "large.toml").write_text("#" * (2**14 + 1))
    with pytest.raises(WannError, match=r"large\.toml: larger than 16 KiB"):
        find_table(str(tmp_path / "large.toml"))
