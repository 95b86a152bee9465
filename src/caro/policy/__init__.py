"""A team's policy: signed, fetched, verified, kept; tried on what was typed before it binds anybody."""
