The journeys have axe judge every page they show, wide and narrow, in `make test`; `benchmarks/access.py` has it judge a page of every family, as each kind of person, in light and in dark.
