"""The rows that a pipeline should drop: junk, foreign languages, low quality, near duplicates."""

from __future__ import annotations

from random import Random

_FOREIGN: dict[str, tuple[str, ...]] = {
    "de": (
        "Guten Tag, in unserem Büro funktioniert seit gestern die Heizung nicht mehr.",
        "Könnten Sie bitte so bald wie möglich einen Techniker zu uns schicken?",
        "Wir haben schon zweimal angerufen, aber niemand hat sich gemeldet.",
        "Der Schlüssel liegt an der Rezeption und das Zimmer ist den ganzen Tag frei.",
        "Vielen Dank für Ihre Hilfe und einen schönen Tag noch.",
    ),
    "fr": (
        "Bonjour, la lampe de notre bureau est cassée depuis la semaine dernière.",
        "Pourriez-vous envoyer quelqu'un pour la réparer avant vendredi ?",
        "Nous avons déjà écrit deux fois, mais personne ne nous a répondu.",
        "La clé se trouve à l'accueil et la salle est libre toute la journée.",
        "Merci beaucoup pour votre aide et bonne journée.",
    ),
    "es": (
        "Buenos días, la puerta de nuestra oficina no se cierra desde el lunes.",
        "¿Podrían enviar a alguien para arreglarla lo antes posible?",
        "Ya hemos llamado dos veces, pero nadie nos ha contestado todavía.",
        "La llave está en la recepción y la sala está libre todo el día.",
        "Muchas gracias por su ayuda y que tengan un buen día.",
    ),
    "it": (
        "Buongiorno, la finestra del nostro ufficio non si apre più da ieri mattina.",
        "Potreste mandare qualcuno a ripararla prima della fine della settimana?",
        "Abbiamo già scritto due volte, ma nessuno ci ha ancora risposto.",
        "La chiave si trova alla reception e la stanza è libera tutto il giorno.",
        "Grazie mille per il vostro aiuto e buona giornata.",
    ),
    "nl": (
        "Goedemorgen, de verwarming in ons kantoor werkt sinds gisteren niet meer.",
        "Kunt u zo snel mogelijk iemand sturen om ernaar te kijken?",
        "We hebben al twee keer gebeld, maar niemand heeft ons geantwoord.",
        "De sleutel ligt bij de receptie en de kamer is de hele dag vrij.",
        "Hartelijk dank voor uw hulp en nog een fijne dag.",
    ),
    "pl": (
        "Dzień dobry, w naszym biurze od wczoraj nie działa ogrzewanie.",
        "Czy mogliby państwo jak najszybciej przysłać kogoś do naprawy?",
        "Dzwoniliśmy już dwa razy, ale nikt nam jeszcze nie odpowiedział.",
        "Klucz znajduje się w recepcji, a pokój jest wolny przez cały dzień.",
        "Bardzo dziękujemy za pomoc i życzymy miłego dnia.",
    ),
}
_FOREIGN_ANSWERS: dict[str, str] = {
    "de": "Vielen Dank für Ihre Nachricht, wir kümmern uns so bald wie möglich darum.",
    "fr": "Merci pour votre message, nous nous en occupons dès que possible.",
    "es": "Gracias por su mensaje, nos ocuparemos de ello lo antes posible.",
    "it": "Grazie per il vostro messaggio, ce ne occuperemo il prima possibile.",
    "nl": "Bedankt voor uw bericht, we zorgen er zo snel mogelijk voor.",
    "pl": "Dziękujemy za wiadomość, zajmiemy się tym tak szybko, jak to możliwe.",
}
LANGUAGES: tuple[str, ...] = tuple(_FOREIGN)

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SIGNS = "#$%&*@!?/\\|<>{}[]^~+=_"
_SHORT = ("help", "pls fix", "broken", "??", "call me", "not ok", "same again")
_REPEATED = ("please", "chair", "the", "again", "hello", "now", "printer", "why")
_POLITE = ("kindly", "also", "really", "perhaps", "indeed", "still")


def foreign(random: Random, language: str) -> tuple[str, str]:
    """A ticket and its answer in one of `LANGUAGES`."""
    sentences = random.sample(_FOREIGN[language], random.randint(3, 5))
    return " ".join(sentences), _FOREIGN_ANSWERS[language]


def _mash(random: Random) -> str:
    row = random.choice(_ROWS)
    return " ".join(
        "".join(random.choice(row) for _ in range(random.randint(3, 11)))
        for _ in range(random.randint(3, 9))
    )


def _soup(random: Random) -> str:
    return "".join(random.choice(_SIGNS) for _ in range(random.randint(15, 60)))


def junk(random: Random) -> str:
    """A text nobody meant: keys mashed, a soup of symbols, "asdf asdf" or nothing."""
    sort = random.randrange(4)
    if sort == 0:
        return _mash(random)
    if sort == 1:
        return _soup(random)
    return " ".join(["asdf"] * random.randint(2, 12)) if sort == 2 else ""


def low_quality(random: Random) -> str:
    """A text too short to act on, or one word said over and over."""
    if random.random() < 0.5:
        return random.choice(_SHORT)
    first, second = random.sample(_REPEATED, 2)
    return " ".join([first] * random.randint(8, 20) + [second] * random.randint(0, 8))


def reworded(random: Random, text: str) -> str:
    """The text with one or two words more, none of them inside a personal datum."""
    words = text.split()
    edits = random.choice((("insert",), ("ending",), ("insert", "ending")))
    if "insert" in edits:
        words.insert(1, random.choice(_POLITE))
    if "ending" in edits:
        words.append(random.choice(("Thanks!", "Cheers.", "Please.", "Bye.")))
    return " ".join(words)


def respaced(random: Random, text: str) -> str:
    """The same text, in half of the cases with other white space."""
    if random.random() < 0.5:
        return text
    return "  ".join(text.split(" ")) + "\n"
