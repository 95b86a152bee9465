"""A second look at the prompt and at tracing, by other means than the benchmark beside it, which it does not import."""
