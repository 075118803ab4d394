"""YAML files as plain values that remember where each of them stands.

Every scalar is read as the text that is written there (null excepted); the models give it its meaning. So no reader's
idea of `no`, `08:00` or `0123` can change a value. Anchors, tags and merge keys are refused: administrators' files
need none, and without them a small file cannot blow up into a large one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from mailrouter.config.problem import Place, Problem

KeyPath = tuple[str | int, ...]
"""Where a value is: keys and list indexes from the top of the file."""

_NULL = {"", "~", "null", "Null", "NULL"}
_OTHERWISE_IN_YAML_1_1 = re.compile(
    r"y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF"  # booleans
    r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"  # base 60: 19:30 is 1170
    r"|[-+]?0[0-7_]+"  # octal
    r"|[-+]?[0-9]+_[0-9_]*"
)
_PLAIN_WORDS = (
    (r"character '\\t'", "a tab cannot be used to indent; use spaces"),
    (r"character '(.)' that cannot", r'a value that begins with \1 needs quotes: "\1…"'),
    (
        r"mapping values are not allowed",
        "a value with a colon in it needs quotes, and a key stands on a line of its own",
    ),
    (r"sequence entries are not allowed", 'a list begins on the next line, each item after "- "'),
    (r"unexpected end of stream", "this text is opened with a quote that is never closed"),
    (r"expected <block end>", "the indentation does not fit the lines above"),
    (r"undefined alias", 'a value that begins with * needs quotes: "*…"'),
    (r"tag", 'a value that begins with ! needs quotes: "!…"'),
    (r"another document", "the file holds a second document; write everything under one, without ---"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """What a file says. `data` is None when it could not be read; `places` knows each key and value by its path."""

    file: str
    data: Any = field(default=None, repr=False)
    keys: Mapping[KeyPath, Place] = field(default_factory=dict, repr=False)
    values: Mapping[KeyPath, Place] = field(default_factory=dict, repr=False)

    def key(self, path: KeyPath) -> Place:
        """Where the key of that value stands (for a list item: the item); else the nearest one around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.keys:
                return self.keys[path[:length]]
        return Place(self.file, 1, 1) if self.data is not None else Place(self.file)

    def spot(self, path: KeyPath) -> Place:
        """Where to point for that value: at plain text itself, at the key of anything larger or missing."""
        at: Any = self.data
        try:
            for name in path:
                at = at[name]
        except (KeyError, IndexError, TypeError):
            return self.key(path)
        return self.key(path) if isinstance(at, dict | list) else self.values.get(path, self.key(path))


def read(path: Path) -> tuple[Source, list[Problem]]:
    """Read a YAML file; whatever is wrong with it comes back as problems, never as an exception."""
    file = str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return Source(file), [Place(file).problem("the file is missing; `mailrouter init` shows what belongs in it")]
    except OSError as error:
        return Source(file), [Place(file).problem(f"the file cannot be read: {error.strerror}")]
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return Source(file), [Place(file, line, 1).problem("this is not UTF-8 text; save the file as UTF-8")]
    return parse(file, text)


def parse(file: str, text: str) -> tuple[Source, list[Problem]]:
    """The same for text that is in memory."""
    try:
        top = _tree(text)
    except ReaderError as error:
        place = _place_of(file, text, error.position)
        return Source(file), [place.problem(f"the character U+{error.character:04X} cannot stand in a YAML file")]
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        return Source(file), [place.problem(_plain_words(error.problem or ""))]
    except RecursionError:
        return Source(file), [Place(file).problem("the file is nested too deep")]
    except (YAMLError, ValueError, LookupError, TypeError, AttributeError) as error:
        # ruamel.yaml lets its own slips on odd input through: still a fault of the file, never ours to die of
        return Source(file), [Place(file).problem(f"the file is not YAML ({type(error).__name__})")]
    reader = _Reader(file)
    data = None if top is None else reader.value(top, ())
    if data is None and not reader.problems:
        return Source(file), [Place(file).problem("the file is empty; write {} (or [] for examples) if that is meant")]
    return Source(file, data, reader.keys, reader.values), reader.problems


@lru_cache(maxsize=16)
def _tree(text: str) -> Node | None:
    """The nodes of a text; None if it has none. Raises what ruamel.yaml raises.

    Parsing takes most of the time of a reload, at which most files say what they said before.
    """
    tree: Node | None = YAML(typ="safe", pure=True).compose(text)
    return tree


def _plain_words(problem: str) -> str:
    for pattern, words in _PLAIN_WORDS:
        if match := re.search(pattern, problem):
            return match.expand(words)
    # what ruamel.yaml quotes could be part of a secret that should not have been here
    return "this is not YAML: " + re.sub(r"'(?!<)[^']{2,}'|\"[^\"]{2,}\"", "this", problem)


def _place_of(file: str, text: str, position: int) -> Place:
    before = text[:position]
    return Place(file, before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)


class _Reader:
    """Walks a tree of YAML nodes once, gathering values, places and problems."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.keys: dict[KeyPath, Place] = {}
        self.values: dict[KeyPath, Place] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def value(self, node: Node, path: KeyPath) -> Any:
        """The plain value of a node: text, None, list or dict."""
        place = self.values[path] = self._place_of_value(node, path)
        if refused := self._refused(node):
            self.problems.append(place.problem(refused))
            return node.value if isinstance(node, ScalarNode) else None
        self._seen.add(id(node))
        if isinstance(node, ScalarNode):
            return self._scalar(node, place)
        if isinstance(node, SequenceNode):
            return [self._item(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, MappingNode):
            return dict(self._entries(node, path))
        raise TypeError(f"a YAML node of another kind: {type(node).__name__}")

    def _place_of_value(self, node: Node, path: KeyPath) -> Place:
        """Where the value stands; its key when it is empty or an alias, whose own marks are elsewhere."""
        empty = isinstance(node, ScalarNode) and node.style is None and not node.value
        return self.keys.get(path, self._place(node)) if empty or id(node) in self._seen else self._place(node)

    def _refused(self, node: Node) -> str:
        if id(node) in self._seen:
            return "an alias (*name) is not read here; write the value out"
        if not str(node.tag).startswith("tag:yaml.org,2002:"):
            return 'a value that begins with ! needs quotes: "!…"'
        return ""

    def _item(self, node: Node, path: KeyPath) -> Any:
        self.keys[path] = self._place(node)
        return self.value(node, path)

    def _entries(self, node: MappingNode, path: KeyPath) -> Iterator[tuple[str, Any]]:
        known: dict[str, Place] = {}
        for key_node, value_node in node.value:
            place = self._place(key_node)
            if not isinstance(key_node, ScalarNode) or key_node.value == "<<":
                self.problems.append(
                    place.problem("a key should be a plain word; lists and merge keys (<<) are not read")
                )
                continue
            key = str(self._scalar(key_node, place) or "")
            if key in known:
                self.problems.append(place.problem(f'"{key}" stands here twice, first on line {known[key].line}'))
                continue
            known[key] = self.keys[(*path, key)] = place
            yield key, self.value(value_node, (*path, key))

    def _scalar(self, node: ScalarNode, place: Place) -> str | None:
        text = str(node.value)
        if node.style is None:
            if text in _NULL:
                return None
            if _OTHERWISE_IN_YAML_1_1.fullmatch(text):
                message = f'{text} means something else to some YAML readers; write "{text}" in quotes'
                if text.isalpha():
                    message += ", or true or false"
                self.problems.append(place.problem(message, "warning"))
        return text

    def _place(self, node: Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)
