"""What a server sends back when it could not deliver a letter."""

import base64
import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage


def parsed(content: bytes) -> EmailMessage:
    """A letter as its reader's program sees it."""
    found = email.message_from_bytes(content, policy=email.policy.SMTP)
    assert isinstance(found, EmailMessage)
    return found


def dsn(
    letter: bytes,
    to: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    says: str = "does not exist",
    change: Callable[[EmailMessage], None] = lambda returned: None,
    encoding: str = "7bit",
) -> bytes:
    """The report on a letter (RFC 3464), with its header returned as `change` and `encoding` leave it."""
    returned = parsed(letter)
    change(returned)
    head = returned.as_bytes().partition(b"\r\n\r\n")[0]
    if encoding == "base64":
        head = base64.encodebytes(head)
    return (
        (
            "Return-Path: <>\r\n"
            "From: Mail Delivery System <MAILER-DAEMON@mx.gemeente.example>\r\nTo: dorpsraden@gemeente.example\r\n"
            "Subject: Undelivered Mail Returned to Sender\r\n"
            f"Message-ID: <{says.replace(' ', '-')}.{action}.{status}@mx.gemeente.example>\r\n"
            "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="r"\r\n\r\n'
            "--r\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you.\r\n\r\n"
            "--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.gemeente.example\r\n\r\n"
            f"Final-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\n"
            f"Diagnostic-Code: smtp; 550 {status} {says}\r\n\r\n"
            f"--r\r\nContent-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        ).encode()
        + head
        + b"\r\n--r--\r\n"
    )
