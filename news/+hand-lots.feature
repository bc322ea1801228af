A company takes the documents of one lot in its name from the public page, and is told in words what it will be warned of; a rectification says for which lots its added files are.
