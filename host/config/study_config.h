/* study_config.h - a config that describes one run or, by its `study` list, several: its stages.
 *
 * A stage is the config without `study` and `compare`, with the stage's `set` merged over it and
 * its own `population`, `expect` and `published` in place of the config's. What it draws from an
 * earlier stage (`take`, { from = ...; }) is known once that one has run. A plain config is one
 * stage named "". */
#ifndef CLT_CONFIG_STUDY_CONFIG_H
#define CLT_CONFIG_STUDY_CONFIG_H

#include "config.h"

/* What clt_study_config_write() wrote; `place` stands for a file's name in messages. CLT_E_CONFIG,
 * CLT_E_NOMEM. */
enum clt_status clt_study_config_parse(struct clt_study_config **out, const char *text,
                                       const char *place);
/* The study as libconfig text: every stage with every key and default, absolute data path; it
 * reloads to the same study, from any folder. What a stage draws from another stands there as it is
 * written, and is drawn again to the same values. The caller frees *out. CLT_E_NOMEM. */
enum clt_status clt_study_config_write(char **out, const struct clt_study_config *study);

/* An earlier stage as it ran. */
struct clt_stage_trials {
    const struct clt_config *config;
    double (*metric)(const void *self, size_t member, const char *name); /* NaN: it has none */
    const void *self;
};

/* The config of a stage, named STUDY-STAGE; a plain config's own. earlier [stage]: all stages
 * before, in order. CLT_E_CONFIG: what they found cannot be drawn from, such as a range whose ends
 * are equal; CLT_E_NOMEM. */
enum clt_status clt_study_config_stage(struct clt_config **out,
                                       const struct clt_study_config *study, size_t stage,
                                       const struct clt_stage_trials *earlier);

/* Two stages that are compared in a metric. */
struct clt_comparison {
    char *stages[2];
    char *metric;
};

/* *out: the rows of `compare`, which live as long as the study; returns their number. */
size_t clt_study_config_comparisons(const struct clt_comparison **out,
                                    const struct clt_study_config *study);

#endif
