"""Mails as real servers and mail programs write them, rebuilt by hand: delivery reports, complaints, automatic replies."""

OURS = "0193f1a0-1111-7222-8333-444455556666@mail.example.com"

ORIGINAL = f"""Return-Path: <sales@example.com>
From: Sales <sales@example.com>
To: ann@example.net
Subject: Your estimate
Message-ID: <{OURS}>

Sorry that the last parcel was delayed. Reply STOP to end this.
"""


def report(head: str, words: str, status: str, *, original: str = "text/rfc822-headers", marks: str = "") -> bytes:
    """Return a multipart/report (RFC 6522): *head*, human *words*, machine-readable *status*, the original."""
    return (
        f'{head}MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="=_b"\n\n'
        f"This is a MIME-encapsulated message.\n\n--=_b\nContent-Type: text/plain; charset=us-ascii\n\n{words}\n"
        f"--=_b\nContent-Type: message/delivery-status\n\n{status}\n"
        f"--=_b\nContent-Type: {original}\n{marks}\n{ORIGINAL}\n--=_b--\n"
    ).encode()


def plain(head: str, words: str) -> bytes:
    """Return a mail of one plain text."""
    return f"{head}Content-Type: text/plain; charset=utf-8\n\n{words}\n".encode()


POSTFIX = report(
    "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org (Mail Delivery System)\n"
    "Subject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\n",
    "This is the mail system at host mx.example.org.\n\nI'm sorry to have to inform you that your message could not\n"
    "be delivered to one or more recipients.\n\n<ann@example.net>: host mx.example.net[192.0.2.7] said: 550 5.1.1\n"
    "    <ann@example.net>: Recipient address rejected: User unknown (in reply to RCPT TO command)",
    "Reporting-MTA: dns; mx.example.org\nX-Postfix-Queue-ID: 4F1\nArrival-Date: Mon,  2 Mar 2026 09:00:00 +0000\n\n"
    "Final-Recipient: rfc822; ann@example.net\nOriginal-Recipient: rfc822;ann@example.net\nAction: failed\n"
    "Status: 5.1.1\nRemote-MTA: dns; mx.example.net\nDiagnostic-Code: smtp; 550 5.1.1 <ann@example.net>: Recipient\n"
    "    address rejected: User unknown",
)

POSTFIX_DELAY = report(
    "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org (Mail Delivery System)\n"
    "Subject: Delayed Mail (still being retried)\nAuto-Submitted: auto-replied\n",
    "####################################################################\n# THIS IS A WARNING ONLY.  YOU DO NOT NEED"
    " TO RESEND YOUR MESSAGE. #\n\n<ann@example.net>: connect to mx.example.net: Connection timed out",
    "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; ann@example.net\nAction: delayed\nStatus: 4.4.1\n"
    "Diagnostic-Code: X-Postfix; connect to mx.example.net[192.0.2.7]:25: Connection timed\n    out\n"
    "Will-Retry-Until: Sat,  7 Mar 2026 09:00:00 +0000",
)

EXIM = plain(
    "Return-Path: <>\nX-Failed-Recipients: ann@example.net\nAuto-Submitted: auto-replied\n"
    "From: Mail Delivery System <Mailer-Daemon@exim.example.org>\n"
    "Subject: Mail delivery failed: returning message to sender\n",
    "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered"
    " to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
    "  ann@example.net\n    host mx.example.net [192.0.2.7]\n"
    "    SMTP error from remote mail server after RCPT TO:<ann@example.net>:\n    550 5.1.1 No such user here\n\n"
    f"------ This is a copy of the message, including all the headers. ------\n\n{ORIGINAL}",
)

EXIM_DELAY = plain(
    "Return-Path: <>\nAuto-Submitted: auto-replied\nFrom: Mail Delivery System <Mailer-Daemon@exim.example.org>\n"
    "Subject: Warning: message 1tabcd-0001-Xy delayed 24 hours\n",
    "This message was created automatically by mail delivery software.\nA message that you sent has not yet been"
    " delivered to one or more of its\nrecipients after more than 24 hours on the queue on exim.example.org.\n\n"
    f"The message identifier is:     1tabcd-0001-Xy\nMessage-ID: <{OURS}>\n\nThe address to which the message has not yet"
    " been delivered is:\n\n  ann@example.net\n\nNo action is required on your part. Delivery attempts will continue for\n"
    "some time, and this warning may be repeated at intervals.",
)

