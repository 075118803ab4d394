"""The sections of mailrouter.yaml as typed values.

Each model is one section; a key that is not here is an error. Durations are written "30s", "5m", "2h" or "14d",
sizes "20 MB" (10^6 bytes). Secrets are never in the file: they come from the environment, a secrets folder or
systemd credentials (`mailrouter.config`).
"""

import re
from datetime import date, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, SecretStr

from mailrouter.core import colours
from mailrouter.core.terms import College, Terms

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}


def parse_duration(value: object) -> object:
    """ "90s", "5m", "2h" or "14d" → timedelta; anything else is left to pydantic to refuse."""
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*([smhd])\s*", value)):
        return timedelta(seconds=float(match[1]) * _UNITS[match[2]])
    if isinstance(value, timedelta):
        return value
    raise ValueError(f'a time is written as "30s", "5m", "2h" or "14d", not {value!r}')


def parse_size(value: object) -> object:
    """ "20 MB", "64 KB" or a number of bytes → int (bytes)."""
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d+)\s*([KMG]?B|)\s*", value.upper())):
        return int(match[1]) * _SIZES[match[2]]
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f'a size is written as "20 MB" or "64 KB", not {value!r}')


def check_timezone(value: str) -> str:
    """A name the IANA database knows."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{value!r} is not a time zone; write for example Europe/Amsterdam") from error
    return value


def write_duration(value: timedelta) -> str:
    """A time as it is written in the config."""
    return f"{value.total_seconds():g}s"


Duration = Annotated[timedelta, BeforeValidator(parse_duration), PlainSerializer(write_duration, when_used="json")]
Size = Annotated[int, BeforeValidator(parse_size), Field(ge=0)]
Port = Annotated[int, Field(ge=1, le=65535)]
Tls = Literal["implicit", "starttls", "none"]
"""How a connection is secured: TLS from the first byte, STARTTLS enforced, or none (loopback only)."""


Login = Literal["password", "oauth"]
"""How we say who we are: a password, or a token of the section `oauth` (XOAUTH2, OAUTHBEARER)."""


class Section(BaseModel):
    """A section of mailrouter.yaml: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Municipality(Section):
    """Who we are, as councils and officials see it."""

    name: str = Field(min_length=1, description='As it stands in letters: "gemeente Voorbeeld".')
    timezone: Annotated[str, AfterValidator(check_timezone)] = "Europe/Amsterdam"
    officials: dict[str, Terms] = Field(
        default_factory=dict, description="Role → official, for roles that are the same in every village."
    )


Colour = Annotated[str, AfterValidator(colours.checked)]


class Letters(Section):
    """How letters look, beside their templates."""

    colour: Colour = Field(default="#154273", description="Of headings and buttons; dark enough on white.")
    footer: str = Field(default="", max_length=500, description="A line of your own at the end of every letter.")


class Mailbox(Section):
    """The shared mailbox that councils write to, over IMAP."""

    address: str = Field(description="The shared address councils write to; letters come from it.")
    aliases: tuple[str, ...] = Field(default=(), description="Other addresses that end in the same mailbox.")
    host: str
    port: Port = 993
    tls: Tls = "implicit"
    ca_file: str | None = Field(default=None, description="Own CA certificates (PEM), relative to the config.")
    user: str
    login: Login = Field(default="password", description="password, or oauth: a token of the section oauth.")
    password: SecretStr | None = None
    inbox: str = "INBOX"
    since: date | None = Field(default=None, description="Mail received before this date is left where it is.")
    idle: bool = Field(default=True, description="Be woken by IMAP IDLE where the server offers it.")
    connect_timeout: Duration = timedelta(seconds=20)
    timeout: Duration = Field(default=timedelta(seconds=60), description="Longest silence of the server.")


class Delivery(Section):
    """The relay that takes our letters, over SMTP. The defaults fit Microsoft 365."""

    host: str
    port: Port = 587
    tls: Tls = "starttls"
    ca_file: str | None = None
    user: str | None = None
    login: Login = Field(default="password", description="password, or oauth: a token of the section oauth.")
    password: SecretStr | None = None
    connections: int = Field(default=3, ge=1, le=50)
    rate: int = Field(default=25, ge=0, description="Letters a minute over all connections; 0: no limit.")
    connect_timeout: Duration = timedelta(seconds=30)
    timeout: Duration = Field(default=timedelta(minutes=5), description="Longest wait for an answer.")
    accept_timeout: Duration = Field(
        default=timedelta(minutes=10),
        description="Longest wait for the answer to the final dot (RFC 5321 §4.5.3.2.6).",
    )
    stop_wait: Duration = Field(default=timedelta(seconds=60), description="The same while stopping.")
    retry: tuple[Annotated[Duration, Field(le=timedelta(days=1))], ...] = Field(
        default=tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240)),
        min_length=1,
        description="Waits between the tries of a letter that was put off; the last one repeats.",
    )
    give_up: Duration = Field(default=timedelta(days=5), description="How long a letter is tried.")
    dkim_selectors: tuple[str, ...] = Field(
        default=(), description="Under which names our domain publishes its DKIM keys; `doctor` looks them up."
    )


