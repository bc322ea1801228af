"""How one finds: the search of the whole site, its map, addresses that changed, a lost page that helps."""
