#include "framework/report/report.h"

#include <errno.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/report/formats.h"
#include "framework/report/text.h"

const struct tare_report *const tare_reports[] = {
    &tare_report_console, &tare_report_json, &tare_report_csv, &tare_report_markdown, &tare_report_junit,
};
const size_t tare_n_reports = sizeof tare_reports / sizeof *tare_reports;

const struct tare_report *tare_report_find(const char *name)
{
    for (size_t i = 0; i < tare_n_reports; i++) {
        if (strcmp(tare_reports[i]->name, name) == 0)
            return tare_reports[i];
    }
    return NULL;
}

int tare_report_write(const struct tare_report *r, const struct tare_report_options *o, const struct tare_run *run)
{
    int rc = r->begin ? r->begin(o, run) : 0;
    for (size_t i = 0; rc == 0 && r->result && i < run->n_results; i++)
        rc = r->result(o, run, &run->results[i]);
    if (rc == 0 && r->end)
        rc = r->end(o, run);
    return rc;
}

int tare_report_flush(const struct tare_report_options *o, struct tare_buf *text)
{
    int rc = 0;
    errno = 0;
    if (text->failed)
        rc = TARE_ENOMEM;
    else if ((text->len > 0 && fwrite(text->data, 1, text->len, o->out) != text->len) || fflush(o->out) != 0)
        rc = tare_fail(TARE_EIO, "the report could not be written: %s", strerror(errno ? errno : EIO));
    tare_buf_free(text);
    return rc;
}
