"""Which script a letter belongs to, and which languages are written in it.

Scripts are named by their ISO 15924 codes. Ranges are the blocks of the Unicode Standard 15 that
hold letters of living scripts; what is in none of them counts as Latin, the commonest and the
one for which nothing is concluded.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

LATIN = "Latn"

_BLOCKS: dict[str, tuple[tuple[int, int], ...]] = {
    "Grek": ((0x370, 0x400), (0x1F00, 0x2000)),
    "Cyrl": ((0x400, 0x530), (0x1C80, 0x1C90), (0x2DE0, 0x2E00), (0xA640, 0xA6A0)),
    "Armn": ((0x530, 0x590), (0xFB13, 0xFB18)),
    "Hebr": ((0x590, 0x600), (0xFB1D, 0xFB50)),
    "Arab": ((0x600, 0x700), (0x750, 0x780), (0x870, 0x900), (0xFB50, 0xFE00), (0xFE70, 0xFEFF)),
    "Syrc": ((0x700, 0x750), (0x860, 0x870)),
    "Thaa": ((0x780, 0x7C0),),
    "Nkoo": ((0x7C0, 0x800),),
    "Deva": ((0x900, 0x980), (0xA8E0, 0xA900)),
    "Beng": ((0x980, 0xA00),),
    "Guru": ((0xA00, 0xA80),),
    "Gujr": ((0xA80, 0xB00),),
    "Orya": ((0xB00, 0xB80),),
    "Taml": ((0xB80, 0xC00),),
    "Telu": ((0xC00, 0xC80),),
    "Knda": ((0xC80, 0xD00),),
    "Mlym": ((0xD00, 0xD80),),
    "Sinh": ((0xD80, 0xE00),),
    "Thai": ((0xE00, 0xE80),),
    "Laoo": ((0xE80, 0xF00),),
    "Tibt": ((0xF00, 0x1000),),
    "Mymr": ((0x1000, 0x10A0), (0xA9E0, 0xAA00), (0xAA60, 0xAA80)),
    "Geor": ((0x10A0, 0x1100), (0x1C90, 0x1CC0), (0x2D00, 0x2D30)),
    "Hang": ((0x1100, 0x1200), (0x3130, 0x3190), (0xA960, 0xA980), (0xAC00, 0xD800)),
    "Ethi": ((0x1200, 0x13A0), (0x2D80, 0x2DE0), (0xAB00, 0xAB30)),
    "Cher": ((0x13A0, 0x1400), (0xAB70, 0xABC0)),
    "Khmr": ((0x1780, 0x1800),),
    "Mong": ((0x1800, 0x18B0),),
    "Tfng": ((0x2D30, 0x2D80),),
    "Kana": ((0x3040, 0x3100), (0x31F0, 0x3200), (0xFF66, 0xFFA0)),
    "Bopo": ((0x3100, 0x3130), (0x31A0, 0x31C0)),
    "Hani": (
        (0x2E80, 0x2FE0), (0x3005, 0x3008), (0x3021, 0x302A), (0x3400, 0x4DC0),
        (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32400),
    ),
}  # fmt: skip

SCRIPTS = (LATIN, *_BLOCKS)

_LANGUAGES = {
    "Grek": "el grc",
    "Cyrl": "ru uk be bg mk sr bs mn kk ky tg tt ba uz az ku ce cv os sah udm ab av crh tk",
    "Armn": "hy",
    "Hebr": "he yi hbo lad",
    "Arab": "ar arz ary fa ur ps ug ku ckb sd sdh ks az pa kk ms ha",
    "Syrc": "syr arc",
    "Thaa": "dv",
    "Nkoo": "nqo",
    "Deva": "hi mr ne sa gom bho mai kok doi sd ks",
    "Beng": "bn as mni",
    "Guru": "pa",
    "Gujr": "gu",
    "Orya": "or",
    "Taml": "ta",
    "Telu": "te",
    "Knda": "kn",
    "Mlym": "ml",
    "Sinh": "si",
    "Thai": "th",
    "Laoo": "lo",
    "Tibt": "bo dz",
    "Mymr": "my shn mnw",
    "Geor": "ka xmf",
    "Hang": "ko",
    "Ethi": "am ti gez om",
    "Cher": "chr",
    "Khmr": "km",
    "Mong": "mn",
    "Tfng": "kab ber zgh",
    "Kana": "ja",
    "Bopo": "zh yue",
    "Hani": "zh ja ko yue wuu",
}


def written_in(script: str) -> frozenset[str]:
    """Return the languages (ISO 639) written in a script; empty for Latin, which tells nothing."""
    return frozenset(_LANGUAGES.get(script, "").split())


@lru_cache(maxsize=1)
def script_table() -> npt.NDArray[np.uint8]:
    """Return the place in SCRIPTS of every code point, uint8 (0x110000,)."""
    table = np.zeros(0x110000, np.uint8)
    for number, blocks in enumerate(_BLOCKS.values(), 1):
        for first, end in blocks:
            table[first:end] = number
    return table
