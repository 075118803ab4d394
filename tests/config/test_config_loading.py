"""Finding, loading and starting a config."""

import json
import stat
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

import mailrouter
from mailrouter.config import (
    Config,
    ConfigError,
    Example,
    check,
    find_config,
    init,
    load,
    loading,
    reading,
    run_examples,
    schema,
    share,
    starter,
)
from mailrouter.config.examples import raw_mail
from mailrouter.config.tables import FILES
from mailrouter.core.model import Recipient, Understanding
from mailrouter.core.routing import Routing
from mailrouter.core.understand import Job, understand

Edit = Callable[[str, str, str], None]
REPO = Path(mailrouter.__file__).parent.parent


def test_find_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--config goes first, then $MAILROUTER_CONFIG, then ./config, then /etc/mailrouter."""
    etc = tmp_path / "etc"
    monkeypatch.setattr(loading, "_SEARCHED", (Path("config"), etc))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="no config here"):
        find_config(None)
    etc.mkdir()
    (etc / "mailrouter.yaml").touch()
    assert find_config(None) == etc
    (tmp_path / "config").mkdir()
    assert find_config(None) == etc
    (tmp_path / "config" / "mailrouter.yaml").touch()
    assert find_config(None) == Path("config")
    monkeypatch.setenv("MAILROUTER_CONFIG", "/srv/mailrouter")
    assert find_config(None) == Path("/srv/mailrouter")
    assert find_config(Path("elsewhere")) == Path("elsewhere")


def test_routing(folder: Path) -> None:
    """The routing table holds what understanding needs, and nothing that is secret."""
    routing = load(folder).routing
    assert routing.municipality == "gemeente Voorbeeld"
    assert routing.own_addresses == (
        "dorpsraden@gemeente.example",
        "dorpen@gemeente.example",
        "bewijs@gemeente.example",
    )
    assert list(routing.villages) == ["oosterdorp", "westerdorp"]
    assert routing.templates["letter.txt.j2"] == "{{ subject }}\n"
    assert Routing.model_validate(routing.model_dump()) == routing


def test_hash(folder: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash changes with whatever decides, and only with that."""
    before = load(folder).routing.hash
    assert len(before) == 12
    monkeypatch.setenv("MAILROUTER_MAILBOX__PASSWORD", "geheim")
    edit("mailrouter.yaml", "host: smtp.gemeente.example", "host: relay.gemeente.example")
    assert load(folder).routing.hash == before
    edit("kinds.yaml", "weight: 5", "weight: 6")
    changed = load(folder).routing.hash
    assert changed != before
    (folder / "templates" / "letter.txt.j2").write_text("{{ subject }}!\n")
    assert load(folder).routing.hash not in (before, changed)


def test_own_templates(folder: Path) -> None:
    """A template of the municipality takes the place of the shipped one of that name."""
    shipped = loading.share() / "templates"
    shipped.mkdir(parents=True)
    (shipped / "letter.txt.j2").write_text("shipped\n")
    (shipped / "extra.txt.j2").write_text("shipped\n")
    templates = load(folder).routing.templates
    assert (templates["letter.txt.j2"], templates["extra.txt.j2"]) == ("{{ subject }}\n", "shipped\n")


