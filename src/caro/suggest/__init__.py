"""What a line will probably become: whole lines and words ranked by what was typed before. Pure: values in, values out.

`memory.Memory` holds what was typed, `ranking` says how much a line of it counts, `offers` makes one offer of it for
what stands in the prompt. What may be offered at all is said by who feeds the memory (`caro.engine.suggesting`).
"""
