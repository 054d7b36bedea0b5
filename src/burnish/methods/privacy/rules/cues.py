"""Words that a name stands after: titles, introductions, greetings, sign-offs; and words before
which a name is the name of a thing.
"""

import re

from burnish.methods.privacy.anchor import Anchor, sought_as
from burnish.methods.privacy.expressions import scannable


def _cue(tail: str, *alternatives: str) -> re.Pattern[str]:
    """Matches the alternatives at the start of a word.

    Each begins with a letter, so that the search can skip to the letters some cue begins with
    before it looks at anything else; that halves its time.
    """
    heads = "".join(sorted({phrase[0] for phrase in alternatives}))
    bodies = "|".join(f"(?<={phrase[0]}){phrase[1:]}" for phrase in alternatives)
    pattern = re.compile(rf"[{heads}](?<![^\W_].)(?:{bodies}){tail}")
    words, gap = scannable("|".join(alternatives)).head, scannable(tail).head
    # A cue is of use only where a capital or another script follows.
    expression = rf"[^A-Za-z0-9](?i:{words.written}){gap.written}[A-Z\xff]"
    return sought_as(pattern, Anchor(expression, int(words.most + gap.most) + 2, 2), low=True)


_OWNER = r"(?:(?:full|first|last|given|family|legal|maiden|middle|preferred) )?(?:name|surname)"
_NAMED = r"(?:'s| is| was|:)"
_GAP = r"[:,]? {1,2}"
_TITLED = _cue(
    r"\b\.? {1,2}", "mrs?", "ms", "mx", "dr", "prof", "rev", "fr", "capt", "sgt", "lt", "col",
    "hon",
)  # fmt: skip
_RANKED = _cue(
    r"\b {1,2}", "miss", "professor", "sir", "dame", "lady", "lord", "reverend", "father", "sister",
    "captain", "sergeant", "judge", "justice", "senator", "herr", "frau", "madame", "monsieur",
    "señora?", "nurse", "constable", "councillor",
)  # fmt: skip
# Cues are sought in lower case and end where the name must begin.
_INTRODUCED = _cue(
    _GAP, *(f"{whose} {_OWNER}{_NAMED}" for whose in ("my", "his", "her", "their",
    "the")), f"name{_NAMED}",
    "dear", "signed by", "written by", "reported by", "raised by", "sent by", "prepared by",
    "attn\\.?",
    "approved by", "requested by", "submitted by",
)  # fmt: skip
MENTIONED = _cue(
    _GAP, "speaking (?:with|to)", "spoke (?:with|to)", "talk(?:ed)? to", "asked? for", "meet",
    "called",
    "known as", "named", "on behalf of", "regards to", "care of", "c/o", "colleague", "manager",
    "supervisor", "boss", "wife", "husband", "partner", "daughter", "son", "mother", "father",
    "brother",
    "sister", "assistant", "attention", "signed", "witness(?:ed)?", "passenger", "patient",
    "tenant",
    "employee", "contact",
)  # fmt: skip
HERE = _cue(" {1,2}", "this is", "it is", "it's", "i am", "i'm", "here is", "here's")
_HERE_AFTER = re.compile(
    r"[.,;:!?)\n]|$| (?:from|here|speaking|at|in|again|and|writing|with|calling|of|on|\()"
)
_SIGNED = _cue(
    r"\b[,.!:;-]{0,2}[ \t]{0,3}\n{0,3}[ \t]{0,3}[-~*]{0,3}[ \t]?", "regards", "rgds", "wishes",
    "best", "cheers",
    "thanks(?: again| so much| a lot| in advance)?", "thank you(?: so much| very much)?", "thx",
    "ta",
    "sincerely", "faithfully", "truly", "yours", "cordially", "respectfully", "gratefully",
    "love", "warmly",
    "br", "kr", "signed", "greetings", "salutations",
)  # fmt: skip
_SIGNED_AFTER = re.compile(r"[ \t]*(?:[\n.,!;|(<]|$)")
_GREETED = _cue(
    r"\b,? {1,2}", "hi", "hello", "hey", "hiya", "good (?:morning|afternoon|evening|day)",
    "g'day", "morning",
    "thanks", "thank you", "welcome(?: back)?", "sorry", "hola", "bonjour", "guten tag", "ciao",
)  # fmt: skip
_GREETED_AFTER = re.compile(
    r"[ \t]*(?:[,.!?\n:;)-]|$| (?:and|i|we|thanks|thank|your|the|just|for|from|it)\b)",
    re.IGNORECASE,
)
CALLED_AFTER = re.compile(
    r"(?:'s|s')?[ -](?:type|diseases?|syndromes?|disorders?|dystrophy|palsy|ana?emia|theorem"
    r"|algorithm"
    r"|distribution|(?:lymph|sarc|carcin|gli)oma|tumou?r|granulomatosis|thyroiditis|neuropathy"
    r"|ataxia"
    r"|chorea|paralysis|dementia|phenomenon|paradox|equations?|transform|conjecture|inequality"
    r"|lemma"
    r"|hypothesis|man(?:o?eu|eu)ver|fracture|contracture|bodies|canal|gland|dysplasia"
    r"|malformation|deficiency"
    r"|anomaly|nevus|cyst|hernia|series|criteria|reflex|granuloma|prize|university|college"
    r"|hospital|airport)\b",
    re.IGNORECASE,
)
"""What is called after somebody names nobody: Parkinson's disease, the Taylor series."""

CUES: tuple[tuple[re.Pattern[str], re.Pattern[str] | None, float], ...] = (
    (_TITLED, None, 0.9),
    (_RANKED, None, 0.9),
    (_INTRODUCED, None, 0.85),
    (MENTIONED, None, 0.8),
    (HERE, _HERE_AFTER, 0.8),
    (_SIGNED, _SIGNED_AFTER, 0.85),
    (_GREETED, _GREETED_AFTER, 0.85),
)
