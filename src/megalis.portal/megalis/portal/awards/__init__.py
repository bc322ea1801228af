"""The award: bids analysed lot by lot, commissions, decisions, letters and signature, up to the notification of each lot."""
