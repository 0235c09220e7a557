"""Run a real mailbox server (Dovecot) on loopback in a throw-away folder, and put mail into its mailboxes."""

import os
import pwd
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import trustme
from imapclient import IMAPClient

from channels.accounts import ImapAccount, Security
from tests.servers import START_SECONDS_MAX, accepts, eventually, folder_of, free_port, running, skip_unless_ci
from tests.servers import unprivileged_user as some_user

HOST = "127.0.0.1"
PASSWORD = "p@ss/wörd:1"  # noqa: S105 - of a server that lives for seconds

_SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
mail_max_userip_connections = 100
passdb {{
  driver = static
  args = password={{PLAIN}}{password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxServer:
    """A running server: every user has a mailbox as soon as somebody looks, under the same password."""

    port: int
    tls_port: int
    trust: ssl.SSLContext
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_account(self, *, folder: str = "INBOX", is_secret: bool = False) -> ImapAccount:
        """Return a mailbox that nobody has used."""
        return ImapAccount(
            host=HOST,
            port=self.tls_port if is_secret else self.port,
            security=Security.IMPLICIT if is_secret else Security.NONE,
            user=f"sales{next(self._numbers)}@example.com",
            password=PASSWORD,
            folder=folder,
        )


@contextmanager
def logged_in(account: ImapAccount) -> Iterator[Any]:
    """Open the mailbox as its owner would, with a client that may do everything."""
    with IMAPClient(account.host, account.port, ssl=False, timeout=10) as client:
        client.plain_login(account.user, account.password)
        yield client


def put(account: ImapAccount, *mails: bytes, at: datetime | None = None) -> None:
    """Let *mails* arrive."""
    with logged_in(account) as client:
        if account.folder != "INBOX" and not client.folder_exists(account.folder):
            client.create_folder(account.folder)
        for mail in mails:
            client.append(account.folder, mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), msg_time=at)


def flags(account: ImapAccount) -> list[set[str]]:
    """Return the flags of each mail in the mailbox, oldest first."""
    with logged_in(account) as client:
        client.select_folder(account.folder, readonly=True)
        found = client.get_flags(client.search())
        return [{flag.decode() for flag in found[uid]} - {r"\Recent"} for uid in sorted(found)]


@contextmanager
def running_mailbox_server() -> Iterator[MailboxServer]:
    """Run Dovecot until the block ends; skip, or fail in CI, where it is not installed."""
    binary, user = _binary(), some_user()
    owner = pwd.getpwnam(user) if user is not None else pwd.getpwuid(os.geteuid())
    port, tls_port = free_port(), free_port()
    authority = trustme.CA()
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    with folder_of(user) as folder:
        certificate = authority.issue_cert(HOST)
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        certificate.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
        names = {"folder": folder, "user": owner.pw_name, "group": _group_of(owner), "password": PASSWORD}
        (folder / "dovecot.conf").write_text(_SETTINGS.format(**names, port=port, tls_port=tls_port))
        for file in folder.iterdir():
            shutil.chown(file, owner.pw_uid, owner.pw_gid)
        with running(user, [binary, "-F", "-c", folder / "dovecot.conf"], folder / "output.log"):
            eventually(lambda: accepts(port) and accepts(tls_port), within_seconds=START_SECONDS_MAX)
            yield MailboxServer(port=port, tls_port=tls_port, trust=trust)


def _group_of(owner: pwd.struct_passwd) -> str:
    import grp

    return grp.getgrgid(owner.pw_gid).gr_name


def _binary() -> Path:
    place = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
    if place is None:
        skip_unless_ci("dovecot is not installed; scripts/install-services.sh says how")
    told = subprocess.run([place, "--version"], check=True, capture_output=True, text=True).stdout
    if not re.match(r"2\.3\.", told):
        skip_unless_ci(f"dovecot is {told.split(' ')[0]}, and its settings are written here for 2.3")
    return Path(place)
