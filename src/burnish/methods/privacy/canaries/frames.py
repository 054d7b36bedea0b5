"""The sentences, forms, tables and messages that invented identifiers stand in.

`{}` is the place of the identifier; a word in braces such as `{bsb}` is the place of a neighbour.
"""

SETTINGS = (
    "{Label}: {}\n",
    "{LABEL}   {}\n",
    "{Label} ........ {}\n",
    "- {Label} - {}\n",
    "| {Label} | {} | checked |\n",
    '{"ref": 1207, "{key}": "{}", "open": true}',
    "{key}={};",
    "<{key}>{}</{key}>",
    "> {Label}: {}\n",
    "*{Label}:* {}",
    "ref,{key},state\n1207,{},open\n",
    "X-{Key}: {}\n",
    "{label} {} thx",
    "{LABEL}:{}",
)
"""Ways to write a label and a value: forms, scans, tables, JSON, CSV, XML, mail, chat."""

LABELS: dict[str, tuple[str, ...]] = {
    "PERSON": ("full name", "customer name", "contact person"),
    "EMAIL": ("e-mail", "email address", "reply to"),
    "PHONE": ("phone", "mobile", "contact number", "tel"),
    "TFN": ("TFN", "tax file number", "tax file no"),
    "ABN": ("ABN", "Australian business number"),
    "ACN": ("ACN", "Australian company number"),
    "MEDICARE": ("medicare", "medicare number", "medicare card no"),
    "CARD": ("card number", "credit card", "card no"),
    "IBAN": ("IBAN", "account (IBAN)"),
    "BANK_ACCOUNT": ("account number", "bank account", "account no", "acct number"),
    "DATE_OF_BIRTH": ("date of birth", "DOB", "birth date", "born"),
    "ADDRESS": ("address", "home address", "deliver to"),
    "IP": ("IP", "IP address", "client ip"),
    "SECRET": ("API key", "token", "secret key"),
    "DRIVER_LICENCE": ("driver licence", "driver's license", "driving licence number",
        "drivers licence no"),
    "PASSPORT": ("passport", "passport number", "passport no"),
    "SSN": ("SSN", "social security number"),
    "ITIN": ("ITIN", "individual taxpayer identification number"),
    "NINO": ("national insurance number", "NI number", "NINO"),
    "NHS": ("NHS number", "NHS no"),
    "VAT": ("VAT", "VAT number", "VAT ID"),
    "SWIFT": ("SWIFT", "BIC", "SWIFT code"),
    "CRYPTO": ("wallet", "wallet address", "pay to"),
    "MAC": ("MAC", "MAC address", "hardware address"),
    "URL": ("link", "page"),
    "HANDLE": ("twitter", "instagram", "handle"),
    "LICENCE_PLATE": ("licence plate", "number plate", "license plate", "rego"),
    "COORDINATES": ("coordinates", "position", "GPS"),
    "ORGANISATION": ("employer", "company"),
    "LOCATION": ("place", "town"),
}  # fmt: skip
"""What the field of each category is called."""

