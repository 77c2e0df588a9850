"""Sync: decides what to say on the air and when. Pure and sans-IO."""