class OAuth(Section):
    """How we get tokens for `login: oauth`: client credentials (RFC 6749 §4.4). The defaults fit Microsoft 365."""

    tenant: str | None = Field(default=None, description="The directory (tenant) id; filled in for {tenant}.")
    client_id: str | None = Field(default=None, description="The application (client) id.")
    client_secret: SecretStr | None = None
    secret_expires: date | None = Field(default=None, description="The day on which the client secret expires.")
    certificate: str | None = Field(
        default=None, description="Instead of a secret: our certificate (PEM), relative to the config."
    )
    private_key: SecretStr | None = Field(default=None, description="The key (PEM) of that certificate.")
    token_url: str = Field(
        default="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        description="The token endpoint, over https; plain http only on this machine.",
    )
    scope: str = "https://outlook.office365.com/.default"
    ca_file: str | None = Field(default=None, description="Own CA certificates (PEM) for the token service.")
    timeout: Duration = Field(default=timedelta(seconds=20), description="Longest silence of the token service.")


class Recipients(Section):
    """What officials get who are away, or who have a mail already."""

    absent_copy: bool = Field(default=False, description="An absent official gets a copy of what the substitute gets.")
    already_addressed: Literal["tell", "leave_out"] = Field(
        default="tell",
        description="An official whom the council had in To or Cc: gets the letter and is told so, or gets none.",
    )


class Receipts(Section):
    """The copy of each letter to our own mailbox that proves the relay took it."""

    address: str | None = Field(default=None, description="Where receipts go; without it a crash can double a letter.")
    folder: str = "Bewijs"
    wait: Duration = Field(default=timedelta(minutes=5), description="How long a receipt may take to arrive.")
    keep: Duration = Field(default=timedelta(days=14), description="Settled receipts are deleted after this.")


class Desk(Section):
    """The people who handle what the router does not dare to."""

    name: str = "de balie"
    addresses: tuple[str, ...] = Field(min_length=1)
    clerks: tuple[str, ...] = Field(
        default=(), description="Addresses of people who may decide by mail besides; they get no letters of the desk."
    )
    remind: Duration = Field(
        default=timedelta(days=2), description="After this a letter of the desk that nobody handled is repeated, once."
    )


class Folders(Section):
    """Where a mail goes when its last letter is settled. {village} is the village's key, {name} its name."""

    done: str = "Verwerkt/{village}"
    desk: str = "Balie"
    automatic: str = "Automatisch"
    duplicates: str = "Dubbel"


class Limits(Section):
    """Bounds on what is read, and on the workers that read it."""

    mail: Size = Field(default=50_000_000, description="A larger mail is not fetched; the desk is told.")
    read: Size = Field(default=25_000_000, description="Above this only headers and text parts are read.")
    letter: Size = Field(default=20_000_000, description="A larger letter leaves attachments out and names them.")
    seconds: Duration = Field(default=timedelta(seconds=10), description="Wall time for one mail.")
    memory: Size = Field(default=600_000_000, description="Address space of a worker.")
    workers: int = Field(default=2, ge=1, le=32)
    ocr: bool = Field(default=False, description="Read scanned PDFs with tesseract (Dutch), if it is installed.")


class Authentication(Section):
    """Whose word we take on whether a mail is really from its sender (RFC 8601)."""

    trust: str = Field(default="none", description='An authserv-id, "exchange-online" or "none".')


class Schedule(Section):
    """When the daemon does what it does without being woken."""

    poll: Duration = timedelta(seconds=60)
    verify: Duration = timedelta(hours=1)


class Alarms(Section):
    """How long something may be wrong before the router calls for people."""

    server: Duration = Field(
        default=timedelta(minutes=5),
        description="Mailbox or relay out of reach, or refusing us; the mailbox for three polls at least.",
    )
    letter: Duration = Field(default=timedelta(minutes=15), description="A letter that is not settled.")
    desk: Duration = Field(default=timedelta(days=1), description="A mail that lies in the folder of the desk.")
    expiry: Duration = Field(
        default=timedelta(days=30), description="How long beforehand: the client secret or certificate expires."
    )


class KindRetention(Section):
    """What is kept of one kind of mail, where that differs."""

    mail: Duration | None = None
    record: Duration | None = None


class Retention(Section):
    """How long the journal keeps what it holds, counted from the moment the last letter of a mail was settled."""

    mail: Duration = Field(default=timedelta(days=90), description="The mail, our letters, and what was read in it.")
    record: Duration = Field(default=timedelta(days=730), description="Who wrote, who got it, when, in which role.")
    kinds: dict[str, KindRetention] = Field(default={}, description="Kind → other terms for it.")

    def of(self, kind: str) -> tuple[timedelta, timedelta]:
        """(mail, record) of a kind of mail."""
        own = self.kinds.get(kind, KindRetention())
        return own.mail or self.mail, own.record or self.record


class JournalPlace(Section):
    """Where the router keeps its books."""

    folder: str = Field(default="state", description="Relative to the config folder; $NAMES are filled in.")


class Router(Section):
    """The router's own secret (`init` makes it); it signs the ids of our letters."""

    key: SecretStr | None = None


class Settings(BaseModel):
    """mailrouter.yaml as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    municipality: Municipality
    roles: dict[str, str] = Field(description='Role → its Dutch name, as in "wijkambassadeur".')
    colleges: dict[str, College] = Field(default_factory=dict, description="Name → from when until when.")
    mailbox: Mailbox
    delivery: Delivery
    desk: Desk
    letters: Letters = Letters()
    oauth: OAuth = OAuth()
    recipients: Recipients = Recipients()
    receipts: Receipts = Receipts()
    folders: Folders = Folders()
    limits: Limits = Limits()
    authentication: Authentication = Authentication()
    schedule: Schedule = Schedule()
    alarms: Alarms = Alarms()
    retention: Retention = Retention()
    journal: JournalPlace = JournalPlace()
    router: Router = Router()
