The tasks of a workspace are moved on the board by mouse and by keyboard; the list and the form of each card remain.
