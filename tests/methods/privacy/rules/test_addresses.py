"""Postal addresses, in running text, after a label and on their own."""

import pytest

from burnish.methods.privacy.detect import RuleDetector

_DETECTOR = RuleDetector(categories=("ADDRESS",), scan=False)
_FRAMES = ("I live at {} since May.", "Address: {}\n", "{}")

_ADDRESSES = {
    "Australia": [
        "Unit 5, 12 George Street\nParramatta NSW 2150",
        "Level 3, 100 Collins St, Melbourne VIC 3000",
        "3/45 Beach Road, Bondi, NSW, 2026",
        "Lot 7 Old Northern Road, Dural NSW 2158",
        "PO Box 4567, Sydney NSW 2001",
        "GPO Box 9999\nMelbourne VIC 3001",
        "c/- 14 Rosella Cct, Berwick, Victoria 3806",
        "Locked Bag 3005 Hobart TAS 7001",
        "27A Wattle Grove, Kew VIC 3101, Australia",
        "RMB 1234 Shepparton VIC 3631",
        "88 the Boulevarde, Strathfield NSW 2135",
        "12 smith street, richmond vic 3121",
    ],
    "United States": [
        "123 Main Street\nApt 4B\nSpringfield, IL 62704",
        "1600 Pennsylvania Avenue NW, Washington, DC 20500",
        "742 Evergreen Terrace, Springfield, OR 97403",
        "4600 S. Syracuse St., Suite 900, Denver, CO 80237-2768",
        "350 Fifth Avenue, 34th floor, New York, NY 10118",
        "P.O. Box 123, Austin, Texas 78701",
        "12345 NE 8th St #210, Bellevue, WA 98005",
        "15 W 34th Street, New York NY 10001",
        "RR 2 Box 152, Yuma AZ 85364",
        "One Microsoft Way, Redmond, WA 98052",
        "500 El Camino Real, Santa Clara, California 95053",
        "HC 72 Box 100, Rolla MO 65401",
        "9957 n 43rd rd apt 17, decatur, ga 30030-2214",
        "9243 Pecan Grove Ln",
    ],
    "Great Britain": [
        "10 Downing Street\nLondon\nSW1A 2AA",
        "Flat 3, 27 High Street, Oxford OX1 4DA",
        "221b Baker St, Marylebone, London NW1 6XE, United Kingdom",
        "The Old Rectory, Church Lane, Little Barford, Bedfordshire PE19 6YE",
        "Rose Cottage, 4 Mill Lane, Bath BA1 2AB",
        "12 Kings Road, Reading, Berkshire, RG1 3AA",
        "PO Box 55, Leeds LS1 1AA",
        "Apartment 12, 5 Castle Quay, Cardiff CF10 4AA",
        "84 Queen's Gate, London SW7 5JW",
        "12-14 St. Mary's Close, Thame OX9 3AA",
        "139a abbey gardens, cardiff cf10 3at",
    ],
    "Germany": [
        "Hauptstr. 5, 80331 München",
        "Unter den Linden 77, 10117 Berlin",
        "Am Alten Markt 12\n14467 Potsdam",
        "Königsallee 92a, D-40212 Düsseldorf",
        "Berliner Straße 12-14, 10715 Berlin, Deutschland",
        "Postfach 10 20 30, 50460 Köln",
        "Kurfürstendamm 234",
        "Lange Reihe 29, 20099 Hamburg",
    ],
    "France": [
        "12 rue de Rivoli, 75001 Paris",
        "5 bis, avenue des Champs-Élysées\n75008 Paris",
        "14, place de la République, 69002 Lyon Cedex 02",
        "3 Impasse du Moulin 31000 Toulouse, France",
        "22 bd Saint-Michel, 75005 Paris",
        "BP 123, 13002 Marseille",
    ],
    "Netherlands": [
        "Keizersgracht 123, 1015 CJ Amsterdam",
        "Dorpsstraat 12a\n3511 AB Utrecht",
        "Laan van Meerdervoort 100, 2517 AN Den Haag",
        "Postbus 1234, 1000 AA Amsterdam",
        "Coolsingel 40, 3011 AD Rotterdam",
    ],
    "Spain": [
        "Calle de Alcalá 45, 3º B, 28014 Madrid",
        "C/ Mayor, 12, 2º izq., 08001 Barcelona",
        "Avda. de la Constitución 3, 41001 Sevilla",
        "Plaza Mayor 1, 37001 Salamanca",
        "Paseo de Gracia, nº 43, 08007 Barcelona",
    ],
    "Italy": [
        "Via Roma 12, 00184 Roma",
        "Piazza del Duomo 1\n20121 Milano MI",
        "Corso Vittorio Emanuele II, 87, 10128 Torino (TO)",
        "Viale Europa n. 22, 50126 Firenze",
        "Via Giuseppe Garibaldi 3/A, 37121 Verona VR",
    ],
    "Ireland": [
        "12 Grafton Street, Dublin 2, D02 X285",
        "Apt 5, The Maltings, Cork Street, Dublin 8",
        "24 Patrick Street, Cork, T12 XY45",
        "7 Main Street, Naas, Co. Kildare, W91 F6X2",
        "45 O'Connell Street Upper, Dublin D01 AC12",
    ],
    "other countries": [
        "Kärntner Straße 38, 1010 Wien",
        "Rue de la Loi 200, 1040 Bruxelles",
        "ul. Marszałkowska 12/5, 00-590 Warszawa",
        "Rua Augusta 123, 1100-048 Lisboa",
        "Storgatan 12, 111 51 Stockholm",
        "Mariahilfer Straße 65/3/14, 1060 Wien",
        "Vesterbrogade 101, 2. tv., 1620 København V",
    ],
}

_CLEAN = [
    "On March 12, 2019 Apple announced a new plan.",
    "In Figure 12, 10000 Patients were asked.",
    "Table 3, 1010 Wien",
    "See page 12, 2019 Annual Report.",
    "He scored 12, 345 Points in all.",
    "It was built in 1990-2000 on Main Street.",
    "5 Star Hotels are in Sydney.",
    "The class of 2019 Street Photography",
    "20 minutes a day is the way to go.",
    "He drove 12 miles down the road.",
    "the 3 main parts and the 12 small ones",
]


@pytest.mark.parametrize("frame", _FRAMES)
@pytest.mark.parametrize(
    "address", [address for addresses in _ADDRESSES.values() for address in addresses]
)
def test_an_address_is_found_from_its_first_to_its_last_sign(address: str, frame: str) -> None:
    before, _, after = frame.partition("{}")
    text = before + address + after

    spans = _DETECTOR.detect([text])[0]

    covered = {place for span in spans for place in range(span.start, span.end)}
    own = range(len(before), len(before) + len(address))
    assert {place for place in own if text[place].isalnum()} <= covered, spans
    assert all(place in own or not text[place].isalnum() for place in covered), spans


@pytest.mark.parametrize("text", _CLEAN)
def test_numbers_and_names_that_are_no_address_are_left_alone(text: str) -> None:
    assert _DETECTOR.detect([text])[0] == []


def test_a_labelled_address_ends_with_its_sentence() -> None:
    text = "The address is 14660 Kraft Blvd., Atlanta. Can you do it tomorrow?"

    spans = _DETECTOR.detect([text])[0]

    assert [text[s.start : s.end] for s in spans] == ["14660 Kraft Blvd., Atlanta"]


def test_what_goes_on_after_an_address_stays() -> None:
    text = "His full address is 3390 SW 41st St, and he also has an office in town."

    spans = _DETECTOR.detect([text])[0]

    assert text[spans[-1].end :].endswith("and he also has an office in town.")
