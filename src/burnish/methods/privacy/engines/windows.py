"""Long texts in pieces that overlap, so that a model's limit hides nothing."""

from collections.abc import Iterator, Sequence


def windows(text: str, size: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Stretches of at most `size` characters, each beginning `overlap` or so before the last ends.

    Cuts fall behind blanks where there is one within the overlap; all of the text is covered.
    """
    start = 0
    while len(text) - start > size:
        end = _blank_before(text, start + size, overlap)
        yield start, end
        start = max(_blank_before(text, end - overlap, overlap // 2), start + 1)
    yield start, len(text)


def _blank_before(text: str, place: int, reach: int) -> int:
    """The place behind the last blank within `reach` before `place`, or `place`."""
    for index in range(place, max(place - reach, 1), -1):
        if text[index - 1].isspace():
            return index
    return place


def runs(sizes: Sequence[int], most: int, count: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Stretches of at most `count` items whose sizes sum to at most `most`, overlapping.

    An item that is larger than `most` stands alone. Consecutive stretches share `overlap` items
    where they can.
    """
    start = 0
    while start < len(sizes):
        end, total = start, 0
        while end < len(sizes) and end - start < count and (end == start or total < most):
            if end > start and total + sizes[end] > most:
                break
            total += sizes[end]
            end += 1
        yield start, end
        if end == len(sizes):
            return
        start = max(end - overlap, start + 1)
