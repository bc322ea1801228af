The registers of acts are followed by RSS as well as by Atom.
