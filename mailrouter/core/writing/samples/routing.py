"""The routing table that samples have when no config gives them one."""

from mailrouter.core.routing import Kind, Kinds, Routing, Village
from mailrouter.core.settings import Folders, Limits

_TITLES = {
    "minutes": "Notulen",
    "invitation": "Uitnodiging",
    "complaint": "Klacht of wens",
    "idea": "Idee",
    "project": "Project",
    "other": "Bericht",
}
ROUTING = Routing(
    municipality="gemeente Voorbeeld",
    timezone="Europe/Amsterdam",
    address="dorpsraden@gemeente.example",
    own_addresses=("dorpsraden@gemeente.example",),
    desk_name="de balie",
    desk=("balie@gemeente.example",),
    roles={"ambassador": "wijkambassadeur", "area_manager": "gebiedsmanager", "department": "vakafdeling"},
    villages={"oosterdorp": Village(name="Oosterdorp"), "westerdorp": Village(name="Westerdorp")},
    officials={},
    topics={},
    kinds=Kinds(kinds={key: Kind(title=title, expects="Lees deze mail.") for key, title in _TITLES.items()}),
    folders=Folders(),
    limits=Limits(),
    trust="none",
    templates={},
    hash="",
)
