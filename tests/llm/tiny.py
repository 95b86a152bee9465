"""A model of random weights, as small as llama.cpp loads one: `python tiny.py FILE`, in a process of its own."""

from __future__ import annotations

import string
import sys

WIDTH, LAYERS, HEADS, INNER = 32, 2, 4, 64
TEMPLATE = (
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
LETTERS = ["<unk>", "<s>", "</s>", *string.printable[:95]]


def gguf(file: str) -> None:
    """A llama with the tokens that llama.cpp wants of a SentencePiece vocabulary: three, the bytes, the letters."""
    import numpy
    from gguf import GGUFWriter

    letters = [letter.replace(" ", "▁") for letter in LETTERS[3:]]
    tokens = [*LETTERS[:3], *(f"<0x{byte:02X}>" for byte in range(256)), *letters]
    kinds = [2, 3, 3, *[6] * 256, *[1] * len(letters)]
    made = numpy.random.default_rng(1)
    writer = GGUFWriter(file, "llama")
    writer.add_name("tiny")
    writer.add_context_length(4096)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(TEMPLATE)

    def put(name: str, *shape: int) -> None:
        ones = name.endswith("norm.weight")
        weights = numpy.ones(shape) if ones else made.normal(0, 0.1, shape)
        writer.add_tensor(name, weights.astype(numpy.float32))

    put("token_embd.weight", len(tokens), WIDTH)
    put("output_norm.weight", WIDTH)
    put("output.weight", len(tokens), WIDTH)
    for layer in range(LAYERS):
        for name, *shape in (("attn_norm", WIDTH), ("ffn_norm", WIDTH), *((f"attn_{part}", WIDTH, WIDTH) for part in
                             ("q", "k", "v", "output")), ("ffn_gate", INNER, WIDTH), ("ffn_up", INNER, WIDTH),
                             ("ffn_down", WIDTH, INNER)):  # fmt: skip
            put(f"blk.{layer}.{name}.weight", *shape)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    gguf(sys.argv[1])
