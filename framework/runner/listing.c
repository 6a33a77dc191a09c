#include "framework/runner/listing.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"

enum { LINE = 32, MNEMONIC = 24 };

/* ---- reading ---- */

/* "    1180:\t48 8b 05 59 2e 00 00 \tmov    0x2e59(%rip),%rax" */
static bool parse_line(struct tare_instruction *i, const char *line, const char *end, const char **text)
{
    char *at;
    i->address = strtoull(line, &at, 16);
    if (at == line || *at != ':' || at[1] != '\t')
        return false;
    unsigned digits = 0;
    for (at += 2; at < end && (isxdigit((unsigned char)*at) || *at == ' '); at++)
        digits += *at != ' ';
    if (at >= end || *at != '\t' || digits < 2 || digits % 2)
        return false;
    i->bytes = digits / 2;
    *text = at + 1;
    return true;
}

/* One blank between words. */
static char *tidy(const char *from, const char *end)
{
    char *text = tare_strndup(from, (size_t)(end - from));
    char *to = text;
    for (const char *p = text; p && *p; p++)
        if (!isspace((unsigned char)*p) || (to > text && to[-1] != ' '))
            *to++ = isspace((unsigned char)*p) ? ' ' : *p;
    while (to > text && to[-1] == ' ')
        to--;
    if (text)
        *to = '\0';
    return text;
}

int listing_parse(struct tare_code *c, const char *text)
{
    for (const char *line = text; line && *line;) {
        const char *end = strchrnul(line, '\n'), *words;
        struct tare_instruction i = { 0 };
        if (parse_line(&i, line, end, &words)) {
            if (tare_grow(&c->items, &c->capacity, c->n + 1, sizeof *c->items) != 0)
                return TARE_ENOMEM;
            i.text = tidy(words, end);
            if (!i.text)
                return TARE_ENOMEM;
            c->items[c->n++] = i;
        }
        line = *end ? end + 1 : end;
    }
    return 0;
}

/* The index of the first instruction that begins behind an address. */
static size_t behind(const struct tare_code *c, uint64_t address)
{
    size_t lo = 0, hi = c->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (c->items[mid].address <= address)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void listing_add_samples(struct tare_code *c, const struct tare_spot *spots, size_t n)
{
    for (size_t s = 0; s < n; s++) {
        size_t i = behind(c, spots[s].address);
        if (i > 0 && spots[s].address - c->items[i - 1].address < c->items[i - 1].bytes)
            c->items[i - 1].samples += spots[s].samples;
    }
}

/* ---- what an instruction is ---- */

/* The mnemonic without its prefixes. */
static void mnemonic_of(char out[MNEMONIC], const char *text)
{
    static const char *const prefixes[] = { "bnd ", "notrack ", "rep ", "repz ", "repnz ", "cs ", "ds ", "data16 " };
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(text, prefixes[i], strlen(prefixes[i])) == 0) {
            text += strlen(prefixes[i]);
            i = SIZE_MAX; /* from the first prefix again */
        }
    size_t n = strcspn(text, " ,");
    n = n < MNEMONIC - 1 ? n : MNEMONIC - 1;
    memcpy(out, text, n);
    out[n] = '\0';
}

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static bool is_x86_jump(const char *m)
{
    static const char *const elsewhere[] = { "jcxz", "jecxz", "jrcxz" };
    return m[0] == 'j' && !is_one_of(m, elsewhere, sizeof elsewhere / sizeof *elsewhere);
}

static bool is_x86_branch(const char *m)
{
    static const char *const others[] = { "call", "callq", "ret", "retq", "lcall", "lret" };
    return is_x86_jump(m) || is_one_of(m, others, sizeof others / sizeof *others);
}

/* Any processor's direct jump, for finding loops: j.., loop.., b, b.ne, cbz, tbnz. */
static bool jumps(const char *m)
{
    return (m[0] == 'j' || strncmp(m, "loop", 4) == 0 || strcmp(m, "b") == 0 || strncmp(m, "b.", 2) == 0 ||
            strncmp(m, "cb", 2) == 0 || strncmp(m, "tb", 2) == 0);
}

/* Where a direct jump goes: the number before " <function+0x12>". */
static bool target_of(uint64_t *target, const char *text)
{
    char m[MNEMONIC];
    mnemonic_of(m, text);
    const char *mark = jumps(m) && !strchr(text, '#') ? strstr(text, " <") : NULL;
    if (!mark)
        return false;
    const char *from = mark;
    while (from > text && isxdigit((unsigned char)from[-1]))
        from--;
    *target = strtoull(from, NULL, 16);
    return from < mark;
}

/* ---- loops ---- */

/* The instruction that a direct jump goes to; SIZE_MAX for none here. */
static size_t target_index(const struct tare_code *c, size_t jump)
{
    uint64_t target;
    if (!target_of(&target, c->items[jump].text))
        return SIZE_MAX;
    size_t i = behind(c, target);
    return i > 0 && c->items[i - 1].address == target ? i - 1 : SIZE_MAX;
}

/* Whether the next instruction is never the one behind it. */
static bool leaves(const char *text)
{
    static const char *const names[] = { "jmp", "jmpq", "ret", "retq", "ud2", "hlt", "b", "br" };
    char m[MNEMONIC];
    mnemonic_of(m, text);
    return is_one_of(m, names, sizeof names / sizeof *names);
}

