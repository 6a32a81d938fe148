"""How a page of the explorer looks in a browser, for ``docs/figures.py``: it needs Chromium, its
driver and selenium.
"""

import base64
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from selenium import webdriver

from viz.film import GIF_FPS, write_film

WIDTH, HEIGHT = 1360, 1000  # of the window [pixels]
DT = 0.01  # s, a step of the episode
UP, DOWN = 4.5, 5.0  # s of the film before the pole is dragged, and after that
DRAG = 30  # pictures in which it is dragged half around


@contextmanager
def opened(page: Path) -> Iterator[Any]:
    """Yield a browser with this page, whose episode waits at its start for ``step``."""
    options = webdriver.ChromeOptions()
    with tempfile.TemporaryDirectory() as profile:
        for word in ("headless=new", "no-sandbox", "disable-gpu", f"user-data-dir={profile}"):
            options.add_argument(f"--{word}")
        driver = webdriver.Chrome(options=options)
        try:
            resize(driver, HEIGHT)
            driver.get(page.resolve().as_uri())
            driver.execute_script("app.view.run(false); app.view.restart(0)")
            yield driver
        finally:
            driver.quit()


def resize(driver: Any, height: int) -> None:
    """Make the page WIDTH wide and this high."""
    size = {"width": WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def step(driver: Any, seconds: float) -> None:
    """Go on with the episode."""
    script = "for (let k = 0; k < arguments[0]; k++) app.view.singleStep()"
    driver.execute_script(script, round(seconds / DT))


def picture(driver: Any, **clip: float) -> Image.Image:
    """Return what is seen, of all or of a part: x, y, width, height."""
    part = {"clip": {**clip, "scale": 1}} if clip else {}
    png = driver.execute_cdp_cmd("Page.captureScreenshot", part)["data"]
    return Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")


def still(page: Path, file: Path) -> None:
    """Write how the whole page looks after a push."""
    with opened(page) as driver:
        resize(driver, driver.execute_script("return document.documentElement.scrollHeight"))
        step(driver, UP)
        driver.execute_script("app.view.hands.push(1)")
        step(driver, 0.4)
        picture(driver).quantize(256, kmeans=4, dither=Image.Dither.NONE).save(file, optimize=True)


def film(page: Path, file: Path) -> None:
    """Write how the pole swings up, is dragged down, and swings up again."""
    with opened(page) as driver:
        pictures = list(frames(driver))
    write_film(file, lambda fps: pictures, pictures[:: len(pictures) // 8])


def frames(driver: Any) -> Iterator[Image.Image]:
    """Yield the pictures of the film."""
    x, y, width, height = driver.execute_script(
        "const box = document.querySelector('.stage').getBoundingClientRect();"
        "return [box.x, box.y, box.width, box.height]"
    )
    box = {"x": round(x), "y": round(y), "width": round(width), "height": round(height)}

    def play(seconds: float) -> Iterator[Image.Image]:
        for _ in range(round(seconds * GIF_FPS)):
            step(driver, 1 / GIF_FPS)
            yield picture(driver, **box)

    def mouse(kind: str, turn: float) -> None:
        """Move the mouse to where the pole's tip is once it has turned so far [half circles]."""
        x, y = driver.execute_script(
            "const { view } = app, { canvas, width, height, scale } = view;"
            "const [x] = view.episode.state, angle = Math.PI * arguments[0];"
            "const box = canvas.getBoundingClientRect();"
            "return [box.x + width / 2 + scale * (x + 0.5 * Math.sin(angle)),"
            " box.y + height / 2 - scale * 0.5 * Math.cos(angle)]",
            turn,
        )
        event = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1}
        driver.execute_cdp_cmd("Input.dispatchMouseEvent", event)

    yield from play(UP)
    mouse("mousePressed", 0.0)
    for k in range(DRAG):
        mouse("mouseMoved", (k + 1) / DRAG)
        yield picture(driver, **box)
    mouse("mouseReleased", 1.0)
    yield from play(DOWN)


#: what is written of a page, by the ending of its file
SHOWN = {".png": still, ".gif": film}
