"""Who gets in, and how: passwords and their brakes, second factors, one-time links, roles, keys, and what is kept of it all."""

import re
from datetime import timedelta

import pyotp
from playwright.sync_api import Locator, Page, expect

from engine.domain.access import Role
from engine.domain.signing_in import FREE_TRIES
from tests.browser.conftest import PHONE, PageAs
from tests.browser.house import House
from tests.browser.pages import Watch, assert_accessible, assert_fits
from tests.web.signing import PASSWORD, give_password

PEOPLE, KEYS, ACCOUNT = "/console/settings/people", "/console/settings/keys", "/console/settings/account"
WRONG = "copper meadow thirteen"
STEP = timedelta(seconds=30)
"""How long a code of an authenticator app is good."""


def assert_good(page: Page) -> None:
    """Fail where *page* is too wide or the inspector finds something grave."""
    assert_fits(page)
    assert_accessible(page)


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Fill the sign-in form of *page* and send it."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def in_audit_log(page: Page, subject: str, action: str) -> Locator:
    """Return the row of the audit log about what happened to *subject*."""
    page.goto(f"/console/settings/audit?subject={subject}")
    return page.get_by_role("row").filter(has_text=action)


def test_a_wrong_password_is_told_too_many_wait_and_the_right_one_leads_on(
    page_as: PageAs, house: House, watch: Watch
) -> None:
    email = give_password(house.entrance, Role.OPERATOR).email
    page = page_as(None, width=PHONE)
    page.goto("/console/leads?status=new")
    assert_good(page)

    for _ in range(FREE_TRIES):
        sign_in(page, email, WRONG)
        expect(page.get_by_role("alert")).to_contain_text("don't belong together")
    assert_good(page)
    sign_in(page, email)
    expect(page.get_by_role("alert")).to_contain_text("Too many tries. Please wait")
    house.clock.move_to(house.clock.now() + timedelta(minutes=20))
    sign_in(page, email)

    page.wait_for_url("**/console/leads?status=new")
    watch.forgive("401")
    watch.forgive("429")
    page.locator("summary").first.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    page.goto("/console/leads")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_second_factor_is_set_up_with_a_code_and_asked_for_from_then_on(
    page_as: PageAs, house: House, watch: Watch
) -> None:
    email = give_password(house.entrance, Role.MARKETER).email
    page = page_as(None)
    page.goto(f"/console/sign-in?next={ACCOUNT}")
    sign_in(page, email)
    factor = page.get_by_role("region", name="Second factor")
    expect(factor).to_be_visible()
    assert_good(page)

    factor.get_by_label("Your password").fill(PASSWORD)
    factor.get_by_role("button", name="Turn it on").click()
    expect(factor.get_by_role("img")).to_be_visible()
    assert_good(page)
    totp = pyotp.TOTP(factor.locator("code").inner_text().replace(" ", ""))
    factor.get_by_label("Code").fill(totp.at(house.clock.now()))
    factor.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("region", name="keep these codes").get_by_role("listitem")).to_have_count(10)
    assert_good(page)

    page.get_by_role("button", name="Sign out").click()
    sign_in(page, email)
    expect(page.get_by_label("Code")).to_be_visible()
    assert_good(page)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("That code is not right")
    watch.forgive("401")
    house.clock.move_to(house.clock.now() + STEP)
    page.get_by_label("Code").fill(totp.at(house.clock.now()))
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Today")


def test_somebody_added_chooses_a_password_by_their_link_and_another_role_is_on_record(
    page_as: PageAs, house: House, watch: Watch
) -> None:
    admin, ann = page_as("admin"), page_as(None, width=PHONE, dark=True)
    admin.goto(PEOPLE)
    form = admin.get_by_role("region", name="Add somebody")
    for label, words in (("Short name", "ann"), ("Name, as", "Ann Lee"), ("Email", "ann@business.example")):
        form.get_by_label(label).fill(words)
    form.get_by_label("Role").select_option("marketer")
    form.get_by_role("button", name="Add").click()
    link = admin.get_by_role("region", name="The link for").locator("code").inner_text()
    assert_good(admin)

    ann.goto(link)
    assert_good(ann)
    for again, button in ((WRONG, "Keep it"), (PASSWORD, "Keep it")):
        ann.get_by_label("Password", exact=True).fill(PASSWORD)
        ann.get_by_label("The same again").fill(again)
        ann.get_by_role("button", name=button).click()
    expect(ann.get_by_role("heading", level=1)).to_have_text("Today")
    watch.forgive("422")
    ann.goto(link)
    expect(ann.get_by_role("heading", level=1)).to_have_text("This link is over")
    assert_good(ann)
    watch.forgive("404")

    row = admin.get_by_role("row").filter(has_text="Ann Lee")
    row.get_by_label("Role of Ann Lee").select_option("viewer")
    row.get_by_role("button", name="Set").click()
    ann.goto("/console")
    expect(ann.get_by_role("heading", level=1)).to_have_text("Sign in")
    changed = in_audit_log(admin, "ann", "person.role_changed")
    expect(changed.locator("del")).to_have_text("marketer")
    expect(changed.locator("ins")).to_have_text("viewer")
    assert_good(admin)


def test_a_key_is_shown_once_works_and_is_revoked_on_record(page_as: PageAs, house: House) -> None:
    page = page_as("admin", width=PHONE)
    page.goto(KEYS)
    page.get_by_label("Which program").fill("website")
    page.get_by_label(re.compile("leads:read")).check()
    page.get_by_role("button", name="Make it").click()
    secret = page.get_by_role("region", name="The key for").locator("code").inner_text()
    assert_good(page)

    def ask() -> int:
        return page.request.get("/api/v1/leads", headers={"Authorization": f"Bearer {secret}"}).status

    assert ask() == 200
    page.goto(KEYS)
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke the key of website").click()
    expect(page.get_by_role("row").filter(has_text="website")).to_contain_text("revoked")
    assert_good(page)
    assert ask() == 401
    page.goto("/console/settings/audit?action=apikey.revoked")
    expect(page.locator("tbody [data-row]")).to_have_count(1)


def test_ones_own_account_changes_the_password_and_ends_the_other_sessions(page_as: PageAs, house: House) -> None:
    email = give_password(house.entrance, Role.VIEWER).email
    other, page = page_as("viewer"), page_as(None, width=PHONE)
    page.goto(f"/console/sign-in?next={ACCOUNT}")
    sign_in(page, email)

    page.get_by_role("button", name="End the others").click()
    expect(page.locator("tbody [data-row]")).to_have_count(1)
    other.goto("/console")
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")
    for label, words in (("The present one", PASSWORD), ("A new one", WRONG), ("The new one again", WRONG)):
        page.get_by_label(label).fill(words)
    page.get_by_role("button", name="Change it").click()

    expect(page.get_by_role("status")).to_be_visible()
    sign_in_again = page_as(None, width=PHONE)
    sign_in_again.goto("/console/sign-in")
    sign_in(sign_in_again, email, WRONG)
    expect(sign_in_again.get_by_role("heading", level=1)).to_have_text("Today")
