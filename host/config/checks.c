#include "checks.h"

#include <string.h>

static bool is_type(const struct clt_settings *group, const char *type)
{
    return strcmp(clt_settings_child(group, "type")->text, type) == 0;
}

void clt_check_name(struct clt_errors *errors, const struct clt_settings *name)
{
    enum { LONGEST = 100 };
    const char *text = name->text;
    bool control = false;
    for (const char *c = text; *c; c++) control = control || (unsigned char)*c < ' ' || *c == 127;
    const bool dots = strcmp(text, ".") == 0 || strcmp(text, "..") == 0;
    if (!*text || dots || strchr(text, '/') || control)
        clt_errors_add(errors, name, NULL,
                       "must be usable as the name of a folder: not empty, . or .., without / and "
                       "control characters");
    else if (strlen(text) > LONGEST)
        clt_errors_add(errors, name, NULL, "must have at most %d bytes, has %zu", LONGEST,
                       strlen(text));
}

static bool is_cyclical(const struct clt_settings *rate)
{
    const struct clt_settings *policy = clt_settings_child(rate, "policy");
    return policy &&
           (strcmp(policy->text, "triangular") == 0 || strcmp(policy->text, "triangular2") == 0 ||
            strcmp(policy->text, "exp_range") == 0);
}

void clt_check_train(struct clt_errors *errors, const struct clt_settings *train)
{
    static const char *const lengths[] = {"epochs", "cycles", "updates"};
    enum { LENGTHS = sizeof lengths / sizeof lengths[0] };
    const struct clt_settings *given = NULL;
    for (size_t i = 0; i < LENGTHS; i++) {
        const struct clt_settings *length = clt_settings_child(train, lengths[i]);
        if (length->integer == 0) continue;
        if (given)
            clt_errors_add(errors, length, NULL,
                           "exactly one of epochs, cycles and updates may be given, and %s is too: "
                           "set one of them to 0",
                           given->name);
        given = length;
    }
    if (!given)
        clt_errors_add(errors, train, NULL,
                       "one of epochs, cycles and updates must be given, and above 0");
    const struct clt_settings *rate = clt_settings_child(train, "learning_rate");
    const struct clt_settings *cycles = clt_settings_child(train, "cycles");
    if (cycles->integer > 0 && !is_cyclical(rate))
        clt_errors_add(errors, cycles, NULL,
                       "needs a learning_rate in cycles: triangular, triangular2 or exp_range; "
                       "else give epochs or updates");
    const struct clt_settings *snapshots = clt_settings_child(train, "snapshots");
    if (snapshots->truth && !is_cyclical(rate))
        clt_errors_add(errors, snapshots, NULL,
                       "are taken at the end of a cycle: needs a learning_rate that is triangular, "
                       "triangular2 or exp_range");
}

void clt_check_rate_bounds(struct clt_errors *errors, const struct clt_settings *rate)
{
    const struct clt_settings *min = clt_settings_child(rate, "min");
    const double max = clt_settings_child(rate, "max")->real;
    if (min->real > max)
        clt_errors_add(errors, min, NULL, "must be at most max, got %g above %g", min->real, max);
}

void clt_check_model(struct clt_errors *errors, const struct clt_settings *model)
{
    const size_t n = model->n_children;
    if (n == 0 || !is_type(model->child[n - 1], "dense")) {
        clt_errors_add(errors, n > 0 ? model->child[n - 1] : model, NULL,
                       "the last layer must be dense: it gives a score per class");
        return;
    }
    for (size_t i = 0; i + 1 < n; i++)
        if (is_type(model->child[i], "dense") && !clt_settings_child(model->child[i], "units"))
            clt_errors_add(errors, model->child[i], "units",
                           "is missing; only the last layer may leave it out");
}

/* Exactly one form, and that one whole. */
static void check_expectation(struct clt_errors *errors, const struct clt_settings *row)
{
    static const char *const forms[] = {"value", "at_least", "at_most", "between"};
    enum { FORMS = sizeof forms / sizeof forms[0] };
    size_t given = 0;
    for (size_t i = 0; i < FORMS; i++) given += clt_settings_child(row, forms[i]) != NULL;
    const bool value = clt_settings_child(row, "value");
    const struct clt_settings *within = clt_settings_child(row, "within");
    const struct clt_settings *between = clt_settings_child(row, "between");
    if (given != 1)
        clt_errors_add(errors, row, NULL,
                       "needs exactly one of value with within, at_least, at_most, between");
    else if (value && !within)
        clt_errors_add(errors, row, "within", "is missing; it is how far from value is well");
    else if (!value && within)
        clt_errors_add(errors, within, NULL, "belongs to value, which is not given");
    else if (between && (between->n_children != 2 || clt_settings_number(between->child[0]) >
                                                         clt_settings_number(between->child[1])))
        clt_errors_add(errors, between, NULL, "must be (low, high) with low at most high");
    const struct clt_settings *member = clt_settings_child(row, "member");
    if (strcmp(clt_settings_child(row, "of")->text, "mean") == 0 && member->integer >= 0)
        clt_errors_add(errors, member, NULL, "is one member, and of = \"mean\" means all");
}

void clt_check_expect(struct clt_errors *errors, const struct clt_settings *expect)
{
    for (size_t i = 0; i < expect->n_children; i++) check_expectation(errors, expect->child[i]);
}

void clt_check_stage_name(struct clt_errors *errors, const struct clt_settings *name)
{
    static const char *const taken[] = {"config.cfg", "run.json", "report.html", "lock", "parts"};
    clt_check_name(errors, name);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcmp(name->text, taken[i]) == 0)
            clt_errors_add(errors, name, NULL,
                           "is the name of something else within a run; choose another");
}

void clt_check_stages(struct clt_errors *errors, const struct clt_settings *stages)
{
    if (stages->n_children == 0)
        clt_errors_add(errors, stages, NULL, "must not be empty; a stage has at least a name");
    for (size_t i = 0; i < stages->n_children; i++) {
        const struct clt_settings *name = clt_settings_child(stages->child[i], "name");
        for (size_t j = 0; j < i; j++)
            if (strcmp(clt_settings_child(stages->child[j], "name")->text, name->text) == 0)
                clt_errors_add(errors, name, NULL, "%s is the name of an earlier stage",
                               name->text);
    }
}
