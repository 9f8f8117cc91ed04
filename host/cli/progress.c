#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "events.h"
#include "progress_events.h"
#include "result.h"
#include "stop.h"

#define REDRAW_SECONDS 0.1
#define LINE_SIZE      320

void clt_progress_start(struct clt_progress *progress, struct clt_stopping *stopping, bool quiet,
                        bool results)
{
    *progress = (struct clt_progress){.stopping = stopping,
                                      .quiet = quiet,
                                      .terminal = isatty(STDERR_FILENO) && !clt_events_wanted(),
                                      .results = results};
}

void clt_progress_end(struct clt_progress *progress)
{
    if (!progress->quiet && progress->terminal) fputs("\r\033[K", stderr);
}

/* "1:02:03" or "2:03" */
static void format_time(char *out, size_t size, double seconds)
{
    const unsigned long whole = seconds > 0 ? (unsigned long)(seconds + 0.5) : 0;
    if (whole >= 3600)
        snprintf(out, size, "%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(out, size, "%lu:%02lu", whole / 60, whole % 60);
}

/* Columns that a line may take without wrapping, or enough for all of it. */
static int line_width(const struct clt_progress *progress)
{
    struct winsize size;
    if (!progress->terminal || ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
        return LINE_SIZE;
    return size.ws_col - 1;
}

static void draw(struct clt_progress *progress, uint64_t update)
{
    char line[LINE_SIZE], rate[64] = "";
    if (progress->quiet) return;
    if (progress->rate > 0) {
        char left[32];
        format_time(left, sizeof left, (double)(progress->total - update) / progress->rate);
        snprintf(rate, sizeof rate, "  %.0f updates/s  %s left", progress->rate, left);
    }
    snprintf(line, sizeof line, "update %" PRIu64 "/%" PRIu64 "%s  %s", update, progress->total,
             rate, progress->metrics);
    fprintf(stderr, "%s%.*s%s", progress->terminal ? "\r\033[K" : "", line_width(progress), line,
            progress->terminal ? "" : "\n");
    fflush(stderr);
}

static void started(void *self, const struct clt_start *start)
{
    struct clt_progress *progress = self;
    clt_stop_hold();
    progress->total = start->total_updates;
    progress->members = start->members;
    progress->last_update = start->update;
    progress->last_time = clt_clock_seconds();
    if (progress->quiet) return;
    for (size_t i = 0; i < start->n_skipped; i++)
        fprintf(stderr, "skipped %s\n", start->skipped[i]);
    fprintf(stderr, "%s: %zu samples, %zu parameters", start->name, start->train_samples,
            start->parameters);
    if (start->members > 1) fprintf(stderr, ", %zu members", start->members);
    fprintf(stderr, ", %s GEMM on %s\n%s\n", start->gemm_backend, start->device, start->folder);
}

void clt_progress_tuning(void *self, size_t done, size_t total)
{
    const struct clt_progress *progress = self;
    if (progress->quiet) return;
    if (progress->terminal)
        fprintf(stderr, "\r\033[Ktuning: matrix product %zu of %zu", done + 1, total);
    else if (done == 0)
        fprintf(stderr, "tuning: %zu matrix products\n", total);
    fflush(stderr);
}

/* The row that speaks for all: highest validation accuracy, or training accuracy. */
static const struct clt_metrics_row *best_row(const struct clt_report *report)
{
    const struct clt_metrics_row *best = &report->rows[0];
    for (size_t i = 1; i < report->n_rows; i++) {
        const struct clt_metrics_row *row = &report->rows[i];
        const bool better = row->validation.made
                                ? row->validation.accuracy > best->validation.accuracy
                                : row->train.accuracy > best->train.accuracy;
        if (better) best = row;
    }
    return best;
}

static void set_metrics(struct clt_progress *progress, const struct clt_report *report)
{
    char member[32] = "", validation[48] = "";
    if (report->n_rows == 0) {
        snprintf(progress->metrics, sizeof progress->metrics, "every member diverged");
        return;
    }
    const struct clt_metrics_row *row = best_row(report);
    if (progress->members > 1) snprintf(member, sizeof member, "  (member %zu)", row->member);
    if (row->validation.made)
        snprintf(validation, sizeof validation, "  val %.2f %%", 100 * row->validation.accuracy);
    snprintf(progress->metrics, sizeof progress->metrics, "cost %.4f  train %.2f %%%s%s",
             row->train.cost, 100 * row->train.accuracy, validation, member);
}

static void reported(void *self, const struct clt_report *report)
{
    struct clt_progress *progress = self;
    if (report->updates_per_second > 0) progress->rate = report->updates_per_second;
    set_metrics(progress, report);
    draw(progress, report->update);
    progress->last_update = report->update;
    progress->last_time = progress->last_drawn = clt_clock_seconds();
}

static void advanced(void *self, uint64_t update, uint64_t total)
{
    struct clt_progress *progress = self;
    const double now = clt_clock_seconds();
    (void)total;
    if (!progress->terminal || now - progress->last_drawn < REDRAW_SECONDS) return;
    if (update > progress->last_update)
        progress->rate = (double)(update - progress->last_update) / (now - progress->last_time);
    progress->last_drawn = now;
    draw(progress, update);
}

/* "member 2 diverged at update 417: the gradient of layer 3 (dense) weight is not finite" */
static void print_divergence(size_t member, const struct clt_divergence *divergence)
{
    const char *tensor = strchr(divergence->tensor, '.');
    const bool running = tensor && strncmp(tensor, ".running", 8) == 0;
    fprintf(stderr, "member %zu diverged at update %" PRIu64 ": ", member, divergence->update);
    if (divergence->what == CLT_DIVERGED_BY_LOSS) {
        fprintf(stderr, "the loss is not finite");
        if (divergence->layer >= 0)
            fprintf(stderr, "; first layer whose output is not: %ld (%s)", divergence->layer,
                    divergence->type);
    } else {
        fprintf(stderr, "the %s of layer %ld (%s) %s is not finite",
                divergence->what != CLT_DIVERGED_BY_GRADIENT ? "update"
                : running                                    ? "batch's value"
                                                             : "gradient",
                divergence->layer, divergence->type, tensor ? tensor + 1 : divergence->tensor);
    }
}

static void diverged(void *self, size_t member, const struct clt_divergence *divergence)
{
    struct clt_progress *progress = self;
    if (progress->quiet) return;
    clt_progress_end(progress);
    print_divergence(member, divergence);
    fprintf(stderr, "; its last finite weights are kept\n");
}

static void rewound(void *self, size_t member, const struct clt_divergence *divergence,
                    const struct clt_rewind *rewind)
{
    struct clt_progress *progress = self;
    if (progress->quiet) return;
    clt_progress_end(progress);
    print_divergence(member, divergence);
    fprintf(stderr,
            "; all go back to update %" PRIu64 ", and its learning rate is %g of the config's\n",
            rewind->to_update, rewind->factor);
}

static void stopped(void *self, size_t member, uint64_t update)
{
    struct clt_progress *progress = self;
    if (progress->quiet) return;
    clt_progress_end(progress);
    fprintf(stderr, "member %zu stops at update %" PRIu64 ": it has not improved\n", member,
            update);
}

static void warning(void *self, const char *text)
{
    clt_progress_end(self);
    clt_warn("%s", text);
}

static void saved(void *self, const struct clt_saving *saving)
{
    struct clt_progress *progress = self;
    clt_stopping_note_saving(progress->stopping, saving->seconds);
    if (progress->quiet || !saving->wished) return;
    clt_progress_end(progress);
    fprintf(stderr, "checkpoint of update %" PRIu64 " written, as SIGUSR1 asks\n", saving->update);
}

static const struct clt_stop *should_stop(void *self)
{
    const struct clt_progress *progress = self;
    return clt_stopping_ask(progress->stopping);
}

static bool should_save(void *self)
{
    (void)self;
    return clt_stop_wants_checkpoint();
}

/* "64 members in 4 parts, one after another: 16 16 16 16; at most 20 fit in 12.0 MiB" */
static void tell_parts(const struct clt_stage_start *start)
{
    fprintf(stderr, "%zu members", start->members);
    if (start->groups > 1)
        fprintf(stderr, " in %zu groups that differ in shape, length or data", start->groups);
    fprintf(stderr, ": %zu parts train one after another, of", start->n_parts);
    for (size_t i = 0; i < start->n_parts; i++) fprintf(stderr, " %zu", start->parts[i]);
    fprintf(stderr, " members");
    if (start->n_parts > start->groups && start->capacity)
        fprintf(stderr, "; at most %zu fit at once, in %.1f MiB", start->capacity,
                (double)start->memory / (1 << 20));
    fprintf(stderr, "\n");
}

/* A study, and a run in parts, has a folder already. */
static void stage_started(void *self, const struct clt_stage_start *start)
{
    struct clt_progress *progress = self;
    if (*start->name || start->n_parts > 1) clt_stop_hold();
    if (progress->quiet) return;
    clt_progress_end(progress);
    if (*start->name)
        fprintf(stderr, "stage %zu of %zu: %s, %zu member%s\n", start->index + 1, start->count,
                start->name, start->members, start->members == 1 ? "" : "s");
    if (start->n_parts > 1) tell_parts(start);
}

static void part_started(void *self, size_t part, size_t n_parts, size_t members)
{
    struct clt_progress *progress = self;
    if (progress->quiet) return;
    clt_progress_end(progress);
    fprintf(stderr, "part %zu of %zu: %zu member%s\n", part + 1, n_parts, members,
            members == 1 ? "" : "s");
}

static void stage_ended(void *self, const struct clt_stage_record *stage)
{
    struct clt_progress *progress = self;
    clt_progress_end(progress);
    if (progress->results) clt_result_print_run(stage->run);
    fflush(stdout);
}

struct clt_study_observer clt_progress_study_observer(struct clt_progress *progress)
{
    struct clt_study_observer observer = {.run = {.self = progress,
                                                  .started = started,
                                                  .report = reported,
                                                  .advanced = advanced,
                                                  .diverged = diverged,
                                                  .rewound = rewound,
                                                  .stopped = stopped,
                                                  .warning = warning,
                                                  .tuning = clt_progress_tuning,
                                                  .saved = saved,
                                                  .should_stop = should_stop,
                                                  .should_save = should_save},
                                          .stage = stage_started,
                                          .part = part_started,
                                          .stage_ended = stage_ended};
    if (clt_events_wanted()) clt_progress_tell_events(&observer);
    return observer;
}
