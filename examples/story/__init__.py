"""The main job on a real network: one title from issue to surrender, then three attacks that must fail."""
