"""From photographs to batches: photo, pair, shard, batch."""
