Staff read an answer to a form whole, erase one or all of them; the field that only programs fill is there at last.
