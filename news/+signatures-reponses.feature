What the préfecture signs and what an agent answers it with are judged as the files of an act are: shown beside each, and an altered document does not leave.
