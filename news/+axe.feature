The journeys have axe judge every page they show, without anything to install: the program is a development package of the front end.
