"""Names of many cultures, written down for the canary test, and the ways people are named."""

from random import Random

_PEOPLE = (
    # forenames | surnames | F where the family name is written first as often as not
    "Aurelio Ximena Joaquín Maite Ulises Rocío Nicanor Yolanda Efraín Lucero"
    "|Castellanos Valdivia Zubiri Echeverría Quiroga Saldívar Olmedo Barrientos Huerta Arancibia|",
    "Bronisława Kazimir Zdenka Ondřej Ludmila Jaromír Agnieszka Wojtek Radmila Vratislav"
    "|Brzezinski Krasniqi Dvořáková Wiśniewska Novotny Horvat Kowalczyk Stojanović Zelenka Sikora|",
    "Caoimhe Gwilym Oisín Sorcha Eilidh Ruaridh Niamh Padraig Iseabail Tadhg"
    "|O'Dowd McAllister Gallchobhair Ó'Briain MacLennan Prendergast Cadwallader Llewellyn Tierney|",
    "Dagny Jorunn Ragnhild Birgitta Eskil Ingvild Torbjørn Solveig Åke Sindre"
    "|Jorgensen Þorsteinsson Lindqvist Haugland Brekke Söderberg Nyström Ødegaard Thygesen Rautio|",
    "Eleftheria Ekaterini Stavros Panagiota Lefteris Despina Vasilis Kyriaki Thanasis Ioanna"
    "|Stavropoulos Xenakis Papadimitriou Kalogeropoulou Zervas Mavridis Galanis Tsoukalas Vlachos|",
    "Fyodor Yevgeni Lyudmila Svetlana Taras Oksana Bohdan Zoya Arkady Ksenia"
    "|Shevchenko Grigoryan Volkova Bondarenko Medvedev Kuznetsova Tkachuk Morozov Petrosyan|",
    "Gintaras Rasa Vytautas Ieva Janis Kristīne Toomas Maarja Arvo Eglė"
    "|Kazlauskas Bērziņš Tamm Petrauskaitė Ozoliņa Kask Jankauskas Liepiņš Mägi Hämäläinen|",
    "Ifeoma Uzoma Chukwuemeka Ngozi Babatunde Folasade Adaeze Olumide Chiamaka Ikechukwu"
    "|Okonkwo Adeyemi Nwosu Balogun Eze Ogunleye Okafor Afolabi Uzodinma Adichie|",
    "Thandiwe Mbali Sipho Nomvula Themba Lindiwe Tatenda Rudo Kagiso Boitumelo"
    "|Mbeki Dlamini Nkosi Vosloo Mokoena Chigumbura Ndlovu Khumalo Moyo Sithole|",
    "Wanjiru Otieno Achieng Kipchoge Makena Baraka Amani Juma Asha Neema"
    "|Wanyama Odhiambo Kamau Mwangi Kiptoo Njoroge Cheruiyot Mutua Barasa Kimani|",
    "Farouk Parisa Nasrin Yusuf Layla Khalid Zeinab Tariq Samira Idris"
    "|Nasrallah Al-Rashid Haddad Farahani Mansouri Khoury Bensalem El-Sayed Rahimi Shahbazi|",
    "Snehal Venkatesh Nikhita Rajeshwari Arunachalam Meenakshi Harpreet Gurpreet Debjani Tanvi"
    "|Bhattacharya Wickramasinghe Iyengar Chaudhuri Krishnamurthy Sandhu Deshpande Mukherjee"
    " Patil|",
    "Nguyet Thuy Quang Linh Bao Hanh Duc Trang Khanh Phuong|Nguyen Tran Pham Huynh Vo Dang Bui Ngo"
    " Truong Doan|F",
    "Xiaoling Weimin Jianhua Meiling Guowei Yuxuan Haoran Zihan Lijuan Zhiqiang|Zhang Huang Zhao"
    " Ouyang"
    " Xu Liang Deng Cheung Kwok Hsieh|F",
    "Haruka Kenjiro Sayuri Takumi Naoko Shinobu Ayaka Daisuke Fumiko Ryohei"
    "|Ishikawa Watanabe Nakagawa Fujimoto Hayashida Kobayashi Matsuda Okuda Shimizu Yamashita|",
    "Minji Seojun Hyejin Jiwoo Dongwook Eunkyung Sunghoon Yerin Kyungsoo Nari|Kwon Hwang Baek"
    " Yoon Jeong"
    " Shim Noh Seong Ryu Bang|F",
    "Siosaia Tevita Alofa Vaiana Wirimu Ngaire Sione Mele Hinemoa Rawiri"
    "|Tuilagi Faleafa Taufahema Ngata Parata Fonoti Vainikolo Te-Kanawa Leota Havili|",
    "Jarrah Kirra Lowanna Merindah Hyacinth Prudence Quillon Ottoline Barnaby Clementine"
    "|Abernathy Drummond Eastlake Featherstone Hollingworth Pemberton Quarrington Urquhart Yarrow"
    " Youngblood|",
    "Delphine Héloïse Oriane Thibault Maëlys Gaspard Loïc Capucine Anselme Solène"
    "|Lamontagne Saint-Clair Beauchêne Delacroix Fontenelle Lemoine Rousselot Trudeau Villeneuve|",
    "Ilse Cosmin Rosalba D'Artagnan Dragoș Ilaria Fiorella Lorenzo Ottavia Wolfgang"
    "|D'Angelo Castellan Popescu Ionescu Brunner Hofstetter Lombardi Quattrocchi Santangelo"
    " Zimmermann|",
    "Darnell Keisha Tyrone Latoya Marquis Shanice Deandre Ebony Jamal Tamika"
    "|Broadnax Gaines Mayfield Pettway Rucker Tolliver Winfrey Yarbrough Muldrow Stackhouse|",
)  # fmt: skip


def _group(line: str) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    given, family, turned = line.split("|")
    return tuple(given.split()), tuple(family.split()), turned == "F"


_GROUPS = tuple(_group(line) for line in _PEOPLE)
_INITIALS = "ABCDEFGHJKLMNPRSTVW"


def pair(random: Random) -> tuple[str, str]:
    """A forename and a surname of one culture."""
    given, family, _ = random.choice(_GROUPS)
    return random.choice(given), random.choice(family)


def full_name(random: Random) -> str:
    """Two to three words, with an initial or a second name now and then."""
    given, family, turned = random.choice(_GROUPS)
    first, last = random.choice(given), random.choice(family)
    if turned and random.random() < 0.4:
        return f"{last} {first}"
    draw = random.random()
    if draw < 0.1:
        return f"{first} {random.choice(_INITIALS)}. {last}"
    if draw < 0.2:
        return f"{first} {random.choice(given)} {last}"
    return f"{first} {last}"


def short_name(random: Random) -> str:
    """A forename, a surname after an initial, or a full name, as running text has them."""
    first, last = pair(random)
    draw = random.random()
    if draw < 0.25:
        return first
    if draw < 0.35:
        return f"{first[0]}. {last}"
    return full_name(random)


def small_name(random: Random) -> str:
    """A name without a capital, as chat has them."""
    return short_name(random).lower()


def ascii_name(random: Random) -> tuple[str, str]:
    """A forename and a surname in the letters a to z, as mailboxes have them."""
    while True:
        first, last = (
            "".join(sign for sign in name.lower() if sign.isalpha()) for name in pair(random)
        )
        if first.isascii() and last.isascii():
            return first, last
