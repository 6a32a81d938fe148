"""MNIST, 70,000 handwritten digits (LeCun et al. 1998): deskewed and of 16 x 16 pixels, or as they
are, of 28 x 28.

The four IDX files are read from the folder that ``--data`` or ``WANN_DATA`` names; without one,
scikit-learn fetches the same images from OpenML once and keeps them. A twelfth of the 60,000 is
kept for validation, always the same samples; the 10,000 that are MNIST's own are for testing.
"""

import gzip
import hashlib
import zlib
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from wann.errors import WannError, one_line
from wann.files import LONGEST_REASON, open_file
from wann.jit import compiled
from wann.tasks.classification.samples import Samples, split
from wann.tasks.classification.task import ClassificationTask
from wann.tasks.data import Data

#: shape and MD5 of the content of each file
FILES = {
    "train-images-idx3-ubyte": ((60000, 28, 28), "6bbc9ace898e44ae57da46a324031adb"),
    "train-labels-idx1-ubyte": ((60000,), "a25bea736e30d166cdddb491f175f624"),
    "t10k-images-idx3-ubyte": ((10000, 28, 28), "2646ac647ad5339dbf082846283269ea"),
    "t10k-labels-idx1-ubyte": ((10000,), "27ae3e4e09519cfbb04c329615203637"),
}
SIDE = 16  # pixels of the small images
VALIDATION = 1 / 12
BATCH = 1000
WAYS = (
    f"give the folder of the four IDX files ({', '.join(FILES)}; .gz will do) with --data FOLDER or"
    " WANN_DATA, or pip install scikit-learn and go online once: it fetches them from OpenML"
)


def read_idx(folder: Path, name: str) -> bytes:
    """Return what one of the files holds, plain or compressed.

    Raises:
        WannError: it is not there, or cannot be read.
    """
    path = next(
        (
            folder / f
            for f in (name, f"{name}.gz", name.replace("-idx", ".idx"))
            if (folder / f).exists()
        ),
        None,
    )
    if path is None:
        raise WannError(f"{folder}: has no {name} nor {name}.gz: {WAYS}")
    limit = 16 + int(np.prod(FILES[name][0]))
    with open_file(path, 2 * limit) as file:
        try:
            data = (
                gzip.GzipFile(fileobj=file).read(limit + 1)
                if path.suffix == ".gz"
                else file.read(limit + 1)
            )
        except (OSError, EOFError, zlib.error) as error:
            raise WannError(f"{path}: damaged ({error})") from None
    return data


def header(shape: tuple[int, ...]) -> bytes:
    """Return the first bytes of an IDX file of numbers from 0 to 255."""
    return bytes((0, 0, 8, len(shape))) + np.array(shape, ">u4").tobytes()


def fetch() -> dict[str, bytes]:
    """Return the four files as OpenML has them, through scikit-learn and its cache.

    Raises:
        WannError: scikit-learn is missing, or OpenML does not answer.
    """
    try:
        from sklearn.datasets import fetch_openml

        data = fetch_openml("mnist_784", version=1, as_frame=False, parser="liac-arff")
    except Exception as error:  # ImportError, and what networks, proxies and caches throw
        raise WannError(
            f"MNIST is not at hand ({one_line(str(error), LONGEST_REASON)}): {WAYS}"
        ) from None
    images, labels = data.data.astype(np.uint8), data.target.astype(np.uint8)
    parts = (images[:60000], labels[:60000], images[60000:], labels[60000:])
    return {
        name: header(FILES[name][0]) + part.tobytes()
        for name, part in zip(FILES, parts, strict=True)
    }


@cache
def arrays(folder: Path | None) -> list[np.ndarray]:
    """Return ``(60000, 28, 28)`` images, ``(60000,)`` labels, and those of the test set, all uint8.

    Raises:
        WannError: the files are missing, damaged, or not MNIST.
    """
    contents = fetch() if folder is None else {name: read_idx(folder, name) for name in FILES}
    for name, (_, md5) in FILES.items():
        if hashlib.md5(contents[name], usedforsecurity=False).hexdigest() != md5:
            raise WannError(
                f"{folder or 'OpenML'}: {name} is damaged or not that of MNIST (its MD5 is not"
                f" {md5})"
            )
    return [
        np.frombuffer(contents[name], np.uint8, offset=len(header(shape))).reshape(shape)
        for name, (shape, _) in FILES.items()
    ]


