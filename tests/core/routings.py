"""A small routing table for tests: two villages, four officials."""

from datetime import date
from typing import Any

from mailrouter.core.routing import Kinds, Official, Routing, Topic, Village
from mailrouter.core.settings import Folders, Limits

KINDS: dict[str, Any] = {
    "minutes": {"title": "Notulen", "to": ["ambassador", "area_manager"]},
    "complaint": {"title": "Klacht of wens", "to": ["ambassador", "portfolio_holder"], "cc": ["area_manager"]},
    "other": {"title": "Bericht", "to": ["area_manager"]},
}


def routing(**changes: Any) -> Routing:
    """The table, with some of its fields replaced."""
    values: dict[str, Any] = {
        "municipality": "gemeente Voorbeeld",
        "timezone": "Europe/Amsterdam",
        "address": "dorpsraden@gemeente.example",
        "own_addresses": ("dorpsraden@gemeente.example", "bewijs@gemeente.example"),
        "desk_name": "de balie",
        "desk": ("balie@gemeente.example",),
        "roles": {
            "ambassador": "ambassadeur",
            "area_manager": "gebiedsmanager",
            "portfolio_holder": "portefeuillehouder",
        },
        "villages": {"oosterdorp": oosterdorp(), "westerdorp": westerdorp()},
        "officials": {
            "veldzicht": Official(name="Anna Veldzicht", email="a.veldzicht@gemeente.example"),
            "oeverman": Official(name="Bert Oeverman", email="b.oeverman@gemeente.example"),
            "team-oost": Official(name="Team Oost", email="team.oost@gemeente.example"),
            "secretariaat": Official(name="Secretariaat", email="secretariaat@gemeente.example"),
        },
        "topics": {"verkeer": Topic(title="Verkeer", words=("verkeer", "drempel"), portfolio_holder="oeverman")},
        "kinds": Kinds.model_validate({"kinds": KINDS}),
        "folders": Folders(),
        "limits": Limits(),
        "trust": "none",
        "templates": {},
        "hash": "0123456789ab",
    }
    return Routing(**{**values, **changes})


def oosterdorp() -> Village:
    """Ambassador changes on 1 July 2026."""
    return Village.model_validate(
        {
            "name": "Oosterdorp",
            "senders": ["@dorpsraad-oosterdorp.example"],
            "also_called": ["Oosterdurp"],
            "officials": {
                "ambassador": [
                    {"official": "veldzicht", "until": date(2026, 6, 30)},
                    {"official": "oeverman", "from": date(2026, 7, 1)},
                ],
                "area_manager": "team-oost",
            },
        }
    )


def westerdorp() -> Village:
    """One address of a provider; no area manager."""
    return Village.model_validate(
        {
            "name": "Westerdorp",
            "senders": ["raad.westerdorp@provider.example"],
            "officials": {"ambassador": "veldzicht"},
        }
    )
