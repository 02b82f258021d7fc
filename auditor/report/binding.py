"""Tagged PDFs bound into one: pages, tags, bookmarks and the links within and between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pikepdf

_TO_PART = "packet:"  # an address in the first part that leads to another by its number


def page_count(made: bytes) -> int:
    """How many pages a PDF has."""
    import pikepdf

    with pikepdf.open(BytesIO(made)) as pdf:
        return len(pdf.pages)


def bind(parts: Sequence[bytes]) -> bytes:
    """The parts one after the other, as WeasyPrint made them; the first is their index.

    Each part keeps its tags, bookmarks and links.  An address ``packet:n`` of the index leads to
    the first page of part ``n``, the index itself being part 0.
    """
    import pikepdf

    whole = BytesIO()
    with pikepdf.open(BytesIO(parts[0])) as bound:
        tags = _Tags(bound)
        tags.take_in(bound, 0)
        starts = [0]
        for made in parts[1:]:
            starts.append(len(bound.pages))
            with pikepdf.open(BytesIO(made)) as part:
                bound.add_pages_from(part)
                tags.take_in(part, starts[-1])
        tags.put_in()
        for page in bound.pages[: starts[1] if len(starts) > 1 else None]:
            _lead_to_parts(page, [bound.pages[start] for start in starts])
        bound.save(
            whole,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return whole.getvalue()


def _lead_to_parts(page: pikepdf.Page, firsts: Sequence[pikepdf.Page]) -> None:
    """Turn the index's addresses of parts into links to their first pages."""
    from pikepdf import Array, Name

    for link in page.obj.get("/Annots", ()):
        if "/A" in link and str(link.A.get("/URI", "")).startswith(_TO_PART):
            number = int(str(link.A.URI).removeprefix(_TO_PART))
            del link["/A"]
            link.Dest = Array([firsts[number].obj, Name.Fit])
            link.Contents = f"Packet {number}"


class _Tags:
    """The trees of tags of all parts as one, which a copy of pages leaves behind."""

    def __init__(self, bound: pikepdf.Pdf) -> None:
        self._bound = bound
        self._roots: list[Any] = []
        self._parents: list[Any] = []  # a key and its elements in turn, as in a number tree
        self._next = 0
        self._part = 0

    def take_in(self, part: pikepdf.Pdf, first: int) -> None:
        """Take over the tags of a part whose pages stand from ``first`` on, counted from 0.

        They are copied after the pages: only then do they lead to the copied ones.
        """
        from pikepdf import Array

        tree = part.Root.StructTreeRoot
        own = part is self._bound
        copied = tree if own else self._bound.copy_foreign(part.make_indirect(tree))
        last = -1
        for page in self._bound.pages[first : first + len(part.pages)]:
            for thing, key in _keyed(page.obj):
                last = max(last, int(thing[key]))
                thing[key] = self._next + int(thing[key])
        numbers = copied.ParentTree.Nums
        for place in range(0, len(numbers), 2):
            self._parents += [self._next + int(numbers[place]), numbers[place + 1]]
            last = max(last, int(numbers[place]))
        for root in copied.K if isinstance(copied.K, Array) else (copied.K,):
            root.P = self._bound.Root.StructTreeRoot
            self._roots.append(root)
            _tell_cells_apart(root, self._part)
        self._next += last + 1
        self._part += 1

    def put_in(self) -> None:
        """Make what was taken in the tags of the bound file."""
        from pikepdf import Array, Dictionary

        tree = self._bound.Root.StructTreeRoot
        tree.K = Array(self._roots)
        tree.ParentTree = self._bound.make_indirect(Dictionary(Nums=Array(self._parents)))
        tree.ParentTreeNextKey = self._next


def _keyed(page: Any) -> Iterator[tuple[Any, str]]:
    """A page and its links, with the name of their key into the tree of tags."""
    if "/StructParents" in page:
        yield page, "/StructParents"
    for link in page.get("/Annots", ()):
        if "/StructParent" in link:
            yield link, "/StructParent"


def _tell_cells_apart(root: Any, part: int) -> None:
    """Give the ids of heading cells, and what names them, the number of their part."""
    from pikepdf import Array, Dictionary

    waiting = [root]
    while waiting:
        element = waiting.pop()
        if "/ID" in element:
            element.ID = f"{part}.{element.ID}"
        attributes = element.get("/A")
        if isinstance(attributes, Dictionary) and "/Headers" in attributes:
            attributes.Headers = Array([f"{part}.{name}" for name in attributes.Headers])
        children = element.get("/K")
        if isinstance(children, Dictionary):
            children = (children,)
        if isinstance(children, Array | tuple):  # else the number of a piece of the page
            waiting += [x for x in children if isinstance(x, Dictionary) and "/S" in x]
