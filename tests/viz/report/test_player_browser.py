"""The films of a report in a real browser: the same pictures as Pillow's, and they can be paused,
moved and held.
"""

import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw
from support import browser as chromium
from support.browser import press, read, wait

from viz import film
from viz.report import html

SIZE, COUNT = (90, 70), 80
SEEN = "document.querySelector('canvas').toDataURL('image/png')"
AT = "Number(document.querySelector('input').value)"
BUTTON = "document.querySelector('button').textContent"


def pictures(count=COUNT):
    """Yield pictures in which something moves over noise of many colours, so that codes of all
    lengths occur.
    """
    noise = np.random.default_rng(0).integers(0, 255, (*SIZE[::-1], 3), np.uint8)
    for k in range(count):
        picture = Image.fromarray(noise)
        draw = ImageDraw.Draw(picture)
        draw.rectangle((k, 20, k + 9, 40), (250, 40 + k, 0))
        yield picture


def of_the_films() -> bytes:
    """Return a GIF as films are written."""
    return film.gif(pictures(), list(pictures())[::20])


def with_disposal() -> bytes:
    """Return one whose frames are removed before the next: small ones on nothing."""
    frames = []
    for k in range(4):
        frame = Image.new("RGBA", SIZE, (0, 0, 0, 0))
        ImageDraw.Draw(frame).rectangle((10 * k, 5 * k, 10 * k + 20, 30), (200, 50 * k, 90, 255))
        frames.append(frame)
    file = io.BytesIO()
    frames[0].save(
        file,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        disposal=2,
        duration=[100, 300, 50, 90],
    )
    return file.getvalue()


