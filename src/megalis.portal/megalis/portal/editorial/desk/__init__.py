"""The writing desk: what waits for whom, forms, review, versions."""
