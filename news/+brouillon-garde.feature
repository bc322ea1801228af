Leaving the form of a consultation, a rectification, a message, a letter or an answer with what is typed and not sent asks first.
