/* Resident memory as the kernel counts it (proc(5)). */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "benches/generation/generation.h"

void generation_reset_peak(void)
{
#ifdef __GLIBC__
    malloc_trim(0); /* what was freed before does not pass for memory that is already there */
#endif
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return; /* the peak then is that of the whole process */
    ssize_t n = write(fd, "5", 1);
    (void)n;
    close(fd);
}

bool generation_resident(struct resident *r)
{
    char line[256];
    double kib;
    *r = (struct resident){ 0 };
    FILE *f = fopen("/proc/self/status", "re");
    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "VmHWM: %lf kB", &kib) == 1)
            r->peak = kib * 1024;
        if (sscanf(line, "VmRSS: %lf kB", &kib) == 1)
            r->now = kib * 1024;
    }
    if (f)
        fclose(f);
    return r->now > 0;
}
