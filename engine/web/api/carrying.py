"""Carry a request out for a program: once, where it says so by an Idempotency-Key, and answered as JSON."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel

from engine.flows.keys import Caller
from engine.flows.once import AnotherRequest, Answered, AnswerErased, Asked, UnderWay, carry_out, carry_out_apart
from engine.store.database import Connection
from engine.web.api import problems
from engine.web.api.matching import tag
from engine.web.api.problems import FieldError, Refused
from engine.web.edge import Edge, edge_of

KEY_CHARACTERS_MAX = 200
REPLAYED = "Idempotency-Replayed"
VERSION = re.compile(rb'"version":(\d+)')
"""An answer that tells a version is told its ETag too, also when it is given again."""
KEY_HELP = (
    "A text of your own choice, such as a UUID, new for each new request. Sent again within 24 hours with the same "
    "request, it is answered as before and nothing is done twice."
)


Work = Callable[[Connection, datetime], tuple[int, BaseModel]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A request under way: for whom, and under which key if it is to be carried out once."""

    edge: Edge
    caller: Caller
    method: str
    path: str
    key: str | None

    def carry(self, body: BaseModel | None, work: Work) -> Response:
        """Return what *work* answers in its transaction, or answered when it was asked before; then ring the bell."""

        def answered(connection: Connection, now: datetime) -> Answered:
            return _answered(*work(connection, now))

        return self._tell(lambda: carry_out(self.edge.kit, self._asked(body), answered))

    def carry_apart(self, body: BaseModel | None, work: Callable[[], tuple[int, BaseModel]]) -> Response:
        """Do the same for *work* that has transactions of its own, and finds by itself when it was done before."""
        return self._tell(lambda: carry_out_apart(self.edge.kit, self._asked(body), lambda: _answered(*work())))

    def _tell(self, carry: Callable[[], Answered]) -> Response:
        try:
            done = carry()
        except AnotherRequest as error:
            raise Refused(problems.KEY_REUSED) from error
        except AnswerErased as error:
            raise Refused(problems.ERASED) from error
        except UnderWay as error:
            raise Refused(problems.UNDER_WAY, headers={"Retry-After": "1"}) from error
        self.edge.ring()
        headers = {REPLAYED: "true"} if done.is_replay else {}
        version = VERSION.search(done.body)
        if version:
            headers["ETag"] = tag(int(version[1]))
        return Response(done.body, status_code=done.status, headers=headers, media_type="application/json")

    def _asked(self, body: BaseModel | None) -> Asked | None:
        if self.key is None:
            return None
        told = body.model_dump(mode="json", exclude_unset=self.method == "PATCH") if body else None
        said = json.dumps(told, sort_keys=True, ensure_ascii=True)
        fingerprint = sha256(f"{self.method} {self.path}\n{said}".encode()).hexdigest()
        return Asked(api_key_id=self.caller.key_id, key=self.key, fingerprint=fingerprint)


def carrier_of(
    request: Request, idempotency_key: Annotated[str | None, Header(description=KEY_HELP)] = None
) -> Carrier:
    """Return the carrier of *request*."""
    key = None if idempotency_key is None else _read(idempotency_key)
    caller: Caller = request.state.caller
    return Carrier(edge=edge_of(request), caller=caller, method=request.method, path=request.url.path, key=key)


ThisCarrier = Annotated[Carrier, Depends(carrier_of)]


def _answered(status: int, answer: BaseModel) -> Answered:
    return Answered(status=status, body=answer.model_dump_json().encode())


def _read(header: str) -> str:
    """Return the key in *header*; the draft puts it in quotes, and most programs don't."""
    quoted = re.fullmatch(r'"([^"]*)"', header.strip())
    key = quoted[1] if quoted else header.strip()
    if not re.fullmatch(rf"[!-~]{{1,{KEY_CHARACTERS_MAX}}}", key):
        message = f"This must be 1 to {KEY_CHARACTERS_MAX} visible ASCII characters."
        found = FieldError(field="header Idempotency-Key", message=message, remedy="Send a UUID, for example.")
        raise Refused(problems.INVALID, errors=[found])
    return key
