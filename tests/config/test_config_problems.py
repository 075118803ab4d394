"""Every kind of problem is told at its place, in words that say what to do."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from mailrouter.config import ConfigError, check, load
from mailrouter.core.meaning.kind import SIGNS

Edit = Callable[[str, str, str], None]
Problems = Callable[[], list[str]]


def test_right(problems: Problems) -> None:
    """A right config has no problems."""
    assert problems() == []


READING = [
    ("topics.yaml", "  title: Verkeer", "\ttitle: Verkeer",
     ["topics.yaml:2:1: a tab cannot be used to indent; use spaces"]),
    ("villages.yaml", '"@dorpsraad-oosterdorp.example"', "@dorpsraad-oosterdorp.example",
     ['villages.yaml:4:7: a value that begins with @ needs quotes: "@…"']),
    ("topics.yaml", "title: Verkeer", "title: Verkeer: en meer",
     ["topics.yaml:2:17: a value with a colon in it needs quotes, and a key stands on a line of its own"]),
    ("topics.yaml", "title: Verkeer", "title: 'Verkeer",
     ["topics.yaml:5:1: this text is opened with a quote that is never closed"]),
    ("topics.yaml", "  words", "   words",
     ["topics.yaml:3:9: a value with a colon in it needs quotes, and a key stands on a line of its own"]),
    ("topics.yaml", "  words", " words", ["topics.yaml:3:2: the indentation does not fit the lines above"]),
    ("topics.yaml", "title: Verkeer", "title: *Verkeer",
     ['topics.yaml:2:10: a value that begins with * needs quotes: "*…"']),
    ("topics.yaml", "title: Verkeer", "title: !Verkeer x",
     ['topics.yaml:2:10: a value that begins with ! needs quotes: "!…"']),
    ("topics.yaml", "title: Verkeer", "title: &a oeverman\n  department: *a",
     ["topics.yaml:3:3: an alias (*name) is not read here; write the value out"]),
    ("topics.yaml", "title: Verkeer", "<<: {a: b}\n  title: Verkeer",
     ["topics.yaml:2:3: a key should be a plain word; lists and merge keys (<<) are not read"]),
    ("topics.yaml", "title: Verkeer", "title: Verkeer\n  title: Auto's",
     ['topics.yaml:3:3: "title" stands here twice, first on line 2']),
    ("topics.yaml", "title: Verkeer", "title: Ver\x07keer",
     ["topics.yaml:2:13: the character U+0007 cannot stand in a YAML file"]),
    ("topics.yaml", "  portfolio_holder: oeverman\n", "---\na: b\n",
     ["topics.yaml:4:1: the file holds a second document; write everything under one, without ---"]),
    ("topics.yaml", "title: Verkeer", "title: no",
     ["warning topics.yaml:2:10: no means something else to some YAML readers; "
      'write "no" in quotes, or true or false']),
    ("topics.yaml", "title: Verkeer", "title: 19:30",
     ['warning topics.yaml:2:10: 19:30 means something else to some YAML readers; write "19:30" in quotes']),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "expected"), READING)
def test_yaml(edit: Edit, problems: Problems, file: str, old: str, new: str, expected: list[str]) -> None:
    """YAML that cannot be read, or that others read differently, is told in plain words."""
    edit(file, old, new)
    assert problems() == expected


FORM = [
    ("mailrouter.yaml", "host: imap", "hots: imap",
     ['mailrouter.yaml:7:1: the key "host" is missing',
      'mailrouter.yaml:10:3: unknown key "hots"; did you mean "host"?']),
    ("mailrouter.yaml", "port: 993", "port: veel", ["mailrouter.yaml:11:9: port: should be a whole number"]),
    ("mailrouter.yaml", "port: 993", "port: 99999",
     ["mailrouter.yaml:11:9: port: should be less than or equal to 65535"]),
    ("mailrouter.yaml", "tls: implicit", "tls: ssl",
     ["mailrouter.yaml:12:8: tls: should be 'implicit', 'starttls' or 'none'"]),
    ("mailrouter.yaml", "port: 993", "timeout: 60",
     ['mailrouter.yaml:11:12: timeout: a time is written as "30s", "5m", "2h" or "14d", not \'60\'']),
    ("mailrouter.yaml", "port: 993", "since: gisteren",
     ["mailrouter.yaml:11:10: since: should be a date, written like 2026-01-31"]),
    ("mailrouter.yaml", "port: 993", "idle: soms", ["mailrouter.yaml:11:9: idle: should be true or false"]),
    ("mailrouter.yaml", "name: gemeente Voorbeeld", "name:",
     ["mailrouter.yaml:2:3: name: is empty; give it a value or leave the key out"]),
    ("mailrouter.yaml", "desk:\n  addresses:\n    - balie@gemeente.example", "desk: balie",
     ['mailrouter.yaml:17:7: desk: should hold keys: each on its own line as "key: value"']),
    ("villages.yaml", "senders:\n    - dorpsraad.westerdorp@postvak.example",
     "senders: dorpsraad.westerdorp@postvak.example",
     ['villages.yaml:10:12: senders: should be a list: each item on its own line after "- "']),
    ("villages.yaml", "      - official: oeverman", "      - oficial: oeverman",
     ['villages.yaml:16:9: the key "official" is missing',
      'villages.yaml:16:9: unknown key "oficial"; did you mean "official"?']),
    ("villages.yaml", "  name: Oosterdorp", "  name: [Oosterdorp]", ["villages.yaml:2:3: name: should be text"]),
    ("kinds.yaml", "weight: 5", "weight: zwaar", ["kinds.yaml:10:17: weight: should be a number"]),
    ("kinds.yaml", "phrase: notulen", "sign: zzz\n        soort: x",
     ['kinds.yaml:9:15: there is no sign "zzz"',
      'kinds.yaml:10:9: unknown key "soort"; known here: pattern, phrase, phrases, sign, weight, where']),
    ("examples.yaml", "    outcome: forward", "    outcome: vorward",
     ["examples.yaml:6:14: outcome: should be 'forward', 'desk' or 'file'"]),
    ("examples.yaml", "  subject: Notulen\n", "", ['examples.yaml:1:3: the key "subject" is missing']),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "expected"), FORM)
def test_form(edit: Edit, problems: Problems, file: str, old: str, new: str, expected: list[str]) -> None:
    """A value of the wrong form, or a key that nobody knows, is told where it stands."""
    edit(file, old, new)
    signs = f"; known here: {', '.join(sorted(SIGNS))}"  # as long as they are few
    assert [line.replace(signs, "") for line in problems()] == expected


SENDERS = [
    ("villages.yaml", "dorpsraad.westerdorp@postvak.example", '"@dorpsraad-Oosterdorp.example"',
     ["villages.yaml:11:7: @dorpsraad-Oosterdorp.example is claimed by oosterdorp too"]),
    ("villages.yaml", '    - "@dorpsraad-oosterdorp.example"', '    - "@dorpsraad-oosterdorp.example"\n' * 2 + "   ",
     ["warning villages.yaml:5:7: @dorpsraad-oosterdorp.example is listed twice here"]),
    ("villages.yaml", "dorpsraad.westerdorp@postvak.example", "westerdorp@dorpsraad-oosterdorp.example",
     ["warning villages.yaml:11:7: the domain of westerdorp@dorpsraad-oosterdorp.example is oosterdorp's; "
      "mail from this one address counts as from westerdorp"]),
    ("villages.yaml", "dorpsraad.westerdorp@postvak.example", '"@ziggo.nl"',
     ["villages.yaml:11:7: @ziggo.nl is a mailbox provider, not the council's own domain; "
      "list the council's address instead"]),
    ("villages.yaml", "dorpsraad.westerdorp@postvak.example", "dorpsraad-westerdorp.example",
     ["villages.yaml:11:7: dorpsraad-westerdorp.example: an address has an @; "
      'a sender is an address, or "@domain" for all addresses of a domain']),
    ("villages.yaml", "senders:\n    - dorpsraad.westerdorp@postvak.example", "senders: []",
     ["warning villages.yaml:10:3: westerdorp lists no senders: all its mail goes to the desk"]),
    ("villages.yaml", "name: Westerdorp", "name: Westerdorp\n  also_called: [OOSTERDORP]",
     ['warning villages.yaml:10:17: "OOSTERDORP" is a name of oosterdorp too']),
]  # fmt: skip

LOOPS = [
    ("officials.yaml", "oeverman@gemeente.example", "Dorpsraden@gemeente.example",
     ["officials.yaml:6:10: Dorpsraden@gemeente.example is our own mailbox: "
      "a letter sent there would come back as new mail"]),
    ("officials.yaml", "oeverman@gemeente.example", "dorpen@gemeente.example",
     ["officials.yaml:6:10: dorpen@gemeente.example is our own mailbox: "
      "a letter sent there would come back as new mail"]),
    ("mailrouter.yaml", "balie@gemeente.example", "bewijs@gemeente.example",
     ["mailrouter.yaml:19:7: bewijs@gemeente.example is our own mailbox: "
      "a letter sent there would come back as new mail"]),
    ("officials.yaml", "oeverman@gemeente.example", "dorpsraad.westerdorp@postvak.example",
     ["officials.yaml:6:10: dorpsraad.westerdorp@postvak.example is also a sender of westerdorp "
      "(dorpsraad.westerdorp@postvak.example): its answers would be read as the council's"]),
    ("officials.yaml", "oeverman@gemeente.example", "jan@dorpsraad-oosterdorp.example",
     ["officials.yaml:6:10: jan@dorpsraad-oosterdorp.example is also a sender of oosterdorp "
      "(@dorpsraad-oosterdorp.example): its answers would be read as the council's"]),
    ("villages.yaml", "dorpsraad.westerdorp@postvak.example", "dorpsraden@gemeente.example",
     ["villages.yaml:11:7: dorpsraden@gemeente.example takes in our own address dorpsraden@gemeente.example: "
      "our letters would be read as the council's"]),
]  # fmt: skip

PEOPLE = [
    ("villages.yaml", "    ambassador: veldzicht\n", "",
     ['villages.yaml:5:3: oosterdorp has no ambassador, which the kind "minutes" needs']),
    ("villages.yaml", "ambassador: veldzicht", "ambasador: veldzicht",
     ['villages.yaml:5:3: oosterdorp has no ambassador, which the kind "minutes" needs',
      'villages.yaml:6:16: there is no role "ambasador" in mailrouter.yaml; did you mean "ambassador"?']),
    ("villages.yaml", "ambassador: veldzicht", "ambassador: veldzigt",
     ['villages.yaml:6:17: there is no official "veldzigt" in officials.yaml; did you mean "veldzicht"?']),
    ("villages.yaml", "official: oeverman", "official: oeveram",
     ['villages.yaml:16:19: there is no official "oeveram" in officials.yaml; did you mean "oeverman"?']),
    ("villages.yaml", "ambassador: veldzicht", "ambassador: veldzicht\n    portfolio_holder: oeverman",
     ["villages.yaml:7:23: portfolio_holder follows from the topic of a mail: name them in topics.yaml"]),
    ("villages.yaml", "from: 2026-07-01", "from: 2026-08-01",
     ["warning villages.yaml:16:9: nobody holds the role ambassador from 2026-07-01 to 2026-07-31"]),
    ("villages.yaml", "from: 2026-07-01", "from: 2026-06-30",
     ["warning villages.yaml:16:9: two hold the role ambassador at once from 2026-06-30: both get the mail"]),
    ("villages.yaml", "from: 2026-07-01", "from: 2026-07-01\n        until: 2026-06-01",
     ["villages.yaml:18:16: the term ends before it begins, on 2026-07-01"]),
    ("officials.yaml", "  email: oeverman@gemeente.example\n", "",
     ["officials.yaml:4:1: oeverman has no e-mail address"]),
    ("officials.yaml", "oeverman@gemeente.example", "oeverman@gemeente",
     ["officials.yaml:6:10: oeverman@gemeente: what stands after the @ is not a domain"]),
    ("officials.yaml", "oeverman@gemeente.example", "oeverman@gemeente.example\n  copy_to: [oeverman, sekretariaat]",
     ["officials.yaml:7:13: oeverman is to get a copy of its own letters",
      'officials.yaml:7:23: there is no official "sekretariaat" in officials.yaml; '
      "known here: hagedoorn, oeverman, veldzicht"]),
    ("officials.yaml", "oeverman@gemeente.example",
     "oeverman@gemeente.example\n  absences:\n    - {from: 2026-08-02, until: 2026-08-01, substitute: niemand}",
     ["officials.yaml:8:33: the absence ends before it begins, on 2026-08-02",
      'officials.yaml:8:57: there is no official "niemand" in officials.yaml; '
      "known here: hagedoorn, oeverman, veldzicht"]),
    ("topics.yaml", "portfolio_holder: oeverman", "portfolio_holder: oeverman\n  department: team",
     ['topics.yaml:5:15: there is no official "team" in officials.yaml; known here: hagedoorn, oeverman, veldzicht']),
]  # fmt: skip

SETTINGS = [
    ("mailrouter.yaml", "tls: implicit", "tls: implicit\n  login: oauth",
     ["mailrouter.yaml:1:1: client_id: login: oauth needs the application (client) id of the app registration",
      "mailrouter.yaml:1:1: tenant: login: oauth needs the directory (tenant) id, "
      "because {tenant} stands in token_url",
      "warning mailrouter.yaml:1:1: secret_expires is not set: "
      "nobody will be warned before the client secret expires"]),
    ("mailrouter.yaml", "  tls: starttls",
     "  tls: starttls\n  user: a\n  login: oauth\noauth:\n  client_id: abc\n  token_url: http://token.example/t",
     ["warning mailrouter.yaml:19:1: secret_expires is not set: "
      "nobody will be warned before the client secret expires",
      "mailrouter.yaml:21:14: token_url: our secret goes over https only; "
      "http is for a token service on this machine itself"]),
    ("mailrouter.yaml", "  tls: starttls",
     "  tls: starttls\n  user: a\n  login: oauth\noauth:\n  client_id: abc\n  secret_expires: 2099-01-01\n"
     "  token_url: https://oauth2.googleapis.com/token",
     ["mailrouter.yaml:19:1: login: oauth does not work with oauth2.googleapis.com: Google gives a program of "
      "its own no token for a mailbox by client credentials. Use an app password with login: password, as "
      "docs/how-to/google-workspace.md tells"]),
    ("mailrouter.yaml", "tls: implicit", "tls: none",
     ["mailrouter.yaml:12:8: tls none would send mail and password in the clear to imap.gemeente.example; "
      "only this machine itself may do without"]),
    ("mailrouter.yaml", "  address: bewijs@gemeente.example", "  folder: Bewijs",
     ["warning mailrouter.yaml:20:1: receipts have no address: "
      "after a crash a letter that was just being sent can be sent twice"]),
    ("mailrouter.yaml", "Verwerkt/{village}", "Verwerkt/{dorp}",
     ["mailrouter.yaml:23:9: done: only {village} and {name} can be filled in"]),
    ("mailrouter.yaml", "Verwerkt/{village}", "Verwerkt/{village",
     ["mailrouter.yaml:23:9: done: a brace stands alone; only {village} and {name} can be filled in"]),
    ("mailrouter.yaml", 'done: "Verwerkt/{village}"', 'desk: "Balie/{village}"',
     ["mailrouter.yaml:23:9: desk: nothing can be filled in here, only in done"]),
    ("mailrouter.yaml", 'done: "Verwerkt/{village}"', "desk: inbox",
     ["mailrouter.yaml:23:9: desk: inbox is the inbox; name another"]),
    ("mailrouter.yaml", "address: bewijs@gemeente.example", "address: bewijs@gemeente.example\n  folder: INBOX",
     ["mailrouter.yaml:22:11: receipts need a folder of their own, not the inbox"]),
    ("mailrouter.yaml", "balie@gemeente.example", "balie",
     ["mailrouter.yaml:19:7: balie: an address has an @"]),
    ("mailrouter.yaml", "ambassador: ambassadeur", "ambassador: ambassadeur\n  mijn rol: rol",
     ['mailrouter.yaml:5:13: the key "mijn rol" should be letters, digits, - and _ only, without accents or spaces']),
]  # fmt: skip

KINDS = [
    ("kinds.yaml", "fallback: other", "fallback: anders",
     ['kinds.yaml:2:11: there is no kind "anders" to fall back on; known here: minutes, other',
      'kinds.yaml:11:3: the kind "other" can never win: it has no evidence in its favour']),
    ("kinds.yaml", "[ambassador, area_manager]", "[ambassador, mayor]",
     ['kinds.yaml:6:22: there is no role "mayor" in mailrouter.yaml; '
      "known here: ambassador, area_manager, portfolio_holder"]),
    ("kinds.yaml", "to: [ambassador, area_manager]", "to: []",
     ['kinds.yaml:6:5: nobody gets mail of the kind "minutes"; name a role in to']),
    ("kinds.yaml", "to: [ambassador, area_manager]", "to: [portfolio_holder]",
     ['warning kinds.yaml:6:5: mail of the kind "minutes" goes to the desk whenever its topic is not known; '
      "add a role of the village"]),
    ("kinds.yaml", "weight: 5", "weight: 0",
     ['kinds.yaml:8:5: the kind "minutes" can never win: it has no evidence in its favour',
      "kinds.yaml:10:17: weight: should be a number other than 0"]),
    ("kinds.yaml", "weight: 5", "weight: 5\n        where: [subject, body]",
     ['kinds.yaml:11:26: there is no part of a mail "body"; known here: attachment, filename, quoted, subject, text']),
    ("kinds.yaml", "phrase: notulen", r"pattern: '(notulen|verslag) \1'",
     [r"kinds.yaml:9:18: this pattern cannot be used: \1 refers back to an earlier group, which is not possible; "
      "write out what should stand there"]),
    ("kinds.yaml", "phrase: notulen", "pattern: '(?<!concept)notulen'",
     ["kinds.yaml:9:18: this pattern cannot be used: (?<! looks ahead or behind, which is not possible; "
      "write a second pattern, with a weight below 0 if need be"]),
    ("kinds.yaml", "phrase: notulen", "pattern: 'notulen('",
     ["kinds.yaml:9:18: this pattern cannot be used: a ( is not closed with a )"]),
    ("kinds.yaml", "phrase: notulen", r"pattern: '((\pL{50}){20})'",
     ["kinds.yaml:9:18: this pattern cannot be used: it stands for too much; "
      "make its repetitions smaller or its classes narrower"]),
    ("kinds.yaml", "phrase: notulen", "pattern: '(notulen)?'",
     ["kinds.yaml:9:18: this pattern cannot be used: it also matches no words at all, "
      "so it would count in every mail"]),
    ("kinds.yaml", "phrase: notulen", r"pattern: 'café\b'",
     [r"kinds.yaml:9:18: this pattern cannot be used: \b knows the letters a to z only, so é\b never matches; "
      r"leave the \b out, or write [^\pL] there"]),
    ("kinds.yaml", "phrase: notulen", "pattern: notulen\n        where: [body]",
     ['kinds.yaml:10:17: there is no part of a mail "body"; known here: attachment, filename, quoted, subject, text']),
    ("kinds.yaml", "title: Notulen", "title: Notulen\n    template: minutes",
     ['kinds.yaml:6:15: the template "minutes.txt.j2" is not there; known here: desk, letter',
      'kinds.yaml:6:15: the template "minutes.html.j2" is not there; known here: desk, letter']),
    ("examples.yaml", "village: oosterdorp", "village: osterdorp",
     ['examples.yaml:7:14: there is no village "osterdorp"; did you mean "oosterdorp"?']),
    ("examples.yaml", "village: oosterdorp", "kind: notulen\n    recipients: [desk, jan]",
     ['examples.yaml:7:11: there is no kind "notulen"; known here: minutes, other',
      'examples.yaml:8:24: there is no official "jan"; known here: hagedoorn, oeverman, veldzicht']),
    ("examples.yaml", "expect:\n    outcome: forward\n    village: oosterdorp", "expect: {}",
     ['examples.yaml:5:3: the example "minutes" expects nothing']),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "expected"), [*SENDERS, *LOOPS, *PEOPLE, *SETTINGS, *KINDS])
def test_cross_checks(edit: Edit, problems: Problems, file: str, old: str, new: str, expected: list[str]) -> None:
    """What is right by itself but does not fit the rest is told where it stands."""
    edit(file, old, new)
    assert problems() == expected


def test_weak_evidence(edit: Edit, problems: Problems) -> None:
    """A kind whose evidence all together stays below the threshold can never win."""
    edit("kinds.yaml", "weight: 5", "weight: 0.01")
    assert problems() == [
        'kinds.yaml:8:5: the kind "minutes" can never win: '
        "all its evidence together does not reach the threshold of 0.6"
    ]


def test_circle_of_substitutes(edit: Edit, problems: Problems) -> None:
    """Substitutes that stand in for each other on the same days are told once; on other days they may."""
    away = "\n  absences:\n    - {{from: 2026-07-{}, until: 2026-07-{}, substitute: {}}}"
    edit(
        "officials.yaml", "oeverman@gemeente.example", "oeverman@gemeente.example" + away.format("01", 10, "veldzicht")
    )
    edit("officials.yaml", "veldzicht@gemeente.example", "veldzicht@gemeente.example" + away.format(11, 20, "oeverman"))
    assert problems() == []
    edit("officials.yaml", "from: 2026-07-11", "from: 2026-07-10")
    assert problems() == [
        "officials.yaml:10:7: the substitutes go round in a circle: oeverman → veldzicht → oeverman, "
        "all absent on the same days"
    ]


def test_run_out(edit: Edit, folder: Path) -> None:
    """The end of a role's last term is told from 60 days before, and from the day after in other words."""
    edit("villages.yaml", "from: 2026-07-01", "from: 2026-07-01\n        until: 2099-12-31")
    config = load(folder)

    def told(day: date) -> list[str]:
        return [problem.message for problem in check(config, day) if "registry" not in problem.message]

    ends = "the last term of the role ambassador ends on 2099-12-31"
    assert told(date(2099, 10, 31)) == []
    assert told(date(2099, 11, 1)) == [f"{ends}, in 60 days, and nobody follows"]
    assert told(date(2099, 12, 31)) == [f"{ends}, today, and nobody follows"]
    assert told(date(2100, 1, 1)) == ["nobody holds the role ambassador since the last term ended on 2099-12-31"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("een\n{% if %}", "2:1: this template is not right: Expected an expression, got 'end of statement block'"),
        ("een\n{{ nergens }}", "2:1: this template does not render: UndefinedError: 'nergens' is undefined"),
        ('{% include "kop.j2" %}', '1:1: this template uses "kop.j2", which is not there'),
        ("{{ ''.__class__.__mro__ }}", "1:1: this template does not render: SecurityError: "
         "access to attribute '__class__' of 'str' object is unsafe."),
        ("een\n{{ 'a' * 10**9 }}", "2:1: this template does not render: MemoryError: "),
        ("een\n{{ 'a' * 10**6 }}", "1:1: this template does not render: the template gives more than 256 KB"),
        ("een\n{{ '%0999999999d' % 1 }}", "2:1: this template does not render: MemoryError: "),
    ],
)  # fmt: skip
def test_template(folder: Path, problems: Problems, source: str, expected: str) -> None:
    """A template that does not render is told with its file and line."""
    (folder / "templates" / "letter.html.j2").write_text(source)
    assert [line.partition("; known here")[0] for line in problems()] == [f"templates/letter.html.j2:{expected}"]


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% if a %}{% endif %}{% endfor %}{% endfor %}",
        "{{ 2 ** (10 ** 11) }}",
    ],
    ids=["a loop", "a number"],
)
def test_endless_template(folder: Path, problems: Problems, source: str) -> None:
    """A template that never comes to an end is told, and does not take `check` along."""
    (folder / "templates" / "letter.txt.j2").write_text(source)
    assert problems() == ["templates/letter.txt.j2:1:1: this template takes more than 5 s, or more than 600 MB"]


