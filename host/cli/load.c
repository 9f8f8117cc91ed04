#include "load.h"

enum clt_status clt_load_config(struct clt_config **out, const char *path,
                                const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_config *config = NULL;
    *out = NULL;
    TRY(clt_config_load(&config, path, options->sets, options->n_sets));
    if (options->member < 0) {
        *out = config;
        return CLT_OK;
    }
    if ((size_t)options->member >= clt_config_members(config))
        st = clt_fail(CLT_E_USAGE, "--member: %s has %zu members, numbered from 0", path,
                      clt_config_members(config));
    else
        st = clt_config_member(out, config, (size_t)options->member);
done:
    clt_config_free(config);
    return st;
}

enum clt_status clt_load_study_config(struct clt_study_config **out, const char *path,
                                      const struct clt_options *options)
{
    if (options->member < 0)
        return clt_study_config_load(out, path, options->sets, options->n_sets);
    const enum clt_status st = clt_study_config_load_member(
        out, path, options->sets, options->n_sets, (size_t)options->member);
    return st == CLT_E_USAGE ? clt_fail_within(st, "--member") : st;
}

enum clt_status clt_load_device(struct clt_device **out, const struct clt_options *options)
{
    *out = NULL;
    return options->device ? clt_device_open(out, options->device) : CLT_OK;
}

enum clt_status clt_load_training_device(struct clt_device **out,
                                         const struct clt_study_config *config,
                                         const struct clt_options *options)
{
    if (!options->profile) return clt_load_device(out, options);
    return clt_device_open_profiled(out, options->device ? options->device
                                                         : clt_study_config_device(config));
}
