"""The check digits of what is planted hold, by libraries that the generator does not know."""

from collections.abc import Callable
from random import Random
from typing import Any

import phonenumbers
import pytest
from stdnum import iban, luhn
from stdnum.au import abn, acn, tfn
from stdnum.be import vat as be
from stdnum.de import vat as de
from stdnum.dk import cvr
from stdnum.es import dni
from stdnum.eu import vat as eu
from stdnum.gb import nhs
from stdnum.gb import vat as gb
from stdnum.us import itin, rtn, ssn

from burnish.methods.privacy.canaries import (
    dates,
    digits,
    network,
    numbers,
    online,
    papers,
    registers,
)

DRAWS = 200
EXACT: list[tuple[Callable[[Random], str], Any]] = [
    (numbers.tfn, tfn.is_valid),
    (numbers.abn, abn.is_valid),
    (numbers.acn, acn.is_valid),
    (numbers.ssn, ssn.is_valid),
    (numbers.itin, lambda text: "50" <= text[3:5] <= "65" or itin.is_valid(text)),
    (numbers.routing, rtn.is_valid),
    (numbers.nhs, nhs.is_valid),
    (numbers.iban, iban.is_valid),
    (numbers.card, luhn.is_valid),
    (numbers.vat_eu, eu.is_valid),
    (numbers.vat_gb, gb.is_valid),
    (registers.tfn_apart, lambda text: len(text) == 8 or tfn.is_valid(text)),
    (registers.abn_apart, abn.is_valid),
    (registers.acn_apart, acn.is_valid),
    (registers.ssn_apart, ssn.is_valid),
    (registers.nhs_apart, nhs.is_valid),
    (registers.iban_apart, iban.is_valid),
    (registers.card_apart, luhn.is_valid),
    (registers.vat_eu_apart, eu.is_valid),
    (registers.vat_gb_apart, lambda text: gb.is_valid(text.replace("XI", "GB"))),
    (registers.spanish_id, dni.is_valid),
]


@pytest.mark.parametrize(
    ("make", "valid"), EXACT, ids=lambda one: getattr(one, "__name__", "valid")
)
def test_planted_numbers_are_valid(make: Callable[[Random], str], valid: Any) -> None:
    written = [make(Random(seed)) for seed in range(DRAWS)]
    made = ["".join(filter(str.isalnum, text)).upper() for text in written]

    assert [text for text in made if not valid(text)] == []


def test_the_libraries_do_refuse_a_wrong_digit() -> None:
    assert not be.is_valid("BE0428759498")
    assert not de.is_valid("DE136695977")
    assert not cvr.is_valid("13585629")


def test_most_planted_telephone_numbers_are_in_the_numbering_plans() -> None:
    makers = {"AU": dates.phone_au, "US": dates.phone_us, "GB": dates.phone_gb}
    for region, make in makers.items():
        made = [make(Random(seed)) for seed in range(DRAWS)]
        valid = [phonenumbers.is_possible_number(phonenumbers.parse(t, region)) for t in made]
        assert sum(valid) >= 0.95 * DRAWS


@pytest.mark.parametrize(
    ("seed", "human", "version", "lead"),
    [(1, "bc", 0, "bc1q"), (2, "bc", 1, "bc1p"), (3, "ltc", 0, "ltc1q")],
)
def test_wallets_have_the_lead_of_their_version(
    seed: int, human: str, version: int, lead: str
) -> None:
    assert digits.bech32(Random(seed), human, version).startswith(lead)


def test_the_bech32_checksum_is_the_one_of_the_standard() -> None:
    """BIP 173 gives this address for the twenty bytes 751e76e8...3bd6."""

    class Given(Random):
        def randbytes(self, n: int) -> bytes:
            return bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6")

    assert digits.bech32(Given(), "bc", 0) == "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"


def test_the_base58_checksum_is_the_one_of_the_first_block() -> None:
    class Given(Random):
        def randbytes(self, n: int) -> bytes:
            return bytes.fromhex("62e907b15cbf27d5425399ebf6f0fb50ebb88f18")

    assert digits.base58_check(Given(), 0) == "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"


def test_of_a_page_only_the_telling_part_is_the_identifier() -> None:
    for seed in range(DRAWS):
        written = online.url(Random(seed))
        assert isinstance(written, tuple)
        assert "://" in written[0]
        assert written[1]
        assert "/" not in written[1]


def test_the_machine_readable_zone_has_the_check_digits_of_the_standard() -> None:
    """ICAO 9303, part 4, appendix B: L898902C36UTO7408122F1204159ZE184226B<<<<<10."""
    assert papers.check_digit("L898902C3") == "6"
    assert papers.check_digit("740812") == "2"
    assert papers.check_digit("120415") == "9"
    assert papers.check_digit("ZE184226B<<<<<") == "1"
    assert papers.check_digit("L898902C36" + "7408122" + "1204159" + "ZE184226B<<<<<1") == "0"
    assert {len(papers.zone(Random(seed))) for seed in range(DRAWS)} == {44}


def test_a_key_block_is_whole_and_a_link_gives_only_its_secret() -> None:
    made = [network.key(Random(seed)) for seed in range(DRAWS)]

    assert any(isinstance(one, str) and one.startswith("-----BEGIN ") for one in made)
    links = [one for one in made if isinstance(one, tuple)]
    assert all("://" not in secret and secret for _, secret, _ in links)
