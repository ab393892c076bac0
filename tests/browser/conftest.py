"""One Chromium for the pages; its tests are left out where there is none."""

import os
import shutil

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None)


@pytest.fixture(scope="module")
def chromium():
    """A browser that is installed; none is downloaded. It runs an event loop as long as it lives, so it does not outlive its module."""
    if not BROWSER:
        pytest.skip("no Chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()
