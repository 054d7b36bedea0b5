"""Words that surrogates are made of: our own lists, ASCII, of no particular culture or gender."""

GIVEN = (
    "Adrian", "Alex", "Andy", "Ari", "Ashley", "Avery", "Bailey", "Billie", "Blair", "Bobbie",
    "Cameron", "Casey", "Charlie", "Chris", "Dale", "Dana", "Darcy", "Devon", "Drew", "Eden",
    "Ellis", "Emery", "Finley", "Frankie", "Gale", "Glenn", "Harley", "Harper", "Hayden", "Indra",
    "Jackie", "Jamie", "Jesse", "Jody", "Jordan", "Jules", "Kelly", "Kendall", "Kim", "Kit",
    "Lane", "Lee", "Leslie", "Logan", "Marley", "Max", "Morgan", "Nicky", "Noel", "Parker",
    "Pat", "Quinn", "Reese", "Remy", "Riley", "Robin", "Rory", "Rowan", "Sam", "Sandy",
    "Sasha", "Shannon", "Sidney", "Skyler", "Stacy", "Taylor", "Terry", "Toby", "Tracy", "Val",
)  # fmt: skip
FAMILY = (
    "Alderway", "Ambleton", "Appleford", "Ashmere", "Barrowden", "Beckworth", "Birchall",
    "Blackmere", "Bramwick", "Brightmoor", "Brookden", "Calderby", "Cedarholt", "Claymoor",
    "Coldbrook", "Copperfield", "Cranmere", "Dalewood", "Deepwell", "Dunmarsh", "Eastmoor",
    "Elmsworth", "Fairholt", "Fernby", "Foxmere", "Glenholt", "Greywell", "Hartmoor",
    "Hazelden", "Heathwick", "Hollowby", "Ivyholt", "Kestrelby", "Lakemoor", "Larkholt",
    "Lindenby", "Longmarsh", "Maplewick", "Meadowby", "Merewood", "Millbeck", "Mossholt",
    "Northmere", "Oakenby", "Oldbrook", "Otterby", "Pinewick", "Quarrymoor", "Ravenholt",
    "Reedmarsh", "Ridgeby", "Rosewell", "Rushmere", "Sandholt", "Sedgewick", "Silverbeck",
    "Southmere", "Stonewick", "Swanholt", "Thornby", "Underhill", "Wellbrook", "Westmarsh",
    "Whitmoor", "Willowby", "Windmere", "Woodbeck", "Wrenholt", "Yarrowby", "Yewfield",
)  # fmt: skip
STREETS = (
    "Anchor", "Beacon", "Canvas", "Compass", "Copper", "Example", "Feather", "Garnet", "Harvest",
    "Kettle", "Lantern", "Marble", "Needle", "Paddock", "Pebble", "Quill", "Ribbon", "Saddle",
    "Sample", "Thimble", "Timber", "Velvet", "Wicker", "Zephyr",
)  # fmt: skip
KINDS = ("Street", "Road", "Avenue", "Lane", "Court", "Close")
TOWNS = (
    "Exampleton", "Sampleford", "Placeholm", "Nowhereby", "Fictionvale", "Mockwell", "Testbury",
    "Inventham", "Fableport", "Standinworth", "Blankfield", "Anytown",
)  # fmt: skip
FIRMS = (
    "Example", "Sample", "Placeholder", "Standin", "Fictional", "Anybody", "Specimen", "Pretend",
)  # fmt: skip
TRADES = ("Holdings", "Services", "Group", "Partners", "Trading", "Supplies", "Works", "Systems")
