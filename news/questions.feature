Editorial: the questions of a form are added, ordered, required, reworded and removed on our own pages, in French and by keyboard.
