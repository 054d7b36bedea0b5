"""Can these letters be words? Tells keyboard mash from language written in Latin letters.

Judges words of the letters a to z; what is written otherwise is left to language
identification. Mash that roams over the keyboard and happens to alternate vowels and consonants
is not caught here.
"""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = frozenset(
    pair for row in _ROWS for left, right in pairwise(row) for pair in (left + right, right + left)
)
_LEAST_LETTERS = 4
_NEIGHBOUR_SHARE = 0.75

# Pairs that no common English word has; pairs of common abbreviations (vpn, sql, json, vm) are
# left out.
_NEVER = (
    "bq|bx|cj|cx|fq|fx|gq|gx|hx|jb|jc|jd|jf|jg|jh|jk|jl|jm|jn|jp|jq|jr|jt|jv|jw|jx|jz|kq|kx|pq|"
    "qb|qc|qd|qf|qg|qh|qj|qk|qm|qn|qp|qs|qt|qv|qw|qx|qy|qz|sx|tq|vf|vh|vj|vk|vq|vx|vz|wq|wv|wx|"
    "xj|xk|yq|zb|zc|zd|zf|zg|zj|zk|zm|zn|zp|zq|zr|zv|zx"
)
_ABBREVIATIONS = frozenset(
    ["dhcp", "html", "http", "https", "ntfs", "pptx", "sftp", "smtp", "snmp", "xlsx"]
)
_JUDGED = re.compile(rf"[a-z]{{{_LEAST_LETTERS},}}")
_ODD = re.compile(rf"^[^aeiouy]+$|[^aeiouy]{{5}}|(.)\1{{3}}|{_NEVER}")


def plausible_share(words: Iterable[str]) -> float:
    """Return the share of letters, in [0, 1], that stand in words that could be words.

    1.0 where no word can be judged. Other than a few abbreviations, a word is implausible if it
    has no vowel, five consonants in a row, one letter four times in a row, a pair of letters
    that English never has, or if more than three in four of its steps go to the neighbouring
    key of a QWERTY keyboard.
    """
    judged = odd = 0
    for word, times in Counter(words).items():
        if _JUDGED.fullmatch(word):
            judged += times * len(word)
            odd += times * len(word) * _implausible(word)
    return 1.0 - odd / judged if judged else 1.0


def one_row_share(words: Iterable[str]) -> float:
    """Return the share of letters, in [0, 1], in words typed on one row of a QWERTY keyboard.

    Words of three or more letters a to z are judged; 0.0 where there is none. Single words
    ("property", "your") are often typed so, whole sentences never.
    """
    judged = alone = 0
    for word, times in Counter(words).items():
        if len(word) >= 3 and word.isascii() and word.isalpha():
            judged += times * len(word)
            alone += times * len(word) * any(map(set(word).issubset, _ROWS))
    return alone / judged if judged else 0.0


def _implausible(word: str) -> bool:
    if _ODD.search(word):
        return word not in _ABBREVIATIONS
    # With three steps elsewhere at the start, only a word of fourteen letters could get there.
    if len(word) < 14 and not any(word[at : at + 2] in _NEIGHBOURS for at in range(3)):
        return False
    steps = sum(left + right in _NEIGHBOURS for left, right in pairwise(word))
    return steps > _NEIGHBOUR_SHARE * (len(word) - 1)
