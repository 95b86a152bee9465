"""Events in and out: write, read, follow, find, rotate, erase. The log is the truth, the index a cache."""
