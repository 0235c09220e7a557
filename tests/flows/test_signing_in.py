"""Signing in: who gets in, who is slowed down, and what a code or a link is worth the second time."""

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from engine.clock import VirtualClock
from engine.domain.access import Role
from engine.domain.signing_in import FIRST_WAIT, FREE_TRIES, WELCOME_FOR
from engine.flows import second_factor
from engine.flows.entrance import Entrance, known_browser, make_entrance
from engine.flows.kit import Kit
from engine.flows.passwords import Passwords, weakness_of
from engine.flows.people import MadeLink, NewPerson, add_person, disable, make_link
from engine.flows.signing_in import Caller, Opened, Slowed, WrongProof, confirm_code, sign_in, visit_of
from engine.flows.welcoming import LinkOver, become_admin, choose_password, first_admin_link, look_around_link
from engine.store import tables as t

HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "lantern river noon"  # noqa: S105 - it opens nothing
EVE = NewPerson(id="eve", name="Eve Lee", email="eve@example.com", owns_leads=False, role=Role.OPERATOR)
STRANGER = Caller(client="198.51.100.4", agent="curl")
DESK = Caller(client="192.0.2.7", agent="Firefox")


@pytest.fixture
def entrance(kit: Kit) -> Entrance:
    """Return an entrance that hashes cheaply."""
    return make_entrance(kit, seal_key=b"s" * 32, pepper=b"p" * 32, passwords=Passwords(HASHER))


@pytest.fixture
def eve(entrance: Entrance) -> Opened:
    """Let Eve choose her password by her link."""
    return choose_password(entrance, token_of(add_person(entrance.kit, EVE, by="test")), PASSWORD, DESK)


def token_of(link: MadeLink | None) -> str:
    """Return the token of a link that must be there."""
    assert link is not None
    return link.token


def guess(entrance: Entrance, email: str, times: int, caller: Caller = STRANGER) -> list[str]:
    """Try a wrong password so many times; return what each came to."""
    found = []
    for _ in range(times):
        try:
            sign_in(entrance, email, "wrong password", caller)
        except (WrongProof, Slowed) as error:
            found.append(type(error).__name__)
    return found


@pytest.mark.parametrize("email", ["eve@example.com", "nobody@example.com", "no address"])
def test_guessing_is_slowed_down_alike_for_somebody_and_for_nobody(entrance: Entrance, eve: Opened, email: str) -> None:
    assert guess(entrance, email, FREE_TRIES + 1) == ["WrongProof"] * FREE_TRIES + ["Slowed"]


def test_the_right_password_waits_as_well_and_then_forgives(
    entrance: Entrance, eve: Opened, clock: VirtualClock
) -> None:
    guess(entrance, EVE.email, FREE_TRIES)

    with pytest.raises(Slowed) as slowed:
        sign_in(entrance, EVE.email, PASSWORD, STRANGER)
    assert slowed.value.until - clock.now() <= FIRST_WAIT
    clock.move_to(slowed.value.until)
    sign_in(entrance, " EVE@example.com ", PASSWORD, STRANGER)

    assert guess(entrance, EVE.email, FREE_TRIES) == ["WrongProof"] * FREE_TRIES


def test_a_stranger_who_guesses_never_keeps_the_person_from_their_own_desk(entrance: Entrance, eve: Opened) -> None:
    guess(entrance, EVE.email, 50)
    mark = known_browser(entrance, EVE.email)
    at_desk = Caller(client=STRANGER.client, agent="Firefox", mark=mark)
    forged = Caller(client=STRANGER.client, agent="Firefox", mark=mark[:-1] + ("0" if mark[-1] != "0" else "1"))

    opened = sign_in(entrance, EVE.email, PASSWORD, at_desk)

    assert visit_of(entrance.kit, opened.token) is not None
    with pytest.raises(Slowed):
        sign_in(entrance, EVE.email, PASSWORD, forged)


def test_one_network_that_tries_everybody_is_slowed_down(entrance: Entrance) -> None:
    found = [outcome for number in range(25) for outcome in guess(entrance, f"lead{number}@example.com", 1)]

    assert found == ["WrongProof"] * 20 + ["Slowed"] * 5
    with entrance.kit.database.read() as connection:
        counted = connection.execute(select(func.count()).select_from(t.sign_in_brakes)).scalar_one()
    assert counted == 21, "who is refused fills the disk"


