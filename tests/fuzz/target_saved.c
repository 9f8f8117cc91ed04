/* target_saved.c - run directories as they are read again, and the page that is made of one. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "file.h"
#include "parts.h"
#include "report.h"
#include "saved_study.h"
#include "target.h"

static const char config[] = "name = \"x\"; data = { format = \"idx\"; path = \"/nowhere\"; };\n"
                             "model = ( { type = \"dense\"; } );\n"
                             "train = { batch_size = 10; epochs = 1; learning_rate = 0.1; };\n";
static const char metrics[] =
    "member,update,epoch,learning_rate,train_cost,train_loss,train_accuracy,val_cost,val_loss,"
    "val_accuracy,seconds\n0,10,0.5,0.1,2.5,2,0.25,,,,1.5\n";

static void add_real(struct reading *reading, double value)
{
    if (isnan(value)) value = -1; /* whatever the bits */
    add_values(reading, &value, sizeof value);
}

static void add_measure(struct reading *reading, const struct clt_measure *measure)
{
    add_values(reading, &measure->made, sizeof measure->made);
    if (!measure->made) return;
    add_real(reading, measure->loss);
    add_real(reading, measure->accuracy);
}

static void add_rows(struct reading *reading, const struct clt_metrics_row *rows, size_t n,
                     size_t members)
{
    for (size_t i = 0; i < n; i++) {
        require(rows[i].member < members);
        add_values(reading, &rows[i].member, sizeof rows[i].member);
        add_values(reading, &rows[i].update, sizeof rows[i].update);
        add_real(reading, rows[i].epoch);
        add_real(reading, rows[i].learning_rate);
        add_measure(reading, &rows[i].train);
        add_measure(reading, &rows[i].validation);
        add_real(reading, rows[i].seconds);
    }
}

static void check_run(struct reading *reading, const struct clt_saved_run *run)
{
    require(run->members >= 1 && run->best < run->members && run->name && run->status);
    add_text(reading, run->name);
    add_text(reading, run->status);
    for (size_t i = 0; i < run->members * run->n_keys; i++) add_text(reading, run->values[i]);
    for (size_t p = 0; p < run->members; p++) {
        char *label = clt_saved_run_label(run, p);
        require(label);
        add_text(reading, label);
        add_measure(reading, &run->results[p].test);
        free(label);
    }
    for (size_t i = 0; i < run->n_expectations; i++) require(run->expectations[i].metric);
    add_rows(reading, run->rows, run->n_rows, run->members);
}

static enum clt_status read_directory(struct reading *reading)
{
    struct clt_saved_run *run = NULL;
    enum clt_run_status status = CLT_RUN_DONE;
    const enum clt_status st = clt_saved_run_read(&run, reading->folder);
    require((st == CLT_OK) == (run != NULL));
    if (run) {
        check_run(reading, run);
        require(clt_saved_status(&status, reading->folder) == CLT_OK);
    }
    clt_saved_run_free(run);
    return st;
}

/* All the files. */
enum clt_status read_run(struct reading *reading)
{
    static const char *const names[] = {"run.json", "metrics.csv", "config.cfg", NULL};
    write_files(reading, names);
    return read_directory(reading);
}

static void write_rest(const struct reading *reading)
{
    free(write_bytes(reading, "config.cfg", config, sizeof config - 1));
    free(write_bytes(reading, "metrics.csv", metrics, sizeof metrics - 1));
}

enum clt_status read_run_json(struct reading *reading)
{
    free(write_input(reading, "run.json"));
    write_rest(reading);
    return read_directory(reading);
}

enum clt_status read_metrics(struct reading *reading)
{
    enum { MEMBERS = 3 };
    struct clt_metrics_row *rows = NULL;
    size_t n = 0;
    char *path = write_input(reading, "metrics.csv");
    const enum clt_status st = clt_saved_metrics_read(&rows, &n, path, MEMBERS, false);
    require((st == CLT_OK) == (rows != NULL));
    if (rows) add_rows(reading, rows, n, MEMBERS);
    free(rows);
    free(path);
    return st;
}

