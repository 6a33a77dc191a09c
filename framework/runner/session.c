#include "framework/runner/session.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/rng.h"
#include "framework/platform/clock.h"
#include "framework/platform/machine.h"
#include "framework/runner/stop.h"
#include "framework/suite/select.h"

int setting_read(struct bench_setting *s, struct tare_topology *t, const struct options *o)
{
    *s = (struct bench_setting){ .cpu_mask = o->cpu_mask, .timeout_s = o->timeout_s };
    unsigned levels;
    int rc = tare_cpu_mask(&levels, o->cpu_mask, tare_cpu_levels());
    if (rc == 0)
        rc = tare_topology_read(t);
    if (rc != 0)
        return rc;
    size_t most = sizeof s->cpus / sizeof *s->cpus;
    size_t threads = o->threads ? o->threads : t->n_cpus < most ? t->n_cpus : most;
    if (threads > t->n_cpus)
        return tare_fail(TARE_EUSAGE, "--threads: %zu threads, but only %zu CPUs are allowed here", threads, t->n_cpus);
    s->n_threads = (int)threads;
    rc = tare_pin_parse(s->cpus, &s->n_cpus, threads, o->pin, t);
    if (rc == 0 && s->n_cpus > 0 && s->n_cpus < threads)
        s->n_threads = (int)s->n_cpus;
    return rc;
}

/* The output of a git command without its newline, or NULL. The caller frees. */
static char *ask_git(const char *command)
{
    char line[256] = "";
    FILE *f = popen(command, "r");
    if (!f)
        return NULL;
    char *got = fgets(line, sizeof line, f);
    int status = pclose(f);
    line[strcspn(line, "\n")] = '\0';
    return status == 0 && got ? tare_strdup(line) : NULL;
}

static char *commit_here(void)
{
    char *head = ask_git("git rev-parse --short=12 HEAD 2>/dev/null");
    char *dirty = head ? ask_git("git status --porcelain --untracked-files=no 2>/dev/null") : NULL;
    char *text = dirty && *dirty ? tare_format("%s+changes", head) : NULL;
    free(dirty);
    if (!text)
        return head;
    free(head);
    return text;
}

static int describe_run(struct session *s)
{
    const struct options *o = s->o;
    struct tare_run *run = &s->run;
    char date[32];
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &tm);
    run->version = tare_strdup(TARE_VERSION);
    run->date = tare_strdup(date);
    run->preset = tare_strdup(o->preset);
    run->commit = commit_here();
    run->seed = o->has_seed ? o->seed : tare_rng_fresh_seed() % 1000000u;
    run->margin = o->margin;
    run->confidence = o->confidence;
    run->precision = s->conductor.schedule.precision;
    run->budget_ns = s->conductor.schedule.budget_ns;
    run->cpu = s->setting.n_cpus ? s->setting.cpus[0] : -1;
    run->n_threads = s->setting.n_threads;
    run->command = tare_strdup(o->line);
    if (!run->version || !run->date || !run->preset || !run->command)
        return TARE_ENOMEM;
    const struct tare_clock *clock = tare_clock_init(!o->system_clock);
    int rc = tare_machine_facts(&run->machine, &s->topology);
    if (rc == 0)
        rc = tare_facts_set(&run->machine, "clock.source", false, "%s", clock->tsc ? "tsc" : "monotonic-raw");
    if (rc == 0 && clock->tsc)
        rc = tare_facts_set(&run->machine, "clock.ghz", false, "%.3f", clock->frequency_ghz);
    return rc;
}

static int read_schedule(struct schedule *out, const struct options *o)
{
    const struct schedule *found = schedule_find(o->preset);
    if (!found)
        return tare_fail(TARE_EUSAGE, "--preset: '%s' is not one of quick, default, thorough", o->preset);
    *out = *found;
    if (o->budget_s > 0)
        schedule_set_budget(out, o->budget_s * 1e9);
    if (o->processes > 0)
        out->processes = o->processes;
    if (out->rounds < out->processes)
        out->rounds = out->processes;
    return 0;
}

static void start_progress(struct session *s)
{
    bool terminal = isatty(STDERR_FILENO);
    const enum progress_mode modes[] = { terminal ? PROGRESS_LINE : PROGRESS_PLAIN, PROGRESS_PLAIN, PROGRESS_NONE };
    struct winsize size = { 0 };
    if (terminal)
        ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
    progress_begin(&s->progress, modes[s->o->progress], size.ws_col);
}

int session_open(struct session *s, const struct options *o)
{
    *s = (struct session){ .o = o };
    s->conductor = (struct conductor){
        .run = &s->run, .files = &s->files, .setting = &s->setting, .progress = &s->progress, .stop = &stop_asked
    };
    int rc = read_schedule(&s->conductor.schedule, o);
    if (rc == 0)
        rc = setting_read(&s->setting, &s->topology, o);
    if (rc == 0)
        rc = describe_run(s);
    if (rc == 0)
        rc = tare_store_open(&s->store, o->dir);
    start_progress(s);
    stop_watch();
    return rc;
}

void session_close(struct session *s)
{
    conductor_free(&s->conductor);
    roofs_close(&s->meter);
    files_free(&s->files);
    free(s->now.files);
    free(s->before.files);
    tare_run_free(&s->run);
    tare_topology_free(&s->topology);
    tare_store_close(&s->store);
}

int session_add_file(struct session *s, struct side *side, const char *path)
{
    size_t index;
    int rc = files_add(&s->files, &index, path);
    if (rc == 0)
        rc = tare_grow(&side->files, &side->capacity, side->n + 1, sizeof *side->files);
    if (rc == 0)
        side->files[side->n++] = index;
    return rc;
}

int session_add_found(struct session *s, struct side *side)
{
    struct tare_paths paths;
    int rc = tare_suites_find(&paths);
    for (size_t i = 0; rc == 0 && i < paths.n; i++)
        rc = session_add_file(s, side, paths.items[i]);
    if (rc == 0)
        tare_paths_free(&paths);
    return rc;
}

int session_list(struct session *s)
{
    int rc = files_list(&s->files, &s->setting, &stop_asked);
    for (size_t i = 0; rc == 0 && i < s->files.n; i++) {
        const struct suite_file *f = &s->files.items[i];
        if (!f->problem)
            continue;
        s->n_problems++;
        fprintf(stderr, "tare: %s\n", f->problem);
        for (size_t k = 0; k < s->before.n; k++)
            s->before.broken |= s->before.files[k] == i;
        for (size_t k = 0; k < s->now.n; k++)
            s->now.broken |= s->now.files[k] == i;
    }
    return rc;
}
