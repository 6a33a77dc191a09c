#include "report_xml.h"

#include <stdio.h>
#include <string.h>

enum { DEPTH = 64, NAME = 32 };

struct parser {
    const char *at;
    bool html;
    char open[DEPTH][NAME];
    int depth;
};

static char problem[200];

static const char *wrong(const struct parser *p, const char *what)
{
    snprintf(problem, sizeof problem, "%s at: %.60s", what, p->at);
    return problem;
}

static const char *check_entity(const struct parser *p)
{
    static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&apos;" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncmp(p->at, known[i], strlen(known[i])) == 0)
            return NULL;
    }
    return wrong(p, "unknown entity");
}

/* One character of text or of an attribute's value. */
static const char *take_char(struct parser *p)
{
    unsigned char c = (unsigned char)*p->at;
    int more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : -1;
    if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r') || more < 0)
        return wrong(p, "forbidden byte");
    if (c == '&' && check_entity(p))
        return problem;
    for (p->at++; more > 0; more--, p->at++) {
        if (((unsigned char)*p->at & 0xC0) != 0x80)
            return wrong(p, "broken UTF-8");
    }
    return NULL;
}

static bool take_name(struct parser *p, char *name)
{
    size_t n = strspn(p->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:");
    if (n == 0 || n >= NAME)
        return false;
    memcpy(name, p->at, n);
    name[n] = '\0';
    p->at += n;
    return true;
}

static void skip_space(struct parser *p)
{
    p->at += strspn(p->at, " \t\r\n");
}

static const char *take_attributes(struct parser *p)
{
    char seen[16][NAME];
    int n = 0;
    for (;;) {
        const char *before = p->at;
        skip_space(p);
        if (*p->at == '>' || strncmp(p->at, "/>", 2) == 0)
            return NULL;
        if (p->at == before || n == 16 || !take_name(p, seen[n]))
            return wrong(p, "bad attribute");
        for (int i = 0; i < n; i++) {
            if (strcmp(seen[i], seen[n]) == 0)
                return wrong(p, "attribute given twice");
        }
        n++;
        if (*p->at != '=') {
            if (!p->html)
                return wrong(p, "attribute without value");
            continue;
        }
        if (*++p->at != '"')
            return wrong(p, "value without quotes");
        for (p->at++; *p->at != '"';) {
            if (*p->at == '<' || *p->at == '\0')
                return wrong(p, "value does not end");
            if (take_char(p))
                return problem;
        }
        p->at++;
    }
}

static bool is_void(const char *name)
{
    return strcmp(name, "meta") == 0 || strcmp(name, "img") == 0 || strcmp(name, "br") == 0;
}

static const char *take_start(struct parser *p)
{
    char name[NAME], end[NAME + 4];
    p->at++;
    if (!take_name(p, name))
        return wrong(p, "bad tag");
    if (take_attributes(p))
        return problem;
    bool closed = *p->at == '/';
    p->at += closed ? 2 : 1;
    if (closed || (p->html && is_void(name)))
        return NULL;
    if (p->depth == DEPTH)
        return wrong(p, "too deep");
    strcpy(p->open[p->depth++], name);
    if (p->html && (strcmp(name, "style") == 0 || strcmp(name, "script") == 0)) {
        snprintf(end, sizeof end, "</%s", name);
        p->at = strstr(p->at, end);
        if (!p->at) {
            p->at = "";
            return wrong(p, "style or script does not end");
        }
    }
    return NULL;
}

static const char *take_end(struct parser *p)
{
    char name[NAME];
    const char *start = p->at;
    p->at += 2;
    if (!take_name(p, name) || *p->at != '>' || p->depth == 0 || strcmp(p->open[p->depth - 1], name) != 0) {
        p->at = start;
        return wrong(p, "end tag does not match");
    }
    p->at++;
    p->depth--;
    return NULL;
}

const char *xml_problem(const char *text, bool html)
{
    struct parser p = { .at = text, .html = html };
    const char *head = html ? "<!DOCTYPE html>" : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    if (strncmp(text, head, strlen(head)) != 0)
        return wrong(&p, "no declaration");
    p.at += strlen(head);
    bool had_root = false;
    while (*p.at) {
        bool outside = p.depth == 0;
        const char *bad = NULL;
        if (outside && strspn(p.at, " \r\n\t") > 0) {
            skip_space(&p);
            continue;
        }
        if (outside && (had_root || *p.at != '<'))
            return wrong(&p, "content outside the root");
        had_root |= outside;
        if (strncmp(p.at, "</", 2) == 0)
            bad = take_end(&p);
        else if (*p.at == '<')
            bad = take_start(&p);
        else
            bad = take_char(&p);
        if (bad)
            return bad;
        if (outside)
            had_root = true;
    }
    return p.depth ? wrong(&p, "open elements") : had_root ? NULL : wrong(&p, "no root");
}

int xml_count(const char *text, const char *name)
{
    int count = 0;
    size_t n = strlen(name);
    for (const char *at = text; (at = strchr(at, '<')); at++)
        count += strncmp(at + 1, name, n) == 0 && strchr(" >/\n", at[1 + n]);
    return count;
}
