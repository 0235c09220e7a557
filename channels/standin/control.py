"""Steer a stand-in that runs in another process: its account read, faults set, leads who text, write and call in."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from channels.standin.account import Account
from channels.standin.clock import Now
from channels.standin.faults import Fault, FaultKind, Faults
from channels.standin.inbound_mail import Mail, post_mail
from channels.standin.leads import Deed, Does
from channels.standin.life import Life
from channels.standin.posts import Posted, Posts

_FAULT = ("seconds", "status", "code", "message", "accepts")
_RULE = ("provider", "times", "share", "reads")

Act = Callable[[Mapping[str, Any]], Awaitable[Any]]
"""Does what is asked for in JSON, and returns what came of it."""


class Control:
    """The doors under /standin/ beside SendGrid's API; they ask for no key, because they are on this machine."""

    def __init__(self, *, account: Account, faults: Faults, posts: Posts, life: Life, now: Now) -> None:
        self._account = account
        self._faults = faults
        self._posts = posts
        self._life = life
        self._now = now

    def app(self) -> Iterator[web.RouteDef]:
        """Yield its routes."""
        yield web.get("/standin/account", self._show_account)
        yield web.delete("/standin/faults", self._clear_faults)
        for path, act in (
            ("faults", self._add_fault),
            ("texts", self._text),
            ("mails", self._mail),
            ("calls", self._call),
        ):
            yield web.post(f"/standin/{path}", _door(act))

    async def _show_account(self, _request: web.Request) -> web.Response:
        return _answer([asdict(one) for one in self._account.accepted])

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._faults.clear()
        return _answer({})

    async def _add_fault(self, asked: Mapping[str, Any]) -> Any:
        fault = Fault(kind=FaultKind(asked["kind"]), **{name: asked[name] for name in _FAULT if name in asked})
        self._faults.add(fault, **{name: asked[name] for name in _RULE if name in asked})
        return {"kind": fault.kind}

    async def _text(self, asked: Mapping[str, Any]) -> Any:
        return _told(await self._life.texts.write(asked["from"], asked["to"], asked["body"]))

    async def _mail(self, asked: Mapping[str, Any]) -> Any:
        mail = Mail(
            author=asked["from"],
            to=asked["to"],
            subject=asked.get("subject", ""),
            text=asked.get("text", ""),
            headers=asked.get("headers", {}),
            at=self._now(),
        )
        return _told(await post_mail(self._posts, mail))

    async def _call(self, asked: Mapping[str, Any]) -> Any:
        keys = [Does(deed=Deed.PRESSED, text=key) for key in asked.get("keys", [])]
        call = await self._life.call_in(asked["from"], asked["to"], [Does(deed=Deed.ANSWERED), *keys])
        return {"status": call.status, "heard": [asdict(one) for one in call.heard]}


def _door(act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            return _answer(await act(json.loads(await request.read())))
        except KeyError as missing:
            return _answer({"error": f"{missing} is missing"}, status=400)
        except (ValueError, TypeError) as error:
            return _answer({"error": str(error)}, status=400)

    return answer


def _told(posted: Posted | None) -> dict[str, Any]:
    if posted is None:
        return {"status": None, "problem": "there is no engine to call back"}
    return {"status": posted.status, "problem": posted.problem}


def _answer(content: object, *, status: int = 200) -> web.Response:
    body = json.dumps(content, default=str).encode()
    return web.Response(status=status, body=body, content_type="application/json")
