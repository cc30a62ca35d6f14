"""What ALTCHA costs a visitor's browser, and a program that solves it as cheaply as it can, of one core.

The browser runs the worker that pages run, in Debian's Chromium. The program derives with OpenSSL and starts
at the counter where the first solution may be. A phone is taken for 4 to 6 times slower than this machine.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copy, which

import altcha
import psutil
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from playwright.sync_api import Page, sync_playwright

from realpad_form.adapters.captcha import ALGORITHM, COST, COUNTERS, AltchaCaptcha
from realpad_form.catalog import read_project, samples_folder

ROOT = Path(__file__).resolve().parents[1]
WORKER = ROOT / "static" / "vendor" / "altcha" / "pbkdf2.js"
PHONE = (4, 6)
"""How many times slower a phone is, at least and at most."""

SOLVE = """([challenge]) => new Promise((resolve, reject) => {
  const worker = new Worker("/pbkdf2.js");
  const began = performance.now();
  worker.onerror = reject;
  worker.onmessage = ({ data }) => {
    worker.terminate();
    resolve([(performance.now() - began) / 1000, data.counter]);
  };
  worker.postMessage({ type: "work", challenge, counterStart: 0, counterStep: 1, timeout: 60000 });
})"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    mean, worst = statistics.mean(COUNTERS), COUNTERS[-1]
    print(f"captcha: {ALGORITHM}, {COST} iterations, counters {COUNTERS[0]} to {worst}")
    captcha = AltchaCaptcha(["s" * 32])
    project = read_project(samples_folder() / "riverside.yaml")[0]
    making = best(lambda: processor(lambda: captcha.challenge(project, "token")), rounds)
    print(f"server, for a challenge: {1000 * making:.1f} ms")
    with browser() as (page, chromium):
        for name, counter in (("on average", round(mean)), ("at worst", worst)):
            program = best(lambda counter=counter: processor(lambda: solve(counter)), rounds)
            runs = [in_browser(page, chromium, counter) for _ in range(rounds)]
            work, wait = (min(each) for each in zip(*runs, strict=True))
            phone = " to ".join(f"{factor * wait:.2f}" for factor in PHONE)
            print(
                f"{name}: program {program:.3f} s, browser {work:.3f} s ({wait:.3f} s waited),"
                f" phone {phone} s, program / browser {program / work:.2f}"
            )


def challenge(counter: int) -> altcha.Challenge:
    """Return a challenge that a counter solves."""
    return altcha.create_challenge(
        ALGORITHM, COST, counter=counter, hmac_secret="s" * 32, hmac_key_secret="k" * 32
    )


def solve(counter: int) -> None:
    """Do what a program has to: derive for each counter from the first possible one."""
    for tried in range(COUNTERS[0], counter + 1):
        PBKDF2HMAC(SHA256(), 32, b"s" * 16, COST).derive(b"n" * 16 + tried.to_bytes(4, "big"))


def processor(what: Callable[[], object]) -> float:
    """Return the seconds of processor that something takes in this thread."""
    began = time.thread_time()
    what()
    return time.thread_time() - began


def best(measure: Callable[[], float], rounds: int) -> float:
    """Return the least of some measurements: what else the machine does only adds."""
    return min(measure() for _ in range(rounds))


def in_browser(page: Page, chromium: psutil.Process, counter: int) -> tuple[float, float]:
    """Return the processor seconds that the whole browser takes for a challenge, and the seconds waited."""
    asked = challenge(counter).to_dict()
    before = used(chromium)
    waited, found = page.evaluate(SOLVE, [asked])
    if found != counter:
        raise RuntimeError(f"the browser found {found} instead of {counter}")
    return used(chromium) - before, waited


def used(process: psutil.Process) -> float:
    """Return the seconds of processor that a process and its children have used."""
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times)


@contextmanager
def browser() -> Iterator[tuple[Page, psutil.Process]]:
    """Yield an empty page beside the worker, and the browser's process."""
    executable = which("chromium") or which("chromium-browser")
    before = {each.pid for each in psutil.Process().children(recursive=True)}
    with site() as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            page = chromium.new_page()
            page.goto(url)
            ours = psutil.Process().children(recursive=True)
            driver = next(each for each in ours if each.pid not in before)
            yield page, driver
        finally:
            chromium.close()


@contextmanager
def site() -> Iterator[str]:
    """Serve the worker and an empty page on this machine, where browsers have WebCrypto."""
    with tempfile.TemporaryDirectory() as folder:
        copy(WORKER, folder)
        (Path(folder) / "index.html").write_text("<!doctype html><title>captcha</title>")
        handler = partial(Quiet, directory=folder)
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}/"
            server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without telling of each."""

    def log_message(self, *_about: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    main()
