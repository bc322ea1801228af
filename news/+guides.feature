Help of each screen: illustrated guides that communications staff write and review like the rest, found by a link on the screens they explain; seven to begin with.
