"""What a command line would do, and how bad that is. Pure: values in, values out; no files, clock, environment."""