def slow() -> bytes:
    """Return one whose pictures stay for a second, and one that was repeated longer."""
    frames = [Image.new("RGB", SIZE, colour) for colour in ("red", "green", "green", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=1000, loop=0)
    return file.getvalue()


FILMS = {"film": of_the_films, "disposal": with_disposal, "slow": slow}
BROKEN = {
    "cut": lambda: of_the_films()[:500],
    "outside": lambda: of_the_films()[:6] + bytes((5, 0, 5, 0)) + of_the_films()[10:],
    "no film": lambda: b"GIF89a",
}


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    """Return a browser, one for all tests."""
    driver = chromium.start(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


@pytest.fixture
def visit(driver, tmp_path):
    """Return a function that opens a page with films, which then makes no complaint until the end
    of the test; by default of a user who wants no motion, so that films start paused.
    """

    def visit(*films, **features):
        chromium.prefer(driver, **(features or {"reduced_motion": "reduce"}))
        file = tmp_path / "page.html"
        body = [html.film(content, f"film {k}") for k, content in enumerate(films)]
        file.write_text(html.document("films", body))
        chromium.complaints(driver)
        chromium.requests(driver)
        driver.get(file.as_uri())
        return driver

    yield visit
    assert chromium.complaints(driver) == []
    assert [url for url in chromium.requests(driver) if not url.endswith("/page.html")] == []


def seek(driver, k):
    driver.execute_script(
        "const bar = document.querySelector('input'); bar.value = arguments[0];"
        "bar.dispatchEvent(new Event('input'))",
        k,
    )


def shown(driver):
    """Return the picture that is seen, as (height, width, 4)."""
    data = base64.b64decode(read(driver, SEEN).split(",")[1])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def decoded(content, k):
    """Return picture k as Pillow decodes it."""
    gif = Image.open(io.BytesIO(content))
    gif.seek(k)
    return np.asarray(gif.convert("RGBA"))


@pytest.mark.parametrize("name", FILMS)
def test_pictures_are_those_of_pillow(visit, name):
    content = FILMS[name]()
    driver = visit(content)
    last = Image.open(io.BytesIO(content)).n_frames - 1
    assert int(read(driver, "document.querySelector('input').max")) == last
    for k in sorted({0, 1, 2, last // 2, last}) + [last // 3, 0, last]:  # back, too
        seek(driver, k)
        expected, found = decoded(content, k), shown(driver)
        clear = expected[..., 3] == 0
        np.testing.assert_array_equal(found[..., 3], expected[..., 3])
        np.testing.assert_array_equal(found[~clear], expected[~clear])


def test_a_film_is_played_paused_and_held(visit):
    driver = visit(of_the_films(), reduced_motion="no-preference")
    wait(driver, f"{AT} > 5")  # it begins by itself
    assert read(driver, BUTTON) == "Pause"
    driver.find_element("css selector", "button").click()
    at, picture = read(driver, AT), shown(driver)
    assert read(driver, BUTTON) == "Play" and 5 < at < COUNT - 1
    driver.execute_async_script("setTimeout(arguments[0], 300)")
    assert read(driver, AT) == at
    np.testing.assert_array_equal(shown(driver), picture)
    np.testing.assert_array_equal(picture, decoded(of_the_films(), at))
    seek(driver, COUNT - 6)
    driver.find_element("css selector", "canvas").click()
    wait(driver, f"{BUTTON} === 'Play'")
    driver.execute_async_script("setTimeout(arguments[0], 300)")
    assert read(driver, AT) == COUNT - 1  # the last picture stays
    np.testing.assert_array_equal(shown(driver), decoded(of_the_films(), COUNT - 1))
    driver.find_element("css selector", "button").click()  # once more from the beginning
    assert read(driver, AT) < COUNT - 1 and read(driver, BUTTON) == "Pause"


@pytest.mark.parametrize("part", ["canvas", "button", "input"])
def test_keys_play_and_step(visit, part):
    from selenium.webdriver.common.keys import Keys

    driver = visit(of_the_films())
    driver.execute_script(f"document.querySelector('{part}').focus()")
    press(driver, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
    assert read(driver, AT) == 2 and read(driver, BUTTON) == "Play"
    press(driver, Keys.END)
    assert read(driver, AT) == COUNT - 1
    press(driver, Keys.ARROW_RIGHT, Keys.HOME)
    assert read(driver, AT) == 0
    press(driver, Keys.SPACE)
    wait(driver, f"{AT} > 2")
    press(driver, Keys.SPACE)
    assert read(driver, BUTTON) == "Play"
    assert read(driver, "scrollY") == 0


def test_who_wants_no_motion_has_it_paused(visit):
    driver = visit(of_the_films())
    driver.execute_async_script("setTimeout(arguments[0], 300)")
    assert read(driver, AT) == 0 and read(driver, BUTTON) == "Play"


def test_time_is_that_of_the_film(visit):
    driver = visit(slow())
    times = []
    for k in range(3):
        seek(driver, k)
        times.append(read(driver, "document.querySelector('output').value"))
    assert times == ["0.0 / 3.0 s", "1.0 / 3.0 s", "3.0 / 3.0 s"]  # the second stays twice as long


def test_each_film_has_its_own_player(visit):
    driver = visit(of_the_films(), slow())
    assert read(driver, "document.querySelectorAll('canvas').length") == 2
    seek(driver, 7)
    assert read(driver, "document.querySelectorAll('input')[1].value") == "0"
    assert read(driver, "[...document.querySelectorAll('canvas')].map((c) => c.ariaLabel)") == [
        "film 0",
        "film 1",
    ]


def test_on_paper_the_last_picture_is_seen(visit):
    driver = visit(of_the_films())
    driver.execute_cdp_cmd("Page.printToPDF", {})
    assert read(driver, AT) == COUNT - 1


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_played_stays_an_image(visit, name):
    driver = visit(BROKEN[name](), slow())
    assert read(driver, "document.querySelectorAll('img.film').length") == 1
    assert read(driver, "document.querySelectorAll('canvas').length") == 1


@pytest.mark.slow
def test_without_scripts_it_is_an_image(visit, driver):
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        visit(of_the_films())
        assert len(driver.find_elements("css selector", "img.film")) == 1
        assert not driver.find_elements("css selector", "canvas, button")
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
