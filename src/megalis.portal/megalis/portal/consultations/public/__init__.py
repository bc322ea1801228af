"""The public page of a consultation: everything a bidder decides on."""
