"""How soon a form can be used, and how soon its visitor is thanked, on a slow phone and a slow line.

Chromium with its processor slowed down four times and slow 4G as Lighthouse simulates it (1.6 Mbit/s down,
0.75 up, 150 ms to and fro), nothing cached; beside it a page with a bare form, in turn. A form can be used
once its fields are painted: it needs no script. Goals: 1.5 s, and 1.3 times the bare form.
"""

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from served import bare, ours

LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length"
TIMES = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return [paint.startTime, page.domContentLoadedEventEnd];
}"""
CLICK = """(selector) => new Promise((thanked) => {
  const began = performance.now();
  new MutationObserver(() => document.querySelector(selector).hidden || thanked(performance.now() - began))
    .observe(document.body, { subtree: true, attributes: true });
  document.querySelector("#send").click();
})"""


def main() -> None:
    """Print medians of each time, in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with (
        tempfile.TemporaryDirectory() as name,
        ours(Path(name) / "a") as a,
        bare(Path(name) / "b") as b,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        pages = {
            "form": (f"http://127.0.0.1:{a}/f/bench/en", thanked_by_script),
            "bare form": (f"http://127.0.0.1:{b}/form", thanked_by_page),
        }
        runs = [{name: visit(browser, *page) for name, page in pages.items()} for _ in range(rounds)]
        browser.close()
    for position, what in enumerate(("fields painted", "script ready", "click to thank-you")):
        ours_ms, bare_ms = (statistics.median(run[name][position] for run in runs) for name in pages)
        print(f"{what:20} form {ours_ms:5.0f} ms  bare {bare_ms:5.0f} ms  {ours_ms / bare_ms:.2f} times")


def visit(browser: Browser, url: str, send: Callable[[Page], float]) -> tuple[float, float, float]:
    """Return when fields were painted, when scripts were ready, and how long the thank-you took, in ms."""
    with browser.new_context() as context:
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditions", LINE)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.goto(url, wait_until="load")
        page.wait_for_function(PAINTED)
        painted, ready = page.evaluate(TIMES)
        for field, value in {"name": "Jana", "surname": "Nova", "phone": "777123456"}.items():
            page.locator(f"[name={field}]").fill(value)
        page.wait_for_timeout(500)
        return painted, ready, send(page)


def thanked_by_script(page: Page) -> float:
    """Send, and return how long the page took to thank."""
    return float(page.evaluate(CLICK, "#thanks"))


def thanked_by_page(page: Page) -> float:
    """Send, and return how long the next page took to be painted."""
    page.evaluate("() => sessionStorage.setItem('began', Date.now())")
    page.locator("#send").click()
    page.wait_for_url("**/thanks")
    page.wait_for_function(PAINTED)
    painted = "performance.timeOrigin + performance.getEntriesByName('first-contentful-paint')[0].startTime"
    return float(page.evaluate(f"() => {painted} - sessionStorage.getItem('began')"))


if __name__ == "__main__":
    main()
