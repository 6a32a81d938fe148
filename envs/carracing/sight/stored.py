"""An encoder as a file of about 100 kB: an ``.npz`` of 16-bit numbers, without pickle."""

from pathlib import Path

import numpy as np

from envs.carracing.sight.encoder import Encoder
from envs.carracing.sight.picture import COLUMNS, PIXELS, ROWS
from wann.errors import WannError
from wann.files import arrays_to_bytes, open_file, read_arrays, write_file

#: dtype and dimensions of the arrays: components are ``scale * component``, the mean is in 256ths
KINDS = {"scale": (np.float64, 1), "component": (np.int16, 2), "mean": (np.uint16, 1)}
STEPS, PARTS = 2**15 - 1, 256
LARGEST = 2**22  # bytes of a file: some 800 features
MAKE = "python -m envs.carracing.features makes one"


def write_encoder(path: Path, encoder: Encoder) -> None:
    """Write a file from which ``read_encoder`` makes an encoder.

    Numbers are rounded, those of components to a 65,534th of each one's range. An encoder that was
    read is written as it was.
    """
    components = encoder.components.astype(np.float64)
    scale = abs(components).max(axis=1) / STEPS
    arrays = {
        "scale": scale,
        "component": np.rint(components / scale[:, None]).astype(np.int16),
        "mean": np.rint(encoder.mean.astype(np.float64) * PARTS).astype(np.uint16),
    }
    write_file(path, arrays_to_bytes(arrays))


def read_encoder(path: Path) -> Encoder:
    """Return the encoder of a file.

    Raises:
        WannError: it is no such file, is damaged, or is for other pictures.
        OSError: it cannot be opened.
    """
    open_file(path, LARGEST).close()
    try:
        arrays = read_arrays(path, KINDS)
    except WannError as error:
        raise WannError(f"{error}: must be an encoder of car racing; {MAKE}") from None
    scale, component, mean = (arrays[name] for name in KINDS)
    if component.shape != (len(scale), 3 * PIXELS) or mean.shape != (3 * PIXELS,):
        raise WannError(
            f"{path}: components {component.shape}, mean {mean.shape} and scale {scale.shape} do"
            f" not fit pictures of {ROWS} x {COLUMNS} x 3: must be (features, {3 * PIXELS}),"
            f" ({3 * PIXELS},) and (features,); {MAKE}"
        )
    if not (len(scale) and ((scale > 0) & (scale <= 1)).all()):
        raise WannError(f"{path}: damaged (scales must be one or more, above 0 and at most 1)")
    return Encoder.of(mean / PARTS, component * scale[:, None])
