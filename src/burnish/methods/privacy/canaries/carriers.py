"""The documents that canaries are planted in: the job's own, and plain prose to fill up."""

import hashlib
import heapq
from collections.abc import Iterable, Sequence
from random import Random

_SENTENCES = (
    "The order left the depot two days late and the tracking page did not change.",
    "Please check whether the second instalment was booked against the right contract.",
    "The treatment plan was reviewed on the ward round and remains unchanged.",
    "After the update the portal asks for the same confirmation again and again.",
    "Clause four limits the liability of the supplier to the value of the goods.",
    "The meter was read twice this quarter and both values look too high.",
    "We have tried another browser and the form still loses what was typed.",
    "The tenant reports water under the sink in the kitchen since the weekend.",
    "Kindly confirm that the account can be closed at the end of the month.",
    "The committee asked for a shorter summary with the main risks first.",
    "Her application was complete and can go to the next stage of the review.",
    "The pump runs hot after an hour and the filter has been replaced already.",
    "Could you tell me which documents are needed to renew the policy?",
    "The report was filed on time, but one of the annexes is missing.",
    "Thank you for the quick help yesterday, everything works again.",
    "The parcel was returned to the sender because nobody was at home.",
)


def drawn(seed: int, documents: Iterable[tuple[str, str]], count: int) -> list[str]:
    """The `count` texts whose row id hashes lowest with the seed; empty texts are left out.

    `documents` are (row id, text). Which are drawn does not depend on their order.
    """
    ranked = ((_rank(seed, row), text) for row, text in documents if text.strip())
    return [text for _, text in heapq.nsmallest(count, ranked)]


def filled(seed: int, own: Sequence[str], count: int) -> list[str]:
    """The job's own documents and as many built-in ones as are missing to `count`."""
    return [*own, *carriers(seed, max(0, count - len(own)))]


def carriers(seed: int, count: int = 40) -> list[str]:
    """`count` documents of two to five sentences; the same seed, the same documents."""
    draw = Random(f"burnish carriers {seed}")
    return [" ".join(draw.sample(_SENTENCES, draw.randint(2, 5))) for _ in range(count)]


def _rank(seed: int, row: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{row}".encode("utf-8", "surrogatepass")).digest()
