/* model.c - the layers of a config, with mlp written out. */
#include <stdlib.h>
#include <string.h>

#include "fill.h"
#include "resolve.h"

/* The next free layer, for the entry `row` of the model. */
static enum clt_status add_layer(struct clt_config *config, const struct clt_settings *row,
                                 const struct clt_settings *layer)
{
    struct clt_text where = {0};
    struct clt_layer_config *grown =
        realloc(config->layers, (config->n_layers + 1) * sizeof *grown);
    if (!grown) return clt_settings_no_memory();
    config->layers = grown;
    struct clt_layer_config *added = &grown[config->n_layers++];
    *added = (struct clt_layer_config){0};
    clt_settings_add_place(&where, row);
    clt_text_add(&where, ": ");
    clt_settings_add_path(&where, row);
    added->where = clt_text_take(&where);
    if (!added->where) return clt_settings_no_memory();
    return clt_fill_choice(added, clt_schema_layers(), layer);
}

/* Adds one layer that `mlp` stands for; the table says the rest. Takes `*units` and `*init` over.
 */
static enum clt_status add_part(struct clt_config *config, const struct clt_settings *mlp,
                                const char *type, const struct clt_settings *units)
{
    enum clt_status st = CLT_OK;
    const struct clt_key row = {.type = CLT_KEY_CHOICE, .choice = clt_schema_layers()};
    struct clt_errors errors = {0};
    struct clt_settings *child = NULL;
    struct clt_settings *layer = clt_settings_create(CLT_SETTING_GROUP, NULL, mlp->file, mlp->line);
    if (!layer) return clt_settings_no_memory();
    child = clt_settings_create_string(type, "type", mlp->file, mlp->line);
    if (!child) TRY(clt_settings_no_memory());
    TRY(clt_settings_append(layer, &child));
    if (units) {
        child = clt_settings_create(CLT_SETTING_INTEGER, "units", mlp->file, mlp->line);
        if (!child) TRY(clt_settings_no_memory());
        child->integer = units->integer;
        TRY(clt_settings_append(layer, &child));
        child = clt_settings_copy(clt_settings_child(mlp, "init"));
        if (!child) TRY(clt_settings_no_memory());
        TRY(clt_settings_append(layer, &child));
    }
    TRY(clt_resolve_value(layer, &row, &errors));
    TRY(clt_errors_report(&errors));
    TRY(add_layer(config, mlp, layer));
done:
    clt_settings_free(child);
    clt_settings_free(layer);
    clt_errors_free(&errors);
    return st;
}

static enum clt_status add_mlp(struct clt_config *config, const struct clt_settings *mlp)
{
    enum clt_status st = CLT_OK;
    const struct clt_settings *hidden = clt_settings_child(mlp, "hidden");
    const bool batch_norm = clt_settings_child(mlp, "batch_norm")->truth;
    const char *activation = clt_settings_child(mlp, "activation")->text;
    for (size_t i = 0; i < hidden->n_children; i++) {
        TRY(add_part(config, mlp, "dense", hidden->child[i]));
        if (batch_norm) TRY(add_part(config, mlp, "batch_norm", NULL));
        TRY(add_part(config, mlp, activation, NULL));
    }
done:
    return st;
}

enum clt_status clt_fill_layers(struct clt_config *config, const struct clt_settings *model)
{
    enum clt_status st = CLT_OK;
    for (size_t i = 0; i < model->n_children; i++) {
        const struct clt_settings *row = model->child[i];
        if (strcmp(clt_settings_child(row, "type")->text, "mlp") == 0)
            TRY(add_mlp(config, row));
        else
            TRY(add_layer(config, row, row));
    }
done:
    return st;
}
