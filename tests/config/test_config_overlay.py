"""The environment and the secrets folder lie over mailrouter.yaml, and no secret is ever shown."""

import pickle
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from mailrouter.config import Config, ConfigError, load

Edit = Callable[[str, str, str], None]
Problems = Callable[[], list[str]]

CANARY = "kanarie-4f8a1c9e7d2b6053-kanarie-vogel"


def secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None


def put(folder: Path, name: str, text: str, mode: int = 0o600) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(text)
    file.chmod(mode)
    return file


def test_environment_overrides(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting can be overridden, lists and mappings as JSON; sections that the file lacks too."""
    monkeypatch.setenv("MAILROUTER_MAILBOX__PORT", "1143")
    monkeypatch.setenv("mailrouter_mailbox__host", "127.0.0.1")
    monkeypatch.setenv("MAILROUTER_MAILBOX__TLS", "none")
    monkeypatch.setenv("MAILROUTER_DESK__ADDRESSES", '["desk@gemeente.example"]')
    monkeypatch.setenv("MAILROUTER_LIMITS__MAIL", "10 MB")
    monkeypatch.setenv("MAILROUTER_SCHEDULE__POLL", "5s")
    monkeypatch.setenv("MAILROUTER_ROLES__AMBASSADOR", "wijkambassadeur")
    monkeypatch.setenv("MAILROUTER_RECEIPTS__ADDRESS", "")
    settings = load(folder).settings
    assert (settings.mailbox.port, settings.mailbox.host, settings.mailbox.tls) == (1143, "127.0.0.1", "none")
    assert settings.desk.addresses == ("desk@gemeente.example",)
    assert settings.limits.mail == 10_000_000
    assert settings.schedule.poll == timedelta(seconds=5)
    assert settings.roles["ambassador"] == "wijkambassadeur"
    assert settings.receipts.address == "bewijs@gemeente.example"


def test_environment_section(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole section as JSON lies below single settings."""
    monkeypatch.setenv("MAILROUTER_MAILBOX", '{"host": "a.example", "user": "een"}')
    monkeypatch.setenv("MAILROUTER_MAILBOX__USER", "twee")
    mailbox = load(folder).settings.mailbox
    assert (mailbox.host, mailbox.user, mailbox.address) == ("a.example", "twee", "dorpsraden@gemeente.example")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MAILROUTER_MAILBOX__PORT", "veel", "port: should be a whole number"),
        ("MAILROUTER_MAILBOX__HOTS", "x", 'unknown key "hots"; did you mean "host"?'),
        ("MAILROUTER_MAILBX__HOST", "x", 'there is no section "mailbx" of settings; did you mean "mailbox"?'),
        ("MAILROUTER_DESK__ADDRESSES", "a@b", 'should be JSON: a list like ["a", "b"] or a mapping like {"a": "b"}'),
        ("MAILROUTER_DESK__ADDRESSES", '["balie"]', "balie: an address has an @"),
        ("MAILROUTER_ROUTER__KEY", "kort",
         "the router key is too short: 32 characters or more, as `mailrouter init` makes them"),
    ],
)  # fmt: skip
def test_environment_faults(
    problems: Problems, monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    """What is wrong in the environment is told with the name of the variable."""
    monkeypatch.setenv(name, value)
    assert problems() == [f"{name}: {expected}"]


def test_other_variables(problems: Problems, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Variables that are no settings are left alone."""
    monkeypatch.setenv("MAILROUTER_CONFIG", str(folder))
    assert problems() == []


def test_secrets_without(folder: Path) -> None:
    """A config without a single secret loads."""
    settings = load(folder).settings
    assert (settings.mailbox.password, settings.delivery.password, settings.router.key) == (None, None, None)


def test_secrets_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets come from files named like the variable, in any letter case; the environment goes first."""
    put(folder / "secrets", "mailrouter_mailbox__password", "uit het bestand\n")
    put(folder / "secrets", "MAILROUTER_Delivery__Password", " met spaties \r\n")
    put(folder / "secrets", "mailrouter_router__key", "0" * 64)
    put(folder / "secrets", ".gitignore", "*")
    monkeypatch.setenv("MAILROUTER_MAILBOX__PASSWORD", '{"geen": "json"}')
    config = load(folder)
    assert secret(config.settings.mailbox.password) == '{"geen": "json"}'
    assert secret(config.settings.delivery.password) == " met spaties "
    assert secret(config.settings.router.key) == "0" * 64
    assert config.warnings == ()


def test_secrets_folder_elsewhere(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """$MAILROUTER_SECRETS goes before systemd's credentials, and those before the config's own folder."""
    for name in ("own", "systemd", "named"):
        put(tmp_path / name, "mailrouter_mailbox__password", name)
    (tmp_path / "own").rename(folder / "secrets")
    assert secret(load(folder).settings.mailbox.password) == "own"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "systemd"))
    assert secret(load(folder).settings.mailbox.password) == "systemd"
    monkeypatch.setenv("MAILROUTER_SECRETS", str(tmp_path / "named"))
    assert secret(load(folder).settings.mailbox.password) == "named"


def test_secrets_folder_missing(problems: Problems, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secrets folder that was named has to be there."""
    monkeypatch.setenv("MAILROUTER_SECRETS", "/nergens")
    assert problems() == ["/nergens: there is no such folder, though $MAILROUTER_SECRETS names it"]


def test_secret_readable_by_others(
    folder: Path, tmp_path: Path, problems: Problems, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that others can read is refused, but for systemd's credentials."""
    file = put(folder / "secrets", "mailrouter_mailbox__password", CANARY, 0o640)
    assert problems() == [
        f"secrets/{file.name}: others can read this secret (mode 0640); run: chmod 600 secrets/{file.name}"
    ]
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder / "secrets"))
    assert problems() == []


