#include "framework/base/error.h"

#include <stdio.h>

static _Thread_local char message[1024];

int tare_vfail(int code, const char *fmt, va_list args)
{
    vsnprintf(message, sizeof message, fmt, args);
    for (unsigned char *c = (unsigned char *)message; *c; c++)
        if (*c < 0x20 || *c == 0x7f)
            *c = '?';
    return code;
}

int tare_fail(int code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    tare_vfail(code, fmt, args);
    va_end(args);
    return code;
}

const char *tare_error(void)
{
    return message;
}

void tare_error_clear(void)
{
    message[0] = '\0';
}
