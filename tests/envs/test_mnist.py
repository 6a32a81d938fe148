"""MNIST: its files, what is done to its images, and where the samples go."""

import gzip
import urllib.error

import numpy as np
import pytest
from support.command import run

from envs.mnist import FILES, arrays, deskew, fetch, header, load, read_idx, shrink_rows, small
from wann.errors import WannError
from wann.tasks import find_task


@pytest.fixture(autouse=True)
def forget():
    """Let no test see what another one loaded."""
    yield
    arrays.cache_clear()


# -------------------------------------------------------------------------------------------- files
def test_plain_files_and_compressed_ones_are_the_same(mnist, tmp_path):
    expected = arrays(mnist)
    assert [array.shape for array in expected] == [shape for shape, _ in FILES.values()]
    assert np.bincount(expected[3]).tolist() == [
        980,
        1135,
        1032,
        1010,
        982,
        892,
        958,
        1028,
        974,
        1009,
    ]
    for i, name in enumerate(FILES):
        data = gzip.decompress((mnist / f"{name}.gz").read_bytes())
        other = name if i % 2 else name.replace("-idx", ".idx")  # as some sites call them
        (tmp_path / other).write_bytes(data)
    for a, b in zip(arrays(tmp_path), expected, strict=True):
        assert np.array_equal(a, b)


def test_files_that_are_missing_cut_off_or_of_another_set(tmp_path):
    name = next(iter(FILES))
    with pytest.raises(
        WannError, match=rf"{tmp_path}: has no {name} nor {name}.gz: give the folder .* with --data"
    ):
        arrays(tmp_path)
    packed = gzip.compress(header(FILES[name][0]) + bytes(1000))
    for damaged in (packed[:-20], packed[:200] + b"\xff" * 20 + packed[220:], b"no gzip"):
        (tmp_path / f"{name}.gz").write_bytes(damaged)
        with pytest.raises(WannError, match=rf"{name}.gz: damaged \("):
            read_idx(tmp_path, name)
    (tmp_path / f"{name}.gz").unlink()
    for other, (shape, _) in FILES.items():  # as those of Fashion-MNIST
        (tmp_path / other).write_bytes(header(shape) + bytes(int(np.prod(shape))))
    with pytest.raises(
        WannError, match=rf"{name} is damaged or not that of MNIST \(its MD5 is not 6bbc9ace"
    ):
        arrays(tmp_path)
    (tmp_path / name).write_bytes(b"x" * 2**27)
    with pytest.raises(WannError, match="larger than"):
        arrays(tmp_path)


def test_a_bomb_is_not_unpacked(tmp_path):
    name = "t10k-labels-idx1-ubyte"
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(bytes(2**24)))
    assert len(read_idx(tmp_path, name)) < 20_000


# ------------------------------------------------------------------------------------------- openml
def test_openml_gives_the_same_files(mnist, monkeypatch):
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    images, labels, test_images, test_labels = arrays(mnist)

    class Bunch:
        data = np.concatenate((images, test_images)).reshape(70000, -1)
        target = np.concatenate((labels, test_labels)).astype(str).astype(object)

    monkeypatch.setattr(datasets, "fetch_openml", lambda *args, **options: Bunch)
    fetched = fetch()
    assert list(fetched) == list(FILES)
    for name in FILES:
        assert fetched[name] == read_idx(mnist, name)


