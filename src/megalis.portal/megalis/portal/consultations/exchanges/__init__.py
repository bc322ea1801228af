"""What a buyer and companies write to each other about a consultation: questions, messages with receipt, letters."""
