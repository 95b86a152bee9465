"""`python -m caro`: the same as the `caro` command."""

import sys

from caro.cli import main

sys.exit(main())
