"""Models of random weights, as small as servers load them: a GGUF file for llama.cpp, a folder for mlx_lm.

`python tiny.py mlx FOLDER` and `python tiny.py gguf FILE`: each in a process of its own, as what they import stays.
"""

from __future__ import annotations

import json
import string
import sys
from pathlib import Path
from typing import Any

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


def mlx(folder: str) -> None:
    """A llama whose tokens are letters."""
    import mlx.core as core
    from tokenizers import Tokenizer, decoders, models

    place, size = Path(folder), 128
    place.mkdir(parents=True, exist_ok=True)
    core.random.seed(1)

    def made(*shape: int) -> Any:
        return (core.random.normal(shape) * 0.1).astype(core.float16)

    ones = core.ones(WIDTH).astype(core.float16)
    weights = {"model.embed_tokens.weight": made(size, WIDTH), "model.norm.weight": ones,
               "lm_head.weight": made(size, WIDTH)}  # fmt: skip
    for layer in range(LAYERS):
        name = f"model.layers.{layer}."
        weights |= {f"{name}self_attn.{part}_proj.weight": made(WIDTH, WIDTH) for part in "qkvo"}
        weights |= {f"{name}mlp.{part}_proj.weight": made(INNER, WIDTH) for part in ("gate", "up")}
        weights[f"{name}mlp.down_proj.weight"] = made(WIDTH, INNER)
        weights |= {f"{name}{part}.weight": ones for part in ("input_layernorm", "post_attention_layernorm")}
    core.save_safetensors(str(place / "model.safetensors"), weights, metadata={"format": "mlx"})
    config = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": WIDTH,
              "num_hidden_layers": LAYERS, "intermediate_size": INNER, "num_attention_heads": HEADS,
              "num_key_value_heads": HEADS, "rms_norm_eps": 1e-5, "vocab_size": size, "rope_theta": 10000.0,
              "max_position_embeddings": 4096, "tie_word_embeddings": False,
              "bos_token_id": 1, "eos_token_id": 2}  # fmt: skip
    words = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>",
             "unk_token": "<unk>", "chat_template": TEMPLATE}  # fmt: skip
    (place / "config.json").write_text(json.dumps(config))
    (place / "tokenizer_config.json").write_text(json.dumps(words))
    vocabulary = {token: at for at, token in enumerate(LETTERS)}
    vocabulary |= {f"<r{at}>": at for at in range(len(vocabulary), size)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    tokenizer.decoder = decoders.Fuse()
    tokenizer.save(str(place / "tokenizer.json"))


if __name__ == "__main__":
    {"gguf": gguf, "mlx": mlx}[sys.argv[1]](sys.argv[2])
