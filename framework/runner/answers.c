/* Faster and wrong is not an improvement. */
#include "framework/base/error.h"
#include "framework/report/text.h"
#include "framework/runner/judge.h"

static int warn_wrong(struct tare_run *run, const struct tare_result *r, bool faster)
{
    struct tare_buf text = { 0 };
    tare_text_answer(&text, &r->change.answer);
    int rc = text.failed ? TARE_ENOMEM
                         : tare_run_warn(run, "%s: %s: %s", r->id,
                                         faster ? "faster, but the answer differs" : "the answer differs", text.data);
    tare_buf_free(&text);
    return rc;
}

int judge_answers(struct tare_run *run)
{
    int rc = 0;
    for (size_t i = 0; i < run->n_results && rc == 0; i++) {
        const struct tare_result *r = &run->results[i];
        struct tare_change *c = &run->results[i].change;
        bool wrong = tare_answer_wrong(&c->answer), faster = wrong && c->verdict == TARE_IMPROVED;
        if (faster)
            c->verdict = TARE_INCONCLUSIVE;
        if (wrong)
            rc = warn_wrong(run, r, faster);
        else if (c->answer.unsteady)
            rc = tare_run_warn(run, "%s: the old build does not repeat its own answer, nothing is held against it: %s",
                               r->id, c->answer.what);
    }
    return rc;
}
