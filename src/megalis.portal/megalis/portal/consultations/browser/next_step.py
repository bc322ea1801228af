"""What an agent does next with a consultation, and what else he may do: the actions of ``@@gestion``."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations import ranking
from megalis.portal.consultations import workflow
from megalis.portal.consultations.library import relaunching
from megalis.portal.consultations.meeting import INextAward
from megalis.portal.consultations.restricted.browser import parts
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.consultations.rules import transitions
from megalis.portal.kernel import clock
from megalis.portal.theme.words import plural
from zope.component import queryAdapter


class NextStep:
    """The action that stands first on the page of a consultation, by its phase, and the others."""

    @property
    def action(self):
        """What to do next: dict ``title, text, url, label``; url and label are "" when it is another's turn."""
        if self.phase in (phase.OUVERTURE, phase.ANALYSE) and self.may("megalis: Prepare consultation"):
            following = parts.next_action(self.consultation, self.now)
            if following is not None:
                return dict(zip(("title", "text", "url", "label"), following, strict=True))
        return getattr(self, f"_next_{self.phase.replace('-', '_')}")()

    def _step(self, transition, title, text, label=None):
        allowed = workflow.may(self.consultation, transition)
        url = f"{self.url}/@@etape?vers={transition}" if allowed else ""
        return {"title": title, "text": text, "url": url, "label": label or transitions.LABELS[transition]}

    def _go(self, title, text, view, label):
        url = view if not view or "://" in view else f"{self.url}/{view}"
        return {"title": title, "text": text, "url": url, "label": label}

    def _next_elaboration(self):
        if workflow.refusals(self.consultation, transitions.SOUMETTRE, now=self.now):
            points, text = (
                "Un point à compléter",
                "La vérification dit lequel, avec un lien vers la page où le corriger.",
            )
            if self.wrong > 1:
                points = f"{self.wrong} points à compléter"
                text = "La vérification dit lesquels, avec un lien vers chacun."
            return self._go(points, text, "@@verification", "Vérifier")
        return self._step(transitions.SOUMETTRE, "Le brouillon est complet", "Un valideur le relira puis le publiera.")

    def _next_a_valider(self):
        if self.wrong:
            text = "La publication attend : la vérification dit ce qui manque."
            return self._go("En attente de validation", text, "@@verification", "Vérifier")
        text = "Relisez la vérification, puis publiez. La publication est immédiate et publique."
        return self._step(transitions.PUBLIER, "En attente de validation", text)

    def _next_publiee(self):
        left = clock.remaining(self.consultation.deadline, self.now)
        text = f"Clôture automatique dans {left}. Les plis restent scellés jusque-là, pour tous."
        return self._go("Les entreprises préparent leurs plis", text, "", "")

    def _next_close(self):
        holder = self.may("megalis: Open bids", self.consultation)
        text = (
            "Un porteur de clé ouvre les plis sur son poste." if holder else "Un porteur de clé doit ouvrir les plis."
        )
        count = api.deposits_count(self.consultation)
        title = f"Close, {plural(count, 'dépôt')} à ouvrir" if count else "Close, sans dépôt"
        if self.award is not None and self.prepares:
            return self._go(*self.award)
        return self._go(title, text, "@@ouverture" if holder else "", "Ouvrir les plis")

    def _jury(self):
        holder = self.may("megalis: Open bids", self.consultation)
        text = "Les candidats restent anonymes et leurs candidatures scellées jusqu’au classement signé."
        return self._go(
            "Le jury doit classer les projets", text, "@@classement" if holder else "", "Enregistrer le classement"
        )

    def _next_ouverture(self):
        if ranking.names_hidden(self.consultation):
            return self._jury()
        if self.consultation.relation == suites.COMPLEMENT:
            text = "Une fois les pièces ouvertes, passez à l’analyse : elle se fait sur la consultation d’origine."
            return self._step(transitions.ANALYSER, "Ouverture en cours", text)
        text = "Quand tous les plis utiles sont ouverts, passez à l’analyse."
        return self._step(transitions.ANALYSER, "Ouverture en cours", text)

    def _next_analyse(self):
        if self.consultation.relation == suites.COMPLEMENT:
            origin = api.origin(self.consultation)
            if api.state(origin, self.now) not in (phase.OUVERTURE, phase.ANALYSE):
                text = "La consultation d’origine n’attend plus ces pièces : rangez la demande, tout reste lisible."
                return self._step(transitions.ARCHIVER, "Compléments reçus", text)
            text = "Ces pièces servent à la sélection des candidatures, sur la consultation d’origine."
            url = f"{origin.absolute_url()}/@@selection" if self.may("megalis: Prepare consultation", origin) else ""
            return {"title": "Compléments ouverts", "text": text, "url": url, "label": "Sélectionner les candidatures"}
        if ranking.names_hidden(self.consultation):
            return self._jury()
        missing = [f for f in gathering.decision_findings(self.consultation) if f.code == "decision.absente"]
        text = f"{plural(len(missing), 'décision')} à prendre." if missing else "Toutes les décisions sont saisies."
        view = "@@decision" if self.prepares else ""
        if missing and self.award is not None:
            title, text, view, label = self.award
            return self._go(title, text, view if self.prepares else "", label)
        label = "Relire et arrêter" if workflow.may(self.consultation, transitions.DECIDER) else self.decide_label
        return self._go("Analyse des offres", text, view, label if not missing else self.decide_label)

    @property
    def decide_label(self):
        return "Décider lot par lot" if len(gathering.decision_numbers(self.consultation)) > 1 else "Décider"

    @cached_property
    def prepares(self):
        return self.may("megalis: Prepare consultation", self.consultation)

    @cached_property
    def award(self):
        """What the room of awards says comes next: (title, text, view, label), or None."""
        adapter = queryAdapter(self.consultation, INextAward)
        return adapter.action(self.now) if adapter is not None else None

    def _next_decidee(self):
        allowed = workflow.may(self.consultation, transitions.NOTIFIER)
        text = "Informez les candidats écartés, puis notifiez une fois le délai passé."
        if self.award is not None:
            title, text, view, label = self.award
            return self._go(title, text, view if allowed else "", label)
        return self._go("Décisions arrêtées", text, "@@notifier" if allowed else "", "Notifier")

    def _next_notifiee(self):
        if self.award is not None and self.may("megalis: Publish consultation", self.consultation):
            return self._go(*self.award)
        return self._step(transitions.ARCHIVER, "Notifiée", "La procédure est finie : elle peut être archivée.")

    def _next_annulee(self):
        return self._step(transitions.ARCHIVER, "Annulée", self.consultation.cancelled_reason)

    def _next_archivee(self):
        return self._go("Archivée", "Rien à faire : tout reste lisible.", "", "")

    def _beside_award(self):
        """The actions that the room of awards displaces from the first place."""
        if self.phase == phase.ANALYSE and self.prepares and not self.action["url"].endswith("/@@decision"):
            return [(f"{self.url}/@@decision", self.decide_label, False)]
        ending = self.phase == phase.NOTIFIEE and self.award is not None and not self.consultation.relation
        if ending and workflow.may(self.consultation, transitions.ARCHIVER):
            return [(f"{self.url}/@@etape?vers=archiver", transitions.LABELS[transitions.ARCHIVER], False)]
        return []

    @property
    def others(self):
        """The other actions of this phase: list of (address, words, grave)."""
        found = []
        if self.phase == phase.A_VALIDER and workflow.may(self.consultation, transitions.REFUSER):
            found.append((f"{self.url}/@@etape?vers=refuser", transitions.LABELS[transitions.REFUSER], False))
        found += self._beside_award()
        if self.phase == phase.OUVERTURE and self.may("megalis: Open bids", self.consultation):
            found.append((f"{self.url}/@@ouverture", "Continuer l’ouverture", False))
        if self.may("megalis: Prepare consultation"):
            found += [(address, words, False) for address, words in parts.others(self.consultation)]
            if self.consultation.relation:
                found.append((f"{self.url}/@@invitations", "Entreprises invitées", False))
        if self.consultation.relation == suites.COMPLEMENT and workflow.may(self.consultation, transitions.ARCHIVER):
            found.append((f"{self.url}/@@etape?vers=archiver", transitions.LABELS[transitions.ARCHIVER], False))
        if workflow.may(self.consultation, transitions.RECTIFIER):
            found.append((f"{self.url}/@@rectifier", "Rectifier", False))
        if self.may("megalis: Add Consultation", self.buyer) and not suites.follows(self.consultation.relation):
            if relaunching.relaunchable(self.consultation):
                found.append((f"{self.url}/@@relancer", "Relancer ce qui n’a pas abouti", False))
            found.append((f"{self.url}/@@dupliquer", "Dupliquer", False))
            found.append((f"{self.url}/@@enregistrer-modele", "Garder comme modèle", False))
        if workflow.may(self.consultation, transitions.ANNULER):
            found.append((f"{self.url}/@@etape?vers=annuler", "Annuler la consultation", True))
        if self.phase == phase.ELABORATION and self.may_edit:
            found.append((f"{self.url}/@@supprimer", "Supprimer le brouillon", True))
        return found
