"""What a program runs for somebody else, judged as if it stood there itself: `inner.py` begins."""
