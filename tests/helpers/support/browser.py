"""A headless Chromium, for the pages that are tried in one."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

CHROMIUM, DRIVER = (
    shutil.which("chromium") or shutil.which("google-chrome"),
    shutil.which("chromedriver"),
)
PHONE, DESKTOP = (390, 844), (1360, 1000)


def start(profile: Path) -> Any:
    """Return a driver of a new browser with a folder of its own, or skip the test where there is no
    browser.
    """
    if not (CHROMIUM and DRIVER):
        pytest.skip("Chromium or its driver is not installed (chromium, chromedriver)")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-dev-shm-usage",
        "--disable-component-update", "--disable-sync", "--no-first-run",
        f"--user-data-dir={profile}",
        "--window-size={},{}".format(*DESKTOP),
    ):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))


def resize(driver: Any, size: tuple[int, int], mobile: bool = False) -> None:
    """Give the page this size, as on a phone or not."""
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": mobile}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def prefer(driver: Any, **features: str) -> None:
    """Have the browser's user prefer something: ``color_scheme="dark"``,
    ``reduced_motion="reduce"``.
    """
    media = [
        {"name": f"prefers-{name.replace('_', '-')}", "value": value}
        for name, value in features.items()
    ]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})


def complaints(driver: Any) -> list[str]:
    """Return what the page wrote to the console since the last call."""
    return [entry["message"] for entry in driver.get_log("browser")]


def requests(driver: Any) -> list[str]:
    """Return the addresses of all that the browser asked for since the last call, but for what is
    in the page.
    """
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [
        m["params"]["request"]["url"]
        for m in messages
        if m["method"] == "Network.requestWillBeSent"
    ]
    return [url for url in asked if not url.startswith("data:")]


def read(driver, expression):
    """Return what an expression of JavaScript is."""
    return driver.execute_script(f"return {expression}")


def wait(driver, condition, seconds=120):
    """Wait until an expression is true, as long as a busy machine may take."""
    from selenium.webdriver.support.wait import WebDriverWait

    WebDriverWait(driver, seconds, poll_frequency=0.05).until(lambda d: read(d, condition))


def press(driver, *keys):
    """Press keys, one after another."""
    from selenium.webdriver import ActionChains

    ActionChains(driver, duration=0).send_keys(*keys).perform()
