"""A forum as files, for the archive of the workspace around it: a page a subject, its attachments beside it."""

from html import escape
from megalis.portal.formats import joined
from megalis.portal.forums import rules
from megalis.portal.forums import service
from megalis.portal.kernel import clock
from pathlib import Path


PAGE = '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title></head><body><h1>{title}</h1>{messages}</body></html>'
MESSAGE = "<article><h2>{name}{where}, {at}{solution}</h2>{html}{pieces}</article>"


class Files:
    """IInnerFiles: see kernel.interfaces. What waits for a moderator or was taken off stays out."""

    def __init__(self, forum):
        self.forum = forum

    def __call__(self):
        folder = f"Forums/{joined.clean_name(self.forum.title.replace('/', '-'))}/"
        taken = set()
        for sujet in sorted(service.subjects(self.forum), key=lambda item: item.at):
            name = joined.free_name(joined.clean_name(f"{sujet.title.replace('/', '-').rstrip(' ?!.')}.html"), taken)
            taken.add(name)
            shown = [(k, m) for k, m in sujet.messages.items() if m.state == rules.PUBLISHED]
            beside = f"{folder}{name.removesuffix('.html')}, fichiers/"
            files = {k: self._named(beside, rank, message) for rank, (k, message) in enumerate(shown, 1)}
            page = PAGE.format(
                title=escape(sujet.title),
                messages="".join(self._message(m, k == sujet.solution, files[k]) for k, m in shown),
            )
            yield f"{folder}{name}", sujet.at, page.encode()
            for key, message in shown:
                for piece, path in files[key]:
                    yield path, message.at, Path(piece.blob.committed())

    @staticmethod
    def _named(beside, rank, message):
        """Return ``[(file, path)]`` of a message: its rank keeps two files of one name apart."""
        used, found = set(), []
        for piece in message.attachments:
            name = joined.free_name(joined.clean_name(piece.name), used)
            used.add(name)
            found.append((piece, f"{beside}{rank} {name}"))
        return found

    @staticmethod
    def _message(message, solution, files):
        return MESSAGE.format(
            name=escape(message.name),
            where=f", {escape(message.where)}" if message.where else "",
            at=clock.french(message.at),
            solution=" (réponse retenue)" if solution else "",
            html=message.html,
            pieces="".join(f"<p>Fichier joint : {escape(path.rpartition('/')[2])}</p>" for _piece, path in files),
        )
