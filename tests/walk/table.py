"""Who may open what: every page of the product stands here once, and a new one must be entered before the build passes.

``draft`` and ``submitted`` are for pages of a consultation that is not public yet; elsewhere ``who`` counts alone. People
get past the door of a page when it answers anything but a refusal, a not-found or the sign-in page.
"""

from dataclasses import dataclass
from tests.walk.scene import LOGINS


NOBODY = frozenset()
EVERYBODY = frozenset(LOGINS)
KNOWN = EVERYBODY - {"visitor"}
MANAGER = frozenset({"manager"})
OPERATES = MANAGER | {"operator"}
OF_A = frozenset({"administrateur", "acheteur", "valideur", "porteur", "lecteur"})
FOLLOWS = OF_A | MANAGER
REGISTERS = OF_A - {"administrateur"}
PREPARES = MANAGER | {"acheteur", "valideur"}
PUBLISHES = MANAGER | {"valideur"}
WRITES_TO_COMPANIES = frozenset({"acheteur", "valideur"})
EXPORTS = frozenset({"acheteur", "valideur"})
OPENS = frozenset({"porteur"})
READS_BIDS = frozenset({"acheteur", "valideur", "porteur"})
ADMINISTERS = frozenset({"administrateur"})
MANAGES_AGENTS = ADMINISTERS | OPERATES
ACTS = frozenset({"secretaire", "administrateur", "lecteur", "manager"})
WORKS_ON_ACTS = MANAGER | {"secretaire"}
EVERY_AGENT = OF_A | {"secretaire", "comptable", "neighbour"}
IN_FORUM = EVERY_AGENT | OPERATES
ACCOUNTS = MANAGER | {"comptable"}
BUYS_TOGETHER = (FOLLOWS - {"porteur"}) | {"neighbour"}
LEADS_SPACE = MANAGER | {"acheteur"}
WORKS_IN_SPACE = LEADS_SPACE | {"neighbour"}
IN_SPACE = WORKS_IN_SPACE | {"boss"}
BIDDERS = frozenset({"boss", "bidder", "rival"})
COMPANY = frozenset({"boss", "bidder"})
MANAGES_COMPANY = OPERATES | {"boss"}
WRITES_SITE = MANAGER | {"webmestre"}
TRAINS = OPERATES | {"webmestre"}


@dataclass(frozen=True)
class Rule:
    """``writes``: a POST without our token must be refused there. ``open_to_all`` says why no permission is named.

    ``presser`` is who has its buttons, when it is not the first who is let in. ``get_writes`` says why a GET may leave a trace. ``queries`` are asked besides the bare address, with the names of
    ``Places.values`` put in.
    """

    who: frozenset
    draft: frozenset = None
    submitted: frozenset = None
    guests: frozenset = None
    trial: frozenset = None
    writes: bool = False
    presser: str = ""
    queries: tuple = ()
    get_writes: str = ""
    open_to_all: str = ""

    def expected(self, place):
        """Return who gets past the door at a place of the scene."""
        if place.endswith("brouillon"):
            return self.who if self.draft is None else self.draft
        if place == "a-valider":
            return self.draft if self.submitted is None and self.draft is not None else self.submitted or self.who
        if place == "restreinte":
            return self.guests if self.guests is not None else self.who & (FOLLOWS | COMPANY)
        if place == "simulation":
            return self.trial if self.trial is not None else self.who if self.who == EVERYBODY else self.who & MANAGER
        return self.who


def public(**more):
    """Everybody, once published; before, those who prepare it."""
    return Rule(EVERYBODY, draft=FOLLOWS, **more)


def agents(who, **more):
    """Agents of the buyer at any time."""
    return Rule(who, **more)


def drafting(**more):
    """Those who prepare, while it is a draft."""
    return Rule(NOBODY, draft=PREPARES, submitted=NOBODY, trial=NOBODY, writes=True, **more)


def opening(**more):
    """The key holders, in their own collectivité; the room of trials has none."""
    return Rule(OPENS, **more)


def company(**more):
    """Those who answer for a company; in the room of trials, anybody."""
    return Rule(BIDDERS, draft=NOBODY, trial=EVERYBODY, **more)


def files(name, rule):
    """The three files of a list, for those who see the list."""
    return {f"{name}.{extension}": rule for extension in ("csv", "xlsx", "pdf")}


SIGNING_IN = "whoever signs in or registers is nobody yet"
BY_MAIL = "who holds the link of the mail proves himself by it"
SEARCH = "the search is everybody's; the snapshot behind it holds published consultations only"
LEADS_ON = "only leads to another address"
REFUSES = "says to whoever comes that the door is shut: 403, or the way in for a visitor"
SHELL = "the shell of every page, and what it lends to templates"
SEES_NOBODY = "shows a visitor the way in, and each person his own"
ASKS = "asks who deposits before it says anything: a program that is not invited gets a refusal it can read"
COUNTED = "taking the dossier is an event of the register"
RECEIPT = "its display to the company is the reading that law dates"
READING = "what a person has read of a forum is marked as he reads it"
SCALES = "the sizes of a picture are drawn up when somebody first looks at it, as Plone does"
TAKEN = "taking the archive of a consultation is an event of its journal"
BID_READ = "reading a document of an opened bid is an event of the journal"
READ = "a pli handed to a key holder is an event of the journal"

GROUPING_WRITES = ("convention", "besoins", "reponse", "consolidation", "parts", "commandes")

SOFTWARE = "a program signs in by HTTP Basic; each address asks for the right of its own"

