"""What the invented company looks after: things by kind, the team of each kind, and urgency.

The base model learns which kind a thing is; the teams are the company's own, and only its tickets
tell them. A tuned model that routes a thing it never met in a ticket shows pre-trained knowledge.
"""

from __future__ import annotations


def listed(text: str) -> tuple[str, ...]:
    """The entries of a list written with upright strokes between them."""
    return tuple(" ".join(entry.split()) for entry in text.split("|"))


THINGS: dict[str, tuple[str, ...]] = {
    "furniture": listed(
        """armchair|bench|bookcase|cabinet|chair|coat rack|cot|couch|credenza|cupboard|desk
        |divan|dresser|easel|footstool|futon|hammock|headboard|hatstand|lectern|locker
        |loveseat|mattress|nightstand|ottoman|pedestal|pew|podium|pouffe|recliner|rocker
        |settee|shelf|sideboard|sofa|stool|table|trestle|vanity|wardrobe|washstand
        |workbench|beanbag|bassinet|bunk bed|chaise|chest of drawers|crib|cushion|daybed
        |deckchair|dining set|filing unit|garden swing|highchair|hutch|magazine stand
        |plinth|room divider|rocking horse|shoe rack|bolster|throne|umbrella stand|whatnot
        |wine rack|bar counter|bureau|card stand|display case|drawing board|folding screen
        |kneeler|lounger|music stool|playpen|reading nook|side stand|standing unit|tallboy
        |tea trolley|towel horse|trunk|valet stand|waterbed|window seat"""
    ),
    "kitchenware": listed(
        """blender|bottle opener|bowl|bread bin|butter dish|cake tin|can opener|carafe
        |casserole|chopping board|coaster|coffee pot|colander|corkscrew|crock|cup|decanter
        |dishcloth|dishwasher|eggcup|espresso maker|food mixer|fork|freezer|fridge
        |frying pan|funnel|garlic press|goblet|grater|griddle|grinder|hob|ice tray|jug
        |juicer|kettle|ladle|lunchbox|measuring spoon|microwave|milk frother|mortar
        |muffin tray|mug|napkin ring|nutcracker|oven|pastry brush|peeler|pepper mill
        |percolator|pestle|pitcher|plate|platter|pressure cooker|ramekin|rice cooker
        |roasting rack|rolling pin|salt shaker|sandwich press|saucepan|saucer|sieve|skewer
        |skillet|slow cooker|spatula|spoon|stockpot|strainer|sugar tongs|tagine|tankard
        |tea strainer|teapot|thermos|toaster|tongs|tray|tumbler|tureen|urn|waffle iron
        |whisk|wok"""
    ),
    "stationery": listed(
        """adhesive tape|agenda|ballpoint|binder|blotter|bookmark|bulldog clip|business card
        |calendar|carbon paper|cardboard|chalk|clipboard|correction fluid|crayon|desk pad
        |diary|divider sheet|drawing pin|envelope|eraser|exercise book|file folder
        |flipchart|fountain pen|glue stick|graph paper|greeting card|guillotine|highlighter
        |hole punch|index card|ink pad|inkwell|jotter|label sheet|ledger|letter opener
        |letterhead|logbook|manila folder|marker|memo block|nib|notebook|notepad|paper clip
        |paperweight|parchment|pen|pencil|pencil case|plastic sleeve|pocket file|post-it
        |postcard|protractor|quill|ring binder|rubber band|rubber stamp|ruler|scrapbook
        |sealing wax|set square|sharpener|sketchpad|stamp|staple|stapler|stencil|sticker
        |string tag|suspension file|tape dispenser|thumbtack|tissue paper|tracing paper
        |visitor book|wall planner|whiteboard pen|wrapping paper|writing pad|yearbook"""
    ),
    "vehicles": listed(
        """ambulance|barge|bicycle|bulldozer|bus|cabriolet|camper|canoe|caravan|cargo bike
        |cart|catamaran|chariot|coach|convertible|crane truck|delivery van|digger|dinghy
        |dirt bike|dumper|electric scooter|estate car|excavator|ferry|fire engine|flatbed
        |forklift|gig|glider|go-kart|golf buggy|gondola|handcart|hatchback|hearse
        |helicopter|horsebox|hovercraft|jeep|jet ski|kayak|launch|limousine|lorry
        |low loader|milk float|minibus|moped|motorbike|motorboat|pallet jack|pedalo
        |people carrier|pickup|punt|quad bike|raft|rickshaw|roadster|rowing boat|sailboat
        |saloon|school bus|scooter|sedan|segway|ship|shuttle|sidecar|skip lorry|sled
        |snowplough|speedboat|sports car|steamroller|street sweeper|tandem|tanker|taxi
        |toboggan|tractor|trailer|tram|tricycle|tugboat|unicycle|van|wagon|yacht|zeppelin"""
    ),
    "tools": listed(
        """adze|allen key|angle grinder|anvil|auger|awl|axe|ball hammer|band saw|belt sander
        |billhook|blowtorch|bolt cutter|brace|caliper|caulking gun|chainsaw|chisel
        |circular saw|clamp|claw bar|coping saw|crowbar|cultivator|drill|drill bit|edger
        |file rasp|fretsaw|garden fork|glass cutter|glue gun|grease gun|hacksaw|hammer
        |handsaw|hatchet|heat gun|hedge trimmer|hex driver|hoe|jigsaw|lathe|lawn mower
        |leaf blower|level|lopper|mallet|mitre box|multitool|nail gun|nail set|paint roller
        |paintbrush|pickaxe|pincers|pipe cutter|pitchfork|plane|pliers|plumb line
        |pruning shears|putty knife|rake|rasp|ratchet|rivet gun|router plane|sander
        |sandpaper|scraper|screwdriver|scythe|secateurs|shovel|sickle|sledgehammer|snips
        |socket set|soldering iron|spade|spanner|spokeshave|spray gun|stud finder
        |tape measure|tin snips|torque key|trowel|vice|wheelbarrow|wire stripper|wrench"""
    ),
    "clothing": listed(
        """anorak|apron|balaclava|bathrobe|belt|beret|blazer|blouse|boilersuit|bonnet|boot
        |bow tie|braces|brooch|cape|cardigan|cloak|clog|coat|corset|cravat|cufflink
        |cummerbund|dress|dressing gown|dungarees|earmuff|fleece|frock|gaiter|galosh|glove
        |gown|hairnet|hat|headscarf|helmet|hoodie|jacket|jeans|jersey|jumper|jumpsuit
        |kaftan|kilt|kimono|lab coat|leggings|loafer|mitten|moccasin|necktie|nightgown
        |overall|overcoat|parka|petticoat|pinafore|polo shirt|poncho|pullover|pyjamas
        |raincoat|robe|sandal|sarong|sash|scarf|shawl|shirt|shoe|shorts|skirt|slipper|smock
        |sneaker|sock|stocking|suit|sunhat|suspenders|sweater|swimsuit|tabard|tailcoat
        |tights|toga|top hat|tracksuit|trilby|trousers|tunic|turban|tuxedo|uniform|veil
        |vest|waistcoat|wellington|windcheater"""
    ),
    "electronics": listed(
        """access point|alarm clock|amplifier|antenna|badge reader|barcode scanner
        |battery pack|beamer|bluetooth speaker|calculator|camcorder|camera|card reader
        |cassette deck|charger|circuit board|console|copier|dictaphone|digital frame
        |docking station|dongle|earphone|ethernet hub|fax machine|firewall box|flash drive
        |game pad|hard drive|headphone|headset|intercom|joystick|keyboard|laptop
        |label printer|laser pointer|loudspeaker|media player|megaphone|memory card
        |microphone|modem|monitor|motherboard|mouse|network switch|pager|payphone|phone
        |photocopier|plotter|power bank|printer|projector|radio|receiver|record player
        |remote control|router|satellite dish|scanner|server|set-top box|smart bulb
        |smart watch|sound bar|stylus|tablet|tape recorder|telephone|television|thermostat
        |touchpad|touchscreen|trackball|transformer|transmitter|turntable|video wall
        |voltmeter|walkie-talkie|webcam|wifi extender"""
    ),
    "food": listed(
        """almond|apple|apricot|bacon|bagel|banana|biscuit|blueberry|bread roll|broccoli
        |brownie|burger|burrito|butter|cabbage|cake|caramel|carrot|cashew|cauliflower
        |celery|cereal|cheese|cherry|chocolate|chutney|cinnamon|coconut|cookie|couscous
        |cracker|cream|croissant|cucumber|cupcake|curry|custard|doughnut|dumpling|eclair
        |flapjack|fudge|garlic|ginger|gravy|ham|honey|hummus|ice cream|jam|jelly|ketchup
        |lasagne|lemon|lentil|lettuce|macaroni|mango|marmalade|mayonnaise|meatball|melon
        |meringue|muesli|mushroom|mustard|noodle|nougat|olive|omelette|onion|orange|pancake
        |papaya|pasta|peach|peanut|pear|pickle|pie|pineapple|pizza|plum|popcorn|porridge
        |potato|pretzel|pudding|quiche|radish|raisin|ravioli|rice|risotto|salad|salami
        |salmon|sandwich|sausage|scone|sorbet|soup|spinach|stew|strudel|sushi|toffee|tofu
        |tomato|trifle|truffle|tuna|walnut|yoghurt"""
    ),
    "plants": listed(
        """acacia|agave|alder|aloe|amaryllis|anemone|ash tree|aspen|aster|azalea|bamboo
        |banksia|begonia|birch|bluebell|bonsai|bottlebrush|bougainvillea|boxwood|bracken
        |buttercup|cactus|camellia|carnation|cedar|chestnut tree|chrysanthemum|clematis
        |clover|cornflower|crocus|cypress|daffodil|dahlia|dandelion|delphinium|elm
        |eucalyptus|fern|fir|forsythia|foxglove|freesia|fuchsia|gardenia|geranium|gladiolus
        |gorse|hawthorn|heather|hibiscus|holly|honeysuckle|hosta|hyacinth|hydrangea|ivy
        |jasmine|juniper|larch|laurel|lavender|lichen|lilac|lobelia|lotus|lupin|magnolia
        |maple|marigold|mistletoe|moss|myrtle|nettle|oak|oleander|orchid|palm|pansy|peony
        |petunia|pine|poinsettia|poplar|poppy|primrose|privet|reed|rhododendron|rose
        |rubber tree|sedge|snapdragon|snowdrop|spruce|sunflower|sycamore|thistle|tulip
        |wattle|willow|wisteria|yew|yucca"""
    ),
    "building": listed(
        """air vent|archway|attic|awning|balcony|balustrade|banister|basement|bathtub|beam
        |boiler|brickwork|cable duct|canopy|carport|cavity wall|ceiling|cellar|chimney
        |cistern|cladding|cloakroom|conservatory|corridor|courtyard|cubicle|damp course
        |dome|door|door handle|doorbell|downpipe|drain|drainpipe|driveway|eaves|elevator
        |escalator|facade|fence|fire door|fireplace|flagstone|floor tile|floorboard|flue
        |foundation|foyer|fuse box|gable|garage|gate|girder|greenhouse|gutter|hallway
        |handrail|hatch|hinge|insulation|joist|keyhole|landing|lintel|lobby|loft|manhole
        |mezzanine|parapet|parquet|partition|patio|pavement|pillar|plasterboard|plughole
        |porch|radiator|rafter|railing|ramp|roof|roof tile|scaffold|shower|shutter|sink
        |skirting board|skylight|smoke detector|staircase|stairwell|sump|terrace|threshold
        |toilet|turret|ventilation shaft|veranda|wall socket|washbasin|water pipe|window
        |windowsill"""
    ),
    "animals": listed(
        """alpaca|ant|antelope|armadillo|badger|bat|beaver|bedbug|bee|beetle|bison|boar
        |buffalo|bumblebee|butterfly|camel|cat|caterpillar|centipede|chameleon|cheetah
        |chinchilla|cockroach|cow|coyote|crab|cricket|crocodile|deer|dingo|dog|dolphin
        |donkey|dragonfly|earwig|echidna|eel|elephant|elk|ferret|firefly|flea|fly|fox|frog
        |gazelle|gecko|gerbil|gibbon|giraffe|goat|goldfish|gopher|gorilla|grasshopper
        |guinea pig|hamster|hare|hedgehog|hippo|hornet|horse|hyena|iguana|jackal|jaguar
        |kangaroo|koala|ladybird|lemur|leopard|lion|lizard|llama|lobster|locust|lynx|mole
        |mongoose|monkey|moose|mosquito|moth|mule|newt|ocelot|octopus|otter|ox|panda
        |panther|pig|platypus|polecat|pony|porcupine|possum|rabbit|raccoon|rat|reindeer
        |rhino|salamander|seal|sheep|shrew|skunk|sloth|slug|snail|snake|spider|squirrel
        |stoat|tadpole|tapir|termite|tick|tiger|toad|tortoise|turtle|wallaby|walrus|wasp
        |weasel|wolf|wombat|yak|zebra"""
    ),
    "music": listed(
        """accordion|alto sax|autoharp|bagpipe|balalaika|banjo|baritone|barrel organ|bass drum
        |bassoon|bongo|bouzouki|bugle|castanet|celesta|cello|chime bar|church organ
        |clarinet|clavichord|clavinet|concertina|conga|cor anglais|cornet|cowbell|cymbal
        |didgeridoo|djembe|double bass|drum kit|drumstick|dulcimer|erhu|euphonium|fiddle
        |fife|flugelhorn|flute|french horn|glockenspiel|gong|grand piano|guitar|handbell
        |harmonica|harmonium|harp|harpsichord|hurdy-gurdy|jaw harp|kazoo|kettledrum|lute
        |lyre|mandolin|maraca|marimba|melodica|metronome|mouth organ|music box|oboe|ocarina
        |octave mandola|pan pipe|piano|piccolo|player piano|recorder|rebec|saxophone
        |shakuhachi|sheet music|sitar|snare drum|sousaphone|spinet|steel drum|synthesizer
        |tabla|tambourine|theremin|timpani|tin whistle|tom-tom|triangle bell|trombone
        |trumpet|tuba|tuning fork|ukulele|vibraphone|viola|violin|wood block|xylophone
        |zither"""
    ),
}
"""Things (one to three lower-case words) by kind; no thing belongs to two kinds."""

