"""Going live from the command line: keys alone send nothing, and every change is on record."""

import pytest

from tests.cli.conftest import Shell


@pytest.fixture
def keyed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Return a shell whose environment holds a provider's key."""
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.of-a-test")
    return shell


def add_sender(shell: Shell) -> None:
    shell.good("sender", "add", "hello@seller.io", "--channel", "email", "--provider", "sendgrid", "--rate", "5")


def test_a_sender_of_a_real_provider_rests_until_somebody_goes_live(
    keyed: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_sender(keyed)
    assert [one["rests_for"] for one in keyed.answer("live", "status")["senders"]] == ["not_live_yet"]
    assert "live start" in keyed.refusal("sender", "resume", "hello@seller.io")
    assert "FIFTHTOUCH_PUBLIC_URL" in keyed.refusal("live", "start")
    monkeypatch.setenv("FIFTHTOUCH_PUBLIC_URL", "https://hello.seller.io")

    started = keyed.answer("live", "start", "--trial", "10")

    assert [one["address"] for one in started["senders"]] == ["hello@seller.io"]
    (sender,) = keyed.answer("live", "status")["senders"]
    assert (sender["rests_for"], sender["pace"]["trial_left"]) == ("", 10)


def test_senders_are_paused_resumed_and_changed_by_address(keyed: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIFTHTOUCH_PUBLIC_URL", "https://hello.seller.io")
    add_sender(keyed)
    keyed.good("live", "start")

    keyed.good("sender", "pause", "hello@seller.io")
    assert "paused by hand" in keyed.good("sender", "list")
    keyed.good("sender", "resume", "hello@seller.io", "--trial", "3")
    keyed.good("sender", "change", "hello@seller.io", "--rate", "2.5", "--daily-max", "100")

    (sender,) = keyed.answer("live", "status")["senders"]
    pace = sender["pace"]
    assert (sender["rests_for"], pace["trial_left"], pace["rate_per_second"], pace["daily_max"]) == ("", 3, 2.5, 100)
    keyed.good("live", "stop")
    assert keyed.answer("live", "status")["senders"][0]["rests_for"] == "live_stopped"


def test_a_sender_warms_up_and_spares_single_domains(keyed: Shell) -> None:
    add_sender(keyed)

    keyed.good("sender", "change", "hello@seller.io", "--warm-up", "50", "--domain-max", "20", "--daily-max", "900")
    told = keyed.good("sender", "list")
    keyed.good("sender", "change", "hello@seller.io", "--day-zone", "America/New_York")
    (warming,) = [one for one in keyed.answers("sender", "list") if one["address"] == "hello@seller.io"]
    keyed.good("sender", "change", "hello@seller.io", "--warm-up", "off", "--domain-max", "0")
    (warm,) = [one for one in keyed.answers("sender", "list") if one["address"] == "hello@seller.io"]

    assert "50 warming up, 20 to a domain" in told
    pace = warming["pace"]
    assert (pace["ramp_first"], pace["ramp_factor"], pace["day_zone"]) == (50, 1.5, "America/New_York")
    assert (warm["pace"]["ramp_first"], warm["domain_daily_max"], warm["pace"]["daily_max"]) == (None, None, 900)


@pytest.mark.parametrize("text", ["", "x", "50x1", "0x2", "50x99", "fiftyx2"])
def test_a_warm_up_that_cannot_be_read_is_refused(keyed: Shell, text: str) -> None:
    add_sender(keyed)

    assert "50x1.5" in keyed.refusal("sender", "change", "hello@seller.io", "--warm-up", text)


def test_nobody_goes_live_without_keys(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIFTHTOUCH_PUBLIC_URL", "https://hello.seller.io")
    shell.good("lead", "add", "--email", "ann@seller.io")

    assert "brand.yaml" in shell.refusal("live", "start")


def test_a_demonstration_has_no_senders_that_reach_people(bare: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.of-a-test")
    monkeypatch.setenv("FIFTHTOUCH_PUBLIC_URL", "https://hello.seller.io")
    bare.good("demo", "--leads", "1", "--days", "1", "--no-serve")

    assert "demonstration" in bare.refusal(
        "sender", "add", "a@seller.io", "--channel", "email", "--provider", "sendgrid"
    )
    assert "demonstration" in bare.refusal("live", "start")
    assert bare.answer("live", "status")["senders"] == []


def test_an_unknown_sender_is_told_with_those_there_are(keyed: Shell) -> None:
    add_sender(keyed)

    assert "hello@seller.io (email by sendgrid)" in keyed.refusal("sender", "pause", "nobody@seller.io")


def test_one_switch_stops_everything(shell: Shell) -> None:
    shell.good("lead", "add", "--email", "ann@seller.io")

    shell.good("sending", "stop")

    assert shell.answer("live", "status")["is_sending_stopped"]
    shell.good("sending", "start")
    assert not shell.answer("live", "status")["is_sending_stopped"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FIFTHTOUCH_ALLOW_LIST", "ann"),
        ("FIFTHTOUCH_ALLOW_LIST", "ann*"),
        ("TWILIO_ACCOUNT_SID", "AC1"),
        ("FIFTHTOUCH_DKIM_DOMAIN", "seller.io"),
        ("SMTP_URL", "smtp+plain://mail.seller.io"),
    ],
)
def test_keys_that_cannot_work_are_named_at_once(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    shell.good("lead", "add", "--email", "ann@seller.io")
    monkeypatch.setenv("SMTP_URL", "smtps://mail.seller.io")
    monkeypatch.setenv(name, value)

    told = shell.refusal("log")

    assert "set both" in told or name in told
