The list of the délibérations of each session of a council is put on line from the acts of its day, within the week the law gives; the dashboard says which are due, the public register keeps them.
