/* Four small tokenizers for targets whose input is not a tokenizer: three byte-level ones, then SentencePiece's. */
#ifndef TARE_TESTS_FUZZ_TOKENIZER_MADE_H
#define TARE_TESTS_FUZZ_TOKENIZER_MADE_H

#include "framework/base/mem.h"
#include "models/tokenizer/tokenizer.h"

#include <stdlib.h>
#include <string.h>

enum { SPM = 3, N_TOKENIZERS };

/* Llama 3's pattern and Qwen 2's, as tokenizer.json has them; "" is ByteLevel's own. */
#define LLAMA3(digits)                                                                                                 \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|" digits                                     \
    "| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
static const char *const patterns[] = { "", LLAMA3("\\\\p{N}{1,3}"), LLAMA3("\\\\p{N}") };

/* All bytes and a few merges. */
static inline struct lm_tokenizer *make_bpe(const char *pattern)
{
    static const char *const merges[] = { "a b", "ab c", "a a", "aa aa", "\u0120 a", "\u0120 \u0120", "1 2", NULL };
    struct tare_buf b = { 0 };
    struct lm_tokenizer *t = NULL;
    tare_buf_str(&b, "{\"added_tokens\":[{\"id\":300,\"content\":\"<s>\",\"special\":true}],\"pre_tokenizer\":");
    if (*pattern)
        tare_buf_fmt(&b, "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"%s\"}}", pattern);
    else
        tare_buf_str(&b, "{\"type\":\"ByteLevel\"}");
    tare_buf_str(&b, ",\"model\":{\"type\":\"BPE\",\"vocab\":{");
    for (int byte = 0, next = 0x100; byte < 256; byte++) {
        int prints = (byte > ' ' && byte <= '~') || (byte > 0xA0 && byte != 0xAD);
        tare_buf_fmt(&b, "\"\\u%04X\":%d,", prints ? byte : next++, byte);
    }
    for (int i = 0; merges[i]; i++) {
        const char *gap = strchr(merges[i], ' ');
        tare_buf_fmt(&b, "%s\"%.*s%s\":%d", i ? "," : "", (int)(gap - merges[i]), merges[i], gap + 1, 256 + i);
    }
    tare_buf_str(&b, "},\"merges\":[");
    for (int i = 0; merges[i]; i++)
        tare_buf_fmt(&b, "%s\"%s\"", i ? "," : "", merges[i]);
    tare_buf_str(&b, "]}}");
    if (b.failed || lm_tokenizer_parse_json(&t, "made", b.data, b.len, 0))
        abort();
    tare_buf_free(&b);
    return t;
}

/* Characters with some merges, and one token across a space: no words. */
static inline struct lm_tokenizer *make_spm(void)
{
    static const char json[] =
        "{\"added_tokens\":[{\"id\":0,\"content\":\"<unk>\",\"special\":true},{\"id\":1,\"content\":\"<s>\","
        "\"special\":true}],\"normalizer\":{\"type\":\"Prepend\"},\"model\":{\"type\":\"BPE\",\"byte_fallback\":true,"
        "\"unk_token\":\"<unk>\",\"vocab\":{\"<unk>\":0,\"<s>\":1,\"<0x0A>\":2,\"<0xC3>\":3,\"a\":4,\"b\":5,"
        "\"\u2581\":6,\"ab\":7,\"\u2581a\":8,\"b\u2581a\":9,\"aa\":10},\"merges\":[\"a b\",\"\u2581 a\",\"b \u2581a\","
        "\"a a\"]}}";
    struct lm_tokenizer *t = NULL;
    if (lm_tokenizer_parse_json(&t, "made", json, sizeof json - 1, 0))
        abort();
    return t;
}

/* The tokenizer that a byte chooses; the first three give every text back. */
static inline const struct lm_tokenizer *made_tokenizer(unsigned which)
{
    static struct lm_tokenizer *all[N_TOKENIZERS];
    if (!all[0]) {
        for (int i = 0; i < SPM; i++)
            all[i] = make_bpe(patterns[i]);
        all[SPM] = make_spm();
    }
    return all[which % N_TOKENIZERS];
}

#endif
