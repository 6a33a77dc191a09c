#include "framework/report/text.h"

#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

struct range {
    uint32_t first, last;
};

/* Unicode 15, East Asian Width W and F, by the blocks that hold them. */
static const struct range wide[] = {
    { 0x1100, 0x115F },   { 0x2E80, 0x303E },   { 0x3041, 0xA4CF },   { 0xAC00, 0xD7A3 },
    { 0xF900, 0xFAFF },   { 0xFE30, 0xFE6F },   { 0xFF00, 0xFF60 },   { 0xFFE0, 0xFFE6 },
    { 0x1F300, 0x1F64F }, { 0x1F680, 0x1F6FF }, { 0x1F900, 0x1FAFF }, { 0x20000, 0x3FFFD },
};
static const struct range zero_width[] = {
    { 0x0300, 0x036F }, { 0x200B, 0x200F }, { 0x20D0, 0x20F0 }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F }
};
/* Controls, the characters that turn the direction of a line, and those that XML 1.0 does not have. */
static const struct range harmful[] = {
    { 0x00, 0x1F }, { 0x7F, 0x9F }, { 0x2028, 0x202E }, { 0x2066, 0x2069 }, { 0xFFFE, 0xFFFF }
};

static bool in_ranges(uint32_t c, const struct range *r, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (c >= r[i].first && c <= r[i].last)
            return true;
    }
    return false;
}
#define IN(c, ranges) in_ranges(c, ranges, sizeof(ranges) / sizeof *(ranges))

/* Decodes one character (RFC 3629: no surrogates, no overlong forms); returns its bytes, 0 at the end of the string.
 * A byte that begins none gives 1 and *c = UINT32_MAX. */
static size_t decode(uint32_t *c, const char *s)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char b = (unsigned char)s[0];
    *c = b;
    if (b < 0x80)
        return b != 0;
    size_t len = b >= 0xF0 && b < 0xF8 ? 4 : b >= 0xE0 && b < 0xF0 ? 3 : b >= 0xC0 && b < 0xE0 ? 2 : 0;
    uint32_t value = len ? b & (0x7Fu >> len) : 0;
    for (size_t i = 1; i < len; i++) {
        unsigned char next = (unsigned char)s[i];
        if ((next & 0xC0) != 0x80) {
            len = 0;
            break;
        }
        value = value << 6 | (next & 0x3Fu);
    }
    if (len == 0 || value < least[len] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        *c = UINT32_MAX;
        return 1;
    }
    *c = value;
    return len;
}

static size_t columns_of(uint32_t c)
{
    return IN(c, zero_width) ? 0 : IN(c, wide) ? 2 : 1;
}

size_t tare_text_width(const char *s)
{
    size_t width = 0;
    uint32_t c;
    for (size_t len; (len = decode(&c, s)) > 0; s += len)
        width += columns_of(c);
    return width;
}

/* The cleaned form of the character at s goes to out; returns the bytes read. */
static size_t clean_one(struct tare_buf *out, const char *s)
{
    uint32_t c;
    size_t len = decode(&c, s);
    if (len == 0)
        return 0;
    if (c == '\n' || c == '\r' || c == '\t')
        tare_buf_str(out, " ");
    else if (c == UINT32_MAX || IN(c, harmful))
        tare_buf_str(out, REPLACEMENT);
    else
        tare_buf_add(out, s, len);
    return len;
}

void tare_text_clean(struct tare_buf *out, const char *s)
{
    for (size_t len; (len = clean_one(out, s)) > 0; s += len)
        ;
}

void tare_text_fit(struct tare_buf *out, const char *s, size_t columns)
{
    size_t width = tare_text_width(s);
    if (columns == 0 || width <= columns) {
        tare_text_clean(out, s);
        return;
    }
    /* The end of an id tells more than its middle: it keeps the larger half. */
    size_t head = (columns - 1) / 2, tail = columns - 1 - head, at = 0;
    bool cut = false;
    uint32_t c;
    for (size_t len; (len = decode(&c, s)) > 0; s += len) {
        if (at + columns_of(c) <= head && !cut)
            clean_one(out, s);
        else if (!cut) {
            tare_buf_str(out, "…");
            cut = true;
        }
        if (cut && at >= width - tail)
            clean_one(out, s);
        at += columns_of(c);
    }
}

/* ---- escaping: a table a format, of characters and what stands for them ---- */

struct escape {
    char c;
    const char *text;
};

static void escape(struct tare_buf *out, const char *s, const struct escape *table, size_t n)
{
    while (*s) {
        size_t i = 0;
        while (i < n && table[i].c != *s)
            i++;
        if (i < n) {
            tare_buf_str(out, table[i].text);
            s++;
        } else {
            s += clean_one(out, s);
        }
    }
}

void tare_text_xml(struct tare_buf *out, const char *s)
{
    static const struct escape table[] = {
        { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" }
    };
    escape(out, s, table, sizeof table / sizeof *table);
}

void tare_text_html_id(struct tare_buf *out, const char *s)
{
    static const struct escape table[] = { { '&', "&amp;" },  { '<', "&lt;" },   { '>', "&gt;" },
                                           { '"', "&quot;" }, { '\'', "&#39;" }, { '/', "/<wbr/>" } };
    escape(out, s, table, sizeof table / sizeof *table);
}

void tare_text_markdown(struct tare_buf *out, const char *s)
{
    static const struct escape table[] = {
        { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '|', "\\|" },   { '\\', "\\\\" },
        { '`', "\\`" },   { '*', "\\*" },  { '_', "\\_" },  { '[', "\\[" },   { ']', "\\]" },
        { '~', "\\~" },   { '#', "\\#" },  { '!', "\\!" },  { '@', "&#64;" }, /* an at sign would notify someone */
    };
    escape(out, s, table, sizeof table / sizeof *table);
}

/* In gnuplot's double quotes a backslash begins an escape, and a data file has no way to write a quote. */
void tare_text_gnuplot(struct tare_buf *out, const char *s)
{
    static const struct escape table[] = { { '"', "''" }, { '\\', "\\\\" } };
    tare_buf_str(out, "\"");
    escape(out, s, table, sizeof table / sizeof *table);
    tare_buf_str(out, "\"");
}

void tare_text_csv(struct tare_buf *out, const char *s)
{
    size_t len = strlen(s);
    bool edge_space = len > 0 && (s[0] == ' ' || s[len - 1] == ' ');
    if (!edge_space && s[strcspn(s, ",\"\r\n")] == '\0') {
        tare_buf_str(out, s);
        return;
    }
    tare_buf_str(out, "\"");
    for (; *s; s++) {
        if (*s == '"')
            tare_buf_str(out, "\"");
        tare_buf_add(out, s, 1);
    }
    tare_buf_str(out, "\"");
}