PROSE: dict[str, tuple[str, ...]] = {
    "EMAIL": (
        "Write to {} please.", "My mail is {}, if that helps.", "<{}>", "cc {} in every answer",
        "It bounced from {}, twice.",
        "mailto:{}", "({})", "can u send it to {} pls", "From: Desk <{}>\n",
        "Whoever has {} will get a copy.",
    ),
    "PHONE": (
        "Ring {} after six.", "My mobile is {}.", "tel. {}", "You can call {} any day.",
        "fax {} only", "Her number is {}.",
        "(m) {}", "text me on {} thanks", "He can be reached at {} until Friday.",
        "whatsapp {} is best",
    ),
    "TFN": (
        "my tax file number is {}.", "T.F.N. {} as on the payslip",
        "the TFN (that is {}) was wrong",
        "She gave her tax file number as {} at the counter.", "tfn {} is what i put in",
    ),
    "ABN": ("our Australian business number is {}", "invoice by ABN {} is due", "A.B.N. {}",
        "Harbour Tiling (ABN {}) sent it."),
    "ACN": ("A.C.N. {}", "Pty Ltd (ACN {}) of this city", "registered under ACN {} since March"),
    "MEDICARE": (
        "the child is on Medicare {} too", "Her Medicare card number is {}.",
        "my medicare is {} if needed", "Medicare No {} expires soon.",
    ),
    "CARD": (
        "Charge {} please.", "my Visa is {}", "paid by credit card {} yesterday",
        "{} exp 04/29 cvc on the back",
        "The card {} was declined at the till.", "use mastercard {} for the deposit",
    ),
    "IBAN": ("Pay into {}.", "the transfer to {} failed", "IBAN {} at the usual bank",
        "my iban is {} ok"),
    "BANK_ACCOUNT": (
        "my acct no. is {}", "credit to account {} today", "deposit it in savings a/c {}",
        "The refund goes to bank account {}.",
    ),
    "DATE_OF_BIRTH": (
        "I was born on {}.", "d.o.b. {}", "born {} in a small town", "{} is my date of birth",
        "Her birthday is {}, for the form.",
        "The patient (DOB {}) came in at noon.", "my bday is {} btw",
    ),
    "ADDRESS": (
        "I live at {}.", "Deliver to {} please.", "We moved to {} last spring.",
        "Home address is {}", "Post it to {}, thanks.",
        "The meter at {} was read twice.", "someone waits at {} til noon",
        "They bought {} two years ago.",
    ),
    "IP": ("from {} at noon", "client {} was refused", "ping {} fails", "[{}] connected",
        "The login came from {}, we think.", "banned {} again lol"),
    "SECRET": (
        "the key is {}", "use {} for the test", "Authorization: Bearer {}\n", "export TOKEN={}\n",
        "i pasted {} by accident",
        "curl -H 'X-Api-Key: {}' failed", "secret: '{}'",
    ),
    "PASSWORD": ("password: {}\n", "Password={}", "my password is {}", "PWD: {}\n", 'passwd="{}"',
        "pass: {} (change it)", "the login password was {} before"),
    "LABELLED_KEY": ("api_key = \"{}\"\n", "client_secret: {}\n", "SECRET_KEY={}\n",
        "access token: {}\n"),
    "DRIVER_LICENCE": (
        "My driver licence number is {}.", "driver's license {} expires in May", "DL# {}",
        "drivers licence {} attached", "The driving licence {} was copied.",
    ),
    "PASSPORT": (
        "My passport number is {}.", "passport {} expires in May", "travelling on passport no. {}",
        "Her passport ({}) was stolen.", "passport # {} ok?",
    ),
    "SSN": ("My social security number is {}.", "SSN {} on the W-2", "ssn is {} thx",
        "the Social Security no. {} does not match"),
    "ITIN": ("My ITIN is {}.", "ITIN {} on the return", "filed under taxpayer ID {} (ITIN)"),
    "NINO": ("My national insurance number is {}.", "NI no. {} on the payslip",
        "ni number {} thanks", "Her NINO, {}, was mistyped."),
    "NHS": ("My NHS number is {}.", "NHS No. {} on the letter", "nhs number {} pls check",
        "The patient with NHS number {} was moved."),
    "VAT": ("Our VAT number is {}.", "VAT reg. no. {} on the invoice",
        "the VAT ID {} is not valid", "USt-IdNr. {}"),
    "SWIFT": ("The SWIFT code is {}.", "BIC {} for the transfer", "swift {} if abroad",
        "bank identifier (BIC) {}"),
    "CRYPTO": ("Send it to {} please.", "my wallet {} is empty", "donations: {}",
        "the coins went to {} instead", "BTC/ETH {}"),
    "MAC": ("The card has {} on the label.", "dhcp lease for {} expired", "MAC {} is unknown",
        "ether {} txqueuelen 1000"),
    "URL": ("See {} for it.", "The page {} does not load", "i clicked {} and nothing",
        "Referer: {}\n", "({})"),
    "HANDLE": ("Follow me: {}", "{} wrote about it", "dm {} on insta", "thanks {} for the tip",
        "as {} said on Twitter", "RT {}: so true"),
    "LICENCE_PLATE": (
        "The licence plate is {}.", "my car's rego is {}", "a white van, number plate {}, hit it",
        "license plate {} was seen",
        "The vehicle with registration {} was towed.", "parked under plate {}",
    ),
    "COORDINATES": ("We met at {}.", "The parcel is at {} now", "pin: {}",
        "last seen near {} at noon", "geotag {}"),
    "ORGANISATION": ("I work for {}.", "{} sent the invoice.", "The letter from {} came today.",
        "She left {} in May."),
    "LOCATION": ("I grew up in {}.", "The train to {} was late.", "{} is cold in June.",
        "They moved from {} last year."),
}  # fmt: skip
"""Sentences, chat and headers of each category. The last three words tell forms of their own."""

