"""Further names, of twelve cultures, written apart from the first lists; places and firms."""

from random import Random

_PEOPLE = (
    "Amparo Benicio Candela Dionisio Esperanza Fermín Graciela Hortensia Leocadio Remedios"
    "|Aguirre Cifuentes Escobedo Galindo Jurado Larrañaga Montenegro Pizarro Salcedo Urrutia",
    "Adelheid Friedhelm Gudrun Heiner Irmgard Jochen Liesel Rüdiger Traudl Volker"
    "|Ackermann Birkenfeld Dornbusch Eichstädt Grünwald Kretschmer Möhring Oberländer"
    " Pfeiffer Wendt",
    "Aurélie Bastien Clothilde Étienne Ghislaine Honoré Laurence Mathurin Séverine Yannick"
    "|Archambault Bonnefoy Charpentier Duchesne Guérin Lefebvre Marchand Pelletier Rochefort"
    " Vasseur",
    "Beniamino Cosetta Donatella Ermanno Flavia Gennaro Ludovica Nicoletta Raffaele Tiziana"
    "|Bellandi Caruso Desantis Esposito Giordano Marchetti Pellegrini Rinaldi Sorrentino Vitale",
    "Abimbola Chidinma Efua Kwame Kofi Adwoa Oluwaseun Temitope Yaw Zainab"
    "|Acheampong Asante Boateng Danjuma Fashola Mensah Obi Osei Quaye Sowande",
    "Ananya Bhavesh Chandrika Dinesh Gayatri Hemant Ishaan Jyotsna Kavita Mohan"
    "|Agarwal Banerjee Chatterjee Gokhale Joshi Kulkarni Menon Pillai Rao Venkataraman",
    "Ahmad Basma Dalia Faisal Ghada Hamza Iman Jamila Mustafa Rania"
    "|Abdelaziz Al-Najjar Barakat Darwish Fakhoury Hariri Jaber Masri Qureshi Zaman",
    "Binh Chau Dieu Hoang Kim-Ly Lan Minh Ngoc Tuan Yen"
    "|Cao Dinh Duong Ho Lam Luong Mai Pham Phan Vuong",
    "Chenxi Dawei Fangfang Jingyi Kaiwen Peng Ruolan Shuang Tianyu Wenjing"
    "|Cai Deng Feng Gao Jiang Luo Qian Shen Tang Zheng",
    "Aroha Fetu Kahu Lagi Manaia Pania Rangi Sefina Tama Viliami"
    "|Amituanai Faumuina Harawira Kupu Mahuika Niumata Pomare Ruatapu Tamatea Walker",
    "Albany Brenda Craig Denise Gavin Heather Keith Lorraine Trevor Wendy"
    "|Ashworth Blackwood Cartwright Fairbanks Greenhalgh Hargreaves Lockwood Ramsbottom"
    " Thistlewood Whitaker",
    "Antanas Borislav Danica Emilija Goran Jadwiga Miroslav Nadezhda Petra Zoran"
    "|Antonov Bartoš Dimitrov Filipović Kovalenko Lisowski Marković Nowakowska Pavlović Svoboda",
)  # fmt: skip


def _group(line: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    given, family = line.split("|")
    return tuple(given.split()), tuple(family.split())


_GROUPS = tuple(_group(line) for line in _PEOPLE)
_INITIALS = "ABCDEFGHJKLMNPRSTVW"


def full_name(random: Random) -> str:
    """Forename and surname, in capitals, with the surname first, hyphenated, or with an initial."""
    given, family = random.choice(_GROUPS)
    first, last = random.choice(given), random.choice(family)
    draw = random.random()
    if draw < 0.08:
        return f"{first} {last}".upper()
    if draw < 0.16:
        return f"{last}, {first}"
    if draw < 0.24:
        return f"{first} {last}-{random.choice(family)}"
    return f"{first} {random.choice(_INITIALS)} {last}" if draw < 0.3 else f"{first} {last}"


def short_name(random: Random) -> str:
    """A forename, a surname after two initials, or a full name."""
    given, family = random.choice(_GROUPS)
    first, last = random.choice(given), random.choice(family)
    draw = random.random()
    if draw < 0.25:
        return first
    if draw < 0.33:
        return f"{first[0]}.{random.choice(_INITIALS)}. {last}"
    return f"{first} {last}"


def small_name(random: Random) -> str:
    """A name without a capital."""
    return short_name(random).lower()


def ascii_name(random: Random) -> tuple[str, str]:
    """A forename and a surname in the letters a to z."""
    while True:
        given, family = random.choice(_GROUPS)
        pair = tuple(
            "".join(sign for sign in name.lower() if sign.isalpha())
            for name in (random.choice(given), random.choice(family))
        )
        if all(name.isascii() for name in pair):
            return pair[0], pair[1]


_FIRMS = (
    "Marlowe",
    "Banksia Coast",
    "Tern & Petrel",
    "Okonjo",
    "Silberbach",
    "Two Rivers",
    "Aldergate",
)
_FIRM_KINDS = (
    "Pty Limited",
    "LLC",
    "AG",
    "Credit Union",
    "College",
    "Airlines",
    "Clinic",
    "plc",
    "Group",
)
_PLACES = (
    "Wodonga", "Thessaloniki", "Albuquerque", "Dunedin", "Valparaíso", "Galway", "Nairobi",
    "Kakadu", "Saskatoon", "Brittany", "Timişoara", "Zanzibar",
)  # fmt: skip


def organisation(random: Random) -> str:
    """A firm, school or clinic."""
    return f"{random.choice(_FIRMS)} {random.choice(_FIRM_KINDS)}"


def location(random: Random) -> str:
    """A town or region."""
    return random.choice(_PLACES)
