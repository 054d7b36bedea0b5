"""A message by mail: SMTP over STARTTLS (RFC 3207) or TLS, never in the clear.

The server's certificate is checked in both cases; a server that offers no STARTTLS is refused
before an address or a password is said.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path

from burnish.connectors.notify_words import Message, Passing
from burnish.core.errors import InputError
from burnish.core.secrets import resolve
from burnish.plan_notify import Mail


def send_mail(server: Mail, message: Message, root: Path, seconds: float) -> None:
    """Hand one mail to the server, for all its readers at once.

    Raises `Passing` for what another try may mend, `InputError` for what must be mended first.
    """
    letter = letter_of(server, message, root)
    try:
        with _connected(server, root, seconds) as smtp:
            _log_in(smtp, server, root)
            refused = smtp.send_message(letter)
    except smtplib.SMTPAuthenticationError:
        raise InputError(
            "it refuses the user or the password", remedy="look at `user` and `password`"
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise InputError(
            "it offers no STARTTLS or no login, and nothing is sent in the clear",
            remedy="name a server and port that do, or security: tls",
        ) from None
    except ssl.SSLCertVerificationError:
        raise InputError(
            "its certificate is not trusted", remedy="name its authority under `authority`"
        ) from None
    except smtplib.SMTPResponseException as wrong:
        raise _answered(wrong.smtp_code) from None
    except smtplib.SMTPRecipientsRefused as wrong:
        raise _answered(max(code for code, _ in wrong.recipients.values())) from None
    except (smtplib.SMTPException, OSError):
        raise Passing("it could not be reached, or broke the connection off") from None
    if refused:
        raise InputError(
            f"it took the message, but not for {len(refused)} of its readers",
            remedy="look at the addresses under `to`",
        )


def letter_of(server: Mail, message: Message, root: Path) -> EmailMessage:
    """The mail as it goes out; its Message-ID is the message's key, the same at every try."""
    letter = EmailMessage()
    letter["From"] = _address(resolve(server.sender, root))
    letter["To"] = ", ".join(_address(resolve(one, root)) for one in server.to)
    letter["Subject"] = message.subject
    letter["Date"] = formatdate(usegmt=True)
    letter["Message-ID"] = f"<{message.key}@burnish.invalid>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Priority"] = "1"
    letter.set_content(message.text)
    return letter


def _address(text: str) -> str:
    if any(sign in text for sign in "\r\n,;") or "@" not in text:
        raise InputError(
            "a reference under `sender` or `to` holds no mail address", remedy="one address each"
        )
    return text


def _connected(server: Mail, root: Path, seconds: float) -> smtplib.SMTP:
    trust = _trust(server, root)
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=seconds, context=trust)
    smtp = smtplib.SMTP(server.host, server.port, timeout=seconds)
    try:
        smtp.starttls(context=trust)
        smtp.ehlo()
    except BaseException:
        smtp.close()
        raise
    return smtp


def _trust(server: Mail, root: Path) -> ssl.SSLContext:
    if server.authority is None:
        return ssl.create_default_context()
    path = root / server.authority
    try:
        return ssl.create_default_context(cafile=str(path))
    except (OSError, ssl.SSLError):
        raise InputError(
            "the file under `authority` holds no certificate", remedy="give a PEM file"
        ) from None


def _log_in(smtp: smtplib.SMTP, server: Mail, root: Path) -> None:
    if server.user is not None and server.password is not None:
        smtp.login(resolve(server.user, root), resolve(server.password, root))


def _answered(code: int) -> Exception:
    if 400 <= code < 500:
        return Passing(f"it answered {code}")
    return InputError(f"it answered {code}", remedy="look at the addresses and at what it permits")