/* Whether the jump back at `last` is reached from `begin` without leaving [begin, last]: what a compiler put out of
 * line jumps back too, and is no loop. `reached` has a place for every instruction. */
static bool comes_round(const struct tare_code *c, size_t begin, size_t last, bool *reached)
{
    bool more = true;
    memset(reached, 0, c->n * sizeof *reached);
    reached[begin] = true;
    while (more && !reached[last]) { /* again where a jump back reached something above */
        more = false;
        for (size_t i = begin; i < last; i++) {
            if (!reached[i])
                continue;
            size_t target = target_index(c, i);
            if (target >= begin && target <= last && !reached[target]) {
                reached[target] = true;
                more = more || target < i;
            }
            reached[i + 1] = reached[i + 1] || !leaves(c->items[i].text);
        }
    }
    return reached[last];
}

int listing_find_loop(struct tare_code *c)
{
    uint64_t all = tare_code_samples(c, 0, c->n), most = 0;
    size_t best_begin = 0, best_end = 0, shortest = SIZE_MAX;
    bool *reached = tare_calloc(c->n + 1, sizeof *reached);
    if (!reached)
        return TARE_ENOMEM;
    c->loop_begin = c->loop_end = 0;
    for (size_t i = 0; i < c->n && all > 0; i++) {
        size_t begin = target_index(c, i);
        if (begin > i || !comes_round(c, begin, i, reached)) /* SIZE_MAX too */
            continue;
        uint64_t samples = tare_code_samples(c, begin, i + 1);
        if (3 * samples >= 2 * all && i + 1 - begin < shortest) {
            shortest = i + 1 - begin;
            c->loop_begin = begin;
            c->loop_end = i + 1;
        }
        if (samples > most) {
            most = samples;
            best_begin = begin;
            best_end = i + 1;
        }
    }
    if (shortest == SIZE_MAX && 3 * most >= all) {
        c->loop_begin = best_begin;
        c->loop_end = best_end;
    }
    free(reached);
    return 0;
}

/* ---- branches and boundaries ---- */

/* The conditions by what they look at. */
static bool looks_at_carry(const char *jump)
{
    static const char *const names[] = { "jb", "jae", "jbe", "ja", "jc", "jnc", "jnae", "jnb", "jna", "jnbe" };
    return is_one_of(jump, names, sizeof names / sizeof *names);
}

static bool looks_at_order(const char *jump) /* zero, or signed order */
{
    static const char *const names[] = { "je",  "jne", "jz",   "jnz", "jl",  "jge",
                                         "jle", "jg",  "jnge", "jnl", "jng", "jnle" };
    return is_one_of(jump, names, sizeof names / sizeof *names);
}

static const char *last_operand(const char *text)
{
    const char *last = strchr(text, ' ');
    int depth = 0;
    for (const char *p = last; p && *p && *p != '#'; p++) {
        depth += (*p == '(') - (*p == ')');
        if (*p == ',' && depth == 0)
            last = p;
    }
    return last ? last + 1 : "";
}

/* cmp, cmpq -> CMP and so on. */
enum family { NO_FAMILY, TESTS, COMPARES, COUNTS };

static enum family family_of(const char *m, bool *writes)
{
    static const struct {
        const char *name;
        enum family family;
        bool writes;
    } table[] = { { "test", TESTS, false },  { "and", TESTS, true },    { "cmp", COMPARES, false },
                  { "add", COMPARES, true }, { "sub", COMPARES, true }, { "inc", COUNTS, true },
                  { "dec", COUNTS, true } };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        size_t n = strlen(table[i].name);
        if (strncmp(m, table[i].name, n) != 0 || (m[n] && (!strchr("bwlq", m[n]) || m[n + 1])))
            continue;
        *writes = table[i].writes;
        return table[i].family;
    }
    return NO_FAMILY;
}

bool listing_fuses(const char *first, const char *jump)
{
    char m[MNEMONIC], j[MNEMONIC];
    bool writes = false;
    mnemonic_of(m, first);
    mnemonic_of(j, jump);
    enum family family = family_of(m, &writes);
    bool memory = strchr(first, '(') != NULL;
    if (family == NO_FAMILY || !is_x86_jump(j) || strcmp(j, "jmp") == 0 || strcmp(j, "jmpq") == 0)
        return false;
    if ((memory && strchr(first, '$')) || strstr(first, "(%rip)") || (writes && strchr(last_operand(first), '(')))
        return false;
    return family == TESTS || looks_at_order(j) || (family == COMPARES && looks_at_carry(j));
}

void listing_mark_branches(struct tare_code *c)
{
    for (size_t i = 0; i < c->n; i++) {
        struct tare_instruction *in = &c->items[i];
        char m[MNEMONIC];
        mnemonic_of(m, in->text);
        if (!is_x86_branch(m))
            continue;
        const struct tare_instruction *before = i > 0 ? in - 1 : NULL;
        in->fused = before && before->address + before->bytes == in->address && listing_fuses(before->text, in->text);
        uint64_t begin = in->fused ? before->address : in->address, end = in->address + in->bytes;
        if (begin / LINE != (end - 1) / LINE)
            in->boundary = TARE_BOUNDARY_CROSSES;
        else if (end % LINE == 0)
            in->boundary = TARE_BOUNDARY_ENDS;
    }
}