def test_template_of_templates(folder: Path, problems: Problems) -> None:
    """A template that others are built on is told once, in its own file."""
    (folder / "templates" / "layout.html.j2").write_text("{% block body %}\n{% endblok %}\n")
    for name in ("letter.html.j2", "desk.html.j2"):
        (folder / "templates" / name).write_text('{% extends "layout.html.j2" %}\n')
    assert [line.partition(": ")[0] for line in problems()] == ["templates/layout.html.j2:2:1"]


def test_desk_template(folder: Path, problems: Problems) -> None:
    """The letter to the desk needs its templates too."""
    (folder / "templates" / "desk.txt.j2").unlink()
    assert problems() == ["templates: the template desk.txt.j2 is not there"]


def test_files(folder: Path, problems: Problems) -> None:
    """Files that are missing, empty or not text are told, each once."""
    (folder / "topics.yaml").unlink()
    (folder / "villages.yaml").write_text("# nothing yet\n")
    (folder / "kinds.yaml").write_bytes(b"a: b\nc: \xff\n")
    (folder / "officials.yaml").write_text("[" * 2000)
    (folder / "examples.yaml").write_text("a: b\n")
    assert problems() == [
        "villages.yaml: the file is empty; write {} (or [] for examples) if that is meant",
        "officials.yaml: the file is nested too deep",
        "topics.yaml: the file is missing; `mailrouter init` shows what belongs in it",
        "kinds.yaml:2:1: this is not UTF-8 text; save the file as UTF-8",
        'examples.yaml:1:1: should be a list: each example after "- "',
    ]


