"""What a line took away, kept so that `caro undo` brings it back."""
