An attachment of a PES flow is opened from its own place in the file, held against its digest, without reading the flow again; a large flow is read without the garbage collector going through it.