PAGES = {
    # what staff write and everybody reads
    "Rubrique view": Rule(EVERYBODY, queries=("page=2", "pour=agents&service=marches", "mois=2026-03")),
    "Rubrique agenda.ics": Rule(EVERYBODY),
    "Rubrique flux.atom": Rule(EVERYBODY),
    "Rubrique flux.rss": Rule(EVERYBODY),
    "Editorial view": Rule(EVERYBODY, draft=WRITES_SITE, get_writes=SCALES),
    "Editorial redaction-fiche": Rule(WRITES_SITE, writes=True),
    "Editorial redaction-modifier": Rule(WRITES_SITE, writes=True),
    "Editorial redaction-comparer": Rule(WRITES_SITE, queries=("avant=0&apres=0",)),
    "Event evenement.ics": Rule(EVERYBODY),
    "PloneSiteRoot actualites.atom": Rule(EVERYBODY),
    "PloneSiteRoot actualites.rss": Rule(EVERYBODY),
    "PloneSiteRoot calendrier-des-services": Rule(EVERYBODY),
    "PloneSiteRoot infos-agents": Rule(EVERYBODY),
    "PloneSiteRoot infos-entreprises": Rule(EVERYBODY),
    "PloneSiteRoot redaction": Rule(WRITES_SITE),
    "PloneSiteRoot redaction-nouveau": Rule(WRITES_SITE, writes=True, queries=("genre=Communique", "genre=Evenement")),
    "PloneSiteRoot redaction-rendu": Rule(WRITES_SITE, writes=True),
    "PloneSiteRoot redaction-equipe": Rule(OPERATES, writes=True),
    "PloneSiteRoot redaction-accueil": Rule(WRITES_SITE, writes=True),
    "PloneSiteRoot redaction-lettres": Rule(WRITES_SITE, writes=True),
    "PloneSiteRoot redaction-formulaires": Rule(WRITES_SITE, writes=True),
    "PloneSiteRoot redaction-formulaire-nouveau": Rule(WRITES_SITE, writes=True, queries=("depart=copie:contact",)),
    "PloneSiteRoot redaction-pages": Rule(WRITES_SITE, writes=True),
    "PloneSiteRoot redaction-renvois": Rule(WRITES_SITE, writes=True),
    "PloneSiteRoot infolettre-abonner": Rule(EVERYBODY, writes=True),
    "PloneSiteRoot infolettre-confirmer": Rule(NOBODY, open_to_all=BY_MAIL),
    "PloneSiteRoot infolettre-desabonner": Rule(NOBODY, open_to_all=BY_MAIL),
    "Letter view": Rule(EVERYBODY, draft=WRITES_SITE),
    "Letter redaction-lettre": Rule(WRITES_SITE, writes=True),
    "PloneSiteRoot recherche": Rule(EVERYBODY, queries=("q=canari", "q=canari&ou=actualites")),
    "PloneSiteRoot sitemap.xml": Rule(EVERYBODY),
    "PloneSiteRoot registre-des-traitements": Rule(EVERYBODY),
    "EasyForm formulaire": Rule(EVERYBODY, writes=True),
    "AskingForm redaction-fiche": Rule(WRITES_SITE, writes=True),
    "AskingForm redaction-comparer": Rule(WRITES_SITE, queries=("avant=0&apres=0",)),
    "AskingForm redaction-modifier": Rule(WRITES_SITE, writes=True),
    "EasyForm redaction-questions": Rule(WRITES_SITE, writes=True),
    "EasyForm redaction-reponses": Rule(WRITES_SITE, writes=True),
    **files("EasyForm reponses", Rule(WRITES_SITE)),
    # the site
    "PloneSiteRoot accueil": Rule(EVERYBODY),
    "PloneSiteRoot accessibilite": Rule(EVERYBODY),
    "PloneSiteRoot aide": Rule(EVERYBODY),
    "PloneSiteRoot aide-agent": Rule(EVERYBODY),
    "PloneSiteRoot aide-entreprise": Rule(EVERYBODY),
    "PloneSiteRoot contact": Rule(EVERYBODY),
    "PloneSiteRoot donnees-personnelles": Rule(EVERYBODY),
    "PloneSiteRoot mentions-legales": Rule(EVERYBODY),
    "PloneSiteRoot consultations": Rule(EVERYBODY, open_to_all=SEARCH, queries=("q=canari",)),
    "PloneSiteRoot consultations.atom": Rule(EVERYBODY, open_to_all=SEARCH, queries=("q=canari",)),
    **files("PloneSiteRoot consultations", Rule(EVERYBODY, open_to_all=SEARCH)),
    "PloneSiteRoot consultations.json": Rule(EVERYBODY, open_to_all=SEARCH, queries=("q=canari",)),
    "PloneSiteRoot consultations.rss": Rule(EVERYBODY, open_to_all=SEARCH),
    "PloneSiteRoot alerte": Rule(EVERYBODY, writes=True, open_to_all=SEARCH, queries=("q=canari",)),
    "PloneSiteRoot alerte-confirmer": Rule(NOBODY, open_to_all=BY_MAIL),
    "PloneSiteRoot alertes-desabonner": Rule(NOBODY, open_to_all=BY_MAIL),
    "PloneSiteRoot mes-alertes": Rule(EVERYBODY, open_to_all=SEES_NOBODY),
    "PloneSiteRoot chiffres-cles": Rule(EVERYBODY, queries=("par=annee",)),
    "PloneSiteRoot chiffres-cles.json": Rule(EVERYBODY),
    **files("PloneSiteRoot chiffres-cles", Rule(EVERYBODY)),
    "PloneSiteRoot statistiques": Rule(OPERATES),
    "PloneSiteRoot statistiques.json": Rule(OPERATES),
    **files("PloneSiteRoot statistiques", Rule(OPERATES)),
    "PloneSiteRoot simulation": Rule(EVERYBODY),
    "PloneSiteRoot journal": Rule(EVERYBODY),
    "PloneSiteRoot journal-export": Rule(EVERYBODY),
    "PloneSiteRoot verifier": Rule(EVERYBODY),
    "PloneSiteRoot courriels": Rule(OPERATES, writes=True),
    "PloneSiteRoot exploitation": Rule(OPERATES),
    "PloneSiteRoot regles-des-procedures": Rule(
        OPERATES, writes=True, queries=("ajouter=procedures&ligne=concours", "ajouter=seuils&ligne=etat", "tout=1")
    ),
    "PloneSiteRoot services-de-publication": Rule(OPERATES, writes=True),
    "PloneSiteRoot etat-des-services": Rule(OPERATES, writes=True),
    "PloneSiteRoot login": Rule(EVERYBODY, open_to_all=SIGNING_IN),
    "PloneSiteRoot login_form": Rule(EVERYBODY, open_to_all=SIGNING_IN),
    "PloneSiteRoot inscription": Rule(EVERYBODY, writes=True, open_to_all=SIGNING_IN),
    "PloneSiteRoot mot-de-passe-perdu": Rule(EVERYBODY, writes=True, open_to_all=SIGNING_IN),
    "PloneSiteRoot courriel-confirmer": Rule(EVERYBODY, open_to_all=BY_MAIL),
    "PloneSiteRoot inscription-confirmer": Rule(EVERYBODY, open_to_all=BY_MAIL),
    "PloneSiteRoot invitation": Rule(EVERYBODY, open_to_all=BY_MAIL),
    "PloneSiteRoot mot-de-passe": Rule(EVERYBODY, open_to_all=BY_MAIL),
    "PloneSiteRoot espace-agent": Rule(EVERYBODY, open_to_all=SEES_NOBODY),
    "PloneSiteRoot espace-entreprise": Rule(EVERYBODY, open_to_all=SEES_NOBODY),
    "PloneSiteRoot mon-entreprise": Rule(KNOWN, open_to_all=LEADS_ON),
    "PloneSiteRoot mon-compte": Rule(KNOWN),
    "PloneSiteRoot modeles-regionaux": Rule(OPERATES, writes=True),
    "PloneSiteRoot mes-rappels": Rule(KNOWN, writes=True),
    "PloneSiteRoot mon-compte-adresse": Rule(KNOWN, writes=True),
    "PloneSiteRoot mon-compte-coordonnees": Rule(KNOWN, writes=True),
    "PloneSiteRoot mon-compte-mot-de-passe": Rule(KNOWN, writes=True),
    "PloneSiteRoot register": Rule(EVERYBODY, open_to_all=LEADS_ON),
    "PloneSiteRoot mg-static": Rule(NOBODY, open_to_all=SHELL),
    "NavigationRoot accessibility-info": Rule(EVERYBODY, open_to_all=LEADS_ON),
    "NavigationRoot insufficient-privileges": Rule(NOBODY, open_to_all=REFUSES),
    "NavigationRoot logged-out": Rule(EVERYBODY, open_to_all=SHELL),
    "NavigationRoot login-help": Rule(EVERYBODY, open_to_all=LEADS_ON),
    "NavigationRoot mail_password": Rule(EVERYBODY, open_to_all=LEADS_ON),
    "NavigationRoot mail_password_form": Rule(EVERYBODY, open_to_all=LEADS_ON),
    "NavigationRoot passwordreset": Rule(EVERYBODY, open_to_all=LEADS_ON),
    "NavigationRoot search": Rule(EVERYBODY, open_to_all=LEADS_ON),
    "PloneSiteRoot mes-messages": Rule(BIDDERS),
    "PloneSiteRoot mon-panier": Rule(BIDDERS, writes=True),
    **files("PloneSiteRoot mon-panier", Rule(BIDDERS)),
    "PloneSiteRoot mes-reponses": Rule(BIDDERS),
    **files("PloneSiteRoot mes-reponses", Rule(BIDDERS)),
    "Consultation cotraitance": public(writes=True, presser="bidder"),
    "Collectivite cotraitance": Rule(MANAGES_AGENTS, writes=True),
    "PloneSiteRoot cotraitance-moderation": Rule(OPERATES, writes=True),
    "Consultation suivre": public(writes=True, presser="bidder"),
    # the vault: its company's users, and nobody else whatever his rights
    "Entreprise coffre": Rule(COMPANY, writes=True),
    "Entreprise coffre.json": Rule(COMPANY),
    "Entreprise coffre-document": Rule(NOBODY),
    # parts of pages
    "* actes-parts": Rule(NOBODY),
    "* keeping-parts": Rule(NOBODY),
    "* assurance-parts": Rule(NOBODY),
    "* pes-parts": Rule(NOBODY),
    "* consultation-parts": Rule(NOBODY),
    "* deposits-macros": Rule(NOBODY),
    "* exchanges-parts": Rule(NOBODY),
    "* espace-parts": Rule(NOBODY),
    "* forum-parts": Rule(NOBODY),
    "* mg": Rule(NOBODY, open_to_all=SHELL),
    "* main_template": Rule(EVERYBODY, open_to_all=SHELL),
    "* contact-info": Rule(EVERYBODY, open_to_all=LEADS_ON),
    "* getVocabulary": Rule(EVERYBODY),
    "* sitemap": Rule(EVERYBODY, open_to_all=SHELL),
    # who is there
    "Collectivites view": Rule(EVERYBODY),
    **files("Collectivites collectivites", Rule(EVERYBODY)),
    **files("Collectivite agents", Rule(MANAGES_AGENTS)),
    **files("Entreprises entreprises", Rule(OPERATES)),
    **files("Entreprise utilisateurs", Rule(MANAGES_COMPANY)),
    "Collectivites ajouter": Rule(OPERATES, writes=True),
    "Collectivite view": Rule(EVERYBODY),
    "Collectivite edit": Rule(MANAGES_AGENTS, writes=True),
    "Collectivite agents": Rule(MANAGES_AGENTS, writes=True),
    "Collectivite services": Rule(MANAGES_AGENTS, writes=True),
    "Collectivite niveaux": Rule(MANAGES_AGENTS, writes=True),
    "Collectivite annonces": Rule(MANAGES_AGENTS, writes=True),
    "Entreprises view": Rule(OPERATES),
    "Entreprise view": Rule(COMPANY | OPERATES),
    "Entreprise edit": Rule(MANAGES_COMPANY, writes=True),
    "Entreprise utilisateurs": Rule(MANAGES_COMPANY, writes=True),
    "Collectivite courriers-modeles": Rule(MANAGES_AGENTS, writes=True, queries=("genre=rejet",)),
    "Collectivite interfaces-logicielles": Rule(ADMINISTERS, writes=True),
    # acts
    "Collectivite actes-suivi": Rule(ACTS),
    "Collectivite seances": Rule(WORKS_ON_ACTS, writes=True, queries=("seance=2026-03-16", "seance=zz")),
    "RegistreActes listes-deliberations": Rule(EVERYBODY),
    "Collectivite matieres": Rule(ACTS, queries=("q=voirie",)),
    "Collectivite nouvel-acte": Rule(WORKS_ON_ACTS, writes=True),
    "Collectivite actes-lot": Rule(WORKS_ON_ACTS, writes=True),
    "Collectivite actes-reglages": Rule(MANAGER | ADMINISTERS, writes=True),
    "RegistreActes view": Rule(EVERYBODY),
    "RegistreActes flux.xml": Rule(EVERYBODY),
    "RegistreActes flux.rss": Rule(EVERYBODY),
    "RegistreActes deliberations.csv": Rule(EVERYBODY),
    "PloneSiteRoot registres-des-actes": Rule(EVERYBODY, queries=("q=canari", "annee=2026")),
    "PloneSiteRoot registres-des-actes.xml": Rule(EVERYBODY),
    "PloneSiteRoot registres-des-actes.rss": Rule(EVERYBODY),
    "Acte view": Rule(EVERYBODY, draft=ACTS),
    "Acte document": Rule(NOBODY, draft=NOBODY),
    "Acte suivi": Rule(ACTS),
    "Acte modifier": Rule(WORKS_ON_ACTS, writes=True),
    "Acte transmettre": Rule(WORKS_ON_ACTS, writes=True),
    "Acte reprendre": Rule(WORKS_ON_ACTS, writes=True),
    "Acte annulation": Rule(WORKS_ON_ACTS, writes=True),
    "Acte courrier": Rule(ACTS, writes=True),
    "Acte publication": Rule(WORKS_ON_ACTS, writes=True),
    "Acte fichier": Rule(NOBODY),
    "Acte echange": Rule(NOBODY),
    "Acte bordereau.pdf": Rule(ACTS, draft=NOBODY),
    "Acte archivage": Rule(ACTS),
    "Acte archive-seda.zip": Rule(ACTS),
    "PloneSiteRoot modules": Rule(NOBODY, open_to_all=SOFTWARE),
    "PloneSiteRoot api": Rule(NOBODY, open_to_all=SOFTWARE),
    "PloneSiteRoot admin": Rule(NOBODY, open_to_all=SOFTWARE),
    "PloneSiteRoot actes-exploitation": Rule(OPERATES, writes=True),
    "PloneSiteRoot actes-orphelin": Rule(NOBODY),
    # training
    "* formation-parts": Rule(NOBODY),
    "Formations view": Rule(EVERYBODY, queries=("pour=acheteurs", "pour=zz")),
    "Formations formations.ics": Rule(EVERYBODY),
    "Formations nouveau-module": Rule(TRAINS, writes=True),
    "Formations statistiques-formations": Rule(TRAINS, writes=True),
    **files("Formations formations-sessions", Rule(TRAINS)),
    "Module view": Rule(EVERYBODY),
    "Module module-modifier": Rule(TRAINS, writes=True),
    "Module nouvelle-session": Rule(TRAINS, writes=True),
    "Session view": Rule(EVERYBODY, writes=True, presser="acheteur"),
    "Session inscription-session": Rule(EVERYBODY, writes=True, presser="acheteur"),
    "Session inscription-sans-compte": Rule(EVERYBODY),
    "Session confirmer-inscription": Rule(EVERYBODY, writes=True),
    "Session session.ics": Rule(EVERYBODY),
    "Session session-modifier": Rule(TRAINS, writes=True),
    "Session inscrits": Rule(TRAINS, writes=True),
    **files("Session inscrits", Rule(TRAINS)),
    "Session emargement.pdf": Rule(TRAINS),
    "Session attestation.pdf": Rule(frozenset({"acheteur"}), queries=("inscription={inscription}",)),
    "Session evaluer": Rule(KNOWN, writes=True, presser="acheteur"),
    "PloneSiteRoot mes-formations": Rule(KNOWN),
    "Partenaires view": Rule(EVERYBODY),
    "Partenaires nouveau-partenaire": Rule(TRAINS, writes=True),
    "Partenaire view": Rule(EVERYBODY),
    "Partenaire partenaire-modifier": Rule(TRAINS, writes=True),
    "Partenaire partenaire-personnes": Rule(TRAINS, writes=True),
    "Partenaire nouveau-programme": Rule(TRAINS | {"lecteur"}, writes=True),
    "Programme view": Rule(EVERYBODY),
    "Programme programme-modifier": Rule(TRAINS | {"lecteur"}, writes=True),
    "Programme suivi-programme": Rule(TRAINS | {"lecteur"}, writes=True),
    **files("Programme programme-entreprises", Rule(TRAINS | {"lecteur"})),
    "Programme accord": Rule(NOBODY, writes=True, presser="visitor", queries=("entreprise={siren}&jeton={accord}",)),
    # forums
    "Forums view": Rule(KNOWN),
    "Forums nouveau-forum": Rule(OPERATES, writes=True),
    "Forum view": Rule(IN_FORUM, writes=True, get_writes=READING),
    "Forum recherche-forum": Rule(IN_FORUM, queries=("q=canari",)),
    "Forum nouveau-sujet": Rule(IN_FORUM, writes=True),
    "Forum sujet": Rule(NOBODY, writes=True, presser="acheteur", queries=("id={sujet}",), get_writes=READING),
    "Forum piece-jointe": Rule(NOBODY),
    "Forum flux.xml": Rule(NOBODY, open_to_all=BY_MAIL),
    "Forum moderation": Rule(OPERATES, writes=True),
    "Forum reglages-forum": Rule(OPERATES, writes=True),
    "PloneSiteRoot mes-nouvelles": Rule(KNOWN, writes=True, open_to_all=SEES_NOBODY),
    # flows
    "Collectivite pes-suivi": Rule(ACCOUNTS, queries=("etape=en-cours&q=flux", "etape=zz")),
    **files("Collectivite pes-suivi", Rule(ACCOUNTS)),
    "Collectivite nouveau-flux": Rule(ACCOUNTS, writes=True),
    "Collectivite pes-reglages": Rule(MANAGER | ADMINISTERS, writes=True),
    "Collectivite pes-retours": Rule(ACCOUNTS, queries=("lus=0",)),
    **files("Collectivite pes-retours", Rule(ACCOUNTS)),
    "Collectivite pes-retour": Rule(NOBODY),
    "Collectivite pes-retour-fichier": Rule(NOBODY),
    "Collectivite pes-statistiques": Rule(ACCOUNTS, queries=("par=annee",)),
    "Collectivite pes-statistiques.json": Rule(ACCOUNTS),
    **files("Collectivite pes-statistiques", Rule(ACCOUNTS)),
    "RegistrePES view": Rule(ACCOUNTS),
    "FluxPES view": Rule(ACCOUNTS, queries=("page=9&pj=9",)),
    "FluxPES bordereau": Rule(ACCOUNTS, queries=("n=0&page=1", "n=0&piece=1")),
    "FluxPES piece-jointe": Rule(NOBODY),
    "FluxPES anomalies": Rule(ACCOUNTS),
    **files("FluxPES anomalies", Rule(ACCOUNTS)),
    **files("FluxPES controles", Rule(ACCOUNTS)),
    "FluxPES transmettre": Rule(ACCOUNTS, writes=True),
    "FluxPES reprendre": Rule(ACCOUNTS, writes=True),
    "FluxPES archivage": Rule(ACCOUNTS, writes=True),
    "FluxPES archive-seda.zip": Rule(ACCOUNTS),
    "FluxPES flux": Rule(ACCOUNTS),
    "FluxPES echange": Rule(NOBODY),
    "PloneSiteRoot pes-exploitation": Rule(OPERATES),
    "PloneSiteRoot pes-orphelin": Rule(NOBODY),
    "PloneSiteRoot homologation": Rule(EVERYBODY),
    "PloneSiteRoot homologation.txt": Rule(EVERYBODY),
    # buying together
    "* groupement-parts": Rule(NOBODY),
    "Collectivite groupements": Rule(FOLLOWS - {"porteur"}),
    "Collectivite nouveau-groupement": Rule(PREPARES, writes=True),
    **{
        f"Groupement {name}": Rule(BUYS_TOGETHER, writes=name in GROUPING_WRITES, presser="acheteur")
        for name in (
            "view",
            "convention",
            "besoins",
            "reponse",
            "consolidation",
            "parts",
            "commandes",
            "proces-verbal.pdf",
        )
    },
    **files("Groupement consolidation", Rule(BUYS_TOGETHER)),
    **files("Groupement commandes", Rule(BUYS_TOGETHER)),
    "Groupement convention-modifier": Rule(PREPARES, writes=True),
    "Groupement ouvrir-consultation": Rule(PREPARES, writes=True),
    "Groupement convention-signee": Rule(NOBODY),
    "Groupement groupement-supprimer": Rule(PREPARES, writes=True),
    # workspaces
    "Espaces view": Rule(KNOWN, writes=True),
    "Espaces nouvel-espace": Rule(EVERY_AGENT | OPERATES, writes=True),
    "Espaces exploitation-espaces": Rule(OPERATES, writes=True),
    "Espace view": Rule(IN_SPACE, writes=True, presser="acheteur"),
    "Espace reglages": Rule(LEADS_SPACE, writes=True, presser="acheteur"),
    "Espace chercher": Rule(IN_SPACE, queries=("q=canari",)),
    "Espace archive.zip": Rule(IN_SPACE - MANAGER),
    "Espace membres": Rule(IN_SPACE, writes=True, presser="acheteur"),
    "Espace documents": Rule(IN_SPACE, writes=True, presser="acheteur"),
    "Espace document": Rule(NOBODY),
    "Espace document-fichier": Rule(NOBODY),
    "Espace deposer": Rule(WORKS_IN_SPACE, writes=True, presser="acheteur"),
    "Espace taches": Rule(IN_SPACE, writes=True, presser="acheteur", queries=("vue=tableau",)),
    "Espace tache": Rule(NOBODY),
    "Espace calendrier": Rule(IN_SPACE, writes=True, presser="acheteur", queries=("passe=1",)),
    "Espace evenement": Rule(NOBODY),
    "Espace evenement.ics": Rule(NOBODY),
    "Espace calendrier.ics": Rule(NOBODY, open_to_all=BY_MAIL),
    "Espace decisions": Rule(IN_SPACE, writes=True, presser="acheteur"),
    "Espace pages": Rule(IN_SPACE, writes=True, presser="acheteur"),
    "Espace page": Rule(NOBODY),
    "PloneSiteRoot invitation-espace": Rule(NOBODY, open_to_all=BY_MAIL),
    "PloneSiteRoot invitation-espace-agent": Rule(EVERYBODY, open_to_all=BY_MAIL),
    "PloneSiteRoot invitation-espace-entreprise": Rule(EVERYBODY, open_to_all=BY_MAIL),
    # contracts and what is published of them
    "Collectivite contrats": agents(FOLLOWS, writes=True, presser="acheteur"),
    **files("Collectivite contrats", agents(FOLLOWS)),
    "Collectivite contrat": agents(NOBODY),
    "Collectivite contrat-modifier": agents(NOBODY),
    "Collectivite contrat-acte": agents(NOBODY),
    "Collectivite contrat-prefecture": agents(NOBODY),
    "Collectivite contrat-achevement": agents(NOBODY),
    "Collectivite importer-contrats": agents(PREPARES, writes=True),
    "* marches-parts": Rule(NOBODY),
    "Consultation conservation": agents(FOLLOWS, writes=True, presser="acheteur"),
    "Collectivite archives": agents(FOLLOWS),
    **files("Collectivite archives", agents(FOLLOWS)),
    "Collectivite elimination": agents(NOBODY),
    "Collectivite elimination.csv": agents(NOBODY),
    "Collectivite elimination.xlsx": agents(NOBODY),
    "Collectivite elimination.pdf": agents(NOBODY),
    **{
        f"{place} {name}": Rule(EVERYBODY, queries=("annee=2026", "q=canari"))
        for place in ("PloneSiteRoot", "Collectivite")
        for name in (
            "donnees-essentielles",
            *(f"donnees-essentielles.{kind}" for kind in ("json", "xml", "csv", "xlsx")),
        )
    },
    **{
        f"{place} ocds-{name}.json": Rule(NOBODY)  # not found while the operator has no prefix
        for place in ("PloneSiteRoot", "Collectivite")
        for name in ("releases", "records")
    },
    **{f"{place} catalogue.jsonld": Rule(EVERYBODY) for place in ("PloneSiteRoot", "Collectivite")},
    "PloneSiteRoot flux": Rule(EVERYBODY, queries=("since=0", "genre=avis")),
    "PloneSiteRoot flux.json": Rule(EVERYBODY, queries=("since=0", "genre=avis")),
    "PloneSiteRoot avis.json": Rule(EVERYBODY, queries=("nature=APPEL_OFFRE",)),
    "PloneSiteRoot avis.atom": Rule(EVERYBODY),
    # keys
    "Collectivite cles": agents(FOLLOWS),
    "Collectivite cles-revoquer": Rule(ADMINISTERS, writes=True),
    "Collectivite cle-enregistrer": opening(writes=True),
    "Collectivite cle-exercice": opening(writes=True),
    "Collectivite cle-prouver": opening(writes=True),
    "Collectivite incidents-cles": agents(FOLLOWS, writes=True),
    "Collectivite incident-cle.pdf": Rule(NOBODY),
    # preparing
    "Collectivite consultations": agents(FOLLOWS),
    **files("Collectivite consultations", agents(FOLLOWS)),
    "Collectivite suivi": agents(FOLLOWS, queries=("etape=publiee&qui=miennes",)),
    **files("Collectivite suivi", agents(FOLLOWS)),
    "Collectivite statistiques": agents(FOLLOWS),
    "Collectivite statistiques.json": agents(FOLLOWS),
    **files("Collectivite statistiques", agents(FOLLOWS)),
    "Collectivite modeles": agents(PREPARES, writes=True),
    "Collectivite depuis-modele": Rule(NOBODY),
    "Collectivite importer-avis": agents(PREPARES, writes=True),
    "Collectivite nouvelle-consultation": agents(PREPARES, queries=("montant=50000&nature=services",)),
    "Collectivite nouvelle-guidee": agents(PREPARES, writes=True),
    "Collectivite nouvelle-mapa": agents(PREPARES, writes=True),
    "Consultation modifier": drafting(
        queries=("etape=procedure", "etape=criteres", "etape=reponse", "etape=contact", "etape=dates")
    ),
    "Consultation lots": drafting(),
    "Consultation lot-ajouter": drafting(),
    "Consultation pieces": drafting(),
    "Consultation supprimer": drafting(),
    "Lot modifier": drafting(),
    "PieceDCE modifier": drafting(),
    # following
    "Consultation gestion": agents(FOLLOWS),
    "Consultation verification": agents(FOLLOWS),
    "Consultation publicite": agents(
        FOLLOWS, writes=True, presser="valideur", queries=("support=boamp", "support=zz&genre=zz")
    ),
    "Consultation avis": Rule(NOBODY),
    "Consultation avis-fichier": Rule(NOBODY),
    "Consultation avis-justificatif": Rule(NOBODY),
    "Consultation etape": agents(FOLLOWS, writes=True, queries=("vers=soumettre", "vers=publier", "vers=annuler")),
    "Consultation dupliquer": agents(PREPARES, writes=True),
    "Consultation enregistrer-modele": agents(PREPARES, writes=True),
    "Consultation relancer": agents(PREPARES, writes=True),
    "Consultation decision": agents(PREPARES, writes=True),
    "Consultation delai": agents(PUBLISHES, writes=True),
    # awarding
    "Consultation attribution": agents(REGISTERS, writes=True),
    "Consultation analyse": agents(REGISTERS, writes=True, presser="acheteur", queries=("lot=1", "lot=zz", "page=9")),
    "Consultation analyse.csv": agents(REGISTERS),
    "Consultation analyse.xlsx": agents(REGISTERS),
    "Consultation analyse.pdf": agents(REGISTERS),
    "Consultation hors-delai": agents(REGISTERS, writes=True),
    "Consultation signature": agents(REGISTERS, writes=True, presser="valideur"),
    "Consultation justificatifs": agents(REGISTERS, writes=True, presser="acheteur"),
    "Collectivite commissions": agents(REGISTERS, writes=True, presser="acheteur", queries=("id=zz",)),
    "Collectivite reunion": Rule(NOBODY),
    "Consultation rectifier": agents(PUBLISHES, writes=True),
    "Consultation notifier": agents(PUBLISHES, writes=True),
    "Consultation notifier-lettre.pdf": Rule(NOBODY),
    # the public side
    "Consultation view": public(),
    "Consultation donnees.json": public(),
    "Consultation dume-demande.xml": Rule(NOBODY, trial=EVERYBODY),
    "Lot view": public(),
    "PieceDCE view": public(),
    "Consultation dce": public(writes=True),
    "Consultation dce.zip": public(get_writes=COUNTED),
    "Consultation SHA256SUMS": public(),
    "Consultation dce-piece": Rule(NOBODY, get_writes=COUNTED),
    "PieceDCE download": public(get_writes=COUNTED),
    "PieceDCE display-file": public(get_writes=COUNTED),
    "Consultation ne-plus-prevenir": Rule(NOBODY),
    "Consultation cles-consultation": public(),
    # exchanges; what names nothing is not found
    "Consultation questions": public(),
    "Consultation poser-question": public(writes=True, presser="bidder"),
    "Consultation message": Rule(NOBODY, get_writes=RECEIPT),
    "Consultation document-joint": Rule(NOBODY),
    "Consultation echanges": agents(REGISTERS),
    "Consultation question": Rule(NOBODY),
    "Consultation envoi": Rule(NOBODY),
    "Consultation nouveau-message": agents(WRITES_TO_COMPANIES, writes=True),
    "Consultation courrier": Rule(NOBODY),
    **files("Consultation registre-questions", agents(REGISTERS)),
    **files("Consultation registre-envois", agents(REGISTERS)),
    # registers
    "Consultation retraits": agents(REGISTERS, queries=("lot=1", "lot=zz")),
    **files("Consultation retraits", agents(REGISTERS)),
    "Consultation registre-questions": agents(REGISTERS),
    "Consultation registre-depots": agents(REGISTERS),
    **files("Consultation registre-depots", agents(REGISTERS)),
    "Consultation envoi-postal": public(writes=True, presser="bidder"),
    "Consultation envois-postaux": agents(REGISTERS, writes=True),
    **files("Consultation envois-postaux", agents(REGISTERS)),
    "Consultation registre-papier": agents(REGISTERS, writes=True),
    **files("Consultation registre-papier", agents(REGISTERS)),
    "Consultation papier": Rule(NOBODY),
    "Consultation papier-etiquette.pdf": Rule(NOBODY),
    "Consultation papier-recepisse.pdf": Rule(NOBODY),
    "Consultation pv-ouverture": agents(REGISTERS),
    "Consultation classement": agents(REGISTERS, writes=True),
    "Consultation pv-ouverture.pdf": agents(REGISTERS),
    "Consultation journal": public(),
    **files("Consultation journal", public()),
    "Consultation dossier": agents(EXPORTS, writes=True),
    "Consultation dossier.zip": Rule(NOBODY, get_writes=TAKEN),
    # depositing
    "Consultation repondre": public(),
    # by invitation
    "Consultation selection": agents(PREPARES, writes=True),
    "Consultation selection-lettre.pdf": Rule(NOBODY),
    "Consultation suite": agents(PREPARES, writes=True, queries=("relation=phase-2", "relation=tour", "relation=zz")),
    "Consultation periode": agents(PREPARES, writes=True),
    "RestrictedConsultation invitations": agents(PREPARES, writes=True),
    **files("RestrictedConsultation invitations", agents(PREPARES)),
    "RestrictedConsultation invitations-lettre.pdf": agents(PREPARES, writes=True),
    "PloneSiteRoot consultation-restreinte": Rule(EVERYBODY, writes=True, presser="bidder", queries=("c=zz",)),
    "RestrictedConsultation depot-parametres": Rule(COMPANY, open_to_all=ASKS),
    "RestrictedConsultation depot-etat": Rule(COMPANY, open_to_all=ASKS),
    "RestrictedConsultation depot-partie": Rule(EVERYBODY, guests=EVERYBODY, writes=True, open_to_all=ASKS),
    "RestrictedConsultation depot-finaliser": Rule(EVERYBODY, guests=EVERYBODY, writes=True, open_to_all=ASKS),
    "RestrictedConsultation depot-retirer": Rule(EVERYBODY, guests=EVERYBODY, writes=True, open_to_all=ASKS),
    "RestrictedConsultation accuse.json": Rule(NOBODY, open_to_all=ASKS),
    "Consultation groupement": Rule(KNOWN, draft=FOLLOWS, trial=KNOWN, writes=True, presser="bidder"),
    "Consultation groupement.json": Rule(BIDDERS, draft=NOBODY, trial=BIDDERS),
    "Consultation groupement.pdf": Rule(NOBODY),
    "Consultation groupement-accord": Rule(NOBODY),
    "Consultation depot-parametres": company(),
    "Consultation depot-etat": company(),
    "Consultation depot-partie": public(writes=True),
    "Consultation depot-finaliser": public(writes=True),
    "Consultation depot-retirer": public(writes=True),
    "Consultation mes-depots": public(writes=True, presser="bidder"),
    **files("Consultation mes-depots", public()),
    "Consultation accuse": Rule(KNOWN, draft=FOLLOWS, trial=KNOWN, queries=("depot={depot}",)),
    "Consultation accuse.pdf": Rule(KNOWN, draft=FOLLOWS, trial=KNOWN, queries=("depot={depot}",)),
    "Consultation accuse.json": Rule(NOBODY),
    "Simulation essai-chiffre": Rule(NOBODY),
    # opening
    "Consultation ouverture": opening(),
    "Consultation ouverture-plis": opening(),
    "Consultation ouverture-demarrer": opening(writes=True),
    "Consultation ouverture-verdict": opening(writes=True),
    "Consultation ouverture-verser": opening(writes=True),
    "Consultation ouverture-commencer": opening(writes=True),
    "Consultation relais": opening(),
    "Consultation relais-plis": Rule(NOBODY),
    "Consultation relais-verser": opening(writes=True),
    "Consultation pli-relais": Rule(NOBODY),
    "Consultation pli-contexte": Rule(NOBODY),
    "Consultation pli-chiffre": Rule(NOBODY, get_writes=READ),
    "DossierOuvert view": Rule(READS_BIDS),
    "DossierOuvert antivirus": Rule(READS_BIDS, writes=True),
    "DossierOuvert signatures": Rule(READS_BIDS, writes=True),
    "DossierOuvert dume": Rule(READS_BIDS, get_writes=BID_READ),
}
SERVICES = (
    frozenset(
        f"{method} @{kind}"
        for method in ("GET", "PUT", "DELETE")
        for kind in ("organismes", "services", "agents", "entreprises", "etablissements", "inscrits")
    )
    | {f"{method} @interchange" for method in ("GET", "POST", "PUT", "DELETE")}
    | {f"{method} @actes" for method in ("GET", "POST", "PUT")}
    | {"GET @pes", "POST @pes"}
)

