"""Makes the pictures of the README: of the bundled archive, as a reader sees it.

    python docs/pictures.py

Needs `.[plot]`, Playwright (`.[dev]`) and Chromium: the one on the path, or Playwright's own. No
network is used. With the same fonts the pictures are the same on every run; look at them before
they are stored, and at their sizes: together they stay below a megabyte.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI

import newsnlp

PICTURES = Path(__file__).parent / "pictures"
SUMMIT = "https://kurier.example/politics/2026/05/14/tokaev-pribyl"
SCRAPED = "https://delo.example/politics/2026/05/15/odkb-itogi"
N_COLOURS = 128
N_LETTERS = 76  # of a line of the terminal
SCALE = 2  # pixels to a pixel of the page: sharp on fine screens
VIEW = """
<body style="margin: 0; padding: 12px 20px; background: white; font: 15px sans-serif">{}</body>
"""
TERMINAL = """
<body style="margin: 0; padding: 16px 20px; background: {background}; color: {foreground};
    font: 14px/1.35 'DejaVu Sans Mono', monospace; white-space: pre">{code}</body>
"""


def main() -> None:
    """Make all of them."""
    PICTURES.mkdir(exist_ok=True)
    frames = newsnlp.annotate(newsnlp.example_articles())
    store("plots", plots(frames))
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        article = (
            newsnlp.show(frames, doc_id=SCRAPED)._repr_html_().replace("<details open", "<details")
        )
        store("article", of_html(browser, VIEW.format(article), 680))
        store("summary", of_html(browser, VIEW.format(frames._repr_html_()), 900))
        store("terminal", of_html(browser, terminal(frames), 680))
        report = written(Path(folder))
        for name, address in {"overview": "#/", "entity": "#/entity/org%3Acsto"}.items():
            store(f"report-{name}", of_report(browser, report, address))


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser."""
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    options = ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=next(found, None), args=options)
        yield browser
        browser.close()


def store(name: str, picture: bytes) -> None:
    """Write a PNG with a palette, which is a third of the size.

    Args:
        name: Of the file.
        picture: A PNG.
    """
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    few = image.quantize(N_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(PICTURES / f"{name}.png", optimize=True)


def plots(frames: newsnlp.Frames) -> bytes:
    """Three plots side by side.

    Args:
        frames: Of the archive.
    """
    figure, axes = plt.subplot_mosaic(
        [["timeline", "network"], ["topics", "network"]],
        figsize=(14, 8), layout="constrained", width_ratios=(1, 1.1), height_ratios=(1, 1.6),
    )  # fmt: skip
    newsnlp.plot.timeline(frames, ["ОДКБ", "Касым-Жомарт Токаев"], ax=axes["timeline"])
    newsnlp.plot.topics(frames, freq="W", ax=axes["topics"])
    newsnlp.plot.cooccurrence(frames, top=30, ax=axes["network"])
    file = io.BytesIO()
    figure.savefig(file, dpi=130)
    return file.getvalue()


def of_html(browser: Browser, html: str, width: int) -> bytes:
    """Picture of a whole page.

    Args:
        browser: What shows it.
        html: The page.
        width: Pixels.
    """
    return of_page(browser, lambda page: page.set_content(html), {"width": width, "height": 100})


def of_page(browser: Browser, go: Callable[[Page], Any], size: Any, *, whole: bool = True) -> bytes:
    """Picture of whatever a tab was sent to.

    Args:
        browser: What shows it.
        go: Called with the tab.
        size: Of the window, `width` and `height` in pixels.
        whole: Also what is below the window.
    """
    page = browser.new_page(
        viewport=size, device_scale_factor=SCALE, locale="ru", reduced_motion="reduce"
    )
    go(page)
    picture = page.screenshot(full_page=whole, animations="disabled")
    page.close()
    return picture


def terminal(frames: newsnlp.Frames) -> str:
    """What `newsnlp show` prints, as a page.

    Args:
        frames: Of the archive.
    """
    console = Console(
        record=True,
        file=io.StringIO(),
        width=N_LETTERS,
        force_terminal=True,
        color_system="truecolor",
    )
    console.print(f"[bold]$[/bold] newsnlp show archive --doc {SUMMIT}\n", highlight=False)
    console.print(newsnlp.show(frames, doc_id=SUMMIT))
    return console.export_html(theme=MONOKAI, code_format=TERMINAL, inline_styles=True)


def written(folder: Path) -> Path:
    """The report of the bundled archive.

    Args:
        folder: Where to put it.
    """
    archive = newsnlp.Archive(folder / "archive")
    archive.annotate(newsnlp.example_articles())
    archive.report(folder / "report.html", title="Весна 2026")
    return folder / "report.html"


def of_report(browser: Browser, report: Path, address: str) -> bytes:
    """Picture of the window in which the report is read.

    Args:
        browser: What shows it.
        report: The report.
        address: Of the view in it.
    """

    def go(page: Page) -> None:
        page.goto(report.as_uri() + address)
        page.wait_for_selector('html[data-ready="true"]', state="attached")
        page.wait_for_timeout(1000)  # charts are drawn after that

    return of_page(browser, go, {"width": 1000, "height": 1250}, whole=False)


if __name__ == "__main__":
    main()
