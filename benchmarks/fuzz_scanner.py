"""Fuzzing of the detector by rule: hostile text must not crash it, part it or stall it.

    python benchmarks/fuzz_scanner.py --minutes 5
    python benchmarks/fuzz_scanner.py --hostile 1000000

Texts are drawn at random from bits that rules, views and scan react to, and from any Unicode. Of
each it is asked that the scan changes no find, that spans are sorted, disjoint and inside the text,
that masking leaves the rest as it was and that the masked text holds nothing more. The same seed
draws the same texts; a failure prints the text. `--hostile N` times one bit repeated to N and to
N / 2 characters, for each of a list of bits that invite backtracking: twice the text may take at
most three times as long.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from itertools import pairwise

from burnish.methods.privacy.detect import RuleDetector
from burnish.methods.privacy.replace import mask

BITS = (
    "John Smith", "Dear Mary,", "jane@example.org", "0412 345 678", "TFN 876 543 210",
    "DOB 12/03/1984", "My name is ", "password: hunter22!", "https://a.org/u?id=3&email=x@y.org",
    "12 George Street, Sydney NSW 2000", "é", "\u200b", "&#64;", "&amp;", "%40", "ı", "\ud800",
    "[PERSON]", "[", "  ", "\n", " ", "-", ".", ":", "=", "@", "4012 8888 8888 1881", "中文", "İ",
    "ß", "/", "GB29 NWBK 6016 1331 9268 19", "fe80::1:2", "10.1.2.3", "O'Brien",
    "licence no. AB12345", "(dot)", " at ", "$", "\ufffc", "bsb 062-000", "account 12345678",
    "Smith-Jones", "Regards,\nTom", "eyJhbGciOiJIUzI1NiJ9.e30.abcdefgh", "+61 ", "\xa0", "\u0301",
    "'", '"', "(", ")", "<", ">", "0", "1", "2147483647", "x", "A", "Aa", "aA1", "www.", "u/",
    "#1234", "Box", "PO Box 12", "\\u0040", "\t",
)  # fmt: skip
HOSTILE = (
    "a", "A", "1", "@", "a.", "[", "[[[[", "1 ", "A. ", "Aa ", "a@", ":", "= ", "%4", "&#",
    "\xa0", "é", "John ", "1-", "x@y.", "(", "-----BEGIN ", "http://", "12 A ", "\n", "name: ",
    "a at ", "0x", "1.1.", "::", "a:", "+1 ", "'", "GB00", "Aa-", "12 Aa St ", "@a.", "key=",
    "<<", "ab ", "A1 ", "Road ", "12 road ", "my name is ", "licence ", "de la ", "Aa, ", "u/",
    "eyJ", "bc1", "1/", "a-",
)  # fmt: skip


def draw(source: random.Random) -> str:
    """A text of up to thirty bits, some of them any characters."""
    return "".join(
        chr(source.randrange(0x3000)) if source.random() < 0.1 else source.choice(BITS)
        for _ in range(source.randrange(30))
    )


def check(texts: list[str], scanned: RuleDetector, whole: RuleDetector) -> None:
    """Every promise of `detect` for some texts; raises AssertionError with the text."""
    found = scanned.detect(texts)
    for text, spans, other in zip(texts, found, whole.detect(texts), strict=True):
        assert spans == other, ("the scan changes a find", text)
        assert all(a.end <= b.start for a, b in pairwise(spans)), ("spans overlap", text)
        assert all(0 <= s.start < s.end <= len(text) for s in spans), ("outside", text)
        masked = mask(text, spans)
        assert not scanned.detect([masked])[0], ("masking bares a find", text)


def fuzz(minutes: float, seed: int) -> int:
    """Draw and check texts for so long; how many."""
    source = random.Random(seed)
    scanned, whole = RuleDetector(scan=True), RuleDetector(scan=False)
    count, until = 0, time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        texts = [draw(source) for _ in range(8)]
        check(texts, scanned, whole)
        count += len(texts)
    return count


def hostile(size: int) -> list[str]:
    """The bits whose repetition takes more than three times as long when it is twice as long."""
    detector = RuleDetector(scan=True)
    detector.detect(["warm"])
    stalled = []
    for bit in HOSTILE:
        half, full = (spent(detector, bit * (n // len(bit))) for n in (size // 2, size))
        sys.stdout.write(f"{bit!r}: {half:.2f} s, {full:.2f} s\n")
        if full > 3 * half + 0.2:
            stalled.append(bit)
    return stalled


def spent(detector: RuleDetector, text: str) -> float:
    """CPU seconds to read a text."""
    began = time.process_time()
    detector.detect([text])
    return time.process_time() - began


def main() -> None:
    """Fuzz, or repeat hostile bits."""
    parser = argparse.ArgumentParser(description="Fuzzing of the detector by rule.")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hostile", type=int, help="characters")
    options = parser.parse_args()
    if options.hostile:
        stalled = hostile(options.hostile)
        raise SystemExit(f"more than linear: {stalled}" if stalled else 0)
    sys.stdout.write(f"{fuzz(options.minutes, options.seed)} texts, nothing found\n")


if __name__ == "__main__":
    main()
