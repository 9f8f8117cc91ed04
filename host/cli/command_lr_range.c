/* command_lr_range.c - cltrain lr-range CONFIG */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "file.h"
#include "load.h"
#include "lr_range.h"
#include "lr_range_page.h"
#include "run_directory.h"
#include "stop.h"
#include "text.h"

#define ROWS         20 /* of the table */
#define REDRAW_EVERY 20 /* updates */

static void progress(void *self, uint64_t done, uint64_t total)
{
    const bool *shown = self;
    if (*shown && done % REDRAW_EVERY == 0)
        fprintf(stderr, "\rupdate %" PRIu64 " of %" PRIu64 "\033[K", done, total);
}

/* ---- the table ---- */

static void print_curve(const struct clt_lr_curve *curve)
{
    const size_t rows = curve->n_points < ROWS ? curve->n_points : ROWS;
    printf("%8s  %13s  %10s  %10s\n", "update", "learning rate", "loss", "smoothed");
    for (size_t row = 0; row < rows; row++) {
        const size_t i = rows > 1 ? row * (curve->n_points - 1) / (rows - 1) : 0;
        const struct clt_lr_point *point = &curve->points[i];
        printf("%8zu  %13.3e  %10.4f  %10.4f\n", i + 1, point->rate, point->loss, point->smoothed);
    }
}

static void print_suggestion(const struct clt_lr_curve *curve)
{
    if (isnan(curve->max))
        printf("no suggestion: the loss does not fall\n");
    else
        printf("suggested range: min = %.2g, max = %.2g%s\n", curve->min, curve->max,
               curve->still_falls ? " or more: the loss falls to the end, set --high" : "");
}

static void print_range(const struct clt_lr_range *range, const char *folder)
{
    const size_t members = range->config->members;
    printf("%s on %s: learning rates from %g to %g in %" PRIu64 " updates\n", range->config->name,
           range->device, range->low, range->high, range->updates);
    for (size_t p = 0; p < members; p++) {
        if (members > 1)
            printf("member %zu: ", p);
        else
            print_curve(&range->curves[p]);
        print_suggestion(&range->curves[p]);
    }
    printf("curve: %s/report.html\n", folder);
}

/* ---- the files ---- */

static enum clt_status create_folder(struct clt_run_directory **out,
                                     const struct clt_config *config,
                                     const struct clt_options *options)
{
    struct clt_text name = {0};
    *out = NULL;
    clt_text_add(&name, "%s-lr-range", config->name);
    char *text = clt_text_take(&name);
    if (!text) return clt_fail(CLT_E_NOMEM, "no memory for a path");
    const enum clt_status st = clt_run_directory_create_bare(out, options->out, text);
    free(text);
    return st;
}

static enum clt_status write_files(const char *folder, const struct clt_lr_range *range)
{
    enum clt_status st = CLT_OK;
    char *page = clt_path_join(folder, "report.html");
    if (!page) return clt_fail(CLT_E_NOMEM, "no memory for a path");
    TRY(clt_lr_range_write(folder, range));
    TRY(clt_lr_range_page_write(page, range));
done:
    free(page);
    return st;
}

static enum clt_status tell(const struct clt_lr_range *range, const char *folder,
                            const struct clt_options *options)
{
    char *json;
    if (!options->json) {
        print_range(range, folder);
        return CLT_OK;
    }
    const enum clt_status st = clt_lr_range_json(&json, range);
    if (st == CLT_OK) {
        fputs(json, stdout);
        free(json);
    }
    return st;
}

int clt_command_lr_range(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_config *config = NULL;
    struct clt_lr_range *range = NULL;
    struct clt_run_directory *directory = NULL;
    bool shown = !options->quiet && isatty(STDERR_FILENO);
    clt_stop_listen(NULL);
    TRY(clt_load_config(&config, options->operands[0], options));
    st = clt_lr_range_create(&range, config,
                             &(struct clt_lr_range_options){.device = options->device,
                                                            .low = options->low,
                                                            .high = options->high,
                                                            .updates = options->updates,
                                                            .self = &shown,
                                                            .progress = progress});
    if (shown) fputs("\r\033[K", stderr);
    if (st != CLT_OK) goto done;
    clt_stop_hold(); /* what was measured is written whole */
    TRY(create_folder(&directory, config, options));
    TRY(write_files(clt_run_directory_path(directory), range));
    TRY(tell(range, clt_run_directory_path(directory), options));
done:
    clt_run_directory_close(directory);
    clt_lr_range_free(range);
    clt_config_free(config);
    if (st != CLT_OK) return clt_exit_with(st);
    return clt_stop_signal() ? CLT_EXIT_SIGNAL + clt_stop_signal() : CLT_EXIT_OK;
}