def test_state_folder(folder: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The state folder is relative to the config, and names in it come from the environment, when it is asked for."""
    assert load(folder).state_folder() == folder / "state"
    edit("mailrouter.yaml", "folder: state", "folder: $MR_ROOT/${MR_SUB}.state")
    config = load(folder)
    with pytest.raises(ConfigError) as caught:
        config.state_folder()
    assert str(caught.value) == f"{folder}/mailrouter.yaml:25:11: folder: $MR_ROOT is not set in the environment"
    monkeypatch.setenv("MR_ROOT", "/var/lib")
    monkeypatch.setenv("MR_SUB", "mailrouter")
    assert config.state_folder() == Path("/var/lib/mailrouter.state")
    edit("mailrouter.yaml", "$MR_ROOT/", "$/")
    with pytest.raises(ConfigError, match="begins a name"):
        load(folder).state_folder()


def test_warnings(folder: Path, edit: Edit) -> None:
    """A config with warnings loads and keeps them."""
    edit("topics.yaml", "title: Verkeer", "title: off")
    config = load(folder)
    assert [problem.severity for problem in config.warnings] == ["warning"]
    assert set(config.warnings) <= set(check(config))
    assert config.routing.topics["verkeer"].title == "off"


def test_values_as_written(folder: Path, edit: Edit) -> None:
    """Text is what stands there: no word, number or date turns into something else."""
    edit("topics.yaml", "words: [kruising]", "words: [no, 0123, 1e3, 2026-01-01, true, 0x1F, 08:00]")
    assert load(folder).routing.topics["verkeer"].words == (
        "no", "0123", "1e3", "2026-01-01", "true", "0x1F", "08:00",
    )  # fmt: skip


def understanding(**changes: Any) -> Understanding:
    """What became of an example: forwarded for Oosterdorp, unless changed."""
    told = {"village": {"key": "oosterdorp"}, "kind": {"key": "minutes"}, "automatic": None, "because": ["domain"]}
    told |= {"topics": ["verkeer"]}
    return Understanding(
        fingerprint="",
        outcome=changes.pop("outcome", "forward"),
        folder="",
        recipients=(Recipient("ambassador", "veldzicht", "", "", "to", ""),),
        draft=None,
        explanation=told | changes,
    )


def test_examples(folder: Path) -> None:
    """Examples go through understanding as mails to the shared address, at their moment."""
    seen: list[tuple[bytes, datetime]] = []

    def look(raw: bytes, reference: datetime, routing: Routing) -> Understanding:
        seen.append((raw, reference))
        return understanding()

    assert run_examples(load(folder), look) == []
    [(raw, reference)] = seen
    assert reference.isoformat() == "2026-01-05T12:00:00+01:00"
    assert b"\r\nTo: dorpsraden@gemeente.example\r\n" in raw


def test_examples_that_fail(folder: Path, edit: Edit) -> None:
    """Each expectation that does not come true is told at its line, with the reasons."""
    edit(
        "examples.yaml", "village: oosterdorp", "village: null\n    kind: other\n    recipients: [hagedoorn, veldzicht]"
    )
    problems = run_examples(
        load(folder), lambda raw, reference, routing: understanding(outcome="desk", automatic="list")
    )
    assert [str(problem).replace(f"{folder}/", "") for problem in problems] == [
        'examples.yaml:8:11: example "minutes": kind is minutes, expected other (domain)',
        'examples.yaml:6:14: example "minutes": outcome is desk, expected forward (domain)',
        'examples.yaml:9:5: example "minutes": recipients is veldzicht, expected hagedoorn, veldzicht (domain)',
        'examples.yaml:7:14: example "minutes": village is oosterdorp, expected none (domain)',
    ]
    assert {problem.severity for problem in problems} == {"error"}


def test_copies_and_topics(folder: Path, edit: Edit) -> None:
    """An example can say who gets a copy only, and what it is about."""
    edit("examples.yaml", "village: oosterdorp", "copies: [veldzicht]\n    topics: [verkeer]")
    [problem] = run_examples(load(folder), lambda raw, reference, routing: understanding())
    assert problem.message == 'example "minutes": copies is nobody, expected veldzicht (domain)'


def test_example_that_breaks_its_reader(folder: Path) -> None:
    """The cage does not stand between an example and the config: what goes wrong is a problem with a place."""

    def fails(raw: bytes, reference: datetime, routing: Routing) -> Understanding:
        raise RecursionError("too deep")

    [problem] = run_examples(load(folder), fails)
    assert problem.message == 'example "minutes" cannot be read: RecursionError: too deep'


def test_example_that_is_no_mail(folder: Path, edit: Edit) -> None:
    """An example with a header that no mail can have is told."""
    edit("examples.yaml", "  subject: Notulen", '  headers: {"X-A": "a\\nb"}\n  subject: Notulen')
    [problem] = run_examples(load(folder), lambda raw, reference, routing: understanding())
    assert problem.message.startswith('example "minutes" cannot be written as a mail: ')


def test_raw_mail() -> None:
    """An example becomes a mail with its headers and attachment."""
    example = Example.model_validate(
        {
            "name": "alles",
            "from": "Dorpsraad é <a@dorpsraad.example>",
            "subject": "Über",
            "text": "tekst",
            "attachment_text": "bijlage",
            "headers": {"Auto-Submitted": "auto-replied", "Message-ID": "<a@b>"},
            "expect": {"outcome": "desk"},
        }
    )
    raw = raw_mail(example, "dorpsraden@gemeente.example", datetime.fromisoformat("2026-01-05T12:00:00+01:00"))
    assert raw.isascii()
    assert b"Auto-Submitted: auto-replied\r\n" in raw
    assert raw.count(b"Message-ID") == 1
    assert b'filename="bijlage.txt"' in raw


def test_init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The starter config is the worked example with a key of its own, and nothing is ever overwritten."""
    monkeypatch.setattr(starter, "share", lambda: REPO)
    written = init(tmp_path / "nieuw")
    assert [path.name for path in written] == [*FILES, "mailrouter_router__key"]
    key = written[-1]
    assert len(bytes.fromhex(key.read_text())) == 32
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert (tmp_path / "nieuw" / "villages.yaml").read_bytes() == (REPO / "config" / "villages.yaml").read_bytes()
    assert init(tmp_path / "anders")[-1].read_text() != key.read_text()
    for path in written[:-1]:
        path.unlink()
    with pytest.raises(ConfigError, match="nothing was written"):
        init(tmp_path / "nieuw")
    assert [path.name for path in (tmp_path / "nieuw").iterdir()] == ["secrets"]


def test_share() -> None:
    """What is shipped is found: templates and config."""
    assert (share() / "templates" / "letter.txt.j2").is_file()
    assert (share() / "config" / "mailrouter.yaml").is_file()


def test_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worked example is right, down to the last warning, and routes its examples as they say."""
    monkeypatch.setattr(loading, "share", lambda: REPO)
    config = load(REPO / "config")
    assert check(config) == []
    assert run_examples(config, lambda raw, moment, routing: understand(Job(raw, len(raw), moment), routing)) == []
    assert len(config.routing.villages) == 7


@pytest.mark.parametrize("name", FILES)
def test_same_under_both_yamls(name: str) -> None:
    """The worked example reads the same under YAML 1.1 and 1.2."""
    text = (REPO / "config" / name).read_text()
    old, new = YAML(typ="safe", pure=True), YAML(typ="safe", pure=True)
    old.version, new.version = (1, 1), (1, 2)
    assert old.load(text) == new.load(text)


def test_schema(folder: Path) -> None:
    """The schema names every key of every file, as written, and no secret."""
    document = schema()
    assert list(document["properties"]) == list(FILES)
    mailbox = document["$defs"]["Mailbox"]["properties"]
    assert {"host", "port", "tls"} <= set(mailbox)
    assert "password" not in mailbox
    assert "key" not in document["$defs"]["Router"]["properties"]
    assert "pattern" in mailbox["timeout"]
    assert {"from", "until"} <= set(document["$defs"]["Term"]["properties"])
    assert document["$defs"]["Village"]["additionalProperties"] is False
    assert {"type": "string"} in document["$defs"]["Village"]["properties"]["officials"]["additionalProperties"][
        "anyOf"
    ]
    assert json.loads(json.dumps(document)) == document


words = st.text(alphabet=st.sampled_from(list("abk:-?[]{},#&*!|>'\"%@`\n\t ~<=0.é\x00\x85\ufeff")), max_size=60)


@given(words)
@settings(max_examples=400)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever stands in a file, reading it ends in values or in problems."""
    source, problems = reading.parse("x.yaml", text)
    assert source.data is not None or problems
    assert all(problem.line >= 0 and problem.message for problem in problems)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(name=st.sampled_from(FILES), data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_is_taken_or_refused(folder: Path, name: str, data: st.DataObject) -> None:
    """A config with anything anywhere in it loads or is refused; nothing else happens."""
    original = (folder / name).read_text()
    tree = YAML(typ="safe", pure=True).load(original)
    _set_somewhere(tree, data)
    (folder / name).write_text(json.dumps(tree, default=str))
    try:
        assert isinstance(load(folder), Config)
    except ConfigError as error:
        assert error.problems
    finally:
        (folder / name).write_text(original)


def _set_somewhere(tree: Any, data: st.DataObject) -> None:
    """Put a drawn value in a drawn place."""
    while True:
        key = data.draw(st.sampled_from(list(tree) if isinstance(tree, Mapping) else list(range(len(tree)))))
        inner = tree[key]
        if not isinstance(inner, Mapping | list) or not inner or data.draw(st.booleans()):
            tree[key] = data.draw(values)
            return
        tree = inner