def test_what_cannot_be_opened(folder: Path, problems: Problems) -> None:
    """A folder where a file should be, and a template that is not text, are problems like others."""
    (folder / "templates" / "desk.txt.j2").write_bytes(b"\xff\xfe{{")
    assert "templates/desk.txt.j2" in [line.partition(": ")[0] for line in problems()]
    (folder / "topics.yaml").unlink()
    (folder / "topics.yaml").mkdir()
    assert "topics.yaml: the file cannot be read: Is a directory" in problems()


def test_no_folder(tmp_path: Path) -> None:
    """A folder that is not there is one problem."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "nergens")
    assert str(caught.value) == f"{tmp_path}/nergens: there is no such folder; `mailrouter init` makes one"


def test_all_at_once(edit: Edit, problems: Problems) -> None:
    """Faults of form do not hide what does not fit, in the same file or in others."""
    edit("mailrouter.yaml", "port: 993", "port: veel")
    edit("villages.yaml", "name: Oosterdorp", "nam: Oosterdorp")
    edit("villages.yaml", "dorpsraad.westerdorp@postvak.example", '"@gmail.com"')
    edit("officials.yaml", "  email: oeverman@gemeente.example\n", "  absences: nooit\n")
    edit("kinds.yaml", "cc: [portfolio_holder]", "cc: [mayor]")
    edit("kinds.yaml", "weight: 5", "weight: x")
    assert problems() == [
        "mailrouter.yaml:11:9: port: should be a whole number",
        'villages.yaml:1:1: the key "name" is missing',
        'villages.yaml:2:3: unknown key "nam"; did you mean "name"?',
        "villages.yaml:11:7: @gmail.com is a mailbox provider, not the council's own domain; "
        "list the council's address instead",
        "officials.yaml:4:1: oeverman has no e-mail address",
        'officials.yaml:6:13: absences: should be a list: each item on its own line after "- "',
        'kinds.yaml:7:10: there is no role "mayor" in mailrouter.yaml; '
        "known here: ambassador, area_manager, portfolio_holder",
        "kinds.yaml:10:17: weight: should be a number",
    ]
