"""Claim: 10,000 awards are exported, each one checked, in JSON and in XML, in under 30 s and with flat memory.

Peer in the same run: the same awards made one list, dumped by ``json`` at once. Run: ``python benchmarks/decp.py [N]``.
"""

from datetime import date
from datetime import timedelta
from decimal import Decimal
from megalis.portal.formats import decp
from megalis.portal.formats import siren
from megalis.portal.formats.decp.kinds import to_json
from time import perf_counter

import json
import sys
import tracemalloc


TARGET, FLAT = 30, 1024 * 1024
BUYER = decp.Buyer(siren.siret_of("213500051"))
HOLDER = decp.Operator("SIRET", siren.siret_of("552049447"))


def awards(count):
    """Yield distinct contracts, one in five modified twice."""
    for number in range(count):
        day = date(2024, 1, 1) + timedelta(days=number % 900)
        changes = tuple(decp.Modification(rank, day, day, months=24) for rank in (1, 2)) if number % 5 == 0 else ()
        yield decp.Contract(
            id=f"2026-{number:08d}", buyer=BUYER, nature="Marché", title=f"Marché {number} de travaux d’entretien de la voirie",
            cpv="45233141", procedure="Procédure adaptée", place=decp.Place("35000", "Code postal"), months=12,
            notified=day, published=day, amount=Decimal(1000 + number), price_form="Unitaire", holders=(HOLDER,),
            social=("Clause sociale",), environment=("Clause environnementale",), techniques=("Accord-cadre",),
            modalities=("Bons de commande",), price_types=("Définitif révisable",), innovative=False, ccag="Travaux",
            bids=4, advance=True, grouping="Pas de groupement", subcontracting=False, modifications=changes,
        )  # fmt: skip


def run(chunks):
    """Return (seconds, bytes) of an export that keeps nothing."""
    start = perf_counter()
    size = sum(map(len, chunks))
    return perf_counter() - start, size


def peak(work):
    tracemalloc.start()
    work()
    value = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return value


def whole(count):
    return json.dumps({"marches": {"marche": [to_json(item) for item in awards(count)]}}, ensure_ascii=False)


def main(count):
    seconds, size = run(decp.json_chunks(awards(count)))
    xml_seconds, xml_size = run(decp.xml_chunks(awards(count)))
    memory = max(peak(lambda: run(decp.json_chunks(awards(count)))), peak(lambda: run(decp.xml_chunks(awards(count)))))
    start = perf_counter()
    whole(count)
    peer, peer_memory = perf_counter() - start, peak(lambda: whole(count))
    print(
        f"{count} awards, each checked: JSON {seconds:.1f} s ({size >> 20} MiB), XML {xml_seconds:.1f} s ({xml_size >> 20} MiB)"
    )
    print(f"memory {memory / 1024:.0f} KiB; peer (one list, unchecked): {peer:.1f} s, {peer_memory / 1048576:.0f} MiB")
    print(f"ratio of memory {peer_memory / memory:.0f}; target {TARGET} s, 1 MiB")
    return int(seconds > TARGET or xml_seconds > TARGET or memory > FLAT)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
