"""Films as files: GIF and MP4."""

import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import get_data_path
from PIL import Image, ImageFont

from viz.style import palette_of
from wann.errors import WannError
from wann.files import write_file

SUFFIXES = (".gif", ".mp4")
GIF_FPS, FPS = 25, 50  # a GIF counts time in hundredths of a second

PAPER, CARD, INK, FAINT, TRACK = "#e6e9ee", "#f6f7f9", "#2f3b52", "#6d7889", "#e0e5ec"


def film_file(path: Path) -> Path:
    """Return the path of a film to be written, if it can be.

    Raises:
        WannError: films are not written in this format, or not there.
    """
    if path.suffix not in SUFFIXES:
        raise WannError(f"{path}: a film is a .gif or a .mp4 file")
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise WannError(
            f"{path}: cannot be written: give a file in a folder that exists and is yours to write"
        )
    return path


def write_film(
    path: Path, play: Callable[[float], Iterable[Image.Image]], sample: Iterable[Image.Image]
) -> None:
    """Write a film, whole or not at all.

    Args:
        path: ``.gif`` or ``.mp4``.
        play: returns the pictures of one size, given how many are shown in a second.
        sample: some of the pictures, with all colours: a GIF has one palette.
    """
    write_file(
        path, mp4(play(FPS)) if path.suffix == ".mp4" else gif(iter(play(GIF_FPS)), list(sample))
    )


def gif(pictures: Iterator[Image.Image], sample: Sequence[Image.Image]) -> bytes:
    """Return a GIF that repeats forever; its one palette is that of a few sample pictures."""
    height = sample[0].height
    strip = Image.new("RGB", (sample[0].width, height * len(sample)))
    for i, picture in enumerate(sample):
        strip.paste(picture, (0, i * height))
    palette = palette_of(strip, 126)
    frames = (picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures)
    file = io.BytesIO()
    next(frames).save(
        file,
        "GIF",
        save_all=True,
        append_images=frames,
        duration=1000 // GIF_FPS,
        loop=0,
        optimize=True,
    )
    return file.getvalue()


def picture_of(frame: np.ndarray) -> Image.Image:
    """Return a ``(height, width, 3)`` uint8 array as a picture."""
    return Image.fromarray(frame)


def mp4(pictures: Iterable[Image.Image]) -> bytes:
    """Return an MP4 (H.264) of pictures whose sides are even."""
    try:
        from imageio_ffmpeg import write_frames
    except ImportError:
        raise WannError("an MP4 needs imageio-ffmpeg: pip install imageio-ffmpeg") from None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "film.mp4"
        writer: Any = None
        for picture in pictures:
            if writer is None:
                writer = write_frames(
                    str(file), picture.size, fps=FPS, quality=8, macro_block_size=2
                )
                writer.send(None)
            writer.send(picture.tobytes())
        writer.close()
        return file.read_bytes()


@lru_cache
def font(size: int) -> Any:
    """Return the font of films, which has Greek letters, too, in a size in pixels."""
    return ImageFont.truetype(Path(get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size)


def fitted(text: str, width: float, size: int) -> tuple[str, Any]:
    """Return text and font so that it is at most so wide: smaller first, then cut off."""
    text = "".join(c for c in " ".join(text.split()) if c.isprintable())
    least = max(8, round(0.7 * size))
    while size > least and font(size).getlength(text) > width:
        size -= 1
    while text and font(size).getlength(text) > width:
        text = text.rstrip("…")[:-1]
        text += "…" if text else ""
    return text, font(size)
