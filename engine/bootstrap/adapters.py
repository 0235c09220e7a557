"""Which adapters there are: the sandbox's always, those of real providers where their keys are set.

A provider's module is imported when a worker that answers bells starts, or else with the first message for it: its
library is slow to load, so whoever sends nothing never loads it.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from channels.accounts import DkimKey, SendGridAccount, TwilioAccount, read_imap_url, read_smtp_url
from channels.adapter import Adapter
from channels.address import Channel
from channels.alarm import Alarm
from channels.errors import Misconfigured
from channels.guard import Guarded, KeepBack
from channels.imap import Mailbox
from channels.lookup import Lookup
from channels.message import Outbound
from channels.provider_lists import ProviderList
from channels.sandbox import NAME as SANDBOX
from channels.sandbox import Refusal, Sandbox
from channels.sandbox_behaviour import Told
from channels.sandbox_script import answer_as_scripted, refuse_as_scripted
from channels.sendgrid_lists import sendgrid_lists
from channels.sendgrid_lookup import SendGridLookup
from channels.twilio_lookup import TwilioLookup
from engine.clock import SystemClock
from engine.flows.sandboxed import as_planned
from engine.settings import Settings
from engine.store.database import Database
from engine.store.sandbox import SandboxAccount

MACHINE_CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL)
SENDGRID, SMTP, TWILIO = "sendgrid", "smtp", "twilio"


def sandbox_adapters(
    database: Database,
    *,
    answer: Callable[[Outbound, datetime], list[Told]] = answer_as_scripted,
    refuse: Refusal = refuse_as_scripted,
) -> dict[tuple[str, Channel], Adapter]:
    """Return the sandbox's adapters on the database's own account; by default it delivers and a person answers."""
    account = SandboxAccount(database, lambda message, at: as_planned(answer(message, at)))
    return {(SANDBOX, channel): Sandbox(channel, account, refuse) for channel in MACHINE_CHANNELS}


def live_adapters(settings: Settings, keep_back: KeepBack) -> dict[tuple[str, Channel], Adapter]:
    """Return the adapters of the providers whose keys are set, each behind the guard that asks *keep_back*.

    Raises `Misconfigured`, naming the setting, for keys that cannot work.
    """
    makers = _sendgrid(settings) | _smtp(settings) | _twilio(settings)
    return {
        (provider, channel): Guarded(provider, channel, make, keep_back) for (provider, channel), make in makers.items()
    }


def provider_lists(settings: Settings) -> tuple[ProviderList, ...]:
    """Return the lists that providers keep of whom not to write to, where their keys are set."""
    account = sendgrid_account(settings)
    return () if account is None else sendgrid_lists(_transport, account)


def mailbox(settings: Settings) -> Mailbox | None:
    """Return the mailbox that answers and bounces come to, where one is set."""
    return None if settings.imap_url is None else Mailbox(read_imap_url(settings.imap_url.get_secret_value()))


def alarm(settings: Settings) -> Alarm | None:
    """Return how staff are told of incidents, None where nobody is named."""
    if settings.alert_urls is None:
        return None
    from channels.apprise_alarm import AppriseAlarm, read_alert_urls  # it knows a hundred services, and loads as slowly

    return AppriseAlarm(read_alert_urls(settings.alert_urls.get_secret_value()))


def live_lookups(settings: Settings) -> dict[tuple[str, Channel], Lookup]:
    """Return where providers show what they took, where their keys are set; a mail server shows nothing."""
    found: dict[tuple[str, Channel], Lookup] = {}
    sendgrid, twilio = sendgrid_account(settings), twilio_account(settings)
    if sendgrid is not None:
        found[SENDGRID, Channel.EMAIL] = SendGridLookup(_transport, sendgrid)
    if twilio is not None:
        for channel in (Channel.SMS, Channel.VOICEMAIL):
            found[TWILIO, channel] = TwilioLookup(_transport, twilio, channel)
    return found


def sendgrid_account(settings: Settings) -> SendGridAccount | None:
    """Return what we are to SendGrid, None without a key."""
    if settings.sendgrid_api_key is None:
        return None
    return SendGridAccount(api_key=settings.sendgrid_api_key.get_secret_value(), url=settings.sendgrid_url)


def twilio_account(settings: Settings) -> TwilioAccount | None:
    """Return what we are to Twilio, None without an account; raises `Misconfigured` for half of one."""
    sid, token = settings.twilio_account_sid, settings.twilio_auth_token
    if sid is None and token is None:
        return None
    if sid is None or token is None:
        raise Misconfigured(f"{'TWILIO_AUTH_TOKEN' if sid else 'TWILIO_ACCOUNT_SID'} is missing: set both or neither")
    return TwilioAccount(
        sid=sid,
        auth_token=token.get_secret_value().split(",")[0].strip(),
        public_url=settings.base_url,
        url=settings.twilio_url,
        messaging_service=settings.twilio_messaging_service,
    )


def dkim_key(settings: Settings) -> DkimKey | None:
    """Return what our mail is signed with, None where the relay signs; raises `Misconfigured` for half of it."""
    domain, file = settings.dkim_domain, settings.dkim_key_file
    if domain is None and file is None:
        return None
    if domain is None or file is None:
        missing = "FIFTHTOUCH_DKIM_KEY_FILE" if domain else "FIFTHTOUCH_DKIM_DOMAIN"
        raise Misconfigured(f"{missing} is missing: set both, or neither where the relay signs")
    try:
        private_key = Path(file).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"FIFTHTOUCH_DKIM_KEY_FILE: {file} cannot be read as a PEM file") from error
    return DkimKey(domain=domain, selector=settings.dkim_selector, private_key=private_key)


Makers = dict[tuple[str, Channel], Callable[[], Adapter]]


@cache
def _transport() -> Any:
    """Return this process's connections to providers: one pool and one event loop for all of them."""
    from channels.transport import Transport

    return Transport()


def _sendgrid(settings: Settings) -> Makers:
    account = sendgrid_account(settings)
    if account is None:
        return {}

    def make() -> Adapter:
        from channels.sendgrid_email import SendGridEmail

        return SendGridEmail(_transport(), account)

    return {(SENDGRID, Channel.EMAIL): make}


def _twilio(settings: Settings) -> Makers:
    account = twilio_account(settings)
    if account is None:
        return {}

    def make_sms() -> Adapter:
        from channels.twilio_sms import TwilioSms

        return TwilioSms(_transport(), account)

    def make_voicemail() -> Adapter:
        from channels.twilio_voice import TwilioVoicemail

        return TwilioVoicemail(_transport(), account)

    return {(TWILIO, Channel.SMS): make_sms, (TWILIO, Channel.VOICEMAIL): make_voicemail}


def _smtp(settings: Settings) -> Makers:
    if settings.smtp_url is None:
        return {}
    server, key = read_smtp_url(settings.smtp_url.get_secret_value()), dkim_key(settings)

    def make() -> Adapter:
        from channels.smtp_email import SmtpEmail

        return SmtpEmail(_transport(), server, key, now=SystemClock().now)

    return {(SMTP, Channel.EMAIL): make}