def test_without_files_and_offline_it_says_both_ways(monkeypatch, tmp_path):
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")

    def offline(*args, **options):
        raise urllib.error.URLError("no\nnetwork")

    monkeypatch.setattr(datasets, "fetch_openml", offline)
    monkeypatch.delenv("WANN_DATA", raising=False)
    with pytest.raises(WannError) as error:
        find_task("mnist")
    message = str(error.value)
    assert (
        "no\\nnetwork" in message
        and "--data FOLDER or WANN_DATA" in message
        and "go online once" in message
    )
    done = run("mnist", "--data", tmp_path, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith(
        f"error: {tmp_path}: has no train-images"
    )
    assert done.stderr.count("\n") == 1 and not list(tmp_path.iterdir())


# ------------------------------------------------------------------------------------------ kernels
def moments(image):
    """Return the mass, the centre (row, column) and mu11."""
    rows, columns = np.indices(image.shape)
    mass = image.sum()
    y, x = (rows * image).sum() / mass, (columns * image).sum() / mass
    return mass, (y, x), ((rows - y) * (columns - x) * image).sum()


def deskewed(image):
    out = np.empty_like(image)
    deskew(image, out)
    return out


def bar(slant):
    """Return a bar, three pixels wide, whose columns move with the rows."""
    image = np.zeros((28, 28))
    for r in range(6, 22):
        at = 14 + slant * (r - 13.5)
        for c in range(28):
            image[r, c] = max(0.0, min(c + 1, at + 1.5) - max(c, at - 1.5))
    return image


@pytest.mark.parametrize("slant", [-0.5, 0.3, 0.71])
def test_a_slanted_bar_becomes_upright(slant):
    image, upright = bar(slant), deskewed(bar(slant))
    mass, centre, mu11 = moments(image)
    new_mass, new_centre, new_mu11 = moments(upright)
    assert abs(mu11) > 100 and abs(new_mu11) < 1e-9
    assert np.isclose(new_mass, mass) and np.allclose(new_centre, centre)
    # the rows' own centres
    assert np.ptp([(row * np.arange(28)).sum() / row.sum() for row in upright[6:22]]) < 0.03


def test_what_is_upright_or_blank_stays_as_it_is():
    for image in (
        bar(0.0),
        np.zeros((28, 28)),
        np.full((28, 28), 0.5),
        np.eye(28)[:1].repeat(28, 0),
    ):
        assert np.array_equal(deskewed(image), image)
    row = np.zeros((28, 28))
    row[3] = np.arange(28)
    assert np.array_equal(deskewed(row), row), "one row has no height to be skewed over"
    assert np.array_equal(small(np.zeros((2, 28, 28), np.uint8)), np.zeros((2, 16, 16)))


def slow_shrink(image, n):
    """Return the image on n x n pixels by the area of each pair of pixels that overlaps."""
    size = len(image) / n
    out = np.zeros((n, n))
    for r, c, i, j in np.ndindex(n, n, *image.shape):
        height = max(0.0, min(i + 1, (r + 1) * size) - max(i, r * size))
        width = max(0.0, min(j + 1, (c + 1) * size) - max(j, c * size))
        out[r, c] += height * width * image[i, j] / size**2
    return out


@pytest.mark.parametrize("n", [16, 7, 13])
def test_shrinking_weighs_by_area(n):
    image = np.random.default_rng(n).random((28, 28))
    low, out = np.empty((n, 28)), np.empty((n, n))
    shrink_rows(image, low)
    shrink_rows(low.T, out.T)
    assert np.allclose(out, slow_shrink(image, n), atol=1e-14) and np.isclose(
        out.mean(), image.mean()
    )


def test_real_digits_are_upright_and_keep_their_ink(mnist):
    images = arrays(mnist)[2][:500]
    out = small(images)
    assert out.dtype == np.float32 and out.min() >= 0 and out.max() <= 1
    skews = np.array(
        [[moments(image.astype(float))[2] for image in part] for part in (images / 255, out)]
    )
    straight = [moments(deskewed(image / 255.0))[2] for image in images]
    assert np.median(np.abs(straight)) < 1e-9 < np.median(np.abs(skews[0]))
    assert np.mean(np.abs(straight)) < 0.02 * np.mean(np.abs(skews[0])), (
        "ink lost at the edge leaves little"
    )
    assert np.allclose(out.mean(axis=(1, 2)), images.mean(axis=(1, 2)) / 255, rtol=0.02)


# ----------------------------------------------------------------------------------------- the task
def test_the_parts(mnist):
    task = load(False, mnist)
    sizes = [len(part.labels) for part in (task.train, task.validation, task.test)]
    assert sum(sizes[:2]) == 60000 and abs(sizes[1] - 5000) <= 10 and sizes[2] == 10000
    assert len(task.inputs) == 784 and task.outputs == tuple("0123456789") and task.batch == 1000
    images, labels, test_images, _ = arrays(mnist)
    assert np.array_equal(task.test.inputs, test_images.reshape(10000, -1) / np.float32(255))
    assert np.array_equal(
        np.bincount(task.train.labels) + np.bincount(task.validation.labels), np.bincount(labels)
    )
    # two parts of one whole: no sample is in both
    whole = np.sort(images.reshape(60000, -1).sum(axis=1, dtype=np.int64))
    parts = np.concatenate([part.inputs for part in (task.train, task.validation)])
    assert np.array_equal(np.sort(np.rint(parts.sum(axis=1, dtype=np.float64) * 255)), whole)


def test_names(mnist, monkeypatch):
    monkeypatch.setenv("WANN_DATA", str(mnist))
    assert (
        find_task("mnist").inputs[:2] == ("pixel 0,0", "pixel 0,1")
        and len(find_task("mnist").inputs) == 256
    )
    assert (
        find_task("mnist28") is load(False, mnist)
        and find_task("mnist").digest != find_task("mnist28").digest
    )
