"""Training on a GPU, where steps are recorded: the same networks as on a CPU, but for rounding."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install wann[torch]")

from wann.pruning.torch import training
from wann.pruning.torch.masks import attach, detach, find_places
from wann.pruning.torch.networks import NETWORKS
from wann.pruning.torch.training import WARM, Samples, accuracy, own_stream, train
from wann.pruning.training import Recipe

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch sees no GPU"),
]
PARTS = 4  # steps that are recorded together
RECIPES = [Recipe(batch=32, epochs=2), Recipe("sgd", 0.05, 0.9, batch=32, epochs=2)]


@pytest.fixture(autouse=True)
def _short_parts(monkeypatch):
    monkeypatch.setattr(training, "TOGETHER", PARTS)


def trained(name, recipe, device, samples=32 * (WARM + 2 * PARTS + 3) + 7):
    """Return what half of a network's weights and its buffers become, and its accuracy."""
    rng = np.random.default_rng(0)
    data = rng.normal(size=(samples, 64)), rng.integers(10, size=samples)
    torch.manual_seed(0)
    model = NETWORKS[name](8, 10).double()
    with own_stream(device):
        made, places = Samples(*data, device), find_places(model.to(device))
        masks = [torch.arange(place.parameter.numel(), device=device) % 2 == 0 for place in places]
        masks = [
            mask.view(place.parameter.shape) for mask, place in zip(masks, places, strict=True)
        ]
        attach(places, masks)
        train(model, made, recipe, seed=3)
        detach(places)
        for place, mask in zip(places, masks, strict=True):
            assert not place.parameter[~mask].any()
        state = torch.cat([value.double().ravel().cpu() for value in model.state_dict().values()])
        return state.numpy(), accuracy(model, made)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.optimizer)
@pytest.mark.parametrize("name", NETWORKS)
def test_recorded_steps_train_as_those_of_a_cpu(name, recipe):
    (cpu, right), (gpu, as_right) = (trained(name, recipe, device) for device in ("cpu", "cuda"))
    np.testing.assert_allclose(gpu, cpu, rtol=1e-6, atol=1e-6)
    assert as_right == pytest.approx(right, abs=1 / 100)


def test_fewer_samples_than_steps_to_warm_up():
    """A training that ends before a step is recorded, and one whose every batch is short."""
    for samples in (5, 32, 64, 32 * WARM, 32 * (WARM + 1), 32 * PARTS + 1):
        (cpu, _), (gpu, _) = (
            trained("lenet5", RECIPES[0], device, samples) for device in ("cpu", "cuda")
        )
        np.testing.assert_allclose(gpu, cpu, rtol=1e-6, atol=1e-6)
