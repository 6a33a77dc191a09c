/* Text inside the reports: widths on a terminal, escaping, and the figures that several reports share. */
#ifndef TARE_REPORT_TEXT_H
#define TARE_REPORT_TEXT_H

#include "framework/base/mem.h"
#include "framework/report/report.h"

/* Columns that s takes on a terminal: UTF-8, wide characters count two, combining ones none. */
size_t tare_text_width(const char *s);

/* s on one line and harmless on a terminal: line breaks and tabs become spaces, other control characters, direction
 * overrides and bytes that are not UTF-8 become U+FFFD. */
void tare_text_clean(struct tare_buf *out, const char *s);

/* The same in at most `columns` columns: what is too long loses its middle to an ellipsis. 0 = no limit. */
void tare_text_fit(struct tare_buf *out, const char *s, size_t columns);

void tare_text_xml(struct tare_buf *out, const char *s);      /* XML and HTML, text and quoted attributes */
void tare_text_html_id(struct tare_buf *out, const char *s);  /* text of HTML: a line may end behind each slash */
void tare_text_csv(struct tare_buf *out, const char *s);      /* RFC 4180: quoted where it must be, bytes unchanged */
void tare_text_markdown(struct tare_buf *out, const char *s); /* in a GitHub table cell */
void tare_text_gnuplot(struct tare_buf *out, const char *s);  /* a quoted string: in data files and in commands */

/* Figures; each returns buf, which should hold 64 bytes. Absent or NaN figures read "n/a". */
char *tare_format_duration(char *buf, size_t n, double ns);                    /* "71 s", "3 min 20 s" */
char *tare_format_relative(char *buf, size_t n, double fraction);              /* "0.4%", "<0.01%", without a sign */
char *tare_format_half_width(char *buf, size_t n, struct tare_interval i);     /* the interval relative to its value */
char *tare_format_change(char *buf, size_t n, struct tare_interval log_ratio); /* "+0.02% [-0.05%, +0.09%]" */
char *tare_format_time_interval(char *buf, size_t n, struct tare_interval ns); /* "612.3 µs ± 0.4%" */
char *tare_format_number(char *buf, size_t n, double x);                       /* four significant digits */
char *tare_format_rate(char *buf, size_t n, const struct tare_result *r);      /* "6.850 GFLOP/s"; "" without one */

char *tare_format_bandwidth(char *buf, size_t n, const struct tare_result *r); /* "26.68 GB/s"; "" without bytes */
char *tare_format_share(char *buf, size_t n, const struct tare_result *r);     /* "61% L3 copy"; "" without a roof */
char *tare_format_part(char *buf, size_t n, double part); /* of a roof, without a name: "61%"; "" where it is 0 */

/* A roof: "L3 read on 2 threads", "f32 on 1 thread"; and a rate in its unit, "152.1 GFLOP/s". */
char *tare_format_roof_name(char *buf, size_t n, const struct tare_roof *r);
char *tare_format_roof_rate(char *buf, size_t n, enum tare_roof_kind kind, double rate);

/* "estimated from 12 earlier runs", "assumed": where a stored comparison's drift comes from. */
char *tare_format_drift_source(char *buf, size_t n, const struct tare_change *c);

/* The unit in which a value is printed: how much of its quantity, and "ms", "KiB", or "" for none. */
struct tare_unit {
    double size;
    const char *name;
};
struct tare_unit tare_value_unit(enum tare_quantity q, double x);

/* The same with its interval, "57.93 MiB ± 0.1%"; and what it is, "time of one iteration". */
char *tare_format_value_interval(char *buf, size_t n, enum tare_quantity q, struct tare_interval i);
const char *tare_quantity_text(enum tare_quantity q);

/* The part of the id that heads a table ("kernels/matmul/f32") and the part that names the row; *name points into
 * r->id. heading holds n bytes. */
char *tare_text_heading(char *heading, size_t n, const char **name, const struct tare_result *r);

/* One word for a row: the verdict, or "failed", "not measured", "new", "gone"; "" where there is nothing to say. */
const char *tare_outcome(const struct tare_result *r);

/* "96 cases in 71 s: 94 unchanged, 1 regressed" and "312 of 51,200 samples set aside: 280 preempted, ...". */
void tare_text_summary(struct tare_buf *out, const struct tare_run *run);
void tare_text_set_aside(struct tare_buf *out, size_t samples, const size_t set_aside[TARE_CAUSES]);

/* How far the answers of both sides lie apart: "the same answer", "answer within 3.0 ulp (of 362)", or where it is
 * wrong the element and the distance. Nothing where they were not compared. */
void tare_text_answer(struct tare_buf *out, const struct tare_answer *a);

/* How the comparison was made, in a sentence or two without markup; nothing when there was none. */
void tare_text_method(struct tare_buf *out, const struct tare_run *run);

/* Why no case has a share of the roof, though some could; nothing otherwise. */
void tare_text_no_roofs(struct tare_buf *out, const struct tare_run *run);

/* How many of the changes called by measuring in turns are expected to be false alarms; nothing when none was called.
 */
void tare_text_false_alarms(struct tare_buf *out, const struct tare_run *run);

/* "fast core +0.01% [...], slow core (62% of its speed) +6.6% [...]": the change by the states of one gauge. False, and
 * nothing added, where the gauge tells no states apart. */
bool tare_text_states(struct tare_buf *out, const struct tare_change *c, enum tare_gauge g);

/* The gauge whose states differ the most beyond their intervals; false when none has such. */
bool tare_state_gauge(enum tare_gauge *g, const struct tare_change *c);

/* What a state-dependent change may mean, without a capital or full stop. */
const char *tare_state_meaning(const struct tare_change *c);

/* "from -0.10% to +5.28% at 8 addresses": the change over the layouts, as built among them. False, and nothing added,
 * where none were measured. */
bool tare_text_layouts(struct tare_buf *out, const struct tare_change *c);

/* What a layout-dependent change may mean and what to do, without a capital or full stop. */
const char *tare_layout_meaning(const struct tare_change *c);

/* The case whose layouts spread the most, in a sentence; nothing where none were measured. */
void tare_text_widest_layout(struct tare_buf *out, const struct tare_run *run);

/* Writes the text to o->out, flushes, and releases it. TARE_ENOMEM when an append failed, TARE_EIO when writing did. */
int tare_report_flush(const struct tare_report_options *o, struct tare_buf *text);

#endif
