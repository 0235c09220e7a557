"""A business in production whose servers a test may take away: workers and clock as processes, the stand-in as provider."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from sqlalchemy import func, select, text, update

from channels.address import Channel
from channels.standin import StandIn
from engine.bootstrap import open_kit, prepare, real_world
from engine.domain.access import Role
from engine.flows import going_live
from engine.flows.draft import Draft
from engine.flows.enroll import enroll
from engine.flows.intake import receive_leads
from engine.flows.kit import Kit
from engine.flows.vouching import asked_for, vouch
from engine.settings import Settings
from engine.store import senders
from engine.store import tables as t
from tests.flows.content import publish_plan, small_library
from tests.flows.story import ANN
from tests.servers import Restartable, eventually, free_port, restartable_postgres, restartable_redis
from tests.shared import REPOSITORY
from tests.web.signing import session_for

COMMAND = Path(sys.executable).parent / "fifthtouch"
PLAN = "name: bulk\nenter: {when: manual}\nexclusive: no\nwindow: any\nstages: [{id: hello, email: hello}]"
SECRET = "a secret for tests only, as long as it should be"  # noqa: S105 - it opens nothing
ALLOW_LIST = "@example.com,+1*,+44*,+61*"
STOP_SECONDS_MAX = 20


ARRIVE_TOGETHER = 500
OUR_NUMBER = "+15035550199"


def by_email(number: int) -> Draft:
    """Return lead *number*, who has an email address and no phone."""
    return replace(ANN, email=f"lead{number}@example.com", phone=None, source="import")


@dataclass(kw_only=True)
class House:
    """The servers, the parts that run, and the provider's account, which alone judges what was sent."""

    folder: Path
    settings: Settings
    postgres: Restartable
    redis: Restartable
    standin: StandIn
    kit: Kit
    detours: dict[str, str] = field(default_factory=dict)  # settings of the parts that lead another way to a server
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    _started: int = 0

    @cached_property
    def session(self) -> str:
        """The token of an operator who is signed in to the console."""
        return session_for(self.kit, Role.OPERATOR)

    def start(
        self, *words: str, prefix: Sequence[str] = (), detours: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[bytes]":
        """Start a part, such as `work --lane first`; elsewhere by the command *prefix*, with *detours* of its own."""
        environment = {**self._environment(), **(detours or {})}
        with (self.folder / f"{'-'.join(words).replace('--', '')}-{self._started}.log").open("wb") as output:
            self._started += 1
            part = subprocess.Popen(
                [*prefix, COMMAND, *words], cwd=self.folder, env=environment, stdout=output, stderr=output
            )
        self.running.append(part)
        return part

    def told(self) -> str:
        """Return what all parts have logged."""
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def leads_arrive(self, how_many: int, sequence: str = "bulk", who: Callable[[int], Draft] = by_email) -> None:
        """Let *how_many* leads enter *sequence*; *who* says what is known of each."""
        for first in range(0, how_many, ARRIVE_TOGETHER):
            drafts = [who(number) for number in range(first, min(how_many, first + ARRIVE_TOGETHER))]
            ids = [one.lead_id for one in receive_leads(self.kit, drafts, recorded_by="import")]
            with self.kit.database.write() as connection:
                enroll(self.kit, connection, ids, sequence, self.kit.database.now(connection))

    def sent(self) -> Counter[str]:
        """Return how often each lead's address was written to, by the provider's account."""
        return Counter(one.to for one in self.standin.account.accepted)

    def states(self) -> Counter[str]:
        """Return how many messages are in each state."""
        with self.kit.database.read() as connection:
            rows = connection.execute(select(t.messages.c.state, func.count()).group_by(t.messages.c.state))
            return Counter({row[0]: row[1] for row in rows})

    def reviews(self) -> int:
        """Return how many messages a person is asked about."""
        with self.kit.database.read() as connection:
            open_reviews = select(func.count()).where(t.tasks.c.state == "open", t.tasks.c.title.like("%arrive%"))
            return connection.execute(open_reviews).scalar_one()

    def leases_end(self, seconds: int = 3600) -> None:
        """Let *seconds* pass for all that a worker holds: a test need not wait for them."""
        ago = text(f"interval '{seconds} seconds'")
        is_open = t.attempts.c.outcome == "open"
        with self.kit.database.write() as connection:
            connection.execute(update(t.attempts).where(is_open).values(call_by=t.attempts.c.call_by - ago))
        is_held = t.messages.c.state.in_(["claimed", "sending"])
        with self.kit.database.write() as connection:
            connection.execute(update(t.messages).where(is_held).values(due_at=t.messages.c.due_at - ago))

    def close(self) -> None:
        """End every part."""
        for part in self.running:
            part.send_signal(signal.SIGTERM)
        for part in self.running:
            try:
                part.wait(timeout=STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                part.kill()
                part.wait()
        self.kit.database.close()

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "PYTHONPATH": str(REPOSITORY),
            "DATABASE_URL": self.settings.database_url,
            "REDIS_URL": self.redis.url,
            "PORT": str(self.settings.port),
            "FIFTHTOUCH_SECRET_KEY": SECRET,
            "FIFTHTOUCH_ALLOW_LIST": ALLOW_LIST,
            "FIFTHTOUCH_LOG_FORMAT": "json",
            **self.standin.environment(),
            **self.detours,
        }


@contextmanager
def open_house(
    folder: Path,
    *,
    with_redis: bool = True,
    with_callbacks: bool = False,
    rate: float = 200.0,
    text_rate: float | None = None,
    plan: str = PLAN,
) -> Iterator[House]:
    """Yield a business that is live on the stand-in, with nothing running but its servers.

    *with_callbacks* the provider reports to the port on which `web` will listen; *rate* and *text_rate* are how many
    mails and texts may leave a second, and *plan* is a sequence that leads may enter.
    """
    with ExitStack() as stack:
        postgres = stack.enter_context(restartable_postgres())
        redis = stack.enter_context(restartable_redis())
        if with_redis:
            redis.start()
        port = free_port()
        standin = stack.enter_context(
            StandIn(
                f"http://127.0.0.1:{port}" if with_callbacks else None, account_file=folder / "account", bodies=False
            )
        )
        settings = Settings(
            database_url=postgres.url, redis_url=redis.url, secret_key=SECRET, allow_list=ALLOW_LIST,
            sendgrid_api_key=standin.sendgrid_api_key, sendgrid_url=standin.sendgrid_url,
            twilio_account_sid=standin.twilio_sid, twilio_auth_token=standin.twilio_token, twilio_url=standin.twilio_url,
            port=port, _env_file=None,
        )  # fmt: skip
        os.chdir(folder)
        world = real_world(settings)
        prepare(settings, world, library=small_library(folder / "templates")).database.close()
        kit = open_kit(settings, world)
        _go_live(kit, rate, text_rate, plan)
        house = House(
            folder=folder, settings=settings, postgres=postgres, redis=redis, standin=standin, kit=kit
        )  # fmt: skip
        stack.callback(house.close)
        yield house


def _go_live(kit: Kit, rate: float, text_rate: float | None, plan: str) -> None:
    chosen = [(Channel.EMAIL, "sendgrid", "hello@seller.io", rate)]
    if text_rate is not None:
        chosen.append((Channel.SMS, "twilio", OUR_NUMBER, text_rate))
    with kit.database.write() as connection:
        for channel, provider, address, each in chosen:
            row = senders.new_row(
                sender_id=kit.ids.new(), channel=channel, provider=provider, address=address, name="Seller",
                rate_per_second=each, daily_max=None, now=kit.database.now(connection),
                paused_reason=senders.NOT_LIVE_YET,
            )  # fmt: skip
            senders.add(connection, row)
    for asked in asked_for(kit.rulebook):  # the law asks for a word of somebody's, wherever the leads may be
        vouch(kit, asked, by="ann")
    going_live.start(kit, by="ann")
    publish_plan(kit, plan)


def until(house: House, how_many: int, within_seconds: float = 40) -> None:
    """Wait until the provider has taken *how_many* messages; say what the parts logged when it does not."""
    try:
        eventually(lambda: sum(house.sent().values()) >= how_many, within_seconds=within_seconds)
    except TimeoutError as error:
        error.add_note(f"{sum(house.sent().values())} sent, {house.states()}\n{house.told()[-4000:]}")
        raise
