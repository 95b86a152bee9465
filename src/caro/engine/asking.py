"""Questions in words: what is said until there is somebody to answer them."""

NO_ANSWERS = (
    "questions in words are not answered in this version yet: `explain` tells what a line would do, `fix` mends the"
    " last failure, and `caro help` lists what Caro knows"
)
