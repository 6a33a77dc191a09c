/* The small files of /proc and /sys, as text, numbers and lists. `root` is "" or a folder that stands in for / . */
#ifndef TARE_PLATFORM_PROBE_H
#define TARE_PLATFORM_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TARE_PROBE_TEXT = 256 }; /* a buffer that holds any of them */

/* The first line of root/path, without the blanks at its ends; false when it can't be read. Longer lines are cut. */
bool tare_probe_text(char text[TARE_PROBE_TEXT], const char *root, const char *path);
bool tare_probe_number(int64_t *number, const char *root, const char *path);
bool tare_probe_exists(const char *root, const char *path);

/* The same for root/sys/devices/system/cpu/cpuN/name. */
bool tare_probe_cpu_text(char text[TARE_PROBE_TEXT], const char *root, int cpu, const char *name);
bool tare_probe_cpu_number(int64_t *number, const char *root, int cpu, const char *name);

/* The value of the first line "key : value" (or "key=value", with the quotes taken off) in a file; false when there is
 * none. Longer values are cut. */
bool tare_probe_field(char value[TARE_PROBE_TEXT], const char *root, const char *path, const char *key);

/* Reads a list of CPUs like "0-3,8": calls add(ctx, cpu) for each, ascending as listed. False when it has another
 * form; stops and returns false when add does. */
bool tare_probe_list(const char *list, bool (*add)(void *ctx, int cpu), void *ctx);

/* 1 when the processor says that it is a guest, 0 when it does not, -1 when it can't tell. */
int tare_probe_guest(const char *root);

#endif
