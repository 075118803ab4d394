"""The text of a document as it grows: paragraphs as lines, table rows as "a | b"."""

ENOUGH = 200_000
"""Characters of text; nothing more is read of a file."""


class EnoughError(Exception):
    """There is enough text."""


class Page:
    """Takes text, paragraphs and tables in the order of the document; EnoughError when there is enough."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._paragraph: list[str] = []
        self._rows: list[list[list[str]]] = []
        """The rows that are open, each with its cells, each with its lines."""
        self._length = 0

    def add(self, text: str) -> None:
        """Text inside the paragraph."""
        self._paragraph.append(text[:ENOUGH])
        self._count(len(text))

    def end_paragraph(self, label: str = "") -> None:
        """The paragraph ends; `label` is the number or bullet shown before it, if it has text."""
        text = "".join(self._paragraph).strip()
        self._paragraph = []
        self._write(f"{label} {text}" if label and text else text)
        self._count(len(label) + 1)

    def has_text(self) -> bool:
        """Whether the paragraph has text already."""
        return any(text.strip() for text in self._paragraph)

    def begin_row(self) -> None:
        """A table row begins, perhaps inside a cell of another one."""
        self._rows.append([])
        self._count(1)

    def begin_cell(self) -> None:
        """A cell of the row begins."""
        if self._rows:
            self._rows[-1].append([])
            self._count(1)

    def end_row(self) -> None:
        """The row ends, and is written as one line."""
        if self._rows:
            cells = (" ".join(filter(None, lines)) for lines in self._rows.pop())
            self._write(" | ".join(filter(None, cells)))

    def text(self) -> str:
        """All lines, with what is still open: paragraph, cells, rows."""
        if self._paragraph:
            self._write("".join(self._paragraph))
            self._paragraph = []
        while self._rows:
            self.end_row()
        return "\n".join(self._lines).strip("\n")

    def _write(self, line: str) -> None:
        """A line on the page, or in the cell that is open."""
        if self._rows and self._rows[-1]:
            self._rows[-1][-1].append(line)
        else:
            self._lines.append(line)

    def _count(self, characters: int) -> None:
        self._length += characters
        if self._length > ENOUGH:
            raise EnoughError


def letter(number: int, first: str) -> str:
    """ "a", "b", … or "A", "B", … for 1 to 26, as `first` is; else the number."""
    return chr(ord(first) + number - 1) if 1 <= number <= 26 else str(number)
