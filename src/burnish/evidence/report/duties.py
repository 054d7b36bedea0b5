"""Which duties of law and standards each family of gates is evidence for.

EU AI Act: Regulation (EU) 2024/1689, articles 9, 10 and 15 and annex IV point 2(g). NIST AI RMF
1.0 (2023), subcategories of MEASURE 2. OWASP Top 10 for LLM Applications, list of 2025.
"""

from __future__ import annotations

_TESTS = "EU AI Act annex IV 2(g)"

DUTIES: dict[str, str] = {
    "domain": f"NIST MEASURE 2.5; EU AI Act art. 15(1), {_TESTS}",
    "forgetting": f"NIST MEASURE 2.5; EU AI Act art. 15(1), {_TESTS}",
    "safety": f"NIST MEASURE 2.6; EU AI Act art. 9(6), {_TESTS}",
    "over_refusal": f"NIST MEASURE 2.5; {_TESTS}",
    "bias": f"NIST MEASURE 2.11; EU AI Act art. 10(2)(f), {_TESTS}",
    "alignment": f"NIST MEASURE 2.6; EU AI Act art. 9(6), {_TESTS}",
    "drift": f"NIST MEASURE 2.6; {_TESTS}",
    "toxicity": f"NIST MEASURE 2.6; {_TESTS}",
    "injection": f"OWASP LLM01:2025; NIST MEASURE 2.7; EU AI Act art. 15(5), {_TESTS}",
    "robustness": f"NIST MEASURE 2.5; EU AI Act art. 15(4), {_TESTS}",
    "calibration": f"NIST MEASURE 2.5; EU AI Act art. 15(1), {_TESTS}",
    "memorisation": f"OWASP LLM02:2025; NIST MEASURE 2.10; {_TESTS}",
    "extraction": f"OWASP LLM02:2025; NIST MEASURE 2.10; {_TESTS}",
    "regurgitation": f"OWASP LLM02:2025; NIST MEASURE 2.10; {_TESTS}",
    "membership": f"OWASP LLM02:2025; NIST MEASURE 2.10; {_TESTS}",
    "backdoor": f"OWASP LLM04:2025; NIST MEASURE 2.7; EU AI Act art. 15(5), {_TESTS}",
    "parity": f"NIST MEASURE 2.5; EU AI Act art. 15(1), {_TESTS}",
}
