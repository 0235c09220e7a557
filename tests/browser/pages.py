"""What every page must bear: an inspector's eyes, a narrow screen, and nobody's script but ours."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Request

from tests.mailroom.judges import ROOM
from tests.servers import skip_unless_ci

AXE = ROOM / "node_modules" / "axe-core" / "axe.min.js"
LAUNCH = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
"""How the browser is started: without a window, asking nobody for anything by itself."""

GRAVE = {"serious", "critical"}
QUESTION = """async ([include, exclude]) => {
  const place = include ? { include, exclude: [exclude] } : { exclude: [exclude] };
  return (await axe.run(place, { resultTypes: ["violations"] })).violations;
}"""
ROWS_LIKE_THE_OTHERS = "[data-row]:nth-child(n+13)"
"""What the inspector passes over: a list's later rows are made like its first ones, and each costs time."""

WIDER_BY_MAX = 1  # a scrolled pixel may be a rounded one


def inspector() -> str:
    """Return the source of axe-core."""
    if not AXE.exists():
        skip_unless_ci("axe-core is not installed; scripts/install-node-tools.sh says how")
    return AXE.read_text(encoding="utf-8")


def assert_accessible(page: Page, *, within: str | None = None) -> None:
    """Fail for what axe finds serious or critical on *page*, or in the part of it that the selector *within* names."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(inspector())
    found: list[dict[str, Any]] = page.evaluate(QUESTION, [within, ROWS_LIKE_THE_OTHERS])
    told = [
        f"{one['id']} ({one['impact']}): {one['help']}\n"
        + "\n".join(f"    {node['html'][:200]}\n      {node['failureSummary']}" for node in one["nodes"][:4])
        for one in found
        if one["impact"] in GRAVE
    ]
    assert not told, f"{page.url}\n" + "\n".join(told)


def assert_fits(page: Page) -> None:
    """Fail where *page* is wider than its window, and name what sticks out."""
    wide: dict[str, Any] = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          const scrolls = (one) => {
            for (let at = one.parentElement; at; at = at.parentElement) {
              if (getComputedStyle(at).overflowX !== "visible") return true;
            }
            return false;
          };
          const out = [...document.querySelectorAll("body *")]
            .filter((one) => one.getBoundingClientRect().right > width + 1 && !scrolls(one))
            .map((one) => one.outerHTML.slice(0, 120));
          return { by: document.documentElement.scrollWidth - width, out: out.slice(0, 5) };
        }"""
    )
    assert wide["by"] <= WIDER_BY_MAX, f"{page.url} is {wide['by']} px too wide:\n" + "\n".join(wide["out"])


@dataclass  # no slots: Playwright keeps a note on whose methods it calls
class Watch:
    """Everything that went wrong in one visitor's browser, in words; a test may take out what it expects."""

    here: str  # the address of the house; nothing else may be asked
    troubles: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Write down what goes wrong on any page of *context*."""
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.troubles.append(f"script failed: {error.error}"))
        context.on("request", self._ask)
        context.on("dialog", self._dismiss)

    def forgive(self, words: str) -> None:
        """Take out what holds *words*; fails where there is none."""
        kept = [one for one in self.troubles if words not in one]
        assert len(kept) < len(self.troubles), f"nothing said {words!r}"
        self.troubles = kept

    def _dismiss(self, dialog: Dialog) -> None:
        self.troubles.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _hear(self, message: ConsoleMessage) -> None:
        # A mail or a file that is opened by itself names no picture, so the browser asks for one.
        if message.type in {"error", "warning"} and not message.location["url"].endswith("/favicon.ico"):
            self.troubles.append(f"console: {message.text} ({message.location['url']})")

    def _ask(self, request: Request) -> None:
        if not request.url.startswith((self.here, "data:", "about:", "blob:")):
            self.troubles.append(f"asked elsewhere: {request.url}")


def chromium() -> Path | None:
    """Return where the browser is installed; None where it is not."""
    places = ("/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser")
    return next((Path(place) for place in places if Path(place).exists()), None)