PLACED: dict[str, tuple[str, ...]] = {
    "BSB": ("BSB {}, account {account}", "bsb: {} acc: {account}\n", "BSB number {} at the branch"),
    "AU": ("BSB {bsb}, account {}", "bsb {bsb} acc no {}", "BSB: {bsb}  Account: {}\n"),
    "US": ("routing {routing} account {}", "ABA {routing}, checking account number {}\n",
        "Acct # {}"),
    "ROUTING": ("routing number {}", "ABA routing no. {}, account {account}", "Routing: {}\n"),
    "GB": ("sort code {sort}, account {}", "Sort Code: {sort}  Account No: {}\n",
        "a/c {} s/c {sort}"),
    "SORT": ("sort code {}", "Sort Code: {}  Account No: {account}\n",
        "s/c {} and the usual account"),
    "LATITUDE": ('{"lat": {}, "lng": {latitude}}', "lat={}&lon={latitude}", "Latitude: {}\n"),
}  # fmt: skip
"""Sentences for parts of a pair: a branch beside its account, a latitude beside its longitude."""

INTRODUCED = (
    "My name is {}.", "Hello, this is {} speaking.", "I am {}, writing from the north office.",
    "Kind regards,\n{}\n",
    "Many thanks\n{}\n", "Please ask for Mr {} at the door.", "We met Dr {} on Friday.",
    "Dear {},\nplease see below.",
    "Ms. {} will sign the form.", "Hi {}, any news?", "From: {} <desk@brindle.example>\n",
    "[10:42] {}: are you there?\n",
)  # fmt: skip
RUNNING = (
    "{} called twice about the meter.", "Yesterday {} came to the counter with the form.",
    "I gave the keys to {} on Monday.",
    "Nobody told {} that the office had moved.", "The report was written by {} and two others.",
    "It was {}'s idea to wait.",
    "We found {}'s folder under the desk.", "When {} left, the line went dead.",
    "The nurse saw {} at nine and again at noon.",
    "According to {}, the parcel never arrived.", "Both {} and the fitter were late.",
    "They will not pay, because {} has not signed.",
    "That is what {} said about the invoice.", "Please do not send it to {} again.",
    "The flat belongs to {} since March.",
    "As {} explained in the meeting, the budget is gone.", "Could {} have taken the wrong bag?",
    "{} and I share the account.",
)  # fmt: skip
LOWER = (
    "hey its {} again", "can u ask {} about it", "{} said its fine",
    "i spoke to {} yesterday n nothing happened", "my name is {} btw",
    "thats {}'s phone not mine", "me n {} went there twice", "pls tell {} to call back",
    "is {} in today?", "{} never paid lol",
    "the account is under {}", "i am {} from the second floor",
)  # fmt: skip
SOMEWHERE = (
    "It says {} there.",
    "ref {}",
    "see {} please",
    "({})",
    "the one with {} on it",
    "{} was read out at the desk.",
)
"""Sentences for patterns of one's own, which tell nothing about what they hold."""
