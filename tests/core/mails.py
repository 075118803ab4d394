"""Mails as values, for tests of what the core understands."""

from datetime import UTC, datetime

from mailrouter.core.model import Attachment, Mail


def a_mail(
    subject: str = "Bericht",
    text: str = "",
    *,
    new_text: str | None = None,
    date: datetime | None = None,
    attachments: tuple[Attachment, ...] = (),
) -> Mail:
    """A mail from the council of Oosterdorp; `new_text` is the whole text unless it is given."""
    return Mail(
        fingerprint="0" * 64,
        subject=subject,
        sender="secretaris@oosterdorp.example",
        sender_name="Dorpsraad Oosterdorp",
        from_problem="",
        to=("dorpsraden@gemeente.example",),
        cc=(),
        reply_to=(),
        date=date,
        message_id="<1@oosterdorp.example>",
        references=(),
        text=text,
        new_text=text if new_text is None else new_text,
        attachments=attachments,
        headers=(),
        content_type="text/plain",
    )


def attached(name: str, text: str = "", *, type: str = "application/pdf", content: bytes = b"") -> Attachment:
    """An attachment whose text could be read."""
    return Attachment(name=name, type=type, content=content, text=text)


def moment(year: int, month: int, day: int, hour: int = 10) -> datetime:
    """A moment in UTC."""
    return datetime(year, month, day, hour, tzinfo=UTC)
