A groupement de commandes opens the workspace of its members; its draft consultation leads back to it; its coordinator deletes it while it binds nobody.
