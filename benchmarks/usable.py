"""How soon a form can be used, and how soon its visitor is thanked, on a slow phone and a slow line.

Chromium with its processor slowed down four times and slow 4G as Lighthouse simulates it (1.6 Mbit/s down,
0.75 up, 150 ms to and fro), nothing cached. Three pages in turn: the form by itself, as in an iframe; a page
into which the loader puts it; and the same page with a bare form for the same questions. A form can be used
once its fields are painted: it needs no script. Goals: 1.5 s; 1.3 times the bare form, and 2 times if the
loader puts it into a page, which takes three answers in turn instead of one.
"""

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Frame, Page, sync_playwright
from served import bare, ours

LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length"
TIMES = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return [paint.startTime, page.domContentLoadedEventEnd].map((ms) => performance.timeOrigin + ms);
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
            "in a page": (
                f"http://127.0.0.1:{b}/page?loader=http://127.0.0.1:{a}/embed.js",
                thanked_by_script,
            ),
            "bare form": (f"http://127.0.0.1:{b}/form", thanked_by_page),
        }
        runs = [{name: visit(browser, *page) for name, page in pages.items()} for _ in range(rounds)]
        browser.close()
    for position, what in enumerate(("fields painted", "script ready", "click to thank-you")):
        medians = {name: statistics.median(run[name][position] for run in runs) for name in pages}
        ratios = {
            name: statistics.median(run[name][position] / run["bare form"][position] for run in runs)
            for name in ("form", "in a page")
        }
        times = "  ".join(f"{name} {ms:5.0f} ms" for name, ms in medians.items())
        compared = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items())
        print(f"{what:20}{times}  against the bare form, medians: {compared} times")


def visit(browser: Browser, url: str, send: Callable[[Page, Frame], float]) -> tuple[float, float, float]:
    """Return when fields were painted, when scripts were ready, and how long the thank-you took, in ms."""
    with browser.new_context() as context:
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditions", LINE)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.goto(url, wait_until="load")
        page.wait_for_function("() => document.querySelector('#send') || frames.length")
        frame = page.frames[-1]
        frame.wait_for_load_state()
        frame.wait_for_function(PAINTED)
        began = page.evaluate("() => performance.timeOrigin")
        painted, ready = (at - began for at in frame.evaluate(TIMES))
        for field, value in {"name": "Jana", "surname": "Nova", "phone": "777123456"}.items():
            frame.locator(f"[name={field}]").fill(value)
        page.wait_for_timeout(500)
        return painted, ready, send(page, frame)


def thanked_by_script(_page: Page, frame: Frame) -> float:
    """Send, and return how long the form took to thank."""
    return float(frame.evaluate(CLICK, "#thanks"))


def thanked_by_page(page: Page, frame: Frame) -> float:
    """Send, and return how long the next page took to be painted."""
    frame.evaluate("() => sessionStorage.setItem('began', Date.now())")
    frame.locator("#send").click()
    page.wait_for_url("**/thanks")
    page.wait_for_function(PAINTED)
    painted = "performance.timeOrigin + performance.getEntriesByName('first-contentful-paint')[0].startTime"
    return float(page.evaluate(f"() => {painted} - sessionStorage.getItem('began')"))


if __name__ == "__main__":
    main()
