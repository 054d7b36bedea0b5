import stdnum.eu.vat
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from burnish.methods.privacy.detect import RuleDetector
from burnish.methods.privacy.rules import REGIONS, rules_for
from burnish.methods.privacy.spans import (
    CATEGORIES,
    DEFAULT_CATEGORIES,
    MODEL_CATEGORIES,
    REGIONS_OF,
)

_SEPARATORS = st.sampled_from(("", " ", "-"))


def _found(category: str, text: str) -> list[str]:
    spans = RuleDetector(categories=(category,), scan=False).detect([text])[0]
    return [text[s.start : s.end] for s in spans]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 999), st.integers(0, 99), st.integers(0, 9999))
def test_an_ssn_is_found_exactly_where_it_can_be_issued(area: int, group: int, serial: int) -> None:
    written = f"{area:03}-{group:02}-{serial:04}"
    issued = area not in (0, 666) and area < 900 and group > 0 and serial > 0
    assume(written != "123-45-6789")

    assert _found("SSN", f"it says {written} there") == ([written] if issued else [])


@settings(max_examples=50, deadline=None)
@given(st.text("0123456789", min_size=9, max_size=9), st.integers(0, 9))
def test_an_nhs_number_is_found_exactly_with_its_check_digit(digits: str, last: int) -> None:
    total = sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True))
    check = (11 - total % 11) % 11
    number = digits + str(last)
    assume(len(set(number)) > 1)

    assert _found("NHS", f"NHS number {number}") == ([number] if last == check else [])


@settings(max_examples=50, deadline=None)
@given(st.text("0123456789", min_size=8, max_size=8), st.integers(0, 9), _SEPARATORS)
def test_a_german_vat_number_without_a_label_needs_its_check_digit(
    digits: str, last: int, joint: str
) -> None:
    assume(digits[0] != "0")
    plain = f"DE{digits}{last}"
    written = joint.join(("DE", digits[:3], digits[3:6], digits[6:] + str(last)))
    text = f"invoice {written} paid"

    assert _found("VAT", text) == ([written] if stdnum.eu.vat.is_valid(plain) else [])


@settings(max_examples=50, deadline=None)
@given(st.from_regex(r"[A-Z]{2}[0-9]{6}[A-E]", fullmatch=True), st.sampled_from(("", " ")))
def test_a_nino_is_found_exactly_with_an_allocated_prefix_and_suffix(
    plain: str, joint: str
) -> None:
    refused = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
    allocated = (
        plain[0] not in "DFIQUV"
        and plain[1] not in "DFIOQUV"
        and plain[:2] not in refused
        and plain[-1] in "ABCD"
    )
    written = joint.join((plain[:2], plain[2:4], plain[4:6], plain[6:8], plain[8]))

    assert _found("NINO", f"form {written} sent") == ([written] if allocated else [])


def test_every_default_category_has_a_rule_and_the_models_have_none() -> None:
    ruled = {rule.category for rule in rules_for(CATEGORIES, REGIONS)}

    assert ruled == set(DEFAULT_CATEGORIES)
    assert ruled.isdisjoint(MODEL_CATEGORIES)


def test_the_rules_of_a_bound_category_hold_in_its_regions_only() -> None:
    for rule in rules_for(CATEGORIES, REGIONS):
        bound = REGIONS_OF.get(rule.category)
        if bound:
            assert rule.regions, rule.category
            assert set(rule.regions) <= set(bound)
    assert set(REGIONS_OF) <= set(DEFAULT_CATEGORIES)
