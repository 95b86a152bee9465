"""The custom shell, `caro repl`: Caro owns the line, the person's own shell does everything else."""
