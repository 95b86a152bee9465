"""Words into commands, offline: pairs of wordings and templates, the nearest of them, its slots filled from the words.

`answer.py` is the way in. Values in, values out: the pairs come as a part of `Knowledge`, what is installed as a
function; whoever asks judges what comes out (`caro.engine.asking`).
"""