EXCHANGE = report(
    "From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.net>\n"
    "Subject: =?utf-8?q?Onbestelbaar=3A_Your_estimate?=\nX-MS-Exchange-Message-Is-Ndr:\n"
    f"In-Reply-To: <{OURS}>\nReferences: <{OURS}>\n",
    "Uw bericht aan ann@example.net kan niet worden bezorgd.",
    "Reporting-MTA: dns;AM0PR01MB1234.eurprd01.prod.exchangelabs.com\nReceived-From-MTA: dns;mx.example.org\n\n"
    "Final-Recipient: rfc822;ann@example.net\nAction: failed\nStatus: 5.1.10\n"
    "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup\n"
    "X-Display-Name: ann@example.net",
    original="message/rfc822",
)

EXCHANGE_ATTACHED = report(
    "From: postmaster@example.net\nSubject: Undeliverable: Your estimate\nAuto-Submitted: auto-replied\n",
    "Delivery has failed to these recipients or groups: ann@example.net",
    "Reporting-MTA: dns;mail.example.net\n\nFinal-recipient: RFC822;ann@example.net\nAction: failed\nStatus: 5.2.2\n"
    "X-Supplementary-Info: < #5.2.2 smtp;554 5.2.2 mailbox full;STOREDRV.Deliver.Exception:QuotaExceededException>",
    original="message/rfc822",
    marks="Content-Disposition: attachment\n",
)

GMAIL = report(
    "Return-Path: <>\nX-Failed-Recipients: ann@example.net\nAuto-Submitted: auto-replied\n"
    "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nSubject: Delivery Status Notification (Failure)\n"
    f"References: <{OURS}>\nIn-Reply-To: <{OURS}>\n",
    "** Address not found **\n\nYour message wasn't delivered to ann@example.net because the address couldn't be found.",
    "Reporting-MTA: dns; googlemail.com\nReceived-From-MTA: dns; sales@example.com\n"
    f"X-Original-Message-ID: <{OURS}>\n\nFinal-Recipient: rfc822; ann@example.net\nAction: failed\nStatus: 5.1.1\n"
    "Remote-MTA: dns; gmail-smtp-in.l.google.com. (192.0.2.1, the server for the domain example.net.)\n"
    "Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
    " 550-5.1.1 double-checking the recipient's email address for typos or\n 550 5.1.1 unnecessary spaces. - gsmtp",
    original="message/rfc822",
)

GMAIL_DELAY = report(
    "Return-Path: <>\nX-Failed-Recipients: ann@example.net\nAuto-Submitted: auto-replied\n"
    "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nSubject: Delivery Status Notification (Delay)\n",
    "** Delivery incomplete **\n\nThere was a temporary problem delivering your message to ann@example.net. Gmail will"
    " retry for 46 more hours.",
    "Reporting-MTA: dns; googlemail.com\n\nFinal-Recipient: rfc822; ann@example.net\nAction: delayed\nStatus: 4.4.1\n"
    "Diagnostic-Code: smtp; The recipient server did not accept our requests to connect.",
    original="message/rfc822",
)

SENDMAIL_DELAY = report(
    "Return-Path: <>\nFrom: Mail Delivery Subsystem <MAILER-DAEMON@sm.example.org>\n"
    "Subject: Warning: could not send message for past 4 hours\nAuto-Submitted: auto-generated (warning-timeout)\n",
    "    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **",
    "Reporting-MTA: dns; sm.example.org\n\nFinal-Recipient: RFC822; ann@example.net\nAction: delayed\nStatus: 4.2.0",
)

YAHOO = plain(
    "Return-Path: <>\nFrom: MAILER-DAEMON@yahoo.com\nSubject: Failure Notice\n",
    "Sorry, we were unable to deliver your message to the following address.\n\n<ann@example.net>:\n"
    "554: delivery error: dd This user doesn't have a example.net account (ann@example.net) [0] - mta1.mail.yahoo.com\n\n"
    f"--- Below this line is a copy of the message.\n\n{ORIGINAL}",
)

QMAIL = plain(
    "Return-Path: <>\nFrom: MAILER-DAEMON@qmail.example.org\nSubject: failure notice\n",
    "Hi. This is the qmail-send program at qmail.example.org.\nI'm afraid I wasn't able to deliver your message to the"
    " following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<ann@example.net>:\n"
    "192.0.2.7 does not like recipient.\nRemote host said: 550 5.1.1 <ann@example.net>: no such user\n"
    f"Giving up on 192.0.2.7.\n\n--- Below this line is a copy of the message.\n\n{ORIGINAL}",
)

