The HTTP interface that Pastell, Web-delib and finance software know, the pure part: twenty-six addresses, their parameters as such clients write them, and the very answers they read.
