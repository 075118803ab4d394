"""The town of the catalogue: the worked example, with a server whose word counts and low limits on size."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.catalogue.making import FOREIGN, OUR_SERVER

KEY = bytes(range(32)).hex()
"""The router key, so that letters of ours can be made that nobody sent."""
LARGEST_READ, LARGEST = 1_500_000, 2_500_000
"""limits.read and limits.mail (octets): what happens at 25 and 50 MB happens here at less."""


def furnish(config: Path) -> None:
    """Change the files of a config folder that holds the worked example."""
    settings = _yaml(config / "mailrouter.yaml")
    settings["authentication"]["trust"] = OUR_SERVER
    settings.setdefault("limits", {}).update({"read": LARGEST_READ, "mail": LARGEST})
    YAML().dump(settings, config / "mailrouter.yaml")
    villages = _yaml(config / "villages.yaml")
    villages["zuiderbroek"]["senders"].append("@" + FOREIGN.encode("idna").decode())
    YAML().dump(villages, config / "villages.yaml")
    secret = config / "secrets" / "mailrouter_router__key"
    secret.write_text(KEY)
    secret.chmod(0o600)


def _yaml(path: Path) -> Any:
    return YAML().load(path)
