"""AI agents' hooks: putting Caro's into their settings, taking it out again, looking whether it works."""
