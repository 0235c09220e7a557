"""Browsers that are signed in, without the slow hash of a password."""

from datetime import timedelta
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.domain.access import Role
from engine.flows.entrance import Entrance, hash_of, new_token
from engine.flows.kit import Kit
from engine.flows.passwords import Passwords
from engine.flows.people import NewPerson, insert_person
from engine.store import accounts, sessions
from engine.web.edge import Edge

HERE = "http://127.0.0.1:8000"
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CHEAP = Passwords(HASHER)
PASSWORD = "lantern river noon"  # noqa: S105 - it opens nothing
YEARS = timedelta(days=3650)


def signed_in_to(app: FastAPI, role: Role | str = Role.ADMIN, **options: Any) -> TestClient:
    """Return a browser that is signed in to *app* with *role*, whose forms stand on our own pages."""
    edge: Edge = app.state.edge
    given = {"base_url": HERE, "client": ("127.0.0.1", 50_000), "headers": {"Origin": HERE}, **options}
    browser = TestClient(app, **given)
    browser.cookies.set("session", session_for(edge.kit, Role(role)))
    return browser


def session_for(kit: Kit, role: Role) -> str:
    """Return the token of a session of somebody with *role*, whose id is the role's name.

    It outlives whatever time a test lets pass.
    """
    person = person_with(role)
    with kit.database.write() as connection:
        if accounts.find(connection, person.id) is None:
            insert_person(kit, connection, person, by="test")
        now, token = kit.database.now(connection), new_token()
        lasting = {"created_at": now, "seen_at": now + YEARS, "expires_at": now + YEARS}
        row = {"id": kit.ids.new(), "user_id": person.id, "hash": hash_of(token), "awaits_code": False}
        sessions.add(connection, {**row, **lasting, "agent": "a test", "client": "127.0.0.1"})
        return token


def person_with(role: Role) -> NewPerson:
    """Return somebody with *role*, who takes no leads."""
    return NewPerson(id=role.value, name=f"The {role}", email=f"{role}@business.example", owns_leads=False, role=role)


def give_password(entrance: Entrance, role: Role = Role.OPERATOR, password: str = PASSWORD) -> NewPerson:
    """Let somebody with *role* have a password, without a link; return who they are."""
    person = person_with(role)
    with entrance.kit.database.write() as connection:
        if accounts.find(connection, person.id) is None:
            insert_person(entrance.kit, connection, person, by="test")
        now = entrance.kit.database.now(connection)
        hashed = entrance.passwords.hash(password)
        accounts.change(connection, person.id, password_hash=hashed, password_at=now)
    return person
