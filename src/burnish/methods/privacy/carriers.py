"""Plain business prose without personal data, in which canaries are planted."""

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


def carriers(seed: int, count: int = 40) -> list[str]:
    """`count` documents of two to five sentences; the same seed, the same documents."""
    draw = Random(f"burnish carriers {seed}")
    return [" ".join(draw.sample(_SENTENCES, draw.randint(2, 5))) for _ in range(count)]
