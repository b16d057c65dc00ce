"""Takes nothing, gives invented articles: events that have nothing in common but to be on topic, amid news of no interest.

Which articles are one story then does not depend on when they come in; so two runs can be compared.
"""

EVENTS = (
    ("Peru and Ecuador sign pact on border patrols against cocaine",
     "The defence ministers of Peru and Ecuador signed a security cooperation agreement on joint river patrols"
     " against cocaine gangs."),
    ("Kenya tightens licences for makers of ketamine and tramadol",
     "Factories in Nairobi must weigh controlled substances every evening under a narcotics rule that parliament"
     " adopted by nine votes."),
    ("Norway and Finland plan common air defence exercise in Lapland",
     "Oslo and Helsinki agreed to fly their fighter jets from one airfield in March, the first such military"
     " cooperation in the north."),
    ("Extradition treaty between Ghana and Brazil comes into force",
     "Courts in Accra may now hand over suspects to Brasilia; mutual legal assistance had been negotiated for six years."),
    ("Portugal reports fewer heroin deaths since decriminalisation",
     "A drug policy review in Lisbon counts clinics, needle exchanges and methadone places, and asks for money until"
     " the next decade."),
    ("Japan gives Vietnam two coastguard cutters as security assistance",
     "Tokyo delivers the ships to Hanoi in autumn and trains the crews; both capitals call it maritime security, not an alliance."),
    ("Cannabis law of Malta fails in its upper court",
     "Judges in Valletta found that marijuana clubs were licensed without the hearing that the drug law demands."),
    ("India and France renew intelligence sharing on counterterrorism",
     "Delhi and Paris extend the bilateral security dialogue by ten years, with analysts seconded to each other's service."),
    ("Opioid settlement pays for naloxone in rural Canada",
     "Ottawa spends the overdose money on ambulances; harm reduction groups in Manitoba had gone to court over it."),
    ("Poland buys howitzers from South Korea in arms deal",
     "Warsaw and Seoul settled price and spare parts of the artillery; a factory near Radom will build a third of the guns."),
    ("Mexico bans fentanyl precursors that come by post",
     "Customs in Manzanillo may open every parcel with precursor chemicals, the health council wrote into its"
     " synthetic drugs decree."),
    ("Australia and Fiji to share a police academy",
     "Canberra pays for classrooms in Suva under a law enforcement cooperation programme for detectives and dog handlers."),
    ("Afghan opium poppy eradication leaves farmers without seed",
     "A survey of the poppy cultivation ban in Badakhshan asks donors for wheat, apricots and a road before the winter."),
    ("Greece and Egypt set up joint task force on smuggled weapons",
     "Athens and Cairo put prosecutors and naval officers into one room at Alexandria, by a memorandum of"
     " understanding on security."),
    ("UNODC chief warns of captagon pills in Gulf ports",
     "The drug agency's annual report describes laboratories in lorries and asks for chemists at container terminals."),
    ("Colombia and Spain end their military training agreement",
     "Bogota will not send cadets to Zaragoza any more after a dispute on fees in the bilateral defence agreement."),
    ("Thai drug courts send methamphetamine users to treatment",
     "Bangkok changes its narcotics code so that first offenders with few pills see a doctor, not a prison."),
    ("Sweden and Estonia guard undersea cables together",
     "Stockholm and Tallinn agreed joint naval patrols of the Baltic seabed and a common control room, their defence"
     " ministers said."),
)  # fmt: skip
QUIET = (
    "The jury praised the crust of the rye bread. Its baker will open a second shop in spring, near the tram stop.",
    "The museum shows three hundred kites. Children may build their own on Sundays, and the wind decides which of them wins.",
    "After the rain the second half was played on sand. The home side scored late, and its supporters sang until the"
    " lights went out.",
    "The choir looks for two basses. Rehearsals are on Tuesdays in the old gymnasium, and nobody has to read music.",
)
TOWNS = (
    "Arlow",
    "Bexley",
    "Cormel",
    "Dunmere",
    "Estwick",
    "Farrow",
    "Glenby",
    "Harth",
    "Inverlee",
    "Jessop",
    "Kelby",
    "Lorne",
)
PARTS = ("East", "West", "Hill")


def corpus() -> list[dict[str, str]]:
    """Give the articles as rows of a news web's corpus; in which order they come out is its own affair.

    An event is said three times over: a page has to hold more of it than of what surrounds every article of the site.
    """
    places = [f"{town} {part}" for town in TOWNS for part in PARTS]
    quiet = [
        (f"{place}: {text.partition('.')[0]}", f"{text} So it was told in {place}.")
        for place in places
        for text in QUIET
    ]
    events = [(title, "\n".join([text] * 3)) for title, text in EVENTS]
    return [
        {"title": title, "text": text, "url": f"https://corpus.example/{n}", "outlet": "corpus", "date": "2026-11-01"}
        for n, (title, text) in enumerate((*events, *quiet))
    ]