WITHOUT_ACTION = report(
    "Return-Path: <>\nFrom: postmaster@old.example.org\nSubject: NDN: Your estimate\n",
    "Sorry.",
    "Reporting-MTA: dns; old.example.org\n\nFinal-Recipient: rfc822; ann@example.net\nStatus: 5.1.1 (bad mailbox)",
)

ONE_OF_TWO = report(
    "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nSubject: Undelivered Mail Returned to Sender\n",
    "One of two who share the address could not be reached.",
    "Reporting-MTA: dns; mx.example.net\n\nOriginal-Recipient: rfc822;ann@example.net\n"
    "Final-Recipient: rfc822; old@example.net\nAction: failed\nStatus: 5.1.1\n\n"
    "Original-Recipient: rfc822;ann@example.net\nFinal-Recipient: rfc822; new@example.net\nAction: relayed\nStatus: 2.0.0",
)

UNKNOWN_TONGUE = plain(
    "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.pl\nSubject: Nie można dostarczyć wiadomości\n",
    f"Adres <ann@example.net> nie istnieje: 550 5.1.1 user unknown\n\nMessage-ID: <{OURS}>",
)

ARF = (
    "From: <fbl@example.net>\nSubject: FW: Your estimate\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
    "--b\nContent-Type: text/plain\n\nThis is an email abuse report for a message received from IP 192.0.2.9\n"
    "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: Yahoo!-Mail-Feedback/2.0\n"
    "Version: 0.1\nOriginal-Mail-From: <sales@example.com>\nOriginal-Rcpt-To: ann@example.net\n\n"
    f"--b\nContent-Type: message/rfc822\nContent-Disposition: inline\n\n{ORIGINAL}\n--b--\n"
).encode()

OUTLOOK_COMPLAINT = (
    "From: <staff@hotmail.com>\nSubject: complaint about message from 192.0.2.9\nMIME-Version: 1.0\n"
    'Content-Type: multipart/mixed; boundary="b"\n\n'
    f"--b\nContent-Type: message/rfc822\nContent-Disposition: attachment\n\nX-HmXmrOriginalRecipient: ann@example.net\n{ORIGINAL}\n--b--\n"
).encode()

READ_RECEIPT = (
    f"From: Ann <ann@example.net>\nSubject: Read: Your estimate\nIn-Reply-To: <{OURS}>\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\n\n'
    "--b\nContent-Type: text/plain\n\nYour message\n\nTo: Ann\nSubject: Your estimate\n\nwas read on Monday.\n"
    "--b\nContent-Type: message/disposition-notification\n\nReporting-UA: x\nFinal-Recipient: rfc822;ann@example.net\n"
    f"Original-Message-ID: <{OURS}>\nDisposition: automatic-action/MDN-sent-automatically; displayed\n\n--b--\n"
).encode()

AWAY_SUBJECTS = (
    "Automatic reply: Your estimate", "Automatische Antwort: Angebot", "Réponse automatique : devis",
    "Respuesta automática: presupuesto", "Risposta automatica: preventivo", "Resposta automática: orçamento",
    "Automatisch antwoord: offerte", "Automatiskt svar: offert", "Automatisk svar: tilbud", "Autosvar: tilbud",
    "Automaattinen vastaus: tarjous", "Odpowiedź automatyczna: wycena", "Automatická odpověď: nabídka",
    "Automatikus válasz: ajánlat", "Otomatik Yan\u0131t: teklif", "Автоматический ответ: смета", "Răspuns automat: ofertă",
    "Αυτόματη απάντηση: προσφορά", "自动答复: 报价", "自動回覆: 報價", "自動応答: 見積", "자동 회신: 견적",
    "AUTO: Ann Lee is out of the office (returning 03/09/2026)", "Ann Lee is out of the office",
    "Abwesenheitsnotiz: Angebot", "Out of Office: Your estimate",
)  # fmt: skip

VACATION = plain(
    f"From: Ann <ann@example.net>\nSubject: away from my mail\nPrecedence: bulk\nIn-Reply-To: <{OURS}>\n",
    "I will not be reading my mail until Monday.",
)
