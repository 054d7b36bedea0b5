"""How many of Presidio's own published recogniser cases burnish's rules get right.

    python benchmarks/presidio_cases.py PATH_TO_PRESIDIO/presidio-analyzer/tests

The cases are read from a checkout of Presidio (MIT licence); none are shipped here. A case counts
as found when every expected position is covered, under whatever category: what is masked is
masked. A case that expects nothing is clean when nothing of the mapped category is found. Three
kinds are told apart, because a score without them would be flattery or nonsense: `weak`, where
Presidio itself scores a bare form below 0.4 and asks for a context word; `apart`, where we disagree
on purpose (the reason stands in `APART`); and dates, which are asked as dates of birth.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from burnish.methods.privacy.detect import RuleDetector

FILES = {
    "email": "EMAIL", "phone": "PHONE", "credit_card": "CARD", "iban": "IBAN", "ip": "IP",
    "mac": "MAC", "crypto": "CRYPTO", "url": "URL", "date": "DATE_OF_BIRTH", "us_ssn": "SSN",
    "us_itin": "ITIN", "us_passport": "PASSPORT", "us_driver_license": "DRIVER_LICENCE",
    "us_bank": "BANK_ACCOUNT", "aba_routing": "BANK_ACCOUNT", "au_bank_details": "BANK_ACCOUNT",
    "au_abn": "ABN", "au_acn": "ACN", "au_tfn": "TFN", "au_medicare": "MEDICARE", "uk_nhs": "NHS",
    "uk_nino": "NINO", "uk_passport": "PASSPORT", "uk_driving_licence": "DRIVER_LICENCE",
    "uk_vehicle_registration": "LICENCE_PLATE", "de_passport": "PASSPORT",
    "de_vat_id": "VAT", "it_vat_code": "VAT", "it_passport": "PASSPORT",
    "it_driver_license": "DRIVER_LICENCE", "es_passport": "PASSPORT", "de_kfz": "LICENCE_PLATE",
    "de_fuehrerschein": "DRIVER_LICENCE", "api_key": "SECRET",
}  # fmt: skip
"""Presidio's test files (`test_NAME_recognizer.py`) and the category each belongs to."""

APART = {
    "::1": "the loopback address is nobody's", "127.0.0.1": "the loopback address is nobody's",
    "255.255.255.255": "the broadcast address is nobody's",
    "0.0.0.0": "the unspecified address is nobody's",
    "192.168.1.1.1": "five numbers are a version or an object identifier",
    "microsoft": "a link that says nothing of its reader", "webhook.site": "the same",
    "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed": "an address in one case is an address (EIP-55)",
    "122000000000003": "Airplus begins with 1: no issuer of ISO/IEC 7812 payment cards",
    "de 136 695 976": "in small letters and groups, 'de' is a word of five languages",
    "0032698674": "ten bare digits pass the check of the NHS one time in eleven",
}  # fmt: skip
_WEAK = 0.4


@dataclass(frozen=True)
class Case:
    """A text, where identifiers are expected in it, how many, and Presidio's score for them."""

    text: str
    positions: tuple[tuple[int, int], ...]
    count: int
    score: float


def cases_of(path: Path) -> Iterator[Case]:
    """The cases of every `pytest.mark.parametrize` of a file that has a text and what to expect."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.parametrize"):
            names = [name.strip() for name in str(_value(node.args[0])).split(",")]
            rows = node.args[1].elts if isinstance(node.args[1], ast.List | ast.Tuple) else []
            for row in rows if "text" in names and len(names) > 1 else []:
                values = _value(row)
                if isinstance(values, tuple | list):
                    yield from _case(dict(zip(names, values, strict=False)))


def _value(node: ast.expr) -> object:
    """What a literal says (f-strings without a field are strings); None if it is no literal."""
    plain = ast.Expression(_Plain().visit(node))
    try:
        return ast.literal_eval(plain)
    except ValueError:
        return None


class _Plain(ast.NodeTransformer):
    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        return ast.Constant("".join(map(str, parts))) if len(parts) == len(node.values) else node


def _case(row: dict[str, object]) -> Iterator[Case]:
    text, positions = row.get("text"), row.get("expected_positions")
    if not isinstance(text, str):
        return
    pairs = tuple((p[0], p[1]) for p in positions) if isinstance(positions, tuple | list) else ()
    count = row.get("expected_len")
    scores = row.get("expected_score_ranges") or row.get("score") or row.get("expected_score")
    yield Case(text, pairs, count if isinstance(count, int) else len(pairs), _highest(scores))


def _highest(scores: object) -> float:
    """The highest score Presidio expects; 1 where it says none."""
    if isinstance(scores, tuple | list):
        return max((_highest(score) for score in scores), default=1.0)
    return float(scores) if isinstance(scores, int | float) else 1.0


def verdict(detector: RuleDetector, case: Case, category: str) -> str:
    """`found`, `missed`, `clean`, `wrong`, `weak` (found or not) or `apart`."""
    text, positions = case.text, case.positions
    if category == "DATE_OF_BIRTH" and positions:
        lead = "Date of birth: "
        (first, last), *_ = positions
        text, positions = lead + text[first:last], ((len(lead), len(lead) + last - first),)
    spans = detector.detect([text])[0]
    covered = {place for span in spans for place in range(span.start, span.end)}
    if case.count:
        right = all(covered.issuperset(range(*p)) for p in positions) and bool(spans)
        told = "found" if right else "missed"
    else:
        told = "wrong" if any(span.category == category for span in spans) else "clean"
    if told in ("missed", "wrong"):
        if any(part in case.text for part in APART):
            return "apart"
        return "weak" if told == "missed" and case.score < _WEAK else told
    return told


def main() -> None:
    """Prints one line for each file and the total."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tests", type=Path, help="the folder presidio-analyzer/tests")
    parser.add_argument("--show", action="store_true", help="print each case missed or wrong")
    asked = parser.parse_args()
    detector = RuleDetector()
    total = dict.fromkeys(("found", "missed", "clean", "wrong", "weak", "apart"), 0)
    for name, category in FILES.items():
        path = asked.tests / f"test_{name}_recognizer.py"
        if path.exists():
            _tell(
                name,
                category,
                [(c, verdict(detector, c, category)) for c in cases_of(path)],
                total,
                asked.show,
            )
    found = total["found"] / max(total["found"] + total["missed"], 1)
    print("total", total, f"positives found whole {found:.1%}")


def _tell(
    name: str, category: str, judged: list[tuple[Case, str]], total: dict[str, int], show: bool
) -> None:
    counts = dict.fromkeys(total, 0)
    for case, told in judged:
        counts[told] += 1
        total[told] += 1
        if show and told in ("missed", "wrong"):
            print("   ", told, repr(case.text), case.positions)
    print(
        f"{name:26}{category:16}",
        " ".join(f"{key} {count}" for key, count in counts.items() if count),
    )


if __name__ == "__main__":
    main()
