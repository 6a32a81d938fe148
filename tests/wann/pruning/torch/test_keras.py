"""A Keras model on the backend torch is pruned like any module."""

import os

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install wann[torch]")
os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras", reason="Keras is not installed: pip install keras")
if keras.backend.backend() != "torch":
    pytest.skip("Keras has another backend than torch", allow_module_level=True)

from wann.errors import WannError
from wann.pruning.prune import METHODS
from wann.pruning.torch import effective, prune

RNG = np.random.default_rng(0)
IMAGES, LABELS = RNG.normal(size=(40, 8, 8, 1)).astype(np.float32), RNG.integers(0, 3, 40)
BATCHES = [(torch.from_numpy(IMAGES), torch.from_numpy(LABELS))]


def make():
    keras.utils.set_random_seed(0)
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(6, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(20, activation="tanh"),
            layers.Dense(3),
        ]
    )


def fit(model):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(0.01, weight_decay=0.1), loss)
    model.fit(IMAGES, LABELS, epochs=1, batch_size=20, verbose=0)


def kernels(model):
    return [np.array(layer.get_weights()[0]) for layer in model.layers if hasattr(layer, "kernel")]


@pytest.mark.parametrize("method", ["random", "snip", "grasp", "synflow", "obd-lm", "imp"])
def test_exactly_as_many_are_left_and_stay_pruned_in_training(method):
    model = make()
    names = [layer.name for layer in model.layers if hasattr(layer, "kernel")]
    masks = prune(model, method, 10, data=BATCHES, train=fit)
    assert [name.split("/")[-2:] for name in masks] == [[name, "kernel"] for name in names]
    assert masks.total == sum(kernel.size for kernel in kernels(model))
    if not METHODS[method].keep:
        assert masks.remaining == -(-masks.total // 10)
    for kernel, mask in zip(kernels(model), masks.values(), strict=True):
        assert (kernel[~mask.numpy()] == 0).all()
    before = kernels(model)
    fit(model)
    for old, kernel, mask in zip(before, kernels(model), masks.values(), strict=True):
        assert ((kernel != 0) == mask.numpy()).mean() > 0.999 and (kernel != old).any()
        assert (kernel[~mask.numpy()] == 0).all()


def test_flow_is_conserved_and_the_model_is_as_it_was():
    model = make()
    given = [value.copy() for value in model.get_weights()]
    found = effective(model, torch.from_numpy(IMAGES))
    assert found.remaining == found.total
    assert all((a == b).all() for a, b in zip(model.get_weights(), given, strict=True))
    masks = prune(model, "synflow", 20, data=torch.from_numpy(IMAGES))
    assert effective(model, torch.from_numpy(IMAGES)).remaining == masks.remaining
    again = prune(model, "synflow", 40, data=torch.from_numpy(IMAGES))
    assert all(not (again[name] & ~masks[name]).any() for name in masks)


def test_other_initial_weights_are_not_drawn():
    with pytest.raises(WannError, match=r"kernel: its layer has no reset_parameters\(\)"):
        prune(make(), "random+reinit", 4)
