"""``@@justificatifs``: what the administrations say of the companies that answered; asked for here, kept here."""

from functools import cached_property
from megalis.portal.awards.browser.base import WithDocuments
from megalis.portal.awards.proofs import client
from megalis.portal.awards.proofs import store
from megalis.portal.awards.proofs.kinds import KINDS
from megalis.portal.consultations import api
from megalis.portal.formats import siren as numbers
from megalis.portal.kernel.http import Refusal


PREPARE = "megalis: Prepare consultation"


class Proofs(WithDocuments):
    """The page; ``?piece=`` gives a document."""

    page_title = "Justificatifs des entreprises"

    def piece(self, key):
        found = store.find(self.consultation, key)
        return found.piece if found is not None else None

    @cached_property
    def may_ask(self):
        return self.may(PREPARE, self.consultation) and not self.obstacle

    @property
    def obstacle(self):
        """Why nothing may be asked, or ""."""
        if not client.is_on():
            return (
                "La plateforme n’est pas reliée à API Entreprise : son exploitant peut la relier. D’ici là, demandez ces documents "
                "aux entreprises par courrier."
            )
        if not self.companies:
            return "Les justificatifs se demandent une fois connues les entreprises qui ont répondu."
        if api.state(self.consultation, self.now) not in store.OPEN:
            return "Les justificatifs se demandent de l’ouverture des plis à la notification."
        return ""

    @property
    def played(self):
        return client.is_on() and client.is_played()

    @cached_property
    def companies(self):
        return store.companies(self.consultation)

    @property
    def count(self):
        return len(self.companies)

    @property
    def kinds(self):
        return list(KINDS.values())

    @cached_property
    def rows(self):
        """The companies of this page: dicts ``siren, number, name, cells, whole``."""
        last = store.last(self.consultation)
        found = []
        for siren, name in sorted(self.companies.items(), key=lambda pair: pair[1].casefold())[self.part]:
            cells = [self._cell(item, last.get((siren, item.key))) for item in self.kinds]
            found.append(
                {
                    "siren": siren,
                    "number": numbers.format_siren(siren),
                    "name": name,
                    "cells": cells,
                    "whole": all(cell["state"] in (store.ASKED, store.RECEIVED) for cell in cells),
                }
            )
        return found

    def _cell(self, kind, proof):
        cell = {"title": kind.title, "state": "", "badge": None, "url": "", "words": "", "at": None}
        if proof is None:
            return cell
        cell |= {"state": proof.state, "badge": store.STATES[proof.state], "words": proof.message}
        cell["at"] = proof.answered or proof.at
        if proof.piece is not None:
            cell["url"] = f"{self.url}/@@justificatifs?piece={proof.id}"
            cell["sha256"] = proof.piece.sha256
        return cell

    @property
    def whole(self):
        return all(row["whole"] for row in self.rows)

    def post(self):
        if not self.may(PREPARE, self.consultation) or self.person is None:
            raise Refusal("role", "Les justificatifs sont demandés par les acheteurs de la collectivité.", 403)
        one = self.text("entreprise")
        made = store.ask(self.consultation, [one] if one else list(self.companies), self.person.fullname)
        text = (
            "Les administrations sont interrogées : leurs réponses viennent ici." if made else "Tout est déjà demandé."
        )
        self.redirect(f"{self.url}/@@justificatifs", text)