enum clt_status read_parts(struct reading *reading)
{
    struct clt_parts parts;
    char *folder = clt_path_join(reading->folder, "parts");
    require(folder && clt_folder_create(folder) == CLT_OK);
    free(folder);
    free(write_input(reading, "parts/parts.json"));
    const enum clt_status st = clt_parts_read(&parts, reading->folder);
    size_t members = 0;
    for (size_t i = 0; st == CLT_OK && i < parts.n_parts; i++) {
        members += parts.part[i].n_members;
        add_values(reading, parts.part[i].members,
                   parts.part[i].n_members * sizeof *parts.part[i].members);
    }
    for (size_t p = 0; st == CLT_OK && p < members; p++) {
        size_t index;
        char *where;
        require(clt_parts_locate(&where, &index, reading->folder, p) == CLT_OK);
        require(index < members && strstr(where, "/parts/"));
        free(where);
    }
    clt_parts_free(&parts);
    return st;
}

/* A study of two stages, the folders a and b. */
enum clt_status read_saved_study(struct reading *reading)
{
    static const char *const names[] = {"run.json", "config.cfg", "a/run.json", "b/run.json", NULL};
    static const char *const others[] = {"a/metrics.csv", "a/config.cfg", "b/metrics.csv",
                                         "b/config.cfg"};
    struct clt_saved_study *study = NULL;
    write_files(reading, names);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        free(i % 2 ? write_bytes(reading, others[i], config, sizeof config - 1)
                   : write_bytes(reading, others[i], metrics, sizeof metrics - 1));
    const enum clt_status st = clt_saved_study_read(&study, reading->folder);
    if (!study) return st;
    add_text(reading, study->name);
    for (size_t i = 0; i < study->n_stages; i++) {
        add_text(reading, study->stages[i].name);
        require(strncmp(study->stages[i].folder, reading->folder, strlen(reading->folder)) == 0);
        require(!strstr(study->stages[i].folder, "/.."));
        if (study->stages[i].run) check_run(reading, study->stages[i].run);
    }
    for (size_t i = 0; i < study->n_comparisons; i++)
        require(study->comparisons[i].stage[0] < study->n_stages &&
                study->comparisons[i].stage[1] < study->n_stages);
    clt_saved_study_free(study);
    return st;
}

/* ---- the page ---- */

/* The elements that pages are made of. A name of another one has come from the input. */
static bool is_ours(const char *name, size_t length)
{
    static const char *const ours[] = {
        "!doctype", "html",  "head",  "meta",  "title", "style",  "body",  "header", "h1",
        "h2",       "h3",    "h4",    "p",     "ul",    "li",     "span",  "b",      "section",
        "div",      "table", "thead", "tbody", "tr",    "th",     "td",    "figure", "figcaption",
        "svg",      "g",     "path",  "rect",  "text",  "circle", "line",  "image",  "details",
        "summary",  "pre",   "main",  "a",     "code",  "strong", "small", "footer", "tspan",
        "br",       "desc",  "defs",  "img"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strlen(ours[i]) == length && strncasecmp(name, ours[i], length) == 0) return true;
    return false;
}

/* Elements are ours, attributes quoted, and none is a script's. */
static void check_page(const char *html)
{
    for (const char *at = html; (at = strchr(at, '<'));) {
        const char *name = at + 1 + (at[1] == '/');
        const size_t length = strcspn(name, " \n>/");
        const char *end = name;
        if (!is_ours(name, length)) {
            fprintf(stderr, "no element of ours: <%.60s\n", name);
            abort();
        }
        for (bool quoted = false; *end && (quoted || *end != '>'); end++) {
            if (*end == '"') quoted = !quoted;
            require(quoted || *end != '<');
            require(quoted || strncasecmp(end, " on", 3) != 0);
        }
        require(*end == '>');
        at = end;
    }
}

enum clt_status read_report(struct reading *reading)
{
    static const char *const names[] = {"run.json", "metrics.csv", "config.cfg", NULL};
    write_files(reading, names);
    const enum clt_status st =
        clt_report_write(reading->folder, &(struct clt_report_options){.device = "cpu"});
    if (st != CLT_OK) return st;
    uint8_t *html;
    size_t size;
    char *path = clt_path_join(reading->folder, "report.html");
    require(path && clt_file_read(&html, &size, path) == CLT_OK);
    check_page((const char *)html);
    free(html);
    free(path);
    return CLT_OK;
}
