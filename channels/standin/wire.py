"""Answer one HTTP request as a provider would, or as a fault wants it."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from channels.standin.account import Provider
from channels.standin.faults import Fault, FaultKind, Faults

BODY_BYTES_MAX = 32_000_000  # SendGrid takes 30 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a provider says to a request, and what it then does: *accept* keeps the message and may tell of it later."""

    status: int
    content: Any = None  # JSON; None is an empty body
    headers: dict[str, str] = field(default_factory=dict)
    accept: Callable[[bool], None] | None = None

    def response(self) -> web.Response:
        """Return it for the wire."""
        if self.content is None:
            return web.Response(status=self.status, headers=self.headers)
        body = json.dumps(self.content).encode()
        return web.Response(status=self.status, headers=self.headers, body=body, content_type="application/json")

    def settle(self, *, tells: bool = True) -> None:
        """Do what follows; with *tells* callbacks go out."""
        if self.accept is not None:
            self.accept(tells)


Read = Callable[[web.Request, bytes], Awaitable[Answer] | Answer]
"""Reads a request with its body and says what to answer; keeps nothing yet."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
"""What the web framework calls."""

Complain = Callable[[Fault], Answer]
"""Says a fault in the provider's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address of one provider's API."""

    provider: Provider
    faults: Faults
    read: Read
    complain: Complain
    is_send: bool = False

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer *request*."""
        fault = self.faults.take(self.provider, is_send=self.is_send)
        if fault is not None and fault.kind is FaultKind.RESET_EARLY:
            return _reset(request)
        read = self.read(request, await request.read())
        found = read if isinstance(read, Answer) else await read
        if fault is None or found.status >= _ERRORS_FROM:
            found.settle()
            return found.response()
        if fault.is_accepting:
            found.settle(tells=fault.kind is not FaultKind.MUTE)
        return await self._strike(request, fault, found)

    async def _strike(self, request: web.Request, fault: Fault, answer: Answer) -> web.StreamResponse:
        match fault.kind:
            case FaultKind.SLOW:
                await asyncio.sleep(fault.seconds)
                return answer.response()
            case FaultKind.MUTE:
                return answer.response()
            case FaultKind.SILENT:
                await asyncio.Event().wait()
            case FaultKind.RESET_LATE:
                return _reset(request)
            case FaultKind.MALFORMED:
                return web.Response(status=answer.status, body=b'<html>{"sid":', content_type="text/html")
        return self.complain(fault).response()


_ERRORS_FROM = 400


def _reset(request: web.Request) -> web.StreamResponse:
    """Cut the connection the hard way: the far side sees a reset, not an end."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()
