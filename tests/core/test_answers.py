"""Whom an answer of the relay is about, and what becomes of the letter."""

import pytest

from mailrouter.core.model import Outcome
from mailrouter.smtp.answers import Reply, Scope, Stage, one_line, outcome_of, scope_of

EXCHANGE_TAKEN = "2.6.0 <AM0PR01MB1@AM0PR01.eurprd01.prod.example> [InternalId=42, Hostname=AM0] 12345 bytes Queued"


@pytest.mark.parametrize(
    ("stage", "code", "text", "expected"),
    [
        # before the recipient everything is about us, but for a size that MAIL announced
        ("connect", 554, "5.7.1 go away", "host"),
        ("connect", 535, "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled", "host"),
        ("mail", 550, "5.1.8 sender rejected", "host"),
        ("mail", 452, "4.3.1 Insufficient system storage", "host"),
        ("mail", 552, "5.3.4 Message size exceeds fixed limit", "message"),
        ("mail", 554, "5.3.4 too big", "message"),
        ("mail", 552, "", "message"),
        ("mail", 552, "5.2.2 Over quota: your mailbox is full", "host"),
        # 421 says goodbye, wherever it comes
        ("rcpt", 421, "4.7.0 try again", "host"),
        ("data", 421, "", "host"),
        ("dot", 421, "4.4.2 timeout", "host"),
        # the recipient's own affair
        ("rcpt", 550, "5.1.1 user unknown", "recipient"),
        ("rcpt", 450, "4.7.1 greylisted", "recipient"),
        ("rcpt", 452, "4.2.2 mailbox full", "recipient"),
        ("rcpt", 552, "5.2.2 over quota", "recipient"),
        ("rcpt", 450, "4.2.121 Recipient has exceeded their limit on messages per hour", "recipient"),
        ("rcpt", 450, "4.7.1 recipient rate limit exceeded", "recipient"),
        ("rcpt", 550, "5.7.1 message from 10.4.3.2 rejected", "recipient"),
        ("rcpt", 554, "5.7.1 <x@w.example>: Relay access denied", "recipient"),
        ("dot", 432, "4.3.2 STOREDRV.Deliver; recipient thread limit exceeded", "recipient"),
        ("dot", 554, "5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.X", "recipient"),
        # the message's own affair
        ("data", 451, "4.3.0 later", "message"),
        ("dot", 554, "5.7.1 spam", "message"),
        ("dot", 552, "5.3.4 too big", "message"),
        ("dot", 552, "5.2.2 mailbox full", "message"),
        ("dot", 554, "5.2.3 STOREDRV.Submission.Exception:SendSizeExceeded; message too large", "message"),
        # about us, though it came later
        ("rcpt", 530, "5.7.57 SMTP; Client was not authenticated to send anonymous mail", "host"),
        ("rcpt", 550, "5.7.64 TenantAttribution; Relay Access Denied", "host"),
        ("rcpt", 450, "4.7.1 Error: too much mail from 192.0.2.1", "host"),
        ("rcpt", 451, "4.7.500 Server busy. Please try again later", "host"),
        ("dot", 432, "4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "host"),
        ("dot", 550, "5.7.60 SMTP; Client does not have permissions to send as this sender", "host"),
        ("dot", 554, "5.2.252 SendAsDenied; x not allowed to send as y", "host"),
        ("dot", 554, "5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", "host"),
        ("dot", 550, "5.2.0 QuotaExceededException.MapiExceptionShutoffQuotaExceeded", "host"),
        ("dot", 554, "5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiX", "host"),
        ("dot", 432, "4.3.2 Concurrent connections limit exceeded.", "host"),
        ("dot", 432, "Concurrent connections limit exceeded.", "host"),
        ("dot", 550, "5.2.251 Sender throttled due to continuous mailbox full errors.", "host"),
        ("dot", 550, "5.2.254", "host"),
        ("dot", 550, "5.1.90 You have reached the daily limit for message recipients", "host"),
        ("dot", 550, "5.7.233 The tenant has exceeded its external recipient rate limit", "host"),
        ("rcpt", 550, "5.4.5 <x@w.example>: Recipient address rejected: Domain Sending Quota Exceeded", "host"),
        ("dot", 550, "5.1.8 Access denied, bad outbound sender", "host"),
        ("dot", 452, "4.3.1 Insufficient system storage", "host"),
        ("dot", 451, "4.7.0 rate limit exceeded", "host"),
        ("dot", 452, "4.5.3 Too many messages in this session", "host"),
    ],
)
def test_whom_an_answer_is_about(stage: Stage, code: int, text: str, expected: Scope) -> None:
    """Answers seen in the field have the scope that a postmaster would give them."""
    assert scope_of(stage, code, text) == expected


@pytest.mark.parametrize(
    ("stage", "code", "text", "expected"),
    [
        ("rcpt", 450, "greylisted", Outcome("later", 450, "greylisted", "recipient")),
        ("rcpt", 550, "no such user", Outcome("refused", 550, "no such user", "recipient")),
        ("rcpt", 252, "perhaps", Outcome("later", 252, "perhaps", "recipient")),
        ("data", 250, "what?", Outcome("later", 250, "what?", "message")),
        ("rcpt", 503, "bad sequence", Outcome("later", 503, "bad sequence", "recipient")),
        ("data", 503, "no recipients", Outcome("later", 503, "no recipients", "message")),
        ("dot", 451, "no", Outcome("later", 451, "no", "message")),
        ("dot", 554, "no", Outcome("refused", 554, "no", "message")),
        ("dot", 550, "5.7.60 no", Outcome("later", 550, "5.7.60 no", "host")),
        ("mail", 550, "no", Outcome("later", 550, "no", "host")),
        ("mail", 552, "too big", Outcome("refused", 552, "too big", "message")),
        ("dot", 250, "taken", Outcome("sent", 250, "taken", "message")),
        ("dot", 554, "Duplicate delivery", Outcome("refused", 554, "Duplicate delivery", "message")),
    ],
)
def test_what_becomes_of_the_letter(stage: Stage, code: int, text: str, expected: Outcome) -> None:
    """4xx and the unknown can be tried again, 5xx not; what is about us or the conversation never refuses a letter."""
    assert outcome_of(stage, Reply(code, text)) == expected


@pytest.mark.parametrize(
    ("stage", "code", "text", "expected"),
    [
        ("dot", 554, "5.6.0 Duplicate delivery", "sent"),
        ("dot", 451, "message already delivered", "sent"),
        ("dot", 554, "duplicate Message-ID", "refused"),
        ("rcpt", 550, "duplicate delivery", "refused"),
    ],
)
def test_the_relay_has_a_doubted_letter_already(stage: Stage, code: int, text: str, expected: str) -> None:
    """Of a letter that was unsure once, "duplicate" after the final dot means that it is there; nothing else does."""
    assert outcome_of(stage, Reply(code, text), doubted=True).state == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (EXCHANGE_TAKEN, "AM0PR01MB1@AM0PR01.eurprd01.prod.example"),
        ("2.0.0 <abc@relay.example> accepted", "abc@relay.example"),
        ("2.0.0 <0123abcd.ff@gemeente.example> accepted", None),
        ("2.0.0 Ok: queued as 4F2A91", None),
    ],
)
def test_an_id_that_the_relay_gives_is_an_alias(text: str, expected: str | None) -> None:
    """Only an id between angle brackets counts, and not the one we gave ourselves."""
    assert outcome_of("dot", Reply(250, text), "0123abcd").alias == expected


def test_a_reply_is_kept_on_one_short_line() -> None:
    """Line ends and control characters go, and after 300 characters it ends."""
    assert one_line("een\r\n\ttwee\x1b[31m\u202edrie" + "x" * 400) == ("een twee [31m drie" + "x" * 400)[:300]
