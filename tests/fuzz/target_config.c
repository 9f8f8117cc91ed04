/* target_config.c - configs: a file with bases and includes, a study, --set, a member's own text.
 */
#include <getopt.h>
#include <math.h>
#include <string.h>

#include "checked.h"
#include "config.h"
#include "file.h"
#include "options.h"
#include "study_config.h"
#include "target.h"

#define FEW 12 /* members that are looked at one by one */

/* What bases and includes can name. */
static void write_neighbours(const struct reading *reading)
{
    static const char part[] =
        "train = { batch_size = 20; epochs = 2; learning_rate = 0.1; };\n"
        "model = ( { type = \"dense\"; units = 4; }, { type = \"dense\"; } );\n"
        "data = { format = \"idx\"; path = \".\"; };\n";
    static const char broken[] = "train = { batch_size = ;\n";
    free(write_bytes(reading, "part.cfg", part, sizeof part - 1));
    free(write_bytes(reading, "broken.cfg", broken, sizeof broken - 1));
}

/* The resolved text is a config that resolves to the same text. */
static void check_reload(struct reading *reading, const struct clt_config *config)
{
    struct clt_config *again = NULL;
    char *text, *other;
    require(clt_config_write(&text, config) == CLT_OK);
    add_text(reading, text);
    if (clt_config_parse(&again, text, "again") != CLT_OK) {
        fprintf(stderr, "%s\n%s\n", clt_error_message(), text);
        abort();
    }
    require(clt_config_write(&other, again) == CLT_OK);
    require(strcmp(text, other) == 0);
    require(again->members == config->members);
    clt_config_free(again);
    free(text);
    free(other);
}

static void check_ranges(const struct clt_config *config)
{
    const struct clt_train_config *train = &config->train;
    require(config->members >= 1 && config->n_layers >= 1);
    require(train->batch_size >= 1);
    require((train->epochs > 0) + (train->cycles > 0) + (train->updates > 0) == 1);
    for (size_t i = 0; i < config->n_layers; i++)
        require(config->layers[i].rate >= 0 && config->layers[i].rate < 1);
}

static void check_members(const struct clt_config *config)
{
    const size_t n = clt_smaller(config->members, FEW);
    size_t *group = calloc(config->members, sizeof *group), groups = 0;
    require(group);
    if (config->members <= FEW) {
        require(clt_config_groups(group, &groups, config) == CLT_OK);
        require(groups >= 1 && groups <= config->members);
    }
    for (size_t p = 0; p < n; p++) {
        struct clt_config *member = NULL;
        require(clt_config_member(&member, config, p) == CLT_OK);
        require(member->members == 1);
        check_ranges(member);
        clt_config_free(member);
    }
    free(group);
}

static enum clt_status load(struct reading *reading, const char *path, const char *const *sets,
                            size_t n_sets)
{
    struct clt_config *config = NULL;
    const enum clt_status st = clt_config_load(&config, path, sets, n_sets);
    require((st == CLT_OK) == (config != NULL));
    if (!config) return st;
    check_ranges(config);
    check_members(config);
    check_reload(reading, config);
    clt_config_free(config);
    return st;
}

enum clt_status read_config(struct reading *reading)
{
    char *path = write_input(reading, "main.cfg");
    write_neighbours(reading);
    const enum clt_status st = load(reading, path, NULL, 0);
    free(path);
    return st;
}

/* A value of --set to each line. */
enum clt_status read_sets(struct reading *reading)
{
    enum { MOST = 8 };
    const char *sets[MOST];
    size_t n = 0;
    char *text = calloc(1, reading->size + 1), *path, *rest = NULL;
    require(text);
    memcpy(text, reading->bytes, reading->size);
    for (char *line = strtok_r(text, "\n", &rest); line && n < MOST;
         line = strtok_r(NULL, "\n", &rest))
        sets[n++] = line;
    write_neighbours(reading);
    path = clt_path_join(reading->folder, "part.cfg");
    require(path);
    const enum clt_status st = load(reading, path, sets, n);
    free(path);
    free(text);
    return st;
}

/* As a network's file carries it: it is no file, and may not include. */
enum clt_status read_member_config(struct reading *reading)
{
    struct clt_config *config = NULL;
    char *text = strndup((const char *)reading->bytes, reading->size);
    require(text);
    const enum clt_status st = clt_config_parse(&config, text, "text");
    free(text);
    if (st != CLT_OK) return st;
    check_ranges(config);
    check_reload(reading, config);
    clt_config_free(config);
    return st;
}

/* The same for every stage of every study: members differ, and one has no result. */
static double metric(const void *self, size_t member, const char *name)
{
    (void)self;
    return member == 3 ? (double)NAN : (double)((member * 7 + strlen(name)) % 10) / 10;
}

static void check_stages(const struct clt_study_config *study)
{
    const size_t n = clt_study_config_count(study);
    struct clt_stage_trials *earlier = calloc(n, sizeof *earlier);
    struct clt_config **configs = calloc(n, sizeof *configs);
    require(earlier && configs && n >= 1);
    for (size_t i = 0; i < n; i++) {
        if (clt_study_config_stage(&configs[i], study, i, earlier) != CLT_OK) break;
        check_ranges(configs[i]);
        earlier[i] = (struct clt_stage_trials){configs[i], metric, NULL};
    }
    for (size_t i = 0; i < n; i++) clt_config_free(configs[i]);
    free(configs);
    free(earlier);
}

static void check_study_reload(struct reading *reading, const struct clt_study_config *study)
{
    struct clt_study_config *again = NULL;
    char *text, *other;
    require(clt_study_config_write(&text, study) == CLT_OK);
    add_text(reading, text);
    if (clt_study_config_parse(&again, text, "again") != CLT_OK) {
        fprintf(stderr, "%s\n%s\n", clt_error_message(), text);
        abort();
    }
    require(clt_study_config_write(&other, again) == CLT_OK);
    require(strcmp(text, other) == 0);
    clt_study_config_free(again);
    free(text);
    free(other);
}

enum clt_status read_study(struct reading *reading)
{
    struct clt_study_config *study = NULL;
    char *path = write_input(reading, "main.cfg");
    write_neighbours(reading);
    const enum clt_status st = clt_study_config_load(&study, path, NULL, 0);
    free(path);
    if (st != CLT_OK) return st;
    check_stages(study);
    check_study_reload(reading, study);
    clt_study_config_free(study);
    return st;
}

/* An argument to each line; every command's options are allowed. */
enum clt_status read_options(struct reading *reading)
{
    enum { MOST = 16 };
    char *argv[MOST + 1] = {"command"}, *rest = NULL;
    int argc = 1;
    struct clt_options options;
    char *text = strndup((const char *)reading->bytes, reading->size);
    require(text);
    for (char *line = strtok_r(text, "\n", &rest); line && argc < MOST;
         line = strtok_r(NULL, "\n", &rest))
        argv[argc++] = line;
    optind = 0; /* getopt() starts anew */
    const enum clt_status st = clt_options_parse(&options, argc, argv, ~0u);
    if (st == CLT_OK) {
        require(options.top_k >= 1 && options.member >= -1 && options.seconds >= 0);
        require(options.n_operands < (size_t)argc);
        for (size_t i = 0; i < options.n_operands; i++) add_text(reading, options.operands[i]);
        clt_options_free(&options);
    }
    free(text);
    return st;
}