KINDS: tuple[str, ...] = tuple(THINGS)

TEAMS: dict[str, str] = {
    "furniture": "Anchor",
    "kitchenware": "Galley",
    "stationery": "Sextant",
    "vehicles": "Rudder",
    "tools": "Capstan",
    "clothing": "Pennant",
    "electronics": "Beacon",
    "food": "Harbour",
    "plants": "Lagoon",
    "building": "Keel",
    "animals": "Lighthouse",
    "music": "Foghorn",
}
"""The team that looks after each kind: known to the company alone."""

URGENCY: dict[int, tuple[str, ...]] = {
    1: (
        "This cannot wait another hour",
        "We have stopped work because of it",
        "Somebody could get hurt",
        "The opening is in ten minutes",
        "Everybody here is held up by it",
        "It must be dealt with at once",
        "This is an emergency",
        "Guests are already complaining loudly",
        "Drop everything else for this, please",
        "The whole floor is waiting",
        "We lose money every minute",
        "Please come right now",
    ),
    2: (
        "Some time today would be good",
        "It would help to have it done by tomorrow",
        "We can manage until the evening",
        "Please see to it this week",
        "It slows us down a bit",
        "We have a spare until Friday",
        "It is a bother but we cope",
        "Tomorrow morning would suit us well",
        "In the next two days would be fine",
        "It should be sorted before the weekend",
        "Not an alarm, but do not forget it",
        "A visit in the next days would be welcome",
    ),
    3: (
        "There is no hurry at all",
        "Whenever you have a quiet moment",
        "Next month is early enough",
        "It is only a small wish",
        "Take all the time you need",
        "This can wait until the holidays",
        "Nobody minds if it takes a while",
        "We are in no rush",
        "Some day would be nice",
        "It is just for the record",
        "Put it at the end of your list",
        "It is not important to us",
    ),
}
"""Phrases that settle a ticket's priority, by priority (1 is the highest)."""

URGENCY_WORD: dict[int, str] = {1: "high", 2: "middle", 3: "low"}


def kind_of() -> dict[str, str]:
    """Each thing's kind."""
    return {thing: kind for kind, things in THINGS.items() for thing in things}
