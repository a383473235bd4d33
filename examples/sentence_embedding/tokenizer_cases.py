#!/usr/bin/env python3
"""Writes tests/fixtures/wordpiece_cases.txt: 300 odd strings and their token ids by the Python package `tokenizers`.

    python3 examples/sentence_embedding/tokenizer_cases.py [MODEL_FOLDER]       default folder: build/model

A line is a case: the string's UTF-8 bytes in hexadecimal ("-" for the empty string), then its ids, [CLS] and [SEP]
included, cut at 256. A hexadecimal file survives every editor, checkout and terminal, which these strings do not.
"""
import pathlib
import random
import sys

from tokenizers import Tokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]

BY_HAND = [
    "", " ", "\t\n\r", "\u3000\u2003\u00a0", "a", "A", "##ing", "##", "#", "[CLS]", "[SEP] [MASK]", "a[SEP]b", "[cls]",
    "[CLS", "[[MASK]]", "[UNK][PAD]x", "hello world", "Hello,World!", "don't stop", "e-mail: me@example.org",
    "3.14159 and 1,000,000", "C++20 isn't C#", "snake_case CamelCase kebab-case", "...---!!!", "$100 = 90€ ≈ £80",
    "a\u0000b", "a\ufffdb", "a\u0007b\u001bc", "a\u000bb\u000cc", "soft\u00adhyphen", "zero\u200bwidth\u200djoin",
    "\ufeffbyte order mark", "left\u200fright\u202e", "line\u2028paragraph\u2029end\u0085next", "tab\tnew\nline\r\nend",
    "café CAFÉ cafe\u0301 CAFE\u0301", "naïve façade Ångström", "Łódź Øresund straße ẞ", "İstanbul ISPARTA ığdır",
    "œuvre Æsop ǅ Ǆ ﬁn ﬂow", "Ελλάδα ΣΊΣΥΦΟΣ ΐ ᾼ ᾳ", "Москва Ёлка Й й ѐ", "Việt Nam Nguyễn Đặng", "Tiếng Việt",
    "日本語のテキスト", "中文字符", "漢字kanji漢字", "㐀䶵 鿕 豈 﨎", "\U00020000\U0002a6d6 \U0002f800", "\U0002b820 \U0002b920",
    "한국어 텍스트 가각힣", "ไทย ภาษาไทย", "العربية مَرْحَبًا", "עברית שָׁלוֹם", "हिन्दी नमस्ते", "தமிழ் கொ", "বাংলা কো", "ქართული ᲒᲔ",
    "😀", "I ❤️ 🍕", "👩‍👩‍👧‍👦 family", "🇩🇪 flag", "thumbs 👍🏽 up", "🤷🥺🫠", "text️ variation", "①②③ ⅣⅦ ½ x² H₂O",
    "ｆｕｌｌｗｉｄｔｈ ＡＢＣ １２３", "K Å Ω", "≠ ≮ ∉ ∄", "; · `", "“quotes” ‘single’ «guillemets» „low“", "em—dash en–dash …",
    "a" * 99, "a" * 100, "a" * 101, "é" * 100, "e\u0301" * 101, "日" * 120, "!" * 300, "word " * 300, "x" * 5000,
    "antidisestablishmentarianism", "supercalifragilisticexpialidocious", "pneumonoultramicroscopicsilicovolcanoconiosis",
    "zzzzqqqqxxxx", "\U000e0001tag\U000e007f", "\ue000private\uf8ff", "\U0010ffff", "\u0378unassigned", "\u0301alone",
    "\u0301\u0302\u0303", "a\u0323\u0307 a\u0307\u0323", "ṩ ṩ", "\u1e9b\u0323", "ậ ǖ ǭ ḹ ṏ", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝐁𝐨𝐥𝐝", "Ⓐⓑ ℃ ™ ©",
    "мир world 世界 🌍", "ΑΒΓabcАБВ", "http://example.org/a?b=c&d=%20#e", "C:\\path\\to", "{\"key\": [1, 2]}", "<b>bold</b>",
    "~^|`'\"\\/", "\u2060\u180e", "ﬀﬁﬃ", "\u0130\u0131\u017f\u212a", "\u01c4\u01c5\u01c6", "ΌΣΟΣ ς σ", "\u0345\u1fb3",
]

POOLS = [
    [chr(c) for c in range(0x20, 0x7F)],
    [chr(c) for c in range(0xA0, 0x250)],
    [chr(c) for c in range(0x300, 0x370)] + list("aeiouAEIOU"),
    [chr(c) for c in (*range(0x386, 0x3FF), *range(0x1F00, 0x1FFF)) if chr(c).isalpha()],
    [chr(c) for c in range(0x400, 0x500)],
    [chr(c) for c in range(0x1E00, 0x1F00)],
    [chr(c) for c in range(0x5D0, 0x5EB)] + [chr(c) for c in range(0x620, 0x650)],
    [chr(c) for c in range(0x905, 0x940)],
    [chr(c) for c in range(0x3041, 0x30FF)],
    [chr(c) for c in range(0x4E00, 0x5200)],
    [chr(c) for c in range(0xAC00, 0xAC00 + 600)],
    [chr(c) for c in range(0x2010, 0x2060)] + [chr(c) for c in range(0x2190, 0x2300)],
    [chr(c) for c in range(0x1F300, 0x1F650)],
    [chr(c) for c in (*range(0, 32), 0x7F, *range(0x80, 0xA0))],
]
WORDS = "The quick brown fox jumps over a lazy dog unbelievable tokenization running NATO 2024 re-entry".split()


def at_random(generator):
    """Words and characters of two or three scripts, with and without space between them."""
    pools = generator.sample(POOLS, generator.randint(1, 3))
    parts = []
    for _ in range(generator.randint(1, 12)):
        if generator.random() < 0.3:
            parts.append(generator.choice(WORDS))
        else:
            pool = generator.choice(pools)
            parts.append("".join(generator.choice(pool) for _ in range(generator.randint(1, 9))))
        if generator.random() < 0.5:
            parts.append(" ")
    return "".join(parts)


def main():
    model = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "model"
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)

    generator = random.Random(1)
    cases = BY_HAND + [at_random(generator) for _ in range(300 - len(BY_HAND))]
    lines = [" ".join([text.encode().hex() or "-", *map(str, tokenizer.encode(text).ids)]) for text in cases]
    out = ROOT / "tests" / "fixtures" / "wordpiece_cases.txt"
    out.write_text("\n".join(lines) + "\n")
    print(f"wrote {out}: {len(cases)} cases")


if __name__ == "__main__":
    main()
