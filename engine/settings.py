"""What an installation is told by its environment: read once, checked, then frozen.

This is the only module that looks at environment variables. Everything has a default that works on one machine,
so that a fresh clone runs without any of it. `.env` in the working directory counts as environment.
"""

from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "FIFTHTOUCH_"


class LogFormat(StrEnum):
    """How a log line looks."""

    AUTO = "auto"  # pretty on a terminal, JSON elsewhere
    JSON = "json"  # one JSON object a line, for machines
    PRETTY = "pretty"  # columns and colours, for people


class LogLevel(StrEnum):
    """The least important log line that is still written."""

    DEBUG = "debug"  # every step, for finding a mistake
    INFO = "info"  # the story an operator reads
    WARNING = "warning"  # something to look at
    ERROR = "error"  # something failed


def _provider(variable: str, description: str) -> Any:
    """Return an optional setting under the name that its provider's own pages use, and under ours."""
    return Field(default=None, validation_alias=AliasChoices(f"{PREFIX}{variable}", variable), description=description)


class SettingsError(ValueError):
    """The environment holds a value that can't be used."""


class Settings(BaseSettings):
    """Everything the environment decides, under the names people set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, populate_by_name=True, env_ignore_empty=True
    )

    database_url: str = Field(
        default="sqlite:///fifthtouch.db",
        validation_alias=AliasChoices(f"{PREFIX}DATABASE_URL", "DATABASE_URL"),
        description="Where everything that must last is kept: a SQLite file, or PostgreSQL 15 or newer.",
    )
    redis_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices(f"{PREFIX}REDIS_URL", "REDIS_URL"),
        description="The bell between processes. Without it the bell is inside the one process of `fifthtouch up`.",
    )
    host: str = Field(default="127.0.0.1", description="The address the web server listens on.")
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        validation_alias=AliasChoices(f"{PREFIX}PORT", "PORT"),
        description="The port the web server listens on; 0 takes a free one.",
    )
    public_url: str | None = Field(
        default=None,
        description="How leads and providers reach the web server, such as https://hello.example.com; links in "
        "messages begin with it. Without it: the host and port above.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="What links, tokens and the keyed hashes of suppressed addresses are made with. Never change it. "
        "Embedded use makes one and keeps it beside the database.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of proxies before the web server, with commas, such as 127.0.0.1: only from "
        "them is X-Forwarded-For believed. Without it everybody who comes by a proxy counts as one caller.",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        description="Whoever reads /metrics sends it as Authorization: Bearer TOKEN. Without it /metrics answers only this "
        "machine, and nobody where FIFTHTOUCH_PUBLIC_URL is set.",
    )
    sendgrid_api_key: SecretStr | None = _provider("SENDGRID_API_KEY", "Sends email by SendGrid.")
    sendgrid_url: str = Field(
        default="https://api.sendgrid.com",
        description="Where SendGrid's API is: https://api.eu.sendgrid.com for accounts in the EU, or a stand-in.",
    )
    sendgrid_webhook_keys: str = Field(
        default="",
        validation_alias=AliasChoices(f"{PREFIX}SENDGRID_WEBHOOK_KEYS", "SENDGRID_WEBHOOK_KEY"),
        description="SendGrid's public key for signed event webhooks, from its console; two with a comma while one "
        "replaces the other. Without it its events are refused.",
    )
    sendgrid_inbound_keys: str = Field(
        default="",
        validation_alias=AliasChoices(f"{PREFIX}SENDGRID_INBOUND_KEYS", "SENDGRID_INBOUND_KEY"),
        description="The public key of the security policy of SendGrid's inbound parse; two with a comma while one "
        "replaces the other. Without it its mail is refused.",
    )
    twilio_account_sid: str | None = _provider("TWILIO_ACCOUNT_SID", "Sends texts and calls by Twilio.")
    twilio_auth_token: SecretStr | None = _provider(
        "TWILIO_AUTH_TOKEN",
        "Twilio's token, which also signs what it posts to us; two with a comma while one replaces the other, the "
        "one to call with first.",
    )
    twilio_url: str = Field(
        default="https://api.twilio.com", description="Where Twilio's API is: another region's, or a stand-in."
    )
    twilio_messaging_service: str | None = Field(
        default=None, description="The messaging service that sends texts (MG...), if one does."
    )
    smtp_url: SecretStr | None = _provider(
        "SMTP_URL",
        "Sends email by a mail server: smtp://USER:PASSWORD@HOST:587 (STARTTLS), smtps://USER:PASSWORD@HOST:465 "
        "(TLS), or smtp+plain://127.0.0.1:25 for a relay on this machine.",
    )
    dkim_domain: str | None = Field(
        default=None, description="Signs mail sent by SMTP for this domain, where the relay does not sign."
    )
    dkim_selector: str = Field(default="fifthtouch", description="The selector of that signature's key in DNS.")
    dkim_key_file: str | None = Field(
        default=None, description="The file with that signature's private key, PEM: RSA or Ed25519."
    )
    reply_domain: str | None = Field(
        default=None,
        description="A domain of yours whose mail comes to us (SendGrid inbound parse, or the mailbox below): answers find their message by "
        "an address there. Without it answers go to the sender's mailbox.",
    )
    imap_url: SecretStr | None = Field(
        default=None,
        description="A mailbox that answers and bounces come to, read every minute: imaps://USER:PASSWORD@HOST/FOLDER, "
        "or imap+plain:// on this machine. Nothing in it is deleted or marked as read.",
    )
    alert_urls: SecretStr | None = Field(
        default=None,
        description="Where staff are told of incidents, as apprise addresses with commas: "
        "mailto://USER:PASSWORD@HOST?to=OPS@HOST, slack://TOKEN, json://HOST. Without it they are only recorded and shown.",
    )
    rulebook: Path | None = Field(
        default=None,
        description="A file of rules of your own: it adds to the rules that come with Fifth Touch, and may loosen some by "
        "attestations.",
    )
    track_clicks: bool = Field(default=True, description="Let links in emails lead over us, so that clicks are known.")
    track_opens: bool = Field(
        default=True, description="Put an invisible image into emails, so that openings are known."
    )
    allow_list: str = Field(
        default="",
        description="Real providers write only to these addresses, with commas: ann@example.com, @ourcompany.com, "
        "+15035550123, +1503555*. Everything else is held. Empty: no limit, but addresses reserved for examples.",
    )
    test_list: str = Field(
        default="",
        description="Where the console's tests of messages may go by a real provider, with commas, written like the "
        "allow-list: usually your own addresses. An allow-list still bounds it. Empty: only what the allow-list names.",
    )
    online_checks: bool = Field(
        default=False, description="Ask DNS on arrival whether an email address's domain takes mail."
    )
    api_requests_per_minute: int = Field(
        default=1200,
        ge=0,
        le=1_000_000,
        description="How many requests each key of the API may make a minute in the long run, a sixth of them at once; "
        "0 for no limit.",
    )
    webhook_networks: str = Field(
        default="",
        description="Networks that webhooks may post to though they aren't public, with commas, by plain http too: "
        "127.0.0.1, 10.0.0.0/8. Empty: only https, and only to public addresses.",
    )
    log_level: LogLevel = Field(default=LogLevel.INFO, description="The least important log line that is written.")
    log_format: LogFormat = Field(
        default=LogFormat.AUTO, description="Log lines as JSON, or pretty; auto is pretty on a terminal."
    )

    @field_validator("database_url")
    @classmethod
    def _name_the_driver(cls, url: str) -> str:
        """Accept the short forms hosting platforms hand out, and refuse what is neither of our two databases."""
        for short in ("postgres://", "postgresql://"):
            if url.startswith(short):
                return "postgresql+psycopg://" + url.removeprefix(short)
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        return url

    @field_validator("webhook_networks")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        for one in text.split(","):
            if one.strip():
                ip_network(one.strip())
        return text

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _ignore_case(cls, given: object) -> object:
        return given.lower() if isinstance(given, str) else given

    @property
    def base_url(self) -> str:
        """What a link that leaves this installation begins with, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def read_settings() -> Settings:
    """Return what the environment says now; call it once, where a process starts, and pass the value on.

    Raises SettingsError that names each variable and what is wrong with it, never the value it holds.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("; ".join(_complaints(error))) from None


def _complaints(error: ValidationError) -> list[str]:
    return [f"{_variable(str(each['loc'][0]))}: {each['msg'].removeprefix('Value error, ')}" for each in error.errors()]


def _variable(location: str) -> str:
    return location if location.isupper() else PREFIX + location.upper()
