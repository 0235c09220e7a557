"""From a posted lead to the provider's receipt in production mode, while a hundred thousand messages wait.

Every part is a process of its own, PostgreSQL and Redis are real, the stand-in plays SendGrid and answers at once. The
floor is one POST to the stand-in over a warm connection, in the same run.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import httpx2
import psycopg
import pytest

from engine.clock import SystemClock
from tests.acceptance.production.shop import Shop, open_shop
from tests.servers import PostgresServer, eventually

pytestmark = [pytest.mark.benchmark, pytest.mark.postgres, pytest.mark.redis]

WAITING = int(os.environ.get("WAITING", "100000"))
LEADS = int(os.environ.get("LEADS", "200"))
SECONDS_BETWEEN = 0.25
BACKLOG_PER_SECOND = 50.0  # what the backlog's own sender may send meanwhile


def test_a_posted_lead_is_answered_while_a_backlog_waits(
    tmp_path: Path, postgres_server: PostgresServer, redis_url: str
) -> None:
    with open_shop(tmp_path, postgres_server, redis_url) as shop:
        warm = _post(shop, 0)
        eventually(lambda: _accepted_at(shop, [warm]) != {}, within_seconds=30)
        _pile_up(shop, warm)

        posted = {}
        for number in range(1, LEADS + 1):
            began = SystemClock().now()
            posted[_post(shop, number)] = began
            SystemClock().sleep(SECONDS_BETWEEN)
        eventually(lambda: len(_accepted_at(shop, list(posted))) == LEADS, within_seconds=60)

        accepted = _accepted_at(shop, list(posted))
        steps = _steps(shop, posted)
        seconds = sorted((accepted[lead] - began).total_seconds() for lead, began in posted.items())
        floor = _floor_seconds(shop)
        left = _count(shop, "select count(*) from messages where lane = 'main' and state in ('scheduled', 'claimed')")

    p50, p99 = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.99) - 1]
    sys.stderr.write(
        f"\nPOST to receipt, {LEADS} leads, {WAITING} waiting ({left} left at the end): p50 {p50 * 1000:.0f} ms, "
        f"p99 {p99 * 1000:.0f} ms, max {seconds[-1] * 1000:.0f} ms; {p50 / floor:.0f} x one bare POST\n"
    )
    sys.stderr.write("median of each step: " + ", ".join(f"{name} {ms:.0f} ms" for name, ms in steps.items()) + "\n")
    assert left > WAITING * 0.5


def _post(shop: Shop, number: int) -> str:
    lead = {
        "email": f"first{number}@example.com",
        "first_name": "Ann",
        "country": "US",
        "region": "OR",
        "source": "web-form",
        "interest": "furnace",
        "consents": [{"channel": "email", "basis": "express_written", "wording": "Yes, write to me."}],
    }
    return str(shop.post("/leads", lead, Idempotency_Key=f"first-{number}")["id"])


def _accepted_at(shop: Shop, lead_ids: Sequence[str]) -> dict[str, datetime]:
    """Return when the provider's receipt for the first email of each lead was on record."""
    rows = _rows(
        shop,
        "select lead_id::text, min(accepted_at) from messages where lead_id = any(%s::uuid[]) and channel = 'email' "
        "and accepted_at is not null group by lead_id",
        [list(lead_ids)],
    )
    return dict(rows)


def _steps(shop: Shop, posted: Mapping[str, datetime]) -> dict[str, float]:
    """Return the median milliseconds that each step of an answer takes, by name, in their order."""
    rows = _rows(
        shop,
        "select l.id::text, l.created_at, m.created_at, a.started_at, m.accepted_at from leads l "
        "join messages m on m.lead_id = l.id and m.channel = 'email' join attempts a on a.message_id = m.id "
        "where l.id = any(%s::uuid[])",
        [list(posted)],
    )
    names = ("POST to transaction", "to plan", "to attempt", "to receipt")
    lasted: dict[str, list[float]] = {name: [] for name in names}
    for lead_id, *instants in rows:
        for name, before, after in zip(names, [posted[lead_id], *instants], instants, strict=False):
            lasted[name].append((after - before).total_seconds() * 1000)
    return {name: median(each) for name, each in lasted.items()}


def _pile_up(shop: Shop, like: str) -> None:
    """Let WAITING messages to as many leads wait in lane main, all like the first message of the lead *like*."""
    with _connection(shop) as connection:
        for table, changes in _PILED.items():
            columns = [row[0] for row in connection.execute(_COLUMNS, [table])]
            values = [changes.get(column, f'x."{column}"') for column in columns]
            source = _SOURCES[table]
            connection.execute(
                f"insert into {table} ({', '.join(columns)}) select {', '.join(values)} {source}".encode(),
                {"like": like, "count": WAITING},
            )
        connection.execute(
            b"update senders set rate_per_second = %s, burst = %s where channel = 'email' and provider = 'sendgrid'",
            [BACKLOG_PER_SECOND, BACKLOG_PER_SECOND],
        )
        connection.commit()
        connection.autocommit = True
        connection.execute("analyze")


_COLUMNS = "select column_name from information_schema.columns where table_name = %s order by ordinal_position"
_PILED = {
    "addresses": {"id": "gen_random_uuid()", "key": "'pile' || n"},
    "leads": {"id": "gen_random_uuid()", "email": "a.key || '@example.com'", "email_id": "a.id"},
    "messages": {
        "id": "gen_random_uuid()", "intent_key": "'pile:' || p.id", "lead_id": "p.id", "address_id": "p.email_id",
        "enrollment_id": "null", "lane": "'main'", "state": "'scheduled'", "reason": "''", "due_at": "now()",
        "tries": "0", "provider": "null", "provider_id": "null", "accepted_at": "null", "ended_at": "null",
        "revision": "null", "delivery": "'none'", "delivered_at": "null", "opened_at": "null", "clicked_at": "null",
    },
}  # fmt: skip
"""What is different in the copies, by table and column, as SQL; in the order in which they refer to each other."""

_SOURCES = {
    "addresses": "from addresses x, generate_series(1, %(count)s::int) n "
    "where x.id = (select email_id from leads where id = %(like)s::uuid)",
    "leads": "from leads x, addresses a where x.id = %(like)s::uuid and a.key like 'pile%%'",
    "messages": "from messages x, leads p where x.id = (select id from messages where lead_id = %(like)s::uuid "
    "and channel = 'email' order by created_at limit 1) and p.email like 'pile%%'",
}


def _floor_seconds(shop: Shop) -> float:
    body = {
        "personalizations": [{"to": [{"email": "floor@example.com"}]}],
        "from": {"email": "hello@seller.example"},
        "subject": "Floor",
        "content": [{"type": "text/plain", "value": "Hello"}],
    }
    headers = {"Authorization": f"Bearer {shop.standin.sendgrid_api_key}", "Content-Type": "application/json"}
    with httpx2.Client() as client:
        taken = []
        for _ in range(50):
            began = perf_counter()
            client.post(f"{shop.standin.sendgrid_url}/v3/mail/send", content=json.dumps(body), headers=headers)
            taken.append(perf_counter() - began)
    return sorted(taken)[25]


def _connection(shop: Shop) -> "psycopg.Connection[Any]":
    return psycopg.connect(shop.environment["DATABASE_URL"].replace("+psycopg", ""))


def _rows(shop: Shop, query: str, values: Sequence[Any] = ()) -> list[Any]:
    with _connection(shop) as connection:
        return connection.execute(query.encode(), values).fetchall()


def _count(shop: Shop, query: str) -> int:
    [(count,)] = _rows(shop, query)
    return int(count)
