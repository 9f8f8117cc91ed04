#include "part_observer.h"

static void part_report(void *self, const struct clt_report *report)
{
    const struct clt_part_observer *observer = self;
    struct clt_report translated = *report;
    for (size_t i = 0; i < report->n_rows; i++) {
        observer->rows[i] = report->rows[i];
        observer->rows[i].member = observer->part->members[report->rows[i].member];
    }
    translated.rows = observer->rows;
    observer->outer->report(observer->outer->self, &translated);
}

static void part_started(void *self, const struct clt_start *start)
{
    const struct clt_part_observer *observer = self;
    observer->outer->started(observer->outer->self, start);
}

static void part_advanced(void *self, uint64_t update, uint64_t total)
{
    const struct clt_part_observer *observer = self;
    observer->outer->advanced(observer->outer->self, update, total);
}

static void part_diverged(void *self, size_t member, const struct clt_divergence *divergence)
{
    const struct clt_part_observer *observer = self;
    observer->outer->diverged(observer->outer->self, observer->part->members[member], divergence);
}

static void part_rewound(void *self, size_t member, const struct clt_divergence *divergence,
                         const struct clt_rewind *rewind)
{
    const struct clt_part_observer *observer = self;
    observer->outer->rewound(observer->outer->self, observer->part->members[member], divergence,
                             rewind);
}

static void part_stopped(void *self, size_t member, uint64_t update)
{
    const struct clt_part_observer *observer = self;
    observer->outer->stopped(observer->outer->self, observer->part->members[member], update);
}

static void part_warning(void *self, const char *message)
{
    const struct clt_part_observer *observer = self;
    observer->outer->warning(observer->outer->self, message);
}

static void part_tuning(void *self, size_t done, size_t total)
{
    const struct clt_part_observer *observer = self;
    observer->outer->tuning(observer->outer->self, done, total);
}

static void part_saved(void *self, const struct clt_saving *saving)
{
    const struct clt_part_observer *observer = self;
    observer->outer->saved(observer->outer->self, saving);
}

static const struct clt_stop *part_should_stop(void *self)
{
    const struct clt_part_observer *observer = self;
    return observer->outer->should_stop(observer->outer->self);
}

static bool part_should_save(void *self)
{
    const struct clt_part_observer *observer = self;
    return observer->outer->should_save(observer->outer->self);
}

struct clt_observer clt_part_observer(struct clt_part_observer *observer)
{
    const struct clt_observer *outer = observer->outer;
    return (struct clt_observer){.self = observer,
                                 .started = outer->started ? part_started : NULL,
                                 .report = outer->report ? part_report : NULL,
                                 .advanced = outer->advanced ? part_advanced : NULL,
                                 .diverged = outer->diverged ? part_diverged : NULL,
                                 .rewound = outer->rewound ? part_rewound : NULL,
                                 .stopped = outer->stopped ? part_stopped : NULL,
                                 .warning = outer->warning ? part_warning : NULL,
                                 .tuning = outer->tuning ? part_tuning : NULL,
                                 .saved = outer->saved ? part_saved : NULL,
                                 .should_stop = outer->should_stop ? part_should_stop : NULL,
                                 .should_save = outer->should_save ? part_should_save : NULL};
}
