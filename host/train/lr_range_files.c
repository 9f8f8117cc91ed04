/* lr_range_files.c - what a learning-rate range test leaves behind. */
#include <inttypes.h>
#include <stdlib.h>

#include "csv.h"
#include "file.h"
#include "json.h"
#include "lr_range.h"
#include "text.h"

static json_t *curve_json(const struct clt_lr_curve *curve, size_t member)
{
    json_t *points = json_array();
    for (size_t i = 0; i < curve->n_points; i++)
        points =
            clt_json_append(points, json_pack("{s:o,s:o,s:o}", "learning_rate",
                                              clt_json_real(curve->points[i].rate), "loss",
                                              clt_json_real(curve->points[i].loss), "smoothed_loss",
                                              clt_json_real(curve->points[i].smoothed)));
    return json_pack("{s:I,s:o,s:o,s:b,s:o}", "index", (json_int_t)member, "min",
                     clt_json_real(curve->min), "max", clt_json_real(curve->max), "still_falls",
                     curve->still_falls, "points", points);
}

enum clt_status clt_lr_range_json(char **out, const struct clt_lr_range *range)
{
    json_t *members = json_array();
    for (size_t p = 0; p < range->config->members; p++)
        members = clt_json_append(members, curve_json(&range->curves[p], p));
    json_t *all = json_pack(
        "{s:o,s:o,s:o,s:o,s:I,s:o}", "name", clt_json_string(range->config->name), "device",
        clt_json_string(range->device), "low", clt_json_real(range->low), "high",
        clt_json_real(range->high), "updates", (json_int_t)range->updates, "members", members);
    const enum clt_status st = clt_json_write(out, all);
    json_decref(all);
    return st;
}

static char *csv(const struct clt_lr_range *range)
{
    struct clt_text text = {0};
    clt_text_add(&text, "member,update,learning_rate,loss,smoothed_loss\n");
    for (size_t p = 0; p < range->config->members; p++)
        for (size_t i = 0; i < range->curves[p].n_points; i++) {
            const struct clt_lr_point *point = &range->curves[p].points[i];
            const double values[] = {point->rate, point->loss, point->smoothed};
            clt_text_add(&text, "%zu,%zu", p, i + 1);
            for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
                clt_text_add(&text, ",");
                clt_csv_add_real(&text, values[v]);
            }
            clt_text_add(&text, "\n");
        }
    return clt_text_take(&text);
}

enum clt_status clt_lr_range_write(const char *folder, const struct clt_lr_range *range)
{
    enum clt_status st = CLT_OK;
    char *config = NULL, *json = NULL, *table = csv(range);
    TRY(clt_config_write(&config, range->config));
    TRY(clt_lr_range_json(&json, range));
    TRY(clt_file_replace_text(folder, "config.cfg", config));
    TRY(clt_file_replace_text(folder, "lr-range.csv", table));
    TRY(clt_file_replace_text(folder, "lr-range.json", json));
done:
    free(config);
    free(json);
    free(table);
    return st;
}