# Addresses that carry a secret -> who gets it (200). ``{depot}`` and ``{pli}`` are those of the place.
SECRETS = {
    "publiee @@accuse?depot={depot}": COMPANY,
    "publiee @@accuse.json?depot={depot}": COMPANY,
    "publiee @@accuse.pdf?depot={depot}": COMPANY,
    "publiee @@pli-chiffre?pli={pli}": NOBODY,
    "close @@pli-chiffre?pli={pli}": NOBODY,
    "ouverte @@pli-chiffre?pli={pli}": OPENS,
    "close @@pli-contexte?pli={pli}": NOBODY,
    "ouverte @@pli-contexte?pli={pli}": OPENS,
    "publiee @@ouverture-plis": NOBODY,
    "close @@ouverture-plis": OPENS,
    "fichier ouvert @@download/file": READS_BIDS,
    "fichier ouvert @@display-file/file": READS_BIDS,
    "fichier ouvert view": READS_BIDS,
    "piece brouillon @@download": FOLLOWS,
    "piece brouillon @@download/file": FOLLOWS,
    "brouillon @@dce-piece/{piece}": FOLLOWS,
    "forum @@sujet?id={sujet}": IN_FORUM,
    "espace @@documents": IN_SPACE,
    "espace @@tache?id={tache}": IN_SPACE,
    "restreinte ": FOLLOWS | COMPANY,
    "restreinte @@dce": FOLLOWS | COMPANY,
    "restreinte @@dce.zip": FOLLOWS | COMPANY,
    "restreinte @@dce-piece/{piece}": FOLLOWS | COMPANY,
    "restreinte @@donnees.json": FOLLOWS | COMPANY,
    "restreinte @@depot-parametres": COMPANY,
    "restreinte @@journal": FOLLOWS | COMPANY,
    "publiee @@dce-piece/{piece}": EVERYBODY,
    "publiee @@ne-plus-prevenir?suivi={suivi}&jeton={jeton}": EVERYBODY,
    "publiee @@ne-plus-prevenir?suivi={suivi}&jeton=0000000000000000000000000000000000000000": NOBODY,
    "site @@alerte-confirmer?alerte={alerte}&jeton={accord}": EVERYBODY,
    "site @@alertes-desabonner?adresse={adresse}&jeton={ordre}": EVERYBODY,
    "site @@mes-alertes?adresse={adresse}&jeton={ordre}": EVERYBODY,
    "site @@mes-alertes?adresse={adresse}&jeton={accord}": NOBODY,
    "etablissement ": COMPANY | OPERATES,
    "publiee @@question?id={question}": REGISTERS,
    "publiee @@envoi?message={envoi}": REGISTERS,
    "publiee @@message?envoi={envoi}&remise=0": COMPANY,
    "publiee @@papier?id={papier}": REGISTERS,
    "publiee @@groupement.pdf?id={groupement}": COMPANY,
    "publiee @@groupement-accord?groupement={groupement}&membre={membre}&jeton={proposition}": EVERYBODY,
    "publiee @@groupement-accord?groupement={groupement}&membre={membre}&jeton=0000": NOBODY,
    "publiee @@papier-etiquette.pdf?id={papier}": REGISTERS,
    "publiee @@papier-recepisse.pdf?id={papier}": REGISTERS,
    "entreprise @@coffre-document?document={coffre}": COMPANY,
    "publiee @@courrier?genre=demande": WRITES_TO_COMPANIES,
    "decidee @@courrier?genre=rejet": WRITES_TO_COMPANIES,
    "decidee @@courrier?genre=notification": WRITES_TO_COMPANIES,
}
