"""What the readers of some pages have: files, content of their own, settings, and what they did before."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from tests.content.builders import email, library
from tests.documents.pages import PAGES, blocks
from tests.flows.content import FILES

PLAN = "name: {name}\nenter: {{when: {when}}}\nstages:\n  - {{id: one, email: {name}}}\n  - {{id: two, sms: hi, after: 2 days}}\n"
WALKED = "name: course\nstages:\n  - {id: one, email: hello}\n  - {id: two, email: news, after: 2 days}\n"
CHANGED = WALKED.replace("id: two, email: news, after: 2 days", "id: second, email: news, after: 3 days")

KEYED = {
    "SENDGRID_API_KEY": "SG.of-a-test",
    "FIFTHTOUCH_SENDGRID_URL": "http://127.0.0.1:9",  # nobody listens there
    "FIFTHTOUCH_PUBLIC_URL": "https://hello.example.com",
}
SECRET = "a secret for tests only, as long as it should be"  # noqa: S105 - it opens nothing


def write_small_content(folder: Path) -> None:
    """Give *folder* content that is checked in a moment, with the names that pages use."""
    few = {file: text for file, text in FILES.items() if file != "email/about.md"}  # it would hold, on purpose
    for name, when in (("instant-answer", "lead.created"), ("five-days-then-weekly", "manual")):
        few[f"email/{name}.md"] = email("Hello {{ lead.first_name or 'there' }}.")
        few[f"sequences/{name}.yaml"] = PLAN.format(name=name, when=when)
    library(folder / "templates", few)  # type: ignore[arg-type]


def write_course(folder: Path, plan: str) -> None:
    """Give *folder* the one sequence that a page changes while leads walk it."""
    library(
        folder / "templates",
        {"email/hello.md": email("Hello."), "email/news.md": email("News."), "sequences/course.yaml": plan},
    )


def rules_of(page: str) -> str:
    """Return the rules that a page shows piece by piece, as one file."""
    return "\n".join(block.text for block in blocks(PAGES[page]) if block.language == "yaml")


def lines_of_settings(said: str) -> str:
    """Return the lines among what a program said that set something."""
    return "".join(f"{line}\n" for line in said.splitlines() if re.match(r"[A-Z_]+=", line))


class _Taking(BaseHTTPRequestHandler):
    """Takes whatever it is told."""

    def do_POST(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
        """Say nothing."""


@contextmanager
def somebody_to_tell() -> Iterator[str]:
    """Yield the address of somebody who takes alerts, as apprise writes it."""
    with HTTPServer(("127.0.0.1", 0), _Taking) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"json://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
