"""Everyday English words: a name that is one of them is not masked wherever it stands."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The commonest small-letter words of nineteenth-century novels, and words of mail, business and
# the web; none of them in the list below.
ORDINARY: frozenset[str] = _words(
    """
    ability able about above abroad abruptly absent absolutely accept accepted accident accompanied
    according account accounts acquaintance acquaintances acquainted acquired across act action
    active actually add added address addressed admin administrator admiration admit admitted
    advantage advice affairs affected affection affectionate afford afraid after afternoon
    afterwards again against age aged agenda agent ages ago agree agreeable agreed agreement ahead
    aid air airport alert alike alive all allow allowance allowed almost alone along aloud already
    also although altogether always ambition amiable among amongst amount amused amusement ancient
    and android angry animals announced annual another answer answered anxious any anybody anything
    anywhere apart apartment apartments app apparent apparently appear appearance appeared
    appearing apple applicant application applied appointment approached approval approved apps
    april apt are area arm arms army around arrived art artist ash aside ask asked asleep aspect
    assistant assumed assure astonishment ate atmosphere attachment attempt attend attention
    attitude attractive audit august aunt author authority autumn awake awakened award aware away
    awesome awful baby back bad bag ball band bank banking bare barely basket batch battery battle
    beach bear beard bearing beat beautiful beautifully beauty became because become becomes
    becoming bed bedroom been before beg began begin beginning begins begun behind being belief
    believe believed belonged below beneath benefit bent beside besides best bestowed better
    between beyond big billing bills birds birth birthday bit bitter blackness blank blazing blew
    block blocks blog blood bloody bloom blossoms blow blue board boats body bold bonnet book
    booking books boots bore born bosom boss both bottle bottom bought bound bow bowed bowl box
    boxes boy boys branch branches brand brass brave bread breakfast breast breath bred breeze
    brick brief bright brilliant bring broad broke broken broker brooding brother brought brow
    brows browser brush budget build builder building buildings built bull bundle burden buried
    burn burning burst business busy but buyer bye cabin calculated call called calling calm came
    camera camp campaign can cancel candidate candle candy cap capable captain car card cardholder
    care cared career careful carefully carelessly carer carpet carriage carried carry carrying
    case cases cash cast castle cat catch catching category caught cause caused ceased cellar
    centre cents centuries century ceo certain certainly chain chair chairs chamber chambers
    champion chance chances change changed changes channel chapter character charge charm charming
    chat check checking cheek cheeks cheerful cheerfully chef chest chief child childhood children
    chimney chin chip chosen christmas church churchyard cigar cigarette cinema circle circumstance
    circumstances cities city claim claimant class classic clean clear clearly clergyman clerk
    clerks clever click client clinic clinical clock close closed closely closing cloth clothes
    cloud clouds club clung coach coal coast coat coats code coffee cold collar colleague college
    color colored colour coloured colts come comes comfort comfortable coming command commanded
    commander commenced comment comments commerce commission committee common community companion
    companions company complaint complete completely computer comrade concern concerning condition
    conduct conference confess confirm connected conscience conscious consciousness consent
    consequence consider considerable consideration considered considering constant constitution
    contact contained contempt content continually continued contract contractor contrary control
    conversation convinced cool copy corner corporate cost cottage cottages cotton could council
    counsel counsellor countenance country county couple courage course court cousin cover coverage
    covered cow creature creatures credit crept crew cried cries crime crimson cross crossed crow
    crowd crowded cruel cry crying culture cupboard curiosity curious curls currency curtains
    custom customer customers cut cute cyber dad daddy dagger daily damp dance danced dancing
    danger dare daring dark darkness dashboard data database date daughter daughters day days dead
    deadline deal dealer dear death debit december decided decidedly decision deck declared decline
    deep deeper default defence defendant defense degree delicate delight delighted delightful
    delivery demanded demo department departure deposit depth deputy descended described desert
    design desirable desire desk desktop detail details determined developer device devoted
    diagnosis did die died difference different difficult difficulty digital dignity dim dining
    dinner directed direction directly director dirty disability disagreeable disappeared
    disappointed disappointment discharged discount discover discovered discovery dish disposed
    disposition dispute distance distant distinguished district disturbed division doc doctor
    document does dog dogs doing dollar dollars domain domestic done door doors double doubt dove
    down download downstairs dozen draft drank draw drawing drawn dread dreadful dream dreams dress
    dressed dressing drink driver driving drop dropped drove drug drunk dry due duke dull during
    duties duty dying each eager eagerly ear earl earlier early earn earnest earnestly ears earth
    ease easily east easy eat eaten eating echoes economy edge editor education effect effective
    egg eight eighteen either elder elderly election electric eleven else email emails emergency
    emotion employee employer empty end ended endless ends endure energy engaged engine engineer
    engineering english enjoy enjoyed enjoyment enough enquiry enter entered enterprise entire
    entirely entrance entry environment equal equally error escape escaped especially established
    establishment estate even evening evenings event events ever every everybody everyone
    everything evidently evil exactly exam example exceedingly excellent except excited excitement
    exclaimed executive exercise existence expect expected expedition experience expert explain
    explained export express expressed expression exquisite extensive extent extraordinary extreme
    extremely eye eyed eyes face facebook faced faces facility facing fact factory faculty faded
    fail failed faint faintly fair fairly fall fallen falling false familiar families family famous
    fancies fancy far fare farm farmer farther fashion fast fastened fat father faults favorite
    favour favourite fax fear feared fearful feature features february federal feedback feel
    feeling feelings fees feet fell fellow fellows felt female few field fields fierce fifteen
    fifty fighting figure file filled final finally finance financial find finding fine finger
    fingers finished fire firm first fiscal fit five fixed flat flesh flight floor flower flowers
    flung fly fog folded folder folks followed following fond fondness food fool foolish foot
    football footsteps for force forced forehead forest forests forever forget forgot forgotten
    form formed former forming forms forth fortune forty forum forward found founder four fourteen
    frame free french frequently fresh friday friend friends frightened fro from front fruit full
    fully fun fund funding funeral funny furniture further future gallery game games garden gardens
    garments gas gate gates gathered gathering gave gaze gazed general generally generation
    generations generous gentle gentleman gentlemen gently get gets getting ghastly girl girls give
    given giving glad glance glanced glare glass glasses gleam global gloom glory glow gmail goal
    goes goin going gold golden gone good goodness google got government governor gown grade
    graduate grand grandfather grandma grandpa granny graphics grass grave great greater greatest
    greatly grew grief ground group grow growing grown guard guess guest guests guide guillotine
    gun guys habit hacker had hair haired half halted hand handed handkerchief hands handsome hang
    hanging happen happened happiness happy hard hardly hare harmony has hastily hat hate hats have
    having hawk hay head headed heads health hear heard hearing heart hearth hearts heat heaven
    heavily heavy hedge heels height held hello help helpdesk helped her here hero hers herself hey
    hid hidden hide high higher highest highly highway hills him himself hired hiring his historian
    history hold holding hole holiday hollow home honest honey honour hook horn horror horse
    horseback horses hospital hostile hot hotel hour hours house household houses housing how
    however html http huge human humanity humour hundred hung hungry hunting hurried hurry hurt
    husband ice idea ideas identity idle idly ill imagination imagine imagined immediate
    immediately immense impatience import importance important impossible impression inches
    inclined income increased indeed index indifference individual induced industry infant inferior
    influence info information inhabitants inherited inn innocent inquired inside insider instagram
    instance instant instantly instead institute insurance intellectual intelligence intended
    intention interest interested interesting internal international internet interrupted intervals
    interview intimate into invisible invited invoice iphone iron islam issue its itself january
    jest job jobs join joke journal journalist journey judge july jumped june junior just keen keep
    keeper keeping keeps kept key kid kids killed kind kindly kindness king kissed kitchen kitten
    knee knees knew knife knight knocking know knowing knowledge known knows lab laboratory labour
    lace lad ladies lady laid lake lamp land landlord landscape language laptop large larger lark
    last late lately later latter laugh laughed laughing launch law lawyer lay lead leader leading
    league leaned leaning learn learned learning lease least leather leave leaves leaving lecture
    lecturer led left leg legal legs leisure lender length less let letter letters level liberty
    library licence license lie lies life lifted lifting light lighted lights like liked likely
    limbs limited line linen lines link linkedin linux lip lips list listen listened listening lit
    little live lived lives living loan local location lock lofty log login logistics logo lol lone
    lonely long longer look looked looking looks loose lord lose losing loss lost lot lottery loud
    loved lovely lover low lower luck lucky lustre luxury lying machine mad made magazine
    magnificent maid mail mailing main mainframe major make maker makes making mall mamma man
    manage management manager mankind manner manners mansion manual manufacturer many map margin
    marked market marketing markets marks marriage married marry marrying mass master masters match
    mate material matter matters may mayor meal mean meaning means meant meantime meat media
    medical medicare meet meeting melancholy member members memo memory men mental mention
    mentioned menu merchant mere merely message messenger met metal method metro microsoft middle
    midfielder midnight midst might mighty mild mile military milk mind minds mine mingled minister
    ministry mint minuet minute minutes mirror miserable misfortunes mist mistake mistress misty
    mixed mobile mode model modern module mom moment moments monday money monitor month months moon
    moral more moreover morning morrow mortal mortgage most mostly mother mothers motion mount
    mountains mounted mourning mouth move moved movements movie moving much mud muddy muffled mum
    murmured museum music musical musician muslin must muttered myself mysterious mystery name
    named names narrative narrow nation national native natural naturally nature navy nay near
    nearer nearly neat neatly necessary necessity neck need needed needs neglected neighbourhood
    neighbours neither nerves nervous network never nevertheless new news newsletter newspaper
    newspapers next nice night nights nine nobleman nobody noise none noon nor north nose not note
    noted notes nothing notice noticed novel novels now number numbers nurse nursery oak oaks
    object objection objects obliged observation observe observed observing obvious occasion
    occasional occasionally occupation occupied occurred october odd off offer offered office
    officer officers official often old older once one online only open opened opening opera
    operations operator opinion opportunity opposite option order ordered orders ordinary org
    organisation organization original originally orphan other others otherwise ought our ours
    ourselves out outlook outside over overcoat own owner pace pacific pack packet pages paid pain
    painted painter painting pair pale panes papa paper papers parent parents parish parliament
    parlour parson part parted participant particular particularly parties partly partner parts
    party pass passage passed passenger passengers passing passion password past pastor path
    patient patients paused pay payment pdf peculiar peculiarly people perfect perfectly
    performance perhaps period permit permitted person personage personal persons persuaded
    pharmacy phone photo physical physician physics picked picking picture pictures piece pieces
    pile piled pilot pink pipe pits pity pizza place placed places plain plaintiff plan planet
    plans plants plate platform play played player players playing pleasant pleasantly please
    pleased pleasure plenty plumber pocket pockets podcast poet poetry poets point pointed pointing
    points pole police policy polished political politician politics pool poor pop pope population
    porch portal portion portrait position possessed possession possible possibly post postal
    poster pot pound pounds power practice preferred premier premium prepared presence present
    presented presently president press pressed pretend pretended pretty previous pride priests
    prime prince principal print printed printer prison privacy private probable probably proceed
    proceeded process processing produce produced producer product production products profession
    professional professor profile profound program programme programmer project promise promised
    promising proper properly property prosecutor prospect prospector protection proud prove proved
    provided provider pub public publisher pulled purchase pure purple purpose pursued put putting
    quaint qualities quality quarter queer query question questions quick quickly quiet quietly
    quite rabbi race radio rage railway rain raise raised ran ranger rank rapid rapidly rare rate
    rather rating reach reached read reader reading ready real really reason reasons receive
    received reception recipient reckon record recruiter red reddit referee reference reflected
    reflection refund refused regard regarded region regional register registration regret regular
    regulation reign rein release religion remainder remained remark remarkable remarked remember
    remembered remembrance reminded remote removed rendered rent rental repair repeated replied
    reply report reporter represented reputation request required research researcher reservation
    reserve residence resident resolved resource respect respectable respondent response rest
    restaurant result results retail retired return returned returning revealed revenue review
    reviewer ribbon riches riding right ring rings rise rising risk river rivers road robot rode
    role rolled roman romantic roof rookie room rooms root rope roses rough round row rows rude
    ruin rule rum run running rush rust sacred sad saddle sadly safe said sailor sailors sake
    salary sale sales saloon same sand sang sank sat satisfaction satisfied saturday save saved saw
    say saying says scarce scarcely scarlet scattered scene schedule scholar school science
    scientist screen sea seafaring seal seaman search season seat seated second secret secretary
    section security see seeing seem seemed seems seen seized seldom selected self seller senator
    send sending senior sensation sense senses sensible sent sentiment sentiments separate
    separated september sergeant series serious servant servants serve served server service
    services session set setting settings settle settled seven several sex shabby shade shadow
    shadows shadowy shaking shall shape shaped shareholder sharp sharply she shed sheep sheer
    sheriff ship shipping ships shirt shock shoes shone shook shop shopping shore short shot should
    shoulder shoulders shouted show showed showing shut sick side sides sigh sight sign signature
    signs silence silent silently silk silly silver simple simplicity simply since sing singer
    single singular sinking sir sis sister sisters sit site sitting situation six sixteen sixty
    skin skirt skirts sky skype slack slave slaves sleep sleeping sleepy sleeves slender slept
    slight slightly slim slipped slow slowly small smaller smart smell smile smiled smoke smoking
    smooth snuff soccer social society sofa soft softly software soil sold soldier soldiers
    solicitor solitary solitude solution solutions some somebody somehow something sometimes
    somewhat somewhere son song soon sooner sorrow sorry sort sorts sought soul sound sounded
    sounds source south space spare speak speaker speaking special specialist speech spend spending
    spent spirit spirits spite splendid spoil spoke spoken sponsor sport sports spot sprang spread
    spring spurs square squire stable staff stage stairs stakeholder stamped stand standard
    standing star stared staring stars start started startled startup state statement station
    status stay steady steel steep step stepped stepping steps stick stiff still stock stood stop
    stopped store stories storm story stove straight strange stranger strategy stream street
    streets strength stretched strike strikes striking stroke strongly struck struggle student
    students studied studio study stuff style subdued subject submission subscription suburb
    succeeded success successful such sudden suddenly suffer suffered suffering sufficient
    sufficiently sugar suggested suit sullen sum summary summer sun sunday sunk sunset sunshine
    superior supervisor supper supplier support suppose supposed sure surely surgeon surname
    surprise surprised surrounded surrounding survey suspect swamp sweet swept swift switch
    sympathy system systems table tablet take taken taking tale tales talk talked talking tall
    taste taught tax taxi tea teach teacher team teams tear tears tech technical technician
    technology teeth telephone telescope tell teller telling temper temple ten tenant tender
    tenderness term terms terrible terror test testing text than thank thanks that the theatre
    their them themselves then thence theory therapist therapy there therefore these they thick
    thin thing things think thinking thinks third thirteen thirty this thoroughly those thou though
    thought thoughts thousand thousands thread threatened three threshold threw throat throng
    through throughout throw throwing thrown thrust thursday thus ticket tickets tide tie tied
    tiger tight tile till time times timid tin tinted tired tiresome title today together told
    tomorrow tone tongue too took top topic torn total touch touched tour tourist toward towards
    tower town towns trade trader traffic trail train trainee trainer training transaction
    transcript transfer transport travel traveller treasurer treaty tree trees trembling trial
    tribunal tried trifle trip trouble trousers true trust trustee truth try trying tuesday turn
    turned turning tutor tv tweet tweets twelve twenty twice twilight twitter two twopence type
    tyre ugly unable uncle under understand understanding understood underwriter unfortunate union
    unit united university unknown unless until unusual update updated upload upon upper upstairs
    urged use used useful user users usual usually utmost vacant vacation vaccine vague vain valid
    valley value van vanished vanity various vast vehicle veil velvet vendor venture venue veranda
    version very vessel vet victim victory video vietnam view views villa village vine violence
    violent virgin virtues virus visa visible vision visit visited visitor vivid vlog voice voices
    volume volunteer voter voyage vulgar waggon wait waited waiting walked walking wall walls
    wandered wandering want wanted war warehouse warm warranty was washing watch watched watching
    water way ways weak wealth wear weary weather web webinar website wedding wednesday weed week
    weekend weeks weight welcome well went were west wet what whatever whatsapp wheat when whenever
    where whether which while whispered who whole wholly whom whose why wide widow wife wifi wild
    wilderness wind window windows winds wine wing winner winter wireless wisdom wise wish wished
    wishes wit with within without witness woman women won wonder wondered wonderful wooden wool
    word words wore work worked worker workers workhouse working works workshop world worn worse
    worst worth worthy would wound wrapped wretched write writer writing written wrong wrote yahoo
    yard year years yeh yellow yesterday yet yonder you younger youngest your yours yourself youth
    youthful youtube zoom
    """
)

# Words that are names as often as not, once they have a capital.
ALSO_NAMES: frozenset[str] = _words(
    """
    amber angel archer bailey baker banks barber barker bell berry bill bird bishop black bob bond
    booker boone booth bowman brad brook brooks brown buck bud bush butler byrd cane carol
    carpenter carter carver chandler chase cherry christian chuck clay cliff cole coleman collier
    cook cooper crane dale dawn dean dick drake draper drew eden ernest faith finch fisher fletcher
    flint foster fowler fox frank franklin freeman frost gale gardener gardner gay gene ginger glen
    glover grace graham grant graves gray green grey guy hale hall hardy harper hayes hayward hazel
    heath heather hill holly holmes holt hood hooker hope hunt hunter iris ivy jack jade jasmine
    jay jean jewel jimmy jordan josh joy kay kirk kitty knott lamb lance lane laurel lawn leaf lee
    lily love lynx march mark marsh marshal marshall mason meadow melody mercer mercy merry miles
    miller mills moody moor moore moss myrtle nichols nick noble olive opal page paige palm palmer
    park parker parks parsons pat peace peach pearl penny pepper perry pierce pike pine piper pitch
    pitt poole poppy porter potter powers pratt price prior quill raven ray reed reef rice rich
    rider ripple rob robin rock rod rook rosa rose rosemary rowan royal ruby rusty sage sandy
    savage sawyer scott shepherd sheppard sherry skinner skip smith snow sparrow spear spears
    stacks starling stern stocks stone stout strong sue summers sunny swan tailor tanner taylor
    tempest terry thatcher thorn thorne todd tom trace tracy trey tucker turner tyler underwood
    vale victor viola violet wade wakefield walk walker waller ward warden warner warren waters
    watt weaver webb weber webster wells wheeler white whitehead wilder will willow wills winters
    wolf wood woods woody wren wright york young
    """
)
