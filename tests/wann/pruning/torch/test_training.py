"""Which steps of an epoch a GPU records: all samples are seen once, in batches of the same size."""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install wann[torch]")

from wann.pruning.torch.training import TOGETHER, WARM, Recorded


class Told(Recorded):
    """Says which parts it would record, and makes their steps one by one."""

    def __init__(self, *given):
        super().__init__(*given)
        self.parts = []

    def _together(self, part):
        self._graph = True  # as if it was recorded
        self.parts.append(len(part))
        self._one_by_one(part)


@pytest.mark.parametrize("batch", [1, 32, 128])
@pytest.mark.parametrize("steps", [0, 1, WARM, WARM + 1, TOGETHER + 1, 3 * TOGETHER + 5])
@pytest.mark.parametrize("rest", [0, 1, 17])
def test_an_epoch_is_every_sample_once_in_batches_of_a_size(batch, steps, rest):
    samples, seen = steps * batch + min(rest, batch - 1), []
    recorded = Told(lambda rows: seen.append(rows.clone()), batch, samples)
    for epoch in range(3):
        order, before = torch.randperm(samples), len(seen)
        recorded.epoch(order)
        made = seen[before:]
        short = samples % batch
        assert [len(rows) for rows in made] == [batch] * (samples // batch) + [short] * bool(short)
        if made:
            assert torch.equal(torch.cat(made), order)
        if epoch == 0:
            first = len(recorded.parts)
    assert len(set(recorded.parts)) <= 1 and max(recorded.parts, default=0) <= TOGETHER * batch
    if steps > 2 * TOGETHER:  # most steps are recorded, all epochs alike but for the first steps
        alike = (len(recorded.parts) - first) // 2
        assert alike * recorded.parts[0] >= 0.9 * steps * batch and alike - first <= 1
