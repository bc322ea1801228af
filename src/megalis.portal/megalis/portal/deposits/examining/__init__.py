"""Looking closer at opened documents, at the request of who may read them: signatures, viruses. Nothing here blocks."""
