"""The log as a queue for who sends it on: batches with borders that do not move, and how far they have arrived."""
