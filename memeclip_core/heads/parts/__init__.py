"""The parts that heads are assembled from."""
