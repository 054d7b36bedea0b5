"""Frequent given names and surnames, and words that look like names and are none."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Given names that are hardly ever another English word.
GIVEN: frozenset[str] = _words(
    """
    aaron abdul abdullah abigail adam adele adrian ahmad ahmed aidan aiden aisha akira alan albert
    alejandro alex alexander alexandra alexandre alexis ali alice alicia alison allison alyssa
    amanda amelia amina amir amit amy ana anastasia andrea andreas andrew andy angela anita
    anjali ann anna anne annette annie anthony antonio anton antonia aoife arjun arthur asha
    ashley audrey ava barbara barry beatrice becky belinda ben benjamin bernadette bernard beth
    bethany betty beverley bianca björn bob bradley brandon brenda brendan brett brian bridget
    bruce bruno bryan caitlin callum cameron camille carl carla carlos carmen carol caroline
    carolyn catherine cathy cecilia charles charlie charlotte chen chloe chris christina
    christine christopher claire clara claudia colin colleen connor courtney craig cynthia
    daisuke damien dan daniel daniela danielle danny darren dave david deborah debbie debra
    deepak denise dennis derek diana diane diego dimitri dmitri dominic donald donna dorothy
    douglas duncan dylan edith eduardo edward edwin eileen elaine eleanor elena elif 
    elizabeth ella ellen ellie elsie emil emilia emily emma emmanuel eric erica erik erin esther
    ethan eugene eva evan evelyn fatima fatma felicity felix fernando fiona florian frances
    francesca francesco francis francisco frederick gabriel gabriela gareth gary gavin gemma
    geoffrey george gerald gerard gina giovanni giulia glenn gloria gordon graham greg gregory
    gretchen guillermo gustavo gwen hamid hanna hannah hans harold harriet harry hassan hayley
    heather hector heidi helen helena henry hiroshi hugh hugo ian ibrahim imran ingrid irene irina
    isaac isabel isabella isabelle isla ivan jack jackie jacob jacqueline jake james jamie
    jane janet janice jasmine jason jasper javier jayden jean jeff jeffrey jenna jennifer jenny
    jeremy jerome jessica jill jim jimmy jo joan joanna joanne joe joel johan johanna johannes
    john johnny jonas jonathan jorge jose josé josef joseph joshua joyce juan juanita judith judy
    julia julian juliana julie juliet justin kaitlyn karen karim karin karl karthik kate
    katherine kathleen kathryn kathy katie katrin katrina kavita kayla keith kelly ken kenneth
    kenji kerry kevin khadija kieran kim kimberley kimberly klaus kristen kristin kristina kumar
    kurt kyle lachlan lara larry laura lauren laurence laurent lawrence leah leanne lee leila lena
    leo leon leonard leslie lewis liam lily linda lindsay lisa liz lloyd logan lorenzo lorraine
    louis louisa louise luca lucas lucia lucinda lucy luis luisa luke lydia lyn lynda lynn lynne
    maddison madeleine malcolm mandy manuel marc marcel marcia marco marcus margaret margarita
    maria mariam marian marianne marie marilyn marina mario marion marjorie marlene marta martha
    martin martina mary mateo mathew matt matteo matthew matthias maureen maurice maxine mei
    melanie melinda melissa meredith mia michael michaela michel michele michelle miguel mike
    mikhail milan mildred mina ming miranda miriam mohamed mohammad mohammed mohan moira molly
    mona monica monika morgan muhammad mustafa myra nadia naomi natalia natalie natasha nathan
    nathaniel neha neil nicholas nick nicola nicolas nicole nigel nikolai nils nina noah noel noor
    nora norma norman olga oliver olivia omar oscar osman otto owen pablo paige pam pamela paolo
    patricia patrick paul paula pauline pedro peggy penelope penny peter petra philip phillip
    phoebe phyllis pierre pooja prakash priya rachael rachel rahul raj rajesh ralph ramon rania
    rashid raul ravi raymond rebecca reginald rekha renee ricardo richard rick rita robert roberta
    roberto robin rodney roger rohan roland ronald rosa rosemary rosie ross roxanne roy ruben
    rupert russell ruth ryan sabrina sally sam samantha samir samuel sandra sanjay sara sarah
    sasha saul scott sean sebastian selina serena sergei sergio shane shannon sharon shaun sheila
    shelley shirley siddharth sienna silvia simon simone siobhan sonia sophia sophie stacey
    stan stanley stefan stella stephanie stephen steve steven stuart sue sunil suresh susan
    susanna susanne suzanne svetlana sven sylvia tamara tania tanya tara tatiana ted teresa
    terence terry theo theodore theresa thomas tim timothy tina tobias todd tom tomas toni tony
    tracey tracy trevor tristan tyler ulrich ursula valentina valerie vanessa vernon veronica
    vicki victor vijay vikram viktor vincent vivian viviana vladimir walter wayne wei wendy
    wilhelm william winston wolfgang xavier xin yan yasmin yolanda yosef yuki yuri yusuf yvette
    yvonne zachary zara zoe zoya
    """
)

# Given names that are also words, places or months: they need a known surname beside them.
SHARED_GIVEN: frozenset[str] = _words(
    """
    amber april art august austin autumn bill brad brooke carter chase chelsea cherry cliff
    dale dallas
    dawn drew eden faith florence frank gene georgia ginger glen grace grant guy hazel holly hope
    hunter iris ivy jade jay jackson jordan joy june kay kent lance laurel madison mark mason
    max may
    melody mercy miles milton olive paris parker pat pearl peter ray reed rich rob robin rod rose
    ruby rusty sandy savannah sidney skip summer sydney taylor victoria viola violet virginia wade
    warren will willow woody christian vera sofia elisa
    """
)

SURNAMES: frozenset[str] = _words(
    """
    abbott abe adams adeyemi aguilar ahmed akhtar alexander ali allen almeida alvarez andersen
    anderson andersson andrews armstrong arnold arora ashton atkinson bailey bakshi ballard
    banerjee barnes barnett barrett basu bauer becker begum bell bennett berg bernard bhatt
    bianchi blackwell bloom borg boyd boyle bradley brennan brooks brown browning bruno bryant
    burke burns burton butler byrne cameron campbell cao cardoso carlson carpenter carr carroll
    carter castillo castro chan chandra chandler chang chapman chatterjee chavez chen cheng cheung
    choi chopra chowdhury christensen clark clarke clayton cohen cole coleman collins connolly
    connor cooper costa cox craig crawford cruz cummings cunningham curtis dang daniels das
    davidson davies davis dawson delgado desai diaz dietrich dimitrov dixon dlamini do donnelly
    donovan douglas doyle dubois duffy duncan dunn dupont edwards elliott ellis eriksson evans
    farrell ferguson fernandes fernandez ferrari ferreira fischer fisher fitzgerald fleming
    fletcher flynn fontaine forbes foster fox fraser friedman fuchs fujita gallagher garcia
    gardner garg gibson gill gomes gomez gonzales gonzalez gordon graham grant gray green greene
    griffin griffiths guerrero gupta gutierrez guzman haddad hall hamilton hansen hansson harper
    harris harrison hart hartmann harvey hassan hayes henderson hendricks henry hernandez herrera
    hicks hill ho hoang hoffman hoffmann holmes hopkins howard huang hudson hughes hussain hussein
    huynh ibrahim iqbal islam ivanov iyer jackson jacobs jain james jansen janssen jenkins jensen
    jimenez johansson johnson johnston jones jordan joseph joshi kang kapoor karlsson kaur keller
    kelly kennedy kerr khan kim king klein knight kobayashi koch kovac kovacs kowalski kumar lam
    lambert lane larsen larson larsson lau laurent lawrence lawson le lee lefebvre leung levy
    lewis li liang lim lin lindberg liu lopez lu lynch ma macdonald mackenzie maclean mahmood
    malik mancini marino marshall martin martinez mason matthews mcarthur mccarthy mcdonald
    mckenzie mclean medina mehta meier mendes mendoza menon meyer miller mills mitchell mohamed
    molina moore morales moreau moreno morgan morris morrison moyo mueller müller murphy murray
    nair nakamura nakashima nelson newman ng ngo nguyen nielsen nkosi novak o'brien o'connor
    o'neill o'reilly o'sullivan ochieng odonnell okafor okeke oliveira olsen olson ortega ortiz
    osborne owens palmer papadopoulos park parker patel paterson patterson payne pearson pedersen
    pereira perez perry peters petersen peterson petrov pham phan phillips popescu popov porter
    powell price quinn rahman ramirez ramos rao reddy reid reilly reyes reynolds ribeiro richards
    richardson richter riley rivera roberts robertson robinson rodrigues rodriguez rogers romano
    romero rosenberg rossi ruiz russell russo ryan sanchez sanders santos sato schmidt schmitt
    schneider schroeder schulz schwartz scott shah sharma shaw shapiro sheikh silva simmons
    simpson singh smith sokolov soto souza spencer stephens stevens stewart stone sullivan sutton
    suzuki svensson tan tanaka taylor thomas thompson thomson torres tran tucker turner vargas
    vasquez vega verma vogel vu wagner walker wallace walsh wang ward warren watanabe watson watts
    weaver weber webster weiss wells west wheeler white whitlock williams williamson wilson wong
    wood woods wright wu xu yadav yamamoto yang yilmaz yoshida young yu zhang zhao zhou zhu
    ziegler zielinski zimmermann
    """
)

# Capitalised words that stand where a name would, and are none.
NOT_NAMES: frozenset[str] = _words(
    """
    a about access account accounts action admin administrator after afternoon again agent agency
    all also am an and any anyone application april are as asap at august australia australian
    back bank bar based bay because before best board both box branch bridge bug building business
    but by call can care case cc centre center chair change chapter chat check church city class
    client close code college colleague colleagues come committee community company contact
    convert corporate corp council country court credit currently customer customers data date day
    days dear december deep default delivery department desk details development director district
    do document does drive due each east email engineer engineering england english error evening
    every everybody everyone everything example false february file finance fine first folks for
    form foundation free friday friend friends from front fund general gentlemen get given glad
    good government great group guest guests guys had happy has have he head hello help helpdesk
    her here hi high him his hospital hotel house how hr i if in inc info information institute
    insurance internal internet is island issue it january job july june just kind kindly kit lab
    ladies lake language last later law let level library licence license limited line link list
    live ll llc local london looking ltd machine madam maintenance management manager many march
    market master mate mates may me meeting member members memorial message model monday month
    more morning most mount mr mrs ms much museum my name need network new next night no none
    north not note nothing november now number october of off office ok okay on one online only
    open operator or order other our out over owner page park part party password patient people
    person phone place plan please point policy president press price prize problem process
    product program project public queue quick re ready really reception reference regarding
    regards release report request research response river road room sales same saturday school
    science season security see senior september server service services shall she shop should
    show sir site smart so society software soon sorry south special square staff station still
    store street student subject sunday support sure system systems table tax team teams tech test
    testing than thank thanks that the their them then there these they this those thursday ticket
    time to today tomorrow too total trail tree true trust tuesday type union united university
    unknown update us user users valley very via view village visitor wanted was way we web
    wednesday week welcome well were west what when where which who why will windows wish with
    work world would writing year yes yesterday you your yours trying unable having getting
    writing calling working since although though while unless until whereas despite during under
    above below between either neither nor yet once twice such another whether according given
    including among within without upon per under both most many several doctor nurse medicare
    medicaid centrelink google microsoft apple amazon facebook linkedin excel outlook teams word
    zoom slack jira github linux ubuntu debian android iphone ipad chrome firefox safari adobe
    oracle cisco dell lenovo citrix okta sharepoint onedrive exchange azure sap vpn wifi creative
    commons apache european american british french german italian spanish chinese japanese indian
    canadian irish scottish welsh dutch greek russian korean christmas easter ramadan bye goodbye
    dob tfn abn acn bsb iban id ref mrn ssn gst pty tel fax mobile mob cell dear attn cc re fwd hq
    ask tell met write send give inform notify reply copy forward add remove delete let make
    check visit
    know said says told asked thanked hi hey either
    i'm i've i'll i'd it's that's let's we're you're he's she's what's there's here's
    human humans assistant bot chatbot ai teacher professor parent parents coach apologist speaker
    narrator interviewer interviewee moderator host editor author reader mom dad mum grandma grandpa
    children international syndrome disease disorder clinic laboratory federation association
    cheers regards sincerely yours respectfully faithfully greetings anyway thx rgds
    """
)

PARTICLES: frozenset[str] = _words(
    "al ap ben bin da das de del della den der di dos du el ibn la le mac san st ten ter van von zu"
)

# Surnames that end too many other capitalised phrases ("Grizzly Park", "Radio King").
COMMON_SURNAMES: frozenset[str] = _words(
    """
    bell berg bloom brooks butler carpenter cole cox cruz do fisher forbes foster fox gardner
    grant gray green greene hall hart harper hill ho hunter islam jordan king knight lane le li
    lu ma mason mills ng newman palmer park parker payne porter price stone tan tucker turner
    vega ward warren weaver webster wells west wheeler white wood woods young yu miller smith
    taylor walker wright carter cooper baker victoria jackson houston washington spencer
    collins mitchell albert church martin lin das wang singh
    """
)
