"""Events in other programs' formats: values in, bytes out. `caro export` is the door."""
