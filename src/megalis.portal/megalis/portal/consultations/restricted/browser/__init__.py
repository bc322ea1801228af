"""Pages of the followings: selection, launch, invitations, the code."""
