The author of a message in a forum changes it (with the date, earlier versions kept for the moderators) or deletes it (its place stays).
