/* The whole run as one document; framework/result knows its form. */
#include "framework/result/json.h"

#include "framework/report/formats.h"
#include "framework/report/text.h"

static int end(const struct tare_report_options *o, const struct tare_run *run)
{
    struct tare_buf text = { 0 };
    int rc = tare_run_document(&text, run, o->samples);
    if (rc != 0) {
        tare_buf_free(&text);
        return rc;
    }
    if (text.len > 0 && text.data[text.len - 1] != '\n')
        tare_buf_str(&text, "\n");
    return tare_report_flush(o, &text);
}

const struct tare_report tare_report_json = {
    .name = "json",
    .description = "one JSON document, raw samples on request",
    .end = end,
};