def test_a_code_lets_in_once_and_a_recovery_code_once(entrance: Entrance, eve: Opened, clock: VirtualClock) -> None:
    totp = pyotp.TOTP(second_factor.begin(entrance, "eve"))
    assert second_factor.confirm(entrance, "eve", "000000") is None
    spare = second_factor.confirm(entrance, "eve", totp.at(clock.now()))
    clock.move_to(clock.now() + timedelta(seconds=60))
    code = totp.at(clock.now())
    assert spare is not None

    first, second, third = (sign_in(entrance, EVE.email, PASSWORD, DESK) for _ in range(3))
    inside = confirm_code(entrance, first.token, code, DESK)

    assert first.awaits_code
    assert visit_of(entrance.kit, first.token) is None
    assert visit_of(entrance.kit, inside.token) is not None
    with pytest.raises(WrongProof):
        confirm_code(entrance, second.token, code, DESK)
    confirm_code(entrance, second.token, spare[0].upper(), DESK)
    with pytest.raises(WrongProof):
        confirm_code(entrance, third.token, spare[0], DESK)


def test_a_link_works_once_for_two_days_and_a_new_one_ends_it(
    entrance: Entrance, eve: Opened, clock: VirtualClock
) -> None:
    first, second = (make_link(entrance.kit, "eve", by="test") for _ in range(2))
    with pytest.raises(LinkOver):
        choose_password(entrance, first.token, PASSWORD, DESK)

    choose_password(entrance, second.token, PASSWORD, DESK)
    third = make_link(entrance.kit, "eve", by="test")
    clock.move_to(clock.now() + WELCOME_FOR)

    for over in (second, third):
        with pytest.raises(LinkOver):
            choose_password(entrance, over.token, PASSWORD, DESK)
    assert visit_of(entrance.kit, eve.token) is None


def test_the_first_admin_comes_in_by_the_newest_link_and_nobody_after_them(entrance: Entrance) -> None:
    older, link = first_admin_link(entrance.kit), first_admin_link(entrance.kit)
    boss = NewPerson(id="boss", name="Boss", email="boss@example.com", owns_leads=False, role=Role.ADMIN)
    with pytest.raises(LinkOver):
        become_admin(entrance, token_of(older), boss, PASSWORD, DESK)

    opened = become_admin(entrance, token_of(link), boss, PASSWORD, DESK)

    visit = visit_of(entrance.kit, opened.token)
    assert visit is not None
    assert visit.role is Role.ADMIN
    assert first_admin_link(entrance.kit) is None
    with pytest.raises(LinkOver):
        become_admin(entrance, token_of(link), boss, PASSWORD, DESK)


def test_a_first_admin_whose_id_somebody_has_gets_one_with_a_number(entrance: Entrance) -> None:
    add_person(entrance.kit, replace(EVE, role=None), by="test")

    opened = become_admin(
        entrance, token_of(first_admin_link(entrance.kit)), replace(EVE, email="eve@other.example"), PASSWORD, DESK
    )

    visit = visit_of(entrance.kit, opened.token)
    assert visit is not None
    assert visit.user_id == "eve-2"


def test_only_a_demonstration_is_looked_around_in(entrance: Entrance) -> None:
    assert look_around_link(entrance.kit) is None


def test_who_is_disabled_can_not_sign_in_nor_use_a_link(entrance: Entrance, eve: Opened) -> None:
    link = make_link(entrance.kit, "eve", by="test")
    disable(entrance.kit, "eve", by="test")

    assert visit_of(entrance.kit, eve.token) is None
    with pytest.raises(WrongProof):
        sign_in(entrance, EVE.email, PASSWORD, DESK)
    with pytest.raises(LinkOver):
        choose_password(entrance, link.token, PASSWORD, DESK)


@pytest.mark.parametrize(
    "password", ["short", "password1234", "qwertyuiop12", "eve@example.com!", "Eve-Lee-2026", "a" * 20, "x" * 257]
)
def test_what_is_guessed_soon_is_no_password(password: str) -> None:
    assert weakness_of(password, (EVE.id, EVE.name, EVE.email)) is not None


@pytest.mark.parametrize("password", [PASSWORD, "correct horse battery staple", "Zürich klingt nach Regen"])
def test_a_few_words_are_a_password(password: str) -> None:
    assert weakness_of(password, (EVE.id, EVE.name, EVE.email)) is None
