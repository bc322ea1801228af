"""Claim: 100,000 saved searches are matched with 500 new consultations in under 60 s, one pass a consultation.

Peer, in the same run: asking every search of every consultation, one by one, as a query per subscriber would, on a sample
and scaled up. Usage: ``python benchmarks/alerts.py [--searches 100000] [--consultations 500]``.
"""

from argparse import ArgumentParser
from megalis.portal.consultations.alerts import matching
from megalis.portal.consultations.search.criteria import Criteria
from megalis.portal.formats import cpv

import json
import random
import sys
import time


TARGET = 60.0
SAMPLE = 2_000
DEPARTMENTS = ("22", "29", "35", "56")
NATURES = ("travaux", "fournitures", "services")
STEMS = (
    "voirie", "école", "toiture", "menuiserie", "assainissement", "éclairage", "restauration", "nettoyage", "transport",
    "informatique", "maîtrise", "œuvre", "réseau", "eau", "potable", "déchets", "espaces", "verts", "mobilier", "peinture",
    "chauffage", "électricité", "gymnase", "mairie", "médiathèque", "port", "digue", "forage", "assurance", "téléphonie",
)  # fmt: skip


def codes(chance):
    """Return a CPV code and all that stands above it."""
    code = f"{chance.choice((45, 71, 33, 72, 90, 50, 79, 39)):02d}{chance.randrange(100):02d}0000"
    return (code, *cpv.ancestors(code))


def searches(count, chance):
    """Return ``count`` Criteria, nearly all different, as narrow as people's are; one in a thousand asks for everything."""
    found = []
    for _ in range(count):
        if chance.random() < 0.001:
            found.append(Criteria())
            continue
        facets = []
        if chance.random() < 0.7:
            facets.append(("dep", tuple(chance.sample(DEPARTMENTS, chance.randint(1, 2)))))
        if chance.random() < 0.4:
            facets.append(("nat", (chance.choice(NATURES),)))
        if chance.random() < 0.5:
            facets.append(("cpv", (chance.choice(codes(chance)),)))
        if chance.random() < 0.2:
            facets.append(("acheteur", (f"commune-{chance.randrange(1202)}",)))
        words = chance.sample(STEMS, chance.randint(0, 2))
        found.append(Criteria(q=" ".join(words) + (f" {chance.randrange(500)}" if words else ""), facets=tuple(facets)))
    return found


def notices(count, chance):
    """Return ``count`` consultations of some two hundred words."""
    return [
        matching.Notice.of(
            {
                "dep": chance.sample(DEPARTMENTS, 1),
                "nat": [chance.choice(NATURES)],
                "pro": ["procedure-adaptee"],
                "cpv": codes(chance),
                "acheteur": [f"commune-{chance.randrange(1202)}"],
            },
            " ".join([*chance.choices(STEMS, k=120), *(str(chance.randrange(500)) for _ in range(80))]),
        )
        for _ in range(count)
    ]


def one_by_one(criteria, told):
    """Return ``[[rank of a notice]]``, a question a search and a consultation."""
    found = []
    for asked in criteria:
        stems = matching.stems(asked.q)
        found.append(
            [
                rank
                for rank, notice in enumerate(told)
                if all(set(values) & notice.facets[name] for name, values in asked.facets)
                and all(
                    any(word.startswith(stem) if longer else word == stem for word in notice.words)
                    for stem, longer in stems
                )
            ]
        )
    return found


def main():
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--searches", type=int, default=100_000)
    parser.add_argument("--consultations", type=int, default=500)
    args = parser.parse_args()
    chance = random.Random(408)
    asked, told = searches(args.searches, chance), notices(args.consultations, chance)
    start = time.perf_counter()
    found = matching.matched(asked, told)
    seconds = time.perf_counter() - start
    sample = min(SAMPLE, len(asked))
    start = time.perf_counter()
    same = one_by_one(asked[:sample], told)
    peer = (time.perf_counter() - start) * len(asked) / sample
    right = same == found[:sample]
    print(f"{len(asked)} recherches × {len(told)} consultations : {sum(map(len, found))} réponses")
    print(
        f"index : {seconds:.1f} s ; une question par abonné : {peer:.0f} s (d’après {sample}) ; rapport {peer / seconds:.0f}"
    )
    met = {"60 s": seconds < TARGET, "mêmes réponses": right}
    print(json.dumps({"objectifs": met}, ensure_ascii=False))
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
