A draft of an answer (lots and files) may be kept on the bidder's own computer, restored there and erased; nothing of it is sent.
