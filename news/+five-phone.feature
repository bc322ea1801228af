On a phone, the header leads to the search of the whole site.
