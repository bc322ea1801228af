"""Electronic signatures of documents, judged as ETSI EN 319 102-1 asks, without any network: XAdES, CAdES, PAdES."""
