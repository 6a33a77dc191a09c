#include "models/tokenizer/utf8.h"

#include <stdint.h>
#include <string.h>

/* Lead bytes from `first` on: how many bytes a character has, and what its second byte may be. */
struct lead {
    uint8_t first, length, low, high;
};
static const struct lead leads[] = {
    { 0xF5, 0, 0, 0 },       { 0xF4, 4, 0x80, 0x8F }, { 0xF1, 4, 0x80, 0xBF }, { 0xF0, 4, 0x90, 0xBF },
    { 0xEE, 3, 0x80, 0xBF }, { 0xED, 3, 0x80, 0x9F }, { 0xE1, 3, 0x80, 0xBF }, { 0xE0, 3, 0xA0, 0xBF },
    { 0xC2, 2, 0x80, 0xBF }, { 0x80, 0, 0, 0 },       { 0x00, 1, 0, 0 },
};

int lm_utf8_char(const char *text, size_t n)
{
    const uint8_t *b = (const uint8_t *)text;
    if (b[0] < 0x80)
        return 1;
    const struct lead *l = leads;
    while (b[0] < l->first)
        l++;
    if (!l->length)
        return -1;
    uint8_t low = l->low, high = l->high;
    for (int i = 1; i < l->length; i++) {
        if ((size_t)i == n)
            return 0;
        if (b[i] < low || b[i] > high)
            return -i;
        low = 0x80;
        high = 0xBF;
    }
    return l->length;
}

size_t lm_utf8_valid(const char *text, size_t n)
{
    for (size_t at = 0; at < n;) {
        uint64_t eight;
        if (n - at >= sizeof eight) { /* plain ASCII, eight at a time */
            memcpy(&eight, text + at, sizeof eight);
            if (!(eight & 0x8080808080808080u)) {
                at += sizeof eight;
                continue;
            }
        }
        int k = lm_utf8_char(text + at, n - at);
        if (k <= 0)
            return at;
        at += (size_t)k;
    }
    return n;
}
