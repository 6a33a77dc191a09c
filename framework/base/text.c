#include "framework/base/text.h"

#include <fnmatch.h>
#include <stdint.h>
#include <string.h>

enum { WORD_MAX = 255 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t tare_edit_distance(const char *a, const char *b)
{
    size_t na = strnlen(a, WORD_MAX), nb = strnlen(b, WORD_MAX);
    /* row[j]: edits from the first i bytes of a to the first j of b; the exchange of neighbours looks back two rows */
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= nb; j++)
        last[j] = j;
    for (size_t i = 1; i <= na; i++) {
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = smaller(replaced, smaller(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[nb];
}

const char *tare_nearest(const char *word, const char *const *names, size_t n)
{
    const char *nearest = NULL;
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        size_t edits = tare_edit_distance(word, names[i]);
        if (edits < least) {
            least = edits;
            nearest = names[i];
        }
    }
    return least <= 1 + strlen(word) / 3 ? nearest : NULL;
}

bool tare_glob(const char *pattern, const char *text)
{
    return fnmatch(pattern, text, 0) == 0;
}
