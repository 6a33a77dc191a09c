/* UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing beyond U+10FFFF. */
#ifndef LM_TOKENIZER_UTF8_H
#define LM_TOKENIZER_UTF8_H

#include <stddef.h>

/* What n >= 1 bytes begin with: k > 0, a whole character of k bytes; 0, a character that more bytes could complete; -k,
 * k bytes that no character begins with (the maximal subpart of Unicode 15, section 3.9), to stand as one U+FFFD. */
int lm_utf8_char(const char *text, size_t n);

/* How many bytes from the start are whole characters: n for valid text, else the offset of the first bad byte. */
size_t lm_utf8_valid(const char *text, size_t n);

#endif
