"""The public journal and what is proved with it: tree, checkpoints, promises, receipts, time stamps, export; pure."""