def test_secrets_folder_faults(folder: Path, problems: Problems) -> None:
    """Files with another name are never passed over in silence; empty and binary secrets are refused."""
    put(folder / "secrets", "mailrouter_mailbox_password", CANARY)
    put(folder / "secrets", "mailrouter_delivery__password", "\n")
    put(folder / "secrets", "mailrouter_router__key", "").write_bytes(b"\xff" * 64)
    assert problems() == [
        "secrets/mailrouter_delivery__password: this secret is empty",
        "warning secrets/mailrouter_mailbox_password: this is not the name of a secret; "
        'did you mean "mailrouter_mailbox__password"?; the file is not used',
        "secrets/mailrouter_router__key: this secret is not UTF-8 text",
    ]


def test_secret_in_yaml(folder: Path, edit: Edit, problems: Problems) -> None:
    """A secret in mailrouter.yaml is refused, and told where it belongs."""
    edit("mailrouter.yaml", "user: dorpsraden", f"user: dorpsraden\n  password: {CANARY}")
    assert problems() == [
        "mailrouter.yaml:14:3: a secret does not belong in this file; set MAILROUTER_MAILBOX__PASSWORD in the "
        "environment or write it to mailrouter_mailbox__password in the secrets folder, and choose a new one"
    ]


def shown(config: Config) -> str:
    """Everything a log, a status page or a traceback could make of a config."""
    return " ".join(
        [repr(config), str(config), repr(config.settings), repr(config.tables), repr(config.tables.sources)]
        + [repr(source.data) + repr(source.keys) for source in config.tables.sources.values()]
        + [config.settings.model_dump_json(), repr(config.settings.model_dump()), config.routing.model_dump_json()]
    )


@pytest.mark.parametrize("name", ["MAILBOX__PASSWORD", "DELIVERY__PASSWORD", "ROUTER__KEY"])
def test_canary(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A secret is nowhere to be seen in a config, wherever it came from, and does not travel with the routing."""
    monkeypatch.setenv(f"MAILROUTER_{name}", CANARY)
    config = load(folder)
    assert CANARY not in shown(config)
    assert CANARY.encode() not in pickle.dumps(config.routing)
    monkeypatch.delenv(f"MAILROUTER_{name}")
    put(folder / "secrets", f"mailrouter_{name.lower()}", CANARY)
    assert CANARY not in shown(load(folder))


def test_canary_section(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret inside a section given as JSON is as well hidden."""
    monkeypatch.setenv("MAILROUTER_ROUTER", f'{{"key": "{CANARY}"}}')
    config = load(folder)
    assert secret(config.settings.router.key) == CANARY
    assert CANARY not in shown(config)


@pytest.mark.parametrize(
    "written",
    [
        "password: {}", "password: '{}", "password: *{}", "password: !{}", "password: !x!{} y", "password: [{}]",
        "password: &{} x", "password: @{}", "password: {}: x", 'password: "\\{}"', "password: {{{}: x}}",
        "wachtwoord: {}",
    ],
)  # fmt: skip
def test_canary_in_errors(folder: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """Not even a secret that was put in the file, in whatever broken way, comes back in an error."""
    edit("mailrouter.yaml", "user: dorpsraden", "user: dorpsraden\n  " + written.format(CANARY))
    monkeypatch.setenv("MAILROUTER_DELIVERY", f'{{"password": "{CANARY}')
    monkeypatch.setenv("MAILROUTER_ROUTER__KEY", CANARY[:30])
    put(folder / "secrets", "mailrouter_router__key", CANARY, 0o644)
    with pytest.raises(ConfigError) as caught:
        load(folder)
    told = f"{caught.value} {caught.value!r} {caught.value.problems} {caught.value.__cause__}"
    assert CANARY[:30] not in told
    assert len(caught.value.problems) >= 3
