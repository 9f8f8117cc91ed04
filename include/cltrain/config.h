/* config.h - an experiment, read from a config file; docs/config.md lists its keys. */
#ifndef CLTRAIN_CONFIG_H
#define CLTRAIN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include <cltrain/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One experiment, checked. It never changes once it is loaded. */
struct clt_config;

/* Reads the file `path` with its bases and includes, puts the `n_sets` texts "path=value"
 * ("train.l2=0.01", the program's --set) over it, checks every key. On success *out is the
 * caller's, for clt_config_free(); on failure it is NULL and the message has a line per error, at
 * most twenty. CLT_E_CONFIG; CLT_E_USAGE: a malformed set; CLT_E_NOMEM. */
CLT_API enum clt_status clt_config_load(struct clt_config **out, const char *path,
                                        const char *const *sets, size_t n_sets);
/* Member `index` (below clt_config_members()) of a population as a config of its own, which trains
 * to the bits that it has within the population. CLT_E_NOMEM. */
CLT_API enum clt_status clt_config_member(struct clt_config **out, const struct clt_config *config,
                                          size_t index);
CLT_API void clt_config_free(struct clt_config *config); /* NULL is fine */

/* The experiment's name; lives as long as the config. */
CLT_API const char *clt_config_name(const struct clt_config *config);
/* The selector of the device that it asks for, "" for any; lives as long as the config. */
CLT_API const char *clt_config_device(const struct clt_config *config);
/* Networks that are trained together; 1 without a population. */
CLT_API size_t clt_config_members(const struct clt_config *config);

/* The keys in which the members differ; `key` counts from 0 to below clt_config_varied_count(). */
CLT_API size_t clt_config_varied_count(const struct clt_config *config);
CLT_API const char *clt_config_varied_name(const struct clt_config *config, size_t key);
/* What a member has there, as text ("0.001"). The caller frees *out. CLT_E_NOMEM. */
CLT_API enum clt_status clt_config_varied_value(char **out, const struct clt_config *config,
                                                size_t member, size_t key);

/* A config that describes one run or, by its list `study`, several: its stages. */
struct clt_study_config;

/* As clt_config_load(), for either kind of config. A set whose path starts with name, study or
 * compare is put over the file's settings, any other over every stage's. */
CLT_API enum clt_status clt_study_config_load(struct clt_study_config **out, const char *path,
                                              const char *const *sets, size_t n_sets);
CLT_API void clt_study_config_free(struct clt_study_config *study); /* NULL is fine */

/* The same for one member of a population, as a config of its own. CLT_E_USAGE: there is no such
 * member, or the config has stages. */
CLT_API enum clt_status clt_study_config_load_member(struct clt_study_config **out,
                                                     const char *path, const char *const *sets,
                                                     size_t n_sets, size_t member);
/* As clt_config_name() and clt_config_device(). */
CLT_API const char *clt_study_config_name(const struct clt_study_config *study);
CLT_API const char *clt_study_config_device(const struct clt_study_config *study);
/* Whether there is a list `study`; without one there is one stage, named "". */
CLT_API bool clt_study_config_has_stages(const struct clt_study_config *study);
/* At least 1. */
CLT_API size_t clt_study_config_count(const struct clt_study_config *study);
/* Lives as long as the study. */
CLT_API const char *clt_study_config_stage_name(const struct clt_study_config *study, size_t stage);

/* Whose metric counts. */
enum clt_expectation_of {
    CLT_EXPECT_BEST, /* of the member that the expectation names, or of the best */
    CLT_EXPECT_MEAN  /* the mean over the members that did not diverge */
};

/* What a metric must be: low <= metric <= high, from value/within, at_least, at_most or between. */
struct clt_expectation {
    char *metric; /* test_accuracy, val_loss, ..., gradient_absolute, ... */
    double value; /* as stated: `value`, or the bound; the middle for `between` */
    double low, high;
    long member;      /* -1: the best by validation */
    char *source;     /* who says so; may be "" */
    double published; /* the figure of `source`; NaN where it is not stated */
    char *note;       /* why the two differ; may be "" */
    char *tensor;     /* of a metric gradient_...: its name or kind; "": all */
    enum clt_expectation_of of;
};

#ifdef __cplusplus
}
#endif
#endif
