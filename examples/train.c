/* train.c - trains what a config file describes, and says how it goes.
 *
 * usage: train CONFIG RUN_DIRECTORY [PATH=VALUE...] */
#include <cltrain/cltrain.h>

#include <stdio.h>

static void report(void *self, const struct clt_report *report)
{
    (void)self;
    for (size_t i = 0; i < report->n_rows; i++) {
        const struct clt_metrics_row *row = &report->rows[i];
        printf("update %llu of %llu, member %zu: training accuracy %.4f",
               (unsigned long long)row->update, (unsigned long long)report->total, row->member,
               row->train.accuracy);
        if (row->validation.made) printf(", validation accuracy %.4f", row->validation.accuracy);
        printf("\n");
    }
}

/* Trains and measures; the caller frees both objects, also after a failure. */
static enum clt_status train(struct clt_config **config, struct clt_run **run, char **arguments,
                             int n_sets)
{
    const struct clt_observer observer = {.report = report};
    const char *const *sets = (const char *const *)(arguments + 2);
    enum clt_status status = clt_config_load(config, arguments[0], sets, (size_t)n_sets);
    /* NULL: on the device that the config names, else the best there is. */
    if (status == CLT_OK) status = clt_run_create(run, NULL, *config);
    if (status == CLT_OK) status = clt_run_train(*run, arguments[1], &observer);
    return status;
}

int main(int argc, char **argv)
{
    struct clt_config *config = NULL;
    struct clt_run *run = NULL;
    if (argc < 3) {
        fprintf(stderr, "usage: %s CONFIG RUN_DIRECTORY [PATH=VALUE...]\n", argv[0]);
        return 2;
    }
    const enum clt_status status = train(&config, &run, argv + 1, argc - 3);
    if (status == CLT_OK) {
        const struct clt_run_record *record = clt_run_record_of(run);
        printf("%s on %s: %.1f s\n", clt_run_status_name(record->status), record->device,
               record->seconds);
        for (size_t p = 0; p < clt_config_members(config); p++)
            printf("member %zu: test accuracy %.4f\n", p, record->members[p].test.accuracy);
    } else {
        fprintf(stderr, "%s\n", clt_error_message());
    }
    clt_run_free(run);
    clt_config_free(config);
    return status == CLT_OK ? 0 : 1;
}
