"""Ways to observe: shims, the launcher, the environment of bash, deep mode."""
