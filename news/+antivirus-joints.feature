What the antivirus found, or that it has not looked yet, stands beside each document joined to a question, an answer, a message, a letter or a reply, where an antivirus is configured.
