"""What a rule can't say with a template: small functions from a failure to commands, named by `decide`."""