@compiled
def deskew(image, out):
    """Fill out with the image sheared along its rows so that its moment mu11 / mu02 becomes 0.

    The centre of mass stays where it is; between pixels values are interpolated, beyond the edge
    they are 0.
    """
    n_rows, n_columns = image.shape
    total = x = y = 0.0
    for r in range(n_rows):
        for c in range(n_columns):
            total += image[r, c]
            x += c * image[r, c]
            y += r * image[r, c]
    if total > 0.0:  # else it is blank
        x, y = x / total, y / total
    mu11 = mu02 = 0.0
    for r in range(n_rows):
        for c in range(n_columns):
            mu11 += (c - x) * (r - y) * image[r, c]
            mu02 += (r - y) * (r - y) * image[r, c]
    skew = mu11 / mu02 if mu02 > 0.0 else 0.0
    for r in range(n_rows):
        shift = skew * (r - y)
        whole = int(np.floor(shift))
        share = shift - whole
        for c in range(n_columns):
            left, value = c + whole, 0.0
            if 0 <= left < n_columns:
                value += (1.0 - share) * image[r, left]
            if 0 <= left + 1 < n_columns:
                value += share * image[r, left + 1]
            out[r, c] = value


@compiled
def shrink_rows(image, out):
    """Fill out with the image on fewer rows: each is the mean of those that it covers, wholly or in
    part.
    """
    size = image.shape[0] / out.shape[0]
    for r in range(out.shape[0]):
        top, bottom = r * size, (r + 1) * size
        out[r] = 0.0
        for i in range(int(top), min(image.shape[0], int(np.ceil(bottom)))):
            share = (min(i + 1.0, bottom) - max(float(i), top)) / size
            for c in range(image.shape[1]):
                out[r, c] += share * image[i, c]


@compiled
def small_images(images, out):
    """Fill out, ``(S, side, side)``, with the deskewed images, pixels from 0 to 1."""
    straight, low = np.empty(images.shape[1:]), np.empty((out.shape[1], images.shape[2]))
    square = np.empty(out.shape[1:])
    for s in range(images.shape[0]):
        deskew(images[s] / 255.0, straight)
        shrink_rows(straight, low)
        shrink_rows(low.T, square.T)
        out[s] = square


def small(images: np.ndarray) -> np.ndarray:
    """Return ``(S, 16, 16)`` float32 pixels from 0 to 1 of ``(S, 28, 28)`` uint8 images, deskewed,
    then resized.

    Source: Gaier & Ha 2019, section 4.2 and appendix: MNIST, "downsampled to 16 x 16 and deskewed".
    """
    out = np.empty((len(images), SIDE, SIDE), np.float32)
    small_images(np.ascontiguousarray(images), out)
    return out


@cache
def load(deskewed: bool, folder: Path | None) -> ClassificationTask:
    """Return the task with small deskewed images, or with the images as they are.

    Raises:
        WannError: the data is not at hand.
    """
    images, labels, test_images, test_labels = arrays(folder)
    side = SIDE if deskewed else 28

    def inputs(images: np.ndarray) -> np.ndarray:
        pixels = small(images) if deskewed else images.astype(np.float32) / np.float32(255)
        return pixels.reshape(len(images), -1)

    validation, train = split(inputs(images), labels, (VALIDATION,))
    test = Samples(inputs(test_images), test_labels.astype(np.int64))
    names = tuple(f"pixel {row},{column}" for row in range(side) for column in range(side))
    return ClassificationTask(names, tuple("0123456789"), train, validation, test, BATCH)


def small_mnist(data: Data) -> ClassificationTask:
    """Return the task with small deskewed images, as networks are evolved on."""
    return load(True, data.path)


def mnist_paper(data: Data) -> ClassificationTask:
    """Return the same, scored as in the paper: the size of the shared weight is in the outputs."""
    return replace(load(True, data.path), unit_temperature=True)


def mnist28(data: Data) -> ClassificationTask:
    """Return the task with the images as they are."""
    return load(False, data.path)
