"""The routing table as data: villages, officials, topics, kinds, and what `understand` needs of the settings.

These models are what the YAML files say, checked for form only; whether they fit together is the config's business
(`mailrouter.config`). The whole table travels to the cage as JSON, so it holds values and no behaviour of its own.
"""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from mailrouter.core.settings import Folders, Letters, Limits, Recipients
from mailrouter.core.terms import College, Entry, Terms


class Village(Entry):
    """A village, its council and the officials who look after it."""

    name: str = Field(min_length=1)
    senders: tuple[str, ...] = Field(default=(), description='Addresses, or "@domain" for a whole domain.')
    council: str = Field(default="", description='The council\'s name; empty: "Dorpsraad <name>".')
    also_called: tuple[str, ...] = ()
    venues: tuple[str, ...] = Field(default=(), description="Places where the council meets.")
    officials: dict[str, Terms] = Field(default_factory=dict, description="Role → official, or a list of terms.")

    @property
    def council_name(self) -> str:
        """The council as letters name it."""
        return self.council or f"Dorpsraad {self.name}"


class Absence(Entry):
    """Days an official is away (both included) and who stands in."""

    since: date = Field(alias="from")
    until: date
    substitute: str | None = None
    copy_absent: bool | None = Field(
        default=None,
        alias="copy",
        description="Whether they get a copy of what the substitute gets; None: the setting.",
    )


class Copy(Entry):
    """Who gets a copy of what an official gets."""

    official: str
    kinds: tuple[str, ...] = Field(default=(), description="Of these kinds of mail only; empty: of all.")


def as_copy(value: Any) -> Any:
    """A bare official key is a copy of everything."""
    return {"official": value} if isinstance(value, str) else value


Copies = tuple[Annotated[Copy, BeforeValidator(as_copy)], ...]


class Official(Entry):
    """A person or team that can hold a role."""

    name: str = Field(min_length=1)
    email: str = ""
    title: str = Field(default="", description='For the letter: "wethouder".')
    since: date | None = Field(default=None, alias="from", description="First day in service.")
    until: date | None = Field(default=None, description="Last day in service: from the next day nothing is sent.")
    successor: str | None = Field(default=None, description="Takes over all their roles on the day after the last.")
    copy_to: Copies = Field(default=(), description="Officials (a secretariat) who get a copy of the same.")
    absences: tuple[Absence, ...] = ()


class Topic(Entry):
    """A subject matter: what it is known by in a mail, and who answers for it."""

    title: str = Field(min_length=1)
    words: tuple[str, ...] = Field(default=(), description="Whole words; a star stands for the rest of one.")
    phrases: tuple[str, ...] = Field(default=(), description="Several words in a row: each counts for two.")
    patterns: tuple[str, ...] = Field(default=(), description="Regular expressions (RE2): each counts for two.")
    portfolio_holder: Terms = ()
    department: Terms = ()
    officials: dict[str, Terms] = Field(default_factory=dict, description="Further roles that follow from the topic.")

    @property
    def roles(self) -> dict[str, Terms]:
        """Role → who holds it for this topic."""
        return {"portfolio_holder": self.portfolio_holder, "department": self.department, **self.officials}


class Phrase(Entry):
    """Words that speak for a kind (or, with a negative weight, against it)."""

    phrase: str = Field(min_length=2)
    weight: float
    where: tuple[str, ...] = Field(
        default=("subject", "text", "attachment", "filename"), description="Zones that count."
    )


class Phrases(Entry):
    """Words that say the same: the first counts whole, each further one for half, together two and a half at most."""

    phrases: tuple[str, ...] = Field(min_length=1)
    weight: float
    where: tuple[str, ...] = Field(
        default=("subject", "text", "attachment", "filename"), description="Zones that count."
    )


class Pattern(Entry):
    """A regular expression (RE2) that speaks for a kind, or against it."""

    pattern: str = Field(min_length=1)
    weight: float
    where: tuple[str, ...] = Field(
        default=("subject", "text", "attachment", "filename"), description="Zones that count."
    )


class Sign(Entry):
    """A structural sign computed by the core (`mailrouter.core.meaning.kind.SIGNS`) and what it weighs."""

    sign: str
    weight: float


class Kind(Entry):
    """A kind of mail: who gets it, how it is recognised, how its letter is written."""

    title: str = Field(min_length=1, description='As it stands in the subject: "Notulen".')
    to: tuple[str, ...] = Field(default=(), description="Roles that get the mail.")
    cc: tuple[str, ...] = Field(default=(), description="Roles that get it as a copy.")
    without_topic: tuple[str, ...] = Field(
        default=(), description="Roles that get it when nobody in `to` follows from its topic."
    )
    evidence: tuple[Phrase | Phrases | Pattern | Sign, ...] = ()
    threshold: float | None = Field(default=None, ge=0, le=1, description="In place of the general one.")
    template: str = "letter"
    expects: str = Field(default="", description="What is expected of the official, one or two sentences.")


class Kinds(Entry):
    """kinds.yaml: the kinds and how sure the router must be."""

    threshold: float = Field(default=0.6, ge=0, le=1, description="Below this confidence the kind is `fallback`.")
    fallback: str = "other"
    kinds: dict[str, Kind]

    def needed(self, key: str) -> float:
        """How sure the router must be of a kind."""
        own = self.kinds[key].threshold
        return self.threshold if own is None else own


class Routing(BaseModel):
    """All that `understand` needs to know, in one frozen value."""

    model_config = ConfigDict(frozen=True)

    municipality: str
    timezone: str
    address: str
    own_addresses: tuple[str, ...] = Field(description="The shared address, its aliases and the receipt address.")
    desk_name: str
    desk: tuple[str, ...]
    clerks: tuple[str, ...] = Field(default=(), description="Who may decide by mail besides the desk.")
    roles: dict[str, str]
    villages: dict[str, Village]
    officials: dict[str, Official]
    topics: dict[str, Topic]
    everywhere: dict[str, Terms] = Field(default={}, description="Roles held for every village alike: the registry.")
    colleges: dict[str, College] = {}
    kinds: Kinds
    folders: Folders
    limits: Limits
    recipients: Recipients = Recipients()
    trust: str
    letters: Letters = Letters()
    templates: dict[str, str] = Field(description="File name → Jinja2 source.")
    hash: str = Field(description="sha256 over all of the above, first 12 hex digits: which config was in force.")
