"""The HTTP interface of S²LOW, which Pastell, Web-delib and finance software know: requests to commands, results to answers.

Pure: a view gives the fields and the files of a request, carries out the command it gets, and sends the bytes of the answer.
"""
