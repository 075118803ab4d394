"""The little YAML that lessons are written in: quoted words and evidence on a line, alike in YAML 1.1 and 1.2."""

import json
from collections.abc import Sequence


def quoted(words: str) -> str:
    """The words in double quotes, bare where a plain key may stand."""
    if words.isascii() and words.replace("-", "").replace("_", "").isalpha() and words not in _SPECIAL:
        return words
    return json.dumps(words, ensure_ascii=False)


_SPECIAL = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def evidence(form: str, name: str, weight: float, where: Sequence[str] = ()) -> str:
    """A line of a kind's evidence."""
    words = f"'{name.replace(chr(39), 2 * chr(39))}'" if form == "pattern" else json.dumps(name, ensure_ascii=False)
    zones = f", where: [{', '.join(where)}]" if where else ""
    return f"        - {{{form}: {name if form == 'sign' else words}, weight: {weight:.1f}{zones}}}"
