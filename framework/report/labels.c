#include "framework/report/labels.h"

#include <string.h>

enum { MOST_PARTS = 64 };

/* The part behind the first `i` slashes: its length in *len; NULL behind the last. */
static const char *part_at(const char *name, size_t i, size_t *len)
{
    for (; i > 0; i--) {
        name = strchr(name, '/');
        if (!name)
            return NULL;
        name++;
    }
    *len = strcspn(name, "/");
    return name;
}

static size_t count_parts(const char *name)
{
    size_t n = 1;
    for (; (name = strchr(name, '/')) != NULL; name++)
        n++;
    return n;
}

uint64_t tare_labels_shared(const char *const *names, size_t n)
{
    uint64_t shared = 0;
    size_t parts = n > 0 ? count_parts(names[0]) : 0, alike = 0;
    for (size_t k = 1; k < n; k++)
        if (count_parts(names[k]) != parts)
            return 0;
    for (size_t i = 0; i < parts && parts <= MOST_PARTS; i++) {
        size_t len, other_len = 0;
        const char *part = part_at(names[0], i, &len);
        bool same = true;
        for (size_t k = 1; k < n && same; k++) {
            const char *other = part_at(names[k], i, &other_len);
            same = other_len == len && memcmp(other, part, len) == 0;
        }
        shared |= (uint64_t)same << i;
        alike += same;
    }
    return alike < parts ? shared : 0;
}

void tare_labels_parts(struct tare_buf *out, const char *name, uint64_t shared, int wanted)
{
    size_t len, n = 0;
    const char *part;
    for (size_t i = 0; (part = part_at(name, i, &len)) != NULL; i++) {
        if ((i < MOST_PARTS ? (int)(shared >> i & 1) : 0) != wanted)
            continue;
        tare_buf_str(out, n++ ? "/" : "");
        tare_buf_add(out, part, len);
    }
}

double tare_label_columns(const char *label)
{
    /* In ems; a column is 0.7 of one. Beside the label there is room for a mark and for what widths differ. */
    static const struct {
        const char *letters;
        double width;
    } widths[] = {
        { "ijl|'", 0.28 }, { "ft/ .,:;()[]-", 0.39 }, { "r_\"*", 0.5 }, { "mMW@%", 0.99 }, { "w=+<>~", 0.84 }
    };
    const double other = 0.64, capital = 0.76, column = 0.7, room = 2;
    double sum = 0;
    for (const unsigned char *c = (const unsigned char *)label; *c; c++) {
        double width = *c >= 'A' && *c <= 'Z' ? capital : other;
        for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
            if (strchr(widths[i].letters, *c))
                width = widths[i].width;
        sum += *c >= 0xC0 ? 1 : *c >= 0x80 ? 0 : width; /* a character of several bytes counts at its first */
    }
    return sum / column + room;
}
